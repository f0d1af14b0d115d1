"""Real texts of unequal classes: SMS spam as it is, and Banking77 with its training classes thinned."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
from brickyard.gauge.comparing import compare
from brickyard.gauge.labelled_sample import LabelledSample, draw_labelled
from brickyard.gauge.scores import balanced_gain, score
from brickyard.gauge.term_counts import add_term_counts
from pyspark.sql import SparkSession

THINNEST = 1 / 30
"""Of its rows, what the most thinned class of Banking77 keeps; shares fall geometrically from all, in the order of names."""

SEED = 8


def compared(spark: SparkSession) -> list[dict[str, object]]:
    """A row of figures for each text set and method; none where BRICKYARD_DATA names no folder."""
    folder = os.environ.get("BRICKYARD_DATA")
    if not folder:
        return []
    return [row for name, texts in _sets(Path(folder, "data")).items() for row in _figures(spark, name, texts)]


def _sets(folder: Path) -> dict[str, pd.DataFrame]:
    train, test = (
        pd.read_csv(folder / "banking77" / f"{part}.csv").set_axis(["text", "label"], axis=1) for part in ("train", "test")
    )
    thinned = pd.concat([_thinned(train).assign(split="train"), test.assign(split="test")])
    return {"SMS spam": _sms(folder), f"Banking77, thinned to 1 : {1 / THINNEST:.0f}": thinned}


def _sms(folder: Path) -> pd.DataFrame:
    lines = (folder / "sms_spam" / "SMSSpamCollection.tsv").read_text().splitlines()
    texts = pd.DataFrame([line.split("\t", 1) for line in lines], columns=["label", "text"])
    return texts[texts.label.isin(["ham", "spam"])].drop_duplicates("text").assign(split=None)


def _thinned(train: pd.DataFrame) -> pd.DataFrame:
    """The first rows of each class, so many as its share gives, and at least four."""
    names = sorted(train.label.unique())
    shares = dict(zip(names, THINNEST ** np.linspace(0, 1, len(names)), strict=True))
    keep = train.label.map(train.label.value_counts()) * train.label.map(shares)
    return train[train.groupby("label").cumcount() < np.maximum(keep, 8).round()]


def _figures(spark: SparkSession, name: str, texts: pd.DataFrame) -> list[dict[str, object]]:
    rows = [(f"{i:06d}", *row) for i, row in enumerate(texts[["text", "label", "split"]].itertuples(index=False, name=None))]
    documents = spark.createDataFrame(rows, "doc_id string, text string, label string, split string").coalesce(1).cache()
    sample = draw_labelled(documents.select("doc_id", "label", "split"), documents.select("doc_id", "text"), 20_000, SEED)
    told = compare(add_term_counts(sample.rows).repartition(1).sortWithinPartitions("rank", "doc_id").cache(), sample.parts)
    return [_row(name, method, sample, told) for method in told]


def _row(name: str, method: str, sample: LabelledSample, told) -> dict[str, object]:
    scores, minority = score(told[method], len(sample.classes) - 1), len(sample.classes) - 1
    gain, low, high = balanced_gain(told["naive Bayes"], told[method], SEED)
    smallest = [place for place in range(len(sample.classes)) if place >= len(sample.classes) * 2 / 3 or place == minority]
    return {
        "texts": name,
        "method": method,
        "balanced_accuracy": scores.balanced_accuracy,
        "gain on naive Bayes": f"{gain:+.3f} ({low:+.3f} to {high:+.3f})",
        "recall of the smallest third of classes": float(np.nanmean(scores.recalls[smallest])),
        "macro_f1": scores.macro_f1,
        "error": scores.error,
        "log_loss": scores.log_loss,
        "calibration_error": scores.calibration_error,
    }
