"""Probes trained as Spark tasks, and what each has to report: plain rows."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from pyspark.sql import SparkSession

from brickyard.gauge.probes.cost import inference_times
from brickyard.gauge.probes.formats import tensors_of, to_onnx
from brickyard.gauge.probes.hypergradient import Task
from brickyard.gauge.probes.network import masks_of
from brickyard.gauge.probes.training import Training, outputs_of, train
from brickyard.gauge.probes.watching import watch
from brickyard.gauge.probes.xla import one_thread
from brickyard.probe import Probe

CALLS = (1, 32, 256)
"""Rows of a call that is timed."""

PLAIN = ("name", "state", "sentence", "causes", "fitted_accuracy", "load_seconds", "call_seconds")
"""Columns that are no arrays of numbers."""

SCHEMA = """
    name string, state string, sentence string, causes array<string>, fitted_accuracy double, load_seconds double,
    call_seconds map<long, array<double>>, outputs binary, loss array<double>,
    gradient_norm array<double>, curvature array<double>, dead array<double>, spectral_norm array<array<double>>,
    weight_histogram array<array<array<double>>>
"""


@dataclass(frozen=True)
class Report:
    """`outputs`: float32 (held-out rows, outputs); `loss` and `gradient_norm` by step; `curvature` at the start and the end;
    `dead`: share of each hidden layer's units at the end; `spectral_norm` (looks, layers); `weight_histogram` (looks, layers,
    bins); `causes`: names of what goes wrong; `call_seconds`: rows of a call -> its median and 95th percentile."""

    name: str
    state: str
    sentence: str
    causes: list[str]
    fitted_accuracy: float
    load_seconds: float
    call_seconds: dict[int, list[float]]
    outputs: np.ndarray
    loss: np.ndarray
    gradient_norm: np.ndarray
    curvature: np.ndarray
    dead: np.ndarray
    spectral_norm: np.ndarray
    weight_histogram: np.ndarray


def report_probes(spark: SparkSession, probes: Mapping[str, Probe], task: Task, partitions: int = 0) -> list[Report]:
    """Train every probe on the task's first rows and report of the held-out ones, in the order of their names.

    `partitions`: 0 for as many as the cluster has cores, or probes if these are fewer.
    """
    partitions = partitions or min(len(probes), spark.sparkContext.defaultParallelism)
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
    load, calls = inference_times(to_onnx(probe, tensors_of(training.parameters, training.statistics)), CALLS, 50)
    numbers = {field: getattr(training, field).astype(float).tolist() for field in ("loss", "gradient_norm", "curvature")}
    looks = {field: training.looks[field].astype(float).tolist() for field in ("spectral_norm", "weight_histogram")}
    return {
        "name": name,
        "state": told.state,
        "sentence": told.sentence,
        "causes": [cause.name for cause in told.causes],
        "fitted_accuracy": float(right.mean()),
        "load_seconds": load,
        "call_seconds": {rows: [calls[rows].p50, calls[rows].p95] for rows in CALLS},
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
    plain: dict[str, Any] = {field: row.pop(field) for field in PLAIN}
    arrays: dict[str, Any] = {field: np.array(values) for field, values in row.items()}
    return Report(**plain, outputs=outputs, **arrays)
