"""Flat files of tokens and an index, as small trainers map them into memory: parts written by tasks, joined in order."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from typing import BinaryIO

import numpy as np
import pyarrow as pa

from brickyard.errors import StorageError
from brickyard.export.formats import unfinished
from brickyard.export.rows import Layout, flat_parts, places_of

TOKENS, DOCUMENTS, DOC_IDS, STARTS = "tokens.bin", "documents.npy", "doc_ids.txt", "starts.npy"
WEIGHTS, SECTIONS, OFFSETS = "weights.npy", "sections.bin", "char_offsets.bin"

_COPIED_AT_ONCE = 1 << 20


def file_types(layout: Layout, tokens: str) -> dict[str, str]:
    """The files of a memory map and the type of their numbers, little-endian; text has none."""
    return (
        {TOKENS: tokens, DOCUMENTS: "<i8", DOC_IDS: ""}
        | ({STARTS: "<i8"} if layout.size else {})
        | ({WEIGHTS: "<i8"} if layout.weights else {})
        | ({SECTIONS: "|u1"} if "sections" in layout.parts else {})
        | ({OFFSETS: "<u4"} if "offsets" in layout.parts else {})
    )


def token_type(vocabulary: int) -> str:
    """Two bytes if all ids fit, else four."""
    return "<u2" if vocabulary <= 2**16 else "<u4"


def write_parts(tables: Iterator[pa.Table], layout: Layout, tokens: str, path: str) -> int:
    """Write a shard's part of each file, `<path>.<file>`; the rows (sequences or documents) of the shard."""
    types = file_types(layout, tokens)
    rows = 0
    with ExitStack() as stack:
        files = {name: stack.enter_context(open(unfinished(f"{path}.{name}"), "wb")) for name in types}
        for table in tables:
            for name, content in _contents(table, layout, types).items():
                files[name].write(content)
            rows += len(table) if not layout.size else len(np.unique(table["sequence"].to_numpy()))
    for name in types:
        os.replace(unfinished(f"{path}.{name}"), f"{path}.{name}")
    return rows


def _contents(pieces: pa.Table, layout: Layout, types: dict[str, str]) -> dict[str, bytes]:
    """What a chunk adds to each file; to DOCUMENTS, for now, lengths. Padding counts as a document without an id."""
    parts, lengths = flat_parts(pieces, layout.parts)
    _refuse_large_ids(parts["tokens"], types[TOKENS])
    names = {"tokens": TOKENS, "sections": SECTIONS, "offsets": OFFSETS}
    flat = {names[part]: values for part, values in parts.items()}
    column = {DOCUMENTS: lengths, STARTS: pieces["start"].to_numpy(), WEIGHTS: pieces["weight"].to_numpy()}
    ids = np.array(pieces["doc_id"].to_pylist(), object)
    if layout.size:
        at = places_of(pieces, lengths, layout.size)
        flat = {name: at.spread(values, layout.pad_id if name == TOKENS else 0) for name, values in flat.items()}
        ends, missing = at.padding()
        column = {name: np.insert(values, ends, missing if name == DOCUMENTS else 0) for name, values in column.items()}
        ids = np.insert(ids, ends, "")
    found = {name: values.astype(types[name]).tobytes() for name, values in (flat | column).items() if name in types}
    return found | {DOC_IDS: "".join(f"{one}\n" for one in ids).encode()}


def _refuse_large_ids(tokens: np.ndarray, kind: str) -> None:
    if len(tokens) and tokens.max() > np.iinfo(kind).max:
        raise StorageError(f"token id {tokens.max()} is not in the release's tokenizer; run `brickyard curate` again")


def join_parts(folder: str, shards: list[str], layout: Layout, tokens: str) -> None:
    """The files of a memory map, of the parts of its shards, which are removed."""
    for name, kind in file_types(layout, tokens).items():
        parts = [f"{shard}.{name}" for shard in shards]
        with open(os.path.join(folder, name), "wb") as file:
            if name.endswith(".npy"):
                count = sum(os.path.getsize(part) for part in parts) // np.dtype(kind).itemsize
                _write_header(file, kind, count + (name == DOCUMENTS))
            join = _offsets if name == DOCUMENTS else _as_they_are
            for content in join(parts):
                file.write(content)


def _write_header(file: BinaryIO, kind: str, count: int) -> None:
    np.lib.format.write_array_header_1_0(file, {"descr": kind, "fortran_order": False, "shape": (count,)})


def _as_they_are(parts: list[str]) -> Iterator[bytes]:
    for part in parts:
        with open(part, "rb") as file:
            while content := file.read(_COPIED_AT_ONCE):
                yield content
        os.remove(part)


def _offsets(parts: list[str]) -> Iterator[bytes]:
    """Where each document begins and the last one ends, of the lengths of all."""
    end = np.zeros(1, "<i8")
    yield end.tobytes()
    for content in _as_they_are(parts):
        ends = end + np.cumsum(np.frombuffer(content, "<i8"))
        yield ends.tobytes()
        end = ends[-1:]
