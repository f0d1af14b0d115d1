"""Labelled short texts, planted paraphrases, and figures for the quality of vectors. All of Banking77 (BRICKYARD_DATA)."""

import csv
import re
from pathlib import Path

import numpy as np

PRECISIONS = (0.95, 0.8)
"""What eps is calibrated for: the share of pairs of one label among all pairs that close (one in 76 at random)."""

_OPENINGS = ("Hi there, ", "Hello. ", "Please help: ", "Quick question, ", "")
_ENDINGS = (" Thanks!", " Please advise.", " Thank you.", "", " Can you help me?")

_SAID_OTHERWISE = (
    (r"\bhow (do|can) i\b", "what is the way to"), (r"\bi want to\b", "i would like to"), (r"\bi need to\b", "i have to"),
    (r"\bwhy (is|was)\b", r"what is the reason that it \1"), (r"\bcan i\b", "am i able to"), (r"\bi'm\b", "i am"),
    (r"\bmy card\b", "the card of mine"), (r"\bmoney\b", "funds"), (r"\bpayment\b", "transaction"), (r"\bget\b", "obtain"),
    (r"\bhasn't\b", "has not"), (r"\bdidn't\b", "did not"), (r"\bcan't\b", "cannot"), (r"\bwhat's\b", "what is"),
    (r"\bfee\b", "charge"), (r"\bhelp\b", "assist"), (r"\bbuy\b", "purchase"), (r"\bwrong\b", "incorrect"),
)  # fmt: skip


def read_banking(data: Path, part: str) -> tuple[list[str], np.ndarray]:
    """Texts and the numbers of their labels, of `train` or `test`."""
    with (data / f"data/banking77/{part}.csv").open(newline="", encoding="utf-8") as file:
        rows = [(row[0], row[1]) for row in csv.reader(file)][1:]
    numbers = {label: number for number, label in enumerate(sorted({label for _, label in rows}))}
    return [text for text, _ in rows], np.array([numbers[label] for _, label in rows])


def paraphrase(text: str, number: int) -> str:
    """The text with phrases said otherwise, an opening and an ending, in lower case."""
    said = text.lower()
    for pattern, other in _SAID_OTHERWISE:
        said = re.sub(pattern, other, said)
    return _OPENINGS[number % len(_OPENINGS)] + said + _ENDINGS[number // len(_OPENINGS) % len(_ENDINGS)]


def contingency(cells: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """How many texts of each label each cell holds."""
    table = np.zeros((cells.max() + 1, labels.max() + 1), np.int64)
    np.add.at(table, (cells, labels), 1)
    return table


def purity(cells: np.ndarray, labels: np.ndarray) -> float:
    """Share of texts that have the most frequent label of their cell."""
    return float(contingency(cells, labels).max(axis=1).sum() / len(labels))


def adjusted_rand(cells: np.ndarray, labels: np.ndarray) -> float:
    """The adjusted Rand index (Hubert, Arabie 1985): 1 for equal partitions, 0 as expected by chance."""
    table = contingency(cells, labels)
    pairs = (table * (table - 1) // 2).sum()
    rows, columns = (_pairs(table.sum(axis=axis)) for axis in (1, 0))
    expected = rows * columns / _pairs(np.array([len(labels)]))
    return float((pairs - expected) / ((rows + columns) / 2 - expected))


def _pairs(sizes: np.ndarray) -> int:
    return int((sizes * (sizes - 1) // 2).sum())


def pair_cosines(vectors: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The cosines of all pairs of unit vectors, and whether both have one label."""
    i, j = np.triu_indices(len(vectors), 1)
    return np.minimum(vectors @ vectors.T, 1)[i, j], labels[i] == labels[j]


def least_cosine(cosines: np.ndarray, same: np.ndarray, precision: float) -> float:
    """The smallest cosine at and above which at least that share of the pairs is of one label; above 1 if there is none."""
    order = np.argsort(-cosines, kind="stable")
    right = np.cumsum(same[order]) / np.arange(1, len(order) + 1)
    last_of_equals = np.append(cosines[order][1:] != cosines[order][:-1], True)
    good = np.flatnonzero((right >= precision) & last_of_equals)
    return float(cosines[order][good[-1]]) if len(good) else 1.1


def calibrate(vectors: np.ndarray, labels: np.ndarray, precision: float) -> dict[str, float]:
    """The largest eps for a precision on the even rows; precision and the share of pairs found on the odd ones.

    eps 0 and nothing found: not even equal vectors are precise enough.
    """
    least = least_cosine(*pair_cosines(vectors[::2], labels[::2]), precision)
    cosines, same = pair_cosines(vectors[1::2], labels[1::2])
    close = cosines >= least
    return {"eps": max(0.0, 1 - least), "precision": float(same[close].mean()) if close.any() else 0.0,
            "pairs": float((close & same).sum() / same.sum()), "least": least}  # fmt: skip


def measure_pairs(vectors: np.ndarray, copies: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """For each of PRECISIONS what `calibrate` says, and the share of paraphrases (`copies`) found at that eps."""
    found: dict[str, float] = {}
    for precision in PRECISIONS:
        calibrated = calibrate(vectors, labels, precision)
        calibrated["paraphrases"] = float(((vectors * copies).sum(axis=1) >= calibrated.pop("least")).mean())
        found |= {f"{name}_{precision:.0%}": value for name, value in calibrated.items()}
    return found
