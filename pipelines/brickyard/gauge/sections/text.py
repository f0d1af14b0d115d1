"""How much text there is, how long its documents are, how its vocabulary grows, and how much a token tells."""

from collections.abc import Iterable, Iterator
from functools import partial

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame, Row
from pyspark.sql import functions as F
from scipy.stats import t as student

from brickyard.gauge import entropy
from brickyard.gauge.figures import Figure, Measured, Point, refused
from brickyard.gauge.material import Choices, Material
from brickyard.text.shingles import sorted_shingles
from brickyard.text.words import folded_bytes

FEWEST_TOKENS = 10_000
"""Below this, entropy and growth say more about the sample than about its source."""

CHUNKS, FEWEST_CHUNKS, MOST_OF_ONE = 400, 20, 50
"""Chunks that are compressed at most, at least, and of one document."""

_QUANTILES = (0.05, 0.5, 0.95, 0.99)
_LEVELS = 10
"""Prefixes of the corpus at which the vocabulary is counted: the whole, a half, ... 2^-10."""

_FEWEST_WORDS = 1000
"""In the smallest prefix that Heaps' law is fitted to."""

_COUNTED = "counted, exact"


def measure(material: Material, choices: Choices) -> Measured:
    """Amounts, lengths, growth of the vocabulary, entropy and compressibility of the curated documents."""
    amounts = _amounts(material.curated)
    grown, curve = _growth(material.curated, choices)
    told = _tokens(material.token_sequences, choices)
    return Measured((*_as_figures(amounts), *grown, *told), (*curve, *_lengths(amounts)))


def _amounts(curated: DataFrame) -> list[Row]:
    """A row per source, and one with source null of all."""
    quantile = F.percentile("word_count", list(_QUANTILES))
    sums = {"words": "word_count", "tokens": "token_count"}
    return (
        curated.rollup("source")
        .agg(
            F.grouping("source").alias("whole"),
            F.count("*").alias("documents"),
            *(F.sum(column).alias(name) for name, column in sums.items()),
            F.sum(F.length("text")).alias("characters"),
            F.sum(F.octet_length("text")).alias("bytes"),
            quantile.alias("quantiles"),
            F.max("word_count").alias("longest"),
        )
        .orderBy(F.desc("whole"), "source")
        .collect()
    )


def _as_figures(amounts: list[Row]) -> Iterator[Figure]:
    for row in amounts:
        subject = "" if row.whole else row.source
        for name in ("documents", "words", "characters", "bytes"):
            yield Figure(name, float(row[name] or 0), subject, unit=name, valid=_COUNTED)
        if row.tokens is None:
            yield refused("tokens", "The release has no tokens: [tokenise] tokenizer is off.", subject, "tokens")
        else:
            yield Figure("tokens", float(row.tokens), subject, unit="tokens", valid=_COUNTED)


def _lengths(amounts: list[Row]) -> Iterator[Point]:
    """Words of a document at the quantiles, a curve for each source and for all."""
    for row in amounts:
        if row.quantiles:
            series = "all" if row.whole else row.source
            points = zip((*_QUANTILES, 1.0), (*row.quantiles, float(row.longest)), strict=True)
            yield from (Point("document_length", series, share, words) for share, words in points)


def _growth(curated: DataFrame, choices: Choices) -> tuple[list[Figure], list[Point]]:
    """Distinct words in nested samples of documents, each half of the one before, and Heaps' law through them."""
    levelled = curated.select(_level(choices.seed).alias("level"), "text", "word_count")
    words = levelled.groupBy("level").agg(F.sum("word_count").alias("n")).collect()
    new = (
        levelled.mapInArrow(_distinct_words, "word bigint, level int")
        .groupBy("word").agg(F.max("level").alias("level"))
        .groupBy("level").agg(F.count("*").alias("n")).collect()
    )  # fmt: skip
    seen, distinct = _at_least(words), _at_least(new)
    curve = [Point("vocabulary", "distinct words", float(n), float(v)) for n, v in zip(seen, distinct, strict=True) if n]
    return [_vocabulary(distinct), *_exponent(seen, distinct)], curve


def _level(seed: int):
    """How often the corpus can be halved with this document still in it: zero bits before the first one of a hash."""
    hashed = F.xxhash64(F.lit(seed), "doc_id")
    binary = F.lpad(F.bin(hashed), 64, "0")
    return F.least(F.length(F.regexp_extract(binary, "^(0*)", 1)), F.lit(_LEVELS)).cast("int")


