"""Runs without new input: verdicts at a higher threshold, and taking records down."""

import hashlib
import json
import uuid
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from brickyard import catalog, flow, housekeeping, releases, storage
from brickyard.conditions import condition
from brickyard.config import Config, Gate, config_digest, settings_in_words
from brickyard.errors import ConfigError, InputError, first_line, is_storage
from brickyard.lock import run_lock
from brickyard.progress import say
from brickyard.queries import find_release
from brickyard.releases import Attempt, Release
from brickyard.report.forgetting import forget
from brickyard.run import Summary, finish, run_attempt
from brickyard.stages.near_duplicates import require_field
from brickyard.storage import Warehouse
from brickyard.tables import (
    CURATED,
    DECISIONS,
    EMBEDDINGS,
    GAUGED,
    QUARANTINE,
    RECORDS,
    SIGNATURES,
    TOKEN_SEQUENCES,
    TOMBSTONES,
)

HOLD_TEXT = (RECORDS, QUARANTINE, CURATED, TOKEN_SEQUENCES, EMBEDDINGS, SIGNATURES)
"""Tables that hold texts, or what was computed of one; the others hold ids, places and numbers."""

WITHOUT_LIMITS = Gate(min_records=0, max_near_share=1, max_semantic_share=1, max_group_share=1)
"""The gate of a take-down and of another layout: integrity alone."""

ARRANGE = "arrange"
"""The action that changes the layout alone."""

MOST_SHOWN = 100
"""Records that the summary lists."""


@dataclass
class TakeDownSummary(Summary):
    """What a take-down reports: the first MOST_SHOWN records that are gone, and of those that are kept now, `promoted`."""

    taken_down: list[str] = field(default_factory=list)
    records_taken_down: int = 0
    unknown_ids: list[str] = field(default_factory=list)
    promoted: list[dict[str, str]] = field(default_factory=list)
    revived: int = 0
    retired_releases: list[str] = field(default_factory=list)
    bytes_gone: str = ""


def run_redecide(spark: SparkSession, config: Config) -> Summary:
    """A release at the configured, higher `min_jaccard`, from the stored pairs. Raises ConfigError if it is not higher."""
    summary = Summary(uuid.uuid4().hex, "started", config.warehouse)
    with run_lock(spark._jvm, config.warehouse, summary.run_id) as check_lock:
        warehouse = Warehouse(spark, config.warehouse, check_lock)
        newest = find_release(warehouse)
        digest = config_digest(config)
        if newest.config_digest == digest:
            say(f"nothing to do: release {newest.release_id} has these settings")
            return finish(summary, "already_published", newest)
        if flow.must_start_over(newest.configuration, config):
            stored = json.loads(newest.configuration or "{}").get("near_duplicates", {})
            raise ConfigError(
                f"near_duplicates.min_jaccard = {config.near_duplicates.min_jaccard}: the pairs of release {newest.release_id}"
                f" do not hold the answer: they are stored from {stored.get('min_jaccard')} on, for its own ngram,"
                " permutations and bands. Run `brickyard curate` with these settings: it compares again"
            )
        _refuse_other_input(newest, config)
        require_field(storage.read(warehouse, RECORDS, newest.table_versions[RECORDS.name]), config.near_duplicates.keep)
        attempt = Attempt(newest.input_digest, digest, newest.batch_id, newest, settings_in_words(config), catalog.REDECIDE)
        return run_attempt(warehouse, config, flow.decided_again(config, newest.configuration), attempt, summary)


def run_arrange(spark: SparkSession, config: Config) -> Summary:
    """A release of the same rows, laid out for queries; the settings stay those of the release before."""
    summary = Summary(uuid.uuid4().hex, "started", config.warehouse)
    with run_lock(spark._jvm, config.warehouse, summary.run_id) as check_lock:
        warehouse = Warehouse(spark, config.warehouse, check_lock)
        newest = find_release(warehouse)
        if newest.action == ARRANGE:
            say(f"nothing to do: release {newest.release_id} is arranged")
            return finish(summary, "already_published", newest)
        settings = newest.configuration or settings_in_words(config)
        attempt = Attempt(newest.input_digest, newest.config_digest, newest.batch_id, newest, settings, ARRANGE)
        unlimited = config.model_copy(update={"gate": WITHOUT_LIMITS})  # the shares have been judged, and are what they were
        return run_attempt(warehouse, unlimited, flow.arranged(), attempt, summary)


