"""datatrove's signatures, 14 x 8 of 64 bits, without its reading and writing: simplified text, spaCy's words, shingles."""

import tempfile

import numpy as np
from datatrove.pipeline.dedup import MinhashDedupSignature

from tests.bench.signing import corpus_argument, time_signing


def main() -> None:
    with tempfile.TemporaryDirectory() as unused:
        step = MinhashDedupSignature(output_folder=unused)

        def sign(texts: list[str]) -> np.ndarray:
            return np.array([np.concatenate(step.get_signature(step.get_shingles(text))) for text in texts], np.uint64)

        time_signing(corpus_argument(__doc__), sign)


if __name__ == "__main__":
    main()
