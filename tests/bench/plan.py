"""What a corpus is to be, and the texts that make it so: each text is a list of stretches of the stream."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from tests.bench.edits import edit_into, replace
from tests.bench.similarity import jaccard, shingles
from tests.bench.stream import word_numbers

PARAGRAPH = 60
"""Words of a boilerplate paragraph."""

_EDITABLE = 150
"""Words that an original needs for its copies to reach any similarity."""

_PARAGRAPHS, _FRESH, _ROOM = 1 << 50, 1 << 51, 1 << 17
"""Where boilerplate and new words lie in the stream, and how many new words an edit may use."""


class Band(NamedTuple):
    """So many pairs with a similarity of at least `low` and below `high`; below 1, `pairs` is a share of the documents."""

    low: float
    high: float
    pairs: float


BANDS = (Band(0.5, 0.6, 0.02), Band(0.6, 0.7, 0.02), Band(0.7, 0.8, 0.04), Band(0.8, 1.0, 0.04))


@dataclass(frozen=True)
class Plan:
    """A corpus. Unrelated documents share next to no shingle, or with boilerplate at most b / (2 - b) of them."""

    documents: int
    seed: int = 1
    exact: float = 0.08  # share of exact copies
    bands: tuple[Band, ...] = BANDS  # near copies, each of an original of its own
    boilerplate: float = 0.0  # share of each original's words that lies in common paragraphs
    paragraphs: int = 1000  # how many of these there are; a document takes some that follow each other
    copies: int = 0  # so many more copies of one document
    chain: int = 0  # so many versions of one document, each an edit of the one before
    chain_similarity: float = 0.9
    mean_words: int = 500


class Stretches(NamedTuple):
    """Pieces of texts in their order: the text that a piece belongs to, its first position and its length."""

    text: np.ndarray
    start: np.ndarray
    length: np.ndarray


class Pair(NamedTuple):
    """A text that is an edit of another."""

    original: int
    copy: int
    jaccard: float
    edit: str


class Texts(NamedTuple):
    """The distinct texts of a corpus (the originals first), how they are related, and the text of each row."""

    originals: int
    stretches: Stretches
    pairs: list[Pair]
    rows: np.ndarray


def make_texts(plan: Plan) -> Texts:
    """Originals, near copies, the chain; and which text each row of the corpus has."""
    random = np.random.default_rng(plan.seed)
    wanted = [round(band.pairs * plan.documents) if band.pairs < 1 else round(band.pairs) for band in plan.bands]
    exact = round(plan.exact * plan.documents)
    originals = plan.documents - sum(wanted) - exact - plan.copies - max(plan.chain - 1, 0)
    lengths = _lengths(originals, plan, random)
    stretches = _originals(lengths, plan, random)
    edited, pairs = _near_copies(stretches, lengths, wanted, plan, random)
    chained, links = _chain(stretches, lengths, originals + len(edited), plan, random)
    everything = _append(stretches, [*edited, *chained], originals)
    rows = _rows(originals + len(edited) + len(chained), exact, plan, random)
    return Texts(originals, everything, pairs + links, rows)


def _lengths(count: int, plan: Plan, random: np.random.Generator) -> np.ndarray:
    """Words of each original: lognormal, at least 40."""
    sigma = 0.8
    drawn = random.lognormal(np.log(plan.mean_words) - sigma**2 / 2, sigma, count)
    if plan.copies:
        drawn[0] = plan.mean_words  # the one that is copied
    return np.clip(drawn, 40, 20_000).astype(np.int64)


def _originals(lengths: np.ndarray, plan: Plan, random: np.random.Generator) -> Stretches:
    """Each original: some paragraphs that all may share, then words of its own."""
    paragraphs = np.minimum(plan.boilerplate * lengths // PARAGRAPH, plan.paragraphs).astype(np.int64)
    first = random.integers(0, plan.paragraphs, len(lengths))
    pieces = paragraphs + 1
    text = np.repeat(np.arange(len(lengths)), pieces)
    number = np.arange(len(text)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    shared = _PARAGRAPHS + (first[text] + number) % plan.paragraphs * PARAGRAPH
    own = lengths - paragraphs * PARAGRAPH
    is_own = number == paragraphs[text]
    start = np.where(is_own, (np.cumsum(own) - own)[text], shared)
    return Stretches(text, start, np.where(is_own, own[text], PARAGRAPH))


def positions_of(stretches: Stretches, first: int, last: int) -> tuple[np.ndarray, np.ndarray]:
    """The stream positions of the texts first..last - 1, one text after another, and the bounds of each text."""
    low, high = np.searchsorted(stretches.text, [first, last])
    text, start, length = (column[low:high] for column in stretches)
    offsets = np.cumsum(length) - length
    positions = np.repeat(start - offsets, length) + np.arange(length.sum())
    words = np.bincount(text - first, length, last - first).astype(np.int64)
    return positions, np.concatenate([[0], np.cumsum(words)])


def _near_copies(
    stretches: Stretches, lengths: np.ndarray, wanted: list[int], plan: Plan, random: np.random.Generator
) -> tuple[list[np.ndarray], list[Pair]]:
    originals = random.permutation(np.flatnonzero(lengths >= _EDITABLE))[: sum(wanted)]
    if len(originals) < sum(wanted):
        raise ValueError(f"{sum(wanted)} near copies need as many originals of {_EDITABLE} words; there are {len(originals)}")
    bands = [band for band, count in zip(plan.bands, wanted, strict=True) for _ in range(count)]
    copies, pairs = [], []
    for number, (original, band) in enumerate(zip(originals.tolist(), bands, strict=True)):
        document, _ = positions_of(stretches, original, original + 1)
        fresh = _FRESH + number * _ROOM
        copy, similarity, edit = edit_into(document, band.low, band.high, number, random, fresh, plan.seed)
        copies.append(copy)
        pairs.append(Pair(original, len(lengths) + number, similarity, edit))
    return copies, pairs


def _chain(
    stretches: Stretches, lengths: np.ndarray, number: int, plan: Plan, random: np.random.Generator
) -> tuple[list[np.ndarray], list[Pair]]:
    """The versions after the first, which is an original of middle length; their texts are numbered from `number`."""
    if plan.chain < 2:
        return [], []
    before = int(np.argsort(lengths)[len(lengths) // 2])
    document, _ = positions_of(stretches, before, before + 1)
    versions, links = [], []
    for version in range(plan.chain - 1):
        edited = replace(document, plan.chain_similarity, random, 2 * _FRESH + version * _ROOM)
        similarity = jaccard(*(shingles(word_numbers(one, plan.seed)) for one in (document, edited)))
        links.append(Pair(before, number + version, similarity, "version"))
        versions.append(edited)
        document, before = edited, number + version
    return versions, links


def _append(stretches: Stretches, documents: list[np.ndarray], first: int) -> Stretches:
    """The stretches, followed by those of documents that are given as positions and numbered from `first`."""
    columns = [list(stretches)]
    for number, document in enumerate(documents, first):
        starts = np.concatenate([[0], np.flatnonzero(np.diff(document) != 1) + 1])
        lengths = np.diff(starts, append=len(document))
        columns.append([np.full(len(starts), number), document[starts], lengths])
    return Stretches(*(np.concatenate(column) for column in zip(*columns, strict=True)))


def _rows(texts: int, exact: int, plan: Plan, random: np.random.Generator) -> np.ndarray:
    """The text of each row, shuffled: every text once, exact copies of any text, many copies of text 0."""
    copied = random.integers(0, texts, exact)
    return random.permutation(np.concatenate([np.arange(texts), copied, np.zeros(plan.copies, np.int64)]))
