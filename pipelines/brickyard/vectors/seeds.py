"""Where K-means starts: greedy k-means++ (Arthur, Vassilvitskii 2007), in whole numbers."""

import numpy as np

from brickyard.vectors.cells import GRID

_TRIALS, _TRIALS_UP_TO = 8, 2000


def seed_centroids(vectors: np.ndarray, clusters: int, seed: int) -> np.ndarray:
    """Rows of `vectors` (on the grid), far from each other: at most `clusters`, all different.

    Each step draws a few rows with probabilities that grow with the squared distance to the seeds so far, and takes the
    one that leaves the smallest sum of squares. Distances are whole numbers, so that the choice is the same everywhere.
    With very many clusters one row is drawn, not a few: the best of them would not repay its price.
    """
    draws = np.random.RandomState(seed)  # its stream is frozen: numpy promises never to change it
    trials = _TRIALS if clusters <= _TRIALS_UP_TO else 1
    lengths = _units(np.einsum("ij,ij->i", vectors, vectors, dtype=np.float64))
    chosen = [int(draws.randint(len(vectors)))]
    nearest = _squares(vectors, lengths, np.array(chosen))[0]
    while len(chosen) < clusters and nearest.any():
        below = np.cumsum(nearest)
        drawn = np.searchsorted(below, (draws.random_sample(trials) * below[-1]).astype(np.int64), side="right")
        distances = np.minimum(_squares(vectors, lengths, drawn), nearest)
        best = int(np.argmin(distances.sum(axis=1)))
        chosen.append(int(drawn[best]))
        nearest = distances[best]
    return vectors[chosen]


def _squares(vectors: np.ndarray, lengths: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Squared distances of all vectors to the given ones, in units of 1 / GRID^2."""
    return lengths + lengths[rows][:, None] - 2 * _units(vectors[rows] @ vectors.T)


def _units(products: np.ndarray) -> np.ndarray:
    return (products * GRID**2).astype(np.int64)
