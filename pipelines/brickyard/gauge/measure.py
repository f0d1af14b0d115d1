"""Gauge a release: run the sections, keep what they found in the `gauge_*` tables, write the page."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from pyspark.sql import functions as F

from brickyard import storage
from brickyard.config import Config
from brickyard.gauge.figures import Measured, finite
from brickyard.gauge.gather import gather
from brickyard.gauge.material import Choices
from brickyard.gauge.page import render_page
from brickyard.gauge.plan import SECTIONS
from brickyard.gauge.verdict import judge
from brickyard.lock import run_lock
from brickyard.progress import live_bar, say
from brickyard.releases import Release
from brickyard.report.frames import release_frames
from brickyard.report.write import replace_file
from brickyard.storage import Warehouse
from brickyard.tables import GAUGE_FIGURES, GAUGE_FINDINGS, GAUGE_POINTS, Table


@dataclass(frozen=True)
class Summary:
    """What `brickyard gauge` reports as its last line of standard output."""

    status: str
    warehouse: str
    release_id: str
    path: str
    verdicts: list[str]
    figures: int
    refused: int
    seconds: dict[str, float] = field(default_factory=dict)


def gauge(
    warehouse: Warehouse,
    release: Release,
    config: Config,
    label_column: str | None,
    choices: Choices,
    path: str | None,
    run_id: str,
) -> Summary:
    """Measure a release; its rows in the `gauge_*` tables and its page are replaced. Raises BrickyardError."""
    material = gather(release_frames(warehouse, release), label_column, choices)
    measured, seconds = _measure_all(warehouse, material, choices)
    verdicts = judge(measured)
    rows = as_rows(release.release_id, measured, verdicts)
    with run_lock(warehouse.spark._jvm, config.warehouse, run_id) as check_lock:
        _keep(Warehouse(warehouse.spark, warehouse.path, check_lock), release, rows, run_id)
    path = path or f"{warehouse.path}/reports/{release.release_id}-gauge.html"
    replace_file(path, render_page(release, rows).encode())
    say(f"the page: {path}")
    figures = [figure for one in measured.values() for figure in one.figures]
    refusals = sum(figure.value is None for figure in figures)
    words = list(dict.fromkeys(finding.verdict for finding in verdicts))
    return Summary("gauged", warehouse.path, release.release_id, path, words, len(figures), refusals, seconds)


def _measure_all(warehouse: Warehouse, material, choices: Choices) -> tuple[dict[str, Measured], dict[str, float]]:
    measured, seconds = {}, {}
    for section in SECTIONS:
        started = time.monotonic()
        with live_bar(warehouse.spark, f"gauge: {section.name}"):
            found = section.measure(material, choices)
        seconds[section.name] = round(time.monotonic() - started, 3)
        refusals = sum(figure.value is None for figure in found.figures)
        say(f"{section.name:<22} {len(found.figures):>5} figures, {refusals:>3} refused  {seconds[section.name]:>7.1f} s")
        measured[section.name] = found
    return measured, seconds


Rows = dict[Table, list[tuple]]
"""The rows of each of the gauge's tables."""


def as_rows(release_id: str, measured: Mapping[str, Measured], verdicts) -> Rows:
    """What was found as rows of the tables, in their order of columns."""
    figures, points = [], []
    for section, found in measured.items():
        figures += [
            (release_id, section, one.name, one.subject, *_ends(one.value, one.low, one.high), one.unit, one.valid, one.refusal)
            for one in found.figures
        ]
        points += [
            (release_id, section, one.plot, one.series, float(one.x), *_ends(one.y, one.low, one.high)) for one in found.points
        ]
    findings = [(release_id, one.section, one.verdict, one.reason, one.next_step) for one in verdicts]
    return {GAUGE_FIGURES: figures, GAUGE_POINTS: points, GAUGE_FINDINGS: findings}


def _ends(*values: float | None) -> tuple[float | None, ...]:
    """Numbers as a table and a page can hold them."""
    return tuple(finite(float(value)) if value is not None else None for value in values)


def _keep(warehouse: Warehouse, release: Release, rows: Rows, run_id: str) -> None:
    """Replace the release's rows, and leave those of others."""
    for table, new in rows.items():
        others = []
        if storage.exists(warehouse, table):
            others = storage.read(warehouse, table).where(F.col("release_id") != release.release_id).collect()
        storage.write([*map(tuple, others), *new], warehouse, table, "overwrite", run_id, "gauge")
