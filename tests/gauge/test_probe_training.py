"""Training, curvature, and what is said of a training."""

import re
from dataclasses import replace

import numpy as np
import pytest
from brickyard.gauge.probes.curvature import highest_rate
from brickyard.gauge.probes.training import Run, Training, train, train_many
from brickyard.gauge.probes.watching import watch
from brickyard.probe import Probe

from tests.gauge import with_jax
from tests.jax_process import in_jax

RANDOM = np.random.default_rng(3)
ROWS = RANDOM.normal(size=(300, 6)).astype(np.float32)
TARGETS = np.eye(3, dtype=np.float32)[(ROWS @ RANDOM.normal(size=(6, 3))).argmax(1)]
PROBE = Probe(widths=(8,), steps=100, batch_size=32, learning_rate=0.3)


def trained(probe: Probe, **choices) -> Training:
    return in_jax(train, probe, ROWS, TARGETS, **choices)


def softmax_by_hand(probe: Probe, weight: np.ndarray) -> list[float]:
    """Losses by step of a linear softmax model, all rows in every step, in float64."""
    bias, losses = np.zeros(3), []
    for _ in range(probe.steps):
        outputs = ROWS @ weight + bias
        shares = np.exp(outputs) / np.exp(outputs).sum(1, keepdims=True)
        losses.append(-np.log((shares * TARGETS).sum(1)).mean() + probe.l2 / 2 * (weight**2).sum())
        errors = (shares - TARGETS) / len(ROWS)
        weight = weight - probe.learning_rate * (ROWS.T @ errors + probe.l2 * weight)
        bias = bias - probe.learning_rate * errors.sum(0)
    return losses


def test_a_linear_probe_is_gradient_descent_by_hand() -> None:
    probe = Probe(widths=(), steps=30, batch_size=300, learning_rate=0.5, l2=0.01)
    weight = in_jax(with_jax.parameters_of, probe, 6, 3)[0]["weight"].astype(float)
    assert trained(probe).loss == pytest.approx(softmax_by_hand(probe, weight), rel=1e-4)


def test_the_same_seed_gives_the_same_bits_and_another_seed_others() -> None:
    once, again, other = (trained(replace(PROBE, seed=seed)) for seed in (1, 1, 2))
    assert once.loss.tobytes() == again.loss.tobytes() != other.loss.tobytes()
    assert all(a["weight"].tobytes() == b["weight"].tobytes() for a, b in zip(once.parameters, again.parameters, strict=True))


def test_looks_are_shares_of_all_weights_and_end_where_training_ends() -> None:
    training = trained(PROBE)
    assert training.looks["weight_histogram"].shape == (20, 2, 21)
    assert training.looks["weight_histogram"].sum(2) == pytest.approx(1, abs=1e-5)
    assert training.looks["gradient_histogram"].sum(2) == pytest.approx(1, abs=1e-5)
    for layer, parameters in enumerate(training.parameters):
        weight = parameters["weight"]
        assert training.looks["spectral_norm"][-1, layer] == pytest.approx(np.linalg.svd(weight)[1].max(), rel=1e-5)
        assert training.looks["weight_deviation"][-1, layer] == pytest.approx(weight.std(), rel=1e-4)
        assert training.looks["weight_mean"][-1, layer] == pytest.approx(weight.mean(), abs=1e-6)


def test_many_widths_by_one_program_give_what_each_gives_alone_whatever_is_beside_them() -> None:
    runs = [Run((width,), 0.3, 0.001, seed, np.arange(200)) for width, seed in ((2, 0), (8, 1), (5, 2))]
    together = in_jax(train_many, PROBE, runs, ROWS, TARGETS)
    again = in_jax(train_many, PROBE, runs[1:2], ROWS, TARGETS)
    assert together.outputs.shape == (3, 300, 3)
    assert together.loss[1].tobytes() == again.loss[0].tobytes()
    assert together.outputs[1].tobytes() == again.outputs[0].tobytes()


def test_held_out_rows_do_not_reach_training() -> None:
    runs = [Run((4,), 0.3, 0.0, 0, np.arange(200))]
    changed = TARGETS.copy()
    changed[200:] = np.roll(changed[200:], 1, axis=1)
    first, second = (in_jax(train_many, PROBE, runs, ROWS, targets) for targets in (TARGETS, changed))
    assert first.outputs.tobytes() == second.outputs.tobytes()


