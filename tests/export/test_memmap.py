"""Parts of memory maps: types of tokens, and joining in order."""

import numpy as np
import pyarrow as pa
import pytest
from brickyard.arrays import as_binary_runs
from brickyard.errors import StorageError
from brickyard.export.memmap import join_parts, token_type, write_parts
from brickyard.export.rows import Layout

WHOLE = Layout(0, 0, ("tokens",), True, ())


def pieces_of(ids: list[list[int]], first: int) -> pa.Table:
    """A chunk of whole documents, numbered from `first`."""
    flat, lengths = np.array([i for one in ids for i in one], np.int32), np.array([len(one) for one in ids])
    numbers = list(range(first, first + len(ids)))
    columns = {"sequence": numbers, "offset": numbers, "start": [0] * len(ids), "weight": numbers}
    return pa.table(columns | {"doc_id": [f"d{n}" for n in numbers], "tokens": as_binary_runs(flat, lengths)})


@pytest.mark.parametrize(("vocabulary", "kind"), [(300, "<u2"), (65536, "<u2"), (65537, "<u4")])
def test_two_bytes_if_all_ids_fit_else_four(vocabulary, kind):
    assert token_type(vocabulary) == kind


def test_parts_are_joined_in_order_and_removed(tmp_path):
    shards = [str(tmp_path / f"data-{i}") for i in range(2)]
    assert write_parts(iter([pieces_of([[1, 2], []], 0), pieces_of([[70000]], 2)]), WHOLE, "<u4", shards[0]) == 3
    assert write_parts(iter([pieces_of([[5, 6, 7]], 3)]), WHOLE, "<u4", shards[1]) == 1
    join_parts(str(tmp_path), shards, WHOLE, "<u4")
    assert np.fromfile(tmp_path / "tokens.bin", "<u4").tolist() == [1, 2, 70000, 5, 6, 7]
    assert np.load(tmp_path / "documents.npy").tolist() == [0, 2, 2, 3, 6]
    assert (tmp_path / "doc_ids.txt").read_text() == "d0\nd1\nd2\nd3\n"
    assert np.load(tmp_path / "weights.npy").tolist() == [0, 1, 2, 3]
    assert {path.name for path in tmp_path.iterdir()} == {"tokens.bin", "documents.npy", "doc_ids.txt", "weights.npy"}


def test_an_id_that_is_not_in_the_vocabulary_is_refused(tmp_path):
    with pytest.raises(StorageError, match="token id 70000 is not in the release's tokenizer"):
        write_parts(iter([pieces_of([[1, 70000]], 0)]), WHOLE, "<u2", str(tmp_path / "part"))
