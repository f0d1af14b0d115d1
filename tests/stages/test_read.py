"""Files to records: what each file gives, and what is refused."""

import hashlib
import json
from dataclasses import replace

import pytest
from brickyard.config import NearDuplicates
from brickyard.data_files import read_data_files
from brickyard.errors import InputError
from brickyard.reading.fields import Fields
from brickyard.reading.records import Reading
from brickyard.stages import read
from brickyard.stages.read import read_files
from brickyard.tables import QUARANTINE, RECORDS, SIGNATURES, TOMBSTONES
from brickyard.text.minhash import Signing

from tests.tiny import doc_id_of, frame_of, id_of, records_of


def line(text, name=None):
    return json.dumps({"text": text} | ({"id": name} if name else {})) + "\n"


@pytest.fixture
def read_all(spark, write_file, tmp_path):
    """Read files of the given contents; returns the result, with the records as a frame."""
    folder = str(tmp_path / "records")

    def read_contents(contents, fields=Fields("text"), known=None, fail_on_bad=False, taken_down=()):
        paths = {uri: write_file(uri, content) for uri, content in contents.items()}
        rows = [(uri, str(path), path.stat().st_size, "0" * 64, None) for uri, path in paths.items()]
        files = spark.createDataFrame(rows, "uri string, path string, byte_length bigint, sha256 string, refused string")
        files = files.selectExpr("*", "'tests' AS source", "'batch' AS batch_id", "'{}' AS reading")
        reading = Reading("tests", fields, "auto", 1000, None, None, Signing(5, 128, 32))
        signed, tombstones = frame_of(spark, SIGNATURES, []), frame_of(spark, TOMBSTONES, taken_down)
        known = known or records_of(spark, [])
        result = read_files(known, signed, tombstones, files, reading, NearDuplicates(), "batch", fail_on_bad, False, folder)
        records = result.frames[0]
        if isinstance(records, list):
            records = read_data_files(spark, folder, records, RECORDS.schema)
        nothing = frame_of(spark, QUARANTINE, [])
        return replace(result, frames=(records, result.frames[1] or nothing, *result.frames[2:]))

    return read_contents


def quarantined(result):
    return {(row.uri, row.position, row.reason) for row in result.frames[1].collect()}


def test_records_know_their_file_and_offset(read_all):
    first, second = line("one"), line("zwei größe")
    records = read_all({"in/a.jsonl": first + "\n" + second}).frames[0].collect()
    offset = len(first) + 1
    assert {(row.record_id, row.uri, row.position, row.byte_length, row.text, row.doc_id) for row in records} == {
        (id_of("tests", "in/a.jsonl", "0"), "in/a.jsonl", 0, len(first) - 1, "one", doc_id_of("one")),
        (id_of("tests", "in/a.jsonl", str(offset)), "in/a.jsonl", offset, len(second) - 1, "zwei größe",
         doc_id_of("zwei größe")),
    }  # fmt: skip


def test_each_file_is_counted_with_its_records_refusals_and_blank_lines(read_all):
    result = read_all({"a.jsonl": line("one") + "\n \n{\n" + line("two"), "b.jsonl": "\n", "empty.jsonl": ""})
    counted = {(row.uri, row.records, row.quarantined, row.blank_lines) for row in result.frames[2].collect()}
    assert counted == {("a.jsonl", 2, 1, 2), ("b.jsonl", 0, 0, 1), ("empty.jsonl", 0, 0, 0)}


def test_refused_bytes_are_kept_track_of(read_all):
    bad = b'{"text": "\xff"}'
    result = read_all({"a.jsonl": line("one").encode() + bad + b"\n"})
    (row,) = result.frames[1].collect()
    assert (row.position, row.byte_length, row.reason) == (len(line("one")), len(bad), "bad_utf8")
    assert (row.sha256, bytes.fromhex(row.head)) == (hashlib.sha256(bad).hexdigest(), bad)
    assert result.counts == {"bad_utf8": 1}


def test_lines_cut_into_pieces_are_read_once_each(read_all, monkeypatch):
    monkeypatch.setattr(read, "PIECE_BYTES", 37)
    texts = [f"text number {i} " + "x" * (i % 23) for i in range(40)]
    records = read_all({"a.jsonl": "".join(line(text) for text in texts)}).frames[0].collect()
    assert sorted(row.text for row in records) == sorted(texts)
    assert len({row.position for row in records}) == 40


def test_a_second_record_with_an_id_is_refused_by_whether_its_text_differs(read_all):
    first = line("one", "x")
    contents = {"a.jsonl": first + line("other", "x") + line("two", "y"), "b.jsonl": line("one", "x")}
    result = read_all(contents, Fields("text", id="id"))
    assert quarantined(result) == {("a.jsonl", len(first), "duplicate_id"), ("b.jsonl", 0, "repeated_id")}
    records = {(row.record_id, row.external_id, row.text) for row in result.frames[0].collect()}
    assert records == {(id_of("tests", "x"), "x", "one"), (id_of("tests", "y"), "y", "two")}


def test_an_id_that_the_warehouse_holds_is_refused(spark, read_all):
    known = records_of(spark, ["one"], record_id=id_of("tests", "x"))
    contents = {"a.jsonl": line("other", "x"), "b.jsonl": line("one", "x"), "c.jsonl": line("two", "y")}
    result = read_all(contents, Fields("text", id="id"), known)
    assert quarantined(result) == {("a.jsonl", 0, "duplicate_id"), ("b.jsonl", 0, "repeated_id")}
    assert result.counts == {"duplicate_id": 1, "repeated_id": 1}


def test_the_bytes_of_a_refused_id_are_those_of_its_text(read_all):
    result = read_all({"a.jsonl": line("one", "x") + line("größe", "x")}, Fields("text", id="id"))
    (row,) = result.frames[1].collect()
    assert (row.sha256, bytes.fromhex(row.head)) == (hashlib.sha256("größe".encode()).hexdigest(), "größe".encode())


def test_on_bad_record_fail_names_the_first_bad_file_and_offset(read_all):
    contents = {"a.jsonl": line("one") + "[]\n", "b.jsonl": "nonsense\n"}
    with pytest.raises(InputError, match=rf"a\.jsonl: byte offset {len(line('one'))}, 2 bytes: json_malformed"):
        read_all(contents, fail_on_bad=True)


def test_an_input_without_a_record_is_refused(read_all):
    with pytest.raises(InputError, match=r"no record in the input.*text_missing.*1"):
        read_all({"a.jsonl": '{"other": 1}\n'})


def test_no_new_file_gives_no_rows_if_the_warehouse_holds_records(spark, read_all):
    result = read_all({}, known=records_of(spark, ["one"]))
    assert [frame.count() for frame in result.frames] == [0, 0, 0, 0]


def test_a_record_that_was_taken_down_comes_back_as_a_note_without_its_text(read_all):
    content = line("one") + line("secret") + line("two")
    gone = id_of("tests", "a.jsonl", str(len(line("one"))))
    result = read_all({"a.jsonl": content}, taken_down=[{"record_id": gone}])
    assert {row.text for row in result.frames[0].collect()} == {"one", "two"}
    (row,) = result.frames[1].collect()
    assert (row.reason, row.position, row.head, row.sha256) == ("taken_down", len(line("one")), "", None)
    read_all({"b.jsonl": content}, taken_down=[{"record_id": id_of("tests", "b.jsonl", "0")}], fail_on_bad=True)
    assert doc_id_of("secret") not in {row.doc_id for row in result.frames[3].collect()}
