"""Runs without new input: verdicts at a higher threshold, and taking records down."""

import hashlib
import uuid
from dataclasses import dataclass, field
from datetime import timedelta

from pyspark.errors import PySparkException
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from brickyard import flow, releases, storage
from brickyard.config import Config, config_digest, settings_in_words
from brickyard.errors import ConfigError, InputError, first_line
from brickyard.lock import warehouse_lock
from brickyard.progress import say
from brickyard.queries import find_release
from brickyard.releases import Attempt, Release
from brickyard.run import Summary, finish, run_attempt
from brickyard.storage import Warehouse
from brickyard.tables import CURATED, DECISIONS, EMBEDDINGS, RECORDS, SIGNATURES, TOKEN_SEQUENCES, TOMBSTONES

HOLD_TEXT = (RECORDS, CURATED, TOKEN_SEQUENCES, EMBEDDINGS, SIGNATURES)
"""Tables that hold texts, or what was computed of one; the others hold ids, places and numbers."""


@dataclass
class TakeDownSummary(Summary):
    """What a take-down reports: `promoted` are records that now stand for a group, with the record they follow."""

    taken_down: list[str] = field(default_factory=list)
    promoted: list[dict[str, str]] = field(default_factory=list)
    revived: int = 0
    retired_releases: list[str] = field(default_factory=list)
    bytes_gone: str = ""


def run_redecide(spark: SparkSession, config: Config) -> Summary:
    """A release at the configured, higher `min_jaccard`, from the stored pairs. Raises ConfigError if it is not higher."""
    summary = Summary(uuid.uuid4().hex, "started", config.warehouse)
    with warehouse_lock(config.warehouse, summary.run_id):
        warehouse = Warehouse(spark, config.warehouse)
        newest = find_release(warehouse)
        digest = config_digest(config)
        if newest.config_digest == digest:
            say(f"nothing to do: release {newest.release_id} has these settings")
            return finish(summary, "already_published", newest)
        if flow.must_start_over(newest.configuration, config):
            raise ConfigError(
                f"near_duplicates of release {newest.release_id} do not hold the answer: pairs are stored from its own"
                " min_jaccard on, for its own ngram, permutations and bands. Run `brickyard curate` with these settings"
            )
        attempt = Attempt(newest.input_digest, digest, newest.batch_id, newest, settings_in_words(config), "redecide")
        return run_attempt(warehouse, config, flow.decided_again(config, newest.configuration), attempt, summary)


def run_take_down(
    spark: SparkSession, config: Config, records: list[str], external_ids: list[str], where: str | None, purge: bool
) -> TakeDownSummary:
    """A release without the named records; older releases are retired. Raises InputError if no record is meant."""
    summary = TakeDownSummary(uuid.uuid4().hex, "started", config.warehouse)
    with warehouse_lock(config.warehouse, summary.run_id):
        warehouse = Warehouse(spark, config.warehouse)
        newest = find_release(warehouse)
        wanted = _condition(records, external_ids, where)
        gone = _matching(storage.read(warehouse, RECORDS, newest.table_versions[RECORDS.name]), wanted)
        if gone:
            summary.taken_down = gone
            _publish_without(warehouse, config, wanted, newest, summary)
        else:
            _refuse_unknown(storage.read(warehouse, TOMBSTONES, newest.table_versions[TOMBSTONES.name]), records, external_ids)
            finish(summary, "nothing_to_do", newest)
        _retire(warehouse, purge, summary)
        return summary


def _condition(records: list[str], external_ids: list[str], where: str | None) -> Column:
    wanted = F.col("record_id").isin(records) | F.coalesce(F.col("external_id").isin(external_ids), F.lit(False))
    return wanted | F.coalesce(F.expr(f"({where})"), F.lit(False)) if where else wanted


def _matching(records: DataFrame, wanted: Column) -> list[str]:
    """The ids of the records that are meant, sorted. Raises ConfigError if the condition is not SQL on `records`."""
    try:
        return sorted(row.record_id for row in records.where(wanted).select("record_id").collect())
    except PySparkException as error:
        raise ConfigError(f"--where: {first_line(error)}") from error


def _publish_without(warehouse: Warehouse, config: Config, wanted: Column, newest: Release, summary: TakeDownSummary) -> None:
    name = "take-down-" + hashlib.sha256("\0".join(summary.taken_down).encode()).hexdigest()[:16]
    _refuse_other_settings(newest, config)
    attempt = Attempt(newest.input_digest, newest.config_digest, name, newest, settings_in_words(config), "take-down")
    run_attempt(warehouse, config, flow.taken_down(config, wanted, name, newest.configuration), attempt, summary)
    before = storage.read(warehouse, DECISIONS, newest.table_versions[DECISIONS.name])
    after = storage.read(warehouse, DECISIONS, find_release(warehouse).table_versions[DECISIONS.name])
    _report_changes(before, after, summary)


def _refuse_other_settings(newest: Release, config: Config) -> None:
    if newest.config_digest != config_digest(config):
        raise ConfigError(
            f"release {newest.release_id} was made with other settings: take down with the configuration that made it,"
            " so that nothing else changes"
        )


def _report_changes(before: DataFrame, after: DataFrame, summary: TakeDownSummary) -> None:
    """Records that were dropped and are kept now, with the document that stood for them."""
    dropped = before.where("NOT kept").select("record_id", F.col("final_representative_id").alias("stood_for_by"))
    revived = after.where("kept").select("record_id", "doc_id").join(dropped, "record_id").orderBy("record_id")
    rows = revived.collect()
    summary.revived = len(rows)
    summary.promoted = [row.asDict() for row in rows[:100]]


def _refuse_unknown(tombstones: DataFrame, records: list[str], external_ids: list[str]) -> None:
    named = F.col("record_id").isin(records) | F.col("external_id").isin(external_ids)
    if tombstones.where(named).isEmpty():
        raise InputError("no record of the newest release is meant; look it up with `brickyard sql` in brickyard.records")
    say("nothing to do: the records were taken down before")


def _retire(warehouse: Warehouse, purge: bool, summary: TakeDownSummary) -> None:
    known = releases.list_releases(warehouse)
    summary.retired_releases = releases.retire(warehouse, known, summary.run_id)
    if purge:
        for table in HOLD_TEXT:
            storage.purge(warehouse, table)
        summary.bytes_gone = "now"
    else:
        date = known[-1].published_at + timedelta(days=storage.RETENTION_DAYS)
        summary.bytes_gone = f"{date.date()}, by the next VACUUM on or after that day; --purge deletes them at once"
    say(f"the bytes of what was taken down are gone: {summary.bytes_gone}")
