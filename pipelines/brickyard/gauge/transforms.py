"""The same vectors seen in several ways: what one distance hides another may show."""

import numpy as np

COMPONENTS = 16
"""Principal components that the last of the ways keeps."""


def transforms_of(vectors: np.ndarray) -> dict[str, np.ndarray]:
    """Name -> vectors of shape (n, any): raw, and L2-normalised, standardised, PCA-reduced where these are not the same.

    Features that do not vary are left out of the standardised ones. Raises ValueError if no feature varies.
    """
    spread = vectors.std(axis=0)
    varying = spread > 1e-12 * np.abs(vectors).max(axis=0, initial=0)
    if not varying.any():
        raise ValueError("no feature varies")
    ways = {"raw": vectors}
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    if np.ptp(lengths) > 1e-5 * lengths.max():
        ways["L2-normalised"] = vectors / np.where(lengths > 0, lengths, 1)
    if vectors.shape[1] > 1:
        ways["standardised"] = (vectors[:, varying] - vectors[:, varying].mean(axis=0)) / spread[varying]
    if vectors.shape[1] > COMPONENTS:
        ways["PCA-reduced"] = principal(vectors, COMPONENTS)
    return ways


def principal(vectors: np.ndarray, count: int) -> np.ndarray:
    """Coordinates along the `count` directions of most variance."""
    centred = vectors - vectors.mean(axis=0)
    _, directions = np.linalg.eigh(centred.T @ centred)
    return centred @ directions[:, ::-1][:, :count]
