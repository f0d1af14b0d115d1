"""The texts that the page shows, cut."""

from collections.abc import Iterable
from typing import Any

from pyspark.sql import functions as F

from brickyard.report.frames import Frames

MOST_CHARACTERS = 6000
"""Of a text: what is shown and compared word by word."""

MOST_OF_A_NAME = 200
"""Characters of a source or a uri."""


def load_texts(frames: Frames, doc_ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """doc_id -> where the document was read first, its size, and the beginning of its text."""
    wanted = frames["documents"].where(F.col("doc_id").isin(sorted(set(doc_ids))))
    records = frames["records"].select(F.col("record_id").alias("first_record_id"), "source", "uri", "position", "text")
    shown = wanted.join(records, "first_record_id").select(
        "doc_id", "position", "char_count", "word_count", "copies",
        F.substring("source", 1, MOST_OF_A_NAME).alias("source"),
        F.substring("uri", 1, MOST_OF_A_NAME).alias("uri"),
        F.substring("text", 1, MOST_CHARACTERS).alias("text"),
        (F.length("text") > MOST_CHARACTERS).alias("cut"),
    )  # fmt: skip
    return {row.doc_id: row.asDict() for row in shown.collect()}
