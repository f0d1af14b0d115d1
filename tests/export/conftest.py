"""Exports of the small release, and reading them back in the plainest way there is."""

import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from brickyard.export.options import Options
from brickyard.export.write import Summary, write_export
from brickyard.queries import find_release
from brickyard.storage import Warehouse
from brickyard.tables import CURATED, TOKEN_SEQUENCES

from tests import corpus


@dataclass(frozen=True)
class Exported:
    """An export: its folder, what was reported, and its manifest."""

    folder: Path
    summary: Summary
    manifest: dict

    def rows(self) -> list[dict]:
        """The rows of Parquet shards, in order."""
        return [row for shard in self.manifest["shards"] for row in pq.read_table(self.folder / shard["file"]).to_pylist()]


@pytest.fixture(scope="session")
def export(spark, released, tmp_path_factory) -> Callable[..., Exported]:
    """Export the small release with the given options; each export is made once."""
    warehouse = Warehouse(spark, str(released.warehouse))
    made: dict[Options, Exported] = {}

    def write(out: Path | None = None, **given) -> Exported:
        options = Options(**given)
        if out is None and options in made:
            return made[options]
        folder = out or tmp_path_factory.mktemp("export") / "out"
        summary = write_export(warehouse, find_release(warehouse), options, str(folder))
        found = Exported(folder, summary, json.loads((folder / "manifest.json").read_text()))
        return made.setdefault(options, found) if out is None else found

    return write


@pytest.fixture(scope="session")
def tokens(released) -> dict[str, list[int]]:
    """The token ids of each document of the small release."""
    return {row["doc_id"]: row["token_ids"] for row in corpus.released_rows(released.warehouse, TOKEN_SEQUENCES)}


@pytest.fixture(scope="session")
def curated(released) -> dict[str, dict]:
    """The curated documents of the small release, by doc_id."""
    return {row["doc_id"]: row for row in corpus.released_rows(released.warehouse, CURATED)}


def unpack(rows: list[dict]) -> dict[str, list[int]]:
    """The documents in packed rows, put together of their pieces, by cu_seqlens, doc_ids and starts."""
    pieces: dict[str, dict[int, list[int]]] = {}
    for row in rows:
        bounds = itertools.pairwise(row["cu_seqlens"])
        for (begin, end), doc_id, start in zip(bounds, row["doc_ids"], row["starts"], strict=True):
            mine = pieces.setdefault(doc_id, {})
            assert start not in mine, "a piece is there twice"
            mine[start] = row["input_ids"][begin:end]
    for mine in pieces.values():
        ends = np.cumsum([0] + [len(mine[start]) for start in sorted(mine)]).tolist()
        assert sorted(mine) == ends[:-1], "pieces do not follow one another"
    return {doc_id: [one for start in sorted(mine) for one in mine[start]] for doc_id, mine in pieces.items()}
