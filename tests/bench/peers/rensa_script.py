"""Near duplicates as a skilled rival would script them: rensa's signatures, NumPy bands, exact verification, union-find.

Worker processes read row groups and sign lists of 5-word shingles with rensa's batch function. 32 bands of 4 of 128 values
propose pairs; the texts in them are read again and each pair is compared exactly, in the workers; pairs with a Jaccard index
of at least 0.7 are united, the longest text of each group is kept, and the kept rows are written as Parquet.
"""

import argparse
import itertools
import multiprocessing
import os
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from rensa import RMinHash

from tests.bench.measure import print_report

NGRAM, PERMUTATIONS, BANDS, THRESHOLD = 5, 128, 32, 0.7
BATCH, PAIRS_PER_TASK = 1000, 2000
MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)

Pairs = list[tuple[int, int]]


def shingles_of(text: str) -> list[str]:
    """The runs of NGRAM words of a text, or all its words if there are fewer."""
    words = re.findall(r"\w+", text.lower())
    if len(words) <= NGRAM:
        return [" ".join(words)]
    return list(map(" ".join, zip(*(words[i:] for i in range(NGRAM)), strict=False)))


def sign(texts: list[str]) -> np.ndarray:
    """rensa's signatures, uint32 of shape (texts, PERMUTATIONS)."""
    matrix = RMinHash.digest_matrix_from_token_sets([shingles_of(text) for text in texts], PERMUTATIONS, 42)
    return np.array(matrix.to_rows(), np.uint32)


def sign_group(task: tuple[str, int]) -> tuple[np.ndarray, np.ndarray]:
    """(signatures, characters) of the texts of one row group."""
    path, number = task
    texts = pq.ParquetFile(path).read_row_group(number, ["text"])["text"]
    signed = [sign(texts.slice(start, BATCH).to_pylist()) for start in range(0, len(texts), BATCH)]
    return np.concatenate(signed), pc.utf8_length(texts).to_numpy()


def candidates(signed: np.ndarray) -> np.ndarray:
    """Distinct pairs (i, j), i < j, that share a band: all pairs of a bucket of up to 50, else each with the first."""
    rows, count = PERMUTATIONS // BANDS, np.uint64(len(signed))
    found = [np.empty(0, np.uint64)]
    for band in range(BANDS):
        values = np.ascontiguousarray(signed[:, band * rows : (band + 1) * rows]).view("V16").ravel().view(np.uint64)
        keys = values[::2] * MULTIPLIER ^ values[1::2]
        order = np.argsort(keys, kind="stable").astype(np.uint64)
        ends = np.flatnonzero(np.diff(keys[order])) + 1
        bounds = np.concatenate([[0], ends, [len(order)]])
        sizes = np.diff(bounds)
        for size in np.unique(sizes[sizes > 1]):
            members = order[bounds[:-1][sizes == size][:, None] + np.arange(size)]
            left, right = np.triu_indices(size, 1) if size <= 50 else (np.zeros(size - 1, int), np.arange(1, size))
            found.append((members[:, left] * count + members[:, right]).ravel())
    pairs = np.unique(np.concatenate(found))
    return np.stack([pairs // count, pairs % count], axis=1).astype(np.int64)


def texts_of(files: list[str], wanted: np.ndarray) -> dict[int, str]:
    """The texts of some rows, by row."""
    found: dict[int, str] = {}
    start = 0
    for file in files:
        texts = pq.read_table(file, columns=["text"])["text"]
        rows = wanted[(wanted >= start) & (wanted < start + len(texts))]
        found.update(zip(rows.tolist(), texts.take(pa.array(rows - start)).to_pylist(), strict=True))
        start += len(texts)
    return found


def verify(task: tuple[Pairs, dict[int, str]]) -> Pairs:
    """The pairs whose Jaccard index reaches the threshold."""
    pairs, texts = task
    sets = {row: set(shingles_of(text)) for row, text in texts.items()}
    return [(i, j) for i, j in pairs if reaches(sets[i], sets[j])]


def reaches(left: set[str], right: set[str]) -> bool:
    """Whether two sets have a Jaccard index of at least THRESHOLD; sizes are looked at first."""
    small, large = sorted((len(left), len(right)))
    if small < THRESHOLD * large:
        return False
    common = len(left & right)
    return common >= THRESHOLD * (small + large - common)


def verification_tasks(pairs: np.ndarray, files: list[str]) -> Iterator[tuple[Pairs, dict[int, str]]]:
    """Some pairs at a time, with their texts."""
    texts = texts_of(files, np.unique(pairs))
    for start in range(0, len(pairs), PAIRS_PER_TASK):
        some = pairs[start : start + PAIRS_PER_TASK]
        yield list(map(tuple, some.tolist())), {row: texts[row] for row in np.unique(some).tolist()}


def root(parents: list[int], node: int) -> int:
    while parents[node] != node:
        parents[node] = parents[parents[node]]
        node = parents[node]
    return node


def kept_rows(verified: Pairs, lengths: np.ndarray) -> np.ndarray:
    """Which rows stay: the longest of each group of verified pairs, the first among equals."""
    parents, sizes = list(range(len(lengths))), lengths.tolist()
    for i, j in verified:
        a, b = root(parents, i), root(parents, j)
        parents[a] = parents[b] = min(a, b, key=lambda one: (-sizes[one], one))
    return np.array(parents) == np.arange(len(parents))


def write_kept(files: list[str], kept: np.ndarray, output: Path) -> None:
    """The kept rows of each file, a file each."""
    output.mkdir(parents=True, exist_ok=True)
    start = 0
    for file in files:
        source = pq.ParquetFile(file)
        with pq.ParquetWriter(output / os.path.basename(file), source.schema_arrow, compression="zstd") as writer:
            for number in range(source.num_row_groups):
                table = source.read_row_group(number)
                writer.write_table(table.filter(pa.array(kept[start : start + len(table)])))
                start += len(table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpus")
    parser.add_argument("output")
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    options = parser.parse_args()
    files = sorted(map(str, Path(options.corpus).glob("part-*.parquet")))
    tasks = list(itertools.chain(*([(file, i) for i in range(pq.ParquetFile(file).num_row_groups)] for file in files)))
    os.environ["RAYON_NUM_THREADS"] = "1"  # one thread in each of the processes
    with multiprocessing.Pool(options.workers) as pool:
        signed, lengths = map(np.concatenate, zip(*pool.imap(sign_group, tasks), strict=True))
        pairs = candidates(signed)
        verified = [pair for some in pool.imap(verify, verification_tasks(pairs, files)) for pair in some]
    kept = kept_rows(verified, lengths)
    write_kept(files, kept, Path(options.output) / "kept")
    print_report(candidates=len(pairs), verified=len(verified), kept=int(kept.sum()), tokenizer="regular expression")


if __name__ == "__main__":
    main()
