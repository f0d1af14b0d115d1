"""A higher threshold, from end to end."""

import shutil

import pytest
from brickyard.errors import ConfigError
from brickyard.rerun import run_redecide, run_take_down
from brickyard.tables import DECISIONS

from tests import corpus
from tests.corpus import NARROW, released_rows, verdicts

HIGHER = (*NARROW, "near_duplicates.min_jaccard=0.9")


def test_a_higher_threshold_is_published_with_the_verdicts_of_a_whole_run(spark, tmp_path):
    folder, warehouse = corpus.write_corpus(tmp_path / "in"), tmp_path / "w"
    corpus.run(spark, warehouse, folder, *NARROW)
    first = verdicts(warehouse)
    summary = run_redecide(spark, corpus.configure(warehouse, folder, *HIGHER))
    corpus.run(spark, tmp_path / "whole", folder, *HIGHER)
    assert verdicts(warehouse) == verdicts(tmp_path / "whole")
    with pytest.raises(ConfigError, match=r"read with other settings \(input\.source\)"):
        run_redecide(spark, corpus.configure(warehouse, folder, *HIGHER, "near_duplicates.min_jaccard=0.95", "input.source=x"))
    assert summary.release_id == corpus.releases(warehouse)[-1].release_id
    assert corpus.run(spark, warehouse, folder, *HIGHER).status == "already_published"
    with pytest.raises(ConfigError, match=r"do not hold the answer: they are stored from 0\.9 on"):
        run_redecide(spark, corpus.configure(warehouse, folder, *NARROW))
    back = corpus.run(spark, warehouse, folder, *NARROW)
    assert (back.status, verdicts(warehouse)) == ("published", first)
    assert corpus.run(spark, warehouse, folder, *NARROW).release_id == back.release_id


def test_semantic_verdicts_follow_what_is_redecided_and_taken_down(spark, released, tmp_path):
    folder = released.folder
    shutil.copytree(released.warehouse, tmp_path / "w")
    higher = (*corpus.SETTINGS, "semantic_duplicates.refit=never", "near_duplicates.min_jaccard=0.9")
    run_redecide(spark, corpus.configure(tmp_path / "w", folder, *higher))
    gone = next(row for row in released_rows(tmp_path / "w", DECISIONS) if row["reason"] == "semantic_duplicate")
    names = sorted(row["record_id"] for row in released_rows(tmp_path / "w", DECISIONS)
                   if row["doc_id"] == gone["final_representative_id"])  # fmt: skip
    config = corpus.configure(tmp_path / "w", folder, *higher)
    run_take_down(spark, config, names, [], None, purge=False)
    rows = {row["record_id"]: row for row in released_rows(tmp_path / "w", DECISIONS)}
    assert not rows.keys() & set(names)
    assert rows[gone["record_id"]]["final_representative_id"] != gone["final_representative_id"]
