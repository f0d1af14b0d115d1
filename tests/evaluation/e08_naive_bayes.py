"""E8: is naive Bayes misled by big classes with overlapping features, what cures it, and does a tree escape?"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from itertools import product
from pathlib import Path

import numpy as np
from brickyard.gauge import naive_bayes_formulas as formulas
from brickyard.gauge import naive_bayes_world as worlds
from brickyard.gauge.classifiers import REGRESSIONS, TREES
from brickyard.gauge.comparing import collected
from brickyard.gauge.naive_bayes import Settings, prior_corrected
from brickyard.gauge.naive_bayes_world import Sample, World
from brickyard.gauge.scores import Predictions, Scores, score
from brickyard.session import build_session, stop_session
from pyspark.ml.linalg import Vectors
from pyspark.sql import DataFrame, SparkSession
from scipy.stats import wilcoxon

from tests.evaluation import labelled_texts
from tests.evaluation.keel_folds import FOLDS, binned, fold_of, scaled
from tests.evaluation.keel_imbalanced import DataSet, imbalanced_sets
from tests.evaluation.marks import Mark, Outcome
from tests.evaluation.mirrors import MIRRORS, gaussian, mirrored

OVERLAPS, IMBALANCES, COPIES = (0.0, 0.25, 0.5, 0.75, 0.95), (1, 3, 9, 30, 100), (1, 3, 10)
ROWS, SEED = 10_000, 8
VOCABULARY = 1_000
PLAIN, CURED, TREE = "naive Bayes", "naive Bayes, classes weighted", "tree of depth 5"
BAYES, FAIR_BAYES = "Bayes rule", "Bayes rule, uniform prior"
FIGURES = ("minority_recall", "balanced_accuracy", "g_mean", "macro_f1", "log_loss", "calibration_error", "gap_to_bayes")

QUESTION = "Do big classes with overlapping features mislead naive Bayes, what cures it, and does a decision tree escape?"
DESIGN = (
    f"Made data: {ROWS:,} rows for each overlap {OVERLAPS} x imbalance {IMBALANCES} x copies of the overlapping bit {COPIES}, "
    f"words in a vocabulary of {VOCABULARY:,}; figures of models are exact, over all patterns with their probabilities, at the "
    "natural prior. gap_to_bayes is the error above that of the Bayes rule. Naive Bayes by a numpy mirror held equal "
    "to MLlib; trees and regressions by MLlib. Real data: KEEL's imbalanced sets, features in eight quantile bins of the "
    f"training rows, {FOLDS} stratified folds fixed by hash, figures over the pooled held-out rows; and real texts. "
    "The marks on trees are of the tree of depth 5 without weights; 'falls' is: at every overlap of .5 or more the mean over "
    "copies never rises with the imbalance, and is lower by .2 or more at 100 than at 1; 'flat' is: in every cell within .01 "
    "of that of one copy."
)

Row = dict[str, object]
Cell = tuple[World, str]


def run(size: str, work: Path) -> Outcome:
    """Size small: a corner of the grid, two sets of KEEL, no texts."""
    spark = _session()
    try:
        texts = labelled_texts.compared(spark) if size == "full" else []
        axes = (OVERLAPS, IMBALANCES, COPIES) if size == "full" else ((0.5,), (1, 100), (1, 10))
        cells, differing, ties = _grid(spark, [World(o, i, k, VOCABULARY) for o, i, k in product(*axes)])
        sets = imbalanced_sets(work)
        sets = sets if size == "full" else [one for one in sets if len(one.labels) < 400][:2]
        real = _real(spark, sets)
    finally:
        stop_session(spark)
    marks = [*_marks_of_sets(sets, real), *_marks_of_grid(cells, differing, ties)]
    return Outcome(
        QUESTION, DESIGN, marks, {**_grid_tables(cells), **_set_tables(sets, real), **_text_tables(texts)}, _notes(texts)
    )


def _session() -> SparkSession:
    """For data so tiny that Spark's own bookkeeping is all there is: one partition, Java compiled fast and never optimised."""
    settings = {
        "spark.master": "local[2]",
        "spark.driver.memory": "2g",
        "spark.driver.extraJavaOptions": "-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=240m",
        "spark.sql.shuffle.partitions": "1",
        "spark.sql.adaptive.enabled": "false",
        "spark.ui.enabled": "false",
    }
    return build_session("evaluation", settings)


