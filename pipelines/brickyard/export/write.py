"""Write an export: plan, shards, index, manifest; all of it beside its place, which it takes when it is whole."""

import os
import time
from dataclasses import asdict, dataclass
from typing import Any

from pyspark import StorageLevel

from brickyard.export import memmap
from brickyard.export.copies import repeat_documents
from brickyard.export.counts import count_pieces
from brickyard.export.formats import remove_unfinished, write_dataset_files
from brickyard.export.index import write_index
from brickyard.export.manifest import already_there, write_manifest
from brickyard.export.options import Options, check_options, identity_of
from brickyard.export.pieces import Cutting, cut_documents
from brickyard.export.place import local_folder, taking_its_place
from brickyard.export.plan import plan_pieces
from brickyard.export.positions import write_positions
from brickyard.export.rows import Layout
from brickyard.export.shards import Writing, shard_name, write_shards
from brickyard.export.source import Source, check_against, documents_of, end_id, lengths_of, open_source
from brickyard.progress import live_bar, say
from brickyard.releases import Release
from brickyard.storage import Warehouse
from brickyard.tables import CURATED
from brickyard.text.sections import SECTIONS


@dataclass(frozen=True)
class Summary:
    """What `brickyard export` reports as its last line of standard output."""

    status: str
    warehouse: str
    release_id: str
    export_id: str
    path: str
    format: str
    counts: dict[str, Any]
    files: int
    bytes: int
    seconds: float


def write_export(warehouse: Warehouse, release: Release, options: Options, out: str) -> Summary:
    """Export a release into the folder `out`, or find that it holds the same export already. Raises BrickyardError."""
    started = time.monotonic()
    check_options(options)
    folder = local_folder(out)
    with live_bar(warehouse.spark, "export"):
        source = open_source(warehouse, release)
        check_against(source, options)
        digest = source.tokenizer.digest if source.tokenizer else None
        export_id = identity_of(options, release.release_id, source.versions, digest)
        manifest = already_there(folder, export_id)
        status = "already_there" if manifest else "written"
        if manifest is None:
            with taking_its_place(folder, export_id) as partial:
                manifest = _write(source, options, export_id, partial)
    say(f"the export: {folder}")
    size, seconds = sum(file["bytes"] for file in manifest["files"]), round(time.monotonic() - started, 3)
    found = (status, warehouse.path, release.release_id, export_id, folder, options.format)
    return Summary(*found, manifest["counts"], len(manifest["files"]), size, seconds)


def _write(source: Source, options: Options, export_id: str, folder: str) -> dict[str, Any]:
    plan = plan_pieces(repeat_documents(lengths_of(source, options), options), options).persist(StorageLevel.DISK_ONLY)
    try:
        for inner in ("data", "index"):
            os.makedirs(os.path.join(folder, inner))
        counts, epochs, shards, pieces = count_pieces(plan, options.sequence_length or 0)
        cutting = _cutting(source, options)
        writing = Writing(folder, options.format, _layout(cutting, options), shards, _token_type(source))
        rows = write_shards(cut_documents(documents_of(source, options), plan, pieces, cutting), writing)
        write_index(folder, plan, source.decisions, source.records)
        remove_unfinished(folder)
    finally:
        plan.unpersist()
    names = [shard_name(writing, shard) for shard in range(shards)]
    content = {
        "export_id": export_id,
        "release_id": source.release.release_id,
        "table_versions": source.versions,
        "arguments": asdict(options),
        "counts": counts,
        "epochs": epochs,
        **_finish(folder, source, options, writing, names, export_id),
        "shards": [{"file": name, "rows": one} for name, one in zip(names, rows, strict=True)] * (options.format != "memmap"),
    }
    return write_manifest(folder, content)


def _cutting(source: Source, options: Options) -> Cutting:
    tagged = options.sections or options.offsets
    content = source.tokenizer.content if tagged and source.tokenizer else None
    carried = tuple(name for name in CURATED.schema.names if name not in ("doc_id", "weight")) if options.is_text else ()
    has_tokens = source.tokenizer is not None
    return Cutting(carried, has_tokens, end_id(source, options), options.sections, options.offsets, content)


def _layout(cutting: Cutting, options: Options) -> Layout:
    carried = tuple(CURATED.schema.names) if options.is_text else ()
    weights = options.weights == "column"
    return Layout(options.sequence_length or 0, cutting.end_id or 0, cutting.parts, weights, carried)


def _token_type(source: Source) -> str:
    return memmap.token_type(source.tokenizer.vocabulary if source.tokenizer else 0)


def _finish(
    folder: str, source: Source, options: Options, writing: Writing, names: list[str], export_id: str
) -> dict[str, Any]:
    """Write what lies beside the data, join the parts of a memory map; what the manifest says of both."""
    found: dict[str, Any] = {"positions": write_positions(folder, options.positions, options.sequence_length)}
    if options.sections:
        found["sections"] = list(SECTIONS)
    if source.tokenizer is not None:
        with open(os.path.join(folder, "tokenizer.json"), "w", encoding="utf-8") as file:
            file.write(source.tokenizer.content)
        found["tokenizer"] = {"sha256": source.tokenizer.digest, "vocabulary": source.tokenizer.vocabulary}
        found["pad_id"] = writing.layout.pad_id
    if options.format == "memmap":
        memmap.join_parts(folder, [os.path.join(folder, name) for name in names], writing.layout, writing.dtype)
        os.rmdir(os.path.join(folder, "data"))
        types = memmap.file_types(writing.layout, writing.dtype)
        found["dtypes"] = {name: kind for name, kind in types.items() if kind}
    elif options.format == "datasets":
        write_dataset_files(folder, names, export_id)
    return found
