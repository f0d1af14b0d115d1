"""Corpora that break deduplicators: very many copies of one text, mostly boilerplate, a long chain of versions."""

from pathlib import Path

from tests.bench.bench import Bench
from tests.bench.contenders import warm
from tests.bench.rows.near import compare
from tests.bench.settings import NO_LIMITS, SWITCHED_OFF

SKEWED = warm("brickyard warm", "limits of the gate off", [*SWITCHED_OFF, *NO_LIMITS])


def run(bench: Bench) -> dict:
    base, copies = bench.pick(2000, 65_000, 650_000), bench.pick(1000, 100_000, 100_000)
    crowded = bench.pick(500, 5000, 5000)  # a large share of all pairs of them are candidates
    versions = bench.pick(200, 10_000, 10_000)
    corpora: list[tuple[str, Path]] = [
        ("the same bytes without the copies", bench.corpus("skew-plain", base + copies)),
        (f"{copies:,} identical copies", bench.corpus("skew-copies", base + copies, copies=copies)),
        ("60 % boilerplate, 1,000 paragraphs", bench.corpus("skew-boilerplate", base, boilerplate=0.6)),
        (
            f"60 % boilerplate, 8 paragraphs, {crowded:,} documents",
            bench.corpus("skew-footer", crowded, boilerplate=0.6, paragraphs=8),
        ),
        (f"a chain of {versions:,} versions", bench.corpus("skew-chain", base, chain=versions)),
    ]
    return {"parts": [{"name": name, **compare(bench, f"skew/{name}", corpus, (SKEWED,))} for name, corpus in corpora]}
