import numpy as np
import pytest
from brickyard.arrays import as_binary, as_binary_runs, as_lists, as_matrix, as_runs, from_binary, from_binary_runs

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


@pytest.mark.parametrize(("start", "length"), [(0, 3), (1, 2), (2, 1), (1, 0)])
def test_runs_become_lists_and_bytes_and_come_back(start: int, length: int) -> None:
    flat, lengths = np.arange(10, dtype=np.int32), np.array([4, 0, 6])
    assert as_runs(flat, lengths).to_pylist() == [[0, 1, 2, 3], [], [4, 5, 6, 7, 8, 9]]
    found, counts = from_binary_runs(as_binary_runs(flat, lengths).slice(start, length), np.int32)
    assert counts.tolist() == lengths[start : start + length].tolist()
    assert found.tolist() == flat[lengths[:start].sum() : lengths[: start + length].sum()].tolist()


def test_runs_of_pairs_are_twice_as_many_bytes() -> None:
    pairs = np.arange(8, dtype=np.int32).reshape(4, 2)
    assert from_binary_runs(as_binary_runs(pairs, np.array([1, 3])), np.int32)[1].tolist() == [2, 6]


def test_more_than_arrow_can_count_is_refused() -> None:
    with pytest.raises(OverflowError, match="maxRecordsPerBatch"):
        as_runs(np.zeros(1, np.uint8), np.array([2**31]))
