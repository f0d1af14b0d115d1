"""What reading yields: a record, or a note of bytes that could not become one."""

import hashlib
from typing import NamedTuple

HEAD_BYTES = 200
"""How many of the refused bytes quarantine shows, in hex."""


class Record(NamedTuple):
    """One record as it stands in its file; `position` is a byte offset, or a row number (Parquet, CSV)."""

    position: int
    byte_length: int
    text: str
    external_id: str | None = None
    label: str | None = None
    metadata: str | None = None


class Refused(NamedTuple):
    """Bytes that could not become a record."""

    position: int
    byte_length: int
    sha256: str
    reason: str
    head: str


class Blank(NamedTuple):
    """A blank line: not a record, but counted."""

    position: int


class BadText(Exception):
    """Raised where a record's content is refused; the argument is a quarantine reason."""

    @property
    def reason(self) -> str:
        return self.args[0]


def refuse(position: int, data: bytes, reason: str) -> Refused:
    """A note of `data`, whole in memory."""
    return Refused(position, len(data), hashlib.sha256(data).hexdigest(), reason, data[:HEAD_BYTES].hex())
