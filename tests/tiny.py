"""Frames of a few rows, and the definitions of the architecture page in slow, plain Python."""

import hashlib
import random
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pandas as pd
from brickyard.tables import DOCUMENTS, DUPLICATE_PAIRS, EMBEDDINGS, RECORDS, Table
from pyspark.sql import DataFrame, SparkSession

_UNSPACED = "㐀-䶿一-鿿豈-﫿\U00020000-\U0003134f぀-ヿㇰ-ㇿ฀-๿຀-໿က-႟ក-៿"
_WORD = re.compile(rf"(?=\w)[{_UNSPACED}]|(?:(?![{_UNSPACED}])\w)+")


def id_of(*parts: str) -> str:
    """The first 128 bits of SHA-256 over the parts."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


def normal_form(text: str) -> str:
    """NFC, LF, no white space at the ends of lines and of the text."""
    composed = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")
    return "\n".join(line.rstrip() for line in composed.split("\n")).rstrip()


def doc_id_of(text: str) -> str:
    """The id of a text."""
    return id_of(normal_form(text))


def words_of(text: str) -> list[str]:
    """The words of a text."""
    return _WORD.findall(unicodedata.normalize("NFC", text).lower())


def shingles_of(text: str, ngram: int) -> set[tuple[str, ...]]:
    """All runs of `ngram` words; of a shorter text all its words; of a text without words nothing."""
    words = words_of(text)
    width = min(ngram, len(words))
    return {tuple(words[i : i + width]) for i in range(len(words) - width + 1)} if words else set()


def jaccard_of(one: set, other: set) -> float:
    """The Jaccard index to 1e-9; 0 of empty sets."""
    return round(len(one & other) / len(one | other) * 1e9) / 1e9 if one and other else 0.0


@dataclass(frozen=True)
class Choice:
    """What the greedy rule says: similar pairs as (later, earlier) -> similarity, and dropped -> representative."""

    pairs: dict[tuple[str, str], float]
    representative: dict[str, str]


def choose_greedily(ordered: Sequence[str], similarities: dict[frozenset[str], float]) -> Choice:
    """The rule of the page, by trying every pair: `ordered` ids, best first; similar pairs with their similarity."""
    pairs, representative = {}, {}
    for i, later in enumerate(ordered):
        earlier = [(similarities[key], -j) for j in range(i) if (key := frozenset((later, ordered[j]))) in similarities]
        pairs |= {(later, ordered[-minus]): similarity for similarity, minus in earlier}
        kept = [found for found in earlier if ordered[-found[1]] not in representative]
        if kept:
            representative[later] = ordered[-max(kept)[1]]
    return Choice(pairs, representative)


def frame_of(spark: SparkSession, table: Table, rows: Iterable[dict]) -> DataFrame:
    """Rows of a table; a column that a row does not name is null. By way of pandas: a local relation needs no task."""
    values = [[row.get(name) for name in table.schema.names] for row in rows]
    return spark.createDataFrame(pd.DataFrame(values, columns=table.schema.names, dtype=object), table.schema)


def record_row(position: int, text: str, uri: str = "a.jsonl", **more) -> dict:
    """A row of `records`, computed as the architecture page says."""
    row = {"record_id": id_of("tests", uri, str(position)), "doc_id": doc_id_of(text), "batch_id": "batch"}
    row |= {"source": "tests", "uri": uri, "position": position, "byte_length": len(text.encode()), "text": text}
    return row | {"char_count": len(normal_form(text)), "word_count": len(words_of(text))} | more


def records_of(spark: SparkSession, texts: Iterable[str], **more) -> DataFrame:
    """`records` with a row for each text."""
    return frame_of(spark, RECORDS, (record_row(position, text, **more) for position, text in enumerate(texts)))


def documents_of(spark: SparkSession, texts: Iterable[str]) -> DataFrame:
    """`documents`, to go with `records_of` of the same texts."""
    firsts: dict[str, dict] = {}
    for position, text in enumerate(texts):
        row = record_row(position, text)
        document = firsts.setdefault(row["doc_id"], {**row, "copies": 0, "first_record_id": row["record_id"]})
        document["copies"] += 1
    return frame_of(spark, DOCUMENTS, firsts.values())


def pairs_of(spark: SparkSession, *rows: tuple) -> DataFrame:
    """`duplicate_pairs` from (doc_id, other_id, kind, similarity, chosen)."""
    names = ("doc_id", "other_id", "kind", "similarity", "chosen")
    return frame_of(spark, DUPLICATE_PAIRS, ({**dict(zip(names, row, strict=True)), "complete": True} for row in rows))


def embeddings_of(spark: SparkSession, vectors: dict[str, list[float]]) -> DataFrame:
    """`embeddings` of doc_id -> vector."""
    rows = ({"doc_id": name, "model": "tiny", "vector": [float(x) for x in vector]} for name, vector in vectors.items())
    return frame_of(spark, EMBEDDINGS, rows)


def sized_documents(spark: SparkSession, lengths: dict[str, int]) -> DataFrame:
    """`documents` that have an id and a length only."""
    return frame_of(spark, DOCUMENTS, ({"doc_id": name, "char_count": length} for name, length in lengths.items()))


def random_text(source: random.Random, words: int, vocabulary: int = 500) -> list[str]:
    """Words drawn from a small vocabulary, some of them not ASCII."""
    return [f"{source.choice(('wort', 'größe', 'word', 'слово'))}{source.randrange(vocabulary)}" for _ in range(words)]


def edit(source: random.Random, words: list[str], edits: int) -> list[str]:
    """A copy with some words replaced, dropped or put in."""
    edited = list(words)
    for _ in range(edits):
        place, removed = source.randrange(len(edited)), source.randrange(2)
        added = [f"new{source.randrange(10**6)}"] if removed == 0 or source.randrange(2) else []
        edited[place : place + removed] = added
    return edited
