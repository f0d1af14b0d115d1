"""The tables of a release as frames, each at the version that the release pins."""

from pyspark.sql import DataFrame

from brickyard import storage
from brickyard.releases import Release
from brickyard.storage import Warehouse
from brickyard.tables import RELEASED

Frames = dict[str, DataFrame]


def release_frames(warehouse: Warehouse, release: Release) -> Frames:
    """Table name -> frame."""
    return {table.name: storage.read(warehouse, table, release.table_versions[table.name]) for table in RELEASED}
