"""Between NumPy matrices and Arrow columns."""

import math

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


def as_runs(flat: np.ndarray | pa.Array, lengths: np.ndarray) -> pa.ListArray:
    """Runs of a flat array, one after another, as a list column."""
    return pa.ListArray.from_arrays(pa.array(_ends(lengths)), pa.array(flat) if isinstance(flat, np.ndarray) else flat)


def as_binary_runs(flat: np.ndarray, lengths: np.ndarray) -> pa.Array:
    """Runs of values (of any shape), one after another, as a binary column: a row is the bytes of its run. Not a copy."""
    data = np.ascontiguousarray(flat)
    ends = _ends(np.asarray(lengths) * data.itemsize * math.prod(data.shape[1:]))
    return pa.Array.from_buffers(pa.binary(), len(lengths), [None, pa.py_buffer(ends), pa.py_buffer(data)])


def from_binary_runs(column: pa.Array, dtype: type) -> tuple[np.ndarray, np.ndarray]:
    """A binary column without nulls as (flat array, length of each row's run); not a copy."""
    offsets = np.frombuffer(column.buffers()[1], np.int32)[column.offset : column.offset + len(column) + 1]
    data = column.buffers()[2] if len(column) else None
    size = np.dtype(dtype).itemsize
    flat: np.ndarray = np.frombuffer(data, np.uint8)[offsets[0] : offsets[-1]].view(dtype) if data else np.empty(0, dtype)
    return flat, np.diff(offsets) // size


def _ends(lengths: np.ndarray) -> np.ndarray:
    """Where each of the runs begins, and where the last ends, for Arrow: int32. Raises OverflowError beyond 2 GiB."""
    ends = np.concatenate([[0], np.cumsum(lengths)])
    if ends[-1] >= 2**31:
        raise OverflowError(f"{ends[-1]:,} values in one Arrow batch; set spark.sql.execution.arrow.maxRecordsPerBatch lower")
    return ends.astype(np.int32)
