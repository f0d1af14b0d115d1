"""The gate: Great Expectations on one-row frames of statistics. The only importer of great_expectations."""

import os
import sys
import threading
from typing import NamedTuple

import pandas as pd

from brickyard.config import Gate
from brickyard.errors import GateFailed
from brickyard.expectations.statistics import Frames, add_balances, measure
from brickyard.expectations.suites import SUITES, Expectation


class Check(NamedTuple):
    """The outcome of one expectation."""

    table: str
    expectation: str
    success: bool
    observed: float | None


def preload() -> None:
    """Start importing Great Expectations beside Spark's work: it takes seconds.

    By default a thread that computes keeps others waiting for 5 ms each time they want to go on; the main one makes
    thousands of short calls to Java.
    """
    sys.setswitchinterval(0.0005)
    threading.Thread(target=_library, daemon=True).start()


def _library():
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")
    import great_expectations

    return great_expectations


def examine(frames: Frames, config: Gate) -> list[Check]:
    """Measure the tables and hold the statistics against the suites."""
    values = add_balances(measure(frames))
    gx = _library()
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    bounded = [(table, _bounded(one, config)) for table, suite in SUITES.items() for one in suite]
    frame = pd.DataFrame([{_column(table, one): values[table][one.statistic] for table, one in bounded}], dtype=float)
    asset = context.data_sources.add_pandas("statistics").add_dataframe_asset("release")
    batch = asset.add_batch_definition_whole_dataframe("release").get_batch({"dataframe": frame})
    expectations = [expectation for table, one in bounded for expectation in _as_library(gx, _column(table, one), one)]
    results = batch.validate(gx.ExpectationSuite(name="release", expectations=expectations), result_format="BOOLEAN_ONLY")
    failed = {result.expectation_config.kwargs["column"] for result in results.results if not result.success}
    return [
        Check(table, _in_words(one), _column(table, one) not in failed, _number(values[table][one.statistic]))
        for table, one in bounded
    ]


def _column(table: str, expectation: Expectation) -> str:
    return f"{table}.{expectation.statistic}"


def _number(value: float | None) -> float | None:
    return None if value is None else float(value)


def _bounded(expectation: Expectation, config: Gate) -> Expectation:
    """Bounds that name a setting, replaced by its value."""
    bounds = (getattr(config, bound) if isinstance(bound, str) else bound for bound in expectation[1:])
    return Expectation(expectation.statistic, *bounds)


def _as_library(gx, column: str, expectation: Expectation) -> list:
    """That the statistic was measured at all, and that it lies in its range."""
    between = gx.expectations.ExpectColumnValuesToBeBetween(
        column=column, min_value=expectation.minimum, max_value=expectation.maximum
    )
    return [gx.expectations.ExpectColumnValuesToNotBeNull(column=column), between]


def _in_words(expectation: Expectation) -> str:
    name, least, most = expectation
    if least == most:
        return f"{name} = {least:g}"
    bounds = [f"{name} >= {least:g}"] if least is not None else []
    return " and ".join(bounds + ([f"{name} <= {most:g}"] if most is not None else []))


def refuse_failures(checks: list[Check]) -> None:
    """Raise GateFailed, naming each failed expectation and the value found."""
    failures = [
        f"{check.table}: expected {check.expectation}, observed {check.observed}" for check in checks if not check.success
    ]
    if failures:
        raise GateFailed("the gate failed; nothing was published, the release before stays.\n  " + "\n  ".join(failures))
