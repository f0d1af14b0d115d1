"""rensa's signatures from Python strings: its batch function on lists of shingles, in a bare loop."""

from tests.bench.peers.rensa_script import sign
from tests.bench.signing import corpus_argument, time_signing

if __name__ == "__main__":
    time_signing(corpus_argument(__doc__), sign)
