"""What is in an export of a small release, format by format."""

import hashlib
import io
import json
import re

import numpy as np
import pytest
import zstandard
from brickyard.export import source
from brickyard.export.options import Positions
from brickyard.tables import CURATED
from datasets import load_from_disk
from tokenizers import Tokenizer

from tests.export.conftest import unpack

SIZE = 64
END = {"end_token": "<|endoftext|>"}
PACKED = {"format": "parquet", "sequence_length": SIZE}


def memmap_pieces(exported):
    """The pieces of a memory map: id, first token in the document, tokens, place in the file; padding has no id."""
    kind = exported.manifest["dtypes"]["tokens.bin"]
    flat, bounds = np.fromfile(exported.folder / "tokens.bin", kind).tolist(), np.load(exported.folder / "documents.npy")
    ids = (exported.folder / "doc_ids.txt").read_text().split("\n")[:-1]
    starts = np.load(exported.folder / "starts.npy").tolist() if (exported.folder / "starts.npy").exists() else [0] * len(ids)
    assert (bounds.dtype, bounds[0], bounds[-1], len(bounds)) == (np.int64, 0, len(flat), len(ids) + 1)
    places = zip(ids, starts, bounds[:-1].tolist(), bounds[1:].tolist(), strict=True)
    return [(doc_id, start, flat[begin:end], begin) for doc_id, start, begin, end in places]


def test_a_memory_map_holds_each_document_once_with_its_tokens(export, tokens):
    exported = export(format="memmap")
    pieces = memmap_pieces(exported)
    assert {doc_id: ids for doc_id, _, ids, _ in pieces} == tokens
    assert len(pieces) == len(tokens) == exported.summary.counts["documents"]
    assert exported.manifest["dtypes"]["tokens.bin"] == "<u2"
    assert [doc_id for doc_id, *_ in pieces] != sorted(tokens)
    used = Tokenizer.from_file(str(exported.folder / "tokenizer.json"))
    assert all(used.decode(ids) for _, _, ids, _ in pieces)


