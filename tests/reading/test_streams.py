import gzip
import os
import random
from pathlib import Path

import pytest
import zstandard
from brickyard.reading import streams
from brickyard.reading.streams import Damage, compression_of, pieces

TEXT = b"".join(b"line %d of a text that compresses\n" % number for number in range(40))
PACKERS = {"gzip": gzip.compress, "zstd": zstandard.compress}


def read(path: Path, compression: str | None = None, start: int = 0) -> tuple[bytes, str | None]:
    """What the stream gave, and the reason of the damage that ended it."""
    data = b""
    try:
        for piece in pieces(str(path), start, compression):
            data += piece
    except Damage as damage:
        return data, damage.reason
    return data, None


@pytest.mark.parametrize(
    ("name", "expected"),
    [("a.jsonl.gz", "gzip"), ("A.GZ", "gzip"), ("a.zst", "zstd"), ("a.jsonl", None), ("gz", "gzip"), ("a.gz.txt", None)],
)
def test_compression_is_known_by_the_end_of_the_name(name: str, expected: str | None) -> None:
    assert compression_of(name) == expected


@pytest.mark.parametrize("start", [0, 1, 17, len(TEXT) - 1, len(TEXT), len(TEXT) + 5])
def test_plain_file_is_read_from_any_offset(write_file, start: int) -> None:
    assert read(write_file("a", TEXT), start=start) == (TEXT[start:], None)


@pytest.mark.parametrize("compression", ["gzip", "zstd"])
@pytest.mark.parametrize("members", [1, 2, 5])
def test_members_follow_each_other(write_file, compression: str, members: int) -> None:
    step = len(TEXT) // members + 1
    packed = [PACKERS[compression](TEXT[start : start + step]) for start in range(0, len(TEXT), step)]
    assert read(write_file("a", b"".join(packed)), compression) == (TEXT, None)


@pytest.mark.parametrize("compression", ["gzip", "zstd"])
def test_members_are_found_whatever_pieces_the_file_comes_in(write_file, monkeypatch, compression: str) -> None:
    path = write_file("a", PACKERS[compression](TEXT[:500]) + PACKERS[compression](b"") + PACKERS[compression](TEXT[500:]))
    for size in range(1, 60):
        monkeypatch.setattr(streams, "_COMPRESSED_PIECE", size)
        assert read(path, compression) == (TEXT, None)


def test_zero_bytes_between_and_after_members_are_padding(write_file) -> None:
    packed = gzip.compress(TEXT) + bytes(7) + gzip.compress(TEXT) + bytes(20_000)
    assert read(write_file("a", packed), "gzip") == (TEXT + TEXT, None)


@pytest.mark.parametrize("compression", ["gzip", "zstd"])
def test_stream_cut_at_every_byte_is_truncated_and_a_prefix(write_file, compression: str) -> None:
    packed = PACKERS[compression](TEXT)
    for end in range(1, len(packed)):
        data, reason = read(write_file("a", packed[:end]), compression)
        assert reason == "truncated_stream"
        assert TEXT.startswith(data)


def test_truncated_gzip_gives_all_that_it_still_holds(write_file) -> None:
    assert read(write_file("a", gzip.compress(TEXT)[:-8]), "gzip") == (TEXT, "truncated_stream")


def test_truncated_zstd_gives_its_whole_blocks(write_file) -> None:
    text = random.Random(1).randbytes(300_000)
    data, reason = read(write_file("a", zstandard.compress(text)[:280_000]), "zstd")
    assert reason == "truncated_stream"
    assert text.startswith(data)
    assert len(data) >= 128 * 1024


@pytest.mark.parametrize("compression", ["gzip", "zstd"])
@pytest.mark.parametrize(
    "content", [b"plain text", b"\x1f\x8b\x08\xff nonsense", b"\x28\xb5\x2f\xfd\xff\xff\xff\xff\xff\xff\xff\xff"]
)
def test_what_is_no_such_stream_is_damage(write_file, compression: str, content: bytes) -> None:
    data, reason = read(write_file("a", content), compression)
    assert data == b""
    assert reason in {"corrupt_stream", "truncated_stream"}


def test_wrong_checksum_is_corrupt(write_file) -> None:
    packed = bytearray(gzip.compress(TEXT))
    packed[-6] ^= 1
    assert read(write_file("a", bytes(packed)), "gzip")[1] == "corrupt_stream"


def test_rubbish_after_a_member_is_corrupt_and_the_member_kept(write_file) -> None:
    assert read(write_file("a", gzip.compress(TEXT) + b"rubbish"), "gzip") == (TEXT, "corrupt_stream")


@pytest.mark.parametrize("compression", ["gzip", "zstd"])
def test_pieces_stay_bounded_however_well_the_file_compresses(write_file, compression: str) -> None:
    path = write_file("a", PACKERS[compression](bytes(64 << 20)))
    assert max(len(piece) for piece in pieces(str(path), 0, compression)) <= 17 << 20


def test_missing_file_is_unreadable(tmp_path: Path) -> None:
    assert read(tmp_path / "none") == (b"", "unreadable_file")


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
def test_forbidden_file_is_unreadable(write_file) -> None:
    path = write_file("a", TEXT)
    path.chmod(0)
    assert read(path) == (b"", "unreadable_file")
