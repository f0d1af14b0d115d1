"""Files of probes and what they cost, against the files themselves."""

import itertools

import numpy as np
import pytest
from brickyard.gauge.probes import cost, formats
from brickyard.gauge.probes.training import train
from brickyard.probe import CHOICES, Probe

from tests.gauge import with_jax
from tests.jax_process import in_jax

RANDOM = np.random.default_rng(11)
ROWS = RANDOM.normal(size=(64, 5)).astype(np.float32)
TARGETS = np.eye(3, dtype=np.float32)[RANDOM.integers(0, 3, 64)]
SHAPES = [
    (Probe(widths=widths, normalisation=normalisation), inputs, outputs)
    for (widths, inputs, outputs), normalisation in itertools.product(
        [((), 1, 2), ((1,), 3, 2), ((200,), 64, 10), ((300, 40, 7), 128, 77)], CHOICES["normalisation"]
    )
]


def random_tensors(probe: Probe, inputs: int, outputs: int) -> dict[str, np.ndarray]:
    """Of the right shapes; variances are positive."""
    shapes = formats.shapes_of(probe, inputs, outputs)
    return {name: np.abs(RANDOM.normal(size=shape)).astype(np.float32) for name, shape in shapes.items()}


@pytest.mark.parametrize(("probe", "inputs", "outputs"), SHAPES)
def test_bytes_are_foretold(probe: Probe, inputs: int, outputs: int) -> None:
    tensors = random_tensors(probe, inputs, outputs)
    foretold = cost.cost_of(probe, inputs, outputs)
    assert foretold.safetensors_bytes == len(formats.to_safetensors(probe, tensors))
    assert foretold.onnx_bytes == pytest.approx(len(formats.to_onnx(probe, tensors)), rel=0.01)
    assert foretold.parameters == sum(
        array.size for name, array in tensors.items() if name.split(".")[1] not in ("mean", "variance")
    )


@pytest.mark.parametrize(("probe", "inputs", "outputs"), SHAPES)
def test_both_files_give_the_bits_back(probe: Probe, inputs: int, outputs: int) -> None:
    tensors = random_tensors(probe, inputs, outputs)
    for back in (
        formats.from_safetensors(formats.to_safetensors(probe, tensors)),
        formats.from_onnx(formats.to_onnx(probe, tensors)),
    ):
        assert {name: array.tobytes() for name, array in back.items()} == {
            name: array.tobytes() for name, array in tensors.items()
        }
        assert {name: array.shape for name, array in back.items()} == {name: array.shape for name, array in tensors.items()}
    again = formats.tensors_of(*formats.parameters_of(tensors))
    assert {name: array.tobytes() for name, array in again.items()} == {
        name: array.tobytes() for name, array in tensors.items()
    }


@pytest.mark.parametrize("activation", CHOICES["activation"])
@pytest.mark.parametrize("normalisation", CHOICES["normalisation"])
def test_onnx_runtime_gives_the_probes_outputs(activation: str, normalisation: str) -> None:
    probe = Probe(widths=(8, 6), activation=activation, normalisation=normalisation)
    tensors = random_tensors(probe, 5, 3)
    parameters, statistics = formats.parameters_of(tensors)
    expected = in_jax(with_jax.passed, probe, parameters, ROWS, statistics or None)[0]
    outputs = cost.session_of(formats.to_onnx(probe, tensors)).run(None, {"rows": ROWS})[0]
    assert np.abs(outputs - expected).max() <= 1e-6 * max(1, np.abs(expected).max())


def test_a_trained_probe_survives_its_files() -> None:
    probe = Probe(widths=(4,), normalisation="batch", steps=40, batch_size=16)
    training = in_jax(train, probe, ROWS, TARGETS)
    tensors = formats.tensors_of(training.parameters, training.statistics)
    assert {name: array.shape for name, array in tensors.items()} == formats.shapes_of(probe, 5, 3)
    assert np.abs(tensors["0.mean"]).max() > 0  # the running statistics of training, not those it began with
    parameters, statistics = formats.parameters_of(formats.from_onnx(formats.to_onnx(probe, tensors)))
    before, after = (
        in_jax(with_jax.passed, probe, *pair)[0]
        for pair in ((training.parameters, ROWS, training.statistics), (parameters, ROWS, statistics))
    )
    assert before.tobytes() == after.tobytes()


def test_operations_and_memory_by_hand() -> None:
    probe = Probe(widths=(4,), optimizer="adam", batch_size=10)
    assert cost.forward_flops(probe, 3, 2, rows=10) == 2 * 10 * (3 * 4 + 4 * 2)
    assert cost.training_bytes(probe, 3, 2) == 4 * ((3 * 4 + 4 + 4 * 2 + 2) * 4 + 10 * (3 + 2 * 4 + 2))


def test_times_that_are_a_sum_of_their_features_are_foretold() -> None:
    probes = [
        (Probe(widths=(width,) * depth), 20, 5, rows) for width in (4, 64, 256) for depth in (1, 3) for rows in (1, 16, 256)
    ]
    rows = np.array([cost.features(*one) for one in probes])
    seconds = rows @ np.array([3e-6, 2e-6, 1e-10, 0, 2e-9])
    known, asked = np.arange(0, 18, 2), np.arange(1, 18, 2)
    foretold = rows[asked] @ cost.fit_times(rows[known], seconds[known])
    assert foretold == pytest.approx(seconds[asked], rel=1e-3)
    assert (cost.fit_times(rows, seconds[::-1]) >= 0).all()


def test_a_models_times_are_by_batch() -> None:
    probe = Probe(widths=(64, 64))
    loaded, times = cost.inference_times(formats.to_onnx(probe, random_tensors(probe, 32, 4)), (1, 4096), calls=20)
    assert loaded > 0
    assert list(times) == [1, 4096]
    assert all(timing.p50 <= timing.p95 for timing in times.values())
