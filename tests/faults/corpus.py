"""A corpus of short texts in two batches, in which everything happens; and a warehouse that holds the first."""

import json
import random
from pathlib import Path

from tests.tiny import edit, random_text

DOCUMENTS = 5_000
FIRST_SHARE = 0.8

CONFIGURATION = """
warehouse = "warehouse"
[input]
source = "faults"
paths = ["in"]
[near_duplicates]
ngram = 3
[embed]
dimension = 32
[semantic_duplicates]
mode = "threshold"
clusters = 4
[tokenise]
tokenizer = "train:300"
[gate]
max_near_share = 1.0
max_semantic_share = 1.0
[spark]
driver.memory = "1g"
driver.extraJavaOptions = "-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=240m -XX:+UseSerialGC -Duser.timezone=UTC"
sql.shuffle.partitions = 2
"""
"""Everything switched on, and small: Java compiles fast and never optimises."""

_BAD = (b"{", b'{"text": 7}', b'{"text": "\xff"}', b"", b'{"text": ""}')


def lines(documents: int, seed: int) -> list[bytes]:
    """Lines of JSON: distinct texts, near copies of a tenth, exact copies of a tenth, and bad lines."""
    source = random.Random(seed)
    made: list[list[str]] = []
    for number in range(documents):
        kind = number % 10
        if kind == 8:
            made.append(edit(source, source.choice(made), 1))
        elif kind == 9:
            made.append(source.choice(made))
        else:
            made.append(random_text(source, source.randrange(25, 40), 5000))
    return [json.dumps({"text": " ".join(words)}, ensure_ascii=False).encode() for words in made]


def write_corpus(home: Path, documents: int = DOCUMENTS) -> None:
    """`<home>/curate.toml`, the first batch in `<home>/in`, the second in `<home>/more`."""
    home.mkdir(parents=True)
    (home / "curate.toml").write_text(CONFIGURATION)
    made = lines(documents, 1)
    cut = int(documents * FIRST_SHARE)
    for name, some in (("in", made[:cut]), ("more", made[cut:])):
        (home / name).mkdir()
        for number in range(4):
            part = [*some[number::4], *_BAD]
            (home / name / f"{name}-{number}.jsonl").write_bytes(b"".join(line + b"\n" for line in part))


def bring_second_batch(home: Path) -> None:
    """Move the second batch to where the configuration finds it."""
    for path in (home / "more").iterdir():
        path.rename(home / "in" / path.name)
