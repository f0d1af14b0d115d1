"""Small models on generated text: more text and more units lower the loss, and too little text is refused."""

import random

import numpy as np
import pytest
from brickyard.gauge import local_runs
from brickyard.gauge.figures import value_of
from brickyard.gauge.scaling_law import Law
from brickyard.gauge.sections import local_law
from pyspark.sql import Row

TRUTH = Law(1.2, 1.5, 0.42, 2.0, 0.31, 1000.0, 50_000.0)


def rows(law: Law = TRUTH, least: int = 40_000) -> list[Row]:
    grid = [(1000 * 4**size, least * 2**part) for size in range(3) for part in range(4)]
    return [Row(parameters=size, seen=seen, loss=float(law.loss(size, seen))) for size, seen in grid]


def test_the_section_says_what_the_law_behind_the_runs_says(monkeypatch):
    monkeypatch.setattr(local_law, "RESAMPLES", 3)  # a fit takes a second, and runs without noise agree
    found = local_law.described(rows(), 400_000, 0)
    assert value_of(found.figures, "loss_at_twice_the_text") == pytest.approx(float(TRUTH.loss(16_000, 640_000)), rel=0.01)
    assert value_of(found.figures, "loss_at_twice_the_size") == pytest.approx(float(TRUTH.loss(32_000, 320_000)), rel=0.01)
    assert [one.verdict for one in found.findings] == ["data-limited"]
    flat = local_law.described(rows(Law(1.2, 3.0, 0.3, 0.01, 0.3, 1000.0, 50_000.0)), 400_000, 0)
    assert [one.verdict for one in flat.findings] == ["size-limited"]
    assert len(found.points) == 12
    part = local_law.described(rows(), 500_000, 0)  # the release has more text than was read
    assert (part.findings, len(part.figures)) == ((), len(found.figures))
    assert "320,000 bytes (64% of the release's text)" in part.figures[0].valid


def test_models_learn_in_a_task_and_more_text_helps(spark):
    source = random.Random(0)
    words = ["brick", "kiln", "clay", "sand", "lime", "water", "fire"]
    texts = [" ".join(source.choices(words, k=80)) for _ in range(400)]
    sample = spark.createDataFrame(
        [(text, number % 5 == 0, True) for number, text in enumerate(texts)], "text string, is_held boolean, is_kept boolean"
    ).coalesce(1)
    runs = local_runs.runs_on(sample, 0)
    assert len(runs) == len(local_runs.HIDDEN) * len(local_runs.PARTS)
    by_place = {(run.parameters, run.seen): run.loss for run in runs}
    sizes, amounts = sorted({run.parameters for run in runs}), sorted({run.seen for run in runs})
    for size in sizes:
        assert by_place[size, amounts[-1]] < by_place[size, amounts[0]]
    assert by_place[sizes[-1], amounts[-1]] < by_place[sizes[0], amounts[-1]]
    assert by_place[sizes[-1], amounts[-1]] < 0.6 * np.log(256)


def test_too_little_text_is_a_row_without_a_loss():
    texts = [{"text": "a few words", "is_held": number == 0, "is_kept": True} for number in range(5)]
    assert list(local_runs.runs_of(texts, 0)) == [(0, 44, None)]
