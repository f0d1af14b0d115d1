"""Merges and vocabulary are those of the library, which trains on the texts themselves."""

import json
import os
import random
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from brickyard.text.bpe import train_merges
from brickyard.text.byte_level import END_OF_TEXT, train_bpe
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from tests.tiny import random_text

CUT = pre_tokenizers.ByteLevel(add_prefix_space=False)


def by_library(texts: list[str], vocabulary: int) -> dict:
    """The tokenizer file that the library alone makes of the texts, but that decoders keep the end mark."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary, special_tokens=[END_OF_TEXT], initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator(texts, trainer)
    made: dict = json.loads(tokenizer.to_str())
    (mark,) = made["added_tokens"]
    mark["special"] = False
    return made


def by_counts(texts: list[str], vocabulary: int) -> dict:
    """The one that we make of the counts of their pre-tokens."""
    counts = Counter(text[start:end].encode() for text in texts for _, (start, end) in CUT.pre_tokenize_str(text))
    words = sorted(counts)
    data = np.frombuffer(b"".join(words), np.uint8)
    starts = np.cumsum([0, *map(len, words)], dtype=np.int64)
    made: dict = json.loads(train_bpe(data, starts, np.array([counts[word] for word in words], np.int64), vocabulary))
    return made


def tied_texts(source: random.Random) -> list[str]:
    """Few words of few letters, with few distinct counts: nearly all pairs tie with others."""
    letters = source.choice(["a", "ab", "aab", "abc", "aé"])
    words = ["".join(source.choices(letters, k=source.randrange(1, 24))) for _ in range(source.randrange(1, 9))]
    return [source.choice(" \n") + word for word in words for _ in range(source.choice((1, 1, 2, 3)))]


@settings(deadline=None, max_examples=150)
@given(st.integers(0, 10**9), st.sampled_from([258, 262, 275, 600]))
def test_merges_are_the_librarys_where_everything_ties(seed: int, vocabulary: int):
    texts = tied_texts(random.Random(seed))
    assert by_counts(texts, vocabulary) == by_library(texts, vocabulary)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.text(max_size=30), min_size=1, max_size=8))
def test_merges_are_the_librarys_on_any_text(texts: list[str]):
    assert by_counts(texts, 400) == by_library(texts, 400)


def test_the_file_is_the_librarys_to_the_letter():
    texts = [" ".join(random_text(random.Random(seed), 60, 400)) for seed in range(60)] + ["It's 一二 🙂\n\n  end"]
    assert json.dumps(by_counts(texts, 2000)) == json.dumps(by_library(texts, 2000))


def test_merges_are_the_librarys_on_real_text():
    home = os.environ.get("BRICKYARD_DATA")
    if not home:
        pytest.skip("BRICKYARD_DATA names no folder")
    texts = [line.split("\t", 1)[1] for line in Path(home, "data/sms_spam/SMSSpamCollection.tsv").read_text().splitlines()]
    assert by_counts(texts, 4000) == by_library(texts, 4000)


def test_a_string_that_two_pairs_make_has_one_entry_and_both_merges():
    """ "aba" is ab + a in most words, and a + ba where b is merged with a first."""
    tokens = [b"a", b"b", b"ab", b"ba"]
    symbols = np.array([2, 0, 2, 0, 0, 3], np.int32)  # the letters of words may be longer: ab a, ab a, a ba
    merges = train_merges(symbols, np.array([0, 2, 4, 6]), np.array([1, 1, 1]), tokens, 6)
    assert (merges, tokens) == ([(2, 0), (0, 3)], [b"a", b"b", b"ab", b"ba", b"aba"])
