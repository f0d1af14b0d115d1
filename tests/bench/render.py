"""The page docs/benchmarks.md, from the results: medians, ratios, accuracy, memory; no time for a run that was not accurate."""

from collections.abc import Callable, Mapping, Sequence
from statistics import median

from tests.bench.bench import time_of

TITLES = {
    "signatures": "Signatures alone",
    "tokens": "Token ids",
    "training": "Training a tokenizer",
    "near": "Near duplicates, Parquet in, kept rows out",
    "real": "Near duplicates in real text",
    "components": "Connected components",
    "kmeans": "K-means and assignment",
    "semantic": "Semantic pairs",
    "growth": "Growth over 32 times the data",
    "skew": "Skew",
    "memory": "Memory of the driver and of Python workers",
    "increment": "One per cent more",
    "embeddings": "Embedding",
    "vectors": "What vectors know",
}

HEAD = """# Benchmarks

Made by `make bench`; do not edit. Programs took turns on the same files and cores. Seconds are medians; the ratio is the
program's median over that of the section's first program. A program of which any run missed the accuracy asked of it has no
time. `found` is the share of planted pairs of which not both documents were kept, by Jaccard index; `right` the share of
dropped documents for which a kept one reaches the threshold. What is asked: of programs that verify pairs with 32 bands of 4,
0.9995 at 0.8 and above, 0.998 from 0.7 to 0.8, nothing wrong; of the others what the formula promises for their bands, less
three standard deviations. Memory is the largest sum over all processes of a run (PSS).
"""


VECTORS = """Banking77's 3,080 test questions, 77 intents: K-means into 77 cells (means of three starts). eps is the largest at
which 95 % (80 %) of all pairs that close have one intent, on the even rows; precision and the share of same-intent pairs found
are of the odd rows at that eps. Paraphrases are the questions said otherwise by fixed edits (tests/bench/labelled.py): the
share of them found at that eps, so at equal precision. eps 0: not even equal vectors are so precise."""


def render(rows: Mapping[str, dict]) -> str:
    """The whole page."""
    order = {name: place for place, name in enumerate(TITLES)}
    names = sorted(rows, key=lambda key: (order[key.rpartition("-")[0]], rows[key]["size"]))
    return "\n".join([HEAD, *(render_row(key.rpartition("-")[0], rows[key]) for key in names)])


def render_row(name: str, row: dict) -> str:
    """One section."""
    parts = row.get("parts") or [row]
    tables = [_part(name, part, row) for part in parts]
    return "\n".join([f"## {TITLES[name]} ({row['size']})", "", _circumstances(row), "", *tables, *_closing(name, row)])


def _circumstances(row: dict) -> str:
    one = row["machine"]
    lines = [
        f"`{row['command']}`, {row['date']}: {one['cpu']}, {one['cores']} cores, {one['memory_gb']} GB, {one['system']}; load"
        f" before the start {one['load_before']:.1f}.",
        "Versions: " + ", ".join(f"{name} {version}" for name, version in _versions(row["versions"]).items()) + ".",
    ]
    return "\n".join(lines)


def _versions(versions: dict) -> dict[str, str]:
    """Ours, and under another name those of the peers' environment that differ."""
    ours, peers = versions["brickyard"], versions["peers"]
    differing = {f"{name} (peers)": version for name, version in peers.items() if ours.get(name, version) != version}
    added = {name: version for name, version in peers.items() if name not in ours}
    return {"Python": versions["python"], **dict(sorted({**ours, **added, **differing}.items()))}


def _part(name: str, part: dict, row: dict) -> str:
    lines = [f"### {part['name']}", ""] if part is not row else []
    if "corpus" in part:
        corpus = part["corpus"]
        lines += [f"{corpus['documents']:,} documents, {corpus['bytes'] / 1e6:,.1f} MB, digest `{corpus['digest'][:16]}`.", ""]
    return "\n".join([*lines, _table(COLUMNS.get(name, NEAR_COLUMNS), part, row["machine"]["cores"]), ""])


Cell = Callable[["Shown"], str]


class Shown:
    """A program in a table: its runs that ended, whether all were accurate, and the median of anything in them."""

    def __init__(self, result: dict, first: dict, part: dict, cores: int) -> None:
        self.result, self.part, self.cores = result, part, cores
        self.runs = [run for run in result["runs"] if "report" in run]
        self.accurate = len(self.runs) == len(result["runs"]) > 0 and all(run["accurate"] for run in self.runs)
        self.first = first

    def median(self, value: Callable[[dict], float]) -> float:
        return float(median(map(value, self.runs)))

    def seconds(self) -> str:
        return f"{self.median(time_of):,.2f}" if self.accurate else "-"

    def ratio(self) -> str:
        first = [run for run in self.first["runs"] if "report" in run]
        if not (self.accurate and first and all(run["accurate"] for run in first)):
            return "-"
        return f"{self.median(time_of) / median(map(time_of, first)):.2f}"


def _table(columns: Mapping[str, Cell], part: dict, cores: int) -> str:
    results: Sequence[dict] = part["results"]
    lines = ["| " + " | ".join(columns) + " |", "|---" * len(columns) + "|"]
    for result in results:
        shown = Shown(result, results[0], part, cores)
        lines.append("| " + " | ".join(_cell(cell, shown) for cell in columns.values()) + " |")
    return "\n".join(lines)


def _cell(cell: Cell, shown: Shown) -> str:
    """A value, or a dash if the program failed or does not say it."""
    try:
        return cell(shown) if shown.runs else ("failed" if cell is seconds else name(shown) if cell is name else "-")
    except KeyError:
        return "-"


