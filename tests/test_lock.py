import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from brickyard import lock
from brickyard.errors import ConflictError, StorageError
from brickyard.lock import java_lock, warehouse_lock

HOLD_AND_DIE = (
    "import os, sys; from brickyard.lock import warehouse_lock\nwith warehouse_lock(sys.argv[1], 'dead'): os._exit(9)"
)

HOLD_AS_JAVA_DOES = (
    "import fcntl, sys; file = open(sys.argv[1], 'w')\nfcntl.lockf(file, fcntl.LOCK_EX); print('held', flush=True); input()"
)


def holder(path: Path) -> dict:
    return json.loads((path / ".lock").read_text())


def test_a_second_run_is_told_who_holds_the_warehouse(tmp_path: Path) -> None:
    with (
        warehouse_lock(str(tmp_path), "first"),
        pytest.raises(ConflictError, match=r'in use by another run: \{"run_id": "first", "pid": \d+\}') as caught,
        warehouse_lock(str(tmp_path), "second"),
    ):
        pytest.fail("two runs hold one warehouse")
    assert caught.value.exit_code == 5


def test_a_refused_run_leaves_the_lock_to_its_holder(tmp_path: Path) -> None:
    with warehouse_lock(str(tmp_path), "first"):
        for _ in range(2):
            with pytest.raises(ConflictError), warehouse_lock(str(tmp_path), "second"):
                pytest.fail("two runs hold one warehouse")
        assert holder(tmp_path) == {"run_id": "first", "pid": os.getpid()}


@pytest.mark.parametrize("fault", [None, ValueError])
def test_the_next_run_gets_the_lock_after_an_end_or_a_fault(tmp_path: Path, fault: type[Exception] | None) -> None:
    try:
        with warehouse_lock(str(tmp_path), "a run with a long name"):
            if fault:
                raise fault
    except ValueError:
        pass
    with warehouse_lock(str(tmp_path), "next"):
        assert holder(tmp_path) == {"run_id": "next", "pid": os.getpid()}


def test_the_lock_of_a_process_that_died_is_free(tmp_path: Path) -> None:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    died = subprocess.run([sys.executable, "-c", HOLD_AND_DIE, str(tmp_path)], env=environment, check=False)
    assert (died.returncode, holder(tmp_path)["run_id"]) == (9, "dead")
    with warehouse_lock(str(tmp_path), "next"):
        assert holder(tmp_path)["run_id"] == "next"


def test_a_warehouse_is_made_where_none_is(tmp_path: Path) -> None:
    with warehouse_lock(str(tmp_path / "new" / "warehouse"), "run"):
        assert holder(tmp_path / "new" / "warehouse")["run_id"] == "run"


def test_a_warehouse_that_cannot_be_written_is_an_error_of_storage(write_file) -> None:
    with (
        pytest.raises(StorageError, match="name a folder that can be written"),
        warehouse_lock(f"{write_file('a', '')}/w", "run"),
    ):
        pytest.fail("a file is no folder")


def test_a_file_system_without_locks_is_an_error_of_storage_not_another_run(tmp_path: Path, monkeypatch) -> None:
    def no_locks(*_):
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr(lock.fcntl, "flock", no_locks)
    with pytest.raises(StorageError, match="has no locks"), warehouse_lock(str(tmp_path), "run"):
        pytest.fail("nothing keeps two runs apart")


def test_two_warehouses_do_not_hinder_each_other(tmp_path: Path) -> None:
    with warehouse_lock(str(tmp_path / "a"), "a"), warehouse_lock(str(tmp_path / "b"), "b"):
        assert (holder(tmp_path / "a")["run_id"], holder(tmp_path / "b")["run_id"]) == ("a", "b")


def test_a_run_waits_for_the_java_process_of_a_run_whose_python_is_gone(spark, tmp_path: Path, monkeypatch) -> None:
    other = subprocess.Popen(
        [sys.executable, "-c", HOLD_AS_JAVA_DOES, str(tmp_path / ".lock-java")], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert other.stdout.readline() == b"held\n"
    with monkeypatch.context() as patch:
        patch.setattr(lock, "PATIENCE", 0.2)
        with pytest.raises(ConflictError, match="in use by the Java process"), java_lock(spark._jvm, str(tmp_path)):
            pytest.fail("two Java processes hold one warehouse")
    other.communicate(b"\n")
    for _ in range(2):
        with java_lock(spark._jvm, str(tmp_path)):
            assert (tmp_path / ".lock-java").exists()
