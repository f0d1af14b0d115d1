"""In batches, at a higher threshold or with documents gone: the pairs and choices that all at once would give."""

import random

import pytest
from brickyard.config import NearDuplicates
from brickyard.errors import InputError
from brickyard.graphs import candidates
from brickyard.stages.near_duplicates import pair_near_duplicates
from brickyard.tables import DUPLICATE_PAIRS, NEAR_MISSES
from pyspark.sql import functions as F

from tests.stages.test_near_duplicates import EVERY_PAIR, by_definition, chosen_of, family, signed_of
from tests.tiny import doc_id_of, documents_of, frame_of, records_of


def texts_of(seed):
    source = random.Random(seed)
    return [" ".join(words) for _ in range(7) for words in family(source, source.randrange(45, 80))]


def step(spark, texts, fresh, pairs, config=EVERY_PAIR):
    """The near stage on `texts`, of which those in `fresh` are new; `pairs` are the rows of the step before."""
    records, names = records_of(spark, texts), [doc_id_of(text) for text in fresh]
    signed = signed_of(records, config, "earlier")
    batch = F.when(F.col("doc_id").isin(names), "now").otherwise(F.col("batch_id"))
    earlier = frame_of(spark, DUPLICATE_PAIRS, [row.asDict() for row in pairs])
    signed, documents = signed.withColumn("batch_id", batch), documents_of(spark, texts)
    misses = frame_of(spark, NEAR_MISSES, [])
    result = pair_near_duplicates(documents, records, signed, earlier, misses, config, "now", start_over=False)
    found = result.frames[0].collect()
    assert len({frozenset((row.doc_id, row.other_id)) for row in found}) == len(found)  # no pair twice, either way round
    return found, result.counts


@pytest.fixture(scope="module", params=[1000, 1], ids="crowd {}".format)
def all_at_once(request, spark):
    """What makes a crowd, texts, and the pairs of one step on all of them."""
    texts = texts_of(6)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(candidates, "CROWD", request.param)
        return request.param, texts, step(spark, texts, texts, [])[0]


@pytest.fixture
def compared(all_at_once, monkeypatch):
    """The same, where what comes next has the same crowds."""
    monkeypatch.setattr(candidates, "CROWD", all_at_once[0])
    return all_at_once


@pytest.mark.parametrize(("seed", "crowd"), [(1, 1000), (3, 2)])
def test_batches_in_any_order_give_what_all_at_once_gives(spark, monkeypatch, seed, crowd):
    monkeypatch.setattr(candidates, "CROWD", crowd)
    source, texts = random.Random(seed), texts_of(seed)
    source.shuffle(texts)
    cuts = sorted(source.sample(range(1, len(texts)), source.randint(1, 2)))
    pairs = []
    for start, end in zip([0, *cuts], [*cuts, len(texts)], strict=True):
        pairs, _ = step(spark, texts[:end], texts[start:end], pairs)
    wanted = by_definition(texts, 3, 0.7)
    assert chosen_of(pairs) == wanted.representative
    found = {(row.doc_id, row.other_id): row.similarity for row in pairs}
    assert found.items() <= wanted.pairs.items()
    if crowd == 1000:
        assert found == wanted.pairs


def test_a_batch_is_compared_but_the_documents_before_it_are_not_compared_again(spark):
    texts = texts_of(5)
    pairs, all_at_once = step(spark, texts, texts, [])
    _, counts = step(spark, [*texts, "a text of its own " * 9], ["a text of its own " * 9], pairs)
    assert sum(all_at_once.values()) > 50
    assert sum(counts.values()) < 5


def test_a_later_longer_copy_takes_over(spark):
    words = [f"w{i}" for i in range(60)]
    short, long = " ".join(words[:-2]), " ".join(words)
    pairs, _ = step(spark, [short], [short], [])
    pairs, _ = step(spark, [short, long], [long], pairs)
    assert chosen_of(pairs) == {doc_id_of(short): doc_id_of(long)}


def test_a_higher_threshold_gives_its_own_verdicts_from_the_stored_pairs(spark, compared):
    crowd, texts, pairs = compared
    higher = NearDuplicates(**{**EVERY_PAIR.model_dump(), "min_jaccard": 0.85})
    again, counts = step(spark, texts, [], pairs, higher)
    wanted = by_definition(texts, 3, 0.85)
    assert chosen_of(again) == wanted.representative != by_definition(texts, 3, 0.7).representative
    assert crowd < 1000 or sum(counts.values()) == 0


def test_the_same_documents_compared_again_give_the_same_pairs(spark, compared):
    _, texts, pairs = compared
    again, _ = step(spark, texts, texts, pairs)
    assert chosen_of(again) == chosen_of(pairs) != {}


def test_with_another_order_of_preference_stored_pairs_and_misses_turn_round(spark):
    texts = texts_of(9)
    rank = {text: number for number, text in enumerate(sorted(texts))}
    records = records_of(spark, texts).withColumn(
        "metadata", F.concat(F.lit('{"rank":'), F.udf(rank.get, "int")("text"), F.lit("}"))
    )
    signed = signed_of(records_of(spark, texts), EVERY_PAIR, "now")
    documents, nothing = documents_of(spark, texts), frame_of(spark, NEAR_MISSES, [])
    no_pairs = frame_of(spark, DUPLICATE_PAIRS, [])
    first = pair_near_duplicates(documents, records, signed, no_pairs, nothing, EVERY_PAIR, "now", start_over=True)
    stored = [frame.localCheckpoint() for frame in first.frames]
    ranked = NearDuplicates(**{**EVERY_PAIR.model_dump(), "keep": "priority:rank"})
    again = pair_near_duplicates(documents, records, signed, *stored, ranked, "now", start_over=False)
    for frame in again.frames:
        rows = [(row.doc_id, row.other_id) for row in frame.collect()]
        assert len({frozenset(pair) for pair in rows}) == len(rows) > 3
        names = {doc_id_of(text): number for text, number in rank.items()}
        assert all(names[later] < names[earlier] for later, earlier in rows)


def test_a_field_of_priorities_that_no_record_has_is_an_error(spark):
    texts = texts_of(1)
    config = NearDuplicates(keep="priority:scroe")
    nothing = frame_of(spark, NEAR_MISSES, []), frame_of(spark, DUPLICATE_PAIRS, [])
    signed = signed_of(records_of(spark, texts), config, "now")
    with pytest.raises(InputError, match="no record has a number in a field 'scroe'"):
        pair_near_duplicates(
            documents_of(spark, texts), records_of(spark, texts), signed, *nothing, config, "now", start_over=True
        )


def test_what_stood_for_others_and_is_gone_leaves_the_choice_among_the_others(spark, compared):
    _, texts, pairs = compared
    gone = {*list(chosen_of(pairs).values())[:3]}
    left = [text for text in texts if doc_id_of(text) not in gone]
    again, _ = step(spark, left, [], pairs)
    assert chosen_of(again) == by_definition(left, 3, 0.7).representative
