"""Any folder of text as a corpus: its documents as they are, and all its similar pairs found by an inverted index.

A document is a line of .jsonl (field text), a row of .parquet (column text), or any other file that is UTF-8, cut at blank
lines into pieces of about 3,000 characters. Archives (.tar, .tar.gz) are looked into.
"""

import json
import tarfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tests.bench.corpus import row_id
from tests.bench.measure import digest_lines
from tests.bench.similarity import word_sets

LEAST = 0.5
"""Similarity from which pairs are listed."""

_PIECE, _FILES = 3000, 4


def write_real(source: Path, folder: Path, most: int) -> None:
    """At most `most` documents of a folder, laid out as a generated corpus."""
    folder.mkdir(parents=True, exist_ok=True)
    texts = [text for _, text in zip(range(most), documents(source), strict=False)]
    ids = [row_id(row) for row in range(len(texts))]
    for number, rows in enumerate(np.array_split(np.arange(len(texts)), _FILES)):
        table = pa.table({"id": [ids[row] for row in rows], "text": [texts[row] for row in rows]})
        pq.write_table(table, folder / f"part-{number:05d}.parquet", compression="zstd")
    left, right, similarity = similar_pairs(word_sets(texts))
    columns = {"id": [ids[i] for i in left], "copy_id": [ids[j] for j in right], "jaccard": similarity}
    pq.write_table(pa.table({**columns, "edit": ["found"] * len(left)}), folder / "planted.parquet")
    size = sum(len(text.encode()) for text in texts)
    facts = {"plan": "given by BRICKYARD_DATA", "documents": len(texts), "bytes": size, "digest": digest_lines(texts),
             "planted": len(left)}  # fmt: skip
    (folder / "corpus.json").write_text(json.dumps(facts))


def documents(source: Path) -> Iterator[str]:
    """The texts below a folder, files in order of their names."""
    for path in sorted(source.rglob("*")):
        if path.is_file():
            yield from _texts_in(path)


def _texts_in(path: Path) -> Iterator[str]:
    if path.suffix == ".parquet":
        names = pq.read_schema(path).names
        yield from filter(None, pq.read_table(path, columns=["text"])["text"].to_pylist() if "text" in names else [])
    elif path.suffix == ".jsonl":
        lines = path.read_text(errors="replace").splitlines()
        yield from (row["text"] for row in map(json.loads, lines) if isinstance(row.get("text"), str) and row["text"].strip())
    elif tarfile.is_tarfile(path):
        with tarfile.open(path) as archive:
            for member in archive:
                file = archive.extractfile(member)
                yield from _pieces(file.read()) if file else ()
    else:
        yield from _pieces(path.read_bytes())


def _pieces(data: bytes) -> Iterator[str]:
    """A text cut at blank lines; nothing if it is not text."""
    try:
        paragraphs = data.decode().split("\n\n")
    except UnicodeDecodeError:
        return
    piece = ""
    for paragraph in paragraphs:
        piece += paragraph + "\n\n"
        if len(piece) > _PIECE:
            yield piece
            piece = ""
    if piece.strip():
        yield piece


def similar_pairs(sets: list[np.ndarray]) -> tuple[list[int], list[int], list[float]]:
    """All pairs i < j with a Jaccard index of at least LEAST: shingle by shingle, no MinHash."""
    sizes = np.array([len(one) for one in sets])
    flat, owners = np.concatenate(sets), np.repeat(np.arange(len(sets)), sizes)
    order = np.argsort(flat, kind="stable")
    flat, owners = flat[order], owners[order]
    found: tuple[list[int], list[int], list[float]] = ([], [], [])
    for one, shingles in enumerate(sets):
        common = np.bincount(owners[_places(flat, shingles)], minlength=one + 1)[:one]
        similarity = common / (sizes[:one] + sizes[one] - common)
        others = np.flatnonzero(similarity >= LEAST)
        found[0].extend(others.tolist())
        found[1].extend([one] * len(others))
        found[2].extend(similarity[others].tolist())
    return found


def _places(flat: np.ndarray, shingles: np.ndarray) -> np.ndarray:
    """Where each of the shingles occurs in the sorted list of all."""
    first = np.searchsorted(flat, shingles, "left")
    lengths = np.searchsorted(flat, shingles, "right") - first
    return np.repeat(first - (np.cumsum(lengths) - lengths), lengths) + np.arange(lengths.sum())
