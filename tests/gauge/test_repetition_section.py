"""The section on repeats, from frames of a few rows."""

import pytest
from brickyard.gauge.figures import value_of
from brickyard.gauge.material import Choices, Material
from brickyard.gauge.sections.repetition import measure
from brickyard.tables import CURATED, DECISIONS, RECORDS

from tests.tiny import frame_of, pairs_of


def measured(spark, weights, tokens=1000):
    """The section on kept documents of these weights, each with so many tokens; copies alternate exact and near."""
    curated, decisions = [], []
    for place, weight in enumerate(weights):
        curated.append({"doc_id": f"d{place}", "weight": weight, "token_count": tokens})
        for copy in range(weight):
            doc = f"d{place}" if copy % 2 == 0 else f"d{place}-{copy}"
            decisions.append({"record_id": f"{place}-{copy}", "doc_id": doc, "final_representative_id": f"d{place}"})
    decisions.append({"record_id": "empty", "doc_id": "empty", "final_representative_id": None})
    frames = frame_of(spark, CURATED, curated), frame_of(spark, RECORDS, []), frame_of(spark, DECISIONS, decisions)
    return measure(Material(*frames, pairs_of(spark), None, None, None), Choices())


def values(found):
    return {figure.name: figure.value for figure in found.figures}


def test_counts_and_effective_sizes(spark):
    found = values(measured(spark, [1, 1, 1, 5]))
    assert (found["records"], found["distinct_texts"], found["groups"], found["largest_group"]) == (8, 6, 4, 5)
    assert found["repeated_share"] == 0.5
    assert found["kish_size"] == pytest.approx(64 / 28)
    assert found["hill_size"] == pytest.approx(8 * 5 ** (-5 / 8))


def test_below_what_the_law_can_say_the_worth_is_refused(spark):
    found = measured(spark, [1, 1, 1, 5])
    assert values(found)["distinct_tokens"] == 4000
    assert values(found)["tokens"] == 8000
    refusals = {figure.name: figure.refusal for figure in found.figures if figure.value is None}
    assert set(refusals) == {"effective_tokens", "worth_of_fresh", "expected_loss"}
    assert all(text.startswith("Out of range by x25,000: ") for text in refusals.values())
    assert "epochs" not in {one.plot for one in found.points}


def test_above_it_the_worth_is_given_with_its_bounds(spark):
    found = measured(spark, [1, 1, 1, 5], tokens=25_000_000)
    worth = next(figure for figure in found.figures if figure.name == "effective_tokens")
    assert worth.value == pytest.approx(25 * (3e6 + 4.522372707653156e6))
    assert (worth.low, worth.high) == (1e8, 2e8)
    assert worth.valid.startswith("optimistic")
    assert value_of(found.figures, "worth_of_fresh") == pytest.approx(7.522372707653156 / 8)
    assert ("epochs", 4, pytest.approx(3.725673)) in [(one.plot, one.x, one.y) for one in found.points]


def test_in_its_range_the_loss_is_given(spark):
    found = values(measured(spark, [1, 1, 1, 5], tokens=1_000_000_000))
    assert found["expected_loss"] == pytest.approx(1.8691 + 0.611 + 0.4815, abs=0.001)


def test_without_tokens_the_worth_is_refused(spark):
    found = measured(spark, [1, 2], tokens=None)
    assert {figure.refusal for figure in found.figures if figure.value is None} == {
        "The release has no tokens: [tokenise] tokenizer is off."
    }


def test_a_tenth_of_repeats_is_a_finding(spark):
    assert measured(spark, [1] * 18 + [2]).findings == ()
    (finding,) = measured(spark, [1] * 17 + [3]).findings
    assert finding.verdict == "duplicated"
    assert finding.reason == "10% of 20 records repeat one of 18 documents; the largest group has 3 records."


def test_points_are_the_histogram_and_what_linear_models_see(spark):
    points = measured(spark, [1] * 120 + [3] * 10).points
    assert {(one.x, one.y) for one in points if one.plot == "multiplicities"} == {(1, 120), (3, 10)}
    assert {(one.x, one.y) for one in points if one.plot == "shares"} == {(1, 0.8), (3, 0.2)}
    linear = {(one.series, one.x): one.y for one in points if one.plot == "linear models"}
    assert linear["records as they are", 1] < linear["records as they are", 117] < linear["each document once", 117] == 130


def test_nothing_kept_is_refused(spark):
    (figure,) = measured(spark, []).figures
    assert figure.refusal == "No document was kept."
