"""Raw against curated: nothing held out is trained on, whatever the partitions; and what the section makes of it."""

import random
from functools import partial

import pytest
from brickyard.gauge import raw_and_curated, raw_sample
from brickyard.gauge.figures import value_of
from brickyard.gauge.language_model import Training
from brickyard.gauge.material import Choices, Material
from brickyard.gauge.raw_and_curated import compare, make_pools
from brickyard.gauge.sections import raw_and_curated as section
from brickyard.tables import CURATED, DECISIONS, RECORDS

from tests.tiny import frame_of, pairs_of, random_text


def tables(spark, groups, copies=3, words=40, pairs=()):
    """Groups of a kept text with `copies` exact copies and one near duplicate; every tenth group."""
    source = random.Random(1)
    records, decisions = [], []
    for group in range(groups):
        doc, text = f"g{group}", " ".join(random_text(source, words, 60))
        texts = [(doc, text, True)]
        if group % 10 == 0:
            texts += [(doc, text, False)] * copies + [(f"{doc}-near", text + " more", False)]
        for place, (doc_id, text, kept) in enumerate(texts):
            record = f"{doc}/{place}"
            records.append({"record_id": record, "doc_id": doc_id, "text": text})
            decisions.append({"record_id": record, "doc_id": doc_id, "kept": kept, "final_representative_id": doc})
    rows = [(one, other, kind, 0.9, False) for one, other, kind in pairs]
    return frame_of(spark, RECORDS, records), frame_of(spark, DECISIONS, decisions), pairs_of(spark, *rows)


def drawn(records, decisions, pairs, seed=0):
    return [row.asDict() for row in raw_sample.draw(records, decisions, pairs, seed).collect()]


def test_a_group_is_trained_on_whole_or_held_out(spark):
    rows = drawn(*tables(spark, 60))
    held = {row["group_id"] for row in rows if row["is_held"]}
    trained = [row for row in rows if not row["is_held"]]
    assert 4 <= len(held) <= 20
    assert held.isdisjoint(row["group_id"] for row in trained)
    assert all(row["is_kept"] for row in rows if row["is_held"])
    assert {row["group_id"] for row in rows} == {f"g{group}" for group in range(60)}
    copies = {row["doc_id"]: row["copies"] for row in trained}
    assert {copies[doc] for doc in copies if doc.endswith("0")} == {4}
    assert {copies[doc] for doc in copies if not doc.endswith("0")} == {1}
    assert {doc for doc in copies if "near" in doc} == {f"{doc}-near" for doc in copies if doc.endswith("0")}


def test_a_held_out_text_with_a_pair_in_training_is_left_out(spark):
    rows = drawn(*tables(spark, 30))
    held = [row["doc_id"] for row in rows if row["is_held"]]
    trained = [row["doc_id"] for row in rows if not row["is_held"]]
    pairs = [(held[0], trained[0], "near"), (trained[1], held[1], "semantic"), (held[2], held[3], "near")]
    after = drawn(*tables(spark, 30, pairs=pairs))
    assert [row["doc_id"] for row in after if row["is_held"]] == held[2:]
    assert [row["doc_id"] for row in after if not row["is_held"]] == trained


def test_the_sample_depends_on_seed_and_ids_alone(spark):
    records, decisions, pairs = tables(spark, 30)
    rows = drawn(records, decisions, pairs)
    assert drawn(records.repartition(3), decisions.repartition(5), pairs) == rows
    assert drawn(records, decisions, pairs, seed=1) != rows


def sample_rows(repeated, plain=200):
    rows = [("r", 1 + repeated, True)] * bool(repeated) + [(f"p{place}", 1, True) for place in range(plain)]
    texts = [{"group_id": name, "text": name * 100, "copies": copies, "is_kept": kept} for name, copies, kept in rows]
    return [{**row, "is_held": False} for row in texts] + [
        {**texts[-1], "text": f"held {i}", "is_held": True} for i in range(20)
    ]


def test_raw_has_every_copy_and_curated_each_kept_text_once():
    pools = make_pools([*sample_rows(7), {**sample_rows(7)[1], "text": "near" * 25, "is_kept": False}])
    lengths = [100 + 1, *(100 * len(f"p{place}") + 1 for place in range(200)), 100 + 1]
    assert len(pools.rows["raw"]) == sum(lengths) + 7 * 101
    assert len(pools.rows["curated"]) == sum(lengths[:-1])
    assert pools.held_lengths.tolist() == [len(f"held {i}") + 1 for i in range(20)]


def test_too_little_or_nothing_twice_is_no_pool():
    assert make_pools(sample_rows(0)) is None
    assert make_pools(sample_rows(7)[:-1]) is None
    assert make_pools(sample_rows(7, plain=20)) is None


def test_groups_are_taken_whole_until_there_is_enough(monkeypatch):
    monkeypatch.setattr(raw_and_curated, "POOL", 30_000)
    full = make_pools(sample_rows(7))
    assert 30_000 <= len(full.rows["raw"]) < 31_000


def material(spark, groups, **more):
    records, decisions, pairs = tables(spark, groups, **more)
    return Material(frame_of(spark, CURATED, []), records, decisions, pairs, None, None, None)


def test_the_section_trains_both_sides_in_a_task(spark, monkeypatch):
    monkeypatch.setattr(section, "compare", partial(compare, training=Training(40, 64, places=2), seeds=2))
    of_release = material(spark, 120, words=60)
    found = section.measure(of_release, Choices())
    assert section.measure(of_release, Choices()) == found
    raw, curated = (value_of(found.figures, "held_out_loss", arm) for arm in ("raw", "curated"))
    assert 1 < curated < 4.5
    assert value_of(found.figures, "curation_gain") == pytest.approx(raw - curated)
    assert value_of(found.figures, "training_bytes", "raw") > value_of(found.figures, "training_bytes", "curated") > 20_000
    assert [(one.series, one.x) for one in found.points] == [(arm, seen) for arm in ("curated", "raw") for seen in (1280, 2560)]
    assert all(one.low <= one.y <= one.high for one in found.points)


@pytest.mark.parametrize(
    ("groups", "copies", "sentence"),
    [(40, 3, "Too little text: the sample has "), (0, 3, "Too little text: the sample has nothing")],
)
def test_too_little_is_refused(spark, groups, copies, sentence):
    found = section.measure(material(spark, groups, copies=copies), Choices())
    assert {figure.value for figure in found.figures} == {None}
    assert all(figure.refusal.startswith(sentence) for figure in found.figures)


def test_without_repeats_it_is_refused(spark):
    of_release = material(spark, 120, words=60)
    alone = Material(
        of_release.curated, of_release.records, of_release.decisions.where("kept"), *[of_release.duplicate_pairs], *[None] * 3
    )
    figures = section.measure(alone, Choices()).figures
    assert {figure.refusal for figure in figures} == {
        "No text repeats another among the 400,000 bytes that are trained on at most: raw and curated are the same."
    }


def test_repeats_beyond_what_is_trained_on_are_none(monkeypatch):
    monkeypatch.setattr(raw_and_curated, "POOL", 30_000)
    later = {"group_id": "z", "text": "again and again", "copies": 9, "is_kept": True, "is_held": False}
    rows = [*sample_rows(0)[:-20], later, *sample_rows(0)[-20:]]
    assert make_pools(rows) is None
    assert raw_and_curated._untrained(rows)["pool"] == -1
