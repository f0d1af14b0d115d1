"""The sample that classifiers are compared on: by hash, with classes that have rows enough, in parts."""

from collections import Counter

from brickyard.gauge.labelled_sample import FOLDS, LEAST_ROWS, draw_labelled


def frames(spark, labels, splits=None, partitions=1, order=1):
    rows = [(f"d{i:04d}", f"text {i}", label, splits[i] if splits else None) for i, label in enumerate(labels)][::order]
    documents = spark.createDataFrame(rows, "doc_id string, text string, label string, split string").repartition(partitions)
    return documents.select("doc_id", "label", "split"), documents.select("doc_id", "text")


LABELS = ["ham"] * 60 + ["spam"] * 20 + ["rare"] * (LEAST_ROWS - 1)


def test_classes_are_ordered_by_size_and_those_with_too_few_rows_are_left_out_and_counted(spark) -> None:
    sample = draw_labelled(*frames(spark, LABELS), 1000, 0)
    assert (sample.classes, sample.sizes, sample.left_out, sample.split) == (["ham", "spam"], [60, 20], 1, False)
    rows = sample.rows.collect()
    assert {row.doc_id: row.label for row in rows} == {f"d{i:04d}": float(i >= 60) for i in range(80)}
    assert {row.text for row in rows} == {f"text {i}" for i in range(80)}


def test_every_part_has_its_share_of_every_class(spark) -> None:
    sample = draw_labelled(*frames(spark, LABELS), 1000, 0)
    found = Counter((row.label, row.part) for row in sample.rows.collect())
    assert sample.parts == [0, 1, 2]
    for label, size in enumerate(sample.sizes):
        shares = [found[label, part] for part in range(FOLDS)]
        assert sum(shares) == size and max(shares) - min(shares) <= 1


def test_the_sample_depends_on_the_seed_and_neither_on_order_nor_on_partitions(spark) -> None:
    def drawn(seed, **how):
        sample = draw_labelled(*frames(spark, LABELS, **how), 50, seed)
        return sorted((row.doc_id, row.label, row.part) for row in sample.rows.collect())

    assert drawn(0) == drawn(0, partitions=3, order=-1)
    assert drawn(0) != drawn(1)


def test_train_and_test_rows_of_the_release_are_kept_apart_and_others_left_out(spark) -> None:
    splits = (["train"] * 15 + ["test"] * 4 + ["validation"]) * 4
    sample = draw_labelled(*frames(spark, LABELS[:80], splits), 1000, 0)
    assert sample.split and sample.parts == [1]
    assert {row.doc_id: row.part for row in sample.rows.collect()} == {
        f"d{i:04d}": int(one == "test") for i, one in enumerate(splits) if one != "validation"
    }


def test_a_class_that_the_test_rows_lack_or_training_hardly_has_is_left_out(spark) -> None:
    labels = ["ham"] * 40 + ["spam"] * 20 + ["untested"] * 20 + ["untrained"] * 20
    splits = ["train", "test"] * 30 + ["train"] * 20 + ["test"] * 17 + ["train"] * 3
    sample = draw_labelled(*frames(spark, labels, splits), 1000, 0)
    assert (sample.classes, sample.left_out) == (["ham", "spam"], 2)


def test_of_many_classes_one_part_is_held_out(spark) -> None:
    sample = draw_labelled(*frames(spark, [f"class {i % 21:02d}" for i in range(21 * 12)]), 1000, 0)
    assert len(sample.classes) == 21 and sample.parts == [1]
    assert Counter(row.part for row in sample.rows.collect()) == dict.fromkeys(range(FOLDS), 84)


def test_a_split_that_names_no_test_rows_is_no_split(spark) -> None:
    sample = draw_labelled(*frames(spark, LABELS, ["train"] * len(LABELS)), 1000, 0)
    assert not sample.split and sample.parts == [0, 1, 2]
