from collections.abc import Iterator

import pytest
from brickyard.reading.rows import Record, refuse
from brickyard.reading.streams import Damage
from brickyard.reading.text_files import parse_text_file


@pytest.mark.parametrize(
    ("pieces", "text"),
    [
        ([], ""),
        ([b"one\n", b"\ntwo\r\n"], "one\n\ntwo\r\n"),
        ([b"caf\xc3", b"\xa9"], "caf\xe9"),
        ([b"\xef", b"\xbb\xbfa"], "a"),
        ([b"\xff\xfea\0\n\0"], "a\n"),
        ([b"\xfe\xff\0a\0\n"], "a\n"),
        ([b"\xff\xfe\0\0a\0\0\0"], "a"),
    ],
)
def test_a_file_is_one_record_with_all_its_bytes(pieces: list[bytes], text: str) -> None:
    assert list(parse_text_file(iter(pieces), 99)) == [Record(0, sum(map(len, pieces)), text)]


@pytest.mark.parametrize(
    ("data", "reason"),
    [(b"caf\xe9", "bad_utf8"), (b"a\0", "nul_byte"), (b"\xff\xfe\0\xd8", "bad_utf8"), (b"x" * 100, "too_long")],
)
def test_a_file_that_is_no_text_is_one_note(data: bytes, reason: str) -> None:
    assert list(parse_text_file(iter([data[:2], data[2:]]), 99)) == [refuse(0, data, reason)]


@pytest.mark.parametrize("reason", ["truncated_stream", "corrupt_stream", "unreadable_file"])
def test_a_damaged_file_is_a_note_of_what_could_be_read(reason: str) -> None:
    def damaged() -> Iterator[bytes]:
        yield b"half a "
        yield b"text"
        raise Damage(reason)

    assert list(parse_text_file(damaged(), 99)) == [refuse(0, b"half a text", reason)]
