"""Exports of a small release."""

import json
import random

import numpy as np
import pyarrow.parquet as pq
import pytest
from brickyard.export.options import Options, Positions
from brickyard.export.write import write_export
from brickyard.queries import find_release
from brickyard.storage import Warehouse
from brickyard.tables import CURATED, TOKEN_SEQUENCES

from tests import corpus


@pytest.fixture(scope="module")
def export(spark, released, tmp_path_factory):
    """Export the small release with the given options; the summary."""
    warehouse = Warehouse(spark, str(released.warehouse))

    def write(out=None, **options):
        folder = out or tmp_path_factory.mktemp("export") / "out"
        return write_export(warehouse, find_release(warehouse), Options(**options), str(folder))

    return write


def tokens_of(released):
    return {row["doc_id"]: row["token_ids"] for row in corpus.released_rows(released.warehouse, TOKEN_SEQUENCES)}


def test_it(export, released):
    for options in (
        {"format": "memmap"},
        {"format": "memmap", "sequence_length": 64},
        {"format": "parquet"},
        {"format": "parquet", "sequence_length": 64, "sections": True, "offsets": True, "epochs": 2, "weights": "column"},
        {"format": "jsonl.zst", "sequence_length": 64, "packing": "concatenate"},
        {"format": "datasets", "sequence_length": 64, "positions": (Positions("rotary", 8),)},
        {"format": "datasets", "sections": True},
    ):
        summary = export(**options)
        print(summary)
