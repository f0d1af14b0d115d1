"""Repetition and order: counts on average, draws and order by hash."""

from collections import Counter

import pytest
from brickyard.export.copies import repeat_documents
from brickyard.export.options import Options
from brickyard.frames import frame_of

NAMES = [f"{i:04d}" for i in range(400)]


@pytest.fixture(scope="module")
def documents(spark):
    rows = [(name, "books" if i % 2 else "web", 1 + i % 3) for i, name in enumerate(NAMES)]
    return frame_of(spark, rows, "doc_id string, source string, weight bigint")


def copies_of(documents, **options):
    """(epoch, doc_id) -> number of copies, and the ids in their order."""
    rows = repeat_documents(documents, Options("memmap", **options)).collect()
    ordered = sorted(rows, key=lambda row: (row.epoch, row.order_key, row.doc_id, row.copy))
    counts = Counter((row.epoch, row.doc_id) for row in rows)
    assert {(row.epoch, row.doc_id, row.copy) for row in rows} == {(*key, i) for key, n in counts.items() for i in range(n)}
    return counts, [row.doc_id for row in ordered]


def test_a_ratio_is_certain_copies_and_drawn_ones(documents):
    counts, _ = copies_of(documents, mix=(("books", 2.25), ("web", 0.5)))
    books = [counts.get((0, name), 0) for name in NAMES[1::2]]
    web = [counts.get((0, name), 0) for name in NAMES[0::2]]
    assert set(books) == {2, 3}
    assert set(web) == {0, 1}
    assert abs(books.count(3) / 200 - 0.25) < 0.1  # more than three standard deviations
    assert abs(web.count(1) / 200 - 0.5) < 0.11


def test_whole_ratios_and_weights_draw_nothing(documents):
    counts, _ = copies_of(documents, mix=(("books", 2.0), ("web", 0.0)), weights="repeat")
    assert counts == {(0, name): 2 * (1 + i % 3) for i, name in enumerate(NAMES) if i % 2}


def test_every_epoch_draws_anew_and_the_seed_decides(documents):
    half = (("books", 0.5), ("web", 0.5))
    counts, _ = copies_of(documents, mix=half, epochs=2)
    drawn = [{name for epoch, name in counts if epoch == wanted} for wanted in (0, 1)]
    assert 50 < len(drawn[0] & drawn[1]) < 150
    assert drawn[0] == {name for _, name in copies_of(documents, mix=half)[0]}
    assert drawn[0] != {name for _, name in copies_of(documents, mix=half, seed=1)[0]}


def test_a_document_keeps_its_copies_and_its_place_among_others_when_documents_come_and_go(documents):
    counts, order = copies_of(documents, mix=(("books", 1.5),))
    fewer, shorter = copies_of(documents.where("doc_id < '0200'"), mix=(("books", 1.5),))
    assert fewer == {key: count for key, count in counts.items() if key[1] < "0200"}
    assert shorter == [name for name in order if name < "0200"]
    assert shorter != sorted(shorter)
