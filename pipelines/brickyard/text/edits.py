"""Edits that turn a text into a near copy, by about as much as is asked for: what the recall meter plants."""

import random
from collections.abc import Callable

_BOILERPLATE = tuple(
    "all rights reserved please read the terms of use before you copy share or print any part of this".split(" ")  # noqa: SIM905
)
_LOOKALIKES = str.maketrans(
    {"o": "0", "l": "1", "e": "c", "s": "5", "a": "q", "i": "j", "n": "ri", "t": "f", "r": "v", "u": "y"}
)


def _changes(count: int, ngram: int, similarity: float) -> int:
    """Words to change, far apart: each takes `ngram` shingles and adds as many, J = (n - k ngram) / (n + k ngram)."""
    return round(count * (1 - similarity) / (1 + similarity) / ngram)


def _spread(count: int, changes: int, rng: random.Random) -> list[int]:
    """Places of about equal distance."""
    step = count / max(changes, 1)
    return [min(count - 1, int(i * step + rng.random() * step)) for i in range(changes)]


def change_case(words: list[str], similarity: float, _ngram: int, rng: random.Random) -> list[str]:
    return [word.upper() if rng.random() < 1 - similarity else word for word in words]


def change_punctuation(words: list[str], similarity: float, _ngram: int, rng: random.Random) -> list[str]:
    return [word + rng.choice(",;:!") if rng.random() < 1 - similarity else word for word in words]


def truncate(words: list[str], similarity: float, _ngram: int, _rng: random.Random) -> list[str]:
    return words[: max(1, round(len(words) * similarity))]


def insert_boilerplate(words: list[str], similarity: float, ngram: int, rng: random.Random) -> list[str]:
    wanted = round(len(words) * (1 / similarity - 1))
    filler = (_BOILERPLATE * (wanted // len(_BOILERPLATE) + 1))[:wanted]
    serial = [f"{word}{rng.randrange(10**6)}" if i % ngram == 0 else word for i, word in enumerate(filler)]
    place = rng.randrange(len(words) + 1)
    return [*words[:place], *serial, *words[place:]]


def misread(words: list[str], similarity: float, ngram: int, rng: random.Random) -> list[str]:
    changed = list(words)
    for place in _spread(len(words), _changes(len(words), ngram, similarity), rng):
        changed[place] = changed[place].lower().translate(_LOOKALIKES) + "_"
    return changed


def swap_words(words: list[str], similarity: float, ngram: int, rng: random.Random) -> list[str]:
    changed = list(words)
    for place in _spread(len(words) - 1, _changes(len(words), ngram + 1, similarity), rng):
        changed[place], changed[place + 1] = changed[place + 1], changed[place]
    return changed


Edit = Callable[[list[str], float, int, random.Random], list[str]]

EDITS: dict[str, Edit] = {
    "case": change_case,
    "punctuation": change_punctuation,
    "truncation": truncate,
    "boilerplate": insert_boilerplate,
    "OCR noise": misread,
    "word swaps": swap_words,
}
"""Name -> edit of a text's words, aiming at a Jaccard index of shingles of `ngram` words; what it comes to is measured."""
