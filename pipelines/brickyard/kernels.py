"""Importing this compiles every kernel and leaves the result in numba's cache, beside the sources or in the user's.

The one for crowds is compiled when it is first needed.
"""

from brickyard.graphs import components, crowds, representatives, vector_crowds
from brickyard.text import minhash, shingles, words
from brickyard.vectors import cells, hashed
from brickyard.vectors import crowds as vectors_crowds

__all__ = [
    "cells",
    "components",
    "crowds",
    "hashed",
    "minhash",
    "representatives",
    "shingles",
    "vector_crowds",
    "vectors_crowds",
    "words",
]
