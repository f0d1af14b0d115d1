"""Gauge a release: run the sections, keep what they found in the `gauge_*` tables, write the page."""

import sys
import traceback
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from time import monotonic, sleep

from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import functions as F

from brickyard import storage
from brickyard.errors import BrickyardError, ConflictError, first_line, is_storage
from brickyard.frames import frame_of
from brickyard.gauge.figures import Measured, finite, refused
from brickyard.gauge.gather import gather
from brickyard.gauge.material import Choices, Material
from brickyard.gauge.page import render_page
from brickyard.gauge.plan import SECTIONS, Section
from brickyard.gauge.verdict import judge
from brickyard.lock import run_lock
from brickyard.progress import live_bar, say
from brickyard.queries import find_release
from brickyard.releases import Release
from brickyard.replacing import replace_file
from brickyard.report.frames import release_frames
from brickyard.report.place import chosen, gauge_path
from brickyard.storage import Warehouse
from brickyard.tables import GAUGE_FIGURES, GAUGE_FINDINGS, GAUGE_POINTS, GAUGE_TRIALS, Table

PATIENCE = 600.0
"""Seconds to wait for a run that holds the warehouse."""


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
    failed: list[str] = field(default_factory=list)
    """Sections that a fault of ours ended: the others are measured, and the page says so."""


def gauge(
    warehouse: Warehouse,
    release: Release,
    label_column: str | None,
    choices: Choices,
    path: str | None,
    run_id: str,
) -> Summary:
    """Measure a release; its rows in the `gauge_*` tables and its page are replaced. Raises BrickyardError."""
    path = chosen(path, gauge_path(warehouse, release))  # before minutes of work
    material = gather(release_frames(warehouse, release), label_column, choices)
    measured, seconds, failed = _measure_all(warehouse, material, choices)
    verdicts = judge(measured)
    rows = as_rows(release.release_id, measured, verdicts)
    with _patient_lock(warehouse, run_id) as locked:
        find_release(locked, release.release_id)  # retired meanwhile? then nothing is to be said of it any more
        _keep(locked, release, rows, run_id)
        replace_file(path, render_page(release, rows).encode())
    say(f"the page: {path}")
    figures = [figure for one in measured.values() for figure in one.figures]
    refusals = sum(figure.value is None for figure in figures)
    words = list(dict.fromkeys(finding.verdict for finding in verdicts))
    return Summary("gauged", warehouse.path, release.release_id, path, words, len(figures), refusals, seconds, failed)


@contextmanager
def _patient_lock(warehouse: Warehouse, run_id: str) -> Iterator[Warehouse]:
    """The warehouse, locked: what took minutes to measure waits for a run that holds it, PATIENCE seconds at most."""
    until = monotonic() + PATIENCE
    with ExitStack() as held:
        while True:
            try:
                check_lock = held.enter_context(run_lock(warehouse.spark._jvm, warehouse.path, run_id))
                break
            except ConflictError as conflict:
                if monotonic() > until:
                    raise
                say(f"waiting, to write the tables: {conflict}")
                sleep(5)
        yield Warehouse(warehouse.spark, warehouse.path, check_lock)


def _measure_all(
    warehouse: Warehouse, material: Material, choices: Choices
) -> tuple[dict[str, Measured], dict[str, float], list[str]]:
    measured: dict[str, Measured] = {}
    seconds: dict[str, float] = {}
    failed: list[str] = []
    for section in SECTIONS:
        started = monotonic()
        with live_bar(warehouse.spark, f"gauge: {section.name}"):
            found = _measure_or_refuse(section, material, choices, failed)
        seconds[section.name] = round(monotonic() - started, 3)
        refusals = sum(figure.value is None for figure in found.figures)
        say(f"{section.name:<22} {len(found.figures):>5} figures, {refusals:>3} refused  {seconds[section.name]:>7.1f} s")
        measured[section.name] = found
    return measured, seconds, failed


def _measure_or_refuse(section: Section, material: Material, choices: Choices, failed: list[str]) -> Measured:
    """A section's fault must not cost what the others have measured for minutes."""
    try:
        return section.measure(material, choices)
    except BrickyardError:
        raise
    except Exception as fault:
        if isinstance(fault, (OSError, Py4JError, PySparkException)) and is_storage(fault):
            raise
        traceback.print_exc(file=sys.stderr)
        failed.append(section.name)
        return Measured((refused("all of this section", f"A fault of ours: {type(fault).__name__}: {first_line(fault)}"),))


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
    trials = [(release_id, *row) for found in measured.values() for row in found.trials]
    return {GAUGE_FIGURES: figures, GAUGE_POINTS: points, GAUGE_FINDINGS: findings, GAUGE_TRIALS: trials}


def _ends(*values: float | None) -> tuple[float | None, ...]:
    """Numbers as a table and a page can hold them."""
    return tuple(finite(float(value)) if value is not None else None for value in values)


def _keep(warehouse: Warehouse, release: Release, rows: Rows, run_id: str) -> None:
    """Replace the release's rows, and leave those of others."""
    for table, new in rows.items():
        frame = frame_of(warehouse.spark, new, table.schema)
        if storage.exists(warehouse, table):
            others = storage.read(warehouse, table).where(F.col("release_id") != release.release_id)
            frame = others.unionByName(frame)
        storage.write(frame.coalesce(1), warehouse, table, "overwrite", run_id, "gauge")
