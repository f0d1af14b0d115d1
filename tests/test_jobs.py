"""The commands: exit codes, what is printed where, and no stack trace for what a user can mend."""

import fcntl
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from pyspark.errors import PySparkException

from jobs import arguments, curate, sql
from jobs import main as brickyard
from tests import corpus

ROOT = Path(__file__).parent.parent


def settings_for(warehouse, folder):
    given = (f"warehouse={warehouse}", f"input.root={folder}", f"input.paths={folder}/**/*.jsonl", *corpus.SETTINGS)
    return [word for setting in given for word in ("--set", setting)]


def run_process(*words):
    environment = os.environ | {"PYTHONPATH": f"{ROOT}/pipelines{os.pathsep}{ROOT}", "PYSPARK_PYTHON": sys.executable}
    command = [sys.executable, "-m", "jobs.main", *words]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def test_a_process_without_input_ends_with_3_and_a_sentence(tmp_path):
    (tmp_path / "in").mkdir()
    result = run_process("curate", "--set", f"warehouse={tmp_path}/w", "--set", f"input.paths={tmp_path}/in/*.txt")
    assert result.returncode == 3
    assert result.stdout == ""
    assert f"no file found; input.paths names {tmp_path}/in/*.txt" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_process_with_a_bad_setting_ends_with_2_without_starting_spark(tmp_path):
    result = run_process("curate", "--set", "near_duplicates.min_jacard=0.8", "--set", f"warehouse={tmp_path}/w")
    assert (result.returncode, result.stdout) == (2, "")
    assert "near_duplicates.min_jacard: unknown key; did you mean min_jaccard?" in result.stderr
    assert "Traceback" not in result.stderr
    assert not (tmp_path / "w").exists()


@pytest.mark.parametrize(("content", "sentence"), [("{", "not a tokenizer.json"), (None, "No such file or directory")])
def test_a_damaged_or_missing_tokenizer_is_2_before_anything_is_written(shared_session, tmp_path, capsys, content, sentence):
    folder = corpus.write_corpus(tmp_path / "in")
    if content:
        (tmp_path / "t.json").write_text(content)
    given = ["--set", f"tokenise.tokenizer=file:{tmp_path}/t.json"]
    assert curate.main([*settings_for(tmp_path / "w", folder), *given]) == 2
    assert f"{tmp_path}/t.json: {sentence}" in capsys.readouterr().err
    assert not (tmp_path / "w").exists()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--config", "/nowhere/here.toml"], "/nowhere/here.toml: No such file or directory"),
        (["--set", "warehouse"], "--set warehouse: write section.key=value"),
        (["--set", "near_duplicates.min_jaccard=1.5"], "near_duplicates.min_jaccard = 1.5"),
        (["--set", "near_duplicates.bands=33"], "bands = 33 must divide permutations = 128"),
        (["--set", "semantic_duplicates.mode=one_per_cluster"], "needs clusters = NUMBER"),
    ],
)
@pytest.mark.parametrize("job", [curate.main, lambda words: sql.main([*words, "SELECT 1"])], ids=["curate", "sql"])
def test_a_wrong_configuration_is_2(no_session, capsys, job, words, sentence):
    assert job(words) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert sentence in printed.err
    assert "Traceback" not in printed.err


def test_debug_shows_where_an_error_came_from(no_session, capsys):
    assert curate.main(["--debug", "--set", "warehouse"]) == 2
    assert "Traceback" in capsys.readouterr().err


def test_an_unknown_command_is_2_and_names_those_there_are(capsys):
    assert brickyard.main(["curat"]) == 2
    assert (
        "no command 'curat'; there are curate, try, report, gauge, redecide, take-down, arrange, maintain, export,"
        " sql, sql-service, doctor" in capsys.readouterr().err
    )


def test_help_lists_every_command(capsys):
    assert brickyard.main(["--help"]) == 0
    printed = capsys.readouterr().out
    assert all(f"\n  {name} " in printed for name in brickyard.COMMANDS)