def run_take_down(
    spark: SparkSession, config: Config, records: list[str], external_ids: list[str], where: str | None, purge: bool
) -> TakeDownSummary:
    """A release without the named records; older releases are retired. Raises InputError if no record is meant.

    What an interrupted take-down left to do is done first.
    """
    summary = TakeDownSummary(uuid.uuid4().hex, "started", config.warehouse)
    with run_lock(spark._jvm, config.warehouse, summary.run_id) as check_lock:
        warehouse = Warehouse(spark, config.warehouse, check_lock)
        newest, asked = find_release(warehouse), _digest_of(records, external_ids, where)
        summary.retired_releases = releases.retire(warehouse, summary.run_id)
        gone = _matching(storage.read(warehouse, RECORDS, newest.table_versions[RECORDS.name]), records, external_ids, where)
        tombstones = storage.read(warehouse, TOMBSTONES, newest.table_versions[TOMBSTONES.name])
        summary.unknown_ids = _unknown(gone, tombstones, records, external_ids)
        summary.records_taken_down = gone.count()
        if summary.records_taken_down:
            _publish_without(warehouse, config, gone.select("record_id"), newest, summary, asked)
        elif not (_was_published(warehouse, asked) or _was_taken_down(tombstones, records, external_ids, where)):
            raise InputError(
                "no record of the newest release is meant; look it up with `brickyard sql` in brickyard.records"
                " (one that was taken down before: in brickyard.tombstones, and name it by --record)"
            )
        else:
            say("nothing to do: no record is meant that was not taken down before")
            finish(summary, "nothing_to_do", newest)
        if purge:  # releases that are newer than the take-down need files that go
            summary.retired_releases += releases.retire(warehouse, summary.run_id, keep=1)
        _let_go(warehouse, purge, summary)
        return summary


def _matching(records: DataFrame, ids: list[str], external_ids: list[str], where: str | None) -> DataFrame:
    """(record_id, external_id) of the records that are meant, found once: a condition may be another the next time.

    Raises ConfigError if the condition is not SQL on the columns of `records`.
    """
    try:
        wanted = F.col("record_id").isin(ids) | F.coalesce(F.col("external_id").isin(external_ids), F.lit(False))
        wanted = wanted | F.coalesce(condition(records.sparkSession, where), F.lit(False)) if where else wanted
        return records.where(wanted).select("record_id", "external_id").localCheckpoint()
    except (PySparkException, Py4JJavaError) as error:
        if is_storage(error):
            raise
        raise ConfigError(f"--where: {first_line(error)}") from error


def _was_taken_down(tombstones: DataFrame, ids: list[str], external_ids: list[str], where: str | None) -> bool:
    """Whether a record that is meant was taken down before, as far as a condition can be asked of tombstones."""
    try:
        return not _matching(tombstones, ids, external_ids, where).isEmpty()
    except ConfigError:  # it asks for columns of texts, which are gone
        return not _matching(tombstones, ids, external_ids, None).isEmpty()


def _unknown(gone: DataFrame, tombstones: DataFrame, records: list[str], external_ids: list[str]) -> list[str]:
    """The given ids that neither a record nor a tombstone has."""
    known = gone.union(tombstones.select("record_id", "external_id"))
    named = known.where(F.col("record_id").isin(records) | F.col("external_id").isin(external_ids)).collect()
    found = {row.record_id for row in named}, {row.external_id for row in named}
    unknown = [
        one for ids, seen in zip((records, external_ids), found, strict=True) for one in dict.fromkeys(ids) if one not in seen
    ]
    if unknown:
        say(f"no record has these ids: {', '.join(unknown)}")
    return unknown


