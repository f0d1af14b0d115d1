"""A text's vector from those of its tokens: their mean, of unit length."""

import numba
import numpy as np

_TABLE = numba.types.Array(numba.float32, 2, "C", readonly=True)
_INTS = numba.types.Array(numba.int64, 1, "C", readonly=True)


@numba.njit(numba.float32[:, ::1](_TABLE, _INTS, _INTS), cache=True)
def mean_rows(table, rows, offsets):
    """For each text the mean of its rows of the table, scaled to unit length; a negative row number is no row.

    rows[offsets[i]:offsets[i + 1]] belong to text i. Summed in float64, in the order of the text; zeros without rows.
    """
    dimension = table.shape[1]
    out = np.zeros((len(offsets) - 1, dimension), np.float32)
    for i in range(len(offsets) - 1):
        total = np.zeros(dimension)
        for k in range(offsets[i], offsets[i + 1]):
            if rows[k] >= 0:
                for d in range(dimension):
                    total[d] += table[rows[k], d]
        square = 0.0
        for d in range(dimension):
            square += total[d] * total[d]
        if square > 0:
            length = np.sqrt(square)
            for d in range(dimension):
                out[i, d] = np.float32(total[d] / length)
    return out


def unit_rows(sums: np.ndarray) -> np.ndarray:
    """Each row of a float matrix scaled to unit length, float32; a row of zeros stays."""
    lengths = np.sqrt(np.einsum("ij,ij->i", sums, sums, dtype=np.float64))
    return (sums / np.where(lengths > 0, lengths, 1)[:, None]).astype(np.float32)