def name(shown: Shown) -> str:
    note = shown.result["note"]
    return f"**{shown.result['name']}**" + (f": {note}" if note else "")


def seconds(shown: Shown) -> str:
    return shown.seconds()


def ratio(shown: Shown) -> str:
    return shown.ratio()


def cpu(shown: Shown) -> str:
    return f"{shown.median(lambda run: run['cpu_seconds']):,.1f}"


def memory(shown: Shown) -> str:
    return f"{shown.median(lambda run: run['peak_bytes']) / 2**20:,.0f}"


def largest(kind: str) -> Cell:
    return lambda shown: f"{max(run['largest'][kind] for run in shown.runs) / 2**20:,.0f}"


def found(band: str) -> Cell:
    return lambda shown: f"{min(run['recall'][band] for run in shown.runs):.5g}"


def right(shown: Shown) -> str:
    return f"{min(run['precision'] for run in shown.runs):.6g}"


def core_hours(shown: Shown) -> str:
    if not shown.accurate:
        return "-"
    return f"{shown.median(time_of) * shown.cores / 3600 / (shown.part['corpus']['bytes'] / 1e12):,.0f}"


def shuffled(shown: Shown) -> str:
    return f"{shown.median(lambda run: run['report']['shuffled_bytes']) / shown.part['corpus']['documents']:,.0f}"


def candidates(shown: Shown) -> str:
    """Pairs examined per document: the counters of the near-duplicate stage, or what a script says."""
    return f"{shown.median(lambda run: examined(run['report'])) / shown.part['corpus']['documents']:.3g}"


def examined(report: dict) -> float:
    if "counts" not in report:
        return float(report["candidates"])
    counts = report["counts"]["near_duplicates"]
    return float(sum(count for counter, count in counts.items() if counter.startswith("pairs_")))


def reported(key: str, form: str) -> Cell:
    return lambda shown: format(shown.median(lambda run: run["report"][key]), form)


def noted(key: str, form: str) -> Cell:
    return lambda shown: format(shown.median(lambda run: run[key]), form)


def speed(shown: Shown) -> str:
    return reported("mb_per_core_second", ".2f")(shown) if shown.accurate else "-"


def runs(shown: Shown) -> str:
    return f"{len(shown.runs)}"


BASIC: dict[str, Cell] = {"program": name, "runs": runs, "s": seconds, "ratio": ratio, "CPU s": cpu, "MiB": memory}

NEAR_COLUMNS: dict[str, Cell] = {
    **BASIC, "core-h/TB": core_hours, "found 0.8-1": found("0.8-1"), "found 0.7-0.8": found("0.7-0.8"), "right": right,
    "shuffled B/doc": shuffled, "candidates/doc": candidates,
}  # fmt: skip

COLUMNS: dict[str, dict[str, Cell]] = {
    "signatures": {
        "program": name, "runs": runs, "MB/s per core": speed, "MB per CPU second": reported("mb_per_cpu_second", ".2f"),
        "permutations": reported("permutations", ".0f"),
        "error": reported("error", ".4f"), "error expected": reported("expected_error", ".4f"),
    },
    "tokens": {"program": name, "MB/s per core": speed, "with nothing learnt": reported("first", ".1f"), "MiB": memory},
    "training": {
        **BASIC, "different pre-tokens": reported("distinct", ",.0f"), "largest java MiB": largest("java"),
        "largest Python worker MiB": largest("python worker"),
    },
    "components": {**BASIC, "nodes": reported("nodes", ",.0f"), "components": reported("components", ",.0f")},
    "kmeans": {**BASIC, "inertia / scikit-learn's": noted("inertia_ratio", ".4f")},
    "semantic": {
        "program": name, "s": seconds, "Gflop/s": reported("gflops", ".1f"), "peak": reported("peak_gflops", ".1f"),
        "share": reported("share", ".2f"),
    },
    "memory": {
        **BASIC, "largest java MiB": largest("java"), "largest Python worker MiB": largest("python worker"),
        "Python driver MiB": largest("python"),
    },
    "increment": {
        "program": name, "first run s": seconds, "added s": noted("added_seconds", ".2f"),
        "rewriting curated s": noted("rewriting_seconds", ".2f"), "share without rewriting": noted("share", ".3f"),
    },
    "embeddings": {
        **BASIC, "texts/s": reported("texts_per_second", ",.0f"), "largest difference": noted("difference", ".1e"),
    },
    "vectors": {
        "model": name, "dimension": reported("dimension", ".0f"), "texts/s": reported("texts_per_second", ",.0f"),
        "purity": reported("purity", ".3f"), "adjusted Rand": reported("rand", ".3f"),
        "eps 95 %": reported("eps_95%", ".3f"), "precision": reported("precision_95%", ".3f"),
        "pairs": reported("pairs_95%", ".3f"), "paraphrases": reported("paraphrases_95%", ".3f"),
        "eps 80 %": reported("eps_80%", ".3f"), "precision ": reported("precision_80%", ".3f"),
        "pairs ": reported("pairs_80%", ".3f"), "paraphrases ": reported("paraphrases_80%", ".3f"),
    },
}  # fmt: skip


def _closing(name: str, row: dict) -> list[str]:
    """What a section says after its tables."""
    if name == "growth" and row.get("exponent") is not None:
        return [f"Exponent over the last four doublings: {row['exponent']:.3f}; boilerplate {row['boilerplate']:.0%}.", ""]
    if name == "vectors":
        return [VECTORS, ""]
    return []
