"""Folds of KEEL's sets, fixed by hash, and features as each method needs them, learnt from training rows alone."""

import hashlib

import numpy as np

from tests.evaluation.keel_imbalanced import DataSet

FOLDS, BINS = 3, 8


def fold_of(name: str, labels: np.ndarray, seed: int) -> np.ndarray:
    """(n,) the rows of each class in turns, in the order of hashes of (seed, name, row)."""
    order = [hashlib.sha256(f"{seed}\0{name}\0{row}".encode()).digest() for row in range(len(labels))]
    folds = np.empty(len(labels), int)
    for c in np.unique(labels):
        rows = sorted(np.flatnonzero(labels == c), key=lambda row: order[row])
        folds[rows] = np.arange(len(rows)) % FOLDS
    return folds


def binned(data: DataSet, held: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Training and held-out rows as zeros and ones: a column for each of BINS quantile bins and for each nominal value."""
    codes = [_bins(column, ~held) for column in data.numeric.T] + list(data.nominal.T)
    hot = np.concatenate([code[:, None] == np.arange(code.max() + 1) for code in codes], 1).astype(float)
    return hot[~held], hot[held]


def _bins(column: np.ndarray, train: np.ndarray) -> np.ndarray:
    bounds = np.unique(np.quantile(column[train], np.arange(1, BINS) / BINS))
    return np.searchsorted(bounds, column, "right")


def scaled(data: DataSet, held: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Values less the training mean, over its deviation (constant columns as zeros); nominal values as zeros and ones."""
    mean, deviation = data.numeric[~held].mean(0), data.numeric[~held].std(0)
    numeric = (data.numeric - mean) / np.where(deviation > 0, deviation, 1) * (deviation > 0)
    hot = [column[:, None] == np.arange(column.max() + 1) for column in data.nominal.T]
    features = np.concatenate([numeric, *hot], 1).astype(float)
    return features[~held], features[held]
