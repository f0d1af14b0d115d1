"""A stream of bytes cut into lines, without ever holding more than one line of at most the limit."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from brickyard.reading.rows import HEAD_BYTES, Refused, refuse
from brickyard.reading.streams import Damage


@dataclass(frozen=True)
class LineShape:
    """How lines end: `newline` in the file's encoding, aligned to its code units of `width` bytes."""

    newline: bytes = b"\n"
    width: int = 1


class LineBuffer:
    """Bytes of the line under way; past the limit only its length, digest and head are kept."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.clear()

    def clear(self) -> None:
        self.length = 0
        self.parts: list[bytes] = []
        self.overflow: Any = None  # the running digest of a line above the limit

    def add(self, data: bytes) -> None:
        self.length += len(data)
        self.parts.append(data)
        if self.overflow is None and self.length > self.limit:
            self.overflow, self.head = hashlib.sha256(), b""
        if self.overflow is not None:
            for part in self.parts:
                self.overflow.update(part)
                self.head += part[: HEAD_BYTES - len(self.head)]
            self.parts = []

    def take(self, position: int) -> bytes | Refused:
        """The line, or the note that it is too long; the buffer is empty afterwards."""
        if self.overflow is None:
            line: bytes | Refused = b"".join(self.parts)
        else:
            line = Refused(position, self.length, self.overflow.hexdigest(), "too_long", self.head.hex())
        self.clear()
        return line

    def damaged(self, position: int, reason: str) -> Refused:
        """The note for a line that the stream's damage cut off."""
        line = self.take(position)
        return line._replace(reason=reason) if isinstance(line, Refused) else refuse(position, line, reason)


def split_lines(
    pieces: Iterator[bytes], limit: int, position: int = 0, shape: LineShape = LineShape()
) -> Iterator[tuple[int, bytes | Refused]]:
    """(byte offset, line without its newline) for each line; a line above the limit comes as a Refused note.

    On Damage, the partial line comes last as a Refused note with the damage's reason and its own bytes.
    """
    buffer = LineBuffer(limit)
    try:
        for piece in _aligned(pieces, shape.width):
            start = 0
            while (end := _find_newline(piece, start, position + buffer.length, shape)) >= 0:
                buffer.add(piece[start:end])
                length = buffer.length + shape.width
                yield position, buffer.take(position)
                position += length
                start = end + shape.width
            buffer.add(piece[start:])
    except Damage as damage:
        yield position, buffer.damaged(position, damage.reason)
        return
    if buffer.length:
        yield position, buffer.take(position)


def _aligned(pieces: Iterator[bytes], width: int) -> Iterator[bytes]:
    """The same bytes in pieces of whole code units: a newline must not fall between two pieces."""
    rest = b""
    try:
        for piece in pieces:
            piece = rest + piece if rest else piece
            whole = len(piece) - len(piece) % width
            rest = piece[whole:]
            yield piece[:whole]
    except Damage:
        yield rest
        raise
    yield rest


def _find_newline(piece: bytes, start: int, offset: int, shape: LineShape) -> int:
    """Where the next newline begins in piece[start:], whose first byte stands at `offset` of the stream; or -1."""
    end = piece.find(shape.newline, start)
    while end >= 0 and (offset + end - start) % shape.width:
        end = piece.find(shape.newline, end + 1)
    return end
