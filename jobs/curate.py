"""The main job: raw text in, a published release out."""

import sys

from jobs.arguments import config_of, count, parser, print_summary, run
from jobs.spark import starting


def main(argv: list[str] | None = None) -> int:
    """Run the job; returns the exit code."""
    arguments = parser("curate", __doc__)
    arguments.add_argument(
        "--measure-recall", metavar="N", type=count, default=0, help="look up N edited copies of documents; they leave no trace"
    )
    given = arguments.parse_args(argv)
    return run(lambda: curate(given), given.debug)


def curate(arguments) -> int:
    config = config_of(arguments)
    with starting("curate", config) as spark:
        from brickyard.run import run_curation

        print_summary(run_curation(spark(), config, arguments.measure_recall))
    return 0


if __name__ == "__main__":
    sys.exit(main())
