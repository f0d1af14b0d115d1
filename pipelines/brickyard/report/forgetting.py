"""What is left of a retired release beside the tables that it pins: its pages, and what the gauge wrote of it."""

from pyspark.sql import functions as F

from brickyard import storage
from brickyard.releases import Release
from brickyard.report.place import delete_pages
from brickyard.storage import Warehouse
from brickyard.tables import GAUGED


def forget(warehouse: Warehouse, gone: list[Release], run_id: str) -> None:
    """Delete the pages and the gauge's rows of releases: they name records, and show labels and texts."""
    for release in gone:
        delete_pages(warehouse, release)
    of_gone = F.col("release_id").isin([release.release_id for release in gone])
    for table in GAUGED:
        if not storage.exists(warehouse, table):
            continue
        rows = storage.read(warehouse, table)
        if not rows.where(of_gone).isEmpty():
            storage.write(rows.where(~of_gone).coalesce(1), warehouse, table, "overwrite", run_id, "forget")
