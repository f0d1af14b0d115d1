"""What is known of each token besides its id: where it stands in the text, and in which section."""

import numpy as np
from tokenizers import Tokenizer

from brickyard.errors import StorageError
from brickyard.text.sections import line_sections


def plain_tokenizer(content: str) -> Tokenizer:
    """A tokenizer as `tokenise` uses it: no truncation, no padding."""
    tokenizer = Tokenizer.from_str(content)
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def character_offsets(tokenizer: Tokenizer, text: str, ids: np.ndarray) -> np.ndarray:
    """Start and end of each token in the text, in code points: int32 of shape (tokens, 2), by encoding it again.

    A token that is part of a character has the place of the whole character. Raises StorageError if the ids differ.
    """
    encoding = tokenizer.encode(text, add_special_tokens=False)
    if not np.array_equal(np.array(encoding.ids, np.int64), ids):
        raise StorageError("token_sequences does not hold what the release's tokenizer makes of a text; run `brickyard curate`")
    return np.array(encoding.offsets, np.int32).reshape(-1, 2)


def token_sections(text: str, offsets: np.ndarray) -> np.ndarray:
    """The section (a code of `text.sections.SECTIONS`) of each token: that of the line in which it begins; uint8."""
    starts, codes = line_sections(text)
    lines = np.searchsorted(starts, offsets[:, 0], side="right") - 1
    return codes[lines] if len(codes) else np.zeros(len(offsets), np.uint8)
