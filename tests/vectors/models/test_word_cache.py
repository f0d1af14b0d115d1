"""Ids put together from words against the library's own ids of the whole texts."""

import pytest
from brickyard.vectors.models.word_cache import LONGEST_WORD, WordCache, cuts_at_spaces, flat_ids
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import AddedToken, Tokenizer, models, normalizers, pre_tokenizers

from tests.tiny_models import real_model, real_texts, tokenizer

PIECES = ("[UNK]", "a", "##a", "b", "##b", "ab", "##ab", "é", "e", "##e", "!", "二", "σ", "##ς", "##σ", "i", "##i", "[SEP]")

TEXTS = st.text(st.sampled_from("abABeé\u0301!二ΣσİI[SEP] \t\n\x00\x1c\u200b\u00a0\u3000\ufffd"), max_size=30)
LONG = st.text(st.sampled_from("aB!二"), min_size=LONGEST_WORD - 1, max_size=LONGEST_WORD + 2)


def word_piece(normalizer) -> Tokenizer:
    made = Tokenizer(models.WordPiece({piece: place for place, piece in enumerate(PIECES)}, unk_token=PIECES[0]))
    made.normalizer, made.pre_tokenizer = normalizer, pre_tokenizers.BertPreTokenizer()
    made.add_special_tokens(["[SEP]"])
    return made


@pytest.mark.parametrize("lower", [True, False])
@given(batches=st.lists(st.lists(TEXTS | LONG, max_size=5), max_size=4), most_words=st.sampled_from([1, 8, 1000]))
def test_ids_are_those_of_the_library(lower: bool, batches: list[list[str]], most_words: int) -> None:
    made = word_piece(normalizers.BertNormalizer(lowercase=lower))
    assert cuts_at_spaces(made)
    ids_of = WordCache(made, most_words)
    for texts in batches:
        found, expected = ids_of(texts), flat_ids(made, texts)
        assert [part.tolist() for part in found] == [part.tolist() for part in expected]


def test_a_real_tokenizer_on_real_texts() -> None:
    made = Tokenizer.from_file(str(real_model("minilm-static-256") / "tokenizer.json"))
    made.no_truncation()
    made.no_padding()
    assert cuts_at_spaces(made)
    texts = real_texts(2000)
    assert [part.tolist() for part in WordCache(made)(texts)] == [part.tolist() for part in flat_ids(made, texts)]


def test_a_tokenizer_that_may_look_across_a_space_is_not_taken() -> None:
    across = tokenizer(special=False)
    assert cuts_at_spaces(across)
    across.add_tokens([AddedToken("red green")])
    stripped = tokenizer(special=False)
    stripped.add_tokens([AddedToken("red", lstrip=True)])
    spaced = tokenizer(special=False)
    spaced.pre_tokenizer = pre_tokenizers.Metaspace()
    normalised = tokenizer(special=False)
    normalised.normalizer = normalizers.Replace(" ", "a")
    assert not any(map(cuts_at_spaces, [across, stripped, spaced, normalised]))
