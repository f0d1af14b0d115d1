"""Brickyard's comparison of the vectors of cells, as a share of what this machine's matrix product reaches on one core.

Operations are counted for pairs that must be compared, each once; a full product of a cell with itself would be twice that.
"""

import argparse
import time
from collections.abc import Callable

import numpy as np
from brickyard.stages.semantic_duplicates import CROWD
from brickyard.vectors.crowds import similar_pairs

from tests.bench.measure import print_report
from tests.bench.vectors import DIMENSION


def best(action: Callable[[], object], times: int) -> float:
    """The least seconds of some tries."""
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        action()
        taken.append(time.perf_counter() - started)
    return min(taken)


def unit_vectors(count: int) -> np.ndarray:
    vectors = np.random.default_rng(4).standard_normal((count, DIMENSION), np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("members", type=int)
    members = parser.parse_args().members
    home, visitors = unit_vectors(members), unit_vectors(2 * members)
    square = np.random.default_rng(5).random((2048, 2048), np.float32)
    peak = 2 * 2048**3 / best(lambda: square @ square, 5)
    vectors, own = np.concatenate([home, visitors]), range(members)
    blocks = [(own, own), (own, range(members, len(vectors)))]
    list(similar_pairs(vectors[:100], [(range(50), range(50, 100))], 0.98, CROWD))
    seconds = best(lambda: list(similar_pairs(vectors, blocks, 0.98, CROWD)), 3)
    operations = 2 * DIMENSION * (members * (members - 1) / 2 + members * len(visitors))
    print_report(seconds=seconds, gflops=operations / seconds / 1e9, peak_gflops=peak / 1e9, share=operations / seconds / peak)


if __name__ == "__main__":
    main()
