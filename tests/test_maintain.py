"""Old releases are retired, what no live one needs is deleted when its time has come, and live ones still read."""

import os
import re
import shutil
import time
from datetime import UTC, datetime, timedelta

import pytest
from brickyard import housekeeping, storage
from brickyard.errors import ConfigError, StorageError
from brickyard.frames import frame_of
from brickyard.maintain import run_maintain
from brickyard.queries import create_views, find_release
from brickyard.storage import Warehouse
from brickyard.tables import DECISIONS, GAUGE_FINDINGS, RECORDS, RELEASED

from tests import corpus
from tests.corpus import NARROW, released_rows

DAY = 24 * 60 * 60
LATER = datetime.now(UTC) + timedelta(days=31)


@pytest.fixture(scope="module")
def three(spark, tmp_path_factory):
    """A corpus, and a warehouse with three releases of it."""
    base = tmp_path_factory.mktemp("maintain")
    folder = corpus.write_corpus(base / "in")
    for paths in ("part0/0.jsonl", "part0/*.jsonl", "*/*.jsonl"):
        corpus.run(spark, base / "w", folder, *NARROW, paths=paths)
    orphan = base / "w" / RECORDS.name / "part-99999-left-by-a-killed-run.c000.zstd.parquet"
    orphan.write_bytes(b"x" * 1000)
    return folder, base / "w"


@pytest.fixture
def copied(three, tmp_path):
    """A copy that nobody else changes, and its configuration."""
    shutil.copytree(three[1], tmp_path / "w")
    return tmp_path / "w", corpus.configure(tmp_path / "w", three[0], *NARROW)


def age(warehouse, days):
    """Make all files and commits older: the clock is not ours to move."""
    then = time.time() - days * DAY
    for path in warehouse.rglob("*"):
        os.utime(path, (then, then))
    for log in warehouse.rglob("_delta_log/*.json"):
        log.write_text(_with_older_removals(log.read_text(), int(days * DAY * 1000)))
        (log.parent / f".{log.name}.crc").unlink(missing_ok=True)
        os.utime(log, (then, then))


def _with_older_removals(text, by):
    return re.sub(r'"deletionTimestamp":(\d+)', lambda found: f'"deletionTimestamp":{int(found[1]) - by}', text)


def everything(warehouse, release):
    return {table.name: sorted(map(repr, released_rows(warehouse, table, release))) for table in RELEASED}


def data_files(warehouse):
    return {str(path.relative_to(warehouse)) for path in warehouse.glob("*/*.parquet")}


def test_all_but_the_last_are_retired_and_live_ones_read_as_before(spark, copied):
    warehouse, config = copied
    age(warehouse, 40)
    first, second, third = corpus.releases(warehouse)
    before = everything(warehouse, second), everything(warehouse, third)
    old = everything(warehouse, first)
    summary = run_maintain(spark, config, keep=2, days=30, dry_run=False)
    assert (summary.retired_releases, summary.live_releases) == ([first.release_id], [second.release_id, third.release_id])
    assert everything(warehouse, first) == old  # somebody may be reading it
    run_maintain(spark, config, keep=2, days=30, dry_run=False, now=LATER)
    assert (everything(warehouse, second), everything(warehouse, third)) == before
    with pytest.raises(FileNotFoundError):
        released_rows(warehouse, DECISIONS, first)
    views = Warehouse(spark, str(warehouse))
    create_views(views, find_release(views, second.release_id))
    assert spark.table("brickyard.decisions").count() == len(before[0]["decisions"])
    with pytest.raises(ConfigError, match=f"release {first.release_id} was retired on"):
        find_release(views, first.release_id)


