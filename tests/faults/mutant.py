"""The job with what makes it safe to run again switched off, to show that the kill test notices. For tests only.

    python -m tests.faults.mutant curate --config FILE

What an earlier run of the attempt has committed, known by the attempt's id in the commit, is not looked for.
"""

import sys

from brickyard import storage

from jobs import main


def break_recovery() -> None:
    """Forget what was done."""
    storage.find_commit = lambda *_: None


if __name__ == "__main__":
    break_recovery()
    sys.exit(main.main())
