"""From a release's tables to what the sections are given."""

from pyspark import StorageLevel
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from brickyard.errors import ConfigError
from brickyard.gauge.fields import field_of, filled
from brickyard.gauge.material import Choices, Material
from brickyard.report.frames import Frames


def gather(frames: Frames, label_column: str | None, choices: Choices) -> Material:
    """The material of a release. Raises ConfigError if a column that was asked for is in no document."""
    curated = frames["curated"]
    return Material(
        curated=curated,
        records=frames["records"],
        decisions=frames["decisions"],
        duplicate_pairs=frames["duplicate_pairs"],
        labelled=_labelled(curated, label_column, choices),
        embeddings=_or_none(frames["embeddings"].select("doc_id", "vector")),
        labelled_records=_labelled_records(frames["records"], label_column),
        token_sequences=_or_none(frames["token_sequences"].select("doc_id", "token_ids", "token_count")),
    )


def _labelled(curated: DataFrame, label_column: str | None, choices: Choices) -> DataFrame | None:
    """(doc_id, label, split, weight) of the curated documents that have a label; none if none has."""
    split = _field(choices.split_column) if choices.split_column else F.lit(None).cast("string")
    label = _field(label_column or "label")
    rows = curated.select("doc_id", label.alias("label"), split.alias("split"), "weight").where("label IS NOT NULL")
    rows = rows.persist(StorageLevel.MEMORY_AND_DISK)
    if not rows.isEmpty():
        return rows
    if label_column:
        raise ConfigError(
            f"--label-column {label_column}: no curated document has it; it names a field of the records, in their"
            " metadata, or `label`: what input.label_field named when they were read"
        )
    return None


def _labelled_records(records: DataFrame, label_column: str | None) -> DataFrame:
    """(doc_id, label) of records with text: all that have none share one document."""
    read = records.where("char_count > 0").select("doc_id", _field(label_column or "label").alias("label"))
    return read.where("label IS NOT NULL")


def _field(name: str) -> Column:
    """A field of the metadata, null where it is blank; `label`: first the column of that name."""
    field = filled(field_of(F.col("metadata"), name))
    return F.coalesce(filled(F.col("label")), field) if name == "label" else field


def _or_none(rows: DataFrame) -> DataFrame | None:
    return None if rows.isEmpty() else rows
