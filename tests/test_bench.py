"""The benchmark's own helpers: what they measure and plant is what they say."""

import json
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests import oracles
from tests.bench.accuracy import Planted, document_ids, precision, recall, required_by_bands, s_curve
from tests.bench.corpus import document_files, generate
from tests.bench.graphs import GRAPHS
from tests.bench.measure import Failed, measure
from tests.bench.plan import Band, Plan, make_texts
from tests.bench.real import similar_pairs
from tests.bench.render import render
from tests.bench.rows.growth import exponent
from tests.bench.setup import respell
from tests.bench.similarity import jaccard, shingles, word_sets
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


def planted(*rows: tuple[str, str, float]) -> Planted:
    left, right, similarity = zip(*rows, strict=True)
    return Planted(list(left), list(right), np.array(similarity))


def test_a_pair_is_found_if_not_both_are_kept():
    pairs = planted(("a", "b", 0.9), ("c", "d", 0.95), ("e", "f", 0.75), ("g", "h", 1.0))
    assert recall(pairs, {"a", "c", "d", "e", "g"}) == {"0.7-0.8": 1.0, "0.8-1": 0.5, "1": 1.0}


def test_a_dropped_document_needs_a_kept_partner(tmp_path):
    generate(tmp_path, 120, bands=(Band(0.6, 0.65, 5), Band(0.8, 0.9, 5)))
    pairs, everyone = Planted.of(tmp_path), set(document_ids(tmp_path))
    far, near = pairs.in_band(0.6, 0.7)[0], pairs.in_band(0.8, 0.9)[0]
    found = precision(tmp_path, pairs, everyone - {pairs.right[far], pairs.right[near]}, 0.7)
    assert found == {"dropped": 2, "precision": 0.5, "in_family": 0.5}
    both = precision(tmp_path, pairs, everyone - {pairs.left[near], pairs.right[near]}, 0.7)
    assert both["precision"] == 0 and both["in_family"] == 1


def test_a_stranger_that_is_kept_may_stand_for_a_dropped_document(tmp_path):
    words = [f"w{number}" for number in range(60)]
    texts = {"a": words, "b": [*words[:57], "x"], "c": [*words[30:], "y"], "d": ["z", "z"], "e": ["p", "q"]}
    rows = {"id": list(texts), "text": [" ".join(text) for text in texts.values()]}
    pq.write_table(pa.table(rows), tmp_path / "part-0.parquet")
    found = precision(tmp_path, planted(("d", "e", 0.1)), {"b", "d"}, 0.7)
    assert found == {"dropped": 3, "precision": pytest.approx(1 / 3), "in_family": pytest.approx(1 / 3)}


def test_a_chain_is_judged_by_the_texts(tmp_path):
    generate(tmp_path, 60, bands=(), exact=0, chain=12, chain_similarity=0.8)
    pairs, everyone = Planted.of(tmp_path), set(document_ids(tmp_path))
    last = pairs.right[-1]
    collapsed = precision(tmp_path, pairs, everyone - set(pairs.left) - set(pairs.right) | {last}, 0.7)
    assert collapsed["dropped"] == 11 and collapsed["precision"] < 0.3 and collapsed["in_family"] == 1


def test_bands_promise_what_the_formula_says():
    assert abs(float(s_curve(32, 4)(np.array(0.7))) - 0.99985) < 1e-5
    floors = required_by_bands(planted(*[("a", "b", 0.75)] * 1000), 14, 8, 0.0).recall
    assert 0.7 < floors["0.7-0.8"] < 0.78


def test_all_processes_of_a_program_are_measured(tmp_path):
    child = "x = bytearray(80_000_000); import time; time.sleep(2)"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}]); print('{{\"seconds\": 1.5}}')"
    measured = measure([sys.executable, "-c", parent], tmp_path / "log")
    assert measured.peak_bytes > 80_000_000 and measured.seconds > 2 and measured.report == {"seconds": 1.5}


def test_a_program_that_fails_is_said_to(tmp_path):
    with pytest.raises(Failed, match="no such thing"):
        measure([sys.executable, "-c", "raise SystemExit('no such thing')"], tmp_path / "log")


def test_similar_pairs_of_real_texts_are_all_found():
    source = [f"{i} {i % 3} " + " ".join(f"w{j}" for j in range(30 + i % 4)) for i in range(12)]
    sets = word_sets(source)
    expected = {(i, j) for j in range(12) for i in range(j) if jaccard(sets[i], sets[j]) >= 0.5}
    left, right, _ = similar_pairs(sets)
    assert set(zip(left, right, strict=True)) == expected


def test_an_inaccurate_program_has_no_time_on_the_page():
    def run(accurate: bool) -> dict:
        report = {"mb_per_core_second": 12.5, "permutations": 128, "error": 0.02, "expected_error": 0.02}
        return {"seconds": 3.0, "cpu_seconds": 3.0, "peak_bytes": 2**20, "largest": {}, "report": report, "accurate": accurate}

    results = [{"name": name, "note": "", "runs": [run(name == "good")]} for name in ("good", "bad")]
    row = {"size": "small", "command": "make bench", "date": "2026-01-01", "results": results,
           "machine": {"cpu": "a", "cores": 2, "memory_gb": 8, "system": "Linux", "load_before": 0.0},
           "versions": {"python": "3.11", "brickyard": {}, "peers": {}}}  # fmt: skip
    page = render({"signatures-small": row})
    assert "| **good** | 1 | 12.50 |" in page and "| **bad** | 1 | - |" in page


def test_the_exponent_of_growth_is_the_slope():
    parts = [{"documents": 10 * 2**i, "results": [{"runs": [{"report": {}, "seconds": 3.0 * 2**i}]}]} for i in range(6)]
    assert abs(exponent(parts) - 1) < 1e-9


def test_peers_sources_are_respelled_for_this_python():
    source = "from typing import override\ntype A = int\nmytype = 1"
    assert respell(source) == "from typing_extensions import override\nA = int\nmytype = 1"


def test_graphs_are_what_they_are_called():
    assert {name: len(set(made(2000).ravel().tolist())) for name, made in GRAPHS.items()}["chain"] == 2000
    assert np.array_equal(np.unique(GRAPHS["stars"](2000)[0]), [0, 1000])
