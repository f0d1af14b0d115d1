"""datasketch's signatures: a MinHash per text, updated with all its shingles at once."""

import numpy as np
from datasketch import MinHash

from tests.bench.peers.rensa_script import shingles_of
from tests.bench.signing import corpus_argument, time_signing

PERMUTATIONS = 128


def sign(texts: list[str]) -> np.ndarray:
    return np.stack([_sign_one(text) for text in texts])


def _sign_one(text: str) -> np.ndarray:
    minhash = MinHash(num_perm=PERMUTATIONS)
    minhash.update_batch([shingle.encode() for shingle in shingles_of(text)])
    return minhash.hashvalues


if __name__ == "__main__":
    time_signing(corpus_argument(__doc__), sign)
