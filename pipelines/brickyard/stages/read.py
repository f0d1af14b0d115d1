"""Read files into records; what cannot become a record goes to quarantine."""

import json
from functools import partial

import pyarrow as pa
from pyspark import StorageLevel
from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F
from pyspark.sql.pandas.types import from_arrow_schema, to_arrow_schema

from brickyard.config import NearDuplicates
from brickyard.data_files import DataFile, delete_data_files, read_data_files
from brickyard.errors import InputError
from brickyard.frames import frame_of
from brickyard.reading.records import Reading, format_of
from brickyard.reading.streams import compression_of
from brickyard.stages.joins import small
from brickyard.stages.reading_tasks import NARROW, Target, read_and_write
from brickyard.stages.result import Result
from brickyard.stages.signatures import new_signatures, signatures_again
from brickyard.tables import RECORDS

PIECE_BYTES = 32 * 2**20
_ROWS = from_arrow_schema(NARROW)
_PIECES = "uri string, path string, start bigint, end bigint, refused string"


def read_files(
    known: DataFrame,
    signed: DataFrame,
    tombstones: DataFrame,
    files: DataFrame,
    reading: Reading,
    near: NearDuplicates,
    batch_id: str,
    fail_on_bad: bool,
    start_over: bool,
    folder: str,
) -> Result:
    """Records, quarantine, files and signatures of one batch. `files`: uri, path, byte_length, sha256, refused.

    `signed` are the rows of `signatures`; to start over is to sign all documents again. Records are written to `folder`
    by the tasks that read them.
    Raises InputError for the first bad record if `fail_on_bad`, and if not a single record was found.
    """
    rows, written = _read(files, reading, _target(folder, batch_id, tombstones))
    rows = rows.withColumn("source", F.lit(reading.source)).withColumn("batch_id", F.lit(batch_id))
    texts = read_data_files(files.sparkSession, folder, written, RECORDS.schema)
    repeated = flag_repeated_ids(rows, known, texts) if reading.fields.id else None
    if repeated is not None:
        rows = rows.join(small(repeated.select("uri", "position")), ["uri", "position"], "left_anti").unionByName(repeated)
    good = rows.where("record_id IS NOT NULL AND reason IS NULL")
    quarantine = rows.where("reason IS NOT NULL").withColumnRenamed("record_id", "refused_id")
    quarantine = quarantine.select(
        "source", "uri", "position", "byte_length", "sha256", "reason", "head", "batch_id", "refused_id"
    )
    counts = _reason_counts(rows)
    try:
        if fail_on_bad:
            _fail_on_first(quarantine.where("reason != 'taken_down'"), reading)
        _fail_without_records(counts, known, reading)
    except InputError:
        delete_data_files(folder, written)
        raise
    if start_over:
        again = signatures_again(known, batch_id, near).persist(StorageLevel.DISK_ONLY)
        signatures = new_signatures(good, again).unionByName(again)
    else:
        signatures = new_signatures(good, signed)
    frames = (quarantine if counts else None, _tally(rows, files), signatures)
    if repeated is None:
        return Result((written, *frames), counts)
    refused = repeated.where("reason IS NOT NULL").select("uri", "position")
    records = texts.join(small(refused), ["uri", "position"], "left_anti")
    return Result((records, *frames), counts, scratch=tuple(f"{folder}/{file.path}" for file in written))


def _target(folder: str, batch_id: str, tombstones: DataFrame) -> Target:
    gone = pa.array([row.record_id for row in tombstones.select("record_id").collect()], pa.string())
    return Target(folder, to_arrow_schema(RECORDS.schema), RECORDS.statistics, batch_id, gone)


def _read(files: DataFrame, reading: Reading, target: Target) -> tuple[DataFrame, list[DataFile]]:
    """What was read but for the texts of records (NARROW without `file`), and the files that these went to."""
    rows = _pieces(files, reading).mapInArrow(partial(read_and_write, reading=reading, target=target), _ROWS)
    rows = rows.persist(StorageLevel.DISK_ONLY)
    named = rows.where("file IS NOT NULL").select("file").collect()
    return rows.where("file IS NULL").drop("file"), [DataFile(**json.loads(row.file)) for row in named]


def _pieces(files: DataFrame, reading: Reading) -> DataFrame:
    """One row per file, or per PIECE_BYTES of a plain file of lines; heavy and light ones dealt out evenly."""
    spark = files.sparkSession
    listed = files.select("uri", "path", "byte_length", "refused").collect()
    cut = [piece for row in listed for piece in _cut(row, reading)]
    cut.sort(key=lambda piece: (piece[5], piece[0], piece[2]), reverse=True)
    if not cut:
        return frame_of(spark, [], _PIECES)
    slots = min(len(cut), 4 * spark.sparkContext.defaultParallelism)
    dealt = [piece[:5] for slot in range(slots) for piece in cut[slot::slots]]
    return spark.createDataFrame(spark.sparkContext.parallelize(dealt, slots), _PIECES)


