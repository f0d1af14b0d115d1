"""Remove records for good, let the next of each group stand for it, publish, and retire the older releases."""

import sys

from jobs.arguments import config_of, parser, print_summary, run
from jobs.spark import starting


def main(argv: list[str] | None = None) -> int:
    """Run the job; returns the exit code."""
    arguments = _parser().parse_args(argv)
    if not (arguments.record or arguments.external_id or arguments.where):
        _parser().error("say which: --record ID, --external-id ID or --where SQL")
    return run(lambda: take_down(arguments), arguments.debug)


def _parser():
    arguments = parser("take-down", __doc__)
    arguments.add_argument("--record", metavar="ID", action="append", default=[], help="a record_id; may be repeated")
    arguments.add_argument(
        "--external-id", metavar="ID", action="append", default=[], help="a record's own id; may be repeated"
    )
    arguments.add_argument(
        "--where", metavar="SQL", help="""a condition on brickyard.records, as in "uri LIKE 'private/%%'" """
    )
    arguments.add_argument(
        "--purge",
        action="store_true",
        help="delete the bytes at once, and retire all older releases; whoever reads one at this moment fails",
    )
    return arguments


def take_down(arguments) -> int:
    config = config_of(arguments)
    with starting("take-down", config) as spark:
        from brickyard.rerun import run_take_down

        summary = run_take_down(spark(), config, arguments.record, arguments.external_id, arguments.where, arguments.purge)
        print_summary(summary)
    return 0


if __name__ == "__main__":
    sys.exit(main())
