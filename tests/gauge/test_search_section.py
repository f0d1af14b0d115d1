"""The section on searching: its trials are rows, its figures the best of them, and what cannot be searched is said."""

import numpy as np
import pytest
from brickyard.config import Search
from brickyard.gauge.figures import value_of
from brickyard.gauge.material import Choices, Material
from brickyard.gauge.sections import search
from brickyard.tables import GAUGE_TRIALS
from pyspark.sql import SparkSession

PROBE = {"widths": [4], "steps": 30, "optimizer": "sgd", "schedule": "constant"}


@pytest.fixture(scope="module")
def material(spark: SparkSession) -> Material:
    """Two classes in the plane that a straight line tells apart."""
    vectors = np.random.default_rng(4).normal(size=(240, 2))
    ids = [f"{number:032x}" for number in range(240)]
    rows = [(doc, "yes" if x > 0 else "no") for doc, (x, _) in zip(ids, vectors, strict=True)]
    labelled = spark.createDataFrame(rows, "doc_id string, label string")
    embeddings = spark.createDataFrame(list(zip(ids, vectors.tolist(), strict=True)), "doc_id string, vector array<float>")
    return Material(labelled, labelled, labelled, labelled, labelled, embeddings, None)


def searched(material: Material, probe: dict = PROBE, **asked):
    return search.measure(material, Choices(seed=3, probe=probe, search=Search(**asked)))


@pytest.mark.parametrize("how", ["grid", "random", "hypergradient"])
def test_the_best_trial_is_the_figure_and_all_are_rows(material: Material, how: str) -> None:
    found = searched(material, how=how, budget=8, learning_rate=(0.01, 10.0), lists={"widths": ([4], [])})
    names = [column.name for column in GAUGE_TRIALS.schema.fields[1:]]
    trials = [dict(zip(names, row, strict=True)) for row in found.trials]
    best = min(trials, key=lambda trial: trial["loss"])
    assert value_of(found.figures, "best held-out loss", best["settings"]) == best["loss"] < 0.5
    assert value_of(found.figures, "best learning rate", best["settings"]) == best["learning_rate"]
    assert [trial["trial"] for trial in trials] == list(range(len(trials)))
    assert {(trial["how"], trial["seed"]) for trial in trials} == {(how, 3)}
    assert [point.y for point in found.points] == sorted((point.y for point in found.points), reverse=True)
    assert found == searched(material, how=how, budget=8, learning_rate=(0.01, 10.0), lists={"widths": ([4], [])})


def test_a_best_setting_at_the_end_of_its_range_is_said(material: Material) -> None:
    found = searched(material, how="grid", budget=1, learning_rate=(0.010, 0.0105))
    assert "at the end of its range, from 0.01 to 0.0105" in next(
        figure.valid for figure in found.figures if figure.name == "best learning rate"
    )


def test_what_of_the_lists_was_tried_is_said_and_the_largest_training_decides_about_memory(material: Material) -> None:
    found = searched(material, how="random", budget=1, lists={"widths": ([4], [])})
    assert found.figures[0].valid.endswith("; 1 of 2 combinations of listed values tried")
    lists = {"widths": ([2], [2000, 2000]), "steps": (10, 100)}
    refusal = searched(material, how="hypergradient", budget=1, lists=lists).figures[0].refusal
    assert refusal.startswith("The way back through all steps of a training would keep 3.0 GiB in one task")


def test_a_search_in_which_all_is_lost_has_no_best(material: Material) -> None:
    found = searched(material, {**PROBE, "loss": "mse", "widths": []}, how="grid", budget=1, learning_rate=(1e8, 1e9))
    assert {figure.refusal for figure in found.figures} == {"All 1 trainings were lost."}
    assert len(found.trials) == 1


def test_no_search_and_no_labels_are_said_in_words(material: Material) -> None:
    assert 'how = "off"' in searched(material, how="off").figures[0].refusal
    few = Material(*[material.labelled.orderBy("doc_id").limit(60)] * 5, material.embeddings, None)
    assert "60 documents with a vector and a label are too few" in searched(few, how="grid").figures[0].refusal
