"""The word differences of two texts, bounded: what is equal is cut short, what differs is what a reader wants."""

import re
from difflib import SequenceMatcher

MOST_WORDS = 1000
"""Words of each text that are compared."""

EQUAL_WORDS = 24
"""Words shown at each end of a longer run of equal ones."""

Piece = tuple[str, str, str]
"""("same", text, text), ("changed", left, right), or ("skipped", number of words, "")."""


def word_differences(left: str, right: str) -> list[Piece]:
    """Runs of equal and of different words, in order; a word keeps the white space behind it."""
    one, other = (re.findall(r"\s*\S+\s*", text)[:MOST_WORDS] for text in (left, right))
    here_words, there_words = ([word.strip() for word in words] for words in (one, other))
    pieces: list[Piece] = []
    for kind, a, a_end, b, b_end in SequenceMatcher(None, here_words, there_words, autojunk=False).get_opcodes():
        here, there = one[a:a_end], other[b:b_end]
        pieces += _shorten(here, there) if kind == "equal" else [("changed", "".join(here), "".join(there))]
    return pieces


def _shorten(here: list[str], there: list[str]) -> list[Piece]:
    if len(here) <= 2 * EQUAL_WORDS:
        return [("same", "".join(here), "".join(there))]
    return [
        ("same", "".join(here[:EQUAL_WORDS]), "".join(there[:EQUAL_WORDS])),
        ("skipped", str(len(here) - 2 * EQUAL_WORDS), ""),
        ("same", "".join(here[-EQUAL_WORDS:]), "".join(there[-EQUAL_WORDS:])),
    ]
