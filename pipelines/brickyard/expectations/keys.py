"""What the keys of all tables say: which repeat, and which of one table are missing from another, by one exchange of hashes.

A key is the 64-bit hash of its columns: two million rows are 16 MB, packed by the tasks that read them. Equal keys have equal
hashes, so what has no repeated hash has no repeated key; what has, is counted again by its keys (`recount`). A key that is
missing goes unseen if its hash is another's: among a billion rows one chance in 10^10.
"""

import functools
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

PARTS = 64
"""Of the hashes: what one task holds at a time, and how many can work on a very large table."""

REPRESENTED = "represented"
"""The owner of the final representatives of `decisions`, which must be in `curated`."""

_PACKED = "part int, owner string, of string, nulls bigint, data binary"
_COUNTED = "owner string, of string, name string, value bigint"

_NEVER = {"records": -1, "decisions": -2}
"""What stands for a key that is null: it is none of the other table's."""

Batches = Iterable[pa.RecordBatch]


class Keyed(NamedTuple):
    """A frame, the columns of its key, and by which column its keys are told apart, if by any."""

    owner: str
    frame: DataFrame
    key: tuple[str, ...]
    of: str | None = None


def count_keys(tables: list[Keyed]) -> dict[tuple[str, str, str], int]:
    """(owner, value of `of`, name) -> count: `rows`, `distinct` hashes and `nulls` of each owner; of `records`, by source,
    `records`, `undecided` and `near` and `semantic` duplicates; `orphans` of `decisions`; `missing` ones of REPRESENTED."""
    packed = functools.reduce(DataFrame.unionAll, map(_packed_keys, tables)).repartition("part")
    counted = packed.mapInArrow(_count, _COUNTED).groupBy("owner", "of", "name").agg(F.sum("value").alias("value"))
    return {(row.owner, row.of, row.name): row.value for row in counted.collect()}


def _packed_keys(table: Keyed) -> DataFrame:
    null = _null(table.key)
    columns = [F.when(~null, F.xxhash64(*table.key)).alias("key"), *([F.col(table.of).alias("of")] if table.of else [])]
    return table.frame.select(*columns).mapInArrow(functools.partial(_deal, owner=table.owner), _PACKED)


def _null(key: tuple[str, ...]) -> Column:
    return functools.reduce(lambda one, other: one | other, (F.col(name).isNull() for name in key))


def recount(table: Keyed) -> int:
    """Rows whose key, not only its hash, is another row's too; all of a key but one."""
    text = F.to_json(F.struct(*table.key), {"ignoreNullFields": "false"})
    counted = table.frame.groupBy(text.alias("key")).agg(F.count(F.lit(1)).alias("n"))
    return int(counted.agg(F.coalesce(F.sum(F.col("n") - 1), F.lit(0)).alias("repeated")).collect()[0].repeated)


def _deal(batches: Batches, owner: str) -> Iterator[pa.RecordBatch]:
    """The hashes of a task's rows, a row for each group and part."""
    tables = [batch for batch in batches if len(batch)]
    if not tables:
        return
    rows = pa.Table.from_batches(tables).combine_chunks()
    hashes = rows["key"].combine_chunks()
    nulls = hashes.is_null().to_numpy(zero_copy_only=False)
    keys = np.where(nulls, _NEVER.get(owner, 0), hashes.fill_null(0).to_numpy())
    if "of" not in rows.column_names:
        yield _packed(owner, "", int(nulls.sum()), keys)
        return
    groups = rows["of"].combine_chunks().fill_null("").dictionary_encode()
    numbers = groups.indices.to_numpy()
    for number, group in enumerate(groups.dictionary.to_pylist()):
        yield _packed(owner, group, int(nulls[numbers == number].sum()), keys[numbers == number])


def _packed(owner: str, group: str, nulls: int, keys: np.ndarray) -> pa.RecordBatch:
    part = keys & (PARTS - 1)
    order = np.argsort(part, kind="stable")
    bounds = np.searchsorted(part[order], np.arange(PARTS + 1))
    keys = keys[order]
    rows = [
        {"part": i, "owner": owner, "of": group, "nulls": 0, "data": keys[bounds[i] : bounds[i + 1]].tobytes()}
        for i in range(PARTS)
        if bounds[i] < bounds[i + 1]
    ]
    rows[0]["nulls"] = nulls
    return pa.RecordBatch.from_pylist(rows, pa.schema(_types(_PACKED)))


def _types(words: str) -> list[tuple[str, pa.DataType]]:
    kinds = {"int": pa.int32(), "bigint": pa.int64(), "string": pa.string(), "binary": pa.binary()}
    return [(name, kinds[kind]) for name, kind in (field.split() for field in words.split(", "))]


Sets = dict[tuple[str, str], np.ndarray]
"""(owner, group) -> hashes, of one part."""


def _count(batches: Batches) -> Iterator[pa.RecordBatch]:
    parts: dict[int, dict[tuple[str, str], list[bytes]]] = defaultdict(lambda: defaultdict(list))
    counts: dict[tuple[str, str, str], int] = defaultdict(int)
    for batch in batches:
        for row in batch.to_pylist():
            parts[row["part"]][row["owner"], row["of"]].append(row["data"])
            counts[row["owner"], "", "nulls"] += row["nulls"]
    for kept in parts.values():
        sets = {name: np.frombuffer(b"".join(chunks), np.int64) for name, chunks in kept.items()}
        for found in (_sizes(sets), _balances(sets)):
            for name, value in found:
                counts[name] += value
    names = ("owner", "of", "name", "value")
    rows = [dict(zip(names, (*name, value), strict=True)) for name, value in counts.items()]
    yield pa.RecordBatch.from_pylist(rows, pa.schema(_types(_COUNTED)))


def _of(sets: Sets, owner: str, group: str | None = None) -> np.ndarray:
    found = [keys for (one, other), keys in sets.items() if one == owner and group in (None, other)]
    return np.concatenate([np.empty(0, np.int64), *found])


def _sizes(sets: Sets) -> Iterator[tuple[tuple[str, str, str], int]]:
    for owner in {owner for owner, _ in sets}:
        keys = _of(sets, owner)
        yield (owner, "", "rows"), len(keys)
        yield (owner, "", "distinct"), len(np.unique(keys))


def _balances(sets: Sets) -> Iterator[tuple[tuple[str, str, str], int]]:
    """What records, their verdicts and what is curated say of each other."""
    decided, curated = np.unique(_of(sets, "decisions")), np.unique(_of(sets, "curated"))
    for (owner, source), keys in sets.items():
        if owner == "records":
            yield (owner, source, "records"), len(keys)
            yield (owner, source, "undecided"), _without(keys, decided)
            for kind in ("near", "semantic"):
                dropped = np.unique(_of(sets, "decisions", f"{kind}_duplicate"))
                yield (owner, source, kind), len(keys) - _without(keys, dropped)
    yield ("decisions", "", "orphans"), _without(_of(sets, "decisions"), np.unique(_of(sets, "records")))
    yield (REPRESENTED, "", "missing"), _without(np.unique(_of(sets, REPRESENTED)), curated)


def _without(keys: np.ndarray, among: np.ndarray) -> int:
    """How many keys are not among sorted ones."""
    if not len(among):
        return len(keys)
    places = np.minimum(np.searchsorted(among, keys), len(among) - 1)
    return int(np.count_nonzero(among[places] != keys))
