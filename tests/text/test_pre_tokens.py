"""Pre-tokens are cut exactly as by the library, wherever the kernel says that it knows."""

import itertools

import numpy as np
import pyarrow as pa
import pytest
from brickyard.text.pre_tokens import UNKNOWN, bytes_of, empty_table, number_pre_tokens, point_classes
from brickyard.text.words import utf8_of
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Regex, pre_tokenizers

LIBRARY = pre_tokenizers.ByteLevel(add_prefix_space=False)


def cut(texts: list[str], whole: tuple[int, ...] = ()) -> list[list[str] | None]:
    """The pre-tokens of each text; None for one that is left to the library."""
    data, offsets = utf8_of(texts_of(texts))
    marked = np.isin(np.arange(len(texts)), whole)
    numbers, bounds, table = number_pre_tokens(data, offsets, marked, point_classes(), empty_table())
    pieces = [piece.decode() for piece in bytes_of(table)]
    assert len(set(pieces)) == len(pieces)
    found = [numbers[start:end].tolist() for start, end in itertools.pairwise(bounds)]
    return [None if one == [-1] else [pieces[number] for number in one] for one in found]


def texts_of(texts: list[str]) -> pa.Array:
    return pa.array(texts, pa.string())


def by_library(text: str) -> list[str]:
    return [text[start:end] for _, (start, end) in LIBRARY.pre_tokenize_str(text)]


def test_the_classes_of_all_known_code_points_are_those_of_the_library():
    classes = point_classes()
    points = np.array([point for point in np.flatnonzero(classes != UNKNOWN) if not 0xD800 <= point < 0xE000])
    text = points.astype("<u4").tobytes().decode("utf-32-le")
    for kind, pattern in enumerate((r"\s+", r"\p{L}+", r"\p{N}+", r"[^\s\p{L}\p{N}]+")):
        inside = np.ones(len(text), bool)
        for _, (start, end) in pre_tokenizers.Split(Regex(pattern), "removed").pre_tokenize_str(text):
            inside[start:end] = False
        assert np.array_equal(inside, classes[points] == kind)


@settings(deadline=None, max_examples=500)
@given(
    st.lists(
        st.text(st.sampled_from("ab'stlldrevem 12_-.\n\t\r\v\f\x1c\x1f\x00\x85\xa0é東²ⅷ٣\u3000🙂'"), max_size=40), max_size=4
    )
)
def test_texts_of_few_characters_are_cut_as_by_the_library(texts: list[str]):
    assert cut(texts) == [by_library(text) for text in texts]


@settings(deadline=None, max_examples=300)
@given(st.text(max_size=30))
def test_any_text_is_cut_as_by_the_library_or_left_to_it(text: str):
    unknown = any(point_classes()[ord(character)] == UNKNOWN for character in text)
    assert cut([text]) == [None if unknown else by_library(text)]


def test_a_text_that_is_left_to_the_library_leaves_those_around_it_alone():
    texts = ["one two", "three \u1c89 four", "", "one", "two", "five"]
    assert cut(texts, whole=(4,)) == [["one", " two"], None, [], ["one"], None, ["five"]]


@pytest.mark.parametrize("length", [1, 6, 7, 8, 9, 300])
def test_pre_tokens_that_differ_in_one_byte_have_numbers_of_their_own(length: int):
    words = ["a" * place + letter + "a" * (length - place - 1) for place in range(length) for letter in "bc"]
    assert cut(words) == [[word] for word in words]


def test_the_table_grows_and_keeps_its_numbers():
    words = [f"{letters}" for letters in map("".join, itertools.product("abcdefghij", repeat=4))]
    data, offsets = utf8_of(texts_of([" ".join(words)]))
    numbers, _, table = number_pre_tokens(data, offsets, np.zeros(1, bool), point_classes(), empty_table())
    assert numbers.tolist() == list(range(len(words)))
    again, _, same = number_pre_tokens(data, offsets, np.zeros(1, bool), point_classes(), table)
    assert np.array_equal(again, numbers)
    assert same[-1] == len(words)


def test_a_slice_of_a_column_is_cut_like_the_column():
    column = texts_of(["one", "two three", "four", "five"])
    data, offsets = utf8_of(column.slice(1, 2))
    numbers, bounds, table = number_pre_tokens(data, offsets, np.zeros(2, bool), point_classes(), empty_table())
    assert [bytes_of(table)[number] for number in numbers] == [b"two", b" three", b"four"]
    assert bounds.tolist() == [0, 2, 3]
