"""Run the main job: lock, list, run the stages of the flow, gate, publish, report."""

import json
import time
import uuid
from dataclasses import dataclass, field

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from brickyard import flow, releases, storage
from brickyard.batch import Batch, list_batch, new_files
from brickyard.config import Config, config_digest, settings_in_words
from brickyard.errors import ConflictError
from brickyard.expectations import gate
from brickyard.kill_points import reach
from brickyard.lock import run_lock
from brickyard.progress import live_bar, say, say_stage
from brickyard.releases import Attempt, Release
from brickyard.stage import Outcome, Stage, read_or_empty, run_stage
from brickyard.stages.embed import check_model
from brickyard.stages.recall import measure_recall
from brickyard.storage import Warehouse
from brickyard.tables import DOCUMENTS, FILES, GATE_RESULTS, RECALL_METER, RECORDS, RELEASED, SIGNATURES, STAGE_METRICS, Table

GATE_LOADS_BESIDE = "near_duplicates"
"""The stage beside which Great Expectations is imported: from here on Spark often keeps one core only."""


@dataclass
class Summary:
    """What a run reports as its last line of standard output."""

    run_id: str
    status: str
    warehouse: str
    release_id: str | None = None
    rows: dict[str, int] = field(default_factory=dict)
    drops: dict[str, int] = field(default_factory=dict)
    quarantined: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    files: dict[str, int] = field(default_factory=dict)


def run_curation(spark: SparkSession, config: Config, copies: int = 0) -> Summary:
    """Bring the input into a new release, or find that it is in one. Raises BrickyardError.

    With `copies`, recall is measured: so many edited copies of documents are looked up, and leave no trace.
    """
    run_id, digest = uuid.uuid4().hex, config_digest(config)
    summary = Summary(run_id, "started", config.warehouse)
    check_model(config.embed)  # before anything is written, or long input read
    with run_lock(spark._jvm, config.warehouse, run_id) as check_lock:
        warehouse = Warehouse(spark, config.warehouse, check_lock)
        reach("run.locked")
        batch = list_batch(spark, config)
        known = releases.list_releases(warehouse)
        if release := releases.published(known, batch.digest, digest):
            say(f"nothing to do: release {release.release_id} was made of the same input and configuration")
            if copies:
                say("recall is measured in runs that make a release: this one was not")
            if release != known[-1]:
                say(f"the newest release is {known[-1].release_id}; read the other with `brickyard sql --release`")
            return finish(summary, "already_published", release)
        previous = known[-1] if known else None
        attempt = Attempt(batch.digest, digest, batch.batch_id, previous, settings_in_words(config))
        before = previous.table_versions if previous else {}
        files = new_files(batch, read_or_empty(warehouse, FILES, before.get(FILES.name))).persist()
        _say_input(batch, files.count(), summary)
        settings = previous.configuration if previous else None
        _say_changes(settings, attempt.configuration)
        stages = flow.curation(config, batch, files, first=previous is None, previous=settings)
        return run_attempt(warehouse, config, stages, attempt, summary, copies)


def run_attempt(
    warehouse: Warehouse,
    config: Config,
    stages: tuple[Stage, ...],
    attempt: Attempt,
    summary: Summary,
    copies: int = 0,
) -> Summary:
    """Run the stages on the tables of the release before, let the gate examine what they wrote, and publish it."""
    before = dict(attempt.previous.table_versions) if attempt.previous else {}
    versions, sizes = dict(before), dict[str, int]()
    outcomes = [_run_one(stage, warehouse, versions, before, sizes, attempt, summary) for stage in stages]
    versions |= {table.name: _make(table, warehouse, attempt) for table in RELEASED if table.name not in versions}
    if copies:
        _measure_recall(warehouse, config, versions, attempt, copies, summary)
    checks = _examine(warehouse, config, versions, outcomes, summary)
    _write_results(warehouse, attempt, summary.run_id, versions, checks, outcomes)
    gate.refuse_failures(checks)
    _refuse_rivals(warehouse, versions, before, attempt)
    return finish(summary, "published", releases.publish(warehouse, attempt, versions))


def _make(table: Table, warehouse: Warehouse, attempt: Attempt) -> int:
    """The version of a table that nothing has been written to yet."""
    made = storage.find_commit(warehouse, table, attempt.id, "empty", None)
    return (made or storage.write_nothing(warehouse, table, "overwrite", None, attempt.id, "empty")).version


def _refuse_rivals(warehouse: Warehouse, versions: dict[str, int], before: dict[str, int], attempt: Attempt) -> None:
    """Publish nothing if a commit of this attempt is another's by now. Raises ConflictError."""
    for table in RELEASED:
        version = versions[table.name]
        if version != before.get(table.name) and not storage.is_still_ours(warehouse, table, version, attempt.id):
            raise ConflictError(f"table {table.name}: version {version} was taken by another run; run again")


def finish(summary: Summary, status: str, release: Release) -> Summary:
    summary.status, summary.release_id = status, release.release_id
    return summary


