"""Where the page of a release is, unless another place is named."""

from brickyard.reading.listing import open_filesystem
from brickyard.releases import Release
from brickyard.storage import Warehouse


def default_path(warehouse: Warehouse, release: Release) -> str:
    """`<warehouse>/reports/<release_id>.html`."""
    return f"{warehouse.path}/reports/{release.release_id}.html"


def delete_page(warehouse: Warehouse, release: Release) -> None:
    """Delete the page, which shows texts; nothing if there is none."""
    filesystem, path = open_filesystem(default_path(warehouse, release))
    if filesystem.get_file_info(path).is_file:
        filesystem.delete_file(path)
