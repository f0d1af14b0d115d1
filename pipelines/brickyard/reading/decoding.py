"""Bytes to text: strictly, honouring byte-order marks, never a silent replacement character."""

import codecs

from brickyard.reading.rows import BadText

BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8", 1),
    (codecs.BOM_UTF32_LE, "utf-32-le", 4),  # before UTF-16: its mark begins with the same two bytes
    (codecs.BOM_UTF32_BE, "utf-32-be", 4),
    (codecs.BOM_UTF16_LE, "utf-16-le", 2),
    (codecs.BOM_UTF16_BE, "utf-16-be", 2),
)
"""Mark, encoding, bytes per code unit."""

LONGEST_MARK = max(len(mark) for mark, _, _ in BYTE_ORDER_MARKS)


def sniff(head: bytes) -> tuple[int, str, int]:
    """Length of the byte-order mark that a file begins with (0 for none), its encoding, bytes per code unit."""
    for mark, encoding, width in BYTE_ORDER_MARKS:
        if head.startswith(mark):
            return len(mark), encoding, width
    return 0, "utf-8", 1


def decode(data: bytes, encoding: str = "utf-8") -> str:
    """The text of `data`; raises BadText with `bad_utf8` or `nul_byte`."""
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise BadText("bad_utf8") from error
    return checked(text)


def checked(text: str) -> str:
    """The text itself, if it has a UTF-8 form without NUL; raises BadText with `nul_byte` or `lone_surrogate`."""
    if "\0" in text:
        raise BadText("nul_byte")
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError as error:
            raise BadText("lone_surrogate") from error
    return text
