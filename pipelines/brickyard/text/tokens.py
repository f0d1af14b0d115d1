"""Token ids of a batch of texts: each distinct pre-token is encoded once and looked up ever after, ids as the library's.

Only for byte-level BPE that splits as GPT-2 does (Radford et al. 2019, section 2.2), and only for ASCII texts: there the
classes of the splitting pattern are the same in every regular-expression engine. All other texts go to the library whole.
"""

import itertools
import json
import re

import numpy as np
from tokenizers import Tokenizer

_PRE_TOKENS = re.compile(r"'s|'t|'re|'ve|'m|'ll|'d| ?[A-Za-z]+| ?[0-9]+| ?[^\sA-Za-z0-9]+|\s+(?!\S)|\s+", re.ASCII)
_MOST_CACHED = 1_000_000


class TokenEncoder:
    """A tokenizer with the pre-tokens it has seen. `encode` returns one int32 array of ids per text."""

    def __init__(self, content: str) -> None:
        self.tokenizer = Tokenizer.from_str(content)
        self.tokenizer.no_truncation()
        self.tokenizer.no_padding()
        description = json.loads(content)
        self.splits_alike = _splits_like_gpt2(description)
        self.added = [token["content"] for token in description.get("added_tokens", [])]
        self.cache: dict[str, list[int]] = {}

    def encode(self, texts: list[str]) -> list[np.ndarray]:
        """Ids without special tokens, whatever the tokenizer file says of truncation and padding."""
        quick = [self.splits_alike and text.isascii() and not any(token in text for token in self.added) for text in texts]
        slow = iter(self._library([text for text, is_quick in zip(texts, quick, strict=True) if not is_quick]))
        pairs = zip(texts, quick, strict=True)
        return [self._look_up(text) if is_quick else np.array(next(slow), np.int32) for text, is_quick in pairs]

    def _library(self, texts: list[str]) -> list[list[int]]:
        return [encoding.ids for encoding in self.tokenizer.encode_batch_fast(texts, add_special_tokens=False)]

    def _look_up(self, text: str) -> np.ndarray:
        pre_tokens = _PRE_TOKENS.findall(text)
        try:
            ids = [self.cache[pre_token] for pre_token in pre_tokens]
        except KeyError:
            self._learn(pre_tokens)
            ids = [self.cache[pre_token] for pre_token in pre_tokens]
        return np.fromiter(itertools.chain.from_iterable(ids), np.int32)

    def _learn(self, pre_tokens: list[str]) -> None:
        """Encode what has not been seen; a full cache starts anew."""
        if len(self.cache) > _MOST_CACHED:
            self.cache.clear()
        unseen = [pre_token for pre_token in dict.fromkeys(pre_tokens) if pre_token not in self.cache]
        self.cache.update(zip(unseen, self._library(unseen), strict=True))


def _splits_like_gpt2(description: dict) -> bool:
    splitter = description.get("pre_tokenizer") or {}
    plain = {"type": "ByteLevel", "add_prefix_space": False, "use_regex": True}
    model = description.get("model", {})
    return (
        description.get("normalizer") is None
        and all(splitter.get(name) == value for name, value in plain.items())
        and model.get("type") == "BPE"
        and not model.get("dropout")
    )
