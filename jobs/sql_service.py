"""Spark's Thrift server over a warehouse, for beeline, JDBC and DBeaver: read-only, on loopback.

start returns when the port answers; the last line of standard output is the JDBC URL. serve is the same in the foreground,
for systemd. A schema for each live release (release_<id>), and brickyard for the newest: docs/sql.md.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict

from brickyard.errors import ConfigError, ConflictError, StorageError
from brickyard.service_place import Place, Service, held, place_for, running

from jobs.arguments import config_of, count, parser, run

PORT = 10000
LOOPBACK = ("127.0.0.1", "localhost", "::1")
WITH_LOGIN = ("KERBEROS", "LDAP", "PAM", "CUSTOM")
"""Ways of Hive's to ask clients who they are; the others, in whatever case, are none."""

_WHERE = ("thrift.bind.host", "thrift.port", "thrift.http.port", "transport.mode")
WHERE = {f"spark.hadoop.hive.server2.{name}" for name in _WHERE}
"""Settings that would have the service listen elsewhere than it says: by HTTP, on every address."""

SECONDS_TO_START, SECONDS_TO_STOP = 180, 30

NOT_RUNNING = 3
"""Exit code of `status` then, as of systemd's."""


def main(argv: list[str] | None = None) -> int:
    """Do what the first argument says; returns the exit code."""
    words = sys.argv[1:] if argv is None else argv
    arguments = _parser().parse_args(words)
    actions = {"start": lambda: start(arguments, words), "serve": lambda: serve(arguments),
               "stop": lambda: stop(arguments), "status": lambda: status(arguments)}  # fmt: skip
    return run(actions[arguments.action], arguments.debug)


def _parser():
    arguments = parser("sql-service", __doc__)
    arguments.add_argument("action", choices=("start", "stop", "status", "serve"))
    arguments.add_argument("--port", type=count, default=PORT, metavar="N", help=f"default: {PORT}")
    arguments.add_argument("--host", default=LOOPBACK[0], metavar="ADDRESS", help=f"to listen on; default: {LOOPBACK[0]}")
    arguments.add_argument(
        "--unconfined", action="store_true", help="where Linux cannot take the right to write from the service: go on without"
    )
    return arguments


def need_release(warehouse: str) -> None:
    """Raises StorageError if there is no release."""
    from brickyard.catalog import find_release

    find_release(warehouse)


def url_of(arguments) -> str:
    return f"jdbc:hive2://{arguments.host}:{arguments.port}/"


def start(arguments, words: list[str]) -> int:
    check(arguments)
    need_release(config_of(arguments).warehouse)
    place = place_for(arguments.port)
    if service := running(place):
        raise ConflictError(f"the service of {service.warehouse} runs at {service.url}; stop it first, or name another --port")
    refuse_taken_port(arguments)
    shutil.rmtree(place.scratch)
    place.scratch.mkdir()
    command = [sys.executable, "-P", "-m", "jobs.sql_service", "serve", *(word for word in words if word != "start")]
    with open(place.log, "wb") as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
    wait_for(lambda: answers(arguments) or process.poll() is not None, SECONDS_TO_START)
    if process.poll() is not None or not answers(arguments):
        end(process.pid)
        raise StorageError(f"the service did not come up; the end of {place.log}:\n{last_lines(place)}")
    print(f"brickyard: log: {place.log}", file=sys.stderr, flush=True)
    print(url_of(arguments), flush=True)
    return 0


def check(arguments) -> None:
    """Raises ConfigError for what is known beforehand: wrong settings, a machine that cannot confine. Opens no table."""
    from brickyard.config import spark_settings
    from brickyard.confinement import can_confine

    config = config_of(arguments)
    if not (can_confine() or arguments.unconfined):
        raise ConfigError(
            "this machine has no Landlock (of Linux 6.2 or later), so SQL could change the warehouse: run the service as a user"
            " who can only read it, with --unconfined"
        )
    settings = {name.replace("spark.hive.", "spark.hadoop.hive."): value for name, value in spark_settings(config).items()}
    if said := sorted(settings.keys() & WHERE):
        raise ConfigError(f"[spark] {said[0]}: the service speaks binary Thrift, where --host and --port say; leave it out")
    guarded = settings.get("spark.hadoop.hive.server2.authentication", "").upper() in WITH_LOGIN
    if arguments.host not in LOOPBACK and not guarded:
        raise ConfigError(
            f"--host {arguments.host}: everybody who reaches that address could read the warehouse; set"
            f" spark.hadoop.hive.server2.authentication in [spark] first, to one of {', '.join(WITH_LOGIN)}"
        )


def refuse_taken_port(arguments) -> None:
    """Raises ConflictError if something else listens there."""
    if answers(arguments):
        raise ConflictError(f"something else listens on {arguments.host}:{arguments.port}; name another --port")


def answers(arguments) -> bool:
    with suppress(OSError), socket.create_connection((arguments.host, arguments.port), timeout=1):
        return True
    return False


def wait_for(condition: Callable[[], bool], seconds: float) -> bool:
    """Whether it came true in time."""
    deadline = time.monotonic() + seconds
    while not (done := condition()) and time.monotonic() < deadline:
        time.sleep(0.1)
    return done


def last_lines(place: Place, most: int = 15) -> str:
    return "\n".join(place.log.read_text(errors="replace").splitlines()[-most:])


def serve(arguments) -> int:
    """The service itself, until it is told to end."""
    check(arguments)
    config, place = config_of(arguments), place_for(arguments.port)
    stopped = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    with held(place, Service(os.getpid(), url_of(arguments), config.warehouse)):
        confine(arguments, place)  # before delta-rs is asked anything: it would start threads that nothing confines
        need_release(config.warehouse)
        from brickyard.config import spark_settings
        from brickyard.progress import say
        from brickyard.serving import serve as serve_releases
        from brickyard.serving import service_settings
        from brickyard.session import build_session, stop_session

        for name in [name for name in os.environ if name.startswith("HIVE_SERVER2_THRIFT_")]:
            del os.environ[name]  # Hive would listen where these say
        settings = service_settings(arguments.host, arguments.port, place.scratch, spark_settings(config))
        spark = build_session("brickyard sql service", settings)
        serve_releases(spark, config.warehouse, stopped, lambda: say(f"listening: {url_of(arguments)}"))
        stop_session(spark)
    return 0


def confine(arguments, place: Place) -> None:
    """Leave only the scratch folder to be written to, by this process, its Java, and whatever SQL makes them start."""
    from brickyard.confinement import confine_writes

    os.environ["TMPDIR"] = tempfile.tempdir = str(place.scratch)
    (place.scratch / "hive").mkdir(exist_ok=True)
    os.chdir(place.scratch)
    if not arguments.unconfined:
        confine_writes([str(place.scratch)])


def stop(arguments) -> int:
    place = place_for(arguments.port)
    if service := running(place):
        os.kill(service.pid, signal.SIGTERM)
        wait_for(lambda: running(place) is None, SECONDS_TO_STOP)
        end(service.pid)
    return 0 if status(arguments) == NOT_RUNNING else 1


def end(group: int) -> None:
    """What is left of the service's processes."""
    with suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)


def status(arguments) -> int:
    service = running(place_for(arguments.port))
    print(json.dumps({"status": "running", **asdict(service)} if service else {"status": "stopped"}), flush=True)
    return 0 if service else NOT_RUNNING


if __name__ == "__main__":
    sys.exit(main())
