"""The promises of the architecture page, on a corpus of some sixty lines. (L6 is tested with the stages it bounds.)"""

import shutil
from contextlib import contextmanager

import pytest
from brickyard import run as run_module
from brickyard import storage
from brickyard.errors import ConflictError, GateFailed
from brickyard.queries import create_views, find_release
from brickyard.reasons import DROP_STAGES
from brickyard.run import run_curation
from brickyard.storage import Warehouse
from brickyard.tables import (
    CENTROIDS,
    CURATED,
    DECISIONS,
    DUPLICATE_PAIRS,
    FILES,
    GATE_RESULTS,
    QUARANTINE,
    RECALL_METER,
    RECORDS,
    RELEASED,
    RELEASES,
)

from tests import corpus
from tests.corpus import NARROW, released_rows

STAGES = ("exact_duplicates", "near_duplicates", "embed", "semantic_duplicates", "decide", "tokenise", "curate")


class Interrupted(Exception):
    """What a test raises where a process would have died."""


@contextmanager
def session_settings(spark, **settings):
    """Runtime settings (`_` for `.` is not guessed: names are given in full), restored afterwards."""
    before = {name: spark.conf.get(name) for name in settings}
    try:
        for name, value in settings.items():
            spark.conf.set(name, value)
        yield
    finally:
        for name, value in before.items():
            spark.conf.set(name, value)


def frozen(rows):
    """Rows as a set that can be compared; fails if one occurs twice."""
    found = [tuple((name, repr(value)) for name, value in sorted(row.items())) for row in rows]
    assert len(set(found)) == len(found)
    return set(found)


def decisions_of(warehouse, release=None):
    """record_id -> the verdict on it; fails if a record has two."""
    rows = released_rows(warehouse, DECISIONS, release)
    assert len({row["record_id"] for row in rows}) == len(rows)
    return {row["record_id"]: row for row in rows}


def verdicts_by_document(warehouse):
    """The verdicts without the ids of records: on documents, and the weights of the kept ones."""
    names = ("doc_id", "kept", "stage", "reason", "representative_id", "final_representative_id", "similarity")
    rows = (row for row in decisions_of(warehouse).values() if row["reason"] != "exact_duplicate")
    return {tuple(row[name] for name in names) for row in rows}, {
        (row["doc_id"], row["weight"], row["text"].rstrip()) for row in released_rows(warehouse, CURATED)
    }


# L1 Nothing is lost without a reason.


def test_every_record_in_the_bytes_has_one_verdict(released):
    found = corpus.read_bytes(released.folder)
    records = {row["record_id"]: row["doc_id"] for row in released_rows(released.warehouse, RECORDS)}
    decisions = decisions_of(released.warehouse)
    assert records == found.records
    assert {name: row["doc_id"] for name, row in decisions.items()} == found.records


def test_all_other_bytes_are_in_quarantine_or_counted_as_blank(released):
    found = corpus.read_bytes(released.folder)
    names = ("uri", "position", "byte_length", "sha256", "reason")
    refused = {tuple(row[name] for name in names) for row in released_rows(released.warehouse, QUARANTINE)}
    files = released_rows(released.warehouse, FILES)
    assert refused == found.refused
    assert sum(row["blank_lines"] for row in files) == found.blank_lines == 2
    assert sum(row["quarantined"] for row in files) == len(found.refused) == sum(released.summary.quarantined.values())


def test_every_reason_occurs_with_its_stage_and_what_it_promises(released):
    decisions = list(decisions_of(released.warehouse).values())
    assert {row["reason"]: row["stage"] for row in decisions} == {**DROP_STAGES, None: None}
    assert all(row["kept"] == (row["reason"] is None) for row in decisions)
    assert all((row["similarity"] is None) == (row["reason"] in (None, "empty_text")) for row in decisions)
    empty = {row["record_id"] for row in decisions if row["final_representative_id"] is None}
    assert empty == corpus.read_bytes(released.folder).empty
    dropped = [row["reason"] for row in decisions if not row["kept"]]
    assert released.summary.drops == {reason: dropped.count(reason) for reason in DROP_STAGES}


def test_representatives_were_kept_by_their_stage_and_in_the_end(released):
    decisions = list(decisions_of(released.warehouse).values())
    kept = {row["doc_id"] for row in decisions if row["kept"]}
    fallen_later = {row["doc_id"] for row in decisions if row["reason"] == "semantic_duplicate"}
    with_representative = [row for row in decisions if row["reason"] != "empty_text"]
    assert {row["final_representative_id"] for row in with_representative} == kept
    near = {row["representative_id"] for row in decisions if row["reason"] == "near_duplicate"}
    assert near <= kept | fallen_later
    assert near & fallen_later
    assert {row["representative_id"] for row in decisions if row["reason"] == "semantic_duplicate"} <= kept
    assert all(row["representative_id"] == row["doc_id"] for row in decisions if row["reason"] in (None, "exact_duplicate"))


