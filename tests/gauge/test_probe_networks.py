"""Networks, losses and first weights against formulas written out by hand."""

import math
import subprocess
import sys

import numpy as np
import pytest
from brickyard.errors import ConfigError
from brickyard.gauge.probes.batches import batches_of
from brickyard.probe import CHOICES, Probe

from tests.gauge import with_jax
from tests.jax_process import in_jax

RANDOM = np.random.default_rng(7)
OUTPUTS = RANDOM.normal(size=(6, 3)).astype(np.float32)
LABELS = np.array([0, 1, 2, 0, 1, 2])
TARGETS = np.eye(3, dtype=np.float32)[LABELS]
ERF = np.vectorize(math.erf)


def by_hand(name: str, outputs: np.ndarray, label: int) -> float:
    """One example's loss, by loops."""
    values = [float(value) for value in outputs]
    total = sum(math.exp(value) for value in values)
    logs = [math.log(math.exp(value) / total) for value in values]
    errors = [value - (place == label) for place, value in enumerate(values)]
    if name == "cross_entropy":
        return -logs[label]
    if name == "focal":
        return -((1 - math.exp(logs[label])) ** 2) * logs[label]
    if name == "label_smoothing":
        return -sum((0.9 * (place == label) + 0.1 / 3) * log for place, log in enumerate(logs))
    if name == "hinge":
        return max(0.0, 1 + max(value for place, value in enumerate(values) if place != label) - values[label])
    if name == "mse":
        return sum(error**2 for error in errors) / 3
    if name == "mae":
        return sum(abs(error) for error in errors) / 3
    return sum(error**2 / 2 if abs(error) <= 1 else abs(error) - 0.5 for error in errors) / 3


@pytest.mark.parametrize("name", CHOICES["loss"])
def test_a_loss_is_its_formula(name: str) -> None:
    expected = [by_hand(name, outputs, label) for outputs, label in zip(OUTPUTS, LABELS, strict=True)]
    assert in_jax(with_jax.losses, name, OUTPUTS, TARGETS) == pytest.approx(expected, rel=1e-5, abs=1e-6)


@pytest.mark.parametrize("name", CHOICES["loss"])
def test_a_losss_gradient_is_its_slope(name: str) -> None:
    slopes = in_jax(with_jax.loss_slopes, name, OUTPUTS, TARGETS)
    for row, label in enumerate(LABELS):
        for place in range(3):
            up, down = OUTPUTS[row].astype(float), OUTPUTS[row].astype(float)
            up[place] += 1e-5
            down[place] -= 1e-5
            slope = (by_hand(name, up, label) - by_hand(name, down, label)) / 2e-5
            assert slopes[row, place] == pytest.approx(slope, abs=1e-4)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("relu", lambda x: np.maximum(x, 0)),
        ("leaky_relu", lambda x: np.where(x > 0, x, 0.01 * x)),
        ("gelu", lambda x: x * (1 + ERF(x / math.sqrt(2))) / 2),
        ("silu", lambda x: x / (1 + np.exp(-x))),
        ("tanh", np.tanh),
        ("sigmoid", lambda x: 1 / (1 + np.exp(-x))),
    ],
)
def test_an_activation_is_its_formula(name: str, expected) -> None:
    values = np.linspace(-4, 4, 33, dtype=np.float32)
    assert in_jax(with_jax.activated, name, values) == pytest.approx(expected(values), abs=2e-6)


@pytest.mark.parametrize(
    ("name", "first", "middle", "last"),
    [("constant", 0.4, 0.4, 0.4), ("cosine", 0.4, 0.2, 0), ("warm_up", 0, 0.4, 0.4), ("step", 0.4, 0.04, 0.004),
     ("exponential", 0.4, 0.04, 0.004)],
)  # fmt: skip
def test_a_schedule_has_its_shape(name: str, first: float, middle: float, last: float) -> None:
    rates = in_jax(with_jax.rates, name, 0.4, 100)
    assert [rates[0], rates[50], rates[100]] == pytest.approx([first, middle, last], abs=1e-6)
    assert max(rates) == pytest.approx(0.4)


@pytest.mark.parametrize(
    ("name", "variance"), [("glorot", 2 / 400), ("he", 2 / 300), ("lecun", 1 / 300), ("too_large", 100 * 2 / 300)]
)
def test_first_weights_have_their_variance(name: str, variance: float) -> None:
    weights = in_jax(with_jax.first_weights, name, 300, 100, 300, 100)
    assert weights.var() == pytest.approx(variance, rel=4 * math.sqrt(2 / weights.size))
    assert abs(weights.mean()) < 4 * math.sqrt(variance / weights.size)


