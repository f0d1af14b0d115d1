"""The interval of a mean over documents and seeds, both drawn at random."""

import numpy as np
from scipy.stats import t


def crossed_interval(values: np.ndarray, level: float = 0.95) -> tuple[float, float, float]:
    """(mean, low, high) of values (seeds, documents), at least two of each.

    Each document is measured under every seed, so neither can be resampled as if values were independent: the variances
    of the means over documents and over seeds are added (two-way random effects; a little too wide, as both hold the
    variance of a single value), with Satterthwaite's degrees of freedom (1946, Biometrics Bulletin 2).
    """
    seeds, documents = values.shape
    parts = np.array([values.mean(axis=0).var(ddof=1) / documents, values.mean(axis=1).var(ddof=1) / seeds])
    variance, mean = parts.sum(), float(values.mean())
    if variance == 0:
        return mean, mean, mean
    freedom = variance**2 / (parts**2 / np.array([documents - 1, seeds - 1])).sum()
    half = float(t.ppf((1 + level) / 2, freedom) * variance**0.5)
    return mean, mean - half, mean + half
