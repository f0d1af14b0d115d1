"""Documents cut into the pieces of the plan: tokens travel from here to their shard as bytes."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql.types import BinaryType, LongType, StringType, StructField, StructType

from brickyard.arrays import as_binary_runs
from brickyard.errors import StorageError
from brickyard.export.tagging import character_offsets, plain_tokenizer, token_sections
from brickyard.stages.joins import small

PLACE = ("shard", "chunk", "sequence", "offset", "start")
"""Where a piece goes, and its first token's place in the document."""

_PLACE = [StructField(name, LongType()) for name in PLACE]


@dataclass(frozen=True)
class Cutting:
    """`carried` columns of documents go along unchanged; `tokenizer` is the content of its file if tokens are tagged."""

    carried: tuple[str, ...]
    has_tokens: bool
    end_id: int | None = None
    sections: bool = False
    offsets: bool = False
    tokenizer: str | None = None

    @property
    def parts(self) -> tuple[str, ...]:
        """The columns that hold a value for each token, as bytes: int32, uint8, and pairs of int32."""
        return ("tokens",) * self.has_tokens + ("sections",) * self.sections + ("offsets",) * self.offsets


def cut_documents(documents: DataFrame, plan: DataFrame, pieces: int, cutting: Cutting) -> DataFrame:
    """A row for each of the `pieces` of a plan: PLACE, doc_id, weight, the parts of `cutting`, its carried columns.

    `documents` has doc_id, token_ids and text as far as `cutting` asks for them, and the carried columns.
    """
    lists = ("doc_id", "weight", "shard", "chunk", "sequence", "offset", "start", "length")
    joined = documents.join(small(plan.select(*lists), pieces), "doc_id")
    kinds = [documents.schema[name] for name in cutting.carried]
    parts = [StructField(name, BinaryType()) for name in cutting.parts]
    fields = [*_PLACE, StructField("doc_id", StringType()), StructField("weight", LongType()), *parts, *kinds]
    return joined.mapInArrow(partial(_cut_batches, cutting=cutting), StructType(fields))


def _cut_batches(batches: Iterable[pa.RecordBatch], cutting: Cutting) -> Iterator[pa.RecordBatch]:
    tokenizer = plain_tokenizer(cutting.tokenizer) if cutting.tokenizer else None
    for batch in batches:
        lengths = batch.column("length").flatten().to_numpy()
        counts = batch.column("length").value_lengths().to_numpy()
        rows = pa.array(np.repeat(np.arange(len(batch)), counts))
        columns = {name: batch.column(name).flatten().cast(pa.int64()) for name in PLACE}
        columns |= {name: batch.column(name).take(rows) for name in ("doc_id", "weight")}
        parts = _parts(batch, cutting, tokenizer)
        if parts:
            _refuse_other_lengths(parts["tokens"][1], lengths, counts)
        columns |= {name: as_binary_runs(flat, lengths) for name, (flat, _) in parts.items()}
        columns |= {name: batch.column(name).take(rows) for name in cutting.carried}
        yield pa.RecordBatch.from_pydict(columns)


def _parts(batch: pa.RecordBatch, cutting: Cutting, tokenizer) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """For each part, its values for all tokens of the batch, and the tokens of each document."""
    if not cutting.has_tokens:
        return {}
    lists = batch.column("token_ids")
    ids = lists.flatten().to_numpy().astype(np.int32, copy=False)
    lengths = lists.value_lengths().fill_null(0).to_numpy()
    found = {"tokens": ids}
    if tokenizer is not None:
        found |= _tags(batch.column("text").to_pylist(), np.split(ids, np.cumsum(lengths)[:-1]), cutting, tokenizer)
    if cutting.end_id is not None:
        found = _with_end(found, lengths, cutting.end_id)
        lengths = lengths + 1
    return {name: (values, lengths) for name, values in found.items()}


def _tags(texts: list[str], ids: list[np.ndarray], cutting: Cutting, tokenizer) -> dict[str, np.ndarray]:
    offsets = [character_offsets(tokenizer, text, mine) for text, mine in zip(texts, ids, strict=True)]
    found = {}
    if cutting.sections:
        found["sections"] = np.concatenate([token_sections(*pair) for pair in zip(texts, offsets, strict=True)])
    if cutting.offsets:
        found["offsets"] = np.concatenate(offsets)
    return found


def _with_end(parts: dict[str, np.ndarray], lengths: np.ndarray, end_id: int) -> dict[str, np.ndarray]:
    """An end token after each document: in no section, and at no place: offsets 0 and 0."""
    ends = np.cumsum(lengths)
    values = {"tokens": end_id, "sections": 0, "offsets": 0}
    return {name: np.insert(flat, ends, np.array(values[name], flat.dtype), axis=0) for name, flat in parts.items()}


def _refuse_other_lengths(lengths: np.ndarray, pieces: np.ndarray, counts: np.ndarray) -> None:
    document = np.repeat(np.arange(len(counts)), counts)
    if not np.array_equal(np.bincount(document, pieces, len(counts)).astype(np.int64), lengths):
        raise StorageError("curated.token_count is not the length of token_sequences.token_ids; run `brickyard curate` again")
