"""Shortest chains of pairs, from the nearest of several starting nodes to every node."""

import numba
import numpy as np


@numba.njit(numba.types.Tuple((numba.int64[::1], numba.int64[::1]))(numba.int64, numba.int64[::1], numba.int64[::1],
                                                                    numba.int64[::1]), cache=True)  # fmt: skip
def shortest_paths(n, left, right, starts):
    """For nodes 0..n-1 joined by pairs left[i] - right[i]: (pairs to the nearest start, the pair that leads there).

    -1 where there is no way, or none is needed. Breadth first (Moore 1959), pairs tried in their order.
    """
    ends = np.zeros(n + 1, np.int64)
    for pair in range(len(left)):
        ends[left[pair] + 1] += 1
        ends[right[pair] + 1] += 1
    ends = np.cumsum(ends)
    places, touching = ends[:-1].copy(), np.empty(2 * len(left), np.int64)
    for pair in range(len(left)):
        for node in (left[pair], right[pair]):
            touching[places[node]] = pair
            places[node] += 1
    distance, through = np.full(n, -1, np.int64), np.full(n, -1, np.int64)
    queue, count = np.empty(n, np.int64), len(starts)
    queue[:count] = starts
    distance[starts] = 0
    done = 0
    while done < count:
        node = queue[done]
        done += 1
        for pair in touching[ends[node] : ends[node + 1]]:
            other = right[pair] if left[pair] == node else left[pair]
            if distance[other] < 0:
                distance[other], through[other] = distance[node] + 1, pair
                queue[count] = other
                count += 1
    return distance, through


def walk(node: int, left: np.ndarray, right: np.ndarray, through: np.ndarray) -> tuple[list[int], list[int]]:
    """The nodes from `node` to its start, both included, and the pairs between them."""
    nodes, pairs = [int(node)], []
    while (pair := int(through[nodes[-1]])) >= 0:
        pairs.append(pair)
        nodes.append(int(right[pair] if left[pair] == nodes[-1] else left[pair]))
    return nodes, pairs
