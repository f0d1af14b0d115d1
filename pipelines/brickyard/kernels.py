"""Importing this compiles every kernel and leaves the result in numba's cache, beside the sources or in the user's.

The one for crowds is compiled when it is first needed.
"""

from brickyard.export import packing
from brickyard.graphs import candidates, components, crowds, ordering, paths, representatives, vector_crowds
from brickyard.text import bpe, minhash, pre_tokens, shingles, tokens, words
from brickyard.vectors import cells, hashed, pooling, word_hashes
from brickyard.vectors import crowds as crowds_of_vectors

__all__ = [
    "bpe", "candidates", "cells", "components", "crowds", "crowds_of_vectors", "hashed", "minhash", "ordering", "packing",
    "paths", "pooling", "pre_tokens", "representatives", "shingles", "tokens", "vector_crowds", "word_hashes", "words",
]  # fmt: skip
