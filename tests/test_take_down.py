"""Records taken down, from end to end."""

import json
import random
import shutil
from functools import partial

import pyarrow.parquet as pq
import pytest
from brickyard import duck, releases, rerun, storage
from brickyard.errors import ConfigError, GateFailed, InputError
from brickyard.frames import frame_of
from brickyard.queries import find_release
from brickyard.rerun import run_take_down
from brickyard.statements import load_query
from brickyard.storage import Warehouse
from brickyard.tables import CURATED, EMBEDDINGS, GAUGE_FINDINGS, QUARANTINE, RECORDS, TABLES, TOMBSTONES

from tests import corpus
from tests.corpus import NARROW, released_rows, verdicts
from tests.tiny import doc_id_of, random_text

WITH_IDS = (*NARROW, "input.id_field=id", "gate.max_group_share=1")


def test_taking_down_promotes_the_next_and_retires_the_releases_before(spark, tmp_path):
    folder, warehouse = corpus.write_corpus(tmp_path / "in"), tmp_path / "w"
    corpus.run(spark, warehouse, folder, *NARROW)
    before = verdicts(warehouse)
    gone = next(row for row in before.values() if row["reason"] == "near_duplicate")["final_representative_id"]
    taken = sorted(row["record_id"] for row in before.values() if row["doc_id"] == gone)
    config = corpus.configure(warehouse, folder, *NARROW)
    summary = run_take_down(spark, config, taken, [], None, purge=False)
    after = verdicts(warehouse)
    assert summary.taken_down == taken
    assert set(after) == set(before) - set(taken)
    revived = {name for name, row in after.items() if row["kept"] and not before[name]["kept"]}
    assert {row["record_id"] for row in summary.promoted} == revived != set()
    assert gone not in {row["doc_id"] for row in released_rows(warehouse, CURATED)}
    assert {row["record_id"] for row in released_rows(warehouse, TOMBSTONES)} == set(taken)
    old, _ = corpus.releases(warehouse)
    assert summary.retired_releases == [old.release_id]
    with pytest.raises(ConfigError, match="was retired on"):
        find_release(Warehouse(spark, str(warehouse)), old.release_id)
    with duck.connect(str(warehouse), find_release(Warehouse(spark, str(warehouse)))) as connection:
        _, why = duck.run_query(connection, *load_query("sql/why_dropped.sql", {"id": gone}))
    assert [row[2:5] for row in why] == [(False, "take_down", "taken_down")] * len(taken)


def add_file(spark, home, name, rows, *settings):
    """Write a file of (id, text) to a home, and bring it into its warehouse."""
    (home / "in").mkdir(exist_ok=True)
    (home / "in" / name).write_text("".join(json.dumps({"id": one, "text": text}) + "\n" for one, text in rows))
    return corpus.run(spark, home / "w", home / "in", *WITH_IDS, *settings)


@pytest.fixture(scope="module")
def few(spark, tmp_path_factory):
    """The home of a few records with ids of their own; tests only copy it."""
    home, source = tmp_path_factory.mktemp("few"), random.Random(3)
    texts = [" ".join(random_text(source, 50, 2000)) for _ in range(4)]
    rows = [(str(i), f"secret{i} {text}") for i, text in enumerate(texts)]
    rows += [(f"copy{i}", rows[0][1].rsplit(" ", i)[0]) for i in (1, 2)]
    add_file(spark, home, "a.jsonl", [*rows, ("1", rows[1][1]), ("2", "secret2 once more, another text")])
    return home


@pytest.fixture
def own(spark, few, tmp_path):
    """A warehouse of those records: its folder, a configuration, and what adds a file and runs."""
    shutil.copytree(few, tmp_path, dirs_exist_ok=True)
    return tmp_path / "w", corpus.configure(tmp_path / "w", tmp_path / "in", *WITH_IDS), partial(add_file, spark, tmp_path)


def test_what_was_taken_down_does_not_come_back_and_its_bytes_can_be_purged(spark, own):
    warehouse, config, add = own
    run_take_down(spark, config, [], ["1"], "text LIKE 'secret3 %'", purge=True)
    assert ids_of(warehouse) == ["0", "2", "copy1", "copy2"]
    add("b.jsonl", [("1", "this id was taken down"), ("2", "this id is known"), ("4", "this one is new")])
    assert ids_of(warehouse) == ["0", "2", "4", "copy1", "copy2"]
    assert ("taken_down", "", None) in {
        (row["reason"], row["head"], row["sha256"]) for row in released_rows(warehouse, QUARANTINE)
    }
    left = str([pq.read_table(path).to_pylist() for table in TABLES for path in (warehouse / table.name).glob("*.parquet")])
    assert "secret0" in left
    assert "secret3" not in left
    with pytest.raises(InputError, match="no record of the newest release"):
        run_take_down(spark, config, ["0" * 32], [], None, purge=False)


