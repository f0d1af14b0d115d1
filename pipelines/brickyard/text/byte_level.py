"""Byte-level tokenizers as files of the tokenizers library: the 256 bytes as characters, an end mark, GPT-2's pattern.

Every text comes back byte for byte, since every byte is in the vocabulary.
"""

import io
import itertools
from typing import Any

import numpy as np

from brickyard.text.bpe import train_merges

END_OF_TEXT = "<|endoftext|>"

_SHOWN = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
_OTHERS = [byte for byte in range(256) if byte not in _SHOWN]

CHARACTERS = {byte: chr(byte) for byte in _SHOWN} | {byte: chr(256 + i) for i, byte in enumerate(_OTHERS)}
"""What stands for each byte: the character itself if Latin-1 shows it, else the next from U+0100 on (Radford et al. 2019)."""

ALPHABET = sorted(CHARACTERS, key=lambda byte: CHARACTERS[byte])
"""The bytes in the order of their ids, which begin at 1, after the end mark's."""


def in_characters(token: bytes) -> str:
    """A token as it is written in a tokenizer file."""
    return "".join(CHARACTERS[byte] for byte in token)


def train_bpe(data: np.ndarray, starts: np.ndarray, counts: np.ndarray, vocabulary: int) -> str:
    """A BPE tokenizer file with at most `vocabulary` entries.

    The i-th pre-token is data[starts[i]:starts[i + 1]] (UTF-8, uint8), and occurs counts[i] times.
    """
    from tokenizers import models

    symbol_of = np.empty(256, np.int32)
    symbol_of[ALPHABET] = np.arange(1, 257)
    tokens = [END_OF_TEXT.encode(), *(bytes([byte]) for byte in ALPHABET)]
    merges = train_merges(symbol_of[data], starts, counts, tokens, vocabulary)
    names = [END_OF_TEXT, *map(in_characters, tokens[1:])]
    pairs = [(names[left], names[right]) for left, right in merges]
    return _file_of(models.BPE({name: number for number, name in enumerate(names)}, pairs))


def train_unigram(data: np.ndarray, starts: np.ndarray, counts: np.ndarray, vocabulary: int) -> str:
    """A Unigram tokenizer file (Kudo 2018) with at most `vocabulary` entries; arguments as for `train_bpe`, in a fixed order.

    SentencePiece trains on the bytes as characters; bytes that do not occur come last, each less likely than all that do.
    """
    import sentencepiece
    from tokenizers import models

    characters = data.tobytes().decode("latin-1").translate(CHARACTERS)
    words = (characters[start:end] for start, end in itertools.pairwise(starts.tolist()))
    absent = [CHARACTERS[byte] for byte in ALPHABET if CHARACTERS[byte] not in set(characters)]
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=(f"{word}\t{count}" for word, count in zip(words, counts.tolist(), strict=True)),
        model_writer=model,
        vocab_size=vocabulary - len(absent),  # with one entry for the unknown, whose place the end mark takes
        **_UNIGRAM,
    )
    trained = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
    pieces = [(trained.id_to_piece(i), trained.get_score(i)) for i in range(1, trained.get_piece_size())]
    least = min(score for _, score in pieces)
    rare = [(character, least - (1 + place) / 1000) for place, character in enumerate(absent)]
    return _file_of(models.Unigram([(END_OF_TEXT, 0.0), *pieces, *rare], None, False))


_UNIGRAM: dict[str, Any] = {
    "model_type": "unigram",
    "input_format": "tsv",  # a pre-token and its count
    "num_threads": 1,  # sums in another order give other pieces
    "character_coverage": 1.0,
    "hard_vocab_limit": False,  # a small corpus gives fewer entries
    "max_sentence_length": 2**30,
    "normalization_rule_name": "identity",
    "unk_id": 0,
    "minloglevel": 2,
} | dict.fromkeys(("bos_id", "eos_id", "pad_id"), -1) | dict.fromkeys(
    ("add_dummy_prefix", "remove_extra_whitespaces", "split_by_whitespace", "split_by_unicode_script", "split_by_number"), False
)  # fmt: skip
"""Pre-tokens are pieces of text already: SentencePiece is not to cut or change them."""


def _file_of(model) -> str:
    from tokenizers import AddedToken, Tokenizer, decoders, pre_tokenizers

    tokenizer = Tokenizer(model)
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    # not as a special token: decoders leave those out, and a text that names it would lose it
    tokenizer.add_tokens([AddedToken(END_OF_TEXT, normalized=False, special=False)])
    return str(tokenizer.to_str())
