"""Parquet files of a table, written by the tasks that have its rows.

Arrow's writer needs a fraction of the CPU of Java's, and long texts that Python has read need not pass through Java.
"""

import json
import re
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import astuple, dataclass
from functools import partial
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.pandas.types import to_arrow_schema
from pyspark.sql.types import StructType

from brickyard.frames import frame_of
from brickyard.reading.listing import open_filesystem

ROW_GROUP_BYTES, FILE_BYTES = 32 << 20, 512 << 20
"""Bytes in memory of the rows that are gathered to a row group, and of those that go to one file."""

COMPRESSION, LEVEL = "zstd", 3
"""Small, read fastest, known to outside readers; higher levels take three times as long for 5 to 11 % fewer bytes."""


@dataclass(frozen=True)
class DataFile:
    """A file in a table's folder: name, bytes, rows, and its statistics as a Delta log has them (JSON)."""

    path: str
    size: int
    rows: int
    stats: str


DATA_FILES = "path string, size bigint, rows bigint, stats string"


class FileWriter:
    """Writes batches of one task to Parquet files of `folder`; `statistics` are the columns with minimum and maximum."""

    def __init__(self, folder: str, schema: pa.Schema, statistics: tuple[str, ...]) -> None:
        self._filesystem, self._folder = open_filesystem(folder)
        self._schema, self._statistics = schema, statistics
        self._waiting: list[pa.RecordBatch] = []
        self._waiting_bytes = self._file_bytes = 0
        self._name: str | None = None
        self._parquet: pq.ParquetWriter | None = None
        self._files: list[DataFile] = []

    def write(self, batch: pa.RecordBatch) -> None:
        """Add rows: columns of the schema's names and types."""
        if not len(batch):
            return
        self._waiting.append(batch)
        self._waiting_bytes += batch.nbytes
        if self._waiting_bytes >= ROW_GROUP_BYTES:
            self._write_row_group()
        if self._file_bytes >= FILE_BYTES:
            self._finish_file()

    def close(self) -> list[DataFile]:
        """The files, all of them written."""
        if self._waiting:
            self._write_row_group()
        if self._name:
            self._finish_file()
        return self._files

    def abort(self) -> None:
        """Delete what was written, as far as that can be done: what went wrong before is told, not this."""
        if self._parquet is not None:
            with suppress(OSError):  # the disk may be full still
                self._parquet.close()
        for name in filter(None, [*(file.path for file in self._files), self._name]):
            with suppress(OSError):  # it may not have come to be
                self._filesystem.delete_file(f"{self._folder}/{name}")

    def _write_row_group(self) -> None:
        if self._parquet is None:
            self._parquet = self._begin_file()
        self._parquet.write_table(pa.Table.from_batches(self._waiting).cast(self._schema))
        self._file_bytes += self._waiting_bytes
        self._waiting, self._waiting_bytes = [], 0

    def _begin_file(self) -> pq.ParquetWriter:
        self._filesystem.create_dir(self._folder, recursive=True)
        self._name, self._metadata = f"part-{uuid.uuid4()}.{COMPRESSION}.parquet", list[pq.FileMetaData]()
        return pq.ParquetWriter(
            f"{self._folder}/{self._name}", self._schema, filesystem=self._filesystem,
            compression=COMPRESSION, compression_level=LEVEL, metadata_collector=self._metadata,
            write_page_checksum=True,  # a flipped bit is an error, not another text
        )  # fmt: skip

    def _finish_file(self) -> None:
        assert self._name is not None and self._parquet is not None  # noqa: S101 - for the type checker: a file was begun
        self._parquet.close()
        (metadata,) = self._metadata
        size = self._filesystem.get_file_info(f"{self._folder}/{self._name}").size
        stats = json.dumps(_statistics(metadata, self._statistics))
        self._files.append(DataFile(self._name, size, metadata.num_rows, stats))
        self._name, self._parquet, self._file_bytes = None, None, 0


