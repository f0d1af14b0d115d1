"""The newest release once more, its rows sorted by what people filter on: queries for some of them read less."""

import sys

from jobs.arguments import config_of, parser, print_summary, run
from jobs.spark import starting


def main(argv: list[str] | None = None) -> int:
    """Run the job; returns the exit code."""
    given = parser("arrange", __doc__).parse_args(argv)
    return run(lambda: arrange(given), given.debug)


def arrange(arguments) -> int:
    config = config_of(arguments)
    with starting("arrange", config, python_tasks=False) as spark:
        from brickyard.rerun import run_arrange

        print_summary(run_arrange(spark(), config))
    return 0


if __name__ == "__main__":
    sys.exit(main())
