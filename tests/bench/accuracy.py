"""How right a run was: the planted pairs that it found, and the dropped documents that nothing kept stands for."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tests.bench.similarity import jaccard, word_sets

BANDS = {"0.5-0.6": (0.5, 0.6), "0.6-0.7": (0.6, 0.7), "0.7-0.8": (0.7, 0.8), "0.8-1": (0.8, 1.0), "1": (1.0, 2.0)}
"""Similarities apart for which recall is said; the last is exact copies."""


@dataclass(frozen=True)
class Required:
    """What a run must reach: recall by band of similarity, and precision. Below it, its time is not shown."""

    recall: dict[str, float]
    precision: float


EXACT = Required({"0.8-1": 0.9995, "0.7-0.8": 0.998, "1": 1.0}, 1.0)
"""For programs that compare every pair they propose, with bands that propose practically all of them."""


@dataclass(frozen=True)
class Planted:
    """The planted pairs of a corpus."""

    left: list[str]
    right: list[str]
    similarity: np.ndarray

    @classmethod
    def of(cls, corpus: Path) -> "Planted":
        table = pq.read_table(corpus / "planted.parquet")
        return cls(table["id"].to_pylist(), table["copy_id"].to_pylist(), table["jaccard"].to_numpy())

    def in_band(self, low: float, high: float) -> np.ndarray:
        return np.flatnonzero((self.similarity >= low) & (self.similarity < high))


def recall(planted: Planted, kept: set[str]) -> dict[str, float]:
    """The share of pairs of each band of which not both documents were kept."""
    found = np.array([not (a in kept and b in kept) for a, b in zip(planted.left, planted.right, strict=True)], bool)
    places = {name: planted.in_band(*band) for name, band in BANDS.items()}
    return {name: float(found[place].mean()) for name, place in places.items() if len(place)}


def s_curve(bands: int, rows: int) -> Callable[[np.ndarray], np.ndarray]:
    """The probability that bands of so many rows propose a pair with a given Jaccard index."""
    return lambda similarity: 1 - (1 - similarity**rows) ** bands


def required_by_bands(planted: Planted, bands: int, rows: int, precision: float) -> Required:
    """What the formula promises for these bands at 0.7 and above, less three standard deviations."""
    floors = {}
    for name in ("0.7-0.8", "0.8-1"):
        chance = s_curve(bands, rows)(planted.similarity[planted.in_band(*BANDS[name])])
        if len(chance):
            spread = math.sqrt(float((chance * (1 - chance)).sum())) / len(chance)
            floors[name] = max(0.0, float(chance.mean()) - 3 * spread)
    return Required({**floors, "1": 1.0}, precision)


def precision(corpus: Path, planted: Planted, kept: set[str], threshold: float) -> dict[str, float]:
    """The share of dropped documents for which a kept one has a Jaccard index of `threshold` or more.

    It is looked for in their family first, which is what planted pairs connect, then among all documents: shared paragraphs
    make strangers alike. An index that is not recorded is computed from the texts. `in_family` asks for any similar
    document of the family, kept or not: chained matching passes that and fails the other.
    """
    everyone = set(document_ids(corpus))
    dropped = everyone - kept
    near = _neighbours(planted, threshold)
    unsettled = [one for one in dropped if not any(other in kept for other in near.get(one, ()))]
    wrong = _without_kept_partner(corpus, planted, kept, unsettled, threshold)
    wrong = _without_kept_stranger(corpus, kept, wrong, threshold)
    alone = sum(one not in near for one in wrong)
    count = max(1, len(dropped))
    return {"dropped": len(dropped), "precision": 1 - len(wrong) / count, "in_family": 1 - alone / count}


def document_ids(corpus: Path) -> list[str]:
    """All ids of a corpus."""
    tables = (pq.read_table(file, columns=["id"]) for file in sorted(corpus.glob("part-*.parquet")))
    return [one for table in tables for one in table["id"].to_pylist()]


def _neighbours(planted: Planted, threshold: float) -> dict[str, list[str]]:
    near: dict[str, list[str]] = {}
    for place in np.flatnonzero(planted.similarity >= threshold):
        left, right = planted.left[place], planted.right[place]
        near.setdefault(left, []).append(right)
        near.setdefault(right, []).append(left)
    return near


def _without_kept_partner(corpus: Path, planted: Planted, kept: set[str], dropped: list[str], threshold: float) -> list[str]:
    """Those dropped documents that are less similar than `threshold` to every kept one of their family."""
    family = families(planted)
    wanted = {family[one] for one in dropped if one in family}
    members: dict[int, list[str]] = {}
    for one, number in family.items():
        if number in wanted and one in kept:
            members.setdefault(number, []).append(one)
    needed = [*dropped, *(one for some in members.values() for one in some)]
    sets = dict(zip(needed, word_sets(texts_of(corpus, needed)), strict=True))
    return [
        one
        for one in dropped
        if not any(jaccard(sets[one], sets[other]) >= threshold for other in members.get(family.get(one, -1), ()))
    ]


def _without_kept_stranger(corpus: Path, kept: set[str], dropped: list[str], threshold: float) -> list[str]:
    """Those dropped documents that are less similar than `threshold` to every kept one: all are compared."""
    if not dropped:
        return []
    others = sorted(kept)
    sets = word_sets(texts_of(corpus, [*dropped, *others]))
    mine, sizes = sets[: len(dropped)], np.array([len(one) for one in sets[: len(dropped)]])
    order = np.argsort(np.concatenate(mine), kind="stable")
    prints, owners = np.concatenate(mine)[order], np.repeat(np.arange(len(mine)), sizes)[order]
    best = np.zeros(len(mine))
    for other in sets[len(dropped) :]:
        first, last = np.searchsorted(prints, other, "left"), np.searchsorted(prints, other, "right")
        met = np.concatenate([owners[start:end] for start, end in zip(first, last, strict=True) if start < end] or [owners[:0]])
        common = np.bincount(met, minlength=len(mine))
        best = np.maximum(best, common / (sizes + len(other) - common))
    return [one for one, similarity in zip(dropped, best, strict=True) if similarity < threshold]


def families(planted: Planted) -> dict[str, int]:
    """The number of the family of every document in a planted pair."""
    parent: dict[str, str] = {}

    def root(one: str) -> str:
        while parent.setdefault(one, one) != one:
            parent[one] = parent[parent[one]]
            one = parent[one]
        return one

    for left, right in zip(planted.left, planted.right, strict=True):
        parent[root(left)] = root(right)
    numbers: dict[str, int] = {}
    return {one: numbers.setdefault(root(one), len(numbers)) for one in list(parent)}


def texts_of(corpus: Path, ids: Iterable[str]) -> list[str]:
    """The texts of some documents, in the order of the ids."""
    wanted = list(ids)
    import pyarrow as pa

    found: dict[str, str] = {}
    for file in sorted(corpus.glob("part-*.parquet")):
        table = pq.read_table(file, columns=["id", "text"])
        table = table.filter(pc.is_in(table["id"], pa.array(wanted, pa.string())))
        found.update(zip(table["id"].to_pylist(), table["text"].to_pylist(), strict=True))
    return [found[one] for one in wanted]


def judge(corpus: Path, kept: set[str], required: Required, threshold: float) -> dict:
    """Recall and precision of a run, what was required, and whether it was reached."""
    planted = Planted.of(corpus)
    reached, right = recall(planted, kept), precision(corpus, planted, kept, threshold)
    good = all(reached.get(name, 1.0) >= floor for name, floor in required.recall.items())
    return {
        "recall": reached,
        **right,
        "required": {"recall": required.recall, "precision": required.precision},
        "accurate": good and right["precision"] >= required.precision,
    }
