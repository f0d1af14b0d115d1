"""Publishes release after release in one process, and dies on the way to some of them; started again, it goes on.

python -m tests.faults.publisher HOME RELEASES
"""

import os
import sys
from pathlib import Path

from brickyard.config import load_config, spark_settings
from brickyard.kill_points import AT, VICTIM, VICTIMS
from brickyard.run import run_curation
from brickyard.session import build_session, stop_session

from tests.faults import corpus, laws

NARROW = ["embed.model=off", "semantic_duplicates.mode=off", "tokenise.tokenizer=off", "spark.master=local[1]"]
LINES = 50
KILLED_AT = ("decisions.after_write", "records.after_write", "gate.before", "curated.during_write", "releases.before_write")
"""One for each run that is killed: in the middle of its commits."""


def prepare(home: Path) -> None:
    """A folder with the configuration, and nothing to read yet."""
    (home / "in").mkdir(parents=True)
    (home / "curate.toml").write_text(corpus.CONFIGURATION)


def publish(home: Path, releases: int) -> None:
    """Bring a file of LINES lines into each release that is missing; every fourth dies the first time."""
    config = load_config(str(home / "curate.toml"), NARROW)
    spark = build_session("publisher", spark_settings(config))
    lines = corpus.lines(LINES * releases, 2)
    for number in range(len(laws.releases(home / "warehouse")), releases):
        text = b"".join(line + b"\n" for line in lines[LINES * number : LINES * (number + 1)])
        (home / f"in/{number:02d}.jsonl").write_bytes(text)
        os.environ.pop(AT, None)
        if number % 4 == 2 and not (home / f"killed-{number}").exists():
            (home / f"killed-{number}").touch()
            os.environ |= {AT: KILLED_AT[number // 4 % len(KILLED_AT)], VICTIM: VICTIMS[number // 4 % len(VICTIMS)]}
        run_curation(spark, config)
    stop_session(spark)


if __name__ == "__main__":
    publish(Path(sys.argv[1]), int(sys.argv[2]))
