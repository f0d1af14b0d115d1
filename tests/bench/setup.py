"""Make .venv-bench: the peers that Brickyard is compared with, from hash-locked requirements, apart from its own.

python -m tests.bench.setup

The lock is made from tests/bench/requirements.in, which leaves out what MinHash does not use of the peers:
uv pip compile --python-version 3.11 --generate-hashes --no-header --no-annotate tests/bench/requirements.in
"""

import subprocess
from pathlib import Path

from infra.setup import LOCKS, ROOT, create, pip_install, python_of, say, site_packages, stamp_of

BENCH = ROOT / ".venv-bench"


def install_text_dedup() -> None:
    """text-dedup 0.4.1 wants Python 3.12 for the sake of `type X = ...` and `typing.override`: spelled as 3.11 does.

    Nothing else of it is touched; what it needs is in bench.txt, without the libraries of its other methods.
    """
    lock = str(LOCKS / "bench-text-dedup.txt")
    options = ["--quiet", "--disable-pip-version-check", "--no-deps", "--ignore-requires-python", "--no-compile"]
    command = [python_of(BENCH), "-m", "pip", "install", *options, "--require-hashes", "--requirement", lock]
    subprocess.run(command, check=True)
    for path in (site_packages(BENCH) / "text_dedup").rglob("*.py"):
        path.write_text(respell(path.read_text()))


def respell(source: str) -> str:
    """Python 3.12's type statements and `override`, for 3.11."""
    source = source.replace("from typing import override", "from typing_extensions import override")
    return "\n".join(line.removeprefix("type ") if line.startswith("type ") else line for line in source.split("\n"))


def main() -> None:
    stamp, wanted = BENCH / ".brickyard-stamp", stamp_of("bench", "bench-text-dedup") + str(Path(__file__).stat().st_size)
    if stamp.exists() and stamp.read_text() == wanted:
        return
    say("making .venv-bench: the peers")
    create(BENCH)
    pip_install(BENCH, "bench")
    install_text_dedup()
    stamp.write_text(wanted)


if __name__ == "__main__":
    main()
