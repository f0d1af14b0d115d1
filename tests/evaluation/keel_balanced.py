"""KEEL's balanced data sets as standardised vectors and labels, and which of them are kin."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from tests.evaluation.keel_package import files, table_of

MOST_ROWS = 4000
_MISSING = ("?", "<null>", "")

KIN = {
    "ring": "breiman", "twonorm": "breiman",
    "wdbc": "wisconsin", "wisconsin": "wisconsin", "breast": "wisconsin",
    "optdigits": "characters", "penbased": "characters", "letter": "characters", "led7digit": "characters",
    "australian": "credit", "crx": "credit", "german": "credit",
    "heart": "heart", "saheart": "heart",
    "satimage": "images", "segment": "images", "texture": "images", "vehicle": "images",
    "iris": "fisher", "wine": "fisher",
    "ionosphere": "signals", "sonar": "signals", "movement_libras": "signals",
    "vowel": "speech", "phoneme": "speech",
    "chess": "games", "tic-tac-toe": "games", "monk-2": "games",
    "pima": "clinical", "bupa": "clinical", "mammographic": "clinical",
}  # fmt: skip
"""Families of sets with one origin, one author or one kind of measurement; a set that is not here is one by itself.
Drawn up before anything was fitted: no member of a family is predicted by what others of it have taught."""


@dataclass(frozen=True)
class Labelled:
    """`vectors`: float64 (n, d), standardised, nominal columns as indicators; `labels`: (n,) from 0."""

    name: str
    family: str
    vectors: np.ndarray
    labels: np.ndarray


def balanced_sets(work: Path) -> list[Labelled]:
    """All of them by name, from the package as it is unpacked in the working folder."""
    return [read_set(path) for path in files(work, "balanced")]


def read_set(path: Path) -> Labelled:
    """One set; at most MOST_ROWS of its rows, drawn by a fixed seed, missing numbers as the column's median."""
    table = table_of(path)
    table = table.where(~table.isin(_MISSING))
    order = np.random.default_rng(0).permutation(len(table))[:MOST_ROWS]
    features, classes = table.iloc[order, :-1], table.iloc[order, -1]
    vectors = np.column_stack([_columns(features[name]) for name in features])
    spread = vectors.std(axis=0)
    vectors = vectors[:, spread > 0]
    vectors = (vectors - vectors.mean(axis=0)) / vectors.std(axis=0)
    labels = np.unique(classes.to_numpy(str), return_inverse=True)[1]
    return Labelled(path.stem, KIN.get(path.stem, path.stem), vectors, labels)


def _columns(column: pd.Series) -> np.ndarray:
    numbers = pd.to_numeric(column, errors="coerce")
    if numbers.isna().equals(column.isna()):
        return numbers.fillna(numbers.median()).to_numpy(float)[:, None]
    return pd.get_dummies(column).to_numpy(float)