@pytest.mark.parametrize("values", [(1.0, 3.0, 7.0), (-5.0, 1.0, 2.0), (4.0, 4.0, 4.0), (0.5, 0.0, -0.1)])
def test_the_largest_curvature_of_a_parabola_is_its_largest_eigenvalue(values: tuple[float, ...]) -> None:
    turn = np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))[0]
    matrix = (turn * values) @ turn.T
    assert in_jax(with_jax.quadratic_curvature, matrix.astype(np.float32)) == pytest.approx(max(values), rel=1e-3)


@pytest.mark.parametrize("loss", ["cross_entropy", "mse"])
def test_the_largest_curvature_of_a_network_is_that_of_its_whole_hessian(loss: str) -> None:
    probe = Probe(widths=(4,), activation="tanh", loss=loss, l2=0.02)
    parameters = in_jax(with_jax.parameters_of, probe, 6, 3)
    expected = np.linalg.eigvalsh(in_jax(with_jax.hessian_of, probe, parameters, ROWS, TARGETS).astype(float)).max()
    assert in_jax(with_jax.network_curvature, probe, parameters, ROWS, TARGETS) == pytest.approx(expected, rel=1e-3)


def test_what_a_curvature_bears() -> None:
    assert highest_rate("sgd", 4.0) == 0.5
    assert highest_rate("momentum", 3.8) == pytest.approx(1.0)
    assert highest_rate("adam", 4.0) is None
    assert highest_rate("sgd", -1.0) is None


def verdict(probe: Probe, training: Training | None = None):
    return watch(probe, training or trained(probe), ROWS.shape[1])


def test_training_that_settles_is_converged_and_has_no_causes() -> None:
    settled = replace(trained(PROBE), loss=np.full(100, 0.1), end_loss=0.1)
    assert (verdict(PROBE, settled).state, verdict(PROBE, settled).causes) == ("converged", ())
    nothing = replace(settled, end_loss=settled.guess)
    assert verdict(PROBE, nothing).state == "plateau"
    lost = replace(settled, end_loss=3 * max(settled.loss[0], settled.guess))
    assert verdict(PROBE, lost).sentence.startswith("the loss ended at 3.3, above its start: ")


def test_training_cut_short_is_still_learning() -> None:
    assert verdict(replace(PROBE, learning_rate=0.05)).state == "learning"


def test_a_learning_rate_beyond_the_curvatures_is_named_and_caught_while_all_is_finite() -> None:
    probe = replace(PROBE, loss="mse", learning_rate=30.0)
    training = trained(probe)
    told = verdict(probe, training)
    assert (told.state, told.causes[-1].name) == ("diverging", "learning rate")
    assert "times what the largest curvature bears at the start" in told.sentence
    assert np.isfinite(training.loss[told.step])
    assert all(np.isfinite(leaf).all() for layer in training.parameters for leaf in layer.values())
    assert not np.isfinite(trained(probe, watch=False).end_loss)


def test_weights_that_are_too_large_are_the_root_cause() -> None:
    probe = replace(PROBE, loss="mse", initialisation="too_large", learning_rate=1.0)
    told = verdict(probe)
    assert (told.state, told.causes[0].name) == ("diverging", "scale of weights")
    assert float(re.search(r"began ([\d.]+) times", told.causes[0].sentence)[1]) == pytest.approx(10, rel=0.3)


def test_a_batch_of_one_under_batch_normalisation_learns_nothing_and_is_named() -> None:
    told = verdict(replace(PROBE, normalisation="batch", batch_size=1, learning_rate=0.01))
    assert (told.state, told.causes[0].name) == ("plateau", "batch of one")


def test_a_batch_of_one_is_named_however_well_its_loss_goes() -> None:
    alone = replace(PROBE, normalisation="batch", batch_size=1)
    assert [cause.name for cause in verdict(alone, trained(PROBE)).causes] == ["batch of one"]


def test_dead_units_are_counted_and_named() -> None:
    parameters = in_jax(with_jax.parameters_of, PROBE, 6, 3)
    parameters[0]["bias"] = np.array([-50.0] * 5 + [0.0] * 3, np.float32)
    hidden = in_jax(with_jax.passed, PROBE, parameters, ROWS)[1][0]
    assert in_jax(with_jax.dead_of, hidden, np.ones(8, np.float32)) == 5 / 8
    assert in_jax(with_jax.dead_of, hidden, np.array([1, 1, 0, 0, 0, 1, 1, 0], np.float32)) == 2 / 4
    training = trained(PROBE)
    stuck = replace(training, end_loss=training.guess, looks=training.looks | {"dead": np.array([[0.0], [5 / 8]])})
    assert [cause.name for cause in verdict(PROBE, stuck).causes] == ["dead units"]
    assert "62% of the units of hidden layer 1" in verdict(PROBE, stuck).sentence
