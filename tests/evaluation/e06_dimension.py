"""E6. Is the intrinsic dimension that of known shapes, and does it foretell how fast networks get better with size?"""

import json
import multiprocessing
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from brickyard.gauge.dimension import levina_bickel, two_nn, two_nn_fit
from brickyard.gauge.neighbours import copies_of, nearest
from scipy.stats import spearmanr

from tests.evaluation import students
from tests.evaluation.marks import Mark, Outcome

GOLDEN = Path(__file__).parent.parent / "gauge" / "dimension_golden.json"

QUESTION = "Is the intrinsic dimension that of known shapes, and does it foretell how fast networks get better with size?"

DESIGN = """Shapes: cubes, spheres, normal clouds of dimension 1 to 20 and a swiss roll, turned into 32 dimensions or one more
than their own, {points} points, {seeds} seeds; planes with noise, and a cube of which a third are copies. Students: two hidden
layers of ReLU, widths {widths}, learn random networks of width {teacher} whose inputs lie on planes of dimension 2 to 8 in 16
dimensions, {steps} steps of Adam on fresh inputs, {tasks} teachers for each dimension; alpha is the slope of ln loss over ln
of all parameters. scikit-dimension's values are of version 0.5.0, on stored points."""

CUBES = (1, 2, 3, 5, 8, 10, 15, 20)


def run(size: str, work: Path) -> Outcome:
    full = size == "full"
    points, seeds = (4000, 3) if full else (500, 2)
    widths, steps, tasks = ([4, 8, 16, 32], 2000, 2) if full else ([4, 16], 100, 1)
    shapes = [shape_row(name, true, make, points, seeds) for name, true, make in all_shapes()]
    dimensions = list(range(2, 9))
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as apart:
        losses = apart.submit(students.losses, dimensions, tasks, widths, steps).result()
    exponents = exponent_rows(dimensions, widths, losses)
    return Outcome(
        question=QUESTION,
        design=DESIGN.format(
            points=points, seeds=seeds, widths=widths, teacher=students.TEACHER, steps=steps, tasks=tasks
        ).replace("\n", " "),
        marks=marks(shapes, exponents),
        tables={
            "known shapes": shapes,
            "noise and copies": [noise_row(sigma, points) for sigma in (0.0, 0.001, 0.01, 0.1)] + [copies_row(points)],
            "students": exponents,
        },
        notes=(
            "TwoNN sees the scale of nearest neighbours: noise larger than their distances is dimensions too, which shows in"
            " the curve over halves of the sample.",
        ),
    )


def all_shapes() -> list[tuple[str, int, Callable]]:
    cubes = [(f"cube of {d}", d, lambda rng, n, d=d: turned(rng, rng.uniform(size=(n, d)))) for d in CUBES]
    spheres = [(f"sphere of {d}", d, lambda rng, n, d=d: sphere(rng, n, d)) for d in (1, 2, 5, 10, 20)]
    clouds = [(f"normal cloud of {d}", d, lambda rng, n, d=d: turned(rng, rng.normal(size=(n, d)))) for d in (2, 5, 10, 20)]
    return [*cubes, *spheres, *clouds, ("swiss roll", 2, swiss_roll)]


def turned(rng: np.random.Generator, points: np.ndarray) -> np.ndarray:
    """The points on a plane in a random direction of 32 dimensions."""
    return points @ np.linalg.qr(rng.normal(size=(32, points.shape[1])))[0].T


def sphere(rng: np.random.Generator, count: int, dimension: int) -> np.ndarray:
    points = rng.normal(size=(count, dimension + 1))
    return points / np.linalg.norm(points, axis=1, keepdims=True)


def swiss_roll(rng: np.random.Generator, count: int) -> np.ndarray:
    turn = 1.5 * np.pi * (1 + 2 * rng.uniform(size=count))
    return np.stack([turn * np.cos(turn), 21 * rng.uniform(size=count), turn * np.sin(turn)], axis=1)


