"""Is this machine fit to run Brickyard? Each finding says what was found and what to do."""

import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

from brickyard.environment import JAVA_VERSION, java_candidates, java_version, spark_environment
from brickyard.errors import BrickyardError
from brickyard.s3 import is_s3

DELTA_VERSION = "3.3.3"
DELTA_DIGESTS = Path(__file__).parent / "delta-jars.sha256"
"""As `sha256sum` writes and checks it; `make setup` and `infra/install_spark.sh` take it from here too."""
DELTA_JARS = {name: digest for digest, name in map(str.split, DELTA_DIGESTS.read_text().splitlines())}
"""File name -> SHA-256. `make setup` fetches them once and puts them among Spark's own jars."""

S3_JARS = {
    "hadoop-aws-3.3.4.jar": "53f9ae03c681a30a50aa17524bd9790ab596b28481858e54efd989a826ed3a4a",
    "aws-java-sdk-bundle-1.12.262.jar": "873fe7cf495126619997bec21c44de5d992544aea7e632fdc77adb1a0915bae5",
}
"""What Spark needs for a warehouse on S3; `make s3` fetches them. Their versions are those of Spark 3.5.3's Hadoop."""

_PINNED = {"pyspark": "3.5.3", "delta-spark": DELTA_VERSION, "pandas": "2.", "numpy": "1.26"}
_MEMORY_GIB, _DISK_GIB = 4, 2


class Finding(NamedTuple):
    """One check: its name, whether it passed, what was found and what to do."""

    name: str
    passed: bool
    detail: str


def examine_machine(warehouse: str) -> Iterator[Finding]:
    """All checks, in the order in which a job would trip over them."""
    yield Finding("Python", sys.version_info[:2] == (3, 11), f"{sys.version.split()[0]} (wanted 3.11)")
    yield _java()
    yield from _packages()
    yield from _jars(DELTA_JARS, "make setup")
    if is_s3(warehouse):
        yield from s3_jars()
    yield _memory()
    yield _writable("warehouse", warehouse)
    yield _writable("temporary files", os.environ.get("SPARK_LOCAL_DIRS") or tempfile.gettempdir())


def _java() -> Finding:
    found = {java: java_version(java) for java in java_candidates()}
    right = next((java for java, version in found.items() if version == JAVA_VERSION), None)
    listed = ", ".join(f"{java} is {version}" for java, version in found.items()) or "none found"
    advice = right or f"{listed}; run `make setup`, or set JAVA_HOME to a Java {JAVA_VERSION} (21 breaks Spark 3.5.3's Arrow)"
    return Finding(f"Java {JAVA_VERSION}", right is not None, advice)


def _packages() -> Iterator[Finding]:
    for name, wanted in _PINNED.items():
        try:
            version = metadata.version(name)
        except metadata.PackageNotFoundError:
            version = "missing"
        yield Finding(
            name,
            version.startswith(wanted),
            f"{version} (wanted {wanted}{'x' if wanted.endswith('.') else ''}); else `make setup`",
        )


def s3_jars() -> Iterator[Finding]:
    """Whether Spark has what it needs for a warehouse on S3."""
    return _jars(S3_JARS, "make s3")


def _jars(pinned: dict[str, str], command: str) -> Iterator[Finding]:
    try:
        folder = Path(spark_environment()["SPARK_HOME"]) / "jars"
    except BrickyardError as error:
        yield Finding("jars", False, str(error))
        return
    for name, digest in pinned.items():
        path = folder / name
        if not path.exists():
            yield Finding(name, False, f"not in {folder}; run `{command}`")
        else:
            right = hashlib.sha256(path.read_bytes()).hexdigest() == digest
            yield Finding(name, right, "digest as pinned" if right else f"digest differs; delete {path} and run `{command}`")


def _memory() -> Finding:
    gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return Finding("memory", gib >= _MEMORY_GIB, f"{gib:.1f} GiB (at least {_MEMORY_GIB}; less: lower spark.driver.memory)")


def _writable(name: str, path: str) -> Finding:
    if "://" in path:
        return Finding(name, True, f"{path} is on an object store: not tried")
    folder = Path(path)
    while not folder.exists():
        folder = folder.parent
    try:
        with tempfile.TemporaryFile(dir=folder):
            free = shutil.disk_usage(folder).free / 2**30
    except OSError as error:
        return Finding(name, False, f"{folder}: {error.strerror}; choose a folder that can be written")
    return Finding(name, free >= _DISK_GIB, f"{path}: writable, {free:.0f} GiB free (at least {_DISK_GIB})")
