"""What scikit-dimension 0.5.0 says of small point sets: writes dimension_golden.json.

In an environment of its own: pip install scikit-dimension==0.5.0; python tests/gauge/make_dimension_golden.py
"""

import json
from pathlib import Path

import numpy as np
import skdim


def shapes() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(20240607)
    turn = 1.5 * np.pi * (1 + 2 * rng.uniform(size=200))
    sphere = rng.normal(size=(200, 4))
    return {
        "cube of 3 in 5": np.pad(rng.uniform(size=(200, 3)), ((0, 0), (0, 2))),
        "sphere of 3 in 4": sphere / np.linalg.norm(sphere, axis=1, keepdims=True),
        "swiss roll": np.stack([turn * np.cos(turn), 21 * rng.uniform(size=200), turn * np.sin(turn)], axis=1),
        "normal of 10": rng.normal(size=(200, 10)),
    }


def case_of(shape: str, points: np.ndarray) -> dict:
    return {
        "shape": shape,
        "two_nn": float(skdim.id.TwoNN(method="mle", discard_fraction=0).fit(points).dimension_),
        "two_nn_fit": float(skdim.id.TwoNN().fit(points).dimension_),
        "levina_bickel": float(skdim.id.MLE().fit(points, n_neighbors=20, comb="mle").dimension_),
        "points": points.tolist(),
    }


def main() -> None:
    cases = [case_of(shape, np.round(points, 5)) for shape, points in shapes().items()]
    lines = ",\n".join(json.dumps(case) for case in cases)
    target = Path(__file__).parent / "dimension_golden.json"
    target.write_text(f'{{"library": "scikit-dimension 0.5.0", "cases": [\n{lines}\n]}}\n')


if __name__ == "__main__":
    main()
