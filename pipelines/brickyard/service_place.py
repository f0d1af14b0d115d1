"""Where a service of this machine keeps its log and scratch space, and how it is known whether it runs."""

import fcntl
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from brickyard.errors import ConfigError, ConflictError


@dataclass(frozen=True)
class Service:
    """A service that runs: its process leads a process group of its own."""

    pid: int
    url: str
    warehouse: str


@dataclass(frozen=True)
class Place:
    """The folder of the service on one port. What the service may write to is `scratch` alone."""

    folder: Path

    @property
    def log(self) -> Path:
        return self.folder / "service.log"

    @property
    def scratch(self) -> Path:
        return self.folder / "scratch"

    @property
    def facts(self) -> Path:
        return self.folder / "service.json"


def place_for(port: int) -> Place:
    """The place of a port, made if it is not there. Raises ConfigError if somebody else made it."""
    folder = Path(tempfile.gettempdir()) / f"brickyard-sql-service-{os.getuid()}-{port}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid != os.getuid():
        raise ConfigError(f"{folder} belongs to somebody else; remove it, or name another --port")
    (folder / "scratch").mkdir(exist_ok=True)
    return Place(folder)


@contextmanager
def held(place: Place, service: Service) -> Iterator[None]:
    """Hold the place for as long as this process lives. Raises ConflictError if a service runs there."""
    with open(place.facts, "a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ConflictError(f"{place.folder}: a service runs there already") from error
        file.truncate(0)
        file.write(json.dumps(asdict(service)))
        file.flush()
        yield


def running(place: Place) -> Service | None:
    """The service that holds the place, if one does: the lock ends with its process, so the pid is its own."""
    if not place.facts.exists():
        return None
    with open(place.facts) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return Service(**json.load(file))
    return None
