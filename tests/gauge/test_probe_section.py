"""The section on probes: planted cases and the verdicts they must get, and refusals in words."""

import math
import re
import sys
from dataclasses import replace

import numpy as np
import pytest
from brickyard.gauge.figures import VERDICTS, Measured, value_of
from brickyard.gauge.material import Choices, Material
from brickyard.gauge.probes.report import Report, report_probes
from brickyard.gauge.sections import probes
from brickyard.gauge.vectors_and_labels import BUCKETS, Sample, draw_sample, hashed_tokens, standardised
from brickyard.probe import probe_of
from pyspark.sql import SparkSession

RANDOM = np.random.default_rng(2)


def material(spark: SparkSession, vectors: np.ndarray, labels: list[str] | None, sources: list[str] | None = None) -> Material:
    ids = [f"{number:032x}" for number in range(len(vectors))]
    curated = spark.createDataFrame(list(zip(ids, sources or ["one"] * len(ids), strict=True)), "doc_id string, source string")
    embeddings = spark.createDataFrame(list(zip(ids, vectors.tolist(), strict=True)), "doc_id string, vector array<float>")
    labelled = spark.createDataFrame(list(zip(ids, labels, strict=True)), "doc_id string, label string") if labels else None
    return Material(curated, curated, curated, curated, labelled, embeddings, None)


def refusal(measured: Measured) -> str:
    assert not measured.findings
    assert {figure.value for figure in measured.figures} == {None}
    return measured.figures[0].refusal


@pytest.fixture(scope="module")
def found(spark: SparkSession) -> Measured:
    """Two classes on two rings, which no straight line tells apart."""
    radius = np.repeat([1.0, 2.0], 300)
    angle = RANDOM.uniform(0, 2 * math.pi, 600)
    rings = np.c_[radius * np.cos(angle), radius * np.sin(angle)] + 0.05 * RANDOM.normal(size=(600, 2))
    return probes.measure(material(spark, rings, ["inner"] * 300 + ["outer"] * 300), Choices())


def test_rings_are_beyond_a_linear_model_and_16_units_are_enough(found: Measured) -> None:
    assert value_of(found.figures, "accuracy", "linear") < 0.65
    assert value_of(found.figures, "accuracy", "16 units") > 0.97
    verdicts = {finding.verdict: finding.reason for finding in found.findings}
    assert set(verdicts) == {"enough"}
    assert "jax" not in sys.modules  # training was in tasks
    assert re.match(r"128 units know [\d.]+% more than 16 at most", verdicts["enough"])


def test_every_probe_has_its_figures_with_where_they_hold(found: Measured) -> None:
    for name in probes.PROBES:
        accuracy = next(figure for figure in found.figures if (figure.name, figure.subject) == ("accuracy", name))
        assert accuracy.low < accuracy.value <= accuracy.high <= 1
        assert "450 documents to learn from, 150 held out" in accuracy.valid
        assert value_of(found.figures, "safe learning rate of plain descent", name) > 0
    assert all(figure.valid for figure in found.figures)
    assert value_of(found.figures, "parameters", "16 units") == 2 * 16 + 16 + 16 * 2 + 2
    assert len({(figure.name, figure.subject) for figure in found.figures}) == len(found.figures)


def test_curves_are_of_all_steps_and_histograms_are_shares(found: Measured) -> None:
    losses = [point for point in found.points if (point.plot, point.series) == ("loss", "16 units")]
    assert [point.x for point in losses] == [10.0 * i + 5 for i in range(40)]
    assert losses[-1].y < 0.2 < losses[0].y
    shares = [point.y for point in found.points if (point.plot, point.series) == ("weights of 16 units", "step 20")]
    assert sum(shares) == pytest.approx(1, abs=1e-5)
    assert len({(point.plot, point.series, point.x) for point in found.points}) == len(found.points)


@pytest.fixture
def sizes_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """The probes that findings compare, for training takes seconds each."""
    few = {name: probe for name, probe in probes.PROBES.items() if probe.normalisation == "none"}
    monkeypatch.setattr(probes, "PROBES", few)


