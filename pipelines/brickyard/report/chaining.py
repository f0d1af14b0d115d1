"""In whole components of pairs: the kept documents that only a chain joins to the component's best, and that chain."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from brickyard.graphs.paths import shortest_paths, walk

CANDIDATES, PER_COMPONENT = 30, 3
"""Survivors that a partition hands over, those of its largest components first; of one component."""

END = 4
"""Documents of a chain at each of its ends; a longer one is cut in between."""

SURVIVORS = (
    "doc_id string, best_id string, nth int, members bigint, hops bigint, path array<string>, similarities array<double>"
)
"""A kept document, its component's best, its number in the component; the chain between them, -1 where it is cut."""

COLUMNS = ["a", "b", "component", "doc_id", "other_id", "similarity", "chosen", "char_count", "other_char_count"]

_SCHEMA = pa.schema(
    [
        ("doc_id", pa.string()),
        ("best_id", pa.string()),
        ("nth", pa.int32()),
        ("members", pa.int64()),
        ("hops", pa.int64()),
        ("path", pa.list_(pa.string())),
        ("similarities", pa.list_(pa.float64())),
    ]
)


@dataclass(frozen=True)
class _Graph:
    """Documents as nodes: name, number of the component, whether it was kept; pairs as (later, earlier, similarity)."""

    names: np.ndarray
    component: np.ndarray
    kept: np.ndarray
    best: np.ndarray  # a node for each component, by its number
    later: np.ndarray
    earlier: np.ndarray
    similarity: np.ndarray


def find_survivors(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """COLUMNS of pairs in, SURVIVORS out."""
    parts = [batch for batch in batches if len(batch)]
    if parts:
        graph = _graph_of(pa.Table.from_batches(parts).sort_by([("a", "ascending"), ("b", "ascending")]))
        yield pa.RecordBatch.from_pylist(_survivors(graph), _SCHEMA)


def _graph_of(pairs: pa.Table) -> _Graph:
    columns = {name: pairs[name].to_numpy() for name in COLUMNS}
    keys, nodes = np.unique(np.concatenate([columns["a"], columns["b"]]), return_inverse=True)
    later, earlier = nodes[: len(pairs)].copy(), nodes[len(pairs) :].copy()
    names, length, component = np.empty(len(keys), object), np.empty(len(keys), np.int64), np.empty(len(keys), np.int64)
    for side, name, count in ((later, "doc_id", "char_count"), (earlier, "other_id", "other_char_count")):
        names[side], length[side], component[side] = columns[name], columns[count], columns["component"]
    kept, first = np.ones(len(keys), bool), np.ones(len(keys), bool)
    kept[later[columns["chosen"].astype(bool)]] = False
    first[later] = False
    numbers = np.unique(component, return_inverse=True)[1]
    return _Graph(names.astype(str), numbers, kept, _best(names, length, numbers, first), later, earlier, columns["similarity"])


def _best(names: np.ndarray, length: np.ndarray, component: np.ndarray, first: np.ndarray) -> np.ndarray:
    """Of each component the longest document, then the smallest id, among those with no better one beside them."""
    candidates = np.flatnonzero(first)
    order = candidates[np.lexsort((names[candidates], -length[candidates], component[candidates]))]
    return order[np.unique(component[order], return_index=True)[1]]


def _survivors(graph: _Graph) -> list[dict[str, Any]]:
    distance, through = shortest_paths(len(graph.names), graph.later, graph.earlier, graph.best)
    found = np.flatnonzero(graph.kept & (distance > 0))
    members = np.bincount(graph.component)
    order = found[np.lexsort((graph.names[found], -distance[found], graph.component[found]))]
    nth = _number_within(graph.component[order])
    chosen = np.lexsort((graph.names[order], -distance[order], -members[graph.component[order]], nth))
    chosen = chosen[nth[chosen] < PER_COMPONENT][:CANDIDATES]
    return [
        {"doc_id": graph.names[node], "best_id": graph.names[graph.best[graph.component[node]]], "nth": place,
         "members": members[graph.component[node]], "hops": distance[node], **_chain(graph, node, through)}
        for node, place in zip(order[chosen], nth[chosen], strict=True)
    ]  # fmt: skip


def _number_within(runs: np.ndarray) -> np.ndarray:
    """0, 1, 2, ... within each run of equal values."""
    places = np.arange(len(runs))
    starts = np.flatnonzero(np.diff(runs, prepend=-1))
    return places - np.repeat(starts, np.diff(np.append(starts, len(runs))))


def _chain(graph: _Graph, node: int, through: np.ndarray) -> dict[str, Any]:
    nodes, pairs = walk(node, graph.later, graph.earlier, through)
    path, similarities = graph.names[nodes].tolist(), graph.similarity[pairs].tolist()
    if len(path) > 2 * END:
        path, similarities = path[:END] + path[-END:], [*similarities[: END - 1], -1.0, *similarities[1 - END :]]
    return {"path": path, "similarities": similarities}