def _frame(spark: SparkSession, sample: Sample) -> DataFrame:
    columns = zip(sample.features, sample.labels, sample.weights, strict=True)
    rows = [(Vectors.dense(x), float(c), float(w)) for x, c, w in columns]
    return spark.createDataFrame(rows, ["features", "label", "weight"]).coalesce(1).cache()


def _in_threads(function: Callable, items: Iterable) -> list:
    with ThreadPoolExecutor(3) as pool:
        return list(pool.map(function, items))


def _grid(spark: SparkSession, grid: Sequence[World]) -> tuple[dict[Cell, Row], int, int]:
    """Figures of every method in every world; patterns where thresholds and a uniform prior differ; ties among these."""
    found = _in_threads(lambda world: _told(spark, world), grid)
    cells: dict[Cell, Row] = {}
    for world, (told, _) in zip(grid, found, strict=True):
        for method, predictions in told.items():
            cells[world, method] = _figures(score(predictions, 1), worlds.bayes_error(world))
    differing = np.array([counted for _, counted in found]).sum(0)
    return cells, int(differing[0]), int(differing[1])


def _figures(scores: Scores, bayes_error: float) -> Row:
    return {name: value for name, value in asdict(scores).items() if name in FIGURES} | {
        "gap_to_bayes": scores.error - bayes_error
    }


def _told(spark: SparkSession, world: World) -> tuple[dict[str, Predictions], tuple[int, int]]:
    train, test = worlds.draw(world, ROWS, SEED), worlds.population(world)
    told = {name: mirrored(method, train, test) for name, method in MIRRORS.items()}
    used = World(world.overlap, world.imbalance, world.copies)  # words that never occur are nothing to a tree
    frames = _frame(spark, worlds.draw(used, ROWS, SEED)), _frame(spark, worlds.population(used))
    told |= {name: collected(method(*frames)) for name, method in {**TREES, **REGRESSIONS}.items()}
    thresholds = collected(prior_corrected(*frames, Settings()))
    for frame in frames:
        frame.unpersist()
    return told | _bayes(world, test), _differing(worlds.draw(used, ROWS, SEED), worlds.population(used), thresholds)


def _bayes(world: World, test: Sample) -> dict[str, Predictions]:
    posterior = worlds.bayes_posterior(world).repeat(2, 0)
    fair = posterior / worlds.prior(world)
    fair /= fair.sum(1, keepdims=True)
    return {
        name: Predictions(test.labels, p.argmax(1), p, test.weights) for name, p in ((BAYES, posterior), (FAIR_BAYES, fair))
    }


def _differing(train: Sample, test: Sample, thresholds: Predictions) -> tuple[int, int]:
    """Rows where MLlib with thresholds of π and the most likely class differ; and those of them that are ties."""
    counts = formulas.counts_of(train.features, train.labels, train.weights, 2)
    likelihood = test.features @ formulas.multinomial_log_likelihood(counts.terms, 1.0).T
    differ = likelihood.argmax(1) != thresholds.predicted
    tied = np.abs(likelihood[:, 0] - likelihood[:, 1]) < 1e-9
    return int((differ & ~tied).sum()), int((differ & tied).sum())


def _real(spark: SparkSession, sets: Sequence[DataSet]) -> Mapping[str, Mapping[str, Scores]]:
    """By set, then method."""
    return dict(zip((one.name for one in sets), _in_threads(lambda one: _cross_validated(spark, one), sets), strict=True))


def _cross_validated(spark: SparkSession, data: DataSet) -> dict[str, Scores]:
    folds = fold_of(data.name, data.labels, SEED)
    parts = [_held_out(spark, data, folds == fold) for fold in range(FOLDS)]
    joined = {name: _joined([part[name] for part in parts]) for name in parts[0]}
    return {name: score(predictions, 1) for name, predictions in joined.items()}


