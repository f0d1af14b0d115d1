"""Near duplicates in the folder that BRICKYARD_DATA names; what is similar is found by an exact all-pairs join beforehand."""

import os
from pathlib import Path

from tests.bench.bench import Bench, say
from tests.bench.contenders import NARROW, NARROW_WARM, RENSA
from tests.bench.real import write_real
from tests.bench.rows.near import compare

MOST = 20_000
"""Documents taken."""


def run(bench: Bench) -> dict | None:
    """None without BRICKYARD_DATA."""
    source = os.environ.get("BRICKYARD_DATA")
    if not source:
        say("real: BRICKYARD_DATA names no folder; row left out")
        return None
    folder = bench.work / "corpora" / "real"
    write_real(Path(source), folder, bench.pick(2000, MOST, MOST))
    return compare(bench, "real", folder, (NARROW, NARROW_WARM, RENSA))
