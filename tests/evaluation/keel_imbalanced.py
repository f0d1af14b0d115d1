"""KEEL's imbalanced data sets as numbers, numbers of values and labels."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from tests.evaluation.keel_package import files, table_of

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


def imbalanced_sets(work: Path) -> list[DataSet]:
    """All of them, by name, from the package as it is unpacked in the working folder."""
    return [_read(path) for path in files(work, "imbalanced")]


def _read(path: Path) -> DataSet:
    table = table_of(path).replace(MISSING, np.nan)
    classes = table.iloc[:, -1]
    features = table.iloc[:, :-1]
    numbers = features.apply(pd.to_numeric, errors="coerce")
    is_number = (numbers.notna() | features.isna()).all()
    nominal = features.loc[:, ~is_number].apply(lambda column: pd.factorize(column, sort=True)[0])
    labels = (classes == classes.value_counts().idxmin()).to_numpy().astype(int)
    return DataSet(path.stem, numbers.loc[:, is_number].to_numpy(float), nominal.to_numpy(int), labels)
