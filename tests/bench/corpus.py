"""A corpus of made-up documents with planted duplicates whose similarity is known exactly; the same for the same options.

    python -m tests.bench.corpus FOLDER --documents 65000

FOLDER/part-*.parquet has the columns id and text; FOLDER/planted.parquet has id, copy_id, jaccard (of the sets of
5-word shingles), edit; FOLDER/corpus.json has the options, the number of documents and bytes, and a digest.
"""

import argparse
import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, fields
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tests.bench.plan import BANDS, Band, Plan, Stretches, Texts, make_texts, positions_of
from tests.bench.similarity import jaccard, shingles
from tests.bench.stream import texts, word_numbers

ROW_GROUP_DOCUMENTS = 11_500
"""About 32 MB."""

_LEAST_FILES, _ROW_GROUPS_PER_FILE = 4, 4
_SCHEMA = pa.schema([("id", pa.string()), ("text", pa.string())])


def generate(folder: str | Path, documents: int, seed: int = 1, **options) -> dict:
    """Write the corpus that `Plan(documents, seed, **options)` describes; returns what corpus.json holds."""
    plan = Plan(documents, seed, **options)
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    made = make_texts(plan)
    size, digest = _write_documents(target, made, plan)
    planted = _planted(made)
    pq.write_table(planted, target / "planted.parquet")
    facts = {
        "plan": asdict(plan),
        "documents": len(made.rows),
        "bytes": size,
        "digest": digest,
        "planted": len(planted),
        "unrelated_jaccard": _unrelated(made, plan),
    }
    (target / "corpus.json").write_text(json.dumps(facts, indent=1) + "\n")
    return facts


def document_files(folder: str | Path) -> list[Path]:
    """The files of documents of a corpus."""
    return sorted(Path(folder).glob("part-*.parquet"))


def _write_documents(folder: Path, made: Texts, plan: Plan) -> tuple[int, str]:
    """Bytes of text written, and the SHA-256 of all ids and texts in order."""
    digest, size, start = hashlib.sha256(), 0, 0
    files = max(_LEAST_FILES, -(-plan.documents // (ROW_GROUP_DOCUMENTS * _ROW_GROUPS_PER_FILE)))
    for number, rows in enumerate(np.array_split(made.rows, files)):
        with pq.ParquetWriter(folder / f"part-{number:05d}.parquet", _SCHEMA, compression="zstd") as writer:
            for table in _row_groups(rows, start, made, plan.seed):
                writer.write_table(table)
                size += table["text"].nbytes - 4 * (len(table) + 1)
                digest.update("\n".join(table["id"].to_pylist() + table["text"].to_pylist()).encode())
        start += len(rows)
    return size, digest.hexdigest()


def _row_groups(rows: np.ndarray, start: int, made: Texts, seed: int) -> Iterator[pa.Table]:
    """Tables of ROW_GROUP_DOCUMENTS documents: row i of the corpus has the text rows[i - start]."""
    for low in range(0, len(rows), ROW_GROUP_DOCUMENTS):
        some = rows[low : low + ROW_GROUP_DOCUMENTS]
        ids = pa.array([row_id(row) for row in range(start + low, start + low + len(some))])
        yield pa.Table.from_arrays([ids, _texts_of(some, made, seed)], schema=_SCHEMA)


def row_id(row: int) -> str:
    """The id of the document in a row."""
    return f"doc-{row:09d}"


def _texts_of(numbers: np.ndarray, made: Texts, seed: int) -> pa.Array:
    """The texts with these numbers."""
    firsts = np.searchsorted(made.stretches.text, numbers)
    pieces = np.searchsorted(made.stretches.text, numbers, "right") - firsts
    picked = np.repeat(firsts - (np.cumsum(pieces) - pieces), pieces) + np.arange(pieces.sum())
    chosen = Stretches(np.repeat(np.arange(len(numbers)), pieces), made.stretches.start[picked], made.stretches.length[picked])
    return texts(*positions_of(chosen, 0, len(numbers)), seed)


def _planted(made: Texts) -> pa.Table:
    """The planted pairs, as ids: near copies and versions, then each further row of a text with its first one."""
    order = np.argsort(made.rows, kind="stable")
    firsts = order[np.searchsorted(made.rows[order], np.arange(made.rows.max() + 1))]
    again = np.setdiff1d(np.arange(len(made.rows)), firsts, assume_unique=True)
    left = [*(firsts[pair.original] for pair in made.pairs), *firsts[made.rows[again]]]
    right = [*(firsts[pair.copy] for pair in made.pairs), *again]
    similarities = [*(pair.jaccard for pair in made.pairs), *np.ones(len(again))]
    edits = [*(pair.edit for pair in made.pairs), *["exact"] * len(again)]
    names = ["id", "copy_id", "jaccard", "edit"]
    return pa.table([list(map(row_id, left)), list(map(row_id, right)), similarities, edits], names=names)


def _unrelated(made: Texts, plan: Plan, pairs: int = 500) -> dict[str, float]:
    """The similarity of originals drawn at random: mean and largest of `pairs` pairs."""
    drawn = np.random.default_rng(plan.seed).permutation(made.originals)[: 2 * pairs]
    sets = [shingles(word_numbers(positions_of(made.stretches, one, one + 1)[0], plan.seed)) for one in drawn]
    similarities = [jaccard(left, right) for left, right in zip(sets[::2], sets[1::2], strict=False)]
    return {"pairs": len(similarities), "mean": float(np.mean(similarities)), "max": float(np.max(similarities))}


def _band(words: str) -> Band:
    low, high, pairs = map(float, words.split(":"))
    return Band(low, high, pairs)


def parse_arguments(words: list[str] | None = None) -> dict:
    """The options of `generate` from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--documents", type=int, required=True)
    parser.add_argument("--bands", type=_band, nargs="*", default=list(BANDS), help="LOW:HIGH:PAIRS; below 1 a share")
    for field in fields(Plan):
        if field.name not in ("documents", "bands"):
            parser.add_argument(f"--{field.name.replace('_', '-')}", type=type(field.default), default=field.default)
    options = vars(parser.parse_args(words))
    return {**options, "bands": tuple(options["bands"])}


if __name__ == "__main__":
    print(json.dumps(generate(**parse_arguments())))  # noqa: T201
