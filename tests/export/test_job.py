"""The command: what it prints, and what it refuses without leaving anything behind."""

import json
import os
import shutil
from pathlib import Path

import pytest
from brickyard.errors import ConfigError, InputError, StorageError
from brickyard.export.options import Options
from brickyard.export.write import write_export
from brickyard.queries import find_release
from brickyard.storage import Warehouse
from brickyard.tables import CURATED, TOKEN_SEQUENCES

from jobs import export as job
from tests import corpus


def run_job(released, out, *words):
    return job.main(["--set", f"warehouse={released.warehouse}", "--out", str(out), *words])


def test_the_last_line_is_the_summary_and_the_same_again_is_nothing_to_do(shared_session, released, tmp_path, capsys):
    words = ("--format", "memmap", "--sequence-length", "64", "--epochs", "2", "--mix", "laws=1.5")
    assert run_job(released, tmp_path / "out", *words) == 0
    first = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (first["status"], first["release_id"]) == ("written", released.summary.release_id)
    assert run_job(released, tmp_path / "out", *words) == 0
    again = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert again == first | {"status": "already_there", "seconds": again["seconds"]}
    assert run_job(released, tmp_path / "out", *words, "--seed", "1") == 2
    assert "holds another export" in capsys.readouterr().err
    (tmp_path / "out" / "tokens.bin").write_bytes(b"cut")
    assert run_job(released, tmp_path / "out", *words) == 2
    assert "tokens.bin is damaged" in capsys.readouterr().err
    assert os.listdir(tmp_path) == ["out"]


def test_a_damaged_tokenizer_is_6_and_other_settings_are_said(shared_session, released, tmp_path, capsys):
    warehouse = shutil.copytree(released.warehouse, tmp_path / "w")
    (tmp_path / "other.toml").write_text(f'warehouse = "{warehouse}"\n[input]\nsource = "other"\npaths = ["x"]\n')
    words = ["--config", str(tmp_path / "other.toml"), "--out", str(tmp_path / "out"), "--format", "memmap"]
    assert job.main(words) == 0
    assert "was made with other settings than" in capsys.readouterr().err
    (file,) = (warehouse / "tokenizers").iterdir()
    file.write_text(file.read_text() + " ")
    assert job.main([*words[:-3], str(tmp_path / "again"), *words[-2:]]) == 6
    assert f"{file}: the release's tokenizer is damaged" in capsys.readouterr().err
    assert not (tmp_path / "again").exists()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--format", "hdf5"), "--format hdf5: choose one of memmap, parquet, jsonl.zst, datasets"),
        (("--format", "memmap", "--sequence-length", "1"), "--sequence-length 1: a sequence has 2 to"),
        (("--format", "memmap", "--packing", "worst-fit"), "choose one of best-fit, concatenate"),
        (("--format", "memmap", "--epochs", "0"), "must be 1 or more"),
        (("--format", "memmap", "--mix", "laws"), "write SOURCE=RATIO"),
        (("--format", "memmap", "--mix", "laws=many"), "write SOURCE=RATIO"),
        (("--format", "memmap", "--mix", "laws=-1"), "the ratio is the copies"),
        (("--format", "memmap", "--mix", "laws=nan"), "the ratio is the copies"),
        (("--format", "memmap", "--mix", "laws=1", "--mix", "laws=2"), "names laws twice"),
        (("--format", "memmap", "--positions", "rotary:8"), "give --sequence-length too"),
        (("--format", "memmap", "--sequence-length", "8", "--positions", "rotary:7"), "the dimension is even"),
        (("--format", "memmap", "--sequence-length", "8", "--positions", "rotary"), "write KIND:DIMENSION"),
        (("--format", "memmap", "--sequence-length", "8", "--positions", "alibi:8"), "choose sinusoidal:DIMENSION"),
    ],
)
def test_a_wrong_argument_is_2_before_spark_starts(no_session, released, tmp_path, capsys, words, sentence):
    assert run_job(released, tmp_path / "out", *words) == 2
    assert sentence in capsys.readouterr().err
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("--mix", "lows=2"), 2, "--mix lows: no kept document is of this source; there are: laws"),
        (("--end-token", "<none>"), 2, "--end-token <none>: the release's tokenizer has no such token"),
        (("--mix", "laws=0"), 3, "nothing is left to export"),
        (("--release", "nowhere"), 2, "no release nowhere"),
    ],
)
def test_what_the_release_does_not_have_is_refused(shared_session, released, tmp_path, capsys, words, code, sentence):
    assert run_job(released, tmp_path / "out", "--format", "memmap", *words) == code
    printed = capsys.readouterr()
    assert sentence in printed.err
    assert "Traceback" not in printed.err
    assert os.listdir(tmp_path) == []


