"""Answer SQL on the newest release: brickyard.records, decisions, curated, and the other tables."""

import sys

from jobs.arguments import config_of, parser, run
from jobs.spark import starting


def main(argv: list[str] | None = None) -> int:
    """Run the queries; returns the exit code."""
    arguments = _parser().parse_args(argv)
    if not (arguments.query or arguments.file or arguments.print_views):
        _parser().error("give a query, or --file sql/NAME.sql")
    return run(lambda: answer(arguments), arguments.debug)


def _parser():
    arguments = parser("sql", __doc__)
    arguments.add_argument("query", nargs="?", help='as in "SELECT reason, count(*) FROM brickyard.decisions GROUP BY reason"')
    arguments.add_argument("--file", action="append", default=[], metavar="FILE", help="a file of sql/; may be repeated")
    arguments.add_argument("--arg", action="append", default=[], metavar="NAME=VALUE", help="a value for :name in the files")
    arguments.add_argument("--format", choices=("table", "csv", "json"), default="table", help="default: table")
    arguments.add_argument("--print-views", action="store_true", help="print the statements that make the views, and stop")
    arguments.add_argument("--release", metavar="ID", help="another release than the newest")
    return arguments


def answer(arguments) -> int:
    config = config_of(arguments)
    from brickyard.queries import create_views, find_release, load_query, render, run_query, view_statements
    from brickyard.storage import Warehouse

    values = dict(assignment.partition("=")[::2] for assignment in arguments.arg)
    queries: list[tuple[str, dict[str, str]]] = [(arguments.query, {})] if arguments.query else []
    queries += [load_query(file, values) for file in arguments.file]
    with starting("sql", config, python_tasks=False) as spark:
        warehouse = Warehouse(spark(), config.warehouse)
        release = find_release(warehouse, arguments.release)
        if arguments.print_views:
            print(";\n".join(view_statements(warehouse, release)) + ";")
            return 0
        create_views(warehouse, release)
        for query, values in queries:
            print(render(run_query(spark(), query, values), arguments.format))
    return 0


if __name__ == "__main__":
    sys.exit(main())
