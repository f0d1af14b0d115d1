"""Brickyard's signatures from Python strings, on one core."""

import numpy as np
from brickyard.text.minhash import signatures
from brickyard.text.words import folded_bytes

from tests.bench.signing import corpus_argument, time_signing

NGRAM, PERMUTATIONS, BANDS = 5, 128, 32


def sign(texts: list[str]) -> np.ndarray:
    return signatures(*folded_bytes(texts), NGRAM, PERMUTATIONS)[1]


if __name__ == "__main__":
    time_signing(corpus_argument(__doc__), sign)
