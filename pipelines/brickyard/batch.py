"""What a run is about to read: the listed files with their digests, and the identity that follows from them."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from pyspark.sql import DataFrame, Row, SparkSession

from brickyard.config import Config, Input
from brickyard.errors import ConflictError, InputError
from brickyard.frames import frame_of
from brickyard.reading.fields import Fields
from brickyard.reading.listing import InputFile, Listing, list_files
from brickyard.reading.records import Reading
from brickyard.reading.streams import Damage, pieces
from brickyard.text.minhash import Signing

DIGESTED_HERE = 1 << 28
"""Bytes of input up to which this process digests them: starting tasks for them would take longer."""

_LISTED = "uri string, path string, byte_length bigint, refused string"
_DIGESTED = f"{_LISTED}, sha256 string"
_HELD = ("source", "uri", "sha256", "reading")


@dataclass(frozen=True)
class Batch:
    """`digest` is SHA-256 over the sorted (uri, size, SHA-256) of all files; `batch_id` is it, unless configured."""

    batch_id: str
    digest: str
    files: tuple[dict[str, Any], ...]  # uri, path, byte_length, refused, sha256, source, batch_id, reading
    listing: Listing


def list_batch(spark: SparkSession, config: Config) -> Batch:
    """List and digest the input. Raises InputError if there is no file."""
    listing = list_files(config.input.paths, config.input.root or config.home, confined=config.input.root is not None)
    if not listing.files:
        named = ", ".join(config.input.paths) or "nothing: input.paths is empty"
        raise InputError(f"no file found; input.paths names {named}")
    digested = digest_files(spark, listing.files)
    digest = hashlib.sha256()
    for row in digested:
        digest.update(f"{row['uri']}\0{row['byte_length']}\0{row['sha256']}\n".encode())
    batch_id = config.batch_id or digest.hexdigest()[:32]
    common = {"source": config.input.source, "batch_id": batch_id, "reading": _reading_in_words(config.input)}
    files = tuple({**row, **common} for row in digested)
    return Batch(batch_id, digest.hexdigest(), files, listing)


def digest_files(spark: SparkSession, files: list[InputFile]) -> list[dict]:
    """The files with SHA-256 of their bytes, sorted by uri; a file that cannot be read is refused."""
    rows = [{name: getattr(file, name) for name in ("uri", "path", "byte_length", "refused")} for file in files]
    slots = min(len(rows), 4 * spark.sparkContext.defaultParallelism)
    if sum(file.byte_length for file in files) <= DIGESTED_HERE:
        with ThreadPoolExecutor(slots) as threads:
            return sorted(threads.map(_digest, rows), key=lambda row: row["uri"])
    frame = frame_of(spark, [tuple(row.values()) for row in rows], _LISTED).repartition(slots)
    return sorted((row.asDict() for row in frame.mapInArrow(_digest_batches, _DIGESTED).collect()), key=lambda row: row["uri"])


def _digest_batches(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        rows = [_digest(row) for row in batch.to_pylist()]
        yield pa.RecordBatch.from_pylist(rows, pa.schema([*batch.schema, ("sha256", pa.string())]))


def _digest(row: dict) -> dict:
    if row["refused"]:
        return {**row, "sha256": None}
    digest = hashlib.sha256()
    try:
        for piece in pieces(row["path"]):
            digest.update(piece)
    except Damage as damage:
        return {**row, "refused": damage.reason, "sha256": None}
    return {**row, "sha256": digest.hexdigest()}


def new_files(batch: Batch, known: DataFrame) -> DataFrame:
    """The files of the batch that `known` (the `files` table) does not hold; one that could not be read then is new.

    Raises ConflictError if one is known under the same name with other bytes, or was read with other settings.
    """
    held = {(row.source, row.uri): row for row in known.where("sha256 IS NOT NULL").select(*_HELD).collect()}
    for file in batch.files:
        _refuse_changed(file, held.get((file["source"], file["uri"])))
    new = [tuple(file.values()) for file in batch.files if (file["source"], file["uri"]) not in held]
    return frame_of(known.sparkSession, new, f"{_DIGESTED}, source string, batch_id string, reading string")


def _refuse_changed(file: dict[str, Any], held: Row | None) -> None:
    if held is None:
        return
    if held.sha256 != file["sha256"]:
        raise ConflictError(
            f"{file['path']}: this file was loaded before with other bytes (SHA-256 then {held.sha256}, now {file['sha256']})."
            " Loaded text is not changed in place: give the file a new name, or use a new warehouse"
        )
    if held.reading != file["reading"]:
        raise ConflictError(
            f"{file['path']}: this file was loaded before with other settings in [input] ({held.reading}, now"
            f" {file['reading']}). Its records stay as they were read: use a new warehouse, or another input.source"
        )


def _reading_in_words(config: Input) -> str:
    """The settings that decide what a file's records are, as JSON."""
    settings = config.model_dump(exclude={"source", "paths", "root", "on_bad_record"}, exclude_defaults=True)
    return json.dumps(settings, sort_keys=True)


def reading_of(config: Config) -> Reading:
    """The part of the configuration that the readers get."""
    near, section = config.near_duplicates, config.input
    return Reading(
        signing=Signing(near.ngram, near.permutations, near.bands),
        source=section.source,
        fields=Fields(section.text_field, section.label_field, section.id_field),
        format=section.format,
        max_record_bytes=section.max_record_bytes,
        csv_delimiter=section.csv_delimiter,
        csv_columns=section.csv_columns,
    )
