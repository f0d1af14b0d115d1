"""The normal form of a text: what decides whether two records are exact duplicates."""

import hashlib
import unicodedata

NORMALISATION = "nfc-lf-rstrip-1"
"""Name of the rules below with Python 3.11's Unicode tables; part of a run's identity."""


def normalise(text: str) -> str:
    """Unicode NFC, line ends to LF, no white space at the ends of lines or of the text.

    >>> normalise("a \\r\\nb\\t\\n\\n")
    'a\\nb'
    """
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "\n".join([line.rstrip() for line in text.split("\n")]).rstrip()


def digest_id(*parts: str) -> str:
    """The first 128 bits of SHA-256 over the parts, NUL between them, as 32 hex digits."""
    return bytes_id("\0".join(parts).encode())


def bytes_id(data: bytes | memoryview) -> str:
    """`digest_id` of one part that is UTF-8 already."""
    return hashlib.sha256(data).hexdigest()[:32]


def document_id(normalised: str) -> str:
    """`doc_id`: the digest of a text's normal form."""
    return digest_id(normalised)


def record_id(source: str, uri: str, position: int, external_id: str | None = None) -> str:
    """`record_id`: where a record was read, or, if it brings its own id, that id within its source."""
    if external_id is not None:
        return digest_id(source, external_id)
    return digest_id(source, uri, str(position))
