"""Every file of sql/ on a small release, against the same answer computed in Python."""

import re
import shutil
import time
from collections import Counter, defaultdict
from pathlib import Path

import pytest
from brickyard.errors import ConfigError
from brickyard.queries import create_views, find_release, render, run_query
from brickyard.statements import load_query
from brickyard.storage import Warehouse
from brickyard.tables import CURATED, DECISIONS, DOCUMENTS, DUPLICATE_PAIRS, QUARANTINE, RECORDS, STAGE_METRICS, TOKEN_SEQUENCES
from py4j.protocol import Py4JJavaError

from tests import corpus

FILES = sorted((Path(__file__).parent.parent / "sql").glob("*.sql"))


@pytest.fixture(scope="module")
def tables(released):
    """The release's rows, read without Spark; records by id."""
    found = {table.name: corpus.released_rows(released.warehouse, table)
             for table in (RECORDS, DECISIONS, DUPLICATE_PAIRS, DOCUMENTS, CURATED, QUARANTINE)}  # fmt: skip
    return found | {"by_record": {row["record_id"]: row for row in found["records"]}}


@pytest.fixture(scope="module")
def ask(spark, released):
    """Run a file; returns its rows as tuples."""
    warehouse = Warehouse(spark, str(released.warehouse))

    def answer(name, **arguments):
        create_views(warehouse, find_release(warehouse))
        statement, values = load_query(str(FILES[0].parent / f"{name}.sql"), arguments)
        return [tuple(row) for row in run_query(spark, statement, values).collect()]

    return answer


def begins(text, length):
    return re.sub(r"\s+", " ", text[:length]).strip(" ")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_first_line_of_a_file_is_a_question(file):
    assert re.fullmatch(r"-- [A-Z].+\?", file.read_text().splitlines()[0])


def test_every_file_is_asked_here():
    asked = set(re.findall(r'ask\("(\w+)"', Path(__file__).read_text()))
    assert asked == {file.stem for file in FILES}


def test_tokenizer(ask, tables, released):
    curated = tables["curated"]
    words, size = sum(row["word_count"] for row in curated), sum(len(row["text"].encode()) for row in curated)
    sequences = corpus.released_rows(released.warehouse, TOKEN_SEQUENCES)
    tokens = sum(row["token_count"] for row in sequences)
    (digest,) = {row["tokenizer"] for row in sequences}
    row = (corpus.SOURCE, 300, len(curated), tokens, round(tokens / words, 3), round(size / tokens, 3), 0.0, digest)
    assert ask("tokenizer") == [row]


def test_drop_reasons(ask, tables):
    reasons = Counter(row["reason"] or "kept" for row in tables["decisions"])
    wanted = [(corpus.SOURCE, reason, n, round(100 * n / reasons.total(), 2)) for reason, n in reasons.items()]
    assert ask("drop_reasons") == sorted(wanted, key=lambda row: (-row[2], row[1]))


def test_funnel(ask, tables):
    reasons = Counter(row["reason"] for row in tables["decisions"])
    removed = [0, len(tables["quarantine"])]
    removed += [reasons[reason] for reason in ("empty_text", "exact_duplicate", "near_duplicate", "semantic_duplicate")]
    found = ask("funnel")
    everything = len(tables["records"]) + len(tables["quarantine"])
    assert [row[1] for row in found] == removed
    assert [row[2] for row in found] == [everything - sum(removed[: i + 1]) for i in range(6)]
    assert found[-1][2] == len(tables["curated"])


def test_close_calls(ask, tables):
    words = {row["doc_id"]: row["word_count"] for row in tables["documents"]}
    names = ("kind", "similarity", "chosen", "doc_id", "other_id")
    pairs = [
        (*(row[name] for name in names), words[row["doc_id"]], words[row["other_id"]]) for row in tables["duplicate_pairs"]
    ]
    kinds = {kind: sorted(pair for pair in pairs if pair[0] == kind) for kind in ("near", "semantic")}
    for most in (3, 10):
        wanted = [pair for kind in kinds.values() for pair in sorted(kind, key=lambda row: (row[1], row[3:]))[:most]]
        assert len({pair[0] for pair in wanted}) == 2
        assert ask("close_calls", most=str(most)) == wanted


