import itertools
import re
import unicodedata

import numpy as np
import pyarrow as pa
import pytest
from brickyard.text.words import character_classes, count_words, fold, folded_bytes, hash_words, utf8_of
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import oracles

LETTERS = st.sampled_from(
    "ab_1\xe9E\u0301\u0130\u00df\u4e2d\u6587\u3042\u30a2\u0e01\u0e31\u1000\u1780\u0e81\U00020000\U0001d400 .-\n\u2028"
)
TEXTS = st.text(st.one_of(LETTERS, st.characters(codec="utf-8")), max_size=60)


def hashes(text: str) -> list[int]:
    """The hashes of a text's words, by the kernel."""
    data, offsets = folded_bytes([text])
    out = np.zeros(len(data) + 1, np.uint64)
    count = hash_words(data, offsets[0], offsets[1], character_classes(), out)
    return out[:count].tolist()


@given(TEXTS)
@settings(deadline=None, max_examples=300)
def test_kernel_finds_the_words_of_the_definition(text: str) -> None:
    assert hashes(text) == [hashes(word)[0] for word in oracles.words(text)]


@given(TEXTS)
@settings(deadline=None, max_examples=200)
def test_equal_words_have_equal_hashes_and_others_do_not(text: str) -> None:
    words = oracles.words(text)
    assert len(set(hashes(text))) == len(set(words))
    assert len(set(zip(words, hashes(text), strict=True))) == len(set(words))


@given(st.lists(st.one_of(st.none(), TEXTS), max_size=8), st.booleans())
@settings(deadline=None, max_examples=100)
def test_counts_of_a_batch_are_those_of_its_texts(texts: list[str | None], as_arrow: bool) -> None:
    data, offsets = folded_bytes(pa.array(texts, pa.string()) if as_arrow else texts)
    assert count_words(data, offsets, character_classes()).tolist() == [len(oracles.words(text or "")) for text in texts]


@given(TEXTS.map(lambda text: text.encode("ascii", "ignore").decode()))
@settings(deadline=None, max_examples=100)
def test_ascii_hashes_as_its_lower_case(text: str) -> None:
    assert hashes(text.upper()) == hashes(text.lower())


@given(TEXTS)
@settings(deadline=None, max_examples=200)
def test_hashes_are_fnv_of_the_utf8_of_the_words(text: str) -> None:
    assert hashes(text) == [oracles.word_hash(word) for word in oracles.words(text)]


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.dictionary(pa.int32(), pa.string())])
def test_a_slice_of_a_column_is_read_from_where_it_begins(kind: pa.DataType) -> None:
    texts = ["zero", "One two", None, "", "d\xc9 f", "last"]
    column = pa.array(texts, pa.string()).cast(kind)
    for start in range(len(texts)):
        for end in range(start, len(texts) + 1):
            counts = count_words(*folded_bytes(column.slice(start, end - start)), character_classes())
            assert counts.tolist() == [len(oracles.words(text or "")) for text in texts[start:end]]


def test_ascii_is_handed_on_without_a_copy() -> None:
    column = pa.array(["One two", "three"])
    data, offsets = folded_bytes(column)
    assert data.ctypes.data == column.buffers()[2].address
    assert offsets.tolist() == [0, 7, 12]


def test_null_hides_whatever_bytes_lie_beneath_it() -> None:
    column = pa.array(["one", "two words", "three"])
    _, bounds, data = column.buffers()
    hidden = pa.StringArray.from_buffers(3, bounds, data, pa.py_buffer(b"\x05"))
    found, offsets = utf8_of(hidden)
    assert [bytes(found[start:end]) for start, end in itertools.pairwise(offsets)] == [b"one", b"", b"three"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", 0),
        (" ... \n", 0),
        ("don't", 2),
        ("snake_case_1 x", 2),
        ("na\u00efve", 1),
        ("nai\u0308ve", 1),  # composed before words are sought
        ("q\u0301q", 2),  # a mark that nothing composes with is no word character
        ("\u4e2d\u6587", 2),
        ("ab\u4e2dcd", 3),
        ("\u3042\u30a2", 2),
        ("\u0e01\u0e31\u0e01", 2),  # Thai: the vowel sign is no word character
        ("\ud55c\uad6d\uc5b4", 1),  # Korean writes spaces
    ],
)
def test_word_counts_of_known_texts(text: str, expected: int) -> None:
    assert len(hashes(text)) == expected


def test_every_code_point_has_the_class_of_the_definition() -> None:
    points = [chr(point) for point in range(0x110000) if not 0xD800 <= point < 0xE000]
    word, whole = re.compile(r"\w"), re.compile(f"[{oracles.UNSPACED}]")
    expected = [0 if not word.match(point) else 2 if whole.match(point) else 1 for point in points]
    classes = character_classes()
    assert [int(classes[ord(point)]) for point in points] == expected


@given(TEXTS)
@settings(deadline=None, max_examples=100)
def test_folding_composes_then_lowers(text: str) -> None:
    assert fold(text) == unicodedata.normalize("NFC", text).lower()