def test_a_folder_that_holds_other_things_and_an_object_store_are_2_a_place_that_cannot_be_written_is_6(
    shared_session, released, tmp_path, capsys
):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("all there is")
    assert run_job(released, tmp_path / "full", "--format", "memmap") == 2
    assert "is there, and is not an export" in capsys.readouterr().err
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for place in (tmp_path / "link", "/proc"):
        assert run_job(released, place, "--format", "memmap") == 2
        assert "is a link or where a file system is mounted" in capsys.readouterr().err
    (tmp_path / "link").unlink()
    assert run_job(released, "s3://bucket/out", "--format", "memmap") == 2
    assert "local (or mounted) folder" in capsys.readouterr().err
    assert run_job(released, tmp_path / "full" / "thesis.txt" / "out", "--format", "memmap") == 6
    assert "cannot be written" in capsys.readouterr().err
    assert [path.name for path in tmp_path.rglob("*")] == ["full", "thesis.txt"]


def test_no_release_is_6(shared_session, tmp_path, capsys):
    words = ["--set", f"warehouse={tmp_path}/none", "--format", "memmap", "--out", f"{tmp_path}/out"]
    assert job.main(words) == 6
    assert "holds no release" in capsys.readouterr().err
    assert os.listdir(tmp_path) == []


def without(monkeypatch, table):
    """As if the release's table had no rows."""
    from brickyard.export import source

    read = source.storage.read
    monkeypatch.setattr(source.storage, "read", lambda w, t, v=None: read(w, t, v).limit(0 if t == table else 10**9))


def test_a_release_without_documents_or_tokens(spark, released, tmp_path, monkeypatch):
    warehouse = Warehouse(spark, str(released.warehouse))
    release = find_release(warehouse)
    without(monkeypatch, CURATED)
    with pytest.raises(InputError, match="has no kept document"):
        write_export(warehouse, release, Options("parquet"), str(tmp_path / "out"))
    monkeypatch.undo()
    without(monkeypatch, TOKEN_SEQUENCES)
    for options in (Options("memmap"), Options("parquet", 8), Options("parquet", sections=True)):
        with pytest.raises(ConfigError, match=r"has no tokens: set tokenise\.tokenizer"):
            write_export(warehouse, release, options, str(tmp_path / "out"))
    assert os.listdir(tmp_path) == []
    made = write_export(warehouse, release, Options("parquet"), str(tmp_path / "out"))
    assert made.counts["documents"] == len(corpus.released_rows(released.warehouse, CURATED))
    assert not (tmp_path / "out" / "tokenizer.json").exists()


def test_what_a_failed_try_of_a_task_left_is_not_exported(spark, released, tmp_path, monkeypatch):
    from brickyard.export import write

    write_index = write.write_index

    def leave_something(folder, *frames):
        write_index(folder, *frames)
        (Path(folder) / "data" / "00000-of-00001.parquet.try-7").write_text("half")

    monkeypatch.setattr(write, "write_index", leave_something)
    warehouse = Warehouse(spark, str(released.warehouse))
    write_export(warehouse, find_release(warehouse), Options("parquet"), str(tmp_path / "out"))
    assert [path.name for path in (tmp_path / "out" / "data").iterdir()] == ["00000-of-00001.parquet"]


def test_an_error_on_the_way_leaves_nothing(spark, released, tmp_path, monkeypatch):
    from brickyard.export import write

    def fail(*_):
        raise StorageError("the disk is full")

    monkeypatch.setattr(write, "write_index", fail)
    warehouse = Warehouse(spark, str(released.warehouse))
    with pytest.raises(StorageError, match="the disk is full"):
        write_export(warehouse, find_release(warehouse), Options("parquet"), str(tmp_path / "out"))
    assert os.listdir(tmp_path) == []
