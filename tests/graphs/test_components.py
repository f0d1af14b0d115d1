import numpy as np
import pyarrow as pa
from brickyard.graphs.components import _spanning_forests, component_labels, label_keys
from hypothesis import given, settings
from hypothesis import strategies as st

from tests import oracles

NODES = st.integers(0, 14)
EDGES = st.lists(st.tuples(NODES, NODES), max_size=20)


def columns(edges: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
    array = np.array(edges, np.int64).reshape(-1, 2)
    return array[:, 0].copy(), array[:, 1].copy()


@given(EDGES)
@settings(deadline=None, max_examples=150)
def test_labels_are_the_smallest_nodes_of_the_components(edges: list[tuple[int, int]]) -> None:
    assert component_labels(15, *columns(edges)).tolist() == oracles.components(15, edges)


@given(EDGES, st.integers(-(2**62), 2**62), st.integers(1, 2**50))
@settings(deadline=None, max_examples=100)
def test_keys_of_any_size_are_labelled_together(edges: list[tuple[int, int]], shift: int, stretch: int) -> None:
    left, right = columns(edges)
    keys, labels = label_keys(left * stretch + shift, right * stretch + shift)
    nodes = sorted({node for edge in edges for node in edge})
    assert keys.tolist() == [node * stretch + shift for node in nodes]
    wanted = oracles.components(15, edges)
    assert labels.tolist() == [nodes.index(wanted[node]) for node in nodes]


@given(EDGES, st.integers(1, 7))
@settings(deadline=None, max_examples=100)
def test_a_forest_joins_what_its_edges_join_and_has_one_edge_per_key(edges: list[tuple[int, int]], size: int) -> None:
    batches = [columns(edges[start : start + size]) for start in range(0, len(edges), size)]
    (forest,) = _spanning_forests(pa.RecordBatch.from_arrays([*map(pa.array, batch)], names=["a", "b"]) for batch in batches)
    assert len(forest) == len({node for edge in edges for node in edge})
    found = list(zip(*(column.to_pylist() for column in forest.columns), strict=True))
    assert oracles.components(15, found) == oracles.components(15, edges)


def test_a_long_path_is_one_component() -> None:
    nodes = np.random.default_rng(1).permutation(100_000)
    assert (component_labels(100_000, nodes[:-1].copy(), nodes[1:].copy()) == 0).all()
