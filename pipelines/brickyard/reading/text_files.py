"""Text files: a file is a record."""

from collections.abc import Iterator

from brickyard.reading.decoding import decode, sniff
from brickyard.reading.lines import LineBuffer
from brickyard.reading.rows import BadText, Record, Refused, refuse
from brickyard.reading.streams import Damage


def parse_text_file(pieces: Iterator[bytes], limit: int) -> Iterator[Record | Refused]:
    """The one record of a file, or the note why it is none."""
    buffer = LineBuffer(limit)
    try:
        for piece in pieces:
            buffer.add(piece)
    except Damage as damage:
        yield buffer.damaged(0, damage.reason)
        return
    data = buffer.take(0)
    if isinstance(data, Refused):
        yield data
        return
    mark, encoding, _ = sniff(data)
    try:
        yield Record(0, len(data), decode(data[mark:], encoding))
    except BadText as bad:
        yield refuse(0, data, bad.reason)
