"""The rows of an answer as a table for people, as CSV, or as JSON lines."""

import csv
import io
import json
from collections.abc import Sequence

from brickyard.errors import ConfigError


def render(columns: Sequence[str], rows: Sequence[tuple], form: str, width: int | None = None) -> str:
    """The answer as `table`, `csv` or `json`. Raises ConfigError for JSON of two columns of one name."""
    if form == "json":
        return "\n".join(_as_json(columns, row) for row in rows)
    return _as_csv(columns, rows) if form == "csv" else _as_table(columns, rows, width)


def _as_json(columns: Sequence[str], row: tuple) -> str:
    if len(set(columns)) < len(columns):
        raise ConfigError(f"two columns of the answer have one name ({', '.join(columns)}); name them with AS")
    values = (value.asDict(recursive=True) if hasattr(value, "asDict") else value for value in row)  # a Row of Spark
    return json.dumps(dict(zip(columns, values, strict=True)), ensure_ascii=False, default=str)


def _as_csv(columns: Sequence[str], rows: Sequence[tuple]) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(["" if value is None else value for value in row] for row in rows)
    return buffer.getvalue().rstrip("\n")


def _as_table(columns: Sequence[str], rows: Sequence[tuple], width: int | None) -> str:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(*columns, show_edge=False, pad_edge=False)
    for row in rows:
        table.add_row(*(Text(_cell(value)) for value in row))
    buffer = io.StringIO()
    Console(file=buffer, width=width or 120).print(table)
    return buffer.getvalue().rstrip("\n")


def _cell(value) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:,}" if isinstance(value, int) else f"{value:.6g}" if isinstance(value, float) else str(value)
