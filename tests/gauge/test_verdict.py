"""The verdict over all sections."""

from brickyard.gauge.figures import Figure, Finding, Measured, refused
from brickyard.gauge.verdict import NOTHING_MEASURED, judge

COUNTED = {"text": Measured((Figure("documents", 12.0),))}
REFUSED = Measured((refused("error", "too few"),))


def test_counts_alone_are_no_measurement():
    assert judge({**COUNTED, "labels": REFUSED, "probes": REFUSED}) == [NOTHING_MEASURED]
    assert judge({**COUNTED, "labels": Measured((Figure("bayes_error", 0.1),)), "probes": REFUSED}) == []


def test_the_gravest_comes_first():
    one, other = Finding("enough", "so", "rest"), Finding("leaking", "so", "mend")
    found = judge({"text": Measured(findings=(one,)), "leakage": Measured(findings=(other,))})
    assert [(row.section, row.verdict) for row in found] == [("leakage", "leaking"), ("text", "enough")]
