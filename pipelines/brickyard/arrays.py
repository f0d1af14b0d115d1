"""Between NumPy matrices and Arrow columns."""

import numpy as np
import pyarrow as pa


def as_lists(matrix: np.ndarray) -> pa.Array:
    """A matrix as a list column: a row is a list."""
    offsets = np.arange(0, matrix.size + 1, matrix.shape[1], dtype=np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), pa.array(matrix.ravel()))


def as_matrix(lists: pa.ListArray, dtype: type = np.float32) -> np.ndarray:
    """A list column whose lists are all of one length as a matrix."""
    flat = lists.flatten().to_numpy(zero_copy_only=False).astype(dtype, copy=False)
    return flat.reshape(len(lists), -1) if len(lists) else np.empty((0, 0), dtype)


def as_binary(matrix: np.ndarray) -> pa.Array:
    """A matrix as a binary column: a row is its bytes."""
    return pa.array([row.tobytes() for row in matrix], pa.binary())


def from_binary(column: pa.Array, width: int) -> np.ndarray:
    """A binary column whose values are all of one width as a uint8 matrix."""
    return np.frombuffer(b"".join(column.to_pylist()), np.uint8).reshape(-1, width)