def test_what_goes_is_what_the_dry_run_says(spark, copied):
    warehouse, config = copied
    age(warehouse, 40)
    before = data_files(warehouse), corpus.log_versions(warehouse)
    told = run_maintain(spark, config, keep=1, days=30, dry_run=True)
    assert (data_files(warehouse), corpus.log_versions(warehouse)) == before
    assert len(told.retired_releases) == 2
    done = run_maintain(spark, config, keep=1, days=30, dry_run=False)
    assert (told.files, told.bytes_freed, told.tables) == (done.files, done.bytes_freed, done.tables)
    assert any("left-by-a-killed-run" in name for name in before[0] - data_files(warehouse))
    told = run_maintain(spark, config, keep=1, days=30, dry_run=True, now=LATER)
    before = data_files(warehouse), before[1]
    done = run_maintain(spark, config, keep=1, days=30, dry_run=False, now=LATER)
    assert (told.files, told.bytes_freed, told.tables) == (done.files, done.bytes_freed, done.tables)
    assert done.files >= len(before[0] - data_files(warehouse)) > 3
    again = run_maintain(spark, config, keep=1, days=30, dry_run=False, now=LATER)
    assert (again.files, again.log_files, again.bytes_freed, again.retired_releases) == (0, 0, 0, [])


def test_what_the_gauge_wrote_of_live_releases_stays(spark, copied):
    warehouse, config = copied
    known = corpus.releases(warehouse)
    rows = [(release.release_id, "balance", "enough", "many", "nothing") for release in known]
    place = Warehouse(spark, str(warehouse))
    for row in rows:
        storage.write(frame_of(spark, [row], GAUGE_FINDINGS.schema), place, GAUGE_FINDINGS, "append", "g", "gauge")
    age(warehouse, 40)
    run_maintain(spark, config, keep=2, days=30, dry_run=False)
    assert {row["release_id"] for row in corpus.rows(warehouse, GAUGE_FINDINGS)} == {one.release_id for one in known[1:]}
    again = run_maintain(spark, config, keep=2, days=30, dry_run=False)
    assert (again.files, len(corpus.rows(warehouse, GAUGE_FINDINGS))) == (0, 2)


def test_nothing_goes_before_its_time(spark, copied):
    warehouse, config = copied
    before = data_files(warehouse)
    summary = run_maintain(spark, config, keep=1, days=30, dry_run=False)
    assert (summary.bytes_freed, len(summary.retired_releases)) == (0, 2)
    assert before <= data_files(warehouse)  # `releases` itself was written again


def test_nothing_is_deleted_if_a_live_release_cannot_be_read(spark, copied):
    warehouse, config = copied
    age(warehouse, 40)
    second = corpus.releases(warehouse)[1]
    everything_there = data_files(warehouse)
    for path in warehouse.glob("decisions/*.parquet"):
        path.rename(path.with_suffix(".gone"))
    with pytest.raises(
        StorageError, match=rf"release {second.release_id} cannot be read: table .*decisions: part-.* is missing"
    ):
        run_maintain(spark, config, keep=2, days=30, dry_run=False)
    assert {name for name in everything_there if not name.startswith("decisions/")} <= data_files(warehouse)
    assert all(release.retired_at is None for release in corpus.releases(warehouse))


def test_commits_before_a_checkpoint_go_and_the_next_run_finds_what_it_needs(spark, three, copied, monkeypatch):
    monkeypatch.setattr(housekeeping, "COMMITS_WORTH_A_CHECKPOINT", 1)
    warehouse, config = copied
    age(warehouse, 40)
    third = corpus.releases(warehouse)[-1]
    before = everything(warehouse, third)
    run_maintain(spark, config, keep=1, days=30, dry_run=False)
    summary = run_maintain(spark, config, keep=1, days=30, dry_run=False, now=LATER)
    assert summary.log_files > 0
    assert not (warehouse / "records/_delta_log" / f"{0:020d}.json").exists()
    assert everything(warehouse, third) == before
    assert corpus.run(spark, warehouse, three[0], *NARROW).status == "already_published"
    (three[0] / "late.jsonl").write_text('{"text": "something else that came late"}\n')
    late = corpus.run(spark, warehouse, three[0], *NARROW, paths="**/*.jsonl")
    assert (late.status, late.rows["read"]) == ("published", 1)
    (three[0] / "late.jsonl").unlink()


@pytest.mark.parametrize(("keep", "days"), [(0, 30), (1, 0)])
def test_too_little_is_refused(spark, copied, keep, days):
    with pytest.raises(ConfigError, match="keep at least 1 release, and files for 1 days"):
        run_maintain(spark, copied[1], keep, days, dry_run=False)
