"""Candidate pairs: documents that share a band of their signatures, and what a signature alone says of them.

Tasks exchange packed arrays, one for each part of the keys, instead of a row for each band or pair: 32 bands of a million
documents are some thousand rows for Spark.
"""

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

import numba
import numpy as np
import pyarrow as pa
from pyspark import StorageLevel
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from brickyard.arrays import from_binary
from brickyard.text.shingles import too_unequal

CROWD = 1000
"""Members of a bucket above which they are compared with kept members only."""

KEYS_AT_MOST = 1_000_000
"""Bands of fresh documents, or pairs' keys, above which nothing is left out for want of them: the driver holds them."""

BANDS_AT_ONCE, PAIRS_AT_ONCE = 2_000_000, 1_000_000
"""Bands, and pairs, that one task holds at a time."""

PAIRS_IN_ROW = 20_000
"""Pairs in one packed row: Spark hands hundreds of rows to a task at a time, in one buffer."""

_BAND = np.dtype([("band", "<i8"), ("key", "<i8"), ("size", "<i4"), ("fresh", "?")])
_PAIR = np.dtype([("a", "<i8"), ("b", "<i8"), ("short", "?")])  # short: the sizes alone rule it out
_PACKED = "part int, kind string, data binary"
_RATED = "a bigint, b bigint, by_length bigint, by_signature bigint"

Batches = Iterable[pa.RecordBatch]


@dataclass(frozen=True)
class Rule:
    """When a signature leaves a pair open: `required` equal entries of `permutations`, sizes that allow `min_jaccard`."""

    permutations: int
    required: int
    min_jaccard: float


