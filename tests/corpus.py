"""A small corpus in which everything happens, as files; and what an independent reading of its bytes finds."""

import hashlib
import itertools
import json
import random
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from brickyard.config import Config, load_config
from brickyard.releases import Release
from brickyard.run import Summary, run_curation
from brickyard.tables import DECISIONS, RELEASES, TABLES, Table
from deltalake import DeltaTable
from pyspark.sql import SparkSession

from tests.tiny import doc_id_of, edit, id_of, random_text

SOURCE = "laws"
SETTINGS = (
    f"input.source={SOURCE}",
    "embed.dimension=64",
    "semantic_duplicates.mode=threshold",
    "tokenise.tokenizer=train:300",
    "near_duplicates.ngram=3",
)
NARROW = (*SETTINGS, "embed.model=off", "semantic_duplicates.mode=off", "tokenise.tokenizer=off")
"""Without vectors and tokens: half the time."""


class Made(NamedTuple):
    """A corpus, the warehouse made of it, and the summary of the run."""

    folder: Path
    warehouse: Path
    summary: Summary


class Found(NamedTuple):
    """What the bytes of a corpus hold: records as record_id -> doc_id, refusals, blank lines, empty texts."""

    records: dict[str, str]
    refused: set[tuple[str, int, int, str, str]]
    blank_lines: int
    empty: set[str]


def corpus_lines() -> list[bytes]:
    """Distinct texts, exact, near and reordered copies, empty texts, blank and bad lines; shuffled once for all."""
    source = random.Random(11)
    bases = [random_text(source, source.randrange(40, 70), 2000) for _ in range(24)]
    near = [edit(source, words, 1 + i % 3) for i, words in enumerate(bases[:10])]
    reordered = [[*words[::-1], "appended"] for words in bases[8:12]]  # far by shingles, close by words
    texts = [" ".join(words) for words in [*bases, *near, *reordered]]
    texts += [text + "  \r\n" for text in texts[:6]] + texts[20:24] + texts[24:26] + ["", " \n", "***", "short text"]
    lines = [json.dumps({"text": text, "n": i}).encode() for i, text in enumerate(texts)]
    lines += [b"", b" \t", b"{", b'{"text": 7}', b'{"other": ""}', b'{"text": "\xff"}', b'{"text": "a\\u0000b"}']
    lines.append(b'{"text": "\\ud800"}')
    return random.Random(12).sample(lines, len(lines))


def write_corpus(folder: Path, cuts: Iterable[int] = (20, 23, 40)) -> Path:
    """The lines of the corpus in files, cut at the given places."""
    lines = corpus_lines()
    bounds = [0, *cuts, len(lines)]
    for number, (start, end) in enumerate(itertools.pairwise(bounds)):
        path = folder / f"part{number % 2}" / f"{number}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"".join(line + b"\n" for line in lines[start:end]))
    return folder


def configure(warehouse: Path, folder: Path, *settings: str, paths: str = "**/*.jsonl") -> Config:
    """A configuration that reads the files of a folder."""
    given = [f"warehouse={warehouse}", f"input.root={folder}", f"input.paths={folder}/{paths}", *(settings or SETTINGS)]
    return load_config(None, given, {})


def run(spark: SparkSession, warehouse: Path, folder: Path, *settings: str, paths: str = "**/*.jsonl") -> Summary:
    """Run the main job."""
    return run_curation(spark, configure(warehouse, folder, *settings, paths=paths))


def rows(warehouse: Path, table: Table, version: int | None = None) -> list[dict]:
    """The rows of a table as it is now, or at a version; read without Spark."""
    found: list[dict] = DeltaTable(str(warehouse / table.name), version).to_pyarrow_table().to_pylist()
    return found


def releases(warehouse: Path) -> list[Release]:
    """The releases of a warehouse, oldest first."""
    found = [Release(**{**row, "table_versions": dict(row["table_versions"])}) for row in rows(warehouse, RELEASES)]
    return sorted(found, key=lambda release: release.published_at)


def released_rows(warehouse: Path, table: Table, release: Release | None = None) -> list[dict]:
    """The rows of a table in a release, or in the newest."""
    return rows(warehouse, table, (release or releases(warehouse)[-1]).table_versions[table.name])


def verdicts(warehouse: Path) -> dict[str, dict]:
    """record_id -> its verdict in the newest release."""
    return {row["record_id"]: row for row in released_rows(warehouse, DECISIONS)}


def log_versions(warehouse: Path) -> dict[str, list[str]]:
    """The commits of every table."""
    logs = {one.name: warehouse / one.name / "_delta_log" for one in TABLES}
    return {name: sorted(path.name for path in log.glob("*.json")) for name, log in logs.items()}


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def read_bytes(folder: Path) -> Found:
    """Read the files in the plainest way there is."""
    found = Found({}, set(), 0, set())
    blank = 0
    for path in sorted(folder.rglob("*.jsonl")):
        uri, position = str(path.relative_to(folder)), 0
        for line in path.read_bytes().split(b"\n")[:-1]:
            _take(found, uri, position, line)
            blank += not line.strip()
            position += len(line) + 1
    return found._replace(blank_lines=blank)


def _take(found: Found, uri: str, position: int, line: bytes) -> None:
    reason, text = _judge(line)
    if reason:
        found.refused.add((uri, position, len(line), hashlib.sha256(line).hexdigest(), reason))
    elif text is not None:
        record = id_of(SOURCE, uri, str(position))
        found.records[record] = doc_id_of(text)
        if not text.strip():
            found.empty.add(record)


def _judge(line: bytes) -> tuple[str | None, str | None]:
    """The reason for refusal, or the text; neither for a blank line."""
    if not line.strip():
        return None, None
    checks: list[tuple[str, Callable[[], bool]]] = [("bad_utf8", lambda: b"\xff" in line)]
    checks += [("json_malformed", lambda: line == b"{"), ("nul_byte", lambda: b"\\u0000" in line)]
    checks += [("lone_surrogate", lambda: b"\\ud800" in line)]
    checks += [("text_missing", lambda: "text" not in json.loads(line))]
    checks += [("text_not_string", lambda: not isinstance(json.loads(line)["text"], str))]
    reason = next((name for name, is_so in checks if is_so()), None)
    return reason, None if reason else json.loads(line)["text"]