def shape_row(name: str, true: int, make: Callable, points: int, seeds: int) -> dict:
    found = [measured(make(np.random.default_rng([seed, true]), points)) for seed in range(seeds)]
    mle, fit, likelihood, low, high = np.array(found).T
    return {
        "shape": name,
        "d": true,
        "TwoNN": float(mle.mean()),
        "error": float(abs(mle.mean() / true - 1)),
        "TwoNN, fit": float(fit.mean()),
        "Levina-Bickel": float(likelihood.mean()),
        "interval holds d": f"{int(((low <= true) & (true <= high)).sum())} of {seeds}",
    }


def measured(points: np.ndarray) -> tuple[float, ...]:
    distances = nearest(points, {len(points): 20})[len(points)].distances
    estimate = two_nn(distances[:, 0], distances[:, 1])
    fit = two_nn_fit(distances[:, 0], distances[:, 1])
    return estimate.value, fit, levina_bickel(distances), estimate.low, estimate.high


def noise_row(sigma: float, points: int) -> dict:
    """A square with noise in ten dimensions."""
    rng = np.random.default_rng(11)
    square = rng.uniform(size=(points, 2)) @ np.linalg.qr(rng.normal(size=(10, 2)))[0].T
    value, _, likelihood, _, _ = measured(square + sigma * rng.normal(size=square.shape))
    return {"shape": f"square with noise of {sigma:g}", "d": 2, "TwoNN": value, "Levina-Bickel": likelihood}


def copies_row(points: int) -> dict:
    cube = np.random.default_rng(12).uniform(size=(points, 5))
    cube[: points // 3] = cube[points // 3 : 2 * (points // 3)]
    value, _, likelihood, _, _ = measured(cube[copies_of(cube) == np.arange(points)])
    return {"shape": "cube of 5, a third copies that are left out", "d": 5, "TwoNN": value, "Levina-Bickel": likelihood}


def exponent_rows(dimensions: list[int], widths: list[int], losses: np.ndarray) -> list[dict]:
    sizes = np.log([students.parameters(width) for width in widths])
    rows = []
    for place, d in enumerate(dimensions):
        inputs = students.make_task(d, 0).inputs(np.random.default_rng(d), 2000)
        value = measured(inputs)[0]
        slopes = [-np.polyfit(sizes, np.log(losses[:, place, seed]), 1)[0] for seed in range(losses.shape[2])]
        mean_loss = losses[:, place].mean(axis=1)
        rows.append({"d": d, "TwoNN": value, "4/d": 4 / value, "alpha": float(np.mean(slopes)), "loss of the smallest":
                     float(mean_loss[0]), "of the largest": float(mean_loss[-1])})  # fmt: skip
    return rows


def off_golden() -> float:
    """The largest difference from scikit-dimension's stored values."""
    off = []
    for case in json.loads(GOLDEN.read_text())["cases"]:
        value, fit, likelihood, _, _ = measured(np.array(case["points"]))
        off += [abs(value - case["two_nn"]), abs(fit - case["two_nn_fit"]), abs(likelihood - case["levina_bickel"])]
    return max(off)


def marks(shapes: list[dict], exponents: list[dict]) -> list[Mark]:
    errors = {row["shape"]: row["error"] for row in shapes if row["d"] <= 10}
    worst = max(errors, key=lambda shape: errors[shape])
    at_20 = ", ".join(f"{row['shape']} {row['TwoNN']:.1f}" for row in shapes if row["d"] == 20)
    rank = float(spearmanr([row["alpha"] for row in exponents], [row["4/d"] for row in exponents]).statistic)
    off = off_golden()
    return [
        Mark("TwoNN within 10 % for shapes up to dimension 10", f"worst {worst}: {errors[worst]:.1%}", errors[worst] <= 0.1),
        Mark("what it says at dimension 20 is disclosed", at_20, True),
        Mark("as scikit-dimension to 1e-6", f"{off:.1e}", off <= 1e-6),
        Mark("rank correlation of measured alpha and 4/d at least .8", f"{rank:.2f}", rank >= 0.8),
    ]