def ids_of(warehouse):
    """The ids that records of the newest release came with."""
    return sorted(row["external_id"] for row in released_rows(warehouse, RECORDS))


def test_limits_of_the_gate_keep_no_record_from_being_taken_down(spark, own):
    warehouse, config, _ = own
    strict = config.model_copy(update={"gate": config.gate.model_copy(update={"max_near_share": 0.34})})
    run_take_down(spark, strict, [], ["3"], None, purge=False)  # two of five are near duplicates now
    summary = run_take_down(spark, config, [], [], "true", purge=False)
    assert (summary.status, summary.records_taken_down) == ("published", 5)
    assert released_rows(warehouse, RECORDS) == released_rows(warehouse, CURATED) == []


def test_a_record_that_was_refused_for_its_id_leaves_no_byte_either(spark, own):
    warehouse, config, _ = own
    assert sum("secret" in bytes.fromhex(row["head"]).decode() for row in released_rows(warehouse, QUARANTINE)) == 2
    run_take_down(spark, config, [], ["1", "2"], None, purge=True)
    rows = [(row["reason"], row["head"], row["sha256"]) for row in released_rows(warehouse, QUARANTINE)]
    assert sorted(rows) == [("duplicate_id", "", None), ("repeated_id", "", None)]
    left = [pq.read_table(path).to_pylist() for table in TABLES for path in (warehouse / table.name).glob("*.parquet")]
    assert bytes.hex(b"secret2") not in str(left)


def test_a_purge_after_a_failed_batch_leaves_the_release_whole_and_the_batch_can_be_tried_again(spark, own):
    warehouse, config, add = own
    run_take_down(spark, config, [], ["3"], None, purge=False)
    before = frozenset(row["doc_id"] for row in released_rows(warehouse, CURATED))
    family = [(f"b{i}", "a batch of copies " * 9 + "x " * i) for i in range(8)]
    with pytest.raises(GateFailed):
        add("b.jsonl", family, "gate.max_near_share=0.3")
    assert run_take_down(spark, config, [], ["3"], None, purge=True).bytes_gone == "now"
    assert {row["doc_id"] for row in released_rows(warehouse, CURATED)} == before
    with pytest.raises(GateFailed):  # and not over files of its first try, which the purge has deleted
        add("b.jsonl", family, "gate.max_near_share=0.3")


def finding_of(release, reason):
    """A row of gauge_findings, as `brickyard gauge` writes them."""
    return (release.release_id, "labels", "noise-limited", reason, "read them")


def test_what_the_gauge_wrote_of_a_retired_release_goes_with_it(spark, own):
    warehouse, config, _ = own
    (old,) = corpus.releases(warehouse)
    place = Warehouse(spark, str(warehouse))
    for rows in ([finding_of(old, "secret3")], [finding_of(old, "secret3, again")]):
        storage.write(frame_of(spark, rows, GAUGE_FINDINGS.schema), place, GAUGE_FINDINGS, "append", "g", "gauge")
    (warehouse / "reports").mkdir()
    page = warehouse / "reports" / f"{old.release_id}-gauge.html"
    page.write_text("secret3")
    run_take_down(spark, config, [], ["3"], None, purge=True)
    assert corpus.rows(warehouse, GAUGE_FINDINGS) == []
    assert not page.exists()
    left = str([pq.read_table(path).to_pylist() for path in (warehouse / GAUGE_FINDINGS.name).glob("*.parquet")])
    assert "secret3" not in left


def test_a_condition_that_is_no_sql_is_2_and_an_unknown_id_is_named(spark, own):
    _, config, _ = own
    for wrong in ("uri LIKE", "uri RLIKE '('", "raise_error(uri)"):
        with pytest.raises(ConfigError, match="--where"):
            run_take_down(spark, config, [], [], wrong, purge=False)
    assert run_take_down(spark, config, ["0" * 32], ["0"], None, purge=False).unknown_ids == ["0" * 32]


def test_after_a_take_down_the_same_input_is_answered_with_the_release_that_is_live(spark, own):
    warehouse, config, _ = own
    summary = run_take_down(spark, config, [], ["0"], None, purge=False)
    again = run_take_down(spark, config, [], [], "external_id = '0'", purge=False)
    assert (again.status, again.release_id) == ("nothing_to_do", summary.release_id)
    assert corpus.run(spark, warehouse, warehouse.parent / "in", *WITH_IDS).release_id == summary.release_id


