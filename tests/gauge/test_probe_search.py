"""Searches: what they try, slopes against differences, and the same numbers however they are spread."""

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from brickyard.errors import ConfigError
from brickyard.gauge.probes import search as searching
from brickyard.gauge.probes.hypergradient import Task, held_out_loss, held_out_slope
from brickyard.gauge.probes.search import Trial, best_so_far, chains_of, run_chain, search
from brickyard.gauge.probes.space import Place, Space, grid, probe_at
from brickyard.probe import Probe
from pyspark.sql import SparkSession

from tests.jax_process import in_jax

SPACE = Space({"learning_rate": (0.001, 10.0), "l2": (1e-5, 1.0)})
PROBE = Probe(widths=(6,), activation="tanh", steps=30, batch_size=16)
RANDOM = np.random.default_rng(5)
ROWS = RANDOM.normal(size=(120, 4)).astype(np.float32)
TASK = Task(ROWS, np.eye(2, dtype=np.float32)[(ROWS[:, 0] * ROWS[:, 1] > 0).astype(int)], 60)


def test_a_grid_is_even_in_logarithms_and_within_its_budget() -> None:
    places = grid(SPACE, 10)
    rates = sorted({probe_at(SPACE, place, PROBE).learning_rate for place in places})
    assert len(places) == 9
    assert rates == pytest.approx([0.001 * 10 ** (4 / 6), 0.1, 0.1 * 10 ** (8 / 6)])


def test_a_grid_has_every_combination_of_lists() -> None:
    space = Space({"learning_rate": (0.01, 1.0)}, {"activation": ("relu", "tanh"), "widths": ((4,), (8,))})
    assert len({place.listed for place in grid(space, 4)}) == 4
    assert probe_at(space, Place((0.5,), ("relu", (4,))), PROBE) == replace(
        PROBE, learning_rate=0.1, activation="relu", widths=(4,)
    )


def test_starts_of_descents_have_listed_values_in_turn_and_a_small_grid_some_of_each() -> None:
    space = Space({"learning_rate": (0.01, 1.0)}, {"activation": ("relu", "tanh", "gelu"), "widths": ((4,), (8,))})
    for seed in range(20):
        starts = [chain.start.listed for chain in chains_of(space, "hypergradient", 7 * 8, seed)]
        assert len(set(starts[:6])) == 6
    places = grid(space, 3)
    assert {place.listed[0] for place in places} == {"relu", "tanh", "gelu"}


@pytest.mark.parametrize("how", ["grid", "random", "hypergradient"])
@pytest.mark.parametrize("budget", [1, 8, 21, 64])
def test_chains_spend_the_budget(how: str, budget: int) -> None:
    chains = chains_of(SPACE, how, budget, seed=3)
    trials = [chain.first + step for chain in chains for step in range(chain.length)]
    assert trials == list(range(len(trials)))
    assert len(trials) == (int(budget**0.5) ** 2 if how == "grid" else budget)
    assert all(0 <= unit <= 1 for chain in chains for unit in chain.start.units)


def test_starts_of_descents_leave_no_part_of_a_range_out() -> None:
    starts = np.array([chain.start.units for chain in chains_of(SPACE, "hypergradient", 56, seed=0)])
    assert [sorted(column) for column in (starts.T * 8).astype(int).tolist()] == [list(range(8))] * 2


@pytest.mark.parametrize("ranges", [{}, {"steps": (1, 2)}, {"l2": (0.0, 1.0)}, {"l2": (2.0, 1.0)}])
def test_a_space_without_a_proper_range_is_refused(ranges: dict) -> None:
    with pytest.raises(ConfigError):
        Space(ranges)


def test_another_kind_of_search_is_refused() -> None:
    with pytest.raises(ConfigError, match="grid, random, hypergradient"):
        chains_of(SPACE, "tpe", 8, 0)