def reports(outputs: dict[str, np.ndarray], state: str = "converged", fitted: float = 0.9) -> list[Report]:
    """What probes with these outputs would report."""
    steps, looks = np.ones(40), np.ones((20, 2))
    return [Report(name, state, "told", [], fitted, 0.01, {1: [1e-5, 2e-5]}, outputs[name].astype(np.float32), steps, steps,
                   np.ones(2), np.zeros(1), looks, np.full((20, 2, 21), 1 / 21)) for name in sorted(probes.PROBES)]  # fmt: skip


LABELS = RANDOM.integers(0, 2, 400)
SAMPLE = Sample(np.zeros((1600, 3), np.float32), LABELS, ("a", "b"), ())


def outputs_right(shares: dict[str, float]) -> dict[str, np.ndarray]:
    """Outputs that are right on the first share of rows, by probe."""
    return {name: np.eye(2)[np.where(np.arange(400) < 400 * share, LABELS, 1 - LABELS)] for name, share in shares.items()}


def verdicts(shares: list[float], **given) -> list[str]:
    outputs = outputs_right(dict(zip(probes.PROBES, shares, strict=True)))
    findings = probes.described(reports(outputs, **given), probes.PROBES, LABELS, SAMPLE, "valid", 0).findings
    assert all(finding.verdict in VERDICTS for finding in findings)
    return [finding.verdict for finding in findings]


def test_planted_accuracies_get_their_verdicts() -> None:
    assert verdicts([0.9, 0.9, 0.9, 0.9, 0.9]) == ["enough"]
    assert verdicts([0.6, 0.7, 0.9, 0.9, 0.9]) == ["size-limited"]
    assert verdicts([0.5, 0.5, 0.5, 0.5, 0.5]) == ["noise-limited"]
    assert verdicts([0.7, 0.7, 0.7, 0.7, 0.7], fitted=1.0) == ["enough", "data-limited"]
    assert verdicts([0.9, 0.9, 0.9, 0.9, 0.9], state="diverging") == ["unstable"] * 5 + ["enough"]


def test_figures_of_a_training_that_ran_away_say_so() -> None:
    made = reports(outputs_right(dict.fromkeys(probes.PROBES, 0.9)))
    made[0] = replace(made[0], state="diverging")
    found = probes.described(made, probes.PROBES, LABELS, SAMPLE, "valid", 0)
    marked = {one.subject for one in found.figures if one.name in ("accuracy", "F1") and "ran away" in one.valid}
    assert marked == {made[0].name}


def test_every_class_is_held_out_and_learnt_from() -> None:
    labels = RANDOM.permutation(np.repeat([0, 1, 2], [400, 8, 9]))
    task = probes.task_of(Sample(labels[:, None].astype(np.float32), labels, ("a", "b", "c"), ()))
    given = task.targets.argmax(1)
    assert np.bincount(given[: task.fitted]).tolist() == [300, 6, 7]
    assert np.bincount(given[task.fitted :]).tolist() == [100, 2, 2]
    assert len(set(zip(task.rows[:, 0].tolist(), given.tolist(), strict=True))) == 3  # rows keep their labels


def test_a_rare_class_counts_as_much_as_a_common_one() -> None:
    """728 and 22: a linear model finds none of the rare, 128 units 15 with 12 false alarms."""
    labels = np.array([0] * 728 + [1] * 22)
    linear, wide = labels == 0, np.r_[np.arange(728) >= 12, np.arange(22) < 15]
    gain, error = probes.lead(wide, linear, labels)
    assert gain == pytest.approx((15 / 22 - 12 / 728) / 2)
    assert 0.04 < error < 0.06


def test_outputs_that_are_no_probabilities_are_not_judged_as_such() -> None:
    outputs = outputs_right(dict.fromkeys(probes.PROBES, 0.9))
    own = {**probes.PROBES, probes.OWN: probe_of({"loss": "mse"})}
    made = reports(outputs)
    made.append(replace(made[0], name=probes.OWN))
    found = probes.described(made, own, LABELS, SAMPLE, "valid", 0)
    refusals = {one.name: one.refusal for one in found.figures if one.subject == probes.OWN and one.value is None}
    assert set(refusals) == set(probes.OF_SHARES)
    assert all("no probabilities" in sentence for sentence in refusals.values())
    assert value_of(found.figures, "accuracy", probes.OWN) == 0.9
    assert probes.OWN not in {one.subject for one in found.figures if one.name == "share of rivals beaten"}


