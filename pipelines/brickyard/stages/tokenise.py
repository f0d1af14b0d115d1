"""Token ids of every kept document, by a tokenizer that is trained here or exists already."""

from collections.abc import Iterable, Iterator
from functools import partial

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from brickyard.config import Tokenise
from brickyard.reading.listing import open_filesystem
from brickyard.replacing import replace_file
from brickyard.stages.joins import without
from brickyard.stages.result import Result
from brickyard.stages.train_tokenizer import train_tokenizer
from brickyard.text.tokenizer_files import content_of, digest_of, is_trained
from brickyard.text.tokens import encoder_of


def add_tokens(records: DataFrame, decisions: DataFrame, config: Tokenise, folder: str) -> Result:
    """One row per kept document; the tokenizer is saved as `<folder>/<digest>.json`."""
    if config.tokenizer == "off":
        return Result((None,))
    texts = kept_records(records, decisions).select("doc_id", "text")
    tokenizer = tokenizer_for(texts, config.tokenizer)
    if tokenizer is None:  # no document was kept
        return Result((None,))
    digest = digest_of(tokenizer)
    save_tokenizer(tokenizer, f"{folder}/{digest}.json")
    return Result((tokenize(texts, tokenizer).withColumn("tokenizer", F.lit(digest)),))


def kept_records(records: DataFrame, decisions: DataFrame) -> DataFrame:
    """The records that stand for kept documents."""
    return without(records, "record_id", decisions.where("NOT kept").select("record_id"))


def tokenizer_for(texts: DataFrame, setting: str) -> str | None:
    """The content of the configured tokenizer's file; None if it cannot be trained for want of text."""
    if not is_trained(setting):
        return content_of(setting)
    kind, vocabulary = setting.split(":")
    return train_tokenizer(texts, kind, int(vocabulary))


def save_tokenizer(tokenizer: str, path: str) -> None:
    """Write a tokenizer file, whose name is its digest; nothing if it is there: releases use it."""
    filesystem, inner = open_filesystem(path)
    content = tokenizer.encode()
    if filesystem.get_file_info(inner).is_file:
        with filesystem.open_input_stream(inner) as stream:
            if stream.read() == content:
                return
    replace_file(path, content)


def tokenize(texts: DataFrame, tokenizer: str) -> DataFrame:
    """(doc_id, token_ids, token_count) of `texts` (doc_id, text)."""
    return texts.mapInArrow(
        partial(_encode_batches, tokenizer=tokenizer), "doc_id string, token_ids array<int>, token_count int"
    )


def _encode_batches(batches: Iterable[pa.RecordBatch], tokenizer: str) -> Iterator[pa.RecordBatch]:
    encoder = encoder_of(tokenizer)
    for batch in batches:
        ids, starts = encoder.encode(batch.column("text"))
        lists = pa.ListArray.from_arrays(pa.array(starts), pa.array(ids))
        yield pa.RecordBatch.from_arrays(
            [batch.column("doc_id"), lists, pa.array(np.diff(starts))], names=["doc_id", "token_ids", "token_count"]
        )