def _distinct_words(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """(hash of a word, highest level of a document that has it) once per batch."""
    for batch in batches:
        flat, bounds = sorted_shingles(*folded_bytes(batch.column("text")), 1)
        levels = np.repeat(np.asarray(batch.column("level")), np.diff(bounds))
        order = np.lexsort((-levels, flat))
        words, first = np.unique(flat[order], return_index=True)
        yield pa.RecordBatch.from_pydict({"word": pa.array(words.view(np.int64)), "level": levels[order][first]})


def _at_least(rows: list[Row]) -> list[int]:
    """Sums over all levels from each one up, the whole first."""
    counts = np.zeros(_LEVELS + 1, np.int64)
    for row in rows:
        counts[row.level] += row.n or 0
    return counts[::-1].cumsum()[::-1].tolist()


def _vocabulary(distinct: list[int]) -> Figure:
    valid = "counted by 64-bit hashes: among a million words two are taken for one with a probability below 10^-7"
    return Figure("vocabulary", float(distinct[0]), unit="distinct words", valid=valid)


def _exponent(seen: list[int], distinct: list[int]) -> list[Figure]:
    usable = [place for place, words in enumerate(seen) if words >= _FEWEST_WORDS]
    if seen[0] < FEWEST_TOKENS or len(usable) < 3:
        return [
            refused("heaps_exponent", f"{seen[0]:,} words are too few to see a vocabulary grow: {FEWEST_TOKENS:,} are needed.")
        ]
    fit = entropy.fit_growth(np.array(seen)[usable], np.array(distinct)[usable])
    spread = float(student.ppf(0.975, len(usable) - 2)) * fit.error
    valid = (
        f"from {seen[usable[-1]]:,} to {seen[0]:,} words of documents in random order; not beyond; 95 % interval of a line"
        f" through {len(usable)} sizes, of which each holds the smaller ones"
    )
    return [Figure("heaps_exponent", fit.exponent, low=fit.exponent - spread, high=fit.exponent + spread, valid=valid)]


def _tokens(sequences: DataFrame | None, choices: Choices) -> list[Figure]:
    names = ("token_types", "token_entropy", "gzip_ratio")
    if sequences is None:
        return [refused(name, "The release has no tokens: [tokenise] tokenizer is off.") for name in names]
    counts = _count_tokens(sequences)
    total = int(counts.sum())
    if total < FEWEST_TOKENS:
        return [refused(name, f"{total:,} tokens are too few: {FEWEST_TOKENS:,} are needed.") for name in names]
    types = Figure("token_types", float(np.count_nonzero(counts)), unit="entries of the tokenizer in use", valid=_COUNTED)
    return [types, _entropy(counts), _compressibility(_chunk_ratios(sequences, choices.seed))]


def _count_tokens(sequences: DataFrame) -> np.ndarray:
    """How often each token id occurs, by id."""
    counted = sequences.select("token_ids").mapInArrow(_count_ids, "token int, n bigint")
    rows = counted.groupBy("token").agg(F.sum("n").alias("n")).collect()
    counts = np.zeros(max((row.token for row in rows), default=-1) + 1, np.int64)
    for row in rows:
        counts[row.token] = row.n
    return counts


def _count_ids(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    counts = np.zeros(0, np.int64)
    for batch in batches:
        more = np.bincount(np.asarray(batch.column("token_ids").flatten()), minlength=len(counts))
        more[: len(counts)] += counts
        counts = more
    seen = np.flatnonzero(counts)
    yield pa.RecordBatch.from_pydict({"token": seen.astype(np.int32), "n": counts[seen]})


def _entropy(counts: np.ndarray) -> Figure:
    plain, corrected = entropy.plug_in_entropy(counts), entropy.miller_madow_entropy(counts)
    valid = "of single tokens, without their context: an upper bound of what a model can reach, which a context lowers"
    return Figure("token_entropy", corrected, low=plain, high=2 * corrected - plain, unit="bits per token", valid=valid)


def _chunk_ratios(sequences: DataFrame, seed: int) -> np.ndarray:
    """Compressed over raw, of the chunks of a sample of documents, one behind the other in the order of a hash."""
    rank = F.xxhash64(F.lit(seed), "doc_id")
    usable = F.least("token_count", F.lit(MOST_OF_ONE * entropy.CHUNK))
    total = sequences.agg(F.sum(usable).alias("tokens")).collect()[0].tokens
    share = min(1.0, 1.5 * CHUNKS * entropy.CHUNK / total)
    bound = int(-(2**63) + share * (2**64 - 1)) if share < 1 else 2**63 - 1
    sample = sequences.select(rank.alias("rank"), "doc_id", F.slice("token_ids", 1, MOST_OF_ONE * entropy.CHUNK).alias("ids"))
    chunks = sample.where(F.col("rank") <= bound).repartition(1).sortWithinPartitions("rank", "doc_id")
    rows = chunks.mapInArrow(partial(_compress, most=CHUNKS), "ratio double").collect()
    return np.array([row.ratio for row in rows])


def _compress(batches: Iterable[pa.RecordBatch], most: int) -> Iterator[pa.RecordBatch]:
    """The ratio of each chunk of the documents' tokens, one behind the other, until there are enough."""
    left, done = np.empty(0, np.int64), 0
    for batch in batches:
        if done < most:
            run = np.concatenate([left, np.asarray(batch.column("ids").flatten(), dtype=np.int64)])
            ratios = entropy.gzip_ratios(run[: (most - done) * entropy.CHUNK])
            done, left = done + len(ratios), run[len(ratios) * entropy.CHUNK :]
            yield pa.RecordBatch.from_pydict({"ratio": ratios})


def _compressibility(ratios: np.ndarray) -> Figure:
    if len(ratios) < FEWEST_CHUNKS:
        needed = f"{FEWEST_CHUNKS * entropy.CHUNK:,}"
        return refused(
            "gzip_ratio", f"{len(ratios)} chunks of {entropy.CHUNK} tokens are too few to compress: {needed} tokens are needed."
        )
    low, middle, high = np.quantile(ratios, (0.25, 0.5, 0.75))
    valid = f"median and quartiles of {len(ratios)} chunks of {entropy.CHUNK} token ids; comparable with such chunks only"
    return Figure("gzip_ratio", float(middle), low=float(low), high=float(high), unit="of 4-byte ids", valid=valid)