def test_what_is_no_number_is_refused_in_a_sentence() -> None:
    made = reports(outputs_right(dict.fromkeys(probes.PROBES, 0.9)))
    made[0] = replace(made[0], curvature=np.zeros(2), outputs=np.full((400, 2), np.nan, np.float32))
    found = probes.described(made, probes.PROBES, LABELS, SAMPLE, "valid", 0)
    assert all((one.value is None) == bool(one.refusal) for one in found.figures)
    refusals = {one.name: one.refusal for one in found.figures if one.value is None}
    assert refusals["log loss"] == "Its outputs are no numbers."
    assert refusals["safe learning rate of plain descent"].startswith("The loss bends nowhere upwards")


MISBEHAVING = {
    "diverging": {"optimizer": "sgd", "learning_rate": 300.0, "schedule": "constant", "loss": "mse"},
    "exploding": {"optimizer": "sgd", "learning_rate": 0.5, "initialisation": "too_large", "loss": "mse"},
    "batch of one": {"normalisation": "batch", "batch_size": 1},
    "dead": {"widths": [64], "loss": "mae", "optimizer": "adam", "learning_rate": 1.0, "schedule": "constant"},
}


def test_what_goes_wrong_in_training_is_named_in_words(spark: SparkSession) -> None:
    """Each by a real training, as [gauge.probe] would ask for it."""
    rows = RANDOM.normal(size=(400, 6)).astype(np.float32)
    labels = (rows[:, 0] > 0).astype(int)
    sample = Sample(rows, labels, ("a", "b"), ())
    asked = {name: probe_of(settings) for name, settings in MISBEHAVING.items()}
    found = list(probes.of_training(report_probes(spark, asked, probes.task_of(sample))))
    reasons = {name: finding.reason for name in MISBEHAVING for finding in found if f"Probe {name}: " in finding.reason}
    assert "times what the largest curvature bears" in reasons["diverging"]
    assert "as large as He and others advise" in reasons["exploding"]
    assert "a batch of one under batch normalisation is its own mean" in reasons["batch of one"]
    assert "of the units of hidden layer 1 give the same for every row" in reasons["dead"]


@pytest.mark.usefixtures("sizes_only")
def test_a_probe_of_ones_own_learns_from_tokens(spark: SparkSession) -> None:
    """Two classes that differ in one token of many."""
    ids = [f"{number:032x}" for number in range(300)]
    tokens = [[*RANDOM.integers(10, 60, 6).tolist(), 7 if number % 2 else 8] for number in range(300)]
    sequences = spark.createDataFrame(list(zip(ids, tokens, strict=True)), "doc_id string, token_ids array<int>")
    given = replace(material(spark, np.zeros((300, 2)), ["odd" if n % 2 else "even" for n in range(300)]), embeddings=None)
    choices = Choices(features="tokens", probe={"widths": [4], "activation": "tanh"})
    assert "No document has tokens" in refusal(probes.measure(given, choices))
    found = probes.measure(replace(given, token_sequences=sequences), choices)
    assert value_of(found.figures, "accuracy", probes.OWN) > 0.8
    assert value_of(found.figures, "parameters", probes.OWN) == BUCKETS * 4 + 4 + 4 * 2 + 2
    assert value_of(found.figures, "time of a call", f"{probes.OWN}, 32 rows") > 0


def test_hashed_tokens_count_each_token_in_one_bucket() -> None:
    one, twice, other = hashed_tokens([[3], [3, 3], [3, 900]])
    assert np.count_nonzero(one) == 1
    assert np.linalg.norm([one, twice, other], axis=1) == pytest.approx(1)
    assert one.tolist() == twice.tolist()
    assert np.count_nonzero(other) == 2
    assert not hashed_tokens([[]]).any()


