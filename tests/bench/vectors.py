"""Unit vectors in clumps, as Parquet (doc_id, model, vector), and the inertia of an assignment."""

import argparse
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

DIMENSION = 256
_AT_ONCE = 50_000


def write_vectors(folder: Path, count: int, clumps: int, seed: int = 3) -> None:
    """`count` vectors around `clumps` directions, in files of 50,000."""
    folder.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(seed)
    centres = random.standard_normal((clumps, DIMENSION), np.float32)
    for start in range(0, count, _AT_ONCE):
        size = min(_AT_ONCE, count - start)
        points = centres[random.integers(0, clumps, size)] + random.standard_normal((size, DIMENSION), np.float32)
        points /= np.linalg.norm(points, axis=1, keepdims=True)
        ids = pa.array([f"{number:032x}" for number in range(start, start + size)])
        lists = pa.ListArray.from_arrays(np.arange(0, points.size + 1, DIMENSION, dtype=np.int32), pa.array(points.ravel()))
        table = pa.table({"doc_id": ids, "model": pa.array(["made up"] * size), "vector": lists})
        pq.write_table(table, folder / f"part-{start:09d}.parquet", compression="none")


def read_vectors(folder: Path) -> np.ndarray:
    """All vectors as one float32 matrix, in the order of their ids."""
    tables = [pq.read_table(file, columns=["vector"]) for file in sorted(folder.glob("*.parquet"))]
    parts = [table["vector"].combine_chunks().flatten().to_numpy().reshape(len(table), -1) for table in tables]
    return np.concatenate(parts)


def inertia(vectors: np.ndarray, centroids: np.ndarray, cells: np.ndarray) -> float:
    """The sum of the squared distances of the vectors from the centroids of their cells."""
    total = 0.0
    for start in range(0, len(vectors), _AT_ONCE):
        some = slice(start, start + _AT_ONCE)
        total += float(((vectors[some] - centroids[cells[some]]) ** 2).sum(dtype=np.float64))
    return total


def arguments(description: str | None) -> tuple[Path, int]:
    """The folder of vectors and the number of cells."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("vectors", type=Path)
    parser.add_argument("cells", type=int)
    options = parser.parse_args()
    return options.vectors, options.cells
