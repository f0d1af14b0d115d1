"""The tables of a release as frames, each at the version that the release pins."""

from pyspark.sql import DataFrame

from brickyard.releases import Release
from brickyard.stage import read_or_empty
from brickyard.storage import Warehouse
from brickyard.tables import RELEASED

Frames = dict[str, DataFrame]


def release_frames(warehouse: Warehouse, release: Release) -> Frames:
    """Table name -> frame, empty if the release was made before there was such a table."""
    versions = release.table_versions
    return {table.name: read_or_empty(warehouse, table, versions.get(table.name)) for table in RELEASED}
