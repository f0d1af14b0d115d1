"""Verdicts at a higher near-duplicate threshold, from the stored pairs: a new release without comparing again."""

import sys

from jobs.arguments import config_of, parser, print_summary, run
from jobs.spark import starting


def main(argv: list[str] | None = None) -> int:
    """Run the job; returns the exit code."""
    arguments = parser("redecide", __doc__)
    arguments.add_argument("--min-jaccard", metavar="X", help="short for --set near_duplicates.min_jaccard=X")
    given = arguments.parse_args(argv)
    return run(lambda: redecide(given), given.debug)


def redecide(arguments) -> int:
    if arguments.min_jaccard is not None:
        arguments.assignments.append(f"near_duplicates.min_jaccard={arguments.min_jaccard}")
    config = config_of(arguments)
    with starting("redecide", config) as spark:
        from brickyard.rerun import run_redecide

        print_summary(run_redecide(spark(), config))
    return 0


if __name__ == "__main__":
    sys.exit(main())
