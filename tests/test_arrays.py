import numpy as np
import pytest
from brickyard.arrays import as_binary, as_lists, as_matrix, from_binary

MATRIX = np.arange(12, dtype=np.float32).reshape(4, 3)


def test_rows_of_a_matrix_become_lists() -> None:
    assert as_lists(MATRIX).to_pylist() == [[0, 1, 2], [3, 4, 5], [6, 7, 8], [9, 10, 11]]


@pytest.mark.parametrize(("start", "length"), [(0, 4), (1, 2), (3, 1), (2, 0)])
def test_a_slice_of_lists_is_the_slice_of_the_matrix(start: int, length: int) -> None:
    assert as_matrix(as_lists(MATRIX).slice(start, length)).tolist() == MATRIX[start : start + length].tolist()


def test_bytes_of_rows_come_back() -> None:
    matrix = np.arange(250, 262, dtype=np.uint8).reshape(3, 4)
    assert as_binary(matrix).to_pylist() == [b"\xfa\xfb\xfc\xfd", b"\xfe\xff\0\1", b"\2\3\4\5"]
    assert from_binary(as_binary(matrix), 4).tolist() == matrix.tolist()
    assert from_binary(as_binary(matrix).slice(1, 2), 4).tolist() == matrix[1:].tolist()
