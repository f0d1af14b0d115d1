"""Probes trained as Spark tasks, and what each has to report: plain rows."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from pyspark.sql import SparkSession

from brickyard.gauge.probes.hypergradient import Task
from brickyard.gauge.probes.network import masks_of
from brickyard.gauge.probes.probe import Probe
from brickyard.gauge.probes.training import Training, outputs_of, train
from brickyard.gauge.probes.watching import watch
from brickyard.gauge.probes.xla import one_thread

SCHEMA = """
    name string, state string, sentence string, fitted_accuracy double, outputs binary, loss array<double>,
    gradient_norm array<double>, curvature array<double>, dead array<double>, spectral_norm array<array<double>>,
    weight_histogram array<array<array<double>>>
"""


@dataclass(frozen=True)
class Report:
    """`outputs`: float32 (held-out rows, outputs); `loss` and `gradient_norm` by step; `curvature` at the start and the end;
    `dead`: share of each hidden layer's units at the end; `spectral_norm` (looks, layers); `weight_histogram` (looks, layers,
    bins)."""

    name: str
    state: str
    sentence: str
    fitted_accuracy: float
    outputs: np.ndarray
    loss: np.ndarray
    gradient_norm: np.ndarray
    curvature: np.ndarray
    dead: np.ndarray
    spectral_norm: np.ndarray
    weight_histogram: np.ndarray


def report_probes(spark: SparkSession, probes: Mapping[str, Probe], task: Task, partitions: int = 2) -> list[Report]:
    """Train every probe on the task's first rows and report of the held-out ones, in the order of their names."""
    names = spark.createDataFrame([(name,) for name in sorted(probes)], "name string").repartition(partitions, "name")
    rows = names.mapInPandas(partial(_report_batches, probes=dict(probes), task=task), SCHEMA).collect()
    return [_from_row(row.asDict(), task) for row in sorted(rows, key=lambda row: row.name)]


def _report_batches(batches: Iterable[pd.DataFrame], probes: dict[str, Probe], task: Task) -> Iterator[pd.DataFrame]:
    one_thread()
    for batch in batches:
        for name in batch["name"]:
            yield pd.DataFrame([_to_row(name, probes[name], task)])


def _to_row(name: str, probe: Probe, task: Task) -> dict[str, Any]:
    training = train(probe, task.rows[: task.fitted], task.targets[: task.fitted])
    outputs = trained_outputs(probe, training, task.rows)
    right = outputs[: task.fitted].argmax(1) == task.targets[: task.fitted].argmax(1)
    told = watch(probe, training, task.rows.shape[1])
    numbers = {field: getattr(training, field).astype(float).tolist() for field in ("loss", "gradient_norm", "curvature")}
    looks = {field: training.looks[field].astype(float).tolist() for field in ("spectral_norm", "weight_histogram")}
    return {
        "name": name,
        "state": told.state,
        "sentence": told.sentence,
        "fitted_accuracy": float(right.mean()),
        "outputs": outputs[task.fitted :].tobytes(),
        **numbers,
        "dead": training.looks["dead"][-1].astype(float).tolist(),
        **looks,
    }


def trained_outputs(probe: Probe, training: Training, rows: np.ndarray) -> np.ndarray:
    """Outputs of a trained network, float32 (rows, outputs)."""
    masks = masks_of(rows.shape[1], probe.widths, training.parameters[-1]["bias"].size)
    return np.asarray(outputs_of(probe, training.parameters, rows, masks, training.statistics))


def _from_row(row: dict[str, Any], task: Task) -> Report:
    outputs = np.frombuffer(row.pop("outputs"), np.float32).reshape(len(task.rows) - task.fitted, -1)
    plain: dict[str, Any] = {field: row.pop(field) for field in ("name", "state", "sentence", "fitted_accuracy")}
    arrays: dict[str, Any] = {field: np.array(values) for field, values in row.items()}
    return Report(**plain, outputs=outputs, **arrays)
