"""The recall meter: how many planted copies of a known similarity a run found."""

from typing import Any

from brickyard import storage
from brickyard.releases import Release
from brickyard.storage import Warehouse
from brickyard.tables import RECALL_METER

MOST = 1000
"""Rows shown."""

_COLUMNS = ("edit", "similarity_from", "similarity_to", "planted", "found", "expected")


def measured_recall(warehouse: Warehouse, release: Release) -> list[dict[str, Any]]:
    """The rows of this release; none if its run did not measure recall."""
    if not storage.exists(warehouse, RECALL_METER):
        return []
    rows = storage.read(warehouse, RECALL_METER).where(f"release_id = '{release.release_id}'").select(*_COLUMNS)
    return [row.asDict() for row in rows.orderBy("edit", "similarity_from").limit(MOST).collect()]
