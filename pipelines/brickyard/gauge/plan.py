"""THE MAP of the gauge: its sections in the order in which they run and stand on the page."""

from collections.abc import Callable
from dataclasses import dataclass

from brickyard.gauge.figures import Measured
from brickyard.gauge.material import Choices, Material
from brickyard.gauge.sections import learning_curve, text


@dataclass(frozen=True)
class Section:
    """A part of the report: its name in the tables, its title on the page, the question that it answers."""

    name: str
    title: str
    question: str
    measure: Callable[[Material, Choices], Measured]


SECTIONS = (
    Section("text", "Text", "How much text is there, and how much does it say?", text.measure),
    Section("learning_curve", "Learning curve", "Would more labelled documents help?", learning_curve.measure),
)  # fmt: skip