def _statistics(metadata: pq.FileMetaData, names: tuple[str, ...]) -> dict[str, Any]:
    """Per-file statistics (Delta protocol, "Per-file Statistics") from those of the row groups."""
    found: dict[str, Any] = {"numRecords": metadata.num_rows, "minValues": {}, "maxValues": {}, "nullCount": {}}
    groups = [metadata.row_group(i) for i in range(metadata.num_row_groups)]
    places = {metadata.schema.column(i).path: i for i in range(metadata.num_columns)}
    for name in names:
        chunks = [group.column(places[name]).statistics for group in groups]
        if all(chunk is not None and chunk.has_null_count for chunk in chunks):
            found["nullCount"][name] = sum(chunk.null_count for chunk in chunks)
        valued = [chunk for chunk in chunks if chunk is None or chunk.num_values]
        if valued and all(chunk is not None and chunk.has_min_max for chunk in valued):
            found["minValues"][name] = min(chunk.min for chunk in valued)
            found["maxValues"][name] = max(chunk.max for chunk in valued)
    return found


def write_frame(frame: DataFrame, folder: str, statistics: tuple[str, ...]) -> list[DataFile]:
    """Write a frame's rows to files of `folder`, each partition its own; what failed tasks wrote is not among them."""
    write = partial(_write_batches, folder=folder, schema=to_arrow_schema(frame.schema), statistics=statistics)
    return [DataFile(*row) for row in frame.mapInArrow(write, DATA_FILES).collect()]


def _write_batches(
    batches: Iterable[pa.RecordBatch], folder: str, schema: pa.Schema, statistics: tuple[str, ...]
) -> Iterator[pa.RecordBatch]:
    files = write_batches(batches, FileWriter(folder, schema, statistics))
    columns = zip(*map(astuple, files), strict=True) if files else [[], [], [], []]
    types = (pa.string(), pa.int64(), pa.int64(), pa.string())
    arrays = [pa.array(column, kind) for column, kind in zip(columns, types, strict=True)]
    yield pa.RecordBatch.from_arrays(arrays, names=["path", "size", "rows", "stats"])


def write_batches(batches: Iterable[pa.RecordBatch], writer: FileWriter) -> list[DataFile]:
    """The files that the batches went to; if one cannot be written, or made, none is left behind."""
    try:
        for batch in batches:
            writer.write(batch)
        return writer.close()
    except BaseException:
        writer.abort()
        raise


def write_rows(rows: list[tuple], folder: str, schema: StructType, statistics: tuple[str, ...]) -> list[DataFile]:
    """Write rows of this process."""
    arrow = to_arrow_schema(schema)
    columns = zip(*rows, strict=True) if rows else [[]] * len(arrow)
    arrays = [pa.array(column, field.type) for column, field in zip(columns, arrow, strict=True)]
    return write_batches([pa.RecordBatch.from_arrays(arrays, schema=arrow)], FileWriter(folder, arrow, statistics))


_PATTERN = re.compile(r"([\\\[\]{}*?])")
"""What Spark would take for a pattern in the name of a file. (Its option not to, `__globPaths__`, repeats rows in 3.5.3.)"""


def read_paths(spark: SparkSession, paths: Sequence[str], schema: StructType) -> DataFrame:
    """The rows of Parquet files, whatever their names."""
    if not paths:
        return frame_of(spark, [], schema)
    return spark.read.schema(schema).parquet(*(_PATTERN.sub(r"\\\1", path) for path in paths))


def read_data_files(spark: SparkSession, folder: str, files: list[DataFile], schema: StructType) -> DataFrame:
    """The rows of files that tasks have written to `folder`."""
    return read_paths(spark, [f"{folder}/{file.path}" for file in files], schema)


def delete_paths(paths: Iterable[str]) -> None:
    """Delete files that no table points at."""
    for path in paths:
        filesystem, inner = open_filesystem(path)
        filesystem.delete_file(inner)


def delete_data_files(folder: str, files: list[DataFile]) -> None:
    """Delete files that tasks have written to `folder`, and nobody will point at."""
    delete_paths(f"{folder}/{file.path}" for file in files)
