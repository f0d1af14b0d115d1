"""Token ids by looked-up pre-tokens are the library's, to the id."""

import itertools
import json

import pyarrow as pa
import pytest
from brickyard.text import tokens
from brickyard.text.tokens import TokenEncoder
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

CORPUS = ["It's the cat's 12 hats, isn't it?\n\n  They'll  say: x = y_1 + 34;\t// done\r\n"] * 3 + ["aaa bbb naïve 東京 café"]


def train(add_prefix_space: bool = False) -> str:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=add_prefix_space)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=320, special_tokens=["<|end|>"], initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    return tokenizer.to_str()


TRAINED = train()
ENCODER, LIBRARY = TokenEncoder(TRAINED), Tokenizer.from_str(TRAINED)


def library_ids(text: str, tokenizer: Tokenizer = LIBRARY) -> list[int]:
    return tokenizer.encode(text, add_special_tokens=False).ids


def encoded(texts: list[str], encoder: TokenEncoder = ENCODER) -> list[list[int]]:
    ids, starts = encoder.encode(pa.array(texts, pa.string()))
    assert starts[-1] == len(ids)
    return [ids[start:end].tolist() for start, end in itertools.pairwise(starts)]


@settings(deadline=None, max_examples=300)
@given(st.text(st.sampled_from("ab'stlld 12_-.\n\t\r\v\f\x1c\x1f\x00é東"), max_size=40))
def test_ids_are_those_of_the_library(text: str):
    assert encoded([text]) == [library_ids(text)]


@settings(deadline=None, max_examples=200)
@given(st.lists(st.text(max_size=30) | st.sampled_from(["a<|end|>b", "\u1c89", "", "one"]), max_size=6))
def test_quick_and_slow_texts_keep_their_order(texts: list[str]):
    assert encoded(texts) == [library_ids(text) for text in texts]


def test_a_special_token_in_the_text_is_found():
    assert encoded(["a<|end|>b"]) == [library_ids("a<|end|>b")]
    assert LIBRARY.token_to_id("<|end|>") in library_ids("a<|end|>b")


def test_a_special_token_cut_by_the_border_between_two_texts_is_none():
    assert encoded(["a<|end", "|>b", "<|end|>"]) == [library_ids("a<|end"), library_ids("|>b"), library_ids("<|end|>")]


def test_what_is_learnt_is_known_in_the_next_batch(monkeypatch: pytest.MonkeyPatch):
    encoder, asked = TokenEncoder(TRAINED), list[str]()
    by_library = encoder._by_library
    monkeypatch.setattr(encoder, "_by_library", lambda texts: asked.extend(texts) or by_library(texts))
    assert encoded(["one two one", "two naïve"], encoder) == [library_ids("one two one"), library_ids("two naïve")]
    assert encoded(["one naïve"], encoder) == [library_ids("one naïve")]
    assert asked == ["one", " two", " one", "two", " naïve"]


@pytest.mark.parametrize("limit", ["_MOST_NUMBERED", "_MOST_BYTES"])
def test_a_full_table_starts_anew(monkeypatch: pytest.MonkeyPatch, limit: str):
    monkeypatch.setattr(tokens, limit, 2)
    encoder = TokenEncoder(TRAINED)
    for text in ("one two three four", "five six seven", "one nine"):
        assert encoded([text], encoder) == [library_ids(text)]
    assert encoder.table[-1] == len({"one", " nine"})


@pytest.mark.parametrize(
    "change",
    [{"normalizer": {"type": "Lowercase"}}, {"pre_tokenizer": {"type": "Whitespace"}}, {"pre_tokenizer": None}],
)
def test_other_tokenizers_go_to_the_library(change: dict):
    content = json.dumps(json.loads(TRAINED) | change)
    text = "It's THE cat's 12 hats"
    assert encoded([text], TokenEncoder(content)) == [library_ids(text, Tokenizer.from_str(content))]


def test_a_prefix_space_goes_to_the_library():
    content = train(add_prefix_space=True)
    assert encoded(["hats"], TokenEncoder(content)) == [library_ids("hats", Tokenizer.from_str(content))]


def test_a_file_that_does_not_say_that_it_cuts_cuts():
    """GPT-2's own file is from before `use_regex`."""
    description = json.loads(TRAINED)
    del description["pre_tokenizer"]["use_regex"]
    encoder = TokenEncoder(json.dumps(description))
    assert encoder.splits_alike
    assert encoded(["It's 12  hats"], encoder) == [library_ids("It's 12  hats")]


def test_a_slice_of_a_column_is_encoded_like_the_column():
    column = pa.array(["one", "two <|end|>", "naïve", "four"])
    ids, starts = ENCODER.encode(column.slice(1, 2))
    assert ids.tolist() == library_ids("two <|end|>") + library_ids("naïve")
    assert starts.tolist() == [0, len(library_ids("two <|end|>")), len(ids)]