@pytest.mark.parametrize(("inputs", "outputs"), [(9, 5), (5, 9)])
def test_orthogonal_weights_stretch_every_direction_alike(inputs: int, outputs: int) -> None:
    weights = in_jax(with_jax.first_weights, "orthogonal", inputs, outputs, inputs, outputs)
    assert np.linalg.svd(weights, compute_uv=False) == pytest.approx(math.sqrt(2), abs=1e-5)


def test_units_that_only_fill_up_a_width_have_no_weights_and_do_not_count() -> None:
    weights = in_jax(with_jax.first_weights, "he", 40, 60, 64, 128)
    assert not weights[40:].any()
    assert not weights[:, 60:].any()
    assert weights[:40, :60].var() == pytest.approx(2 / 40, rel=0.15)


def test_a_pass_is_the_layers_by_hand() -> None:
    probe = Probe(widths=(5, 4), activation="tanh", normalisation="layer")
    parameters = in_jax(with_jax.parameters_of, probe, 3, 2)
    rows = RANDOM.normal(size=(7, 3)).astype(np.float32)
    values = rows.astype(float)
    for layer in parameters[:-1]:
        values = values @ layer["weight"] + layer["bias"]
        values = (values - values.mean(1, keepdims=True)) / np.sqrt(values.var(1, keepdims=True) + 1e-5)
        values = np.tanh(values * layer["gain"] + layer["shift"])
    expected = values @ parameters[-1]["weight"] + parameters[-1]["bias"]
    assert in_jax(with_jax.passed, probe, parameters, rows)[0] == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("normalisation", CHOICES["normalisation"])
def test_room_for_more_units_changes_no_output(normalisation: str) -> None:
    probe = Probe(widths=(5, 3), activation="sigmoid", normalisation=normalisation)
    parameters = in_jax(with_jax.parameters_of, probe, 3, 2)
    rows = RANDOM.normal(size=(7, 3)).astype(np.float32)
    expected = in_jax(with_jax.passed, probe, parameters, rows)[0]
    assert in_jax(with_jax.passed_with_room, probe, parameters, rows, 9) == pytest.approx(expected, abs=1e-5)


def test_batch_normalised_units_have_mean_0_and_variance_1_over_the_batch() -> None:
    probe = Probe(widths=(8,), activation="leaky_relu", normalisation="batch")
    rows = (5 + 3 * RANDOM.normal(size=(50, 4))).astype(np.float32)
    hidden = in_jax(with_jax.passed, probe, in_jax(with_jax.parameters_of, probe, 4, 2), rows)[1][0]
    before = np.where(hidden > 0, hidden, hidden / 0.01)
    assert before.mean(0) == pytest.approx(0, abs=1e-4)
    assert before.var(0) == pytest.approx(1, abs=1e-3)


def test_a_batch_of_one_under_batch_normalisation_looks_like_any_other() -> None:
    probe = Probe(widths=(8,), normalisation="batch")
    parameters = in_jax(with_jax.parameters_of, probe, 4, 2)
    one, other = (
        in_jax(with_jax.passed, probe, parameters, RANDOM.normal(size=(1, 4)).astype(np.float32))[0] for _ in range(2)
    )
    assert one.tolist() == other.tolist()


def test_batches_are_epochs_of_all_members() -> None:
    members = np.array([3, 5, 8, 13, 21, 34])
    batches = batches_of(members, 2, 7, seed=1)
    assert batches.shape == (7, 2)
    assert sorted(batches[:3].ravel()) == sorted(batches[3:6].ravel()) == members.tolist()
    assert batches.tolist() == batches_of(members, 2, 7, seed=1).tolist() != batches_of(members, 2, 7, seed=2).tolist()


def test_batches_larger_than_the_data_are_all_of_it_and_rests_of_epochs_are_left_out() -> None:
    assert batches_of(np.arange(3), 10, 2, 0).shape == (2, 3)
    assert [len(set(batch)) for batch in batches_of(np.arange(5), 2, 9, 0).tolist()] == [2] * 9


def test_the_process_that_forks_does_not_import_jax() -> None:
    code = "import sys, brickyard.gauge.plan, brickyard.kernels; sys.exit('jax' in sys.modules or 'jaxlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_probe_that_cannot_be_is_refused_with_all_that_is_wrong() -> None:
    with pytest.raises(ConfigError) as refusal:
        Probe(widths=(8, 0), loss="l1", learning_rate=float("nan"), batch_size=0)
    for part in (
        "widths = (8, 0); must be positive",
        "loss = 'l1'; must be one of cross_entropy, ",
        "learning_rate = nan",
        "batch_size = 0",
    ):
        assert part in str(refusal.value)
