"""Near duplicates as a skilled rival would script them: rensa's signatures, NumPy bands, exact verification, union-find.

Worker processes read row groups, number the words, hash the 5-word shingles in NumPy and hand them to rensa as one buffer.
32 bands of 4 of 128 values propose pairs; each is compared exactly on its shingle sets; pairs with a Jaccard index of at
least 0.7 are united, the longest text of each group is kept, and the kept rows are written as Parquet.
"""

import argparse
import itertools
import multiprocessing
import os
import re
import zlib
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from rensa import RMinHash

from tests.bench.measure import print_report

NGRAM, PERMUTATIONS, BANDS, THRESHOLD = 5, 128, 32, 0.7
BATCH = 1000
MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)

word_hashes: dict[str, int] = {}


def hash_of(word: str) -> int:
    """A 64-bit number for a word, the same in every process."""
    if word not in word_hashes:
        data = word.encode()
        word_hashes[word] = zlib.crc32(data) << 32 | zlib.crc32(data, 0xFFFF)
    return word_hashes[word]


def shingles_of(text: str) -> np.ndarray:
    """The distinct shingles of a text as sorted 64-bit hashes."""
    found = re.findall(r"\w+", text.lower())
    words = np.fromiter(map(hash_of, found), np.uint64, len(found))
    width = min(NGRAM, len(words))
    hashes = words[: len(words) - width + 1].copy()
    for offset in range(1, width):
        hashes *= MULTIPLIER
        hashes ^= hashes >> np.uint64(29)
        hashes += words[offset : len(words) - width + 1 + offset]
    return np.unique(hashes)


def signatures_of(sets: list[np.ndarray]) -> np.ndarray:
    """rensa's signatures of some sets, uint32 of shape (sets, PERMUTATIONS)."""
    offsets = np.cumsum([0, *map(len, sets)]).astype(np.uint64)
    matrix = RMinHash.digest_matrix_from_flat_token_hashes(np.concatenate(sets), offsets, PERMUTATIONS, 42)
    return np.array(matrix.to_rows(), np.uint32)


def read_group(task: tuple[str, int]) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """(shingles one set after another, size of each, signatures, characters) of one row group."""
    path, number = task
    texts = pq.ParquetFile(path).read_row_group(number, ["text"])["text"]
    sets, signed = [], []
    for start in range(0, len(texts), BATCH):
        batch = [shingles_of(text) for text in texts.slice(start, BATCH).to_pylist()]
        sets += batch
        signed.append(signatures_of(batch))
    lengths = pc.utf8_length(texts).to_numpy()
    return np.concatenate(sets), np.array([len(one) for one in sets]), np.concatenate(signed), lengths


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


def jaccard(left: np.ndarray, right: np.ndarray) -> float:
    common = len(np.intersect1d(left, right, assume_unique=True))
    return common / (len(left) + len(right) - common)


def root(parents: np.ndarray, node: int) -> int:
    while parents[node] != node:
        parents[node] = parents[parents[node]]
        node = parents[node]
    return node


def kept_rows(shingles: np.ndarray, sizes: np.ndarray, pairs: np.ndarray, lengths: np.ndarray) -> tuple[np.ndarray, int]:
    """Which rows stay: the longest of each group of verified pairs (the first among equals); and how many were verified."""
    ends = np.cumsum(sizes)
    starts, parents, verified = ends - sizes, np.arange(len(sizes)), 0
    small, large = np.sort(sizes[pairs], axis=1).T
    for i, j in pairs[small >= THRESHOLD * large].tolist():
        if jaccard(shingles[starts[i] : ends[i]], shingles[starts[j] : ends[j]]) >= THRESHOLD:
            verified += 1
            a, b = root(parents, i), root(parents, j)
            best = min(a, b, key=lambda one: (-lengths[one], one))
            parents[a] = parents[b] = best
    return parents == np.arange(len(parents)), verified


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
        shingles, sizes, signed, lengths = map(np.concatenate, zip(*pool.imap(read_group, tasks), strict=True))
    pairs = candidates(signed)
    kept, verified = kept_rows(shingles, sizes, pairs, lengths)
    write_kept(files, kept, Path(options.output) / "kept")
    print_report(candidates=len(pairs), verified=verified, kept=int(kept.sum()), tokenizer="regular expression")


if __name__ == "__main__":
    main()