def _held_out(spark: SparkSession, data: DataSet, held: np.ndarray) -> dict[str, Predictions]:
    """Naive Bayes and regression on bins, trees and Gaussian models on the values."""
    train, test = (
        Sample(part, data.labels[rows], np.ones(rows.sum()))
        for part, rows in zip(binned(data, held), (~held, held), strict=True)
    )
    values = [
        Sample(part, data.labels[rows], np.ones(rows.sum()))
        for part, rows in zip(scaled(data, held), (~held, held), strict=True)
    ]
    told = {name: mirrored(method, train, test) for name, method in MIRRORS.items()}
    told |= {f"Gaussian naive Bayes{', prior corrected' * fair}": gaussian(*values, fair) for fair in (False, True)}
    frames = [_frame(spark, sample) for sample in values]
    told |= {name: collected(method(*frames)) for name, method in TREES.items()}
    for frame in frames:
        frame.unpersist()
    return told


def _joined(parts: Sequence[Predictions]) -> Predictions:
    return Predictions(*(np.concatenate([asdict(part)[name] for part in parts]) for name in asdict(parts[0])))


def _marks_of_sets(sets: Sequence[DataSet], real: Mapping[str, Mapping[str, Scores]]) -> list[Mark]:
    gains = np.array([_gain(real[one.name], CURED) for one in sets if one.imbalance >= 9])
    asked = (
        "classes weighted, naive Bayes has the better balanced accuracy on 80 % or more of KEEL's sets of imbalance 9 or more"
    )
    if not len(gains):
        return [Mark(asked, "no set is so imbalanced", False)]
    better, p = (gains > 0).sum(), wilcoxon(gains, alternative="greater").pvalue
    measured = f"{better} of {len(gains)} ({100 * better / len(gains):.0f} %), median gain {np.median(gains):.3f}"
    return [
        Mark(asked, measured, bool(better >= 0.8 * len(gains))),
        Mark("Wilcoxon's signed-rank test of these gains (one-sided): p < .01", f"p = {p:.2g}", bool(p < 0.01)),
    ]


def _gain(scores: Mapping[str, Scores], method: str) -> float:
    return scores[method].balanced_accuracy - scores[PLAIN].balanced_accuracy


def _marks_of_grid(cells: Mapping[Cell, Row], differing: int, ties: int) -> list[Mark]:
    recalls = {
        (w.overlap, w.imbalance, w.copies): row["minority_recall"] for (w, method), row in cells.items() if method == TREE
    }
    overlaps = sorted({o for o, _, _ in recalls if o >= 0.5})
    ratios, copies = sorted({i for _, i, _ in recalls}), sorted({k for _, _, k in recalls})
    curves = {o: [float(np.mean([recalls[o, i, k] for k in copies])) for i in ratios] for o in overlaps}
    falls = all(max(np.diff(curve)) <= 0 and curve[0] - curve[-1] >= 0.2 for curve in curves.values())
    apart = max(abs(recalls[o, i, k] - recalls[o, i, 1]) for o, i, k in recalls)
    naive = {
        (w.overlap, w.imbalance, w.copies): row["minority_recall"] for (w, method), row in cells.items() if method == PLAIN
    }
    naive_apart = max(abs(naive[o, i, k] - naive[o, i, 1]) for o, i, k in naive)
    shown = "; ".join(f"overlap {o}: " + ", ".join(f"{value:.2f}" for value in curve) for o, curve in curves.items())
    return [
        Mark(
            "thresholds of the prior are a uniform prior: no row differs",
            f"{differing} rows differ, and {ties} that are ties",
            differing == 0,
        ),
        Mark(
            "the tree's minority recall falls with imbalance where overlap is .5 or more",
            f"at imbalance {ratios}: {shown}",
            falls,
        ),
        Mark(
            "the tree's minority recall is flat in copies",
            f"within {apart:.3g}; naive Bayes within {naive_apart:.3g}",
            apart <= 0.01,
        ),
    ]


def _grid_tables(cells: Mapping[Cell, Row]) -> dict[str, list[Row]]:
    methods = list(dict.fromkeys(method for _, method in cells))
    tables = {
        f"Made data: {figure} by imbalance, mean over overlaps and copies": _by(
            cells, methods, figure, lambda world: f"{world.imbalance} : 1"
        )
        for figure in FIGURES
    }
    for figure in ("minority_recall", "balanced_accuracy", "log_loss"):
        title = f"Made data: {figure} by copies of the overlapping bit, mean over overlaps and imbalances"
        tables[title] = _by(cells, methods, figure, lambda world: f"{world.copies} copies")
    for method in (PLAIN, CURED, TREE, "tree of depth 5, classes weighted", BAYES):
        tables[f"Made data: minority recall of {method}"] = _heat_map(cells, method, "minority_recall")
    tables[f"Made data: words that never occur, and balanced accuracy at overlap .5 and one copy of {PLAIN}"] = _starvation()
    return tables


