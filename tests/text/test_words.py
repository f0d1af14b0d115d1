import re
import unicodedata

import numpy as np
import pyarrow as pa
import pytest
from brickyard.text.words import character_classes, count_words, fold, folded_bytes, hash_words
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