def test_weights_and_records_without_representative_sum_to_the_records(released):
    found = corpus.read_bytes(released.folder)
    curated = released_rows(released.warehouse, CURATED)
    decisions = decisions_of(released.warehouse).values()
    assert {row["record_id"] for row in curated} == {row["record_id"] for row in decisions if row["kept"]}
    assert sum(row["weight"] for row in curated) + len(found.empty) == len(found.records)


# L2 The answer depends on the data alone.


def test_partitions_arrow_batches_and_adaptive_execution_change_no_row_of_any_table(spark, released, tmp_path):
    other = {
        "spark.sql.shuffle.partitions": "7",
        "spark.sql.execution.arrow.maxRecordsPerBatch": "1",
        "spark.sql.adaptive.enabled": "false",
    }
    with session_settings(spark, **other):
        run_curation(spark, corpus.configure(tmp_path, released.folder), copies=10)
    planted = sum(row["planted"] for row in corpus.rows(tmp_path, RECALL_METER))
    assert 0 < planted <= 10
    for table in RELEASED:  # of the copies that measured recall there is no trace
        assert frozen(released_rows(tmp_path, table)) == frozen(released_rows(released.warehouse, table)), table.name


def test_the_same_records_cut_into_other_files_have_the_same_verdicts(spark, released, tmp_path):
    folder = corpus.write_corpus(tmp_path / "in", cuts=(1, 50))
    with session_settings(spark, **{"spark.sql.execution.arrow.maxRecordsPerBatch": "10000"}):
        corpus.run(spark, tmp_path / "warehouse", folder)
    assert verdicts_by_document(tmp_path / "warehouse") == verdicts_by_document(released.warehouse)


# L3 Running again is safe.


def test_a_second_run_commits_nothing(spark, released):
    before = corpus.log_versions(released.warehouse)
    summary = corpus.run(spark, released.warehouse, released.folder)
    assert (summary.status, summary.release_id) == ("already_published", released.summary.release_id)
    assert corpus.log_versions(released.warehouse) == before


def test_a_known_file_with_other_bytes_is_refused_with_both_digests(spark, released, tmp_path):
    folder = shutil.copytree(released.folder, tmp_path / "in")
    changed = folder / "part0" / "0.jsonl"
    old = corpus.digest(changed)
    changed.write_bytes(changed.read_bytes() + b"\n")
    before = corpus.log_versions(released.warehouse)
    with pytest.raises(ConflictError, match=rf"part0/0\.jsonl.*{old}.*{corpus.digest(changed)}"):
        corpus.run(spark, released.warehouse, folder)
    assert corpus.log_versions(released.warehouse) == before


def interrupt_before(monkeypatch, stage):
    """Make the next run die before a stage."""
    run_stage = run_module.run_stage

    def run_or_die(one, *arguments):
        if one.name == stage:
            raise Interrupted(stage)
        return run_stage(one, *arguments)

    monkeypatch.setattr(run_module, "run_stage", run_or_die)


def interrupt_write(monkeypatch, table):
    """Make the next run die before it writes a table."""
    write = storage.write

    def write_or_die(frame, warehouse, one, *arguments):
        if one is table:
            raise Interrupted(table.name)
        return write(frame, warehouse, one, *arguments)

    monkeypatch.setattr(storage, "write", write_or_die)


def interrupted_run(spark, interrupt, where, warehouse, folder):
    """A run that dies."""
    with pytest.MonkeyPatch.context() as patch:
        interrupt(patch, where)
        with pytest.raises(Interrupted):
            corpus.run(spark, warehouse, folder)


def test_an_attempt_interrupted_anywhere_resumes_to_the_same_release(spark, released, tmp_path):
    interrupted_run(spark, interrupt_write, FILES, tmp_path, released.folder)  # records are written, its files not yet
    for stage in STAGES:
        interrupted_run(spark, interrupt_before, stage, tmp_path, released.folder)
        if stage == "semantic_duplicates":
            interrupted_run(spark, interrupt_write, CENTROIDS, tmp_path, released.folder)  # pairs are appended already
    interrupted_run(spark, interrupt_write, RELEASES, tmp_path, released.folder)  # the gate's results are written
    summary = corpus.run(spark, tmp_path, released.folder)
    assert (summary.status, summary.release_id) == ("published", released.summary.release_id)
    gate = [[{**row, "version": 0} for row in corpus.rows(one, GATE_RESULTS)] for one in (tmp_path, released.warehouse)]
    assert frozen(gate[0]) == frozen(gate[1])
    for table in RELEASED:
        assert frozen(released_rows(tmp_path, table)) == frozen(released_rows(released.warehouse, table)), table.name
        assert len(corpus.log_versions(tmp_path)[table.name]) == (2 if table is DUPLICATE_PAIRS else 1), table.name