def test_questions_on_tables_without_rows_have_no_answer(ask):
    assert ask("near_misses") == ask("recall") == []


def test_largest_groups(ask, tables):
    heavy = sorted((row for row in tables["curated"] if row["weight"] > 1), key=lambda row: (-row["weight"], row["doc_id"]))
    wanted = [(row["weight"], row["uri"], begins(row["text"], 100), row["doc_id"]) for row in heavy]
    assert len(wanted) > 5
    assert ask("largest_groups") == wanted[:5]


def test_group_members(ask, tables):
    heaviest = max(tables["curated"], key=lambda row: row["weight"])
    members = [row for row in tables["decisions"] if row["final_representative_id"] == heaviest["doc_id"]]
    found = ask("group_members", id=heaviest["doc_id"])
    names = ("reason", "similarity", "uri", "position", "representative_id")
    wanted = [row | tables["by_record"][row["record_id"]] for row in members]
    assert len(found) == heaviest["weight"]
    assert {row[:5] for row in found} == {tuple(row[name] for name in names) for row in wanted}
    assert {row[5] for row in found} == {begins(row["text"], 80) for row in wanted}
    assert found[0][0] is None


def test_quarantine(ask, tables):
    groups = defaultdict(list)
    for row in tables["quarantine"]:
        groups[row["reason"]].append(row)
    firsts = {reason: min(rows, key=lambda row: (row["uri"], row["position"])) for reason, rows in groups.items()}
    wanted = [(reason, len(rows), sum(row["byte_length"] for row in rows), f"{firsts[reason]['uri']} at "
               f"{firsts[reason]['position']}") for reason, rows in groups.items()]  # fmt: skip
    assert ask("quarantine") == sorted(wanted, key=lambda row: (-row[1], row[0]))


def test_stage_times(ask, released):
    rows = [row for row in corpus.rows(released.warehouse, STAGE_METRICS) if row["run_id"] == released.summary.run_id]
    wanted = {(row["stage"], row["rows_in"], row["rows_out"], round(row["seconds"], 1)) for row in rows}
    found = ask("stage_times", run_id=released.summary.run_id)
    assert {row[:4] for row in found} == wanted
    assert len(found) == len(wanted) == 9
    assert [row[3] for row in found] == sorted((row[3] for row in found), reverse=True)
    assert ask("stage_times", run_id="another") == []


def test_tokens(ask, tables):
    words, tokens, weight = (sum(row[name] for row in tables["curated"]) for name in ("word_count", "token_count", "weight"))
    documents = len(tables["curated"])
    wanted = (corpus.SOURCE, documents, weight, words, tokens, round(tokens / words, 3), round(tokens / documents, 1))
    assert ask("tokens") == [wanted]


@pytest.mark.parametrize("reason", ["near_duplicate", "semantic_duplicate", "exact_duplicate", "empty_text", None])
def test_why_dropped_of_a_record(ask, tables, reason):
    decision = next(row for row in tables["decisions"] if row["reason"] == reason)
    record, final = tables["by_record"][decision["record_id"]], decision["final_representative_id"]
    stands = {row["doc_id"]: row for row in tables["curated"]}.get(final, {"uri": None, "text": None})
    firsts = {row["doc_id"]: row["first_record_id"] for row in tables["documents"]}
    similar = tables["by_record"].get(firsts.get(decision["representative_id"]))
    similar = similar and (similar["external_id"] or f"{similar['uri']}:{similar['position']}")
    names = ("kept", "stage", "reason", "similarity")
    texts = (begins(record["text"], 80), stands["text"] and begins(stands["text"], 80))
    wanted = (record["uri"], record["position"], *(decision[name] for name in names), similar, stands["uri"], final, *texts)
    assert ask("why_dropped", id=decision["record_id"]) == [wanted]


def test_why_dropped_of_a_file_or_a_document_gives_all_their_records(ask, tables):
    records = tables["records"]
    copied = next(row["doc_id"] for row in tables["documents"] if row["copies"] == 2 and row["char_count"])
    for name, value in (("uri", records[0]["uri"]), ("doc_id", copied)):
        wanted = [(row["uri"], row["position"]) for row in records if row[name] == value]
        refused = {(row["uri"], row["position"]): row["reason"] for row in tables["quarantine"] if row.get(name) == value}
        found = ask("why_dropped", id=value)
        assert [row[:2] for row in found] == sorted([*wanted, *refused])
        assert {row[:2]: row[4] for row in found if row[3] == "read"} == refused


