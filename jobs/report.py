"""Write a release as one HTML page that needs no network: numbers, plots, and a threshold that can be dragged."""

import sys

from jobs.arguments import config_of, parser, print_summary, run
from jobs.spark import starting


def main(argv: list[str] | None = None) -> int:
    """Write the page; returns the exit code."""
    arguments = parser("report", __doc__)
    arguments.add_argument("--release", metavar="ID", help="another release than the newest")
    arguments.add_argument("--out", metavar="FILE", help="default: <warehouse>/reports/<release_id>.html")
    given = arguments.parse_args(argv)
    return run(lambda: report(given), given.debug)


def report(arguments) -> int:
    config = config_of(arguments)
    with starting("report", config) as spark:
        from brickyard.queries import find_release
        from brickyard.report.write import write_report
        from brickyard.storage import Warehouse

        warehouse = Warehouse(spark(), config.warehouse)
        print_summary(write_report(warehouse, find_release(warehouse, arguments.release), config, arguments.out))
    return 0


if __name__ == "__main__":
    sys.exit(main())