@pytest.mark.parametrize("name", ["learning_rate", "l2"])
@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_a_hypergradient_is_the_slope_between_neighbours(name: str, optimizer: str) -> None:
    probe = replace(PROBE, learning_rate=0.2 if optimizer == "sgd" else 0.02, l2=0.05, optimizer=optimizer)
    loss, slopes = in_jax(held_out_slope, probe, TASK)
    up, down = (
        in_jax(held_out_loss, replace(probe, **{name: getattr(probe, name) * np.exp(move)}), TASK) for move in (0.02, -0.02)
    )
    assert loss == pytest.approx(in_jax(held_out_loss, probe, TASK), rel=1e-5)
    assert slopes[name] == pytest.approx((up - down) / 0.04, rel=0.02, abs=2e-4)


def descent(
    monkeypatch: pytest.MonkeyPatch, loss: Callable[[float, float], float], start: tuple[float, float], length: int
) -> list[Trial]:
    """The trials of a descent on a function of log10 of the two settings, with slopes by differences."""

    def slope(probe: Probe, task: Task) -> tuple[float, dict[str, float]]:
        x, y = math.log10(probe.learning_rate), math.log10(probe.l2)
        rises = [(loss(x + 1e-4, y) - loss(x - 1e-4, y)) / 2e-4, (loss(x, y + 1e-4) - loss(x, y - 1e-4)) / 2e-4]
        return loss(x, y), dict(zip(("learning_rate", "l2"), (rise / math.log(10) for rise in rises), strict=True))

    monkeypatch.setattr(searching, "held_out_slope", slope)
    chain = replace(chains_of(SPACE, "hypergradient", 7, 1)[0], length=length, start=Place(start))
    return run_chain(chain, PROBE, TASK, SPACE)


def test_a_descent_finds_the_bottom_of_a_bowl(monkeypatch: pytest.MonkeyPatch) -> None:
    trials = descent(monkeypatch, lambda x, y: (x + 1) ** 2 + 0.2 * (y + 3) ** 2, (0.9, 0.9), 16)
    best = min(trials, key=lambda trial: trial.loss)
    assert math.log10(best.learning_rate) == pytest.approx(-1, abs=0.25)
    assert best.loss < 0.1 < trials[0].loss
    assert best_so_far([3, 1, 2, 0.5]) == [3, 1, 1, 0.5]


def test_a_step_that_does_not_help_is_tried_again_at_half_its_length(monkeypatch: pytest.MonkeyPatch) -> None:
    trials = descent(monkeypatch, lambda x, y: abs(x - 0.7), (0.95, 0.5), 4)  # the bottom is 0.025 of the range below
    moved = [math.log10(trial.learning_rate / trials[0].learning_rate) / 4 for trial in trials[1:]]
    assert moved == pytest.approx([-0.15, -0.075, -0.0375], abs=1e-3)
    assert trials[3].loss < trials[0].loss < min(trials[1].loss, trials[2].loss)


def test_a_descent_from_where_training_is_lost_lowers_the_learning_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    trials = descent(monkeypatch, lambda x, y: math.nan if x > -0.5 else x, (1.0, 0.5), 5)
    assert [trial.loss == math.inf for trial in trials] == [True, True, False, False, False]
    assert [math.log10(trial.learning_rate) for trial in trials[:3]] == pytest.approx([1, 0, -1])
    assert min(trial.loss for trial in trials) < -1


def test_a_descent_stays_within_its_ranges(monkeypatch: pytest.MonkeyPatch) -> None:
    trials = descent(monkeypatch, lambda x, y: x + y, (0.1, 0.1), 12)
    assert min(trial.learning_rate for trial in trials) == pytest.approx(0.001)
    assert min(trial.l2 for trial in trials) == pytest.approx(1e-5)


def test_a_search_gives_the_same_bits_in_1_2_and_3_partitions(spark: SparkSession) -> None:
    found = [
        sorted(
            search(spark, PROBE, TASK, SPACE, "hypergradient", 21, seed=2, partitions=count).collect(),
            key=lambda row: row.trial,
        )
        for count in (1, 2, 3)
    ]
    assert [row.trial for row in found[0]] == list(range(21))
    assert found[0] == found[1] == found[2]
    alone = [
        trial.loss
        for chain in chains_of(SPACE, "hypergradient", 21, 2)
        for trial in in_jax(run_chain, chain, PROBE, TASK, SPACE)
    ]
    assert [row.loss for row in found[0]] == alone
