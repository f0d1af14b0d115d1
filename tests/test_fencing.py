"""Where no lock keeps a rival away, its commits are noticed, and nothing is published on top of them."""

import pytest
from brickyard import run as run_module
from brickyard import storage
from brickyard.errors import ConflictError
from brickyard.storage import Warehouse
from brickyard.tables import DECISIONS, DOCUMENTS

from tests import corpus
from tests.corpus import NARROW
from tests.tiny import documents_of


@pytest.mark.parametrize("mode", ["append", "overwrite"])
def test_a_commit_that_a_rival_made_meanwhile_is_a_conflict(spark, tmp_path, monkeypatch, mode):
    warehouse, conform = Warehouse(spark, str(tmp_path)), storage.conform
    storage.write(documents_of(spark, ["one"]), warehouse, DOCUMENTS, "append", "first", "s")

    def commit_first(frame, table):
        monkeypatch.setattr(storage, "conform", conform)
        storage.write(documents_of(spark, ["rival"]), warehouse, DOCUMENTS, "append", "rival", "s")
        return conform(frame, table)

    monkeypatch.setattr(storage, "conform", commit_first)
    with pytest.raises(ConflictError, match="table documents: somebody else has committed meanwhile; run again"):
        storage.write(documents_of(spark, ["two"]), warehouse, DOCUMENTS, mode, "second", "s")


def test_a_version_that_is_a_rivals_by_now_is_not_published(spark, released, tmp_path, monkeypatch):
    def take_over(checks):
        (log,) = (tmp_path / "w" / DECISIONS.name / "_delta_log").glob("*.json")
        log.write_text(log.read_text().replace('\\"attempt\\": \\"', '\\"attempt\\": \\"another'))

    monkeypatch.setattr(run_module.gate, "refuse_failures", take_over)
    with pytest.raises(ConflictError, match="table decisions: version 0 was taken by another run"):
        corpus.run(spark, tmp_path / "w", released.folder, *NARROW)
    assert not (tmp_path / "w/releases").exists()
