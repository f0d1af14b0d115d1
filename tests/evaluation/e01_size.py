"""E1: can the smallest adequate width be told from statistics of the data, or from those and three small probes?"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from brickyard.gauge import size_features, size_model, size_rules

from infra.setup import ROOT
from tests.evaluation.keel_balanced import Labelled, balanced_sets
from tests.evaluation.marks import Mark, Outcome

SEEDS = (1, 2)
DRAWS = 10_000
MODEL = ROOT / "pipelines" / "brickyard" / "gauge" / "size_model.json"
"""Where the fitted model goes, which `brickyard gauge` uses."""

QUESTION = "Can the size of a network be told from the data before it is trained?"
DESIGN = (
    "KEEL's 43 balanced sets, at most 4,000 rows each. The right width is the smallest of 1, 2, 4 ... 256 within one standard"
    " error of the best accuracy (3 folds, 2 seeds; one hidden layer, Adam, 600 steps). Families of sets are left out one by"
    " one: a width is predicted by a model that has seen no kin of the set. (a) uses statistics only, (b) also the accuracies"
    " of three probes (widths 2, 8, 32) on other folds. Regret is accuracy lost against the best width, in points."
)


@dataclass(frozen=True)
class Known:
    """What was measured of one set: accuracies by width and repeat, its statistics, and the probes' accuracies."""

    name: str
    family: str
    rows: int
    inputs: int
    outputs: int
    scores: np.ndarray
    statistics: np.ndarray
    probes: np.ndarray
    friedland: float

    @property
    def right(self) -> int:
        """Index among WIDTHS of the smallest adequate one."""
        return size_model.smallest_adequate(self.scores)


def run(size: str, work: Path) -> Outcome:
    sets = balanced_sets(work)
    if size == "small":
        sets = [one for one in sets if len(one.labels) < 400][:8]
    known = _measure_all(sets, work / "e01")
    predictions = _predictions(known)
    if size == "full":
        fitted = size_model.jackknife(*_training(known, probes=True))
        MODEL.write_text(json.dumps({**size_model.as_plain(fitted), "ranges": ranges_of(sets)}) + "\n")
    return _outcome(known, predictions)


def ranges_of(sets: Sequence[Labelled]) -> dict[str, tuple[int, int]]:
    """Least and most of what a set has."""
    shapes = np.array([(len(one.labels), one.vectors.shape[1], one.labels.max() + 1) for one in sets])
    names = ("documents", "inputs", "classes")
    return {name: (int(sizes.min()), int(sizes.max())) for name, sizes in zip(names, shapes.T, strict=True)}


def _measure_all(sets: Sequence[Labelled], folder: Path) -> list[Known]:
    """Measure each set in a process of its own kind: JAX must not be loaded where anything forks. What is there is kept."""
    folder.mkdir(parents=True, exist_ok=True)
    missing = [one for one in sets if not (folder / f"{one.name}.json").exists()]
    missing.sort(key=lambda one: -one.vectors.size)
    workers = [missing[start :: os.cpu_count() or 1] for start in range(os.cpu_count() or 1)]
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.evaluation.e01_size", str(folder), *(one.name for one in mine)], cwd=ROOT
        )
        for mine in workers
        if mine
    ]
    codes = [process.wait() for process in running]
    if any(codes):
        raise RuntimeError("a process that measures data sets has failed; its words are above")
    return [_load(folder / f"{one.name}.json") for one in sets]


def _load(path: Path) -> Known:
    found = json.loads(path.read_text())
    arrays = {name: np.array(found.pop(name)) for name in ("scores", "statistics", "probes")}
    return Known(**found, **arrays)


def measure(one: Labelled) -> dict:
    """A `Known` as plain values."""
    from brickyard.gauge.size_probes import accuracies, probe_scores

    return {
        "name": one.name,
        "family": one.family,
        "rows": len(one.labels),
        "inputs": one.vectors.shape[1],
        "outputs": int(one.labels.max() + 1),
        "scores": accuracies(one.vectors, one.labels, size_model.WIDTHS, SEEDS).tolist(),
        "statistics": size_features.statistics_of(one.vectors, one.labels).tolist(),
        "probes": probe_scores(one.vectors, one.labels).tolist(),
        "friedland": size_rules.friedland_bits(one.vectors, one.labels),
    }


def _training(known: Sequence[Known], probes: bool) -> tuple[np.ndarray, np.ndarray, list[str]]:
    features = np.array([_features(one, probes) for one in known])
    return features, np.array([float(one.right) for one in known]), [one.family for one in known]


def _features(one: Known, probes: bool) -> np.ndarray:
    extra = size_features.scores_as_features(one.probes) if probes else np.empty(0)
    return np.concatenate([one.statistics, extra])


def _predictions(known: Sequence[Known]) -> dict[str, np.ndarray]:
    """log2 of the width that each way predicts for each set, (sets,); intervals as "b: low" and "b: high"."""
    found = {name: np.empty(len(known)) for name in ("statistics", "statistics and probes", "low", "high", "constant")}
    families = np.array([one.family for one in known])
    for family in sorted(set(families)):
        mine, others = np.flatnonzero(families == family), [one for one in known if one.family != family]
        plain, probed = (size_model.jackknife(*_training(others, probes)) for probes in (False, True))
        middle = float(np.median([one.right for one in others]))
        for place in mine:
            found["statistics"][place] = plain.predict(_features(known[place], False))[0]
            value = probed.predict(_features(known[place], True))
            found["statistics and probes"][place], found["low"][place], found["high"][place] = value
            found["constant"][place] = middle
    rules = [size_rules.rules(one.rows, one.inputs, one.outputs) for one in known]
    baselines = {name: np.log2([mine[name] for mine in rules]) for name in rules[0]}
    friedland = np.log2([size_rules.friedland_width(one.friedland, one.inputs) for one in known])
    return {**found, **baselines, "friedland": friedland}


