"""One verdict over all sections: their findings, the gravest first; and what holds if there is none."""

from collections.abc import Mapping
from dataclasses import dataclass

from brickyard.gauge.figures import Measured

GRAVITY = (
    "out of range",
    "leaking",
    "unstable",
    "noise-limited",
    "imbalanced",
    "duplicated",
    "data-limited",
    "size-limited",
    "enough",
)
"""What to mend first: a leak spoils every figure that is measured on a test part, noise every classifier, and so on."""


@dataclass(frozen=True)
class Verdict:
    """A finding and the section that made it."""

    section: str
    verdict: str
    reason: str
    next_step: str


COUNTING = ("text", "repetition")
"""Sections that count what is there, however little it is."""

NOTHING_MEASURED = Verdict(
    "gauge",
    "out of range",
    "No section could say anything about this release: see the refusals.",
    "Bring more text, or name a column of labels.",
)


def judge(measured: Mapping[str, Measured]) -> list[Verdict]:
    """The findings of all sections, the gravest first; `enough` is of what its section looked at, whatever others found."""
    found = [
        Verdict(section, one.verdict, one.reason, one.next_step)
        for section, all_of in measured.items()
        for one in all_of.findings
    ]
    telling = (one for section, one in measured.items() if section not in COUNTING)
    if not found and all(figure.value is None for one in telling for figure in one.figures):
        return [NOTHING_MEASURED]
    return sorted(found, key=lambda one: GRAVITY.index(one.verdict))
