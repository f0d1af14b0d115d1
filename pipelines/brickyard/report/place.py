"""Where the pages of a release are, unless another place is named."""

import os

from brickyard.reading.listing import open_filesystem
from brickyard.releases import Release
from brickyard.storage import Warehouse


def default_path(warehouse: Warehouse, release: Release) -> str:
    """`<warehouse>/reports/<release_id>.html`."""
    return f"{warehouse.path}/reports/{release.release_id}.html"


def gauge_path(warehouse: Warehouse, release: Release) -> str:
    """`<warehouse>/reports/<release_id>-gauge.html`."""
    return f"{warehouse.path}/reports/{release.release_id}-gauge.html"


def chosen(path: str | None, default: str) -> str:
    """Where a page goes: absolute, but for a place in an object store."""
    path = path or default
    return path if "://" in path else os.path.abspath(path)


def delete_pages(warehouse: Warehouse, release: Release) -> None:
    """Delete the pages, which show texts, ids and labels; nothing if there is none."""
    for page in (default_path(warehouse, release), gauge_path(warehouse, release)):
        filesystem, path = open_filesystem(page)
        if filesystem.get_file_info(path).is_file:
            filesystem.delete_file(path)
