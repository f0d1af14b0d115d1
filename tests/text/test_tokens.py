"""Token ids by looked-up pre-tokens are the library's, to the id."""

import json

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


def library_ids(text: str) -> list[int]:
    return LIBRARY.encode(text, add_special_tokens=False).ids


@settings(deadline=None, max_examples=300)
@given(st.text(st.sampled_from("ab'stlld 12_-.\n\t\r\v\f\x1c\x1f\x00é東"), max_size=40))
def test_ids_are_those_of_the_library(text: str):
    assert ENCODER.encode([text])[0].tolist() == library_ids(text)


@settings(deadline=None, max_examples=100)
@given(st.lists(st.text(max_size=30), max_size=6))
def test_quick_and_slow_texts_keep_their_order(texts: list[str]):
    assert [ids.tolist() for ids in ENCODER.encode(texts)] == [library_ids(text) for text in texts]


def test_a_special_token_in_the_text_is_found():
    assert ENCODER.encode(["a<|end|>b"])[0].tolist() == library_ids("a<|end|>b")
    assert LIBRARY.token_to_id("<|end|>") in library_ids("a<|end|>b")


def test_a_full_cache_starts_anew(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tokens, "_MOST_CACHED", 2)
    encoder = TokenEncoder(TRAINED)
    for text in ("one two three four", "five six seven", "one nine"):
        assert encoder.encode([text])[0].tolist() == library_ids(text)
    assert len(encoder.cache) == len({"one", " nine"})


@pytest.mark.parametrize(
    "change",
    [{"normalizer": {"type": "Lowercase"}}, {"pre_tokenizer": {"type": "Whitespace"}}, {"pre_tokenizer": None}],
)
def test_other_tokenizers_go_to_the_library(change: dict):
    content = json.dumps(json.loads(TRAINED) | change)
    text = "It's THE cat's 12 hats"
    expected = Tokenizer.from_str(content).encode(text, add_special_tokens=False).ids
    assert TokenEncoder(content).encode([text])[0].tolist() == expected


def test_a_prefix_space_goes_to_the_library():
    content = train(add_prefix_space=True)
    assert TokenEncoder(content).encode(["hats"])[0].tolist() == Tokenizer.from_str(content).encode("hats").ids