def _clipped(predicted: np.ndarray) -> np.ndarray:
    """The nearest of WIDTHS, as an index: what a prediction is judged as."""
    return np.clip(np.rint(predicted), 0, len(size_model.WIDTHS) - 1).astype(int)


def _outcome(known: Sequence[Known], predictions: Mapping[str, np.ndarray]) -> Outcome:
    right = np.array([one.right for one in known])
    ways = {name: values for name, values in predictions.items() if name not in ("low", "high")}
    hits = {name: np.abs(_clipped(values) - right) <= 1 for name, values in ways.items()}
    within4 = {name: np.abs(_clipped(values) - right) <= 2 for name, values in ways.items()}
    regrets = {name: _regrets(known, _clipped(values)) for name, values in ways.items()}
    chance = np.mean([np.mean(np.abs(np.arange(len(size_model.WIDTHS)) - one) <= 1) for one in right])
    ours = "statistics and probes"
    best = max((name for name in ways if name not in (ours, "statistics")), key=lambda name: hits[name].mean())
    covered = (right >= predictions["low"] - 0.5) & (right <= predictions["high"] + 0.5)
    ahead = hits[ours].mean() - hits[best].mean()
    table = [
        {"way": name, "within x2": _percent(hits[name]), "within x4": _percent(within4[name]),
         "median regret (points)": round(100 * float(np.median(regrets[name])), 2),
         "ours ahead, 95 % interval": _paired(hits[ours], hits[name])}
        for name in ways
    ]  # fmt: skip
    table.append({"way": "a width at random", "within x2": f"{100 * chance:.0f} %"})
    lost = 100 * float(np.median(regrets[ours]))
    lead = f"{100 * ahead:+.0f} points against {best} ({_paired(hits[ours], hits[best])})"
    plain, constant = hits["statistics"], hits["constant"]
    marks = (
        Mark("(b) within x2 on 70 % of the sets or more", _percent(hits[ours]), bool(hits[ours].mean() >= 0.7)),
        Mark("(b) within x4 on 90 % or more", _percent(within4[ours]), bool(within4[ours].mean() >= 0.9)),
        Mark("(b) median regret of 0.5 points or less", f"{lost:.2f} points", bool(lost <= 0.5)),
        Mark("(b) 15 points or more above the best baseline", lead, bool(ahead >= 0.15)),
        Mark("(a) above the constant", f"{_percent(plain)} against {_percent(constant)}", bool(plain.mean() > constant.mean())),
        Mark("80 % interval covers 75 to 90 %", _percent(covered), bool(0.75 <= covered.mean() <= 0.9)),
    )
    return Outcome(QUESTION, DESIGN, marks, {"Ways to tell": table, "Sets": _sets(known, predictions)}, _notes(ahead, best))


def _regrets(known: Sequence[Known], chosen: np.ndarray) -> np.ndarray:
    means = [one.scores.mean(axis=1) for one in known]
    return np.array([mine.max() - mine[place] for mine, place in zip(means, chosen, strict=True)])


def _percent(hits: np.ndarray) -> str:
    return f"{100 * hits.mean():.0f} %"


def _paired(ours: np.ndarray, theirs: np.ndarray) -> str:
    """The difference of hit rates in points, resampled over sets."""
    draws = np.random.default_rng(0).integers(0, len(ours), (DRAWS, len(ours)))
    differences = 100 * (ours.astype(float)[draws].mean(axis=1) - theirs.astype(float)[draws].mean(axis=1))
    low, high = np.quantile(differences, (0.025, 0.975))
    return f"{low:+.0f} to {high:+.0f}"


def _sets(known: Sequence[Known], predictions: Mapping[str, np.ndarray]) -> list[dict]:
    widths = size_model.WIDTHS
    return [
        {"set": one.name, "family": one.family, "rows": one.rows, "inputs": one.inputs, "classes": one.outputs,
         "best accuracy": round(float(one.scores.mean(axis=1).max()), 4), "right width": widths[one.right],
         "predicted (b)": widths[int(_clipped(predictions["statistics and probes"][place]))],
         "interval": f"{2 ** max(0, predictions['low'][place]):.0f} to {2 ** min(8, predictions['high'][place]):.0f}",
         "predicted (a)": widths[int(_clipped(predictions["statistics"][place]))]}
        for place, one in enumerate(known)
    ]  # fmt: skip


def _notes(ahead: float, best: str) -> tuple[str, ...]:
    if ahead >= 0.10:
        return (f"The prediction is {100 * ahead:.0f} points above the best baseline ({best}).",)
    return (
        f"The prediction is **not** 10 points above the best baseline ({best}): {100 * ahead:+.0f}. The gauge prints the"
        " baselines beside it, and the interval is what to go by.",
    )


def _main(folder: Path, names: Sequence[str]) -> None:
    """Measure the named sets, one file each."""
    from brickyard.gauge.probes.xla import one_thread

    one_thread()
    for one in balanced_sets(folder.parent):
        if one.name in names:
            found = json.dumps(measure(one))
            (folder / f"{one.name}.json").write_text(found)
            print(f"evaluation: E1 {one.name}", file=sys.stderr, flush=True)  # noqa: T201


if __name__ == "__main__":
    _main(Path(sys.argv[1]), sys.argv[2:])
