import numpy as np
from brickyard.graphs.paths import shortest_paths, walk
from hypothesis import given, settings
from hypothesis import strategies as st

NODES = st.integers(0, 9)


def slow_distances(pairs: list[tuple[int, int]], starts: list[int]) -> list[int]:
    """By relaxing every pair until nothing changes."""
    distance = [0 if node in starts else 99 for node in range(10)]
    for _ in range(10):
        for a, b in [*pairs, *(pair[::-1] for pair in pairs)]:
            distance[b] = min(distance[b], distance[a] + 1)
    return [-1 if value == 99 else value for value in distance]


@given(st.lists(st.tuples(NODES, NODES), max_size=20), st.sets(NODES, min_size=1, max_size=3))
@settings(deadline=None, max_examples=200)
def test_distances_are_shortest_and_the_walk_has_that_many_pairs(pairs: list[tuple[int, int]], starts: set[int]) -> None:
    array = np.array(pairs, np.int64).reshape(-1, 2)
    left, right = array[:, 0].copy(), array[:, 1].copy()
    distance, through = shortest_paths(10, left, right, np.array(sorted(starts)))
    assert distance.tolist() == slow_distances(pairs, sorted(starts))
    for node in np.flatnonzero(distance >= 0):
        nodes, steps = walk(node, left, right, through)
        assert len(steps) == distance[node]
        assert nodes[0] == node and nodes[-1] in starts
        assert all({a, b} == set(pairs[step]) for a, b, step in zip(nodes, nodes[1:], steps, strict=False))
