"""Token ids of every kept document, by a tokenizer trained here or loaded from a file."""

import hashlib
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from brickyard.config import Tokenise
from brickyard.errors import ConfigError
from brickyard.reading.listing import open_filesystem
from brickyard.stages.joins import without
from brickyard.stages.result import Result
from brickyard.text.tokens import TokenEncoder

SAMPLE_CHARACTERS = 8 * 2**20
"""Text on which a tokenizer is trained, about: documents are drawn by hash."""

END_OF_TEXT = "<|endoftext|>"


def add_tokens(records: DataFrame, decisions: DataFrame, config: Tokenise, folder: str) -> Result:
    """One row per kept document; the tokenizer is saved as `<folder>/<digest>.json`."""
    if config.tokenizer == "off":
        return Result((None,))
    texts = kept_records(records, decisions).select("doc_id", "text", "char_count")
    tokenizer = load_tokenizer(config.tokenizer[5:]) if config.tokenizer.startswith("file:") else None
    tokenizer = tokenizer or train_tokenizer(texts, int(config.tokenizer[6:]))
    if tokenizer is None:  # no document was kept
        return Result((None,))
    digest = hashlib.sha256(tokenizer.encode()).hexdigest()
    save_tokenizer(tokenizer, f"{folder}/{digest}.json")
    tokens = texts.select("doc_id", "text").mapInArrow(
        partial(_encode_batches, tokenizer=tokenizer), "doc_id string, token_ids array<int>, token_count int"
    )
    return Result((tokens.withColumn("tokenizer", F.lit(digest)),))


def kept_records(records: DataFrame, decisions: DataFrame) -> DataFrame:
    """The records that stand for kept documents."""
    return without(records, "record_id", decisions.where("NOT kept").select("record_id"))


def load_tokenizer(path: str) -> str:
    """The content of a Hugging Face `tokenizer.json`; raises ConfigError if it is none."""
    from tokenizers import Tokenizer

    try:
        content = Path(path).read_text(encoding="utf-8")
        Tokenizer.from_str(content)
    except Exception as error:  # the library raises bare Exceptions
        raise ConfigError(f"tokenise.tokenizer: {path}: not a tokenizer.json of Hugging Face tokenizers: {error}") from error
    return content


def train_tokenizer(texts: DataFrame, vocabulary: int) -> str | None:
    """Byte-level BPE with `vocabulary` entries, trained in one task on a sample drawn by hash; its JSON. None of nothing."""
    size = texts.agg(F.sum("char_count").alias("characters"), F.count(F.lit(1)).alias("documents")).collect()[0]
    share = min(1.0, SAMPLE_CHARACTERS / max(size.characters or 0, 1))
    drawn = texts.select("doc_id").orderBy(F.xxhash64(F.lit("tokenizer"), "doc_id"), "doc_id")
    sample = texts.join(drawn.limit(max(1, int(share * size.documents))), "doc_id").select("doc_id", "text")
    ordered = sample.repartition(1).sortWithinPartitions("doc_id").select("text")
    trained = ordered.mapInArrow(partial(_train_batches, vocabulary=vocabulary), "tokenizer string").first()
    return trained.tokenizer if trained else None


def _train_batches(batches: Iterable[pa.RecordBatch], vocabulary: int) -> Iterator[pa.RecordBatch]:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=[END_OF_TEXT],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator((text for batch in batches for text in batch.column("text").to_pylist()), trainer)
    yield pa.RecordBatch.from_pydict({"tokenizer": [tokenizer.to_str()]})


def save_tokenizer(tokenizer: str, path: str) -> None:
    """Write a tokenizer file; its name is its digest, so writing it again changes nothing."""
    filesystem, inner = open_filesystem(path)
    filesystem.create_dir(inner.rsplit("/", 1)[0], recursive=True)
    with filesystem.open_output_stream(inner) as stream:
        stream.write(tokenizer.encode())


def _encode_batches(batches: Iterable[pa.RecordBatch], tokenizer: str) -> Iterator[pa.RecordBatch]:
    encoder = TokenEncoder(tokenizer)
    for batch in batches:
        ids = encoder.encode(batch.column("text").to_pylist())
        counts = np.array([len(one) for one in ids], np.int32)
        offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
        lists = pa.ListArray.from_arrays(pa.array(offsets), pa.array(np.concatenate([*ids, np.empty(0, np.int32)])))
        yield pa.RecordBatch.from_arrays(
            [batch.column("doc_id"), lists, pa.array(counts)], names=["doc_id", "token_ids", "token_count"]
        )
