"""A release in which everything that the page shows occurs, some of it hostile; and its page."""

import itertools
import json
import random
import re
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pytest
from brickyard.config import Config
from brickyard.releases import Release
from brickyard.report.write import Summary, write_report
from brickyard.storage import Warehouse
from brickyard.tables import RELEASED, STRING, Table
from deltalake import DeltaTable
from pyspark.sql import SparkSession

from tests import corpus
from tests.tiny import random_text

_ATTACK = "document.title='owned'"
HOSTILE = f'</script><script>{_ATTACK}</script><img src=x onerror="{_ATTACK}"> <!-- <script> &amp; \u2028'
SOURCE = "<b>ha</b>\"'&"


class Paged(NamedTuple):
    """A release, the numbers of its page, and where the page is."""

    warehouse: Path
    config: Config
    release: Release
    summary: Summary
    numbers: dict[str, Any]

    @property
    def page(self) -> Path:
        return Path(self.summary.path)

    def rows(self, table: Table) -> list[dict]:
        return corpus.released_rows(self.warehouse, table)

    def sql(self, query: str) -> list[tuple]:
        """The answer of DuckDB, which shares no code with the page, on the versions of the release."""
        connection = duckdb.connect()
        for table in RELEASED:
            version = self.release.table_versions[table.name]
            connection.register(table.name, DeltaTable(str(self.warehouse / table.name), version).to_pyarrow_table())
        return connection.sql(query).fetchall()


def extra_lines() -> list[bytes]:
    """A chain of three whose ends differ, hostile texts that are alike, and a group of copies."""
    source = random.Random(5)
    words = random_text(source, 90, 3000)
    chain = [" ".join(words[start : start + length]) for start, length in ((0, 62), (9, 60), (18, 58))]
    tail = " ".join(random_text(source, 30, 3000))
    hostile = [f"{HOSTILE} {tail} {end}" for end in ("one", "two", "three and more")]
    return [json.dumps({"text": text}).encode() for text in (*chain, *hostile, *[f"{tail} copies"] * 9)]


@pytest.fixture(scope="session")
def paged(spark: SparkSession, tmp_path_factory: pytest.TempPathFactory) -> Paged:
    """The corpus of the laws, and more, with a page; tests only read it."""
    home = tmp_path_factory.mktemp("paged")
    folder = corpus.write_corpus(home / "in")
    (folder / "<img src=x onerror=alert(1)>.jsonl").write_bytes(b"\n".join(extra_lines()) + b"\n")
    config = corpus.configure(home / "warehouse", folder, *corpus.SETTINGS, f"input.source={json.dumps(SOURCE)}")
    from brickyard.run import run_curation

    run_curation(spark, config)
    release = corpus.releases(home / "warehouse")[-1]
    write_recall(spark, home / "warehouse", release.release_id)
    summary = write_report(Warehouse(spark, str(home / "warehouse")), release, config)
    return Paged(home / "warehouse", config, release, summary, numbers_of(Path(summary.path)))


def write_recall(spark: SparkSession, warehouse: Path, release_id: str) -> None:
    """`recall_meter` with rows of this release and of another."""
    schema = "release_id string, edit string, similarity_from double, similarity_to double, planted bigint, found bigint"
    rows = [(name, edit, low, low + 0.1, 50, 40 + place) for name, (place, (edit, low)) in itertools.product(
        (release_id, "another"), enumerate((("case", 0.7), ("case", 0.8), ("noise<b>", 0.7))))]  # fmt: skip
    frame = spark.createDataFrame(rows, schema).selectExpr("*", "0.99D AS expected")
    assert frame.schema["release_id"].dataType == STRING
    frame.coalesce(1).write.format("delta").mode("append").save(str(warehouse / "recall_meter"))


def numbers_of(page: Path) -> dict[str, Any]:
    """The JSON that a page holds."""
    found = re.findall(r'<script type="application/json" id="numbers">(.*?)</script>', page.read_text())
    assert len(found) == 1
    numbers: dict[str, Any] = json.loads(found[0])
    return numbers
