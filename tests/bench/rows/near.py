"""Near duplicates from Parquet to kept rows: ours as a process and warm, with and without the stages after, and the peers."""

from pathlib import Path

from tests.bench.accuracy import Planted, judge
from tests.bench.bench import Bench, Entry, alternate, facts_of
from tests.bench.contenders import NEAR, Contender
from tests.bench.measure import Measured
from tests.bench.plan import Band

THRESHOLD = 0.7

BANDS = (Band(0.5, 0.6, 0.02), Band(0.6, 0.7, 0.02), Band(0.7, 0.8, 0.077), Band(0.8, 1.0, 0.077))
"""With 65,000 documents more than 5,000 pairs in each of the two last."""


def run(bench: Bench) -> dict:
    corpus = bench.corpus("near", bench.pick(3000, 65_000, 650_000), bands=BANDS)
    return compare(bench, "near", corpus, NEAR)


def compare(bench: Bench, row: str, corpus: Path, contenders: tuple[Contender, ...]) -> dict:
    """Contenders on one corpus, each run judged."""
    small = bench.small_corpus()
    results = alternate(bench, row, [entry_of(one, corpus, small) for one in contenders])
    return {"corpus": facts_of(corpus), "results": results}


def entry_of(contender: Contender, corpus: Path, small: Path) -> Entry:
    """A contender as an entry of a row."""

    def judge_run(_measured: Measured, output: Path) -> dict:
        required = contender.required(Planted.of(corpus))
        return judge(corpus, contender.kept(output), required, THRESHOLD)

    return Entry(
        contender.name,
        contender.note,
        lambda output: contender.command(corpus, output, small),
        judge_run,
        most_runs=contender.most_runs,
    )
