"""Write the page of a release."""

import time
from dataclasses import dataclass

from brickyard.config import Config
from brickyard.progress import live_bar, say
from brickyard.releases import Release
from brickyard.replacing import replace_file
from brickyard.report.numbers import gather_numbers
from brickyard.report.page import render_page
from brickyard.report.place import chosen, default_path
from brickyard.storage import Warehouse


@dataclass(frozen=True)
class Summary:
    """What `brickyard report` reports as its last line of standard output."""

    status: str
    warehouse: str
    release_id: str
    path: str
    bytes: int
    seconds: float


def write_report(warehouse: Warehouse, release: Release, config: Config, path: str | None = None) -> Summary:
    """Write the page to `path`, or to `<warehouse>/reports/<release_id>.html`; a page that is there is replaced."""
    started = time.monotonic()
    path = chosen(path, default_path(warehouse, release))
    with live_bar(warehouse.spark, "report"):
        numbers = gather_numbers(warehouse, release, config)
    if not numbers["release"]["settings_known"]:
        say("this configuration is not the one of the release: what its settings say is left out of the page")
    page = render_page(numbers).encode()
    replace_file(path, page)
    say(f"the page: {path}")
    return Summary("written", warehouse.path, release.release_id, path, len(page), round(time.monotonic() - started, 3))
