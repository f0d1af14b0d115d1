"""The folder of an export: one run at a time, and nothing of runs that failed or were killed."""

import pytest
from brickyard.errors import ConflictError
from brickyard.export.place import taking_its_place


def names_in(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def write_into(folder, name):
    with taking_its_place(str(folder), "id") as partial:
        open(f"{partial}/{name}", "w").close()


def test_what_a_killed_export_left_is_no_part_of_the_next(tmp_path):
    left = tmp_path / "out.partial-id" / "data"
    left.mkdir(parents=True)
    (left / "old.parquet").touch()
    (left.parent / "old.json").touch()
    write_into(tmp_path / "out", "new.bin")
    assert names_in(tmp_path) == ["out", "out/new.bin"]


def test_an_error_leaves_nothing(tmp_path):
    with pytest.raises(ZeroDivisionError), taking_its_place(str(tmp_path / "out"), "id"):
        _ = 1 / 0
    assert names_in(tmp_path) == []


def test_of_two_at_once_the_second_is_refused_and_the_first_is_whole(tmp_path):
    with taking_its_place(str(tmp_path / "out"), "id") as partial:
        open(f"{partial}/first.bin", "w").close()
        with pytest.raises(ConflictError, match="out: the same export is being written there"):
            write_into(tmp_path / "out", "second.bin")
    assert names_in(tmp_path) == ["out", "out/first.bin"]


def test_another_export_is_not_kept_waiting(tmp_path):
    with taking_its_place(str(tmp_path / "out"), "id") as partial:
        open(f"{partial}/first.bin", "w").close()
        with taking_its_place(str(tmp_path / "other"), "id"):
            pass
    assert names_in(tmp_path) == ["other", "out", "out/first.bin"]
