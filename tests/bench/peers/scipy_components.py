"""scipy's connected components of the same edge list; keys are numbered with NumPy first, as one must."""

import time

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from tests.bench.graphs import arguments, report_components


def label_keys(left: np.ndarray, right: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    keys, nodes = np.unique(np.concatenate([left, right]), return_inverse=True)
    ones = np.ones(len(left), np.int8)
    matrix = coo_array((ones, (nodes[: len(left)], nodes[len(left) :])), shape=(len(keys), len(keys)))
    return keys, connected_components(matrix, directed=False)[1]


def main() -> None:
    left, right = arguments(__doc__)
    label_keys(np.array([1, 2]), np.array([2, 3]))
    started = time.perf_counter()
    keys, labels = label_keys(left, right)
    report_components(time.perf_counter() - started, keys, labels, len(left))


if __name__ == "__main__":
    main()
