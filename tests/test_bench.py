"""The benchmark's own helpers: what they measure and plant is what they say."""

import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from tests import oracles
from tests.bench.corpus import document_files, generate
from tests.bench.plan import Band, Plan, make_texts
from tests.bench.similarity import jaccard, shingles
from tests.bench.stream import VOCABULARY, words


def texts_of(folder: Path) -> dict[str, str]:
    rows = [row for file in document_files(folder) for row in pq.read_table(file).to_pylist()]
    return {row["id"]: row["text"] for row in rows}


def test_the_vocabulary_has_distinct_words():
    assert len(set(words())) == VOCABULARY


def test_a_corpus_depends_on_its_plan_alone(tmp_path):
    facts = [generate(tmp_path / name, 200, seed) for name, seed in (("a", 1), ("b", 1), ("c", 2))]
    assert facts[0] == facts[1] != facts[2]
    assert json.loads((tmp_path / "a" / "corpus.json").read_text())["digest"] == facts[0]["digest"]


def test_planted_similarities_are_those_of_the_texts(tmp_path):
    facts = generate(tmp_path, 300, bands=(Band(0.5, 0.7, 20), Band(0.7, 0.8, 30)), copies=5, chain=10, boilerplate=0.4)
    texts, planted = texts_of(tmp_path), pq.read_table(tmp_path / "planted.parquet").to_pylist()
    assert (len(texts), len(planted)) == (facts["documents"], facts["planted"]) == (300, 20 + 30 + 24 + 5 + 9)
    for pair in planted:
        assert oracles.jaccard(*(oracles.shingles(texts[pair[side]], 5) for side in ("id", "copy_id"))) == pair["jaccard"]
    assert sum(0.7 <= pair["jaccard"] < 0.8 and pair["edit"] != "version" for pair in planted) == 30
    assert sum(pair["edit"] == "exact" for pair in planted) == 24 + 5


def test_unrelated_documents_share_no_more_than_their_boilerplate(tmp_path):
    facts = generate(tmp_path, 400, boilerplate=0.6, paragraphs=8)
    assert 0.05 < facts["unrelated_jaccard"]["mean"] < facts["unrelated_jaccard"]["max"] < 0.6 / 1.4


def test_every_row_has_a_text_and_every_text_a_row():
    made = make_texts(Plan(500, chain=20))
    assert np.array_equal(np.unique(made.rows), np.unique(made.stretches.text))


def test_shingles_of_a_text_of_few_words():
    short, longer = np.array([1, 2], np.uint16), np.array([1, 2, 3], np.uint16)
    assert len(shingles(short)) == len(shingles(longer)) == 1
    assert jaccard(shingles(short), shingles(longer)) == 0
