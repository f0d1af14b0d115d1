"""What a probe costs before it is trained: parameters, bytes, memory, operations and, on a machine that was timed, time."""

import json
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from brickyard.gauge.probes.formats import empty_onnx, metadata_of, shapes_of
from brickyard.probe import Probe

FLOAT = 4  # bytes
MOMENTS = {"sgd": 0, "momentum": 1, "adam": 2}  # numbers that an optimizer keeps for each parameter


@dataclass(frozen=True)
class Cost:
    """Parameters (running statistics are none), bytes of files and of memory in training, operations of one step."""

    parameters: int
    safetensors_bytes: int
    onnx_bytes: int
    training_bytes: int
    training_flops: int


def cost_of(probe: Probe, inputs: int, outputs: int) -> Cost:
    """The cost of a network between that many inputs and outputs."""
    shapes = shapes_of(probe, inputs, outputs)
    return Cost(
        _parameters(shapes),
        safetensors_bytes(probe, shapes),
        onnx_bytes(probe, shapes),
        training_bytes(probe, inputs, outputs),
        3 * forward_flops(probe, inputs, outputs, probe.batch_size),
    )


def _parameters(shapes: dict[str, tuple[int, ...]]) -> int:
    return sum(math.prod(shape) for name, shape in shapes.items() if not name.endswith(("mean", "variance")))


def safetensors_bytes(probe: Probe, shapes: dict[str, tuple[int, ...]]) -> int:
    """Eight bytes of length, a header of JSON filled up to a multiple of eight, the numbers (format of safetensors 0.x)."""
    header: dict[str, object] = {"__metadata__": metadata_of(probe)}
    place = 0
    for name in sorted(shapes):
        end = place + FLOAT * math.prod(shapes[name])
        header[name] = {"dtype": "F32", "shape": shapes[name], "data_offsets": [place, end]}
        place = end
    length = len(json.dumps(header, separators=(",", ":")))
    return 8 + -(-length // 8) * 8 + place


def onnx_bytes(probe: Probe, shapes: dict[str, tuple[int, ...]]) -> int:
    """The model without its numbers, and for each tensor these with a byte for their field and those that tell the length."""
    numbers = [FLOAT * math.prod(shape) for shape in shapes.values()]
    return empty_onnx(probe, shapes).ByteSize() + sum(1 + -(-size.bit_length() // 7) + size for size in numbers)


def training_bytes(probe: Probe, inputs: int, outputs: int) -> int:
    """Parameters, gradients and moments; for the way back each layer's inputs, sums and, normalised, the sums' copies."""
    parameters = _parameters(shapes_of(probe, inputs, outputs))
    kept = inputs + sum(probe.widths) * (2 if probe.normalisation == "none" else 3) + outputs
    return FLOAT * (parameters * (2 + MOMENTS[probe.optimizer]) + probe.batch_size * kept)


def way_back_bytes(probe: Probe, inputs: int, outputs: int) -> int:
    """What a slope through all steps keeps: each step's parameters, gradients and moments (Franceschi and others 2017, section
    3.1)."""
    return FLOAT * probe.steps * _parameters(shapes_of(probe, inputs, outputs)) * (2 + MOMENTS[probe.optimizer])


def forward_flops(probe: Probe, inputs: int, outputs: int, rows: int) -> int:
    """Two for each weight and row: a product and a sum. The way back costs twice that (Kaplan and others 2020, section 2.1)."""
    sizes = (inputs, *probe.widths, outputs)
    return 2 * rows * sum(entering * leaving for entering, leaving in pairwise(sizes))


def features(probe: Probe, inputs: int, outputs: int, rows: int) -> np.ndarray:
    """What time is spent on: being called, layers, operations, parameters read, activations written; as (5,) float64."""
    parameters = _parameters(shapes_of(probe, inputs, outputs))
    activations = rows * (inputs + sum(probe.widths) + outputs)
    return np.array([1, len(probe.widths) + 1, forward_flops(probe, inputs, outputs, rows), parameters, activations], float)


def fit_times(rows: np.ndarray, seconds: np.ndarray) -> np.ndarray:
    """What each feature costs on the machine that took these seconds, none less than nothing; least squares of relative errors.

    rows (timings, features), seconds (timings,) to (features,).
    """
    from scipy.optimize import nnls

    scale = np.abs(rows).max(0)
    return nnls(rows / scale / seconds[:, None], np.ones(len(seconds)))[0] / scale


@dataclass(frozen=True)
class Timing:
    """Seconds of one call: the median and the 95th percentile."""

    p50: float
    p95: float


def inference_times(model: bytes, batches: Sequence[int], calls: int = 200) -> tuple[float, dict[int, Timing]]:
    """Seconds to load an ONNX model, and of a call on that many rows: ONNX Runtime on one thread, warmed up."""
    started = time.perf_counter()
    session = session_of(model)
    loaded = time.perf_counter() - started
    width = session.get_inputs()[0].shape[1]
    return loaded, {rows: _timed(session, np.ones((rows, width), np.float32), calls) for rows in batches}


def session_of(model: bytes):
    """An ONNX Runtime session on one thread."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def _timed(session, rows: np.ndarray, calls: int) -> Timing:
    taken = []
    for _ in range(calls + calls // 10):
        started = time.perf_counter()
        session.run(None, {"rows": rows})
        taken.append(time.perf_counter() - started)
    return Timing(*(float(value) for value in np.percentile(taken[-calls:], [50, 95])))
