"""Answer SQL on the newest release: brickyard.records, decisions, curated, and the other tables."""

import sys

from jobs.arguments import config_of, parser, run

Queries = list[tuple[str, dict[str, str]]]
"""As `brickyard.statements.load_queries` gives them."""


def main(argv: list[str] | None = None) -> int:
    """Run the queries; returns the exit code."""
    arguments = _parser().parse_args(argv)
    if not (arguments.query or arguments.file or arguments.print_views or arguments.print_settings):
        _parser().error("give a query, or --file sql/NAME.sql")
    return run(lambda: answer(arguments), arguments.debug)


def _parser():
    arguments = parser("sql", __doc__)
    arguments.add_argument("query", nargs="?", help='as in "SELECT reason, count(*) FROM brickyard.decisions GROUP BY reason"')
    arguments.add_argument("--file", action="append", default=[], metavar="FILE", help="a file of sql/; may be repeated")
    arguments.add_argument("--arg", action="append", default=[], metavar="NAME=VALUE", help="a value for :name")
    arguments.add_argument("--format", choices=("table", "csv", "json"), default="table", help="default: table")
    arguments.add_argument("--engine", choices=("spark", "duckdb"), default="spark", help="duckdb: a second; default: spark")
    arguments.add_argument("--print-query", action="store_true", help="print the statements for another client, and stop")
    arguments.add_argument("--print-views", action="store_true", help="print the statements that make the views, and stop")
    arguments.add_argument("--print-settings", action="store_true", help="print Spark's settings, [spark] among them, and stop")
    arguments.add_argument("--release", metavar="ID", help="another release than the newest")
    return arguments


def answer(arguments) -> int:
    config = config_of(arguments)
    queries = queries_of(arguments)
    if arguments.print_settings:
        print_settings(config)
        return 0
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
    from brickyard.errors import ConfigError
    from brickyard.statements import load_queries

    if wrong := [words for words in arguments.arg if "=" not in words]:
        raise ConfigError(f"--arg {wrong[0]}: write NAME=VALUE")
    return load_queries(arguments.query, arguments.file, dict(words.split("=", 1) for words in arguments.arg))


def print_queries(queries: Queries) -> None:
    """The statements with literals for values: for beeline and others that have no named parameters."""
    from brickyard.statements import with_literals

    for query, values in queries:
        print(f"{with_literals(query, values)};")


def print_settings(config) -> None:
    """As a file of properties: the defaults of the jobs, how the object store is reached, and [spark] of the configuration."""
    from brickyard import s3
    from brickyard.config import spark_settings
    from brickyard.session import default_settings

    for name, value in {**default_settings(), **s3.hadoop_settings(s3.access_of()), **spark_settings(config)}.items():
        print(name, value.replace("\\", "\\\\"))


def ask_spark(config, release, queries: Queries, form: str) -> None:
    from jobs.spark import starting

    with starting("sql", config, python_tasks=False) as spark:
        from brickyard.queries import create_views, render, run_query
        from brickyard.storage import Warehouse

        create_views(Warehouse(spark(), config.warehouse), release)
        for query, values in queries:
            show(render(run_query(spark(), query, values), form), form)


def ask_duckdb(config, release, queries: Queries, form: str) -> None:
    from brickyard.answers import render
    from brickyard.duck import connect, run_query

    with connect(config.warehouse, release) as connection:
        for query, values in queries:
            show(render(*run_query(connection, query, values), form), form)


def show(answer: str, form: str) -> None:
    """Print an answer; of no rows in JSON lines there is no line."""
    if answer or form != "json":
        print(answer)


if __name__ == "__main__":
    sys.exit(main())
