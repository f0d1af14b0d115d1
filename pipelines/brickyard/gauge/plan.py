"""THE MAP of the gauge: its sections in the order in which they run and stand on the page."""

from collections.abc import Callable
from dataclasses import dataclass

from brickyard.gauge.figures import Measured
from brickyard.gauge.material import Choices, Material
from brickyard.gauge.sections import (
    classifiers,
    intrinsic_dimension,
    labels,
    leakage,
    learning_curve,
    local_law,
    probes,
    raw_and_curated,
    repetition,
    search,
    size,
    text,
)


@dataclass(frozen=True)
class Section:
    """A part of the report: its name in the tables, its title on the page, the question that it answers."""

    name: str
    title: str
    question: str
    measure: Callable[[Material, Choices], Measured]


SECTIONS = (
    Section("text", "Text", "How much text is there, and how much does it say?", text.measure),
    Section("repetition", "Repetition", "How often do records repeat, and what are repeats worth?", repetition.measure),
    Section("leakage", "Leakage", "Has training seen what is held out?", leakage.measure),
    Section("labels", "Labels", "How far can these labels be learnt, and which are doubtful?", labels.measure),
    Section("learning_curve", "Learning curve", "Would more labelled documents help?", learning_curve.measure),
    Section("classifiers", "Classifiers", "Do classes win by their size, and what cures it?", classifiers.measure),
    Section("raw_and_curated", "Raw against curated", "Does a model gain from curation?", raw_and_curated.measure),
    Section("local_law", "Local law", "Would a larger model help, or more text?", local_law.measure),
    Section(
        "intrinsic_dimension", "Intrinsic dimension", "How many numbers does a document have?", intrinsic_dimension.measure
    ),
    Section("probes", "Probes", "How well do networks learn it, and does training behave?", probes.measure),
    Section("search", "Search", "Which settings train a network best?", search.measure),
    Section("size", "Size", "How wide must a network be for these labels?", size.measure),
)  # fmt: skip
