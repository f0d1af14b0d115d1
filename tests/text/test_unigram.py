"""Unigram tokenizers from counts: all bytes are there, frequent pieces are entries, every text comes back."""

import json

import numpy as np
import pytest
from brickyard.text.byte_level import ALPHABET, END_OF_TEXT, in_characters, train_unigram
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer


def train(counts: dict[bytes, int], vocabulary: int) -> Tokenizer:
    words = sorted(counts)
    starts = np.cumsum([0, *map(len, words)], dtype=np.int64)
    data = np.frombuffer(b"".join(words), np.uint8)
    return Tokenizer.from_str(train_unigram(data, starts, np.array([counts[word] for word in words], np.int64), vocabulary))


COUNTS = {b" the": 900, b" then": 300, b" there": 200, "größe".encode(): 50, b" other": 90, b"\n\n": 70, b"zq": 1}


@pytest.mark.parametrize("vocabulary", [257, 265, 10_000])
def test_the_end_mark_is_first_and_every_byte_has_an_entry(vocabulary: int):
    tokenizer = train(COUNTS, vocabulary)
    entries = [name for name, _ in json.loads(tokenizer.to_str())["model"]["vocab"]]
    assert entries[0] == END_OF_TEXT
    assert {in_characters(bytes([byte])) for byte in ALPHABET} <= set(entries)
    assert len(set(entries)) == len(entries) <= vocabulary


def test_counts_decide_what_becomes_an_entry():
    common, rare = ({b" ab": n, b" abx": 5, b" cd": 9**4 - n, b" cdx": 5} for n in (9**4 - 1, 1))
    assert train(common, 259).token_to_id("Ġab") is not None
    assert train(common, 259).token_to_id("Ġcd") is None
    assert train(rare, 259).token_to_id("Ġab") is None


def test_what_training_takes_depends_on_the_different_pre_tokens_not_on_their_counts():
    """Some versions of SentencePiece write each out as often as it occurs: this would not end."""
    assert train({word: count * 10**12 for word, count in COUNTS.items()}, 280).get_vocab_size() > 257


@pytest.mark.parametrize("words", [{b"a": 1}, {b"\x00": 2, b"\xff": 1}, {b"a" * 5000: 1, b"\t": 5}])
def test_odd_corpora_train_too(words: dict):
    assert train(words, 300).get_vocab_size() >= 257


TOKENIZER = train(COUNTS, 280)


@settings(deadline=None, max_examples=200)
@given(st.text(max_size=40))
def test_every_text_comes_back(text: str):
    assert TOKENIZER.decode(TOKENIZER.encode(text).ids, skip_special_tokens=False) == text
