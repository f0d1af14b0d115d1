"""Files as streams of decompressed bytes, in bounded pieces, with damage told apart from the end."""

import zlib
from collections.abc import Iterator

import zstandard

from brickyard.reading.listing import open_filesystem
from brickyard.reading.rows import BadText

PIECE = 1 << 18
_COMPRESSED_PIECE = 1 << 14  # small: what a damaged piece held before the damage is lost
_ZSTD_PIECE = 1 << 9  # four bytes can hold a block of 128 KiB: larger pieces would not be bounded


class Damage(BadText):
    """Raised after the last good piece; the argument is a quarantine reason."""


def compression_of(path: str) -> str | None:
    """`gzip`, `zstd` or None, by the name."""
    return {"gz": "gzip", "zst": "zstd"}.get(path.rsplit(".", 1)[-1].lower())


def pieces(path: str, start: int = 0, compression: str | None = None) -> Iterator[bytes]:
    """The bytes of a file from offset `start` (of a plain file) on, decompressed; raises Damage."""
    if compression is None:
        return _read(path, start, PIECE)
    decompressor = _gunzip if compression == "gzip" else _unzstd
    return decompressor(_read(path, 0, _COMPRESSED_PIECE))


def _read(path: str, start: int, size: int) -> Iterator[bytes]:
    try:
        filesystem, inner = open_filesystem(path)
        with filesystem.open_input_file(inner) as file:
            file.seek(start)
            while piece := file.read(size):
                yield piece
    except OSError as error:
        raise Damage("unreadable_file") from error


def _gunzip(compressed: Iterator[bytes]) -> Iterator[bytes]:
    yield from _members(compressed, lambda: zlib.decompressobj(wbits=31), zlib.error)


def _unzstd(compressed: Iterator[bytes]) -> Iterator[bytes]:
    small = (piece[start : start + _ZSTD_PIECE] for piece in compressed for start in range(0, len(piece), _ZSTD_PIECE))
    yield from _members(small, lambda: zstandard.ZstdDecompressor().decompressobj(), zstandard.ZstdError)


def _members(compressed: Iterator[bytes], start_member, failure) -> Iterator[bytes]:
    """Decompress members (gzip) or frames (zstd) one after another; zero bytes after the last are padding."""
    member = None
    for piece in compressed:
        while piece := piece if member else piece.lstrip(b"\0"):
            member = member or start_member()
            try:
                yield member.decompress(piece)
            except failure as error:
                raise Damage("corrupt_stream") from error
            piece, member = (member.unused_data, None) if member.eof else (b"", member)
    if member is not None:
        raise Damage("truncated_stream")