def _publish_without(
    warehouse: Warehouse, config: Config, gone: DataFrame, newest: Release, summary: TakeDownSummary, asked: str
) -> None:
    _refuse_other_settings(newest, config)
    name = f"{_name_of(gone)}-{asked}"
    attempt = Attempt(newest.input_digest, config_digest(config), name, newest, settings_in_words(config), catalog.TAKE_DOWN)
    never = config.semantic_duplicates.model_copy(update={"refit": "never"})  # what must go goes, whatever is left to fit
    frozen = config.model_copy(update={"semantic_duplicates": never})
    stages = flow.taken_down(frozen, gone, name, newest.configuration)
    # the shares of what is left are no reason to keep what must go
    run_attempt(warehouse, config.model_copy(update={"gate": WITHOUT_LIMITS}), stages, attempt, summary)
    summary.retired_releases += releases.retire(warehouse, summary.run_id)
    before = storage.read(warehouse, DECISIONS, newest.table_versions[DECISIONS.name])
    after = storage.read(warehouse, DECISIONS, find_release(warehouse).table_versions[DECISIONS.name])
    summary.taken_down = [row.record_id for row in gone.orderBy("record_id").limit(MOST_SHOWN).collect()]
    _report_changes(before, after, summary)


def _digest_of(records: list[str], external_ids: list[str], where: str | None) -> str:
    """What was asked for: a condition on texts can no longer be asked of what was taken down by it."""
    return hashlib.sha256(json.dumps([sorted(records), sorted(external_ids), where]).encode()).hexdigest()[:8]


def _was_published(warehouse: Warehouse, asked: str) -> bool:
    """Whether a release came of the same words: its take-down may have died before the bytes were gone."""
    known = releases.list_releases(warehouse)
    return any(release.action == catalog.TAKE_DOWN and release.batch_id.endswith(f"-{asked}") for release in known)


def _name_of(gone: DataFrame) -> str:
    """A digest of the set of ids, in whatever order: the same records make the same attempt."""
    one, other = F.xxhash64("record_id"), F.xxhash64(F.lit("other"), "record_id")
    row = gone.agg(F.count(F.lit(1)), F.expr("bit_xor(xxhash64(record_id))"), F.sum(one.cast("decimal(38,0)")),
                   F.sum(other.cast("decimal(38,0)"))).collect()[0]  # fmt: skip
    return "take-down-" + hashlib.sha256("\0".join(map(str, row)).encode()).hexdigest()[:16]


def _refuse_other_settings(newest: Release, config: Config) -> None:
    before, now = (json.loads(words) for words in (newest.configuration or "{}", settings_in_words(config)))
    if {**before, "gate": None} != {**now, "gate": None}:
        names = ", ".join(sorted(name for name in now if name != "gate" and before.get(name) != now[name]))
        raise ConfigError(
            f"release {newest.release_id} was made with other settings ({names}): take down with the configuration that made"
            " it, so that nothing else changes"
        )


def _refuse_other_input(newest: Release, config: Config) -> None:
    """Without a new input, how it is to be read cannot change."""
    words = settings_in_words(config)
    before, now = (json.loads(one)["input"] for one in (newest.configuration or words, words))
    if names := ", ".join(f"input.{name}" for name in sorted(now) if before.get(name) != now[name]):
        raise ConfigError(
            f"release {newest.release_id} was read with other settings ({names}): a new threshold reads nothing anew; leave"
            " [input] as it was, or run `brickyard curate`"
        )


def _report_changes(before: DataFrame, after: DataFrame, summary: TakeDownSummary) -> None:
    """Records that were dropped and are kept now, with the document that stood for them."""
    dropped = before.where("NOT kept").select("record_id", F.col("final_representative_id").alias("stood_for_by"))
    revived = after.where("kept").select("record_id", "doc_id").join(dropped, "record_id").persist()
    summary.revived = revived.count()
    summary.promoted = [row.asDict() for row in revived.orderBy("record_id").limit(MOST_SHOWN).collect()]


def _let_go(warehouse: Warehouse, purge: bool, summary: TakeDownSummary) -> None:
    """Forget retired releases, and delete the bytes at once if that is asked for; say when they are gone."""
    known = releases.list_releases(warehouse)
    if purge:
        for table in HOLD_TEXT:
            storage.restore(warehouse, table, known[-1].table_versions[table.name])  # a failed attempt may have gone on
            housekeeping.purge(warehouse, table)
    forget(warehouse, [release for release in known if release.retired_at is not None], summary.run_id)
    if purge:
        for table in filter(partial(storage.exists, warehouse), GAUGED):
            housekeeping.purge(warehouse, table)
        summary.bytes_gone = "now"
    else:
        date = known[-1].published_at + timedelta(days=storage.RETENTION_DAYS)
        summary.bytes_gone = f"{date.date()}, by the next VACUUM on or after that day; --purge deletes them at once"
    say(f"the bytes of what was taken down go: {summary.bytes_gone}")
