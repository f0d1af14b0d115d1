"""What repeats do to training: linear regression in closed form and simulated, and a tiny language model over epochs."""

import multiprocessing
import sysconfig
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from brickyard.gauge.copies import excess_risk, fresh_rows_worth, partly_repeated, weighted_regression
from brickyard.gauge.language_model import Shape, Training, by_document, shuffled_passes, train, windows_of
from brickyard.gauge.repetition import REPEATED_TOKENS, effective_tokens
from scipy.optimize import least_squares

from tests.evaluation.marks import Mark, Outcome

QUESTION = "What do repeats do to training: as epochs, and as copies of a part?"

DESIGN = (
    "(1) Least squares, p = 100 features, a budget of 1,000 rows of which a share f goes to rows that are there r times:"
    " excess risk by the closed form of `gauge/copies.py`, and simulated, half of the noise from features that the model lacks."
    " (2) A language model of bytes on Python's standard library, files cut to 2,000 bytes, every fifth file held out: the same"
    " bytes seen, as fresh text or as 2 to 32 epochs over a part. L = E + B / D'^b with D' by epochs and R* is fitted to all"
    " runs; each number of epochs is then predicted by a fit to the others. (3) The same model where half of the bytes seen are"
    " a small part, r times each."
)


@dataclass(frozen=True)
class Size:
    """How much is computed."""

    runs: int  # of each simulated cell
    copies: Sequence[int]
    epochs: Sequence[int]
    steps: int
    seeds: int


SIZES = {
    "small": Size(30, (1, 5, 10, 100, 500), (1, 2, 4, 8, 16), 600, 1),
    "full": Size(400, (1, 2, 4, 5, 10, 20, 25, 50, 100, 250, 500), (1, 2, 4, 8, 16, 32), 6000, 4),
}

FEATURES, BUDGET, SHARES = 100, 1000, (0.5, 0.2)

SHAPE = Shape()


def run(size: str, work: Path) -> Outcome:
    """All three parts; JAX runs in a process of its own."""
    chosen = SIZES[size]
    cells = [simulate(share, times, chosen.runs) for share in SHARES for times in chosen.copies if _whole(share, times)]
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        epochs = pool.submit(train_epochs, chosen).result()
        parts = pool.submit(train_parts, chosen).result()
    fit, predicted = fit_epochs(epochs), leave_one_out(epochs)
    return Outcome(
        QUESTION, DESIGN, (*_linear_marks(cells), _epochs_mark(predicted)),
        {
            "Least squares: excess risk over noise, by share of the budget on repeats and number of copies": cells,
            "Language model: held-out nats per byte, by bytes seen and epochs": predicted,
            "Language model: half of the bytes seen on a part, r times": parts,
        },
        _notes(fit, cells, parts),
    )  # fmt: skip


def _whole(share: float, times: int) -> bool:
    return (BUDGET * share) % times == 0


def simulate(share: float, times: int, runs: int) -> dict:
    """One cell: the mean excess risk of random fits beside the formula's."""
    source = np.random.default_rng([round(100 * share), times])
    rows = partly_repeated(BUDGET, share, times)
    weights = np.concatenate([np.full(round(count), float(weight)) for weight, count in rows.items()])
    risks = np.array([_one_fit(source, weights) for _ in range(runs)])
    expected, mean, error = excess_risk(rows, FEATURES), risks.mean(), risks.std(ddof=1) / runs**0.5
    return {
        "share": share, "copies": times, "formula": expected, "simulated": float(mean), "standard error": float(error),
        "deviation in standard errors": float((mean - expected) / error),
        "without the copies": excess_risk({1: len(weights)}, FEATURES),
        "without the repeated rows": excess_risk({1: (1 - share) * BUDGET}, FEATURES),
        "fresh rows worth": fresh_rows_worth(rows, FEATURES),
    }  # fmt: skip