def _measure_recall(
    warehouse: Warehouse, config: Config, versions: dict[str, int], attempt: Attempt, copies: int, summary: Summary
) -> None:
    started = time.monotonic()
    frames = (storage.read(warehouse, table, versions[table.name]) for table in (DOCUMENTS, RECORDS, SIGNATURES))
    documents, records, signatures = frames
    with live_bar(warehouse.spark, "recall"):
        measured = measure_recall(documents, records, signatures, config.near_duplicates, copies)
        measured = measured.withColumn("release_id", F.lit(attempt.id))
        rows = measured.persist().collect()
    if not storage.find_commit(warehouse, RECALL_METER, attempt.id, "recall", None):  # an earlier run of this attempt may have
        storage.write(measured.coalesce(1), warehouse, RECALL_METER, "append", attempt.id, "recall")
    warehouse.spark.catalog.clearCache()
    planted, found = sum(row.planted for row in rows), sum(row.found for row in rows)
    expected = sum(row.expected * row.planted for row in rows)
    say_stage("recall", planted, found, time.monotonic() - started, f"expected of the bands {expected:,.1f}")
    summary.counts["recall"] = {"planted": planted, "found": found}


def _examine(
    warehouse: Warehouse, config: Config, versions: dict[str, int], outcomes: list[Outcome], summary: Summary
) -> list[gate.Check]:
    reach("gate.before")
    started = time.monotonic()
    with live_bar(warehouse.spark, "gate"):
        frames = {table.name: storage.read(warehouse, table, versions[table.name]) for table in RELEASED}
        checks = gate.examine(frames, config.gate)
    held = sum(check.success for check in checks)
    outcomes.append(Outcome("gate", {}, {}, len(checks), held, time.monotonic() - started))
    _report(outcomes[-1], summary, f"{held} of {len(checks)} expectations held")
    return checks


def _say_changes(before: str | None, now: str) -> None:
    """Name the settings that differ from those of the release before: a threshold set by `redecide`, say, is one."""
    sections, others = json.loads(now), json.loads(before or now)
    for name, section in sections.items():
        if isinstance(section, dict) and isinstance(other := others.get(name), dict):
            changed = [
                f"{name}.{key} = {value} ({other.get(key)})" for key, value in section.items() if other.get(key) != value
            ]
            if changed:
                say(f"settings that differ from those of the release before (in brackets): {', '.join(changed)}")


def _say_input(batch: Batch, new: int, summary: Summary) -> None:
    listing = batch.listing
    summary.files = {
        "listed": len(listing.files),
        "skipped_as_known": len(listing.files) - new,
        "links_not_followed": len(listing.links_not_followed),
        "hidden_not_read": len(listing.hidden),
    }
    say("input files: " + ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in summary.files.items()))


def _run_one(
    stage: Stage,
    warehouse: Warehouse,
    versions: dict[str, int],
    before: dict[str, int],
    sizes: dict[str, int],
    attempt: Attempt,
    summary: Summary,
) -> Outcome:
    if stage.name == GATE_LOADS_BESIDE:
        gate.preload()
    with live_bar(warehouse.spark, stage.name):
        outcome = run_stage(stage, warehouse, versions, before, sizes, attempt.id)
    versions.update(outcome.versions)
    for table in outcome.versions:
        sizes.pop(table, None)
    sizes.update(outcome.sizes)
    _report(outcome, summary, "done before, resumed" if outcome.resumed else "")
    return outcome


def _report(outcome: Outcome, summary: Summary, note: str) -> None:
    summary.rows[outcome.stage] = outcome.rows_out
    summary.seconds[outcome.stage] = round(outcome.seconds, 3)
    if outcome.stage == "read":
        summary.quarantined = outcome.counts
    elif outcome.stage == "decide":
        summary.drops = outcome.counts
    elif outcome.counts:
        summary.counts[outcome.stage] = outcome.counts
    counted = ", ".join(f"{name.replace('_', ' ')} {count:,}" for name, count in outcome.counts.items())
    say_stage(outcome.stage, outcome.rows_in, outcome.rows_out, outcome.seconds, " ".join(filter(None, (note, counted))))


def _write_results(
    warehouse: Warehouse,
    attempt: Attempt,
    run_id: str,
    versions: dict[str, int],
    checks: list[gate.Check],
    outcomes: list[Outcome],
) -> None:
    """The gate's results, once for each attempt, and the metrics of every run, published or not."""
    results = [
        (attempt.id, check.table, versions.get(check.table), check.expectation, check.success, check.observed)
        for check in checks
    ]
    metrics = [(run_id, one.stage, one.rows_in, one.rows_out, one.seconds, one.counts) for one in outcomes]
    if not storage.exists(warehouse, RECALL_METER):
        storage.write_nothing(warehouse, RECALL_METER, "overwrite", None, run_id, "report")
    if storage.find_commit(warehouse, GATE_RESULTS, attempt.id, "gate", None):  # by an earlier run, perhaps of other versions
        known = warehouse.spark.createDataFrame([(attempt.id,)], ["release_id"])
        storage.delete(warehouse, GATE_RESULTS, known, attempt.id, "gate")
    storage.write(results, warehouse, GATE_RESULTS, "append", attempt.id, "gate")
    storage.write(metrics, warehouse, STAGE_METRICS, "append", run_id, "report")
