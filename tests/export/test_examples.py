"""The examples of docs/export.md, run as they stand: each consumer reads back what the release holds."""

import re
from pathlib import Path

import numpy as np
import pytest

from tests.export.conftest import unpack

SIZE = 64
EXAMPLES = dict(
    re.findall(r"```python (\S+)\n(.*?)```", (Path(__file__).parents[2] / "docs" / "export.md").read_text(), re.DOTALL)
)


@pytest.fixture(scope="module")
def rows(export, tokens):
    """The packed rows, which other tests compare with the release."""
    found = export(format="parquet", sequence_length=SIZE).rows()
    assert unpack(found) == tokens
    return found


def test_there_is_an_example_of_at_most_ten_lines_for_each_format():
    assert set(EXAMPLES) == {"memmap", "parquet", "jsonl.zst", "datasets"}
    lines = {name: [line for line in code.splitlines() if line and "import" not in line] for name, code in EXAMPLES.items()}
    assert all(len(mine) <= 10 for mine in lines.values())


@pytest.mark.parametrize("form", ["parquet", "jsonl.zst", "datasets"])
def test_the_example_trains_on_every_token_in_order(export, rows, form):
    seen: list[tuple[list[int], list[int]]] = []

    def train(input_ids, position_ids):
        seen.extend((list(ids), list(places)) for ids, places in zip(input_ids, position_ids, strict=True))

    folder = str(export(format=form, sequence_length=SIZE).folder)
    exec(EXAMPLES[form], {"folder": folder, "train": train})  # noqa: S102 - the words of the documentation
    assert seen == [(row["input_ids"], row["position_ids"]) for row in rows]


@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")
def test_the_example_maps_tokens_and_makes_the_attention_of_a_row(export, rows):
    folder = str(export(format="memmap", sequence_length=SIZE).folder)
    for number in (0, len(rows) - 1):
        names = {"folder": folder, "row": number}
        exec(EXAMPLES["memmap"], names)  # noqa: S102 - the words of the documentation
        wanted = rows[number]
        assert names["tokens"].tolist() == [row["input_ids"] for row in rows]
        assert names["cu"].tolist() == wanted["cu_seqlens"]
        owner = np.array(wanted["document_ids"])
        real = slice(0, wanted["cu_seqlens"][-1])
        alone = (owner[:, None] == owner) & np.tri(SIZE, dtype=bool)
        assert np.array_equal(names["sees"][real, real], alone[real, real])
        assert not names["sees"][real, wanted["cu_seqlens"][-1] :].any()
