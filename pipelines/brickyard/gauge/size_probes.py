"""Cross-validated accuracy of perceptrons of given widths; for tasks and processes in which JAX may run."""

from collections.abc import Sequence

import numpy as np

from brickyard.gauge.probes.training import Run, train_many
from brickyard.gauge.size_model import WIDTHS
from brickyard.probe import Probe

FOLDS = 3
PROBE = Probe(widths=(WIDTHS[-1],), optimizer="adam", schedule="cosine", learning_rate=0.01, batch_size=64, steps=600)
"""Fixed before any data set was looked at: one training for all widths, so that only the width differs."""

PROBE_WIDTHS = (2, 8, 32)
PROBE_SEED = 1_000_003
"""Other folds and other first weights than those that say what the right width is."""


def accuracies(vectors: np.ndarray, labels: np.ndarray, widths: Sequence[int], seeds: Sequence[int]) -> np.ndarray:
    """Accuracy on held-out folds, (widths, seeds x FOLDS). Vectors (n, d) standardised, labels (n,) from 0."""
    rows = vectors.astype(np.float32)
    targets = np.eye(labels.max() + 1, dtype=np.float32)[labels]
    splits = [(seed, fold, _folds(len(labels), seed) == fold) for seed in seeds for fold in range(FOLDS)]
    least = min(int((~held).sum()) for _, _, held in splits)
    runs = [
        Run((width,), PROBE.learning_rate, PROBE.l2, (seed * FOLDS + fold) % 2**32, np.flatnonzero(~held)[:least])
        for width in widths
        for seed, fold, held in splits
    ]
    right = train_many(PROBE, runs, rows, targets).outputs.argmax(axis=2) == labels
    held_out = [held for _ in widths for _, _, held in splits]
    scores = [mine[held].mean() for mine, held in zip(right, held_out, strict=True)]
    return np.array(scores).reshape(len(widths), len(splits))


def probe_scores(vectors: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Mean accuracy of the three probes, (3,)."""
    return accuracies(vectors, labels, PROBE_WIDTHS, (PROBE_SEED,)).mean(axis=1)


def _folds(rows: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).permutation(rows) % FOLDS
