import codecs

import pytest
from brickyard.reading.decoding import checked, decode, sniff
from brickyard.reading.rows import BadText
from hypothesis import given, settings
from hypothesis import strategies as st

MARKS = {
    "utf-8": (codecs.BOM_UTF8, 1),
    "utf-16-le": (codecs.BOM_UTF16_LE, 2),
    "utf-16-be": (codecs.BOM_UTF16_BE, 2),
    "utf-32-le": (codecs.BOM_UTF32_LE, 4),
    "utf-32-be": (codecs.BOM_UTF32_BE, 4),
}


@pytest.mark.parametrize("encoding", MARKS)
@given(text=st.text(st.characters(codec="utf-8", exclude_characters="\0")))
@settings(deadline=None, max_examples=40)
def test_marked_text_comes_back_as_it_was(encoding: str, text: str) -> None:
    mark, width = MARKS[encoding]
    data = mark + text.encode(encoding)
    assert sniff(data) == (len(mark), encoding, width)
    assert decode(data[len(mark) :], encoding) == text


@pytest.mark.parametrize("head", [b"", b"a", b"\xef\xbb", b"\xff", b"\xfe", b"\0\0\xfe", b"\x00\xff"])
def test_without_a_whole_mark_a_file_is_utf8(head: bytes) -> None:
    assert sniff(head) == (0, "utf-8", 1)


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (b"\xff", "utf-8"),
        (b"caf\xe9", "utf-8"),
        (b"\xc0\x80", "utf-8"),  # NUL in two bytes
        (b"\xed\xa0\x80", "utf-8"),  # a surrogate in three
        (b"\xf4\x90\x80\x80", "utf-8"),  # beyond U+10FFFF
        (b"\xe2\x82", "utf-8"),
        (b"a", "utf-16-le"),
        (b"\x00\xd8a\0", "utf-16-le"),
        (b"\0\0\x11\0", "utf-32-le"),  # U+110000
        (b"a\0\0", "utf-32-le"),
    ],
)
def test_bytes_that_are_invalid_are_refused_not_replaced(data: bytes, encoding: str) -> None:
    with pytest.raises(BadText) as caught:
        decode(data, encoding)
    assert caught.value.reason == "bad_utf8"


@pytest.mark.parametrize(
    ("text", "reason"), [("a\0b", "nul_byte"), ("\ud800", "lone_surrogate"), ("x\udfff", "lone_surrogate")]
)
def test_text_without_utf8_form_is_refused(text: str, reason: str) -> None:
    with pytest.raises(BadText) as caught:
        checked(text)
    assert caught.value.reason == reason


@given(st.binary(max_size=12))
@settings(deadline=None, max_examples=200)
def test_whatever_decodes_encodes_to_the_same_bytes(data: bytes) -> None:
    try:
        text = decode(data)
    except BadText as bad:
        assert bad.reason == ("nul_byte" if b"\0" in data and data.decode(errors="replace").encode() == data else bad.reason)
    else:
        assert text.encode() == data
        assert b"\0" not in data