def test_a_rare_class_that_is_found_is_no_noise() -> None:
    """Five of seven rare documents found and no false alarm: accuracy alone would call that guessing."""
    labels = np.array([1] * 7 + [0] * 743)
    said = np.eye(2)[np.where(np.arange(750) < 5, 1, 0)]
    given = dict.fromkeys(probes.PROBES, said)
    made = [replace(one, outputs=given[one.name].astype(np.float32)) for one in reports(given)]
    findings = probes.described(made, probes.PROBES, labels, SAMPLE, "valid", 0).findings
    assert "noise-limited" not in {finding.verdict for finding in findings}


@pytest.mark.usefixtures("sizes_only")
def test_of_sources_nothing_is_said_but_of_training(spark: SparkSession) -> None:
    vectors = RANDOM.normal(size=(300, 2))
    found = probes.measure(material(spark, vectors, None, ["web", "mail"] * 150), Choices())
    assert found.findings == ()
    assert value_of(found.figures, "accuracy", "linear") is not None


def test_a_vector_with_a_value_that_is_no_number_is_left_out(spark: SparkSession) -> None:
    vectors = RANDOM.normal(size=(30, 2))
    vectors[4, 1] = math.nan
    given = material(spark, vectors, ["a", "b"] * 15)
    assert len(draw_sample(given.embeddings, given.labelled, 30, 2, 0).labels) == 29


def test_without_labels_the_source_is_told_apart_or_nothing(spark: SparkSession) -> None:
    vectors = RANDOM.normal(size=(20, 2))
    one = material(spark, vectors, None)
    assert "all come from one source" in refusal(probes.measure(one, Choices()))
    two = material(spark, vectors, None, ["web", "mail"] * 10)
    assert probes.target_of(two)[1].startswith("the document's source")
    assert "20 documents with a vector and a label are too few: 200 are needed" in refusal(probes.measure(two, Choices()))


@pytest.mark.parametrize(
    ("vectors", "labels", "sentence"),
    [
        (RANDOM.normal(size=(300, 2)), np.zeros(300, int), "Two classes"),
        (np.ones((300, 2)), np.arange(300) % 2, "Only 1 of 300 vectors differ"),
        (np.repeat(RANDOM.normal(size=(100, 2)), 3, axis=0), np.arange(300) % 2, "Only 100 of 300"),
        (RANDOM.normal(size=(1010, 2)), np.arange(1010) % 101, "101 classes are too many"),
    ],
)
def test_what_says_nothing_is_refused(vectors: np.ndarray, labels: np.ndarray, sentence: str) -> None:
    classes = tuple(map(str, np.unique(labels)))
    assert sentence in probes.why_not(Sample(vectors.astype(np.float32), labels, classes, ()))


def test_a_release_without_vectors_is_refused(spark: SparkSession) -> None:
    given = material(spark, RANDOM.normal(size=(4, 2)), ["a", "b"] * 2)
    without = Material(given.curated, given.curated, given.curated, given.curated, given.labelled, None, None)
    assert "No document has a vector" in refusal(probes.measure(without, Choices()))


def test_a_sample_depends_on_ids_and_seed_alone(spark: SparkSession) -> None:
    given = material(spark, RANDOM.normal(size=(50, 3)), ["a", "b"] * 24 + ["rare", "b"])
    once = draw_sample(given.embeddings, given.labelled, 30, 2, 0)
    again = draw_sample(given.embeddings.repartition(3), given.labelled.repartition(2), 30, 2, 0)
    other = draw_sample(given.embeddings, given.labelled, 30, 2, 1)
    assert once.vectors.tobytes() == again.vectors.tobytes() != other.vectors.tobytes()
    assert once.labels.tolist() == again.labels.tolist()
    assert once.classes == ("a", "b")
    assert draw_sample(given.embeddings, given.labelled, 50, 2, 0).left_out == ("rare",)


def test_features_are_scaled_by_what_is_learnt_from_alone() -> None:
    vectors = np.c_[RANDOM.normal(3, 5, 40), np.full(40, 7.0)].astype(np.float32)
    scaled = standardised(vectors, 30)
    assert scaled[:30, 0].mean() == pytest.approx(0, abs=1e-6)
    assert scaled[:30, 0].std() == pytest.approx(1, abs=1e-5)
    assert not scaled[:, 1].any()
    changed = vectors.copy()
    changed[30:] *= 100
    assert standardised(changed, 30)[:30].tobytes() == scaled[:30].tobytes()
