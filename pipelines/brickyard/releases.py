"""Publishing: one commit that points at the table versions of a release. Readers go through it."""

import datetime
import hashlib
from dataclasses import dataclass

from brickyard import __version__, catalog, storage
from brickyard.catalog import REDECIDE, Release
from brickyard.errors import StorageError
from brickyard.log_checks import whole_files
from brickyard.storage import Warehouse
from brickyard.tables import RELEASED, RELEASES


@dataclass(frozen=True)
class Attempt:
    """What a run sets out to publish: the same action on the same after the same release make the same attempt."""

    input_digest: str
    config_digest: str
    batch_id: str
    previous: Release | None
    configuration: str
    action: str = "curate"

    @property
    def id(self) -> str:
        previous = self.previous.release_id if self.previous else ""
        # with the version: what an older one left unfinished, perhaps wrong, is not resumed
        parts = "\0".join((self.input_digest, self.config_digest, previous, self.action, self.batch_id, __version__))
        return hashlib.sha256(parts.encode()).hexdigest()[:16]


def list_releases(warehouse: Warehouse) -> list[Release]:
    """All releases, oldest first."""
    return catalog.list_releases(warehouse.path)


def published(releases: list[Release], input_digest: str, config_digest: str) -> Release | None:
    """The newest live release that came of the same input and configuration, if there is one.

    None after a `redecide` with other settings, which are those of its release only: the next run goes back.
    """
    digests = (input_digest, config_digest)
    live = [one for one in reversed(releases) if one.retired_at is None]
    found = next((one for one in live if (one.input_digest, one.config_digest) == digests), None)
    return None if found and found != live[0] and live[0].action == REDECIDE else found


def publish(warehouse: Warehouse, attempt: Attempt, versions: dict[str, int]) -> Release:
    """Commit the release: from now on readers see it."""
    release = Release(
        release_id=attempt.id,
        published_at=datetime.datetime.now(datetime.UTC),
        table_versions=versions,
        input_digest=attempt.input_digest,
        config_digest=attempt.config_digest,
        code_version=__version__,
        batch_id=attempt.batch_id,
        previous_release_id=attempt.previous.release_id if attempt.previous else None,
        action=attempt.action,
        configuration=attempt.configuration,
    )
    storage.write([tuple(vars(release).values())], warehouse, RELEASES, "append", attempt.id, "publish")
    return release


def check(warehouse: Warehouse, release: Release) -> None:
    """Raise StorageError if a table of a release, at its version, has lost files, or its log is damaged."""
    for table in RELEASED:
        if table.name in release.table_versions:
            try:
                whole_files(warehouse.location(table), release.table_versions[table.name])
            except StorageError as error:
                raise StorageError(f"release {release.release_id} cannot be read: {error}") from error


def superseded(known: list[Release], keep: int) -> list[Release]:
    """All live releases but the last `keep`."""
    live = [release for release in known if release.retired_at is None]
    return live[:-keep]


def retire(warehouse: Warehouse, attempt: str, keep: int | None = None) -> list[str]:
    """Write down which releases are retired: those before a take-down and, with `keep`, all but so many of the last.

    The ids of those for which that is news.
    """
    marked = {release.release_id for release in catalog.releases_as_written(warehouse.path) if release.retired_at is not None}
    known = list_releases(warehouse)
    retired = [release for release in known if release.retired_at is not None]
    retired += superseded(known, keep) if keep is not None else []
    ids = [release.release_id for release in retired if release.release_id not in marked]
    if ids:
        now = datetime.datetime.now(datetime.UTC)
        storage.update(warehouse, RELEASES, {"retired_at": now}, "release_id", ids, attempt, "retire")
    return ids
