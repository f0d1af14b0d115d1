"""What experiment E8 runs in numpy is what MLlib does; and KEEL's folds are fixed, and learn from training rows alone."""

import numpy as np
import pytest
from brickyard.gauge.comparing import collected
from brickyard.gauge.naive_bayes import METHODS, Settings, plain, prior_corrected
from brickyard.gauge.naive_bayes_world import Sample

from tests.evaluation.keel_folds import FOLDS, binned, fold_of, scaled
from tests.evaluation.keel_imbalanced import DataSet
from tests.evaluation.mirrors import MIRRORS, gaussian, mirrored
from tests.gauge.made_rows import counts, frame_of


@pytest.fixture(scope="module")
def samples(spark):
    made = [Sample(*counts(seed), np.random.default_rng(seed).integers(1, 4, 80).astype(float)) for seed in (21, 22)]
    return made, [frame_of(spark, one.features, one.labels, one.weights) for one in made]


@pytest.mark.parametrize("name", METHODS)
def test_the_mirror_of_each_method_says_what_mllib_says(samples, name: str) -> None:
    (train, test), frames = samples
    found, expected = mirrored(MIRRORS[name], train, test), collected(METHODS[name](*frames, Settings()))
    assert found.predicted.tolist() == expected.predicted.tolist()
    assert found.probabilities == pytest.approx(expected.probabilities, abs=1e-9)


@pytest.mark.parametrize("fair", [False, True])
def test_the_gaussian_mirror_says_what_mllib_says(samples, fair: bool) -> None:
    (train, test), frames = samples
    expected = collected((prior_corrected if fair else plain)(*frames, Settings("gaussian")))
    found = gaussian(train, test, fair)
    assert found.predicted.tolist() == expected.predicted.tolist()
    assert found.probabilities == pytest.approx(expected.probabilities, abs=1e-9)


def data_of(seed: int = 1) -> DataSet:
    source = np.random.default_rng(seed)
    return DataSet("made", source.normal(size=(50, 2)), source.integers(0, 3, (50, 1)), (np.arange(50) < 7).astype(int))


def test_folds_hold_their_share_of_each_class_and_depend_on_name_and_seed_alone() -> None:
    data = data_of()
    folds = fold_of(data.name, data.labels, 8)
    for c in (0, 1):
        sizes = np.bincount(folds[data.labels == c], minlength=FOLDS)
        assert sizes.max() - sizes.min() <= 1
    assert folds.tolist() == fold_of(data.name, data.labels, 8).tolist()
    assert folds.tolist() != fold_of(data.name, data.labels, 9).tolist() != fold_of("other", data.labels, 9).tolist()


@pytest.mark.parametrize("prepare", [binned, scaled])
def test_features_of_training_rows_do_not_depend_on_values_held_out(prepare) -> None:
    data, held = data_of(), np.arange(50) % 3 == 0
    moved = DataSet(data.name, data.numeric + 100 * held[:, None] * np.array([1.0, -1.0]), data.nominal, data.labels)
    before, after = prepare(data, held)[0], prepare(moved, held)[0]
    used = before.any(0)
    assert before[:, used].tolist() == after[:, after.any(0)].tolist()


def test_a_binned_row_has_one_column_for_each_feature() -> None:
    train, held = binned(data_of(), np.arange(50) % 3 == 0)
    assert set(train.sum(1)) == set(held.sum(1)) == {3}
