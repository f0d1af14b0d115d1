"""Where a record went: two files of ids beside the data, so that a take-down can be followed up, the warehouse gone or not."""

import os
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from brickyard.errors import ConfigError
from brickyard.export.formats import unfinished, write_parquet
from brickyard.export.manifest import read_manifest

DOCUMENTS, RECORDS = "index/documents.parquet", "index/records.parquet"

_ROWS_AT_ONCE = 100_000


def write_index(folder: str, plan: DataFrame, decisions: DataFrame, records: DataFrame) -> None:
    """DOCUMENTS: a row for each piece, by doc_id. RECORDS: every record of the release, and the document that stands for it."""
    lists = F.arrays_zip("shard", "sequence", "offset", "start", "length")
    pieces = plan.select("doc_id", "epoch", "copy", F.explode(lists).alias("at")).select("doc_id", "epoch", "copy", "at.*")
    _write_file(pieces, ("doc_id", "epoch", "copy", "start"), os.path.join(folder, DOCUMENTS))
    named = decisions.select("record_id", "doc_id", "final_representative_id")
    named = named.join(records.select("record_id", "external_id"), "record_id")
    _write_file(named, ("record_id",), os.path.join(folder, RECORDS))


def _write_file(frame: DataFrame, order: tuple[str, ...], path: str) -> None:
    ordered = frame.repartition(1).sortWithinPartitions(*order)
    ordered.mapInArrow(partial(_write_batches, path=path), "rows bigint").collect()


def _write_batches(batches: Iterable[pa.RecordBatch], path: str) -> Iterator[pa.RecordBatch]:
    tables = _regrouped(batches)
    rows = write_parquet(tables, unfinished(path))
    os.replace(unfinished(path), path)
    yield pa.RecordBatch.from_pydict({"rows": [rows]})


def _regrouped(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.Table]:
    """The same rows in tables of a fixed length, whatever the size of batches."""
    held: list[pa.RecordBatch] = []
    for batch in batches:
        held.append(batch)
        while sum(map(len, held)) >= _ROWS_AT_ONCE:
            table = pa.Table.from_batches(held).combine_chunks()
            yield table.slice(0, _ROWS_AT_ONCE)
            held = table.slice(_ROWS_AT_ONCE).to_batches()
    if held:
        yield pa.Table.from_batches(held).combine_chunks()


def locate(folder: str, name: str) -> dict[str, Any]:
    """Where in an export the text of a record is: `name` is a record_id, an external_id or a doc_id.

    A record that a kept document stands for is where that document is: `documents` names it. Raises ConfigError if the
    release that was exported knows no such id.
    """
    manifest = read_manifest(folder)
    if manifest is None:
        raise ConfigError(f"{folder}: holds no export: no manifest.json")
    records = _rows(folder, RECORDS, lambda f: (f("record_id") == name) | (f("external_id") == name) | (f("doc_id") == name))
    if not records:
        raise ConfigError(f"{name}: release {manifest['release_id']} has no record or document of this id")
    documents = sorted({row["final_representative_id"] for row in records} - {None})
    pieces = _rows(folder, DOCUMENTS, lambda f: f("doc_id").isin(pa.array(documents, pa.string())))
    return {
        "status": "found" if pieces else "not_in_export",
        "release_id": manifest["release_id"],
        "export_id": manifest["export_id"],
        "records": [row["record_id"] for row in records],
        "documents": documents,
        "places": [_place(row, manifest) for row in pieces],
    }


def _rows(folder: str, name: str, condition) -> list[dict[str, Any]]:
    return pq.read_table(os.path.join(folder, name), filters=condition(pc.field)).to_pylist()


def _place(row: dict[str, Any], manifest: dict[str, Any]) -> dict[str, Any]:
    """The file, the row in it, and the tokens: counted from the beginning of the row, in a memory map of the file."""
    size = manifest["arguments"]["sequence_length"]
    shards = manifest["shards"]
    place = {name: row[name] for name in ("doc_id", "epoch", "copy", "start", "length")}
    if manifest["arguments"]["format"] == "memmap":
        token = row["offset"] + (row["sequence"] * size if size else 0)
        return {"file": "tokens.bin", "row": row["sequence"], "offset": token, **place}
    before = sum(shard["rows"] for shard in shards[: row["shard"]])
    return {
        "file": shards[row["shard"]]["file"],
        "row": row["sequence"] - before,
        "offset": row["offset"] if size else 0,
        **place,
    }
