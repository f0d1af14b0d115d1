"""Data of two classes of which the Bayes rule is known, with the three things that mislead naive Bayes as dials.

Class 0 is the majority. Independent bits, given the class: DISTINGUISHING ones, on with 1 - o/2 in the minority and o/2 in the
majority, where o is the overlap (1 less the total variation distance of a bit's two distributions: 0 tells the classes
apart, 1 says nothing); and one overlapping bit, on with .6 in the minority and .8 in the majority, of which rows hold k
copies: they say nothing new, and naive Bayes counts each. A row is the words of its bits, one for on and one for off, in
a vocabulary of which most words never occur: as hashed text is. All rows have as many words, so a multinomial model that
knew the truth would be the Bayes rule at k = 1.
"""

from dataclasses import dataclass

import numpy as np

DISTINGUISHING = 3
_OVERLAPPING = np.array([0.8, 0.6])
_MOST_PATTERNS = 1 << 16


@dataclass(frozen=True)
class World:
    """`imbalance`: rows of the majority for each of the minority; `vocabulary`: words at least, 0 for those that occur."""

    overlap: float
    imbalance: float
    copies: int
    vocabulary: int = 0


@dataclass(frozen=True)
class Sample:
    """Rows that differ, and how many there are of each (or how probable they are): (n, V), (n,), (n,)."""

    features: np.ndarray
    labels: np.ndarray
    weights: np.ndarray


def prior(world: World) -> np.ndarray:
    """(2,) probabilities of majority and minority."""
    return np.array([world.imbalance, 1.0]) / (world.imbalance + 1)


def patterns(bits: int) -> np.ndarray:
    """All 2^bits rows of bits. Raises ValueError where these are too many to enumerate."""
    if 1 << bits > _MOST_PATTERNS:
        raise ValueError(f"{bits} bits have {1 << bits} patterns; at most {_MOST_PATTERNS} are enumerated")
    return (np.arange(1 << bits)[:, None] >> np.arange(bits)) & 1


def joint(world: World) -> np.ndarray:
    """P(pattern, class), exact: (2^(DISTINGUISHING + 1), 2); copies change nothing."""
    bits = patterns(DISTINGUISHING + 1)
    on = np.array(
        [[world.overlap / 2] * DISTINGUISHING + [_OVERLAPPING[0]], [1 - world.overlap / 2] * DISTINGUISHING + [_OVERLAPPING[1]]]
    )
    given = np.where(bits[:, None, :] == 1, on, 1 - on).prod(2)
    return given * prior(world)


def bayes_error(world: World) -> float:
    """The error of the best rule there is, exact: Σ over patterns of the less probable class."""
    return float(joint(world).min(1).sum())


def balanced_bayes_error(world: World) -> float:
    """The same where both classes weigh as much: 1 less the best balanced accuracy there is."""
    return float((joint(world) / prior(world) / 2).min(1).sum())


def bayes_posterior(world: World) -> np.ndarray:
    """P(class | pattern), (patterns, 2); the prior where a pattern cannot occur."""
    both = joint(world)
    total = both.sum(1, keepdims=True)
    return np.where(total > 0, both / np.where(total > 0, total, 1), prior(world))


def population(world: World) -> Sample:
    """Every pattern once for each class, with its probability: on it, figures of a model have no error of sampling."""
    both = joint(world)
    words = encode(world)
    return Sample(np.repeat(words, 2, 0), np.tile([0, 1], len(words)), both.ravel())


def draw(world: World, rows: int, seed: int) -> Sample:
    """`rows` rows of which the minority has its share, rounded, and at least one; equal rows once, with their number."""
    source = np.random.default_rng([seed, round(world.overlap * 1000), round(world.imbalance * 1000)])
    minority = max(1, round(rows * prior(world)[1]))
    given = joint(world) / prior(world)
    numbers = np.stack([source.multinomial(size, given[:, c]) for c, size in enumerate((rows - minority, minority))], 1)
    words = encode(world)
    sample = Sample(np.repeat(words, 2, 0), np.tile([0, 1], len(words)), numbers.ravel().astype(float))
    return Sample(sample.features[sample.weights > 0], sample.labels[sample.weights > 0], sample.weights[sample.weights > 0])


def encode(world: World) -> np.ndarray:
    """(patterns, V) counts of words: columns 2i and 2i + 1 for bit i on and off; the overlapping bit's pair k times."""
    bits = patterns(DISTINGUISHING + 1)
    repeated = np.repeat(bits, [1] * DISTINGUISHING + [world.copies], 1)
    words = np.stack([repeated, 1 - repeated], 2).reshape(len(bits), -1).astype(float)
    return np.pad(words, ((0, 0), (0, max(0, world.vocabulary - words.shape[1]))))
