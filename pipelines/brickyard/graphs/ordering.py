"""An order of preference that agrees with pairs whose later and earlier member are known already."""

import numba
import numpy as np


@numba.njit("int64[::1](int64, int64[::1], int64[::1])", cache=True)
def ranks_of_pairs(n, later, earlier):
    """For nodes 0..n-1 a rank each, so that earlier[i] ranks before later[i] for every i; pairs form no cycle.

    The greedy rule drops the same nodes under any such order (a node's verdict depends on its earlier neighbours alone),
    so that the preference itself, which a release need not hold, is not wanted.
    """
    before, follower, following = np.zeros(n, np.int64), np.full(n, -1, np.int64), np.full(len(later), -1, np.int64)
    for pair in range(len(later)):
        before[later[pair]] += 1
        following[pair], follower[earlier[pair]] = follower[earlier[pair]], pair
    ranks, ready, count = np.full(n, -1, np.int64), np.empty(n, np.int64), 0
    for node in range(n):
        if before[node] == 0:
            ready[count] = node
            count += 1
    for rank in range(n):
        if rank == count:
            raise ValueError("the pairs form a cycle: no order of preference agrees with them")
        ranks[ready[rank]] = rank
        pair = follower[ready[rank]]
        while pair >= 0:
            node = later[pair]
            before[node] -= 1
            if before[node] == 0:
                ready[count] = node
                count += 1
            pair = following[pair]
    return ranks
