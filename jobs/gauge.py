"""Gauge a release: what is in this data, what will mislead a model trained on it, and what it can support.

The numbers go to the tables gauge_figures, gauge_points, gauge_findings and gauge_trials, and to one HTML page. The section
[gauge] of the configuration says what is trained: features, a probe of your own, and the search for its settings.
"""

import sys
import uuid

from jobs.arguments import config_of, count, parser, positive, print_summary, run
from jobs.spark import starting


def main(argv: list[str] | None = None) -> int:
    """Run the job; returns the exit code."""
    arguments = parser("gauge", __doc__)
    add = arguments.add_argument
    add("--release", metavar="ID", help="another release than the newest")
    add("--label-column", metavar="NAME", help="label, or a field of the records' metadata; default: label")
    add(
        "--split-column", metavar="NAME", help="a field of the records' metadata that says train or test: leakage is looked for"
    )
    add("--seed", type=count, default=0, help="of the samples; default: 0")
    add(
        "--sample",
        type=positive,
        default=20_000,
        metavar="N",
        help="documents of which all pairs are compared; default: 20,000",
    )
    add("--out", metavar="FILE", help="the page; default: <warehouse>/reports/<release_id>-gauge.html")
    given = arguments.parse_args(argv)
    return run(lambda: gauge(given), given.debug)


def gauge(arguments) -> int:
    config = config_of(arguments)
    with starting("gauge", config) as spark:
        from brickyard.gauge.material import Choices
        from brickyard.gauge.measure import gauge
        from brickyard.queries import find_release
        from brickyard.storage import Warehouse

        warehouse = Warehouse(spark(), config.warehouse)
        asked = config.gauge
        choices = Choices(
            arguments.seed, arguments.sample, arguments.split_column, asked.features, asked.probe, asked.search,
            arguments.label_column or "label",
        )  # fmt: skip
        release = find_release(warehouse, arguments.release)
        summary = gauge(warehouse, release, arguments.label_column, choices, arguments.out, uuid.uuid4().hex)
        print_summary(summary)
    return 1 if summary.failed else 0


if __name__ == "__main__":
    sys.exit(main())