def test_a_missing_folder_is_3(shared_session, capsys, tmp_path):
    assert curate.main(settings_for(tmp_path / "w", tmp_path / "nothing")) == 3
    assert f"there is no {tmp_path}/nothing" in capsys.readouterr().err


def test_the_last_line_of_output_is_the_summary_as_json(shared_session, capsys, released):
    assert curate.main(settings_for(released.warehouse, released.folder)) == 0
    summary = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert summary["status"] == "already_published"
    assert summary["release_id"] == released.summary.release_id
    assert summary["warehouse"] == str(released.warehouse)
    assert set(summary) >= {"run_id", "rows", "drops", "quarantined", "seconds"}


def test_a_warehouse_that_another_run_holds_is_5(shared_session, capsys, released):
    with (released.warehouse / ".lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert curate.main(settings_for(released.warehouse, released.folder)) == 5
    printed = capsys.readouterr()
    assert printed.out == ""
    assert f"warehouse {released.warehouse} is in use by another run" in printed.err


def test_a_warehouse_that_cannot_be_a_folder_is_6(shared_session, capsys, tmp_path, released):
    (tmp_path / "file").write_text("")
    assert curate.main(settings_for(tmp_path / "file", released.folder)) == 6
    assert f"warehouse {tmp_path}/file: " in capsys.readouterr().err


def test_sql_without_a_release_is_6(shared_session, capsys, tmp_path):
    assert sql.main(["SELECT 1", "--set", f"warehouse={tmp_path}"]) == 6
    assert "holds no release; run `brickyard curate`" in capsys.readouterr().err


def test_sql_answers_on_standard_output(shared_session, capsys, released):
    query = "SELECT count(*) AS n FROM brickyard.records"
    assert sql.main([query, "--format", "json", "--set", f"warehouse={released.warehouse}"]) == 0
    assert json.loads(capsys.readouterr().out) == {"n": len(corpus.read_bytes(released.folder).records)}


@pytest.mark.parametrize("query", ["SELEC 1", "SELECT nothing FROM brickyard.records", "SELECT * FROM brickyard.nothing"])
def test_a_query_that_spark_refuses_is_2(shared_session, capsys, released, query):
    assert sql.main([query, "--set", f"warehouse={released.warehouse}"]) == 2
    printed = capsys.readouterr()
    assert "the query was refused" in printed.err
    assert "Traceback" not in printed.err


def test_an_unknown_release_is_2_and_names_those_there_are(shared_session, capsys, released):
    assert sql.main(["SELECT 1", "--release", "x", "--set", f"warehouse={released.warehouse}"]) == 2
    assert f"no release x; there are: {released.summary.release_id}" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (PySparkException("Caused by: java.io.IOException: No space left on device"), 6),
        (PySparkException("  PermissionError: [Errno 13] a"), 6),
        (OSError("no"), 6),
    ],
)
def test_what_is_said_of_disks_and_files_is_6(capsys, error, code):
    assert arguments.run(raising(error), debug=False) == code
    assert "Traceback" not in capsys.readouterr().err


def test_a_fault_of_ours_in_a_task_keeps_its_trace():
    with pytest.raises(PySparkException):
        arguments.run(raising(PySparkException("ValueError: two documents share a key")), debug=False)


def raising(error):
    def command():
        raise error

    return command


def test_a_negative_number_of_copies_is_2(capsys):
    with pytest.raises(SystemExit, match="2"):
        curate.main(["--measure-recall", "-1"])
    assert "is not a number of 0 or more" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["--help"], ["sql", "--print-settings"]])
def test_who_reads_the_output_may_stop_reading(words):
    environment = os.environ | {"PYTHONPATH": f"{ROOT}/pipelines{os.pathsep}{ROOT}"}
    command = [sys.executable, "-m", "jobs.main", *words]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        process.stdout.close()
        assert (process.wait(60), process.stderr.read()) == (141, "")
