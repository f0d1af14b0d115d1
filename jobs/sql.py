"""Answer SQL on the newest release: brickyard.records, decisions, curated, and the other tables."""

import sys

from jobs.arguments import config_of, parser, run

Queries = list[tuple[str, dict[str, str]]]
"""Statements, each with a value for every `:name` in it."""


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
    arguments.add_argument("--engine", choices=("spark", "duckdb"), default="spark", help="duckdb: a second; default: spark")
    arguments.add_argument("--print-query", action="store_true", help="print the statements for another client, and stop")
    arguments.add_argument("--print-views", action="store_true", help="print the statements that make the views, and stop")
    arguments.add_argument("--release", metavar="ID", help="another release than the newest")
    return arguments


def answer(arguments) -> int:
    config = config_of(arguments)
    queries = queries_of(arguments)
    if arguments.print_query:
        print_queries(queries)
        return 0
    from brickyard.catalog import find_release

    release = find_release(config.warehouse, arguments.release)
    if arguments.print_views:
        from brickyard.views import show_release

        print(";\n".join(show_release(config.warehouse, release)) + ";")
        return 0
    ask = ask_duckdb if arguments.engine == "duckdb" else ask_spark
    ask(config, release, queries, arguments.format)
    return 0


def queries_of(arguments) -> Queries:
    """The query and the files that were given. Raises ConfigError for a value that is missing or unknown."""
    from brickyard.statements import load_query

    values = dict(assignment.partition("=")[::2] for assignment in arguments.arg)
    queries: Queries = [(arguments.query, {})] if arguments.query else []
    return queries + [load_query(file, values) for file in arguments.file]


def print_queries(queries: Queries) -> None:
    """The statements with literals for values: for beeline and others that have no named parameters."""
    from brickyard.statements import with_literals

    for query, values in queries:
        print(f"{with_literals(query, values)};")


def ask_spark(config, release, queries: Queries, form: str) -> None:
    from jobs.spark import starting

    with starting("sql", config, python_tasks=False) as spark:
        from brickyard.queries import create_views, render, run_query
        from brickyard.storage import Warehouse

        create_views(Warehouse(spark(), config.warehouse), release)
        for query, values in queries:
            print(render(run_query(spark(), query, values), form))


def ask_duckdb(config, release, queries: Queries, form: str) -> None:
    from brickyard.answers import render
    from brickyard.duck import connect, run_query

    with connect(config.warehouse, release) as connection:
        for query, values in queries:
            print(render(*run_query(connection, query, values), form))


if __name__ == "__main__":
    sys.exit(main())
