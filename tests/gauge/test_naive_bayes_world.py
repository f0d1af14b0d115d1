"""Worlds of known Bayes rule: exact numbers against sums written out, and draws that follow them."""

import itertools
import math

import pytest
from brickyard.gauge.naive_bayes_world import (
    World,
    balanced_bayes_error,
    bayes_error,
    bayes_posterior,
    draw,
    encode,
    joint,
    patterns,
    population,
)  # fmt: skip


def slow_error(world: World, prior: tuple[float, float]) -> float:
    wrong = 0.0
    for bits in itertools.product((0, 1), repeat=4):
        shares = []
        for c, overlapping in enumerate((0.8, 0.6)):
            on = [1 - world.overlap / 2 if c else world.overlap / 2] * 3 + [overlapping]
            shares.append(prior[c] * math.prod(p if bit else 1 - p for p, bit in zip(on, bits, strict=True)))
        wrong += min(shares)
    return wrong


@pytest.mark.parametrize("overlap", [0, 0.25, 0.75, 1])
@pytest.mark.parametrize("imbalance", [1, 9, 100])
def test_bayes_error_is_the_sum_of_what_the_best_rule_gets_wrong(overlap: float, imbalance: float) -> None:
    world = World(overlap, imbalance, 3)
    assert bayes_error(world) == pytest.approx(slow_error(world, (imbalance / (1 + imbalance), 1 / (1 + imbalance))))
    assert balanced_bayes_error(world) == pytest.approx(slow_error(world, (0.5, 0.5)))


def test_no_overlap_is_no_error_and_full_overlap_leaves_the_overlapping_bit() -> None:
    assert bayes_error(World(0, 9, 1)) == 0
    assert balanced_bayes_error(World(1, 9, 1)) == pytest.approx((1 - 0.2) / 2)


def test_overlap_is_the_shared_share_of_a_bits_two_distributions() -> None:
    world = World(0.5, 1, 1)
    given = joint(world) * 2
    on = patterns(4)[:, 0] == 1
    shared = sum(min(given[rows, 0].sum(), given[rows, 1].sum()) for rows in (on, ~on))
    assert shared == pytest.approx(0.5)


def test_copies_change_rows_and_neither_probabilities_nor_draws() -> None:
    once, often = World(0.5, 9, 1), World(0.5, 9, 10)
    assert joint(once).tolist() == joint(often).tolist()
    assert draw(once, 500, 3).weights.tolist() == draw(often, 500, 3).weights.tolist()
    assert encode(often).shape == (16, 26)
    assert {tuple(row) for row in encode(often)[:, 6:].reshape(16, 10, 2).sum(1)} == {(10, 0), (0, 10)}


def test_all_rows_have_as_many_words_and_the_vocabulary_is_padded_with_none() -> None:
    words = encode(World(0.5, 9, 3, vocabulary=40))
    assert words.shape == (16, 40)
    assert set(words.sum(1)) == {6}


def test_draws_hold_the_classes_shares_and_follow_the_probabilities() -> None:
    world = World(0.5, 9, 1)
    sample, all_rows = draw(world, 200_000, 1), population(world)
    minority = sample.labels == 1
    assert sample.weights.sum() == 200_000 and sample.weights[minority].sum() == 20_000
    shares = {(*row, c): w for row, c, w in zip(map(tuple, all_rows.features), all_rows.labels, all_rows.weights, strict=True)}
    for row, c, w in zip(map(tuple, sample.features), sample.labels, sample.weights, strict=True):
        p = shares[(*row, c)]
        assert abs(w - 200_000 * p) < 5 * math.sqrt(200_000 * p) + 1
    assert draw(world, 10, 1).weights[draw(world, 10, 1).labels == 1].sum() == 1


def test_the_posterior_is_that_of_counted_populations() -> None:
    world = World(0.25, 3, 1)
    both = joint(world)
    assert bayes_posterior(world)[:, 1] == pytest.approx(both[:, 1] / both.sum(1))
    assert population(world).weights.sum() == pytest.approx(1)


def test_too_many_patterns_are_not_enumerated() -> None:
    with pytest.raises(ValueError, match="17 bits have 131072 patterns"):
        patterns(17)
