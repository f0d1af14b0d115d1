"""Write a release as one HTML page that needs no network: numbers, plots, and a threshold that can be dragged."""

import sys

from jobs.arguments import config_of, parser, print_summary, run


def main(argv: list[str] | None = None) -> int:
    """Write the page; returns the exit code."""
    arguments = parser("report", __doc__)
    arguments.add_argument("--release", metavar="ID", help="another release than the newest")
    arguments.add_argument("--out", metavar="FILE", help="default: <warehouse>/reports/<release_id>.html")
    given = arguments.parse_args(argv)
    return run(lambda: report(given), given.debug)


def report(arguments) -> int:
    config = config_of(arguments)
    from brickyard.config import spark_settings
    from brickyard.queries import find_release
    from brickyard.report.write import write_report
    from brickyard.session import build_session, stop_session
    from brickyard.storage import Warehouse

    spark = build_session("brickyard report", spark_settings(config))
    try:
        warehouse = Warehouse(spark, config.warehouse)
        print_summary(write_report(warehouse, find_release(warehouse, arguments.release), config, arguments.out))
    finally:
        stop_session(spark)
    return 0


if __name__ == "__main__":
    sys.exit(main())