def candidates(signed: DataFrame, bands: int, rule: Rule) -> tuple[DataFrame, DataFrame]:
    """Pairs that must be compared exactly, and buckets too large to list their pairs; both persisted.

    `signed`: key, fresh, size, sketch, bands (packed int64). A pair or bucket counts if one of it is `fresh`.
    Returns (a, b, by_length, by_signature), a < b, where rows without `a` count rejected pairs; and (members) packed.
    """
    fresh = signed.where("fresh")
    documents, new = signed.count(), fresh.count()
    wanted = None if new == documents or new * bands > KEYS_AT_MOST else slots_of(_collected(fresh, "bands", np.dtype("<i8")))
    dealt_of = documents if wanted is None else new + (documents - new) // 16  # as many of the others pass
    parts = _parts(signed, dealt_of * bands // BANDS_AT_ONCE)
    deal = partial(_deal_bands, bands=bands, parts=parts, wanted=wanted)
    dealt = signed.select("key", "size", "fresh", "bands").mapInArrow(deal, _PACKED)
    list_pairs = partial(_list_pairs, min_jaccard=rule.min_jaccard, crowd=CROWD)
    listed = _exchange(dealt, parts, list_pairs, _PACKED).persist(StorageLevel.DISK_ONLY)
    crowds = listed.where("kind = 'crowd'").select("data").distinct().persist(StorageLevel.DISK_ONLY)
    pairs = listed.where("kind = 'pair'")
    size = pairs.agg(F.coalesce(F.sum(F.length("data")), F.lit(0))).collect()[0][0]
    parts = _parts(signed, size // (PAIRS_AT_ONCE * _PAIR.itemsize))
    paired = slots_of(_ends(_collected(pairs, "data", _PAIR))) if size <= KEYS_AT_MOST * 8 else None
    deal = partial(_deal_sketches, permutations=rule.permutations, parts=parts, wanted=paired)
    sketches = signed.select("key", "sketch").mapInArrow(deal, _PACKED).persist(StorageLevel.DISK_ONLY)
    dealt = pairs.mapInArrow(partial(_deal_pairs, parts=parts), _PACKED).union(sketches)
    halves = _exchange(dealt, parts, partial(_attach_first, permutations=rule.permutations, parts=parts), _PACKED)
    return _exchange(halves.union(sketches), parts, partial(_rate, rule=rule), _RATED).persist(StorageLevel.DISK_ONLY), crowds


def _collected(frame: DataFrame, column: str, kind: np.dtype) -> np.ndarray:
    """What a column of packed arrays holds, one array after another."""
    packed = [row[0] for row in frame.select(column).collect()]
    return np.frombuffer(b"".join(packed), kind)


def _ends(pairs: np.ndarray) -> np.ndarray:
    return np.concatenate([pairs["a"], pairs["b"]])


def slots_of(values: np.ndarray) -> np.ndarray:
    """A table of bools in which the slot of each value is set; of others few are: see `may_be_in`."""
    slots = np.zeros(1 << int(np.ceil(np.log2(max(16 * len(values), 16)))), bool)
    slots[(values >> 12) & (len(slots) - 1)] = True  # parts are dealt by the lowest bits
    return slots


def may_be_in(slots: np.ndarray, values: np.ndarray) -> np.ndarray:
    """False for values that surely were not among those that `slots` is of; true for one in 16 of these."""
    return slots[(values >> 12) & (len(slots) - 1)]


def _parts(frame: DataFrame, wanted: int) -> int:
    return max(4 * frame.sparkSession.sparkContext.defaultParallelism, wanted)


def _exchange(packed: DataFrame, parts: int, work: Callable, schema: str) -> DataFrame:
    """Bring equal parts together and work on each of them: a dict of kind -> bytes in, rows of `schema` out."""
    return packed.repartition(parts, "part").mapInArrow(partial(_by_part, work=work), schema)


def _by_part(batches: Batches, work: Callable) -> Iterator[pa.RecordBatch]:
    gathered: dict[int, dict[str, list[bytes]]] = {}
    for batch in batches:
        for part, kind, data in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            gathered.setdefault(part, {}).setdefault(kind, []).append(data)
    while gathered:
        _, kinds = gathered.popitem()
        yield from work({kind: b"".join(chunks) for kind, chunks in kinds.items()})


def _rows(kind: str, arrays: list[tuple[int, np.ndarray]]) -> pa.RecordBatch:
    parts, data = [part for part, _ in arrays], [array.tobytes() for _, array in arrays]
    columns = [pa.array(parts, pa.int32()), pa.array([kind] * len(parts), pa.string()), pa.array(data, pa.binary())]
    return pa.RecordBatch.from_arrays(columns, names=["part", "kind", "data"])


def _deal(kind: str, rows: np.ndarray, keys: np.ndarray, parts: int) -> pa.RecordBatch:
    """One packed row for each part, of the rows whose key falls into it."""
    part = (keys.view(np.uint64) % np.uint64(parts)).astype(np.int64)
    order = np.argsort(part, kind="stable")
    bounds = np.searchsorted(part[order], np.arange(parts + 1))
    rows = rows[order]
    return _rows(kind, [(i, rows[bounds[i] : bounds[i + 1]]) for i in range(parts) if bounds[i] < bounds[i + 1]])


def _deal_bands(batches: Batches, bands: int, parts: int, wanted: np.ndarray | None) -> Iterator[pa.RecordBatch]:
    """All bands, or those that fresh documents may have: other buckets list no pair."""
    waiting: list[np.ndarray] = []
    for batch in batches:
        rows = np.empty((len(batch), bands), _BAND)
        rows["band"] = from_binary(batch.column("bands"), 8 * bands).view(np.int64)
        for name in ("key", "size", "fresh"):
            rows[name] = batch.column(name).to_numpy(zero_copy_only=False)[:, None]
        rows = rows.ravel()
        waiting.append(rows if wanted is None else rows[may_be_in(wanted, rows["band"])])
        if sum(map(len, waiting)) >= BANDS_AT_ONCE:
            rows, waiting = np.concatenate(waiting), []
            yield _deal("band", rows, rows["band"], parts)
    rows = np.concatenate([np.empty(0, _BAND), *waiting])
    yield _deal("band", rows, rows["band"], parts)


@numba.njit("boolean[::1](int64[::1])", cache=True)
def maybe_repeated(values):
    """False for values that surely occur once: a table of the low bits counts to two."""
    slots = 16
    while slots < 4 * len(values):
        slots *= 2
    counts, out = np.zeros(slots, np.uint8), np.empty(len(values), np.bool_)
    for i in range(len(values)):
        slot = (values[i] >> 12) & (slots - 1)  # parts are dealt by the lowest bits
        counts[slot] += counts[slot] < 2
    for i in range(len(values)):
        out[i] = counts[(values[i] >> 12) & (slots - 1)] == 2
    return out


@numba.njit(
    "Tuple((int64[::1], int64[::1], boolean[::1]))(int64[::1], int64[::1], int64[::1], int32[::1], boolean[::1], float64)",
    cache=True,
)
def pairs_of_buckets(starts, ends, keys, sizes, fresh, min_jaccard):
    """All pairs (a, b, short) of the members starts[i]:ends[i] of each bucket that have a fresh one."""
    total = 0
    for i in range(len(starts)):
        total += (ends[i] - starts[i]) * (ends[i] - starts[i] - 1) // 2
    first, second, short = np.empty(total, np.int64), np.empty(total, np.int64), np.empty(total, np.bool_)
    n = 0
    for i in range(len(starts)):
        for x in range(starts[i], ends[i]):
            for y in range(x + 1, ends[i]):
                if fresh[x] or fresh[y]:
                    first[n], second[n] = min(keys[x], keys[y]), max(keys[x], keys[y])
                    short[n] = too_unequal(sizes[x], sizes[y], min_jaccard)
                    n += 1
    return first[:n], second[:n], short[:n]


def _list_pairs(packed: dict[str, bytes], min_jaccard: float, crowd: int) -> Iterator[pa.RecordBatch]:
    """The pairs of all buckets of a part; buckets above `crowd` as they are."""
    rows = np.frombuffer(packed["band"], _BAND)
    rows = rows[maybe_repeated(_column(rows, "band"))]
    rows = rows[np.lexsort((rows["key"], rows["band"]))]
    starts = np.flatnonzero(np.diff(rows["band"], prepend=rows["band"][:1] - 1))
    ends = np.append(starts[1:], len(rows))
    fresh = np.concatenate([[0], np.cumsum(rows["fresh"])])
    wanted = (ends - starts > 1) & (fresh[ends] > fresh[starts])
    starts, ends = starts[wanted], ends[wanted]
    keys, large = _column(rows, "key"), ends - starts > crowd
    yield _rows("crowd", [(0, keys[start:end]) for start, end in zip(starts[large], ends[large], strict=True)])
    columns = keys, _column(rows, "size"), _column(rows, "fresh")
    for some in _slices(starts[~large], ends[~large]):
        pairs = _distinct(*pairs_of_buckets(starts[~large][some], ends[~large][some], *columns, min_jaccard))
        yield _rows("pair", [(0, pairs[i : i + PAIRS_IN_ROW]) for i in range(0, len(pairs), PAIRS_IN_ROW)])


def _column(rows: np.ndarray, name: str) -> np.ndarray:
    """A field of packed records as kernels take it. (`ascontiguousarray` copies no field of a single record.)"""
    return rows[name].copy()


def _slices(starts: np.ndarray, ends: np.ndarray) -> Iterator[slice]:
    """Runs of buckets of about PAIRS_AT_ONCE pairs."""
    sizes = (ends - starts) * (ends - starts - 1) // 2
    chunk = np.cumsum(sizes) // PAIRS_AT_ONCE
    bounds = np.flatnonzero(np.diff(chunk, prepend=-1, append=-1))
    for start, end in itertools.pairwise(bounds):
        yield slice(start, end)


def _distinct(first: np.ndarray, second: np.ndarray, short: np.ndarray) -> np.ndarray:
    order = np.lexsort((second, first))
    pairs = np.empty(len(order), _PAIR)
    pairs["a"], pairs["b"], pairs["short"] = first[order], second[order], short[order]
    new = np.ones(len(pairs), bool)
    new[1:] = (pairs["a"][1:] != pairs["a"][:-1]) | (pairs["b"][1:] != pairs["b"][:-1])
    return pairs[new]


def _deal_pairs(batches: Batches, parts: int) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        for data in batch.column("data"):
            pairs = np.frombuffer(data.as_buffer(), _PAIR)
            yield _deal("pair", pairs, _column(pairs, "a"), parts)


def _sketched(permutations: int) -> np.dtype:
    return np.dtype([("key", "<i8"), ("sketch", "u1", (permutations,))])


def _deal_sketches(batches: Batches, permutations: int, parts: int, wanted: np.ndarray | None) -> Iterator[pa.RecordBatch]:
    """All sketches, or those of documents that may be in a pair."""
    for batch in batches:
        if wanted is not None:
            batch = batch.filter(pa.array(may_be_in(wanted, batch.column("key").to_numpy())))
        rows = np.empty(len(batch), _sketched(permutations))
        rows["key"], rows["sketch"] = batch.column("key").to_numpy(), from_binary(batch.column("sketch"), permutations)
        yield _deal("sketch", rows, batch.column("key").to_numpy(), parts)


def _half(permutations: int) -> np.dtype:
    return np.dtype([("a", "<i8"), ("b", "<i8"), ("sketch", "u1", (permutations,))])


def _sketch_table(packed: dict[str, bytes], permutations: int) -> tuple[np.ndarray, np.ndarray]:
    rows = np.frombuffer(packed.get("sketch", b""), _sketched(permutations))
    order = np.argsort(rows["key"])
    return rows["key"][order], rows["sketch"][order]


def _attach_first(packed: dict[str, bytes], permutations: int, parts: int) -> Iterator[pa.RecordBatch]:
    """Distinct pairs with the sketch of `a`, sent on to where that of `b` is; those rejected by length are only counted."""
    pairs = np.frombuffer(packed.get("pair", b""), _PAIR)
    pairs = _distinct(pairs["a"], pairs["b"], pairs["short"])
    yield _rows("by_length", [(0, np.array([pairs["short"].sum()], np.int64))])
    pairs = pairs[~pairs["short"]]
    keys, sketches = _sketch_table(packed, permutations)
    for start in range(0, len(pairs), PAIRS_AT_ONCE // 8):
        some = pairs[start : start + PAIRS_AT_ONCE // 8]
        rows = np.empty(len(some), _half(permutations))
        rows["a"], rows["b"], rows["sketch"] = some["a"], some["b"], sketches[np.searchsorted(keys, some["a"])]
        yield _deal("half", rows, some["b"].copy(), parts)


def _rate(packed: dict[str, bytes], rule: Rule) -> Iterator[pa.RecordBatch]:
    """Pairs that the signature leaves open, and one row of counts."""
    halves = np.frombuffer(packed.get("half", b""), _half(rule.permutations))
    is_open = np.empty(len(halves), bool)
    keys, sketches = _sketch_table(packed, rule.permutations)
    for start in range(0, len(halves), PAIRS_AT_ONCE // 8):
        some = slice(start, start + PAIRS_AT_ONCE // 8)
        other = sketches[np.searchsorted(keys, halves["b"][some])]
        is_open[some] = (halves["sketch"][some] == other).sum(axis=1) >= rule.required
    by_length = int(np.frombuffer(packed.get("by_length", b""), np.int64).sum())
    columns = [
        pa.array([*halves["a"][is_open].tolist(), None], pa.int64()),
        pa.array([*halves["b"][is_open].tolist(), None], pa.int64()),
        pa.array([None] * int(is_open.sum()) + [by_length], pa.int64()),
        pa.array([None] * int(is_open.sum()) + [int((~is_open).sum())], pa.int64()),
    ]
    yield pa.RecordBatch.from_arrays(columns, names=["a", "b", "by_length", "by_signature"])
