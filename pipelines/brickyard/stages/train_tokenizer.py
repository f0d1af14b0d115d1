"""Train a tokenizer on all kept text: Spark counts pre-tokens, one task trains on the counts."""

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import partial

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from brickyard.text.byte_level import train_bpe, train_unigram
from brickyard.text.pre_tokens import Table, empty_table, number_pre_tokens, point_classes
from brickyard.text.words import utf8_of

_MOST_BYTES = 1 << 25
"""Bytes of distinct pre-tokens that a task holds before it hands on what it has counted."""

_TRAINERS = {"train": train_bpe, "train-unigram": train_unigram}


def train_tokenizer(texts: DataFrame, kind: str, vocabulary: int) -> str | None:
    """The file of a tokenizer with at most `vocabulary` entries, trained on `texts` (text); None if there is no text.

    The order of the rows, and how they are cut into partitions, make no difference.
    """
    counted = count_pre_tokens(texts).repartition(1).sortWithinPartitions("pre_token")
    trained = counted.mapInArrow(partial(_train_batches, kind=kind, vocabulary=vocabulary), "tokenizer string").first()
    return trained.tokenizer if trained else None


def count_pre_tokens(texts: DataFrame) -> DataFrame:
    """(pre_token, occurrences) of `texts` (text): every distinct pre-token with how often it occurs."""
    counted = texts.select("text").mapInArrow(_count_batches, "pre_token string, occurrences bigint")
    return counted.groupBy("pre_token").agg(F.sum("occurrences").alias("occurrences"))


def _count_batches(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    table, counts, others = empty_table(), np.empty(0, np.int64), Counter[str]()
    for batch in batches:
        texts = batch.column("text")
        data, offsets = utf8_of(texts)
        whole = np.zeros(len(texts), bool)
        numbers, bounds, table = number_pre_tokens(data, offsets, whole, point_classes(), table)
        uncut = np.searchsorted(bounds, np.flatnonzero(numbers < 0), "right") - 1
        others.update(_by_library(texts.take(pa.array(uncut)).to_pylist()))
        more = np.bincount(numbers[numbers >= 0], minlength=table[-1])
        more[: len(counts)] += counts
        counts = more
        if len(table[3]) > _MOST_BYTES:
            yield _counted(table, counts)
            table, counts = empty_table(), np.empty(0, np.int64)
    yield _counted(table, counts)
    yield pa.RecordBatch.from_pydict(_named(pa.array(list(others), pa.string()), list(others.values())))


def _by_library(texts: list[str]) -> Iterator[str]:
    """The pre-tokens of texts with characters that the kernel does not know."""
    from tokenizers import pre_tokenizers

    cut = pre_tokenizers.ByteLevel(add_prefix_space=False).pre_tokenize_str
    return (text[start:end] for text in texts for _, (start, end) in cut(text))


def _counted(table: Table, counts: np.ndarray) -> pa.RecordBatch:
    _, _, starts, arena, count = table
    ends = pa.py_buffer(starts[: count + 1].astype(np.int32))
    pre_tokens = pa.StringArray.from_buffers(count, ends, pa.py_buffer(arena))
    return pa.RecordBatch.from_pydict(_named(pre_tokens, counts))


def _named(pre_tokens: pa.Array, counts) -> dict:
    return {"pre_token": pre_tokens, "occurrences": pa.array(counts, pa.int64())}


def _train_batches(batches: Iterable[pa.RecordBatch], kind: str, vocabulary: int) -> Iterator[pa.RecordBatch]:
    table = pa.Table.from_batches(batches, pa.schema([("pre_token", pa.string()), ("occurrences", pa.int64())]))
    if len(table):
        data, starts = utf8_of(table["pre_token"].cast(pa.large_string()).combine_chunks())
        trained = _TRAINERS[kind](data, starts, np.array(table["occurrences"], np.int64), vocabulary)
        yield pa.RecordBatch.from_pydict({"tokenizer": [trained]})
