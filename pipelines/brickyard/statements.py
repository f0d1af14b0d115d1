"""The statements of the files in `sql/`, and the values that stand for `:name` in them: typed, never part of the statement."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path

from brickyard.errors import ConfigError

Query = tuple[str, dict[str, str]]
"""A statement, and a value for every `:name` in it."""

_QUOTED_OR_NAME = re.compile(r"""'(?:[^'\\]|\\.|'')*'|"[^"]*"|`[^`]*`|--[^\n]*|(?<!:):(?P<name>[A-Za-z_]\w*)""", re.DOTALL)
"""What is quoted or a comment, or else a parameter."""


def load_query(path: str, arguments: dict[str, str]) -> Query:
    """The statement of a file in `sql/`, and a value for each `:name` in it. Raises ConfigError as `load_queries`."""
    return load_queries(None, [path], arguments)[0]


def load_queries(query: str | None, paths: Sequence[str], arguments: dict[str, str]) -> list[Query]:
    """A statement, if one is given, then those of files, each with a value for each `:name` in it.

    Defaults stand in comments of the files, of the form `-- :name = value  what it is`. Raises ConfigError for a name that is
    missing, and for one that none of the statements has.
    """
    asked = [("the query", query, dict[str, str]())] if query else []
    asked += [(path, *_read(path)) for path in paths]
    known = {name for _, statement, _ in asked for name in names_in(statement)}
    if unknown := sorted(set(arguments) - known):
        places, names = (", ".join(some) for some in ([place for place, _, _ in asked], sorted(known)))
        raise ConfigError(f"{places}: no argument {', '.join(unknown)}; there are: {names or 'none'}")
    return [(statement, _values(place, statement, {**defaults, **arguments})) for place, statement, defaults in asked]


def _read(path: str) -> tuple[str, dict[str, str]]:
    """The statement of a file, and the defaults."""
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from error
    defaults = dict(re.findall(r"^-- :(\w+) = (\S+)", text, re.MULTILINE))
    return "\n".join(line for line in text.splitlines() if not line.startswith("--")).strip().rstrip(";"), defaults


def _values(place: str, statement: str, values: dict[str, str]) -> dict[str, str]:
    wanted = names_in(statement)
    if missing := sorted(wanted - set(values)):
        raise ConfigError(f"{place}: give {' '.join(f'--arg {name}=VALUE' for name in missing)}")
    return {name: values[name] for name in wanted}


def names_in(statement: str) -> set[str]:
    """The parameters of a statement."""
    return {match["name"] for match in _QUOTED_OR_NAME.finditer(statement) if match["name"]}


def replace_names(statement: str, replacement: Callable[[str], str]) -> str:
    """The statement with something else for each `:name`."""
    return _QUOTED_OR_NAME.sub(lambda match: replacement(match["name"]) if match["name"] else match[0], statement)


def spark_literal(value: str) -> str:
    """A string as Spark's SQL writes it, safe in every client.

    All but letters, digits, dots and blanks of ASCII is written as \\uXXXX: beeline cuts statements at semicolons, and Spark
    replaces ${...}, inside quotes too.
    """
    units = value.encode("utf-16-be", "surrogatepass")
    codes = (int.from_bytes(units[i : i + 2], "big") for i in range(0, len(units), 2))
    return "'" + "".join(chr(code) if _is_plain(code) else f"\\u{code:04x}" for code in codes) + "'"


def _is_plain(code: int) -> bool:
    return code < 128 and (chr(code).isalnum() or chr(code) in " ._")


def with_literals(statement: str, arguments: dict[str, str]) -> str:
    """The statement for clients that have no named parameters: each `:name` is a string literal."""
    return replace_names(statement, lambda name: spark_literal(arguments[name]))
