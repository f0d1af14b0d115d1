"""E11: what a probe is said to cost before it is trained, against what it does cost.

Bytes follow from shapes. Times are told by a model of five features (calls, layers, operations, parameters, activations) that
was fitted to the times of other networks on the same machine: what a user does who times a few small ones first.
"""

import itertools
import os
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from brickyard.gauge.probes.cost import cost_of, features, fit_times, inference_times, session_of
from brickyard.gauge.probes.formats import (
    from_onnx,
    from_safetensors,
    parameters_of,
    shapes_of,
    tensors_of,
    to_onnx,
    to_safetensors,
)
from brickyard.gauge.probes.training import Run, train_many
from brickyard.probe import CHOICES, Probe

from tests.evaluation.marks import Mark, Outcome
from tests.gauge import with_jax
from tests.jax_process import in_jax

BATCHES = (1, 8, 64, 512)
KNOWN = [
    ((), 32, 4),
    ((8,), 32, 4),
    ((64,), 32, 4),
    ((256,), 128, 16),
    ((32, 32), 64, 8),
    ((128, 128), 128, 16),
    ((512, 64), 256, 32),
]
ASKED = [((16,), 64, 4), ((100,), 100, 10), ((200,), 64, 8), ((48, 48), 128, 20), ((384, 96), 200, 16), ((64, 64, 64), 64, 10)]
STEPS = 200
ROUNDS = 7  # of the timings; the fastest counts, as others use the machine too


def run(size: str, work: Path) -> Outcome:
    """Bytes, round trips and outputs of all shapes; times of six networks by what seven others took."""
    full = size == "full"
    files = in_jax(compare_files, KNOWN + ASKED if full else KNOWN[:3])
    calls = call_times(ROUNDS if full else 1)
    steps = in_jax(step_times, ROUNDS if full else 2)
    off = {"inference": relative_errors(calls), "training": relative_errors(steps)}
    return Outcome(
        "Does a probe cost what is foretold?",
        f"{len(files)} networks (every activation and normalisation in turn) written as safetensors and ONNX, read back, "
        f"and run by ONNX Runtime on 64 rows. Times on a thread, medians of a call and trainings of {STEPS} steps, the fastest "
        f"of {ROUNDS} rounds: fitted on {len(KNOWN)} networks, foretold for {len(ASKED)}, {BATCHES[0]} to {BATCHES[-1]} rows.",
        [
            _mark("bytes of safetensors within 1 %", max(row["safetensors off"] for row in files), 0.01, "{:.3%} at most"),
            _mark("bytes of ONNX within 1 %", max(row["ONNX off"] for row in files), 0.01, "{:.3%} at most"),
            Mark(
                "both files give every bit back",
                f"{sum(row['bits back'] for row in files)} of {len(files)}",
                all(row["bits back"] for row in files),
            ),
            _mark(
                "ONNX Runtime's outputs within 1e-6 of their size",
                max(row["outputs off"] for row in files),
                1e-6,
                "{:.2g} at most",
            ),
            *(_mark(f"time of {name} within 30 %", max(errors), 0.3, "{:.0%} at most") for name, errors in off.items()),
        ],
        {
            "Files": [{name: value for name, value in row.items() if name != "bits back"} for row in files],
            "Inference": _table(calls),
            "A step of training": _table(steps),
        },
        [
            f"Times of {name}: {np.mean(np.array(errors) <= 0.3):.0%} within 30 %, middle error {np.median(errors):.0%}."
            for name, errors in off.items()
        ]
        + [f"Others used the machine too: on {os.cpu_count()} cores there was work for {os.getloadavg()[2]:.1f}."],
    )


def _mark(asked: str, worst: float, most: float, shown: str) -> Mark:
    return Mark(asked, shown.format(worst), bool(worst <= most))


def compare_files(shapes: Sequence[tuple]) -> list[dict[str, object]]:
    """For each network what was foretold of its files and what they are."""
    kinds = itertools.cycle(itertools.product(CHOICES["activation"], CHOICES["normalisation"]))
    return [
        _compared(Probe(widths=widths, activation=activation, normalisation=normalisation), inputs, outputs)
        for (widths, inputs, outputs), (activation, normalisation) in zip(shapes, kinds, strict=False)
    ]