def test_lengths(ask, tables):
    bounds = (0, 20, 100, 500, 2000, 10000)
    bands = defaultdict(list)
    for row in tables["curated"]:
        bands[max(bound for bound in bounds if bound <= row["word_count"])].append(row["word_count"])
    wanted = [(corpus.SOURCE, band, len(words), round(100 * len(words) / len(tables["curated"]), 2), sum(words), max(words))
              for band, words in sorted(bands.items())]  # fmt: skip
    assert len(wanted) == 2
    assert ask("lengths") == wanted


def test_search(ask, tables):
    word = tables["curated"][0]["text"].split()[2]
    holding = [row for row in tables["curated"] if word in row["text"]]
    found = ask("search", text=word, most="1000")
    assert {row[5] for row in found} == {row["doc_id"] for row in holding}
    assert all(word in row[4] for row in found)
    assert [row[2] for row in found] == sorted((row["weight"] for row in holding), reverse=True)
    assert ask("search", text=word, source="an%") == ask("search", text="it's not there") == []


def test_file_records(ask, tables):
    uri = tables["records"][0]["uri"]
    decisions = {row["record_id"]: row for row in tables["decisions"]}
    names = ("kept", "reason", "similarity", "final_representative_id")
    wanted = [(row["position"], row["record_id"], row["word_count"], *(decisions[row["record_id"]][name] for name in names))
              for row in tables["records"] if row["uri"] == uri]  # fmt: skip
    assert ask("file_records", uri=uri) == sorted(wanted)


def test_across_sources(ask):
    assert ask("across_sources") == []  # one source; tests/test_duck.py has two


def test_batches(ask, tables, released):
    kept, records = len(tables["curated"]), len(tables["records"])
    (release,) = corpus.releases(released.warehouse)
    share = round(100 * kept / records, 2)
    assert ask("batches") == [(release.batch_id, release.published_at.date(), records, kept, share, 100.0)]


def test_labels(ask, tables):
    kept, records = len(tables["curated"]), len(tables["records"])
    assert ask("labels") == [(corpus.SOURCE, "(none)", records, 100.0, kept, 100.0)]


def test_an_argument_that_is_missing_or_unknown_is_a_configuration_error():
    path = str(FILES[0].parent / "why_dropped.sql")
    with pytest.raises(ConfigError, match="give --arg id=VALUE"):
        load_query(path, {})
    with pytest.raises(ConfigError, match="no argument name; there are: id"):
        load_query(path, {"id": "x", "name": "y"})


def test_an_argument_is_a_value_and_never_a_part_of_the_statement(ask):
    assert ask("why_dropped", id="' OR '1' = '1") == []


@pytest.fixture
def elsewhere(monkeypatch):
    """Another time zone than that of the machine."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "America/Los_Angeles")
        time.tzset()
        yield
    time.tzset()


def test_times_are_utc_wherever_the_machine_is(spark, elsewhere):
    answer = spark.sql("SELECT TIMESTAMP '2026-02-03 02:30:00' AS t, DATE '2026-02-03' AS d")
    assert render(answer, "csv") == "t,d\n2026-02-03 02:30:00+00:00,2026-02-03"


def test_a_file_that_goes_after_the_views_were_made_is_missed(spark, released, tmp_path):
    warehouse = Warehouse(spark, str(shutil.copytree(released.warehouse, tmp_path / "w")))
    create_views(warehouse, find_release(warehouse))
    for path in (tmp_path / "w" / DECISIONS.name).glob("*.parquet"):
        path.unlink()
    with pytest.raises(Py4JJavaError, match="does not exist"):
        spark.table("brickyard.decisions").collect()


def test_answers_as_csv_and_json(spark):
    answer = spark.sql("SELECT 1 AS n, 'a,\"b' AS text, CAST(NULL AS INT) AS none, map('k', 2) AS m")
    assert render(answer.drop("m"), "csv") == 'n,text,none\n1,"a,""b",'
    assert render(answer, "json") == '{"n": 1, "text": "a,\\"b", "none": null, "m": {"k": 2}}'