@pytest.fixture(scope="module")
def in_pieces(spark, released, tmp_path_factory):
    """A warehouse that got the corpus in two batches, semantic stage off, with views of its first release.

    Between the two an attempt with another configuration was interrupted.
    """
    warehouse = tmp_path_factory.mktemp("pieces")
    first = corpus.run(spark, warehouse, released.folder, *NARROW, paths="part1/*.jsonl")
    views = Warehouse(spark, str(warehouse))
    create_views(views, find_release(views))
    seen = {table.name: frozen_view(spark, table) for table in RELEASED}
    interrupted_run(spark, interrupt_before, "exact_duplicates", warehouse, released.folder)  # it has read the second batch
    second = corpus.run(spark, warehouse, released.folder, *NARROW)
    return warehouse, first, second, seen, {table.name: frozen_view(spark, table) for table in RELEASED}


def frozen_view(spark, table):
    return frozen(row.asDict(recursive=True) for row in spark.table(f"brickyard.{table.name}").collect())


@pytest.fixture(scope="module")
def after_another(spark, released, tmp_path_factory):
    """A warehouse in which a run with the narrow configuration followed an interrupted one with the full."""
    warehouse = tmp_path_factory.mktemp("another")
    interrupted_run(spark, interrupt_before, "semantic_duplicates", warehouse, released.folder)
    corpus.run(spark, warehouse, released.folder, *NARROW)
    return warehouse


def test_another_configuration_after_an_interrupted_attempt_repeats_no_record(released, after_another):
    records = [row["record_id"] for row in released_rows(after_another, RECORDS)]
    assert sorted(records) == sorted(corpus.read_bytes(released.folder).records)
    assert set(decisions_of(after_another)) == set(records)
    assert released_rows(after_another, CENTROIDS) == []


def test_a_later_stage_does_not_change_the_verdicts_of_an_earlier_one(released, after_another):
    names = ("record_id", "reason", "representative_id", "similarity")
    early = {name: set() for name in (after_another, released.warehouse)}
    for warehouse, found in early.items():
        near = (row for row in decisions_of(warehouse).values() if row["reason"] in ("near_duplicate", "empty_text"))
        found |= {tuple(row[name] for name in names) for row in near}
    assert early[after_another] == early[released.warehouse]


# L7 In pieces or at once, the same (this configuration has the semantic stage off).


def test_a_second_batch_reads_only_its_new_files_and_keeps_the_first(released, in_pieces):
    warehouse, first, second, _, _ = in_pieces
    old, new = corpus.releases(warehouse)
    assert second.files["skipped_as_known"] == first.files["listed"] == 2
    assert second.rows["read"] == len(corpus.read_bytes(released.folder / "part0").records)
    assert frozen(released_rows(warehouse, RECORDS, old)) < frozen(released_rows(warehouse, RECORDS, new))
    assert new.previous_release_id == old.release_id


def test_in_two_batches_or_at_once_the_verdicts_are_the_same(after_another, in_pieces):
    warehouse = in_pieces[0]
    assert decisions_of(warehouse) == decisions_of(after_another)
    assert verdicts_by_document(warehouse) == verdicts_by_document(after_another)


# L4 Readers see a whole release or the one before.


def test_views_stay_at_their_release_while_tables_move_on(in_pieces):
    warehouse, _, _, before, after = in_pieces
    old, new = corpus.releases(warehouse)
    assert after == before
    assert all(new.table_versions[table.name] > old.table_versions[table.name] for table in (RECORDS, DECISIONS, CURATED))
    assert before["records"] != frozen(released_rows(warehouse, RECORDS, new))


# L5 Nothing is published that did not pass its gate.


def test_the_gate_ran_on_exactly_the_versions_that_are_published(released):
    (release,) = corpus.releases(released.warehouse)
    results = corpus.rows(released.warehouse, GATE_RESULTS)
    examined = {row["table"]: row["version"] for row in results if row["table"] != "release"}
    assert examined.items() <= release.table_versions.items()
    assert {(row["release_id"], row["success"]) for row in results} == {(release.release_id, True)}


def test_a_failed_gate_publishes_nothing_and_leaves_the_release_before(spark, released, in_pieces):
    warehouse = in_pieces[0]
    before = corpus.releases(warehouse)
    kept = decisions_of(warehouse)
    with pytest.raises(GateFailed, match=r"largest_near_share_of_a_source <= 0.05, observed 0\.\d+") as failure:
        corpus.run(spark, warehouse, released.folder, *NARROW, "gate.max_near_share=0.05")
    failed = [row for row in corpus.rows(warehouse, GATE_RESULTS) if not row["success"]]
    assert [row["expectation"] for row in failed] == ["largest_near_share_of_a_source <= 0.05"]
    assert failed[0]["release_id"] not in {release.release_id for release in before}
    assert corpus.releases(warehouse) == before
    assert find_release(Warehouse(spark, str(warehouse))).release_id == before[-1].release_id
    assert decisions_of(warehouse) == kept
    assert not any(row["text"] and row["text"] in str(failure.value) for row in released_rows(warehouse, CURATED))