@pytest.mark.parametrize("packing", ["best-fit", "concatenate"])
def test_a_packed_memory_map_is_rows_of_equal_length_with_padding_as_documents_without_id(export, tokens, packing):
    exported = export(format="memmap", sequence_length=SIZE, packing=packing, weights="column")
    pieces = memmap_pieces(exported)
    assert all(begin // SIZE == (begin + len(ids) - 1) // SIZE for _, _, ids, begin in pieces)
    assert sum(len(ids) for _, _, ids, _ in pieces) == exported.summary.counts["rows"] * SIZE
    assert all((begin + len(ids)) % SIZE == 0 and not any(ids) for doc_id, _, ids, begin in pieces if not doc_id)
    parts = sorted((doc_id, start, ids) for doc_id, start, ids, _ in pieces if doc_id)
    assert {doc_id: [i for mine, _, ids in parts if mine == doc_id for i in ids] for doc_id in tokens} == tokens
    by_rows = export(**PACKED, packing=packing, weights="column").rows()
    assert [doc_id for doc_id, *_ in pieces if doc_id] == [doc_id for row in by_rows for doc_id in row["doc_ids"]]
    weights = np.load(exported.folder / "weights.npy").tolist()
    weights = [weight for weight, (doc_id, *_) in zip(weights, pieces, strict=True) if doc_id]
    assert weights == [weight for row in by_rows for weight in row["weights"]]


@pytest.mark.parametrize("packing", ["best-fit", "concatenate"])
def test_packed_rows_unpack_to_exactly_the_documents(export, tokens, curated, packing):
    exported = export(**PACKED, packing=packing, weights="column")
    rows = exported.rows()
    assert unpack(rows) == tokens
    for row in rows:
        bounds = row["cu_seqlens"]
        lengths = np.diff(bounds).tolist()
        padding = SIZE - bounds[-1]
        assert len(row["input_ids"]) == SIZE
        assert row["position_ids"] == [i for length in [*lengths, 0] for i in range(length)] + [0] * padding
        assert row["document_ids"] == [n for n, length in enumerate(lengths, 1) for _ in range(length)] + [0] * padding
        assert row["max_seqlen"] == max(lengths)
        assert row["weights"] == [curated[doc_id]["weight"] for doc_id in row["doc_ids"]]
    counts = exported.summary.counts
    assert counts["tokens"] == sum(map(len, tokens.values())) == sum(row["cu_seqlens"][-1] for row in rows)
    assert (counts["rows"], counts["fill"]) == (len(rows), round(counts["tokens"] / (len(rows) * SIZE), 6))


def test_best_fit_cuts_no_document_that_fits_and_concatenation_does(export, tokens):
    size = sorted(map(len, tokens.values()))[len(tokens) // 2]
    best, plain = (export(format="parquet", sequence_length=size, packing=kind) for kind in ("best-fit", "concatenate"))
    longer = sum(len(ids) > size for ids in tokens.values())
    assert 0 < longer < len(tokens)
    assert (best.summary.counts["cut_documents"], best.summary.counts["needless_cuts"]) == (longer, 0)
    pieces = [doc_id for row in plain.rows() for doc_id in row["doc_ids"]]
    cut = {doc_id for doc_id in pieces if pieces.count(doc_id) > 1}
    assert plain.summary.counts["cut_documents"] == len(cut)
    assert plain.summary.counts["needless_cuts"] == sum(len(tokens[doc_id]) <= size for doc_id in cut) > 0


def test_an_end_token_ends_every_document_and_pads(export, tokens):
    rows = export(**PACKED, **END).rows()
    exported = export(**PACKED, **END)
    end = Tokenizer.from_file(str(exported.folder / "tokenizer.json")).token_to_id("<|endoftext|>")
    assert unpack(rows) == {doc_id: [*ids, end] for doc_id, ids in tokens.items()}
    assert all(set(row["input_ids"][row["cu_seqlens"][-1] :]) <= {end} for row in rows)
    assert exported.manifest["pad_id"] == end


@pytest.mark.parametrize("form", ["parquet", "jsonl.zst", "datasets"])
def test_without_a_sequence_length_rows_are_the_curated_documents(export, tokens, curated, form):
    exported = export(format=form)
    if form == "parquet":
        rows = exported.rows()
    elif form == "datasets":
        rows = load_from_disk(str(exported.folder)).to_list()
    else:
        files = [exported.folder / shard["file"] for shard in exported.manifest["shards"]]
        streams = [zstandard.ZstdDecompressor().stream_reader(io.BytesIO(file.read_bytes())).readall() for file in files]
        rows = [dict.fromkeys(CURATED.schema.names) | json.loads(line) for one in streams for line in one.splitlines()]
    assert {row["doc_id"]: row for row in rows} == {
        doc_id: {**row, "token_ids": tokens[doc_id]} for doc_id, row in curated.items()
    }
    assert len(rows) == len(curated)


def test_every_epoch_has_every_document_in_an_order_of_its_own(export, tokens):
    exported = export(format="parquet", epochs=3)
    ids = [row["doc_id"] for row in exported.rows()]
    passes = [ids[i * len(tokens) : (i + 1) * len(tokens)] for i in range(3)]
    assert all(sorted(one) == sorted(tokens) for one in passes)
    assert len({tuple(one) for one in passes}) == 3
    assert passes[0] == [row["doc_id"] for row in export(format="parquet").rows()]
    assert [epoch["copies"] for epoch in exported.manifest["epochs"]] == [len(tokens)] * 3


def test_weights_are_honoured_by_repetition(export, curated):
    ids = [row["doc_id"] for row in export(format="parquet", weights="repeat").rows()]
    assert {doc_id: ids.count(doc_id) for doc_id in set(ids)} == {doc_id: row["weight"] for doc_id, row in curated.items()}
    assert max(row["weight"] for row in curated.values()) > 1


def test_offsets_and_sections_are_those_of_the_text(export, tokens, curated):
    tagged = export(format="parquet", sections=True, offsets=True)
    used = Tokenizer.from_file(str(tagged.folder / "tokenizer.json"))
    for row in tagged.rows():
        encoded = used.encode(row["text"])
        assert list(zip(row["char_starts"], row["char_ends"], strict=True)) == encoded.offsets
        assert len(row["sections"]) == len(tokens[row["doc_id"]])
        assert set(row["sections"]) <= {1, 3}  # one line of words
    packed = export(**PACKED, sections=True, offsets=True, **END).rows()
    by_id = {row["doc_id"]: row for row in tagged.rows()}
    for name in ("sections", "char_starts", "char_ends"):
        as_ids = unpack([{**row, "input_ids": row[name]} for row in packed])
        assert as_ids == {doc_id: [*row[name], 0] for doc_id, row in by_id.items()}


def test_tags_of_a_memory_map_lie_beside_its_tokens(export):
    flat = export(format="memmap", sections=True, offsets=True)
    by_id = {row["doc_id"]: row for row in export(format="parquet", sections=True, offsets=True).rows()}
    ids = [doc_id for doc_id, *_ in memmap_pieces(flat)]
    offsets = np.fromfile(flat.folder / "char_offsets.bin", "<u4").reshape(-1, 2)
    assert offsets[:, 0].tolist() == [one for doc_id in ids for one in by_id[doc_id]["char_starts"]]
    assert offsets[:, 1].tolist() == [one for doc_id in ids for one in by_id[doc_id]["char_ends"]]
    sections = np.fromfile(flat.folder / "sections.bin", np.uint8).tolist()
    assert sections == [one for doc_id in ids for one in by_id[doc_id]["sections"]]


def test_tables_of_positions_are_described_in_the_manifest(export):
    wanted = (Positions("sinusoidal", 6), Positions("rotary", 8, 500.0))
    exported = export(**PACKED, positions=wanted)
    described = exported.manifest["positions"]
    assert [(one["kind"], one["dimension"], one["base"]) for one in described] == [("sinusoidal", 6, 1e4), ("rotary", 8, 500.0)]
    tables = [np.load(exported.folder / one["file"]) for one in described]
    assert [(list(table.shape), str(table.dtype)) for table in tables] == [(one["shape"], "float32") for one in described]


def test_the_manifest_names_every_file_with_its_digest(export, released):
    exported = export(**PACKED)
    files = {str(path.relative_to(exported.folder)): path for path in exported.folder.rglob("*") if path.is_file()}
    del files["manifest.json"]
    described = {one["path"]: (one["bytes"], one["sha256"]) for one in exported.manifest["files"]}
    digests = {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items()}
    assert described == {name: (path.stat().st_size, digests[name]) for name, path in files.items()}
    assert exported.manifest["release_id"] == released.summary.release_id
    assert exported.manifest["tokenizer"]["sha256"] == digests["tokenizer.json"]


def scattered(monkeypatch):
    """As if the release's tables lay in other files, their rows in another order."""
    read = source.storage.read

    def read_scattered(warehouse, table, version=None):
        rows = read(warehouse, table, version)
        return rows if version is None else rows.repartition(5, "record_id" if "record_id" in rows.columns else "doc_id")

    monkeypatch.setattr(source.storage, "read", read_scattered)


@pytest.mark.parametrize(("form", "size"), [("memmap", SIZE), ("parquet", SIZE), ("jsonl.zst", None)])
def test_the_same_bytes_whatever_the_partitions_and_batches(spark, export, tmp_path, monkeypatch, form, size):
    options = {"format": form, "sequence_length": size, "epochs": 2, "shard_bytes": 5000}
    settings = {"spark.sql.execution.arrow.maxRecordsPerBatch": "3", "spark.sql.shuffle.partitions": "5"}
    before = {name: spark.conf.get(name) for name in settings}
    scattered(monkeypatch)
    for name, value in settings.items():
        spark.conf.set(name, value)
    try:
        other = export(out=tmp_path / "other", **options)
    finally:
        for name, value in before.items():
            spark.conf.set(name, value)
    monkeypatch.undo()
    assert other.manifest == export(**options).manifest
    assert form == "memmap" or len(other.manifest["shards"]) > 2


def test_small_shards_hold_the_same_rows(export):
    whole, shards = export(**PACKED), export(**PACKED, shard_bytes=2000)
    assert shards.rows() == whole.rows()
    assert len(shards.manifest["shards"]) > 3
    documents = export(format="parquet", shard_bytes=2000)
    assert documents.rows() == export(format="parquet").rows()
    assert len(documents.manifest["shards"]) > 3
    assert all(re.fullmatch(r"data/\d{5}-of-\d{5}\.parquet", shard["file"]) for shard in documents.manifest["shards"])
