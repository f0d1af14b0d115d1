"""How often the records of a release repeat each other, and what repeats are worth: a cautious and an optimistic view."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from brickyard.gauge.copies import fresh_rows_worth
from brickyard.gauge.effective import hill, kish, records_of
from brickyard.gauge.figures import Figure, Finding, Measured, Point, refused, value_of
from brickyard.gauge.material import Choices, Material
from brickyard.gauge.repetition import (
    DISTINCT_TOKENS,
    FITTED_VOCABULARY,
    MUENNIGHOFF,
    best_parameters,
    effective_tokens,
    expected_loss,
    void_below,
    worth_by_multiplicity,
)

EPOCHS = (1, 2, 3, 4, 5, 8, 10, 16, 32, 64)

DUPLICATED = 0.1
"""Share of the records from which on they count as duplicated: a tenth of the tokens on repeats can cost a language
model half of its size (Hernandez et al. 2022, arXiv 2205.10487)."""

COUNTED = "a full count of the release's records that have text"


@dataclass(frozen=True)
class Repeats:
    """Multiplicity -> kept documents that stand for so many records, and their tokens; `tokens` is None without tokens."""

    documents: Mapping[int, int]
    tokens: Mapping[int, int] | None
    texts: int


def measure(material: Material, choices: Choices) -> Measured:  # noqa: ARG001 - all sections are given choices
    """Two passes over narrow columns, of curated and of decisions; a group is what a kept document stands for."""
    found = repeats_of(material.curated, material.decisions)
    if not found.documents:
        return Measured((refused("records", "No document was kept."),))
    figures = (*_counts(found), *_worth(found))
    return Measured(figures, (*_points(found), *_epochs(figures)), _findings(found))


def repeats_of(curated: DataFrame, decisions: DataFrame) -> Repeats:
    """What the section is about, as small rows."""
    sums = (F.count(F.lit(1)).alias("documents"), F.sum("token_count").alias("tokens"), F.count("token_count").alias("counted"))
    rows = curated.groupBy("weight").agg(*sums).orderBy("weight").collect()
    with_text = decisions.where(F.col("final_representative_id").isNotNull())
    texts = with_text.agg(F.count_distinct("doc_id").alias("texts")).first()
    complete = bool(rows) and all(row.counted == row.documents for row in rows)
    tokens = {row.weight: row.tokens for row in rows} if complete else None
    return Repeats({row.weight: row.documents for row in rows}, tokens, texts.texts if texts else 0)


def _counts(found: Repeats) -> tuple[Figure, ...]:
    records, groups = records_of(found.documents), sum(found.documents.values())
    return (
        Figure("records", records, unit="records", valid=COUNTED),
        Figure("distinct_texts", found.texts, unit="documents", valid=COUNTED),
        Figure("groups", groups, unit="documents", valid="kept documents: no exact, near or semantic duplicates are left"),
        Figure("repeated_share", (records - groups) / records, valid=f"{COUNTED}; all records of a group but one"),
        Figure("largest_group", max(found.documents), unit="records", valid=COUNTED),
        Figure(
            "kish_size", kish(found.documents), unit="documents", low=1, high=groups,
            valid="what the records are worth to a mean, or to least squares on few features; the interval holds by definition",
        ),
        Figure(
            "hill_size", hill(found.documents), unit="documents", low=kish(found.documents), high=groups,
            valid="exp of the entropy of the groups' shares of the records; the interval holds by definition",
        ),
    )  # fmt: skip


def _worth(found: Repeats) -> tuple[Figure, ...]:
    names = ("tokens", "distinct_tokens", "effective_tokens", "worth_of_fresh", "expected_loss")
    if found.tokens is None:
        return tuple(refused(name, "The release has no tokens: [tokenise] tokenizer is off.", unit="tokens") for name in names)
    distinct = sum(found.tokens.values())
    seen = sum(multiplicity * tokens for multiplicity, tokens in found.tokens.items())
    counts = (
        Figure("tokens", seen, unit="tokens", valid="copies counted as as long as the document that stands for them"),
        Figure("distinct_tokens", distinct, unit="tokens", valid="of the kept documents: a full count"),
    )
    if distinct < DISTINCT_TOKENS:
        by = DISTINCT_TOKENS / max(distinct, 1)
        sentence = (
            f"Out of range by x{by:,.0f}: the law that says what repeats are worth was fitted from {DISTINCT_TOKENS:,.0f}"
            " distinct tokens on"
        )
        void = void_below(FITTED_VOCABULARY, MUENNIGHOFF)
        worse = f", and below {void:,.0f} it is worse than a uniform guess." if distinct < void else "."
        return counts + tuple(refused(name, sentence + worse) for name in names[2:])
    return (*counts, *_by_the_law(found.tokens, seen, distinct))


def _by_the_law(tokens: Mapping[int, int], seen: int, distinct: int) -> tuple[Figure, ...]:
    worth = worth_by_multiplicity(tokens)
    valid = (
        "optimistic: by the law of Muennighoff 2023, fitted where everything repeats equally often (C4, at least 100"
        " million distinct tokens); repeats of a part can be worth less than nothing; from worth nothing to worth fresh text"
    )
    return (
        Figure("effective_tokens", worth, low=distinct, high=seen, unit="tokens", valid=valid),
        Figure("worth_of_fresh", worth / seen, low=distinct / seen, high=1.0, valid=valid),
        expected_loss(best_parameters(distinct), seen, distinct, FITTED_VOCABULARY),
    )


def _points(found: Repeats) -> tuple[Point, ...]:
    """Histogram of multiplicities, their shares of the records, and what the records are worth to linear models."""
    records = records_of(found.documents)
    histogram = [Point("multiplicities", "documents", times, count) for times, count in found.documents.items()]
    shares = [Point("shares", "records", times, times * count / records) for times, count in found.documents.items()]
    return (*histogram, *shares, *_linear(found.documents))


def _epochs(figures: Iterable[Figure]) -> list[Point]:
    """What epochs over the kept documents are worth, in epochs over fresh text; nothing where the law says nothing."""
    if value_of(figures, "worth_of_fresh") is None:
        return []
    return [Point("epochs", "worth of fresh epochs", times, effective_tokens(1, times)) for times in EPOCHS]


def _linear(documents: Mapping[int, int]) -> list[Point]:
    """The cautious view: the same multiplicities in a model of which all is known, by its number of features."""
    groups = sum(documents.values())
    if groups < 100:  # the formula is for many
        return []
    sizes = sorted({round(size) for size in np.geomspace(1, 0.9 * groups, 20)})
    worth = [Point("linear models", "records as they are", size, fresh_rows_worth(documents, size)) for size in sizes]
    return worth + [Point("linear models", "each document once", size, groups) for size in sizes]


def _findings(found: Repeats) -> tuple[Finding, ...]:
    records, groups, largest = records_of(found.documents), sum(found.documents.values()), max(found.documents)
    repeated = (records - groups) / records
    if repeated < DUPLICATED:
        return ()
    reason = (
        f"{repeated:.0%} of {records:,} records repeat one of {groups:,} documents; the largest group has {largest:,} records."
    )
    return (Finding("duplicated", reason, "Train on curated, and repeat it evenly, up to four times, if that is too little."),)