def test_a_condition_that_is_true_of_no_record_is_refused_and_purges_nothing(spark, own):
    warehouse, config, add = own
    run_take_down(spark, config, [], ["0"], None, purge=False)
    add("b.jsonl", [("b", "another batch brings a text of its own")])
    before = corpus.log_versions(warehouse)
    for where in ("uri LIKE 'a/typo%'", "text LIKE 'no such text%'"):
        with pytest.raises(InputError, match="no record of the newest release is meant"):
            run_take_down(spark, config, [], [], where, purge=True)
    assert corpus.log_versions(warehouse) == before


def test_a_take_down_that_died_before_it_retired_anything_retires_what_was_before_it(spark, own, monkeypatch):
    warehouse, config, _ = own
    monkeypatch.setattr(releases, "retire", lambda *_: [])
    run_take_down(spark, config, [], ["0"], None, purge=False)
    old = corpus.releases(warehouse)[0]
    assert old.retired_at is None
    with pytest.raises(ConfigError, match="was retired on"):
        find_release(Warehouse(spark, str(warehouse)), old.release_id)
    monkeypatch.undo()
    assert run_take_down(spark, config, [], ["0"], None, purge=False).retired_releases == [old.release_id]


def test_a_take_down_by_its_text_that_died_before_the_bytes_were_gone_is_finished_by_the_same_words(spark, own, monkeypatch):
    warehouse, config, _ = own
    with monkeypatch.context() as patch, pytest.raises(ZeroDivisionError):
        patch.setattr(rerun, "_let_go", lambda *_: 1 / 0)
        run_take_down(spark, config, [], [], "text LIKE 'secret3 %'", purge=True)
    again = run_take_down(spark, config, [], [], "text LIKE 'secret3 %'", purge=True)
    assert (again.status, again.bytes_gone) == ("nothing_to_do", "now")
    left = [pq.read_table(path).to_pylist() for table in TABLES for path in (warehouse / table.name).glob("*.parquet")]
    assert "secret3" not in str(left)


def test_a_purge_retires_the_releases_that_need_the_bytes(spark, own):
    """Also those that are newer than the take-down."""
    warehouse, config, add = own
    run_take_down(spark, config, [], ["3"], None, purge=False)
    for name in ("b", "c"):
        add(f"{name}.jsonl", [(name, f"{name} brings a text of its own")])
    *older, newest = corpus.releases(warehouse)
    purged = run_take_down(spark, config, [], ["3"], None, purge=True)
    assert (purged.status, set(purged.retired_releases)) == ("nothing_to_do", {one.release_id for one in older[1:]})
    assert [one.release_id for one in corpus.releases(warehouse) if one.retired_at is None] == [newest.release_id]
    assert {row["external_id"] for row in released_rows(warehouse, RECORDS)} >= {"b", "c"}


COLUMNS = (
    *corpus.SETTINGS, "tokenise.tokenizer=off", "embed.model=columns:n", "near_duplicates.keep=priority:n",
    "semantic_duplicates.refit=always", "input.id_field=id", "gate.max_group_share=1",
)  # fmt: skip


def test_numbers_of_what_was_taken_down_go_and_what_is_left_needs_none(spark, tmp_path):
    """The vector of two equal texts is that of the record which stands for them."""
    (tmp_path / "in").mkdir()
    rows = [("a", "the same text", 1), ("b", "the same text", 9), ("c", "another text", 4), ("d", "a third", None)]
    lines = [json.dumps({"id": one, "text": text} | ({"n": n} if n else {})) + "\n" for one, text, n in rows]
    (tmp_path / "in" / "a.jsonl").write_text("".join(lines))
    corpus.run(spark, tmp_path / "w", tmp_path / "in", *COLUMNS)
    config = corpus.configure(tmp_path / "w", tmp_path / "in", *COLUMNS)
    doc_id = doc_id_of("the same text")
    before = {row["doc_id"]: row["vector"] for row in released_rows(tmp_path / "w", EMBEDDINGS)}
    run_take_down(spark, config, [], ["a"], None, purge=False)
    after = {row["doc_id"]: row["vector"] for row in released_rows(tmp_path / "w", EMBEDDINGS)}
    assert after[doc_id] != before[doc_id]
    run_take_down(spark, config, [], ["b", "c"], None, purge=False)
    assert [row["external_id"] for row in released_rows(tmp_path / "w", RECORDS)] == ["d"]