def _cut(row, reading: Reading) -> list[tuple]:
    plain_lines = format_of(row.path, reading.format) == "jsonl" and compression_of(row.path) is None
    if not plain_lines or row.byte_length <= PIECE_BYTES:
        return [(row.uri, row.path, 0, None, row.refused, row.byte_length)]
    starts = range(0, row.byte_length, PIECE_BYTES)
    return [(row.uri, row.path, start, start + PIECE_BYTES, row.refused, PIECE_BYTES) for start in starts]


def flag_repeated_ids(rows: DataFrame, known: DataFrame, texts: DataFrame) -> DataFrame | None:
    """The rows whose id occurs more than once; all but the first of each are refused: `duplicate_id` if the text differs,
    else `repeated_id`. None if there are no such rows. `texts` are the records as they were written.

    Ids that occur once are told first, so that the texts of most records stay where they are.
    """
    names = rows.where("record_id IS NOT NULL").select("record_id")
    twice = names.groupBy("record_id").count().where("count > 1").select("record_id")
    if not known.isEmpty():
        twice = twice.union(known.select("record_id").join(small(names.distinct()), "record_id", "left_semi")).distinct()
    repeated = twice.persist(StorageLevel.DISK_ONLY)
    if repeated.isEmpty():
        return None
    wanted = texts.select("record_id", "uri", "position", "text").join(small(repeated), "record_id", "left_semi")
    several = rows.join(small(repeated), "record_id", "left_semi").join(wanted.drop("record_id"), ["uri", "position"], "left")
    return _flag_repeated(several, known).drop("text").persist(StorageLevel.DISK_ONLY)


def _flag_repeated(rows: DataFrame, known: DataFrame) -> DataFrame:
    earlier = known.groupBy("record_id").agg(F.min("doc_id").alias("_known_doc_id"))
    first = Window.partitionBy("record_id").orderBy("uri", "position")
    ranked = rows.join(earlier, "record_id", "left")
    ranked = ranked.withColumn("_first", F.coalesce("_known_doc_id", F.first("doc_id").over(first)))
    repeated = F.col("_known_doc_id").isNotNull() | (F.row_number().over(first) > 1)
    ranked = ranked.withColumn("_repeated", repeated & F.col("reason").isNull())  # a column, since `reason` is about to change
    reason = F.when(F.col("doc_id") == F.col("_first"), "repeated_id").otherwise("duplicate_id")
    bytes_of_text = F.encode("text", "UTF-8")
    head = F.lower(F.hex(F.substring(bytes_of_text, 1, 200)))
    for name, value in (("reason", reason), ("sha256", F.sha2(bytes_of_text, 256)), ("head", head)):
        ranked = ranked.withColumn(name, F.when(F.col("_repeated"), value).otherwise(F.col(name)))
    return ranked.drop("_known_doc_id", "_first", "_repeated")


def _tally(rows: DataFrame, files: DataFrame) -> DataFrame:
    counted = rows.groupBy("uri").agg(
        F.count(F.when(F.col("reason").isNull(), F.col("record_id"))).alias("records"),
        F.count("reason").alias("quarantined"),
        F.coalesce(F.sum("blank_lines"), F.lit(0)).alias("blank_lines"),
    )
    whole = files.select("uri", "byte_length", "sha256", "source", "batch_id", "reading").join(counted, "uri", "left")
    return whole.fillna(0, ["records", "quarantined", "blank_lines"])


def _reason_counts(rows: DataFrame) -> dict[str, int]:
    """Reason -> rows; records have the reason ""."""
    noted = rows.where("record_id IS NOT NULL OR reason IS NOT NULL").groupBy(F.coalesce("reason", F.lit("")).alias("reason"))
    return {row.reason: row["count"] for row in noted.count().collect()}


def _fail_without_records(counts: dict[str, int], known: DataFrame, reading: Reading) -> None:
    """`counts` lose the number of records."""
    if not counts.pop("", 0) and known.isEmpty():
        field = f"; the text field is {reading.fields.text!r} (input.text_field)" if "text_missing" in counts else ""
        raise InputError(f"no record in the input; refused: {counts or 'nothing, the files are empty'}{field}")


def _fail_on_first(quarantine: DataFrame, reading: Reading) -> None:
    bad = quarantine.orderBy("uri", "position").first()
    if bad is not None:
        place = "row" if format_of(bad.uri, reading.format) in ("csv", "parquet") else "byte offset"
        raise InputError(
            f"{bad.uri}: {place} {bad.position}, {bad.byte_length} bytes: {bad.reason}; nothing was written."
            ' Mend the file, or set input.on_bad_record = "quarantine"'
        )
