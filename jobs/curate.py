"""The main job: raw text in, a published release out."""

import sys

from jobs.arguments import config_of, parser, print_summary, run


def main(argv: list[str] | None = None) -> int:
    """Run the job; returns the exit code."""
    arguments = parser("curate", __doc__)
    arguments.add_argument(
        "--measure-recall", metavar="N", type=int, default=0, help="look up N edited copies of documents; they leave no trace"
    )
    given = arguments.parse_args(argv)
    return run(lambda: curate(given), given.debug)


def curate(arguments) -> int:
    config = config_of(arguments)
    from brickyard.config import spark_settings
    from brickyard.run import run_curation
    from brickyard.session import build_session, stop_session

    spark = build_session("brickyard curate", spark_settings(config))
    try:
        print_summary(run_curation(spark, config, arguments.measure_recall))
    finally:
        stop_session(spark)
    return 0


if __name__ == "__main__":
    sys.exit(main())