def _one_fit(source: np.random.Generator, weights: np.ndarray) -> float:
    features, lacking = source.standard_normal((len(weights), FEATURES)), source.standard_normal((len(weights), 20))
    truth = source.standard_normal(FEATURES)
    noise = source.standard_normal(len(weights)) * 0.5**0.5 + lacking.sum(axis=1) * (0.5 / 20) ** 0.5
    fit = weighted_regression(features, features @ truth + noise, weights)
    return float(((fit - truth) ** 2).sum())


def texts() -> tuple[list[bytes], list[bytes]]:
    """(for training, held out): heads of the files of Python's standard library, in the order of a hash of their names."""
    folder = Path(sysconfig.get_paths()["stdlib"])
    files = sorted(path for path in folder.rglob("*.py") if "site-packages" not in path.parts and path.stat().st_size)
    order = np.random.default_rng(0).permutation(len(files))
    heads = list(dict.fromkeys(files[place].read_bytes()[:2000].replace(b"\0", b"") for place in order))
    return [head for place, head in enumerate(heads) if place % 5], [head[:300] for head in heads[::5]][:300]


def _mean_loss(order: Callable[[int], np.ndarray], windows: np.ndarray, held: tuple, training: Training, seeds: int) -> float:
    """Held-out loss at the end, mean over held-out texts and seeds; `order`: the rows seen, by seed."""
    losses = [train(windows[order(seed)], held[0], SHAPE, training, seed)[-1] for seed in range(seeds)]
    return float(by_document(np.array(losses), held[1]).mean())


