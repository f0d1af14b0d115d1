"""However large a release is, its page is not."""

from brickyard.report import cells, largest, sources, texts
from brickyard.tables import CENTROIDS, DECISIONS, DUPLICATE_PAIRS, EMBEDDINGS, QUARANTINE, RECORDS

from tests.tiny import documents_of, frame_of, records_of


def test_sources_beyond_the_most_are_summed(spark) -> None:
    rows = [{"record_id": str(n), "source": f"s{n % 60:02}"} for n in range(130)]
    decisions = [{"record_id": row["record_id"], "kept": n % 3 == 0, "reason": None if n % 3 == 0 else "near_duplicate"}
                 for n, row in enumerate(rows)]  # fmt: skip
    frames = {"records": frame_of(spark, RECORDS, rows), "decisions": frame_of(spark, DECISIONS, decisions)}
    frames["quarantine"] = frame_of(spark, QUARANTINE, [{"source": "only refused"}] * 2)
    found = sources.sources(frames)
    shown = found["rows"]
    assert [row["source"] for row in shown] == [f"s{n:02}" for n in range(sources.MOST)]
    assert found["others"]["sources"] == 11
    assert found["others"]["quarantined"] == 2
    everyone = [*shown, found["others"]]
    assert sum(row["records"] for row in everyone) == 130
    assert sum(row["kept"] for row in everyone) == 44
    assert sum(row["near_duplicate"] for row in everyone) == 86


def test_cells_beyond_the_most_are_summed(spark) -> None:
    rows = [{"model": "m", "cell": n, "vector": [float(n), 0.0], "documents": n} for n in range(150)]
    frames = {"centroids": frame_of(spark, CENTROIDS, rows), "embeddings": frame_of(spark, EMBEDDINGS, [])}
    frames["duplicate_pairs"] = frame_of(spark, DUPLICATE_PAIRS, [])
    found = cells.semantic_cells(frames)
    assert [row["cell"] for row in found["rows"]] == list(range(149, 49, -1))
    assert found["others"] == {"cells": 50, "documents": sum(range(50)), "pairs": 0}
    assert found["bins"] == []


def test_texts_and_names_are_cut(spark) -> None:
    long = "word " * 10_000
    frames = {"records": records_of(spark, [long, "short"], uri="u" * 1000), "documents": documents_of(spark, [long, "short"])}
    frames["documents"] = (
        frames["documents"]
        .drop("first_record_id")
        .join(frames["records"].selectExpr("doc_id", "record_id AS first_record_id"), "doc_id")
    )
    found = sorted(texts.load_texts(frames, [row.doc_id for row in frames["documents"].collect()]).values(),
                   key=lambda one: one["char_count"])  # fmt: skip
    assert [(len(one["text"]), one["cut"]) for one in found] == [(5, False), (texts.MOST_CHARACTERS, True)]
    assert {len(one["uri"]) for one in found} == {texts.MOST_OF_A_NAME}


def test_no_more_than_the_most_groups_are_listed(spark) -> None:
    rows = [{"record_id": f"{n}-{m}", "doc_id": f"{n:02}-{m}", "final_representative_id": f"{n:02}-0", "kept": m == 0,
             "similarity": None if m == 0 else 0.8 + m / 100, "reason": None if m == 0 else "near_duplicate"}
            for n in range(15) for m in range(2 + n // 5)]  # fmt: skip
    found = [row.asDict() for row in largest.list_groups({"decisions": frame_of(spark, DECISIONS, rows)}).collect()]
    assert [row["doc_id"] for row in found] == [f"{n:02}-0" for n in (*range(10, 15), *range(5, 10))]
    assert found[0] == {"doc_id": "10-0", "records": 4, "documents": 4, "other_id": "10-1", "reason": "near_duplicate",
                        "similarity": 0.81}  # fmt: skip
