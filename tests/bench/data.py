"""Data and models for benchmarks, in the folder that BRICKYARD_DATA names; and texts of mixed length made of them."""

import os
import random
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tests.bench.bench import say
from tests.bench.labelled import read_banking

TOKENS = 128
"""A text is cut after so many: the loops compared with do so, Brickyard would take the rest into account."""


def data_folder() -> str:
    """Empty if it is not set."""
    return os.environ.get("BRICKYARD_DATA", "")


def data_or_say(row: str) -> Path | None:
    """The folder; None, and a word about the row, without it."""
    if data_folder():
        return Path(data_folder())
    say(f"{row}: BRICKYARD_DATA names no folder; row left out")
    return None


def mixed_texts(data: Path, count: int, tokenizer: Path) -> list[str]:
    """Distinct texts: half are questions, the others one to nine messages; none of more than TOKENS tokens."""
    from tokenizers import Tokenizer

    cutter = Tokenizer.from_file(str(tokenizer))
    cutter.no_padding()
    cutter.enable_truncation(TOKENS)
    lines = (data / "data/sms_spam/SMSSpamCollection.tsv").read_text(encoding="utf-8").splitlines()
    messages, questions = [line.partition("\t")[2] for line in lines], read_banking(data, "train")[0]
    source, texts = random.Random(1), []
    for number in range(count):
        pool, pieces = (questions, 1) if number % 2 else (messages, source.choice((1, 1, 1, 2, 3, 9)))
        texts.append(" ".join([f"{number}:", *source.choices(pool, k=pieces)]))
    encoded = cutter.encode_batch(texts)
    return [text[: one.offsets[-2][1]] for text, one in zip(texts, encoded, strict=True)]


def write_texts(texts: list[str], path: Path) -> None:
    """As Parquet (doc_id, char_count, text), in several row groups: Spark reads them in several tasks."""
    path.parent.mkdir(parents=True, exist_ok=True)
    ids = [f"{number:08d}" for number in range(len(texts))]
    columns = {"doc_id": ids, "char_count": pa.array(map(len, texts), pa.int64()), "text": texts}
    pq.write_table(pa.table(columns), path, row_group_size=-(-len(texts) // 16))
