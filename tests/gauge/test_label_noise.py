"""Wrong labels, balance and overlap: against their definitions by loops, and planted cases."""

import math

import numpy as np
import pytest
from brickyard.gauge.balance import balance_of
from brickyard.gauge.label_noise import most_doubtful, probabilities, wrong_labels
from brickyard.gauge.neighbours import nearest
from brickyard.gauge.overlap import crossings, fisher_ratio, worst_pairs
from hypothesis import given, settings
from hypothesis import strategies as st


def confident_joint(votes: list[list[int]], labels: list[int], classes: int) -> float:
    """Share off the diagonal, by the definition of the paper in loops."""
    seen = [[row.count(c) / len(row) for c in range(classes)] for row in votes]
    own = {c: [p[c] for p, label in zip(seen, labels, strict=True) if label == c] for c in range(classes)}
    expected = [sum(own[c]) / len(own[c]) for c in range(classes)]
    wrong, counted = [0] * classes, [0] * classes
    for p, label in zip(seen, labels, strict=True):
        above = [c for c in range(classes) if p[c] >= expected[c] - 1e-6 and p[c] > 0]
        if not above:
            continue
        likely = max(above, key=lambda c: (p[c], c == label, -c))
        counted[label] += 1
        wrong[label] += likely != label
    return sum(labels.count(c) * wrong[c] / max(counted[c], 1) for c in range(classes)) / len(labels)


@settings(max_examples=50, deadline=None)
@given(st.data())
def test_the_share_of_wrong_labels_is_that_of_the_definition(data) -> None:
    labels = [0, 1, 2, *data.draw(st.lists(st.integers(0, 2), max_size=15))]
    votes = [data.draw(st.lists(st.integers(0, 2), min_size=5, max_size=5)) for _ in labels]
    found = wrong_labels(np.array(votes), np.array(labels), 3)
    assert found.share == pytest.approx(confident_joint(votes, labels, 3))
    assert found.low <= found.share <= found.high


def test_planted_flips_are_found_and_named() -> None:
    """Three clusters far apart, 8 % of the labels moved to the next cluster."""
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 3, 900)
    vectors = rng.normal(size=(900, 3)) + 8 * np.eye(3)[truth]
    moved = rng.choice(900, 72, replace=False)
    labels = truth.copy()
    labels[moved] = (truth[moved] + 1) % 3
    found = wrong_labels(labels[nearest(vectors, {900: 15})[900].rows], labels, 3)
    assert found.low <= 0.08 <= found.high
    doubted = np.flatnonzero(found.likely != labels)
    assert set(doubted) <= set(moved)  # those with votes below the mean of the right class count for none
    assert len(doubted) > 40
    assert (found.likely[doubted] == truth[doubted]).all()
    first = most_doubtful(found, labels, 10)
    assert len(first) == 10
    assert found.confidence[first].max() <= np.sort(found.confidence[moved])[9]


def test_a_scattered_class_that_nobody_votes_for_makes_no_label_doubtful() -> None:
    """Five documents of class 2 lie among two clean clusters; documents with fewer votes than their class's mean are theirs."""
    rng = np.random.default_rng(6)
    labels = np.concatenate([rng.integers(0, 2, 300), [2] * 5])
    truth = np.concatenate([labels[:300], rng.integers(0, 2, 5)])
    vectors = rng.normal(size=(305, 2)) + 3 * truth[:, None]
    votes = labels[nearest(vectors, {305: 15})[305].rows]
    votes[votes == 2] = 0
    found = wrong_labels(votes, labels, 3)
    assert (found.likely[:300] != 2).all()
    assert found.share < 0.1


def test_clean_labels_are_not_doubted() -> None:
    rng = np.random.default_rng(1)
    labels = rng.integers(0, 2, 300)
    vectors = rng.normal(size=(300, 2)) + 20 * labels[:, None]
    found = wrong_labels(labels[nearest(vectors, {300: 15})[300].rows], labels, 2)
    assert found.share == 0
    assert found.low == 0
    assert not len(most_doubtful(found, labels, 10))


def test_probabilities_are_shares_of_votes() -> None:
    assert probabilities(np.array([[0, 0, 2, 1]]), 3).tolist() == [[0.5, 0.25, 0.25]]


def test_balance_of_four_to_one() -> None:
    balance = balance_of({"a": 80, "b": 20})
    bits = -(0.8 * math.log2(0.8) + 0.2 * math.log2(0.2))
    assert (balance.classes, balance.ratio, balance.majority) == (2, 4, 0.8)
    assert balance.entropy == pytest.approx(bits)
    assert balance.effective == pytest.approx(2**bits)
    assert balance.effective_squares == pytest.approx(1 / 0.68)


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 40), st.integers(1, 1000))
def test_even_classes_are_all_effective(classes: int, size: int) -> None:
    balance = balance_of({str(one): size for one in range(classes)})
    assert balance.effective == pytest.approx(classes)
    assert balance.effective_squares == pytest.approx(classes)


def test_crossings_say_whose_neighbour_is_whose() -> None:
    crossed = crossings(np.array([1, 0, 3, 0, 3]), np.array([0, 0, 1, 1, 2]), 3)
    assert crossed.tolist() == [[2, 0, 0], [1, 1, 0], [0, 1, 0]]
    assert worst_pairs(crossed, 5) == [(1, 2, pytest.approx(1 / 3)), (0, 1, pytest.approx(1 / 4))]


def test_fishers_ratio_is_that_of_the_best_feature() -> None:
    """Of two classes, evenly many: a quarter of the squared distance of means, per variance."""
    values = np.array([[0.0, 5, 1], [2, 5, 0], [10, 5, 1], [12, 5, 0]])
    assert fisher_ratio(values, np.array([0, 0, 1, 1])) == pytest.approx((10**2 / 4) / 1)
    assert fisher_ratio(values[:, :1] // 10, np.array([0, 0, 1, 1])) == math.inf
    with pytest.raises(ValueError, match="no feature varies"):
        fisher_ratio(np.ones((4, 2)), np.array([0, 0, 1, 1]))
