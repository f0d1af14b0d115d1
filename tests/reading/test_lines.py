import hashlib
import random
from collections.abc import Iterator

import pytest
from brickyard.reading.lines import LineBuffer, LineShape, split_lines
from brickyard.reading.rows import Refused
from brickyard.reading.streams import Damage
from hypothesis import given, settings
from hypothesis import strategies as st

BYTES = st.lists(st.sampled_from([b"\n", b"\r\n", b"a", b"bc", b"\0", b"\xff"]), max_size=30).map(b"".join)


def cut(data: bytes, seed: int) -> list[bytes]:
    """The bytes in pieces of random sizes, some of them empty."""
    rng, pieces = random.Random(seed), []
    while data:
        size = rng.randint(0, 5)
        pieces.append(data[:size])
        data = data[size:]
    return pieces


def whole_lines(data: bytes, newline: bytes = b"\n") -> list[tuple[int, bytes]]:
    """Each line with its offset; what follows the last newline is a line unless it is empty."""
    lines, offset = [], 0
    for line in data.split(newline):
        lines.append((offset, line))
        offset += len(line) + len(newline)
    return lines if lines[-1][1] else lines[:-1]


def too_long(position: int, line: bytes) -> Refused:
    return Refused(position, len(line), hashlib.sha256(line).hexdigest(), "too_long", line[:200].hex())


@given(BYTES, st.integers(0, 100), st.integers(1, 8))
@settings(deadline=None, max_examples=200)
def test_lines_do_not_depend_on_how_the_stream_is_cut(data: bytes, seed: int, limit: int) -> None:
    expected = [(at, line if len(line) <= limit else too_long(at, line)) for at, line in whole_lines(data)]
    assert list(split_lines(iter(cut(data, seed)), limit)) == expected


@pytest.mark.parametrize(("encoding", "width"), [("utf-16-le", 2), ("utf-16-be", 2), ("utf-32-le", 4), ("utf-32-be", 4)])
@pytest.mark.parametrize("seed", range(5))
def test_newlines_of_wide_encodings_are_found_across_any_cut(encoding: str, width: int, seed: int) -> None:
    texts = ["a", "\u0a0a\u010a\u0a00", "", "zz\u0d0a", "last"]
    data = "\n".join(texts).encode(encoding)
    lines = list(split_lines(iter(cut(data, seed)), 100, 0, LineShape("\n".encode(encoding), width)))
    assert [line.decode(encoding) for _, line in lines] == texts
    assert [position for position, _ in lines] == [len("".join(t + "\n" for t in texts[:i]).encode(encoding)) for i in range(5)]


def damaged(data: bytes, seed: int) -> Iterator[bytes]:
    yield from cut(data, seed)
    raise Damage("truncated_stream")


@given(BYTES, st.integers(0, 100), st.integers(1, 8))
@settings(deadline=None, max_examples=100)
def test_damage_keeps_the_whole_lines_and_notes_the_tail(data: bytes, seed: int, limit: int) -> None:
    *lines, (position, note) = split_lines(damaged(data, seed), limit)
    end = data.rfind(b"\n") + 1
    assert lines == list(split_lines(iter([data[:end]]), limit))
    assert (position, note) == (end, too_long(end, data[end:])._replace(reason="truncated_stream"))


@pytest.mark.parametrize("width", [2, 4])
def test_damage_within_a_code_unit_keeps_all_bytes_in_the_note(width: int) -> None:
    shape = LineShape(b"\n".ljust(width, b"\0"), width)
    data = shape.newline + b"abc"
    ((position, first), (tail, note)) = split_lines(damaged(data, 1), 100, 0, shape)
    assert (position, first, tail) == (0, b"", width)
    assert (note.byte_length, note.head) == (3, b"abc".hex())


@pytest.mark.parametrize("megabytes", [3])
def test_a_line_above_the_limit_is_never_held(megabytes: int) -> None:
    buffer, digest = LineBuffer(1000), hashlib.sha256()
    for _ in range(megabytes * 1024):
        buffer.add(b"x" * 1024)
        digest.update(b"x" * 1024)
        assert buffer.parts == []
    assert buffer.take(7) == Refused(7, megabytes << 20, digest.hexdigest(), "too_long", (b"x" * 200).hex())


def test_a_line_of_exactly_the_limit_is_whole() -> None:
    assert list(split_lines(iter([b"12345\n123456\n"]), 5)) == [(0, b"12345"), (6, too_long(6, b"123456"))]


def test_buffer_is_empty_after_a_line_was_taken() -> None:
    buffer = LineBuffer(3)
    buffer.add(b"too long")
    buffer.take(0)
    buffer.add(b"ok")
    assert buffer.take(9) == b"ok"


def test_positions_start_where_the_stream_does() -> None:
    assert list(split_lines(iter([b"a\nb"]), 9, position=100)) == [(100, b"a"), (102, b"b")]
