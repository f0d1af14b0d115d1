"""The numbers of a page are those of the release's tables, asked by SQL of our own in another engine."""

import pytest
from brickyard.config import load_config
from brickyard.releases import Release
from brickyard.report.numbers import gather_numbers
from brickyard.storage import Warehouse

from tests.report.conftest import SOURCE

REASONS = ("empty_text", "exact_duplicate", "near_duplicate", "semantic_duplicate")


def test_the_funnel_is_that_of_the_decisions(paged) -> None:
    funnel = paged.numbers["funnel"]
    counts = dict(paged.sql("SELECT coalesce(reason, 'kept'), count(*) FROM decisions GROUP BY 1"))
    (refused,) = paged.sql("SELECT count(*) FROM quarantine")[0]
    assert all(counts[reason] > 0 for reason in (*REASONS, "kept")) and refused > 0
    assert {step["reason"]: step["removed"] for step in funnel["steps"]} == {
        "quarantined": refused,
        **{reason: counts[reason] for reason in REASONS},
    }
    assert funnel["read"] == sum(counts.values()) + refused
    assert funnel["kept"] == counts["kept"] == funnel["steps"][-1]["remaining"]
    quarantine = paged.sql("SELECT reason, count(*) FROM quarantine GROUP BY 1")
    assert {row["reason"]: row["rows"] for row in funnel["quarantine"]} == dict(quarantine)


def test_the_bins_are_those_of_the_stored_pairs(paged) -> None:
    near = paged.numbers["near"]
    assert near["stored"] == 0.7
    for place, found in enumerate(near["bins"]):
        upper = f"similarity < {found['to']}" if place < len(near["bins"]) - 1 else "true"
        query = f"SELECT count(*), count(*) FILTER (chosen) FROM duplicate_pairs WHERE kind = 'near' AND {upper}"
        assert (found["pairs"], found["chosen_pairs"]) == paged.sql(f"{query} AND similarity >= {found['from']}")[0]
    assert sum(found["pairs"] for found in near["bins"]) > 10


def test_at_the_stored_threshold_the_counts_are_those_of_the_release(paged) -> None:
    first = paged.numbers["near"]["thresholds"][0]
    query = "SELECT count(DISTINCT doc_id), count(*) FROM decisions WHERE reason = 'near_duplicate'"
    ((documents, records),) = paged.sql(query)
    assert (first["dropped_documents"], first["dropped_records"]) == (documents, records)
    assert first["certain_documents"] == documents


def test_group_sizes_are_those_of_the_weights(paged) -> None:
    for row in paged.numbers["groups"]:
        query = f"SELECT count(*), sum(weight)::BIGINT FROM curated WHERE weight BETWEEN {row['from']} AND {row['to']}"
        assert (row["groups"], row["records"]) == paged.sql(query)[0]
    assert [(row["from"], row["to"]) for row in paged.numbers["groups"]][:2] == [(1, 1), (2, 3)]
    assert sum(row["groups"] for row in paged.numbers["groups"]) == paged.sql("SELECT count(*) FROM curated")[0][0]


def test_sources_are_counted_by_verdict(paged) -> None:
    columns = ", ".join(f"count(*) FILTER (reason = '{reason}')" for reason in REASONS)
    ((kept, *dropped),) = paged.sql(f"SELECT count(*) FILTER (kept), {columns} FROM decisions")
    assert paged.numbers["sources"]["others"] is None
    assert paged.numbers["sources"]["rows"] == [
        {"source": SOURCE, "records": kept + sum(dropped), "kept": kept, **dict(zip(REASONS, dropped, strict=True)),
         "quarantined": paged.sql("SELECT count(*) FROM quarantine")[0][0]}
    ]  # fmt: skip


def test_the_largest_groups_are_those_with_most_records(paged) -> None:
    query = """SELECT final_representative_id, count(*), count(DISTINCT doc_id) FROM decisions
        WHERE final_representative_id IS NOT NULL GROUP BY 1 HAVING count(DISTINCT doc_id) > 1 ORDER BY 2 DESC, 1 LIMIT 10"""
    assert [(row["doc_id"], row["records"], row["documents"]) for row in paged.numbers["largest"]] == paged.sql(query)
    for row in paged.numbers["largest"]:
        members = f"FROM decisions WHERE final_representative_id = '{row['doc_id']}' AND doc_id <> final_representative_id"
        assert row["similarity"] == paged.sql(f"SELECT min(similarity) {members}")[0][0]
        assert row["right"]["doc_id"] == row["other_id"] != row["left"]["doc_id"]


def test_cells_and_their_pairs_are_those_of_the_tables(paged) -> None:
    cells = paged.numbers["cells"]
    assert {row["cell"]: row["documents"] for row in cells["rows"]} == dict(paged.sql("SELECT cell, documents FROM centroids"))
    (pairs,) = paged.sql("SELECT count(*) FROM duplicate_pairs WHERE kind = 'semantic'")[0]
    assert pairs == cells["pairs"] > 0
    assert all(sum(row["pairs"] for row in cells[part]) == pairs for part in ("rows", "bins"))
    assert cells["rows"] == sorted(cells["rows"], key=lambda row: (-row["documents"], row["cell"]))
    nearest = """SELECT cell, count(*) FROM (
        SELECT p.doc_id, p.other_id, arg_min(c.cell, list_distance(c.vector, e.vector::DOUBLE[])) AS cell
        FROM duplicate_pairs AS p JOIN embeddings AS e ON p.doc_id = e.doc_id CROSS JOIN centroids AS c
        WHERE p.kind = 'semantic' GROUP BY 1, 2) GROUP BY 1"""
    assert {row["cell"]: row["pairs"] for row in cells["rows"] if row["pairs"]} == dict(paged.sql(nearest))


def test_the_recall_meter_is_that_of_the_release(paged) -> None:
    assert [(row["edit"], row["similarity_from"], row["planted"], row["found"]) for row in paged.numbers["recall"]] == [
        ("case", 0.7, 50, 40), ("case", 0.8, 50, 41), ("noise<b>", 0.7, 50, 42),
    ]  # fmt: skip


@pytest.fixture
def without_settings(spark, paged):
    """The numbers as they are with another configuration than the release's."""
    other = load_config(None, [f"warehouse={paged.warehouse}", "near_duplicates.min_jaccard=0.9"], {})
    return gather_numbers(Warehouse(spark, str(paged.warehouse)), paged.release, other)


def test_with_another_configuration_nothing_is_taken_from_it(paged, without_settings) -> None:
    (lowest,) = paged.sql("SELECT min(similarity) FROM duplicate_pairs WHERE kind = 'near'")[0]
    assert without_settings["near"]["stored"] == lowest
    assert without_settings["near"]["thresholds"][0] == {**paged.numbers["near"]["thresholds"][0], "threshold": lowest}
    assert {row["jaccard_to_best"] for row in without_settings["chains"]["rows"]} == {None}
    assert (paged.numbers["release"]["settings_known"], without_settings["release"]["settings_known"]) == (True, False)


def test_the_page_names_its_release(paged) -> None:
    assert isinstance(paged.release, Release)
    assert paged.numbers["release"]["release_id"] == paged.release.release_id == paged.summary.release_id
    assert paged.page == paged.warehouse / "reports" / f"{paged.release.release_id}.html"
    assert paged.page.stat().st_size == paged.summary.bytes