def _by(cells: Mapping[Cell, Row], methods: Sequence[str], figure: str, column: Callable[[World], str]) -> list[Row]:
    rows = []
    for method in methods:
        values: dict[str, list[float]] = {}
        for (world, other), row in cells.items():
            if other == method:
                values.setdefault(column(world), []).append(row[figure])
        rows.append({"method": method, **{name: float(np.mean(found)) for name, found in values.items()}})
    return rows


def _heat_map(cells: Mapping[Cell, Row], method: str, figure: str) -> list[Row]:
    rows: dict[tuple[float, int], Row] = {}
    for (world, other), row in cells.items():
        if other == method:
            place = rows.setdefault((world.overlap, world.copies), {"overlap": world.overlap, "copies": world.copies})
            place[f"{world.imbalance} : 1"] = row[figure]
    return list(rows.values())


def _starvation() -> list[Row]:
    """The prior corrected, so that what is left is smoothing: vocabularies of used words, 1,000 and 10,000."""
    rows = []
    for imbalance in IMBALANCES:
        row: Row = {"imbalance": f"{imbalance} : 1", FAIR_BAYES: 1 - worlds.balanced_bayes_error(World(0.5, imbalance, 1))}
        for vocabulary, method in product((0, 1_000, 10_000), ("naive Bayes, prior corrected", CURED)):
            world = World(0.5, imbalance, 1, vocabulary)
            told = mirrored(MIRRORS[method], worlds.draw(world, ROWS, SEED), worlds.population(world))
            row[f"{method}, {vocabulary or 8:,} words"] = score(told, 1).balanced_accuracy
        rows.append(row)
    return rows


def _set_tables(sets: Sequence[DataSet], real: Mapping[str, Mapping[str, Scores]]) -> dict[str, list[Row]]:
    if not sets:
        return {}
    hard = [real[one.name] for one in sets if one.imbalance >= 9] or list(real.values())
    summary = [_summary(hard, method) for method in hard[0]]
    shown = (PLAIN, CURED, "naive Bayes, classes normalised", "complement naive Bayes", *TREES)
    each = [
        {
            "set": one.name,
            "rows": len(one.labels),
            "imbalance": one.imbalance,
            **{name: real[one.name][name].balanced_accuracy for name in shown},
        }
        for one in sorted(sets, key=lambda one: (one.imbalance, one.name))
    ]
    return {f"KEEL, {len(hard)} sets of imbalance 9 or more: means": summary, "KEEL: balanced accuracy of each set": each}


def _summary(hard: Sequence[Mapping[str, Scores]], method: str) -> Row:
    gains = np.array([_gain(scores, method) for scores in hard])
    means = {name: float(np.mean([asdict(scores[method])[name] for scores in hard])) for name in FIGURES[:-1]}
    p = float(wilcoxon(gains).pvalue) if gains.any() else None
    return {"method": method, **means, f"better than {PLAIN}": int((gains > 0).sum()), "worse": int((gains < 0).sum()), "p": p}


def _text_tables(texts: Sequence[Row]) -> dict[str, list[Row]]:
    return {"Real texts, hashed counts of words, held-out rows": list(texts)} if texts else {}


def _notes(texts: Sequence[Row]) -> list[str]:
    notes = [
        "The cure is of balanced accuracy, not of error: with classes weighted or thresholds moved, methods answer as if all "
        "classes were as frequent, and err more at the natural prior (gap_to_bayes); probabilities are further off (log_loss).",
        "A tree's minority recall is to be read beside that of the Bayes rule: where that falls too, it is the prior's doing.",
        "Of two classes each is the other's complement, so complement naive Bayes predicts as one with a uniform prior.",
        "A prior that is corrected leaves what smoothing does to a small class; weights cure both, and neither cures copies.",
    ]
    if not texts:
        notes.append("Real texts were left out: BRICKYARD_DATA names no folder, or the size is small.")
    return notes
