"""Where a record is in an export: in every format, for duplicates too, from the export alone."""

import json

import numpy as np
import pytest
from brickyard.errors import ConfigError
from brickyard.export.index import locate, write_index
from brickyard.tables import DECISIONS, RECORDS

from jobs import export as job
from tests import corpus
from tests.tiny import frame_of

SIZE = 64


@pytest.fixture(scope="module")
def decisions(released):
    return corpus.released_rows(released.warehouse, DECISIONS)


def test_the_tokens_at_the_places_are_those_of_the_document(export, tokens):
    shards = export(format="parquet", sequence_length=SIZE, shard_bytes=2000, epochs=2)
    flat = export(format="memmap", sequence_length=SIZE)
    whole = export(format="memmap")
    import pyarrow.parquet as pq

    for doc_id in list(tokens)[:5]:
        places = locate(str(shards.folder), doc_id)["places"]
        for epoch in (0, 1):
            mine = sorted((one for one in places if one["epoch"] == epoch), key=lambda one: one["start"])
            rows = [pq.read_table(shards.folder / one["file"]).to_pylist()[one["row"]]["input_ids"] for one in mine]
            cut = [ids[one["offset"] : one["offset"] + one["length"]] for ids, one in zip(rows, mine, strict=True)]
            assert [token for piece in cut for token in piece] == tokens[doc_id]
        for exported in (flat, whole):
            ids = np.fromfile(exported.folder / "tokens.bin", "<u2").tolist()
            mine = sorted(locate(str(exported.folder), doc_id)["places"], key=lambda one: one["start"])
            assert [t for one in mine for t in ids[one["offset"] : one["offset"] + one["length"]]] == tokens[doc_id]


def test_every_record_leads_to_the_document_that_stands_for_it(export, decisions, released):
    folder = str(export(format="parquet").folder)
    for row in decisions:
        found = locate(folder, row["record_id"])
        final = row["final_representative_id"]
        assert found["release_id"] == released.summary.release_id
        assert found["documents"] == ([final] if final else [])
        assert {place["doc_id"] for place in found["places"]} == set(found["documents"])
        assert found["status"] == ("found" if final else "not_in_export")
    assert any(not row["kept"] and row["final_representative_id"] for row in decisions)


def test_an_external_id_is_found_and_one_may_be_several_records(spark, tmp_path):
    records = [{"record_id": name, "external_id": own} for name, own in (("r1", "a"), ("r2", "a"), ("r3", None))]
    verdicts = [("r1", "d1", "d1"), ("r2", "d2", "d3"), ("r3", "d3", "d3")]
    verdicts = [{"record_id": r, "doc_id": d, "final_representative_id": f} for r, d, f in verdicts]
    plan = spark.sql("""SELECT * FROM VALUES ('d1', 0, 0, array(0), array(5L), array(0L), array(0L), array(7L)),
        ('d3', 0, 0, array(1), array(6L), array(0L), array(0L), array(9L))
        AS t(doc_id, epoch, copy, shard, sequence, offset, start, length)""")
    (tmp_path / "index").mkdir()
    write_index(str(tmp_path), plan, frame_of(spark, DECISIONS, verdicts), frame_of(spark, RECORDS, records))
    shards = [{"file": "one", "rows": 6}, {"file": "two", "rows": 1}]
    manifest = {"release_id": "r", "export_id": "e", "shards": shards}
    manifest["arguments"] = {"format": "parquet", "sequence_length": None}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    found = locate(str(tmp_path), "a")
    assert (found["records"], found["documents"]) == (["r1", "r2"], ["d1", "d3"])
    assert [(place["file"], place["row"]) for place in found["places"]] == [("one", 5), ("two", 0)]
    assert locate(str(tmp_path), "d2")["documents"] == ["d3"]


def test_the_command_needs_no_warehouse_and_no_spark(no_session, export, decisions, capsys):
    folder = export(format="parquet").folder
    assert job.main(["--out", str(folder), "--locate", decisions[0]["record_id"]]) == 0
    assert json.loads(capsys.readouterr().out) == locate(str(folder), decisions[0]["record_id"])
    assert job.main(["--out", str(folder), "--locate", "nobody"]) == 2
    assert "nobody: release" in capsys.readouterr().err
    with pytest.raises(ConfigError, match="holds no export"):
        locate(str(folder.parent), "nobody")
