"""Edge lists for the comparison of connected components, and what makes two answers comparable."""

import argparse
from pathlib import Path

import numpy as np

from tests.bench.measure import print_report
from tests.bench.stream import mix


def stars(nodes: int) -> np.ndarray:
    """Hubs with a thousand leaves each."""
    leaves = np.arange(nodes)
    return np.stack([leaves // 1000 * 1000, leaves])


def chain(nodes: int) -> np.ndarray:
    """Every node with the next, the edges shuffled."""
    left = np.random.default_rng(1).permutation(nodes - 1)
    return np.stack([left, left + 1])


def like_duplicates(nodes: int) -> np.ndarray:
    """Groups of Zipf's sizes, as bands find them: half again as many edges as nodes, all within groups."""
    random = np.random.default_rng(2)
    sizes = np.minimum(random.zipf(2.0, nodes) + 1, 100_000)
    ends = np.cumsum(sizes)
    ends = ends[: int(np.searchsorted(ends, nodes)) + 1]
    sizes = sizes[: len(ends)]
    group = random.integers(0, len(ends), nodes * 3 // 2)
    first, second = (ends[group] - 1 - (random.random(len(group)) * sizes[group]).astype(np.int64) for _ in range(2))
    return np.stack([first, second])


GRAPHS = {"stars": stars, "chain": chain, "like duplicates": like_duplicates}


def write_graph(name: str, nodes: int, path: Path) -> None:
    """Edges (2, n) as 64-bit keys in no order, as hashes of documents are."""
    np.save(path, mix(GRAPHS[name](nodes).astype(np.uint64)).view(np.int64))


def arguments(description: str | None) -> np.ndarray:
    """The edge list named on the command line."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("edges", type=Path)
    return np.ascontiguousarray(np.load(parser.parse_args().edges))


def report_components(seconds: float, keys: np.ndarray, labels: np.ndarray, edges: int) -> None:
    """Seconds, and a digest of the components: each key with the smallest key of its component, in order of the keys."""
    import hashlib

    _, numbers = np.unique(labels, return_inverse=True)
    smallest = np.full(numbers.max() + 1, np.iinfo(np.int64).max)
    np.minimum.at(smallest, numbers, keys)
    digest = hashlib.sha256(np.stack([keys, smallest[numbers]])[:, np.argsort(keys)].tobytes()).hexdigest()
    print_report(seconds=seconds, edges=edges, nodes=len(keys), components=len(smallest), digest=digest)
