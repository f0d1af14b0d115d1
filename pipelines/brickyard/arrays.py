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
    flat = np.ascontiguousarray(matrix)
    width = flat.itemsize * flat.shape[1]
    offsets = np.arange(0, width * len(flat) + 1, width, dtype=np.int32)
    return pa.Array.from_buffers(pa.binary(), len(flat), [None, pa.py_buffer(offsets), pa.py_buffer(flat)])


def from_binary(column: pa.Array, width: int) -> np.ndarray:
    """A binary column without nulls whose values are all `width` bytes long as a uint8 matrix; not a copy."""
    _, offsets, data = column.buffers()
    if not len(column):
        return np.empty((0, width), np.uint8)
    first = int(np.frombuffer(offsets, np.int32, 1, 4 * column.offset)[0])
    return np.frombuffer(data, np.uint8, width * len(column), first).reshape(-1, width)