def _compared(probe: Probe, inputs: int, outputs: int) -> dict[str, object]:
    draw = np.random.default_rng(inputs)
    tensors = random_tensors(probe, inputs, outputs)
    rows = draw.normal(size=(64, inputs)).astype(np.float32)
    parameters, statistics = parameters_of(tensors)
    expected = with_jax.passed(probe, parameters, rows, statistics or None)[0]
    safe, onnx = to_safetensors(probe, tensors), to_onnx(probe, tensors)
    told = cost_of(probe, inputs, outputs)
    found = session_of(onnx).run(None, {"rows": rows})[0]
    bits = {name: array.tobytes() for name, array in tensors.items()}
    return {
        "network": " x ".join(map(str, (inputs, *probe.widths, outputs))),
        "kind": f"{probe.activation}, {probe.normalisation}",
        "parameters": told.parameters,
        "safetensors": len(safe),
        "ONNX": len(onnx),
        "safetensors off": abs(told.safetensors_bytes / len(safe) - 1),
        "ONNX off": abs(told.onnx_bytes / len(onnx) - 1),
        "bits back": all(
            {name: array.tobytes() for name, array in back.items()} == bits
            for back in (from_safetensors(safe), from_onnx(onnx))
        ),
        "outputs off": float(np.abs(found - expected).max() / max(1, np.abs(expected).max())),
    }


def random_tensors(probe: Probe, inputs: int, outputs: int) -> dict[str, np.ndarray]:
    """First weights of a probe, with running statistics other than 0 and 1."""
    draw = np.random.default_rng(outputs)
    hidden = probe.widths if probe.normalisation == "batch" else ()
    statistics = [
        (draw.normal(size=width).astype(np.float32), draw.uniform(0.5, 2, width).astype(np.float32)) for width in hidden
    ]
    return tensors_of(with_jax.parameters_of(probe, inputs, outputs), statistics)


def call_times(rounds: int) -> list[dict[str, object]]:
    """Median seconds of a call of ONNX Runtime by network and rows, with the features that foretell it.

    In rounds over all networks, the fastest of which counts: a machine that slows down does so for all alike.
    """
    models = {}
    for widths, inputs, outputs in KNOWN + ASKED:
        probe = Probe(widths=widths)
        zeros = {name: np.zeros(shape, np.float32) for name, shape in shapes_of(probe, inputs, outputs).items()}
        models[widths, inputs, outputs] = to_onnx(probe, zeros)
    taken = [{shape: inference_times(model, BATCHES, 50) for shape, model in models.items()} for _ in range(rounds)]
    rows = []
    for shape, batch in itertools.product(models, BATCHES):
        fastest = min((one[shape][1][batch] for one in taken), key=lambda timing: timing.p50)
        loaded = min(one[shape][0] for one in taken)
        rows.append(_timing(shape, batch, fastest.p50) | {"p95": fastest.p95, "load": loaded})
    return rows


def step_times(rounds: int) -> list[dict[str, object]]:
    """Seconds of a step of training, without compiling; in rounds over all networks too."""
    cases = list(itertools.product(KNOWN + ASKED, BATCHES[1:]))
    taken = [{case: _step_seconds(*case) for case in cases} for _ in range(rounds + 1)]
    return [_timing(*case, min(one[case] for one in taken[1:])) for case in cases]


def _step_seconds(shape: tuple, batch: int) -> float:
    widths, inputs, outputs = shape
    draw = np.random.default_rng(0)
    data = draw.normal(size=(512, inputs)).astype(np.float32)
    targets = np.eye(outputs, dtype=np.float32)[draw.integers(0, outputs, 512)]
    probe = Probe(widths=widths, batch_size=batch, steps=STEPS)
    started = time.perf_counter()
    train_many(probe, [Run(widths, 0.01, 0.0, 0, np.arange(512))], data, targets)
    return (time.perf_counter() - started) / STEPS


def _timing(shape: tuple, batch: int, seconds: float) -> dict[str, object]:
    widths, inputs, outputs = shape
    return {
        "shape": shape,
        "rows": batch,
        "seconds": seconds,
        "features": features(Probe(widths=widths), inputs, outputs, batch).tolist(),
    }


def foretold(timings: Sequence[dict]) -> list[tuple[dict, float]]:
    """The timings of the networks that were asked for, with the seconds that those of the known ones foretell."""
    known = [row for row in timings if row["shape"] in KNOWN]
    costs = fit_times(np.array([row["features"] for row in known]), np.array([row["seconds"] for row in known]))
    return [(row, float(np.array(row["features"]) @ costs)) for row in timings if row["shape"] in ASKED]


def relative_errors(timings: Sequence[dict]) -> list[float]:
    return [abs(told / row["seconds"] - 1) for row, told in foretold(timings)]


def _table(timings: Sequence[dict]) -> list[dict[str, object]]:
    return [
        {
            "network": " x ".join(map(str, (row["shape"][1], *row["shape"][0], row["shape"][2]))),
            "rows": row["rows"],
            "microseconds": 1e6 * row["seconds"],
            "foretold": 1e6 * told,
            "off": f"{told / row['seconds'] - 1:+.0%}",
            **{name: 1e6 * row[name] for name in ("p95", "load") if name in row},
        }
        for row, told in foretold(timings)
    ]
