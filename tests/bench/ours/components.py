"""Brickyard's connected components of an edge list in memory: 64-bit keys in, a label per key out."""

import time

import numpy as np
from brickyard.graphs.components import label_keys

from tests.bench.graphs import arguments, report_components


def main() -> None:
    left, right = arguments(__doc__)
    label_keys(np.array([1, 2]), np.array([2, 3]))
    started = time.perf_counter()
    keys, labels = label_keys(left, right)
    report_components(time.perf_counter() - started, keys, labels, len(left))


if __name__ == "__main__":
    main()
