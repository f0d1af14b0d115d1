"""Retire all but the newest releases, and delete what no live one needs any more."""

import sys

from jobs.arguments import config_of, count, parser, print_summary, run
from jobs.spark import starting


def main(argv: list[str] | None = None) -> int:
    """Run the job; returns the exit code."""
    from brickyard.storage import RETENTION_DAYS

    arguments = parser("maintain", __doc__)
    arguments.add_argument("--keep", metavar="N", type=count, required=True, help="so many releases stay live")
    arguments.add_argument(
        "--retention-days", metavar="D", type=count, default=RETENTION_DAYS,
        help=f"delete what no live release has needed for so many days; default: {RETENTION_DAYS}",
    )  # fmt: skip
    arguments.add_argument("--dry-run", action="store_true", help="say what would go, and change nothing")
    given = arguments.parse_args(argv)
    return run(lambda: maintain(given), given.debug)


def maintain(arguments) -> int:
    config = config_of(arguments)
    with starting("maintain", config, python_tasks=False) as spark:
        from brickyard.maintain import run_maintain

        print_summary(run_maintain(spark(), config, arguments.keep, arguments.retention_days, arguments.dry_run))
    return 0


if __name__ == "__main__":
    sys.exit(main())
