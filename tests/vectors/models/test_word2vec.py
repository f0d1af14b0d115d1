"""Word vectors trained on texts of two kinds: the rule for a text, and what training must not depend on."""

import random

import numpy as np
import pyarrow as pa
import pytest
from brickyard.errors import ConfigError
from brickyard.text.words import folded_bytes
from brickyard.vectors.models import word2vec
from brickyard.vectors.word_hashes import word_hashes

SEA, SKY = ("boat", "fish", "salt", "wave", "größe"), ("bird", "wind", "cloud", "sun", "moon")


def texts_about(kinds, count: int, seed: int) -> list[str]:
    source = random.Random(seed)
    return [" ".join(source.choices(kinds[n % len(kinds)], k=8)) for n in range(count)]


TEXTS = [*texts_about((SEA, SKY), 120, 1), "rare words only", "--- !"]


def frame(spark, texts, partitions=2):
    rows = [(f"{n:04d}", len(text), text) for n, text in enumerate(texts)]
    return spark.createDataFrame(rows, "doc_id string, char_count long, text string").repartition(partitions)


@pytest.fixture(scope="module")
def model(spark):
    return word2vec.fit(frame(spark, TEXTS), 16)


def hash_of(word: str) -> int:
    return int(word_hashes(*folded_bytes([word]))[0][0])


def test_a_text_is_the_weighted_mean_of_its_words(model) -> None:
    embed = word2vec.load(model)
    words = [word for text in TEXTS for word in text.split() if word.isalpha()]
    vector = dict(zip([*SEA, *SKY], embed(pa.array([*SEA, *SKY])).astype(np.float64), strict=True))
    count = len(model.parameters) // (8 + 4 * 16)
    hashes = np.frombuffer(model.parameters, "<u8", count).tolist()
    lengths = np.linalg.norm(np.frombuffer(model.parameters, "<f4", offset=8 * count).reshape(count, 16), axis=1)
    length = {word: float(lengths[hashes.index(hash_of(word))]) for word in vector}
    total = sum(vector[word] * length[word] for word in ("boat", "boat", "sun"))
    assert embed(pa.array(["Boat, boat; sun unheard"]))[0].tolist() == pytest.approx(total / np.linalg.norm(total), abs=1e-6)
    assert count == sum(words.count(word) >= 5 for word in set(words)) == 10
    assert not embed(pa.array(["rare words", "", None])).any()


def test_words_of_one_kind_lie_together(model) -> None:
    vectors = word2vec.load(model)(pa.array([*texts_about((SEA,), 9, 2), *texts_about((SKY,), 9, 3)]))
    cosines = vectors @ vectors.T
    assert min(cosines[:9, :9].min(), cosines[9:, 9:].min()) > cosines[:9, 9:].max()


def test_training_does_not_depend_on_partitions_and_order(spark, model) -> None:
    rows = frame(spark, TEXTS).collect()
    shuffled = spark.createDataFrame(rows[::-1], "doc_id string, char_count long, text string").repartition(5)
    assert word2vec.fit(shuffled, 16) == model


def test_nothing_to_learn_from_is_a_model_without_words(spark) -> None:
    for texts in (["--- !"], []):
        made = word2vec.fit(frame(spark, texts), 16)
        assert (made.documents, made.parameters) == (len(texts), b"")
        assert not word2vec.load(made)(pa.array(["boat"])).any()


def test_a_setting_that_would_matter_is_refused(spark, monkeypatch) -> None:
    settings = spark.sparkContext.getConf().set("spark.default.parallelism", "3")
    monkeypatch.setattr(spark.sparkContext, "getConf", lambda: settings)
    with pytest.raises(ConfigError, match=r"spark\.default\.parallelism"):
        word2vec.fit(frame(spark, TEXTS), 16)
