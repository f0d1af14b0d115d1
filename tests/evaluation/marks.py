"""What an experiment gives: its question, its design, the marks it had to reach, and tables of what came out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Mark:
    """A line that was drawn before the experiment ran, and where it ended up."""

    asked: str
    measured: str
    reached: bool


@dataclass(frozen=True)
class Outcome:
    """One experiment. `tables`: title -> rows, each a mapping of column to value; `notes`: what it shows, in sentences."""

    question: str
    design: str
    marks: Sequence[Mark]
    tables: Mapping[str, Sequence[Mapping[str, object]]] = field(default_factory=dict)
    notes: Sequence[str] = ()
