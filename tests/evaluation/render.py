"""The page docs/evaluation.md, from the results of the experiments."""

from collections.abc import Mapping, Sequence

HEAD = """# How far the gauge may be believed

Made by `make evaluate`; do not edit. Every mark was drawn before its experiment ran; misses stand here as misses.
"""


def render(results: Mapping[str, dict]) -> str:
    """The whole page, experiments in the order of their numbers."""
    names = sorted(results, key=lambda name: (int(name[1:] or 99), name))
    return "\n".join([HEAD, *(_section(name, results[name]) for name in names)])


def _section(name: str, result: dict) -> str:
    lines = [
        f"## {name}. {result['question']}", "", result["design"], "",
        f"`{result['command']}`, {result['date']}, {result['seconds']} s.", "",
        "| mark | measured | |", "|---|---|---|",
        *map(_mark, result["marks"]),
        "",
    ]  # fmt: skip
    for note in result["notes"]:
        lines += [note, ""]
    for title, rows in result["tables"].items():
        lines += [f"**{title}**", "", *_table(rows), ""]
    return "\n".join(lines)


def _mark(mark: Mapping) -> str:
    return f"| {mark['asked']} | {mark['measured']} | {'reached' if mark['reached'] else '**missed**'} |"


def _table(rows: Sequence[Mapping[str, object]]) -> list[str]:
    if not rows:
        return ["(nothing)"]
    columns = list(rows[0])
    head = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    return head + ["| " + " | ".join(_cell(row.get(column)) for column in columns) + " |" for row in rows]


def _cell(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
