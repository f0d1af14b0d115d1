"""How much a token tells: entropy of a count, compressibility of fixed chunks, growth of a vocabulary."""

import gzip
from dataclasses import dataclass

import numpy as np

CHUNK = 1024
"""Tokens in a chunk that is compressed by itself. gzip looks back 32 KB, so a length that varies would change the figure."""


def plug_in_entropy(counts: np.ndarray) -> float:
    """Shannon's entropy in bits of a count of symbols (int64, zeros allowed), with shares for probabilities."""
    shares = counts[counts > 0] / counts.sum()
    return float(-(shares * np.log2(shares)).sum()) + 0.0


def miller_madow_entropy(counts: np.ndarray) -> float:
    """The same, corrected for its bias to first order: + (seen symbols - 1) / 2n nats (Miller 1955)."""
    seen = np.count_nonzero(counts)
    return plug_in_entropy(counts) + (seen - 1) / (2 * counts.sum()) / np.log(2)


def gzip_ratio(tokens: np.ndarray) -> float:
    """Compressed over raw bytes of token ids as 4-byte big-endian integers, gzip level 9 (Pandey 2024, the authors' code).

    Depends on the chunk's length: compare only figures of the same `CHUNK`.
    """
    raw = tokens.astype(">u4").tobytes()
    return len(gzip.compress(raw, 9, mtime=0)) / len(raw)


def gzip_ratios(tokens: np.ndarray) -> np.ndarray:
    """The ratio of each whole chunk of a run of token ids (any integers); what is left at the end is not measured."""
    whole = tokens[: len(tokens) // CHUNK * CHUNK].reshape(-1, CHUNK)
    return np.array([gzip_ratio(chunk) for chunk in whole])


@dataclass(frozen=True)
class Growth:
    """V(N) = K N^b (Heaps 1978): the exponent b with its standard error, and log K."""

    exponent: float
    error: float
    log_factor: float


def fit_growth(words: np.ndarray, distinct: np.ndarray) -> Growth:
    """Heaps' law through (words seen, distinct words seen), by least squares on logarithms; at least three points."""
    x, y = np.log(words), np.log(distinct)
    slope, intercept = np.polyfit(x, y, 1)
    residuals = y - (slope * x + intercept)
    spread = ((x - x.mean()) ** 2).sum()
    return Growth(float(slope), float(np.sqrt((residuals**2).sum() / (len(x) - 2) / spread)), float(intercept))