def train_epochs(size: Size) -> list[dict]:
    """Held-out losses by bytes seen and epochs: at the full budget all epochs, and fresh text at smaller budgets."""
    trained, held = texts()
    windows, _ = windows_of(trained, SHAPE.context)
    held_windows = windows_of(held, SHAPE.context)
    full = Training(size.steps, places=1)
    found = []
    for epochs, shrink in [(epochs, 1) for epochs in size.epochs] + [(1, shrink) for shrink in (2, 4, 8, 16)]:
        training = replace(full, steps=full.steps // shrink)
        rows = _part(windows, training.seen // epochs)
        loss = _mean_loss(
            lambda seed, rows=rows, seen=training.seen: shuffled_passes(rows, seen, seed),
            windows,
            held_windows,
            training,
            size.seeds,
        )
        found.append({"seen": training.seen, "epochs": training.seen / len(rows), "distinct": len(rows), "loss": loss})
    return found


def _part(windows: np.ndarray, distinct: int) -> np.ndarray:
    """The first rows: files in a random order. If there is less text than was asked for, all of it."""
    return np.arange(min(distinct, len(windows)))


def train_parts(size: Size) -> list[dict]:
    """Half of the bytes seen are fresh, half a part that is there r times; beside them the fresh half alone."""
    trained, held = texts()
    windows, _ = windows_of(trained, SHAPE.context)
    held_windows = windows_of(held, SHAPE.context)
    training = Training(size.steps, places=1)
    half = min(training.seen, len(windows)) // 2
    found = []
    for times in (1, 4, 16, 64, 256, 1024):
        rows = np.concatenate([np.arange(half), half + np.tile(np.arange(half // times), times)])
        loss = _mean_loss(
            lambda seed, rows=rows: shuffled_passes(rows, training.seen, seed), windows, held_windows, training, size.seeds
        )
        found.append({"copies": times, "distinct bytes": half + half // times, "loss": loss})
    rows, alone = np.arange(half), replace(training, steps=training.steps // 2)
    loss = _mean_loss(lambda seed: shuffled_passes(rows, alone.seen, seed), windows, held_windows, alone, size.seeds)
    return [*found, {"copies": None, "distinct bytes": half, "loss": loss}]


def fit_epochs(runs: Sequence[dict]) -> np.ndarray:
    """(E, log B, b, log R*) by least squares on log losses, best of several starts."""
    starts = [
        (entropy, scale, slope, star)
        for entropy in (0.5, 1.5)
        for scale in (3.0, 6.0)
        for slope in (0.2, 0.5)
        for star in (1.0, 3.0)
    ]
    logs = np.log([run["loss"] for run in runs])
    fits = [
        least_squares(lambda fit: np.log([predict(fit, run) for run in runs]) - logs, start, bounds=_BOUNDS) for start in starts
    ]
    return min(fits, key=lambda fit: fit.cost).x


_BOUNDS = ((0.0, -5.0, 0.02, -3.0), (3.0, 20.0, 2.0, 8.0))


def predict(fit: np.ndarray, run: dict) -> float:
    """Loss of a run by the law."""
    entropy, log_scale, slope, log_star = fit
    worth = effective_tokens(run["distinct"], run["seen"], float(np.exp(log_star)))
    return float(entropy + np.exp(log_scale - slope * np.log(worth)))


def leave_one_out(runs: Sequence[dict]) -> list[dict]:
    """Each run beside what a fit to the others says of it."""
    found = []
    for place, run in enumerate(runs):
        predicted = predict(fit_epochs([*runs[:place], *runs[place + 1 :]]), run)
        found.append({**run, "predicted": predicted, "error": predicted / run["loss"] - 1})
    return found


def _linear_marks(cells: Sequence[dict]) -> list[Mark]:
    far = [abs(cell["deviation in standard errors"]) for cell in cells]
    within = sum(one <= 2 for one in far)
    marks = []
    for share in SHARES:
        of_share = [cell for cell in cells if cell["share"] == share]
        peak = max(of_share, key=lambda cell: cell["simulated"])
        interior = peak not in (of_share[0], of_share[-1])
        asked = f"OLS: the simulated damage peaks at an interior number of copies, {share:.0%} of the budget on repeats"
        measured = f"at {peak['copies']} copies: {peak['simulated']:.3f}, {of_share[0]['simulated']:.3f} if all is fresh"
        marks.append(Mark(asked, f"{measured}, {of_share[-1]['simulated']:.3f} with {of_share[-1]['copies']} copies", interior))
    asked = "OLS: simulation within 2 standard errors of the formula, in 95 % of the cells"
    return [*marks, Mark(asked, f"{within} of {len(cells)}; farthest {max(far):.2f}", within >= 0.95 * len(cells))]


def _epochs_mark(predicted: Sequence[dict]) -> Mark:
    worst = max(predicted, key=lambda run: abs(run["error"]))
    measured = f"worst {worst['error']:+.2%}, at {worst['epochs']:.0f} epochs of {worst['distinct']:,} bytes"
    return Mark(
        "language model: each held-out loss within 2 % of a fit to the other runs", measured, abs(worst["error"]) <= 0.02
    )


def _notes(fit: np.ndarray, cells: Sequence[dict], parts: Sequence[dict]) -> list[str]:
    star, slope = float(np.exp(fit[3])), float(fit[2])
    worst = max(cells, key=lambda cell: cell["formula"] / cell["without the repeated rows"])
    worst_part, alone = max(parts[:-1], key=lambda part: part["loss"]), parts[-1]
    return [
        f"Fitted R* of this model on this text: {star:.1f}; published, for models of 10 million to 9 billion parameters:"
        f" {REPEATED_TOKENS:.1f} (a ratio of {star / REPEATED_TOKENS:.2f}). Exponent b: {slope:.3f}, published 0.353. Shorter"
        " runs have shorter schedules, so b is of the training too: neither stands in for those of a large model.",
        f"Least squares: at worst, {worst['copies']} copies with {worst['share']:.0%} of the budget, repeats are worse than"
        f" leaving the repeated rows out: {worst['formula']:.3f} against {worst['without the repeated rows']:.3f};"
        f" the 1,000 rows are worth {worst['fresh rows worth']:.0f} fresh ones.",
        f"Language model: of the numbers of copies tried, {worst_part['copies']} are worst, at {worst_part['loss']:.4f} nats"
        f" per byte; the fresh half alone, with half of the steps, has {alone['loss']:.4f}, all fresh {parts[0]['loss']:.4f}."
        " No mark was drawn for this.",
    ]
