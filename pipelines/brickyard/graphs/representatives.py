"""Which of several similar documents stands for the others.

Documents in order of preference; one is dropped if an earlier kept document is verified similar, and its representative
is the most similar of those. The order of work cannot change the answer, and chains do not collapse.
"""

import numba
import numpy as np


def preference_order(preference: np.ndarray, char_count: np.ndarray, doc_id: np.ndarray) -> np.ndarray:
    """Indices, best first: highest preference, then longest, then smallest doc_id."""
    return np.lexsort((doc_id, -char_count, -preference))


def group_by_later(n: int, left: np.ndarray, right: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Sort pairs of ranks by their later member: (pair order, starts of shape n + 1, later, earlier)."""
    later, earlier = np.maximum(left, right), np.minimum(left, right)
    order = np.lexsort((earlier, later))
    starts = np.searchsorted(later[order], np.arange(n + 1))
    return order, starts, later[order], earlier[order]


@numba.njit("int64[::1](int64[::1], int64[::1], float64[::1])", cache=True)
def choose_representatives(starts, earlier, similarity):
    """For each rank the number of the pair that drops it, or -1 if it is kept.

    Pairs `starts[j]` to `starts[j + 1]` join rank j with ranks `earlier`, ascending; all of them are verified.
    """
    n = len(starts) - 1
    chosen = np.full(n, -1, np.int64)
    for j in range(n):
        for pair in range(starts[j], starts[j + 1]):
            kept = chosen[earlier[pair]] < 0
            if kept and (chosen[j] < 0 or similarity[pair] > similarity[chosen[j]]):
                chosen[j] = pair
    return chosen
