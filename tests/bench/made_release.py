"""A made-up release of many records, written straight into the tables that queries read: no run of the pipeline makes a
million records in a minute. Ids, texts of log-normal length, six sources, 2,000 files, four labels, a fifth duplicates.

Rows are in no order, as the tasks of a cluster leave them.
"""

import datetime
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
from brickyard.catalog import GAUGES, GROWING
from brickyard.tables import CURATED, DECISIONS, RECORDS, RELEASES, TABLES, Table
from deltalake import DeltaTable as RustTable
from deltalake import Schema, WriterProperties, write_deltalake

from tests.bench.stream import texts

Columns = Mapping[str, np.ndarray | Callable[[np.ndarray], pa.Array]]
"""Values of each column for all rows, or a function from row numbers to values; a column that is not named is NULL."""

FILES = 8
"""Per table."""

_ARROW = {"string": pa.string(), "long": pa.int64(), "integer": pa.int32(), "double": pa.float64(), "boolean": pa.bool_()}
_REASONS = np.array(["exact_duplicate", "near_duplicate", "semantic_duplicate"], dtype=object)
_KEPT = np.array(None, dtype=object)


def make_release(warehouse: Path, records: int, seed: int = 1) -> None:
    """Write the tables, and the release that points at them."""
    drawn = np.random.default_rng(seed)
    ids, kept = _ids(records, 1), drawn.random(records) >= 0.2
    kept[0] = True
    keepers = np.flatnonzero(kept)
    stands_for = np.where(kept, np.arange(records), keepers[drawn.integers(0, len(keepers), records)])
    documents, order = _ids(records, 2), drawn.permutation(records)
    lengths = np.minimum(drawn.lognormal(4.2, 1, records).astype(np.int64) + 5, 5000)
    common: dict = {
        "record_id": ids, "doc_id": documents, "source": np.array([f"source-{i}" for i in range(6)])[
            np.minimum(drawn.geometric(0.4, records) - 1, 5)],
        "uri": np.array([f"part-{i:05d}.jsonl" for i in range(2000)])[np.arange(records) * 2000 // records],
        "label": np.array(["good", "fair", "poor", "bad"])[drawn.integers(0, 4, records)],
        "text": _Texts(drawn.integers(0, 1 << 24, records), lengths, seed), "word_count": lengths,
    }  # fmt: skip
    more = {"position": np.arange(records), "char_count": 6 * lengths, "byte_length": 6 * lengths,
            "batch_id": np.array([f"batch-{i}" for i in range(4)])[np.arange(records) * 4 // records]}  # fmt: skip
    verdicts = {**common, "kept": kept, "reason": np.where(kept, _KEPT, _REASONS[drawn.integers(0, 3, records)]),
                "final_representative_id": documents[stands_for]}  # fmt: skip
    weighed = {**common, "token_count": lengths, "weight": np.bincount(stands_for, minlength=records)}
    _write(warehouse, RECORDS, {**common, **more}, order)
    _write(warehouse, DECISIONS, verdicts, order)
    _write(warehouse, CURATED, weighed, order[kept[order]])
    _publish(warehouse)


class _Texts:
    """Texts by row number, made when they are asked for."""

    def __init__(self, starts: np.ndarray, lengths: np.ndarray, seed: int):
        self.starts, self.lengths, self.seed = starts, lengths, seed

    def __call__(self, rows: np.ndarray) -> pa.Array:
        lengths = self.lengths[rows]
        within = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        return texts(np.repeat(self.starts[rows], lengths) + within, np.concatenate(([0], np.cumsum(lengths))), self.seed)


def _ids(count: int, seed: int) -> np.ndarray:
    drawn = np.random.default_rng(seed).bytes(16 * count).hex()
    return np.array([drawn[i : i + 32] for i in range(0, 32 * count, 32)])


def _write(warehouse: Path, table: Table, columns: Columns, rows: np.ndarray) -> None:
    properties = WriterProperties(compression="ZSTD", compression_level=3)
    for some in np.array_split(rows, FILES):
        arrays = [_values(columns.get(field.name), some, _ARROW[field.dataType.typeName()]) for field in table.schema]
        write_deltalake(
            str(warehouse / table.name),
            pa.Table.from_arrays(arrays, table.schema.names),
            mode="append",
            writer_properties=properties,
            configuration={"delta.dataSkippingStatsColumns": ",".join(table.statistics)},
        )


def _values(column: np.ndarray | Callable | None, rows: np.ndarray, kind: pa.DataType) -> pa.Array:
    if column is None:
        return pa.nulls(len(rows), kind)
    return column(rows) if callable(column) else pa.array(column[rows].tolist(), kind)


def _publish(warehouse: Path) -> None:
    """The release; tables without rows are made empty."""
    for table in TABLES:
        if not (warehouse / table.name).exists() and table != RELEASES:
            RustTable.create(str(warehouse / table.name), Schema.from_json(table.schema.json()))
    pinned = [table.name for table in TABLES if table.name not in (*GROWING, *GAUGES)]
    versions = [(name, RustTable(str(warehouse / name)).version()) for name in pinned]
    words = dict.fromkeys(("release_id", "input_digest", "config_digest", "code_version"), "made")
    nothing = dict.fromkeys(("previous_release_id", "configuration", "retired_at"))
    row: dict = {**words, **nothing, "published_at": datetime.datetime.now(datetime.UTC), "table_versions": versions,
                 "batch_id": "batch-3", "action": "curate"}  # fmt: skip
    schema = pa.schema(Schema.from_json(RELEASES.schema.json()).to_arrow())
    write_deltalake(str(warehouse / RELEASES.name), pa.Table.from_pylist([row], schema))
