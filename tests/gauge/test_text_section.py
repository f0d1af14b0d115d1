"""The section on text: counts against plain Python, and what it refuses."""

import hashlib
import math
import random
import re

import pytest
from brickyard.gauge.figures import value_of
from brickyard.gauge.material import Choices, Material
from brickyard.gauge.sections import text
from pyspark.sql import SparkSession


def material(spark: SparkSession, texts: list[str], tokens: list[list[int]] | None) -> Material:
    ids = [hashlib.sha256(str(number).encode()).hexdigest()[:32] for number in range(len(texts))]
    rows = [
        (
            one,
            "even" if number % 2 == 0 else "odd",
            words,
            len(re.findall(r"\w+", words)),
            len(tokens[number]) if tokens else None,
        )
        for number, (one, words) in enumerate(zip(ids, texts, strict=True))
    ]
    curated = spark.createDataFrame(rows, "doc_id string, source string, text string, word_count bigint, token_count int")
    sequences = None
    if tokens:
        counted = [(one, ids_, len(ids_)) for one, ids_ in zip(ids, tokens, strict=True)]
        sequences = spark.createDataFrame(counted, "doc_id string, token_ids array<int>, token_count int")
    return Material(curated, curated, curated, curated, None, None, sequences)


@pytest.fixture(scope="module")
def texts() -> list[str]:
    source = random.Random(3)
    # word k with a share of about 1 / k
    return [
        " ".join(f"w{int(math.exp(source.uniform(0, 9)))}" for _ in range(source.randrange(5, 60))) + " é" for _ in range(900)
    ]


@pytest.fixture(scope="module")
def tokens(texts) -> list[list[int]]:
    source = random.Random(4)
    return [[source.randrange(256) for _ in range(40)] for _ in texts]


@pytest.fixture(scope="module")
def found(spark, texts, tokens):
    return text.measure(material(spark, texts, tokens), Choices())


def test_amounts_are_counted_for_all_and_for_each_source(found, texts):
    even = texts[::2]
    assert value_of(found.figures, "documents") == 900
    assert value_of(found.figures, "documents", "even") == len(even)
    assert value_of(found.figures, "words", "even") == sum(len(one.split()) for one in even)
    assert value_of(found.figures, "characters") == sum(map(len, texts))
    assert value_of(found.figures, "bytes") == sum(len(one.encode()) for one in texts)
    assert value_of(found.figures, "tokens") == 40 * 900


def test_lengths_are_exact_quantiles(found, texts):
    lengths = sorted(len(one.split()) for one in texts)
    curve = {point.x: point.y for point in found.points if (point.plot, point.series) == ("document_length", "all")}
    assert curve[1.0] == lengths[-1]
    assert curve[0.5] == (lengths[449] + lengths[450]) / 2


def test_the_vocabulary_is_that_of_all_texts_and_its_samples_are_nested(found, texts):
    assert value_of(found.figures, "vocabulary") == len({word for one in texts for word in one.split()})
    curve = sorted((point.x, point.y) for point in found.points if point.plot == "vocabulary")
    assert curve[-1] == (sum(len(one.split()) for one in texts), value_of(found.figures, "vocabulary"))
    assert all(v <= n for n, v in curve)
    assert 0.4 < curve[-2][0] / curve[-1][0] < 0.6


def test_rows_in_other_partitions_give_the_same(spark, texts, tokens, found):
    one = material(spark, texts, tokens)
    other = Material(*(getattr(one, name).repartition(5) for name in ("curated", "records", "decisions", "duplicate_pairs")),
                     None, None, one.token_sequences.repartition(3))  # fmt: skip
    assert text.measure(other, Choices()) == found


def test_entropy_of_uniform_tokens_and_its_interval(found):
    entropy = next(figure for figure in found.figures if figure.name == "token_entropy")
    assert entropy.value == pytest.approx(8.0, abs=0.01)
    assert entropy.low < entropy.value < entropy.high


def test_chunks_of_uniform_bytes_do_not_compress_below_their_entropy(found):
    ratio = next(figure for figure in found.figures if figure.name == "gzip_ratio")
    assert 0.25 < ratio.low <= ratio.value <= ratio.high < 0.5
    assert "35 chunks" in ratio.valid  # 36,000 tokens


def test_few_long_documents_are_compressed_too(spark):
    """Twelve of 200,000 tokens: drawn by their tokens alone, none might have been."""
    rows = [(f"{number:032x}", 200_000) for number in range(12)]
    long = spark.createDataFrame(rows, "doc_id string, token_count int").selectExpr(
        "doc_id", "token_count", "transform(sequence(1, token_count), x -> x % 97) AS token_ids"
    )
    for seed in range(3):
        assert len(text._chunk_ratios(long, seed)) == text.CHUNKS


def test_three_thousand_tokens_are_refused_in_a_sentence(spark, texts, tokens):
    found = text.measure(material(spark, texts[:75], tokens[:75]), Choices())
    refusals = {figure.name: figure.refusal for figure in found.figures if figure.value is None}
    assert set(refusals) == {"heaps_exponent", "token_types", "token_entropy", "gzip_ratio"}
    assert refusals["gzip_ratio"] == "3,000 tokens are too few: 10,000 are needed."
    assert value_of(found.figures, "tokens") == 3000


def test_without_tokens_it_says_so(spark, texts):
    found = text.measure(material(spark, texts, None), Choices())
    refused = {figure.name for figure in found.figures if "tokenizer is off" in figure.refusal}
    assert refused == {"tokens", "token_types", "token_entropy", "gzip_ratio"}
