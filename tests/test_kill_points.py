"""A run dies at a named point; the same again makes the same release. (Every point: `make faults`.)"""

import os

import pytest
from brickyard.errors import ConfigError
from brickyard.kill_points import AT, POINTS, VICTIM, around_write, check_kill_point, reach
from brickyard.tables import RELEASED

from tests import corpus
from tests.corpus import released_rows
from tests.faults import laws, processes


def frozen(rows):
    return sorted(repr(row) for row in rows)


def test_a_run_whose_java_was_killed_is_finished_by_the_next_one(spark, released, tmp_path):
    """Python, started by Java, is left and has to end too; other points and victims need minutes, and `make faults`."""
    given = [f"warehouse={tmp_path}/w", f"input.root={released.folder}", f"input.paths={released.folder}/**/*.jsonl"]
    (tmp_path / "curate.toml").touch()
    words = processes.command("spark-submit", tmp_path, settings=[*given, *corpus.SETTINGS])
    session, killed = processes.run_killed_at(words, "curated.before_write", "jvm")
    assert killed.code != 0, killed.errors
    assert "Traceback" not in killed.errors
    assert laws.releases(tmp_path / "w") == []
    assert processes.await_end(session) == 0  # until Python has noticed, it holds the lock
    summary = corpus.run(spark, tmp_path / "w", released.folder)
    assert (summary.status, summary.release_id) == ("published", released.summary.release_id)
    for table in RELEASED:
        assert frozen(released_rows(tmp_path / "w", table)) == frozen(released_rows(released.warehouse, table)), table.name
    assert laws.commits_twice(tmp_path / "w") == []


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({AT: "records.after"}, r"records\.after: no such point; there are run\.locked, records\.before_write, "),
        ({VICTIM: "me"}, "me: write one of python, jvm, both"),
    ],
)
def test_an_unknown_point_or_victim_is_an_error_of_configuration(environment, sentence):
    with pytest.raises(ConfigError, match=sentence):
        check_kill_point(environment)


def test_known_points_may_say_which_time(monkeypatch):
    for point in POINTS:
        check_kill_point({AT: point, VICTIM: "jvm"})
        check_kill_point({AT: f"{point}:2"})
    check_kill_point({})
    assert len(POINTS) >= 20


def test_nothing_dies_unless_asked_for_and_only_at_its_time(monkeypatch, tmp_path):
    killed = []
    monkeypatch.setattr(os, "kill", lambda pid, signal: killed.append(pid))
    with around_write("records", str(tmp_path)):
        reach("run.locked")
    monkeypatch.setenv(AT, "files.after_write:2")
    monkeypatch.setenv(VICTIM, "python")
    for dead in ([], [os.getpid()], [os.getpid()]):
        with around_write("files", str(tmp_path)):
            pass
        assert killed == dead
