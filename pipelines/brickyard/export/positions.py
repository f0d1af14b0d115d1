"""Tables of position encodings, float32, computed in float64."""

import os
from typing import Any

import numpy as np

from brickyard.export.options import Positions


def angles(length: int, dimension: int, base: float) -> np.ndarray:
    """p * base^(-2i/dimension) for positions p and pairs i of dimensions; float64 of shape (length, dimension / 2)."""
    return np.outer(np.arange(length), float(base) ** (-np.arange(0, dimension, 2) / dimension))


def sinusoidal(length: int, dimension: int, base: float = 10000.0) -> np.ndarray:
    """Vaswani et al. 2017, section 3.5: PE(p, 2i) = sin(p / base^(2i/d)), PE(p, 2i + 1) = cos of the same.

    Shape (length, dimension). A step of k positions turns each pair (2i, 2i + 1) by the angle -k / base^(2i/d).
    """
    turned = angles(length, dimension, base)
    return np.stack([np.sin(turned), np.cos(turned)], axis=2).reshape(length, dimension).astype(np.float32)


def rotary(length: int, dimension: int, base: float = 10000.0) -> np.ndarray:
    """Su et al. 2021 (RoFormer), section 3.2.2: cosine and sine of p * base^(-2i/d); shape (2, length, dimension / 2).

    Queries and keys are turned in the planes of (2i, 2i + 1): (x, y) -> (x cos - y sin, x sin + y cos). The inner product of
    two turned vectors then depends on the distance of their positions only.
    """
    turned = angles(length, dimension, base)
    return np.stack([np.cos(turned), np.sin(turned)]).astype(np.float32)


def write_positions(folder: str, wanted: tuple[Positions, ...], length: int | None) -> list[dict[str, Any]]:
    """Write a table for each, and describe it."""
    found = []
    for one in wanted:
        table = {"sinusoidal": sinusoidal, "rotary": rotary}[one.kind](length or 0, one.dimension, one.base)
        name = f"{one.kind}-{one.dimension}-{one.base:g}.npy"
        np.save(os.path.join(folder, name), table)
        found.append({"file": name, "kind": one.kind, "dimension": one.dimension, "base": one.base, "shape": list(table.shape)})
    return found
