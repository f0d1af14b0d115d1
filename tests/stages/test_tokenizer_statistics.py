"""How well a tokenizer fits, against the same numbers counted in Python."""

import pytest
from brickyard.stages.tokenizer_statistics import measure_tokenizer
from brickyard.tables import TOKEN_SEQUENCES
from tokenizers import Tokenizer, models, pre_tokenizers

from tests.tiny import frame_of, record_row, records_of

KNOWN = {"[UNK]": 0, "one": 1, "two": 2, "größe": 3}
TEXTS = {"one two three": [1, 2, 0], "größe, größe": [3, 0, 3], "!": [0], "two two": [2, 2]}


def rows_of(spark, folder, model):
    tokenizer = Tokenizer(model)
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.save(str(folder / "t.json"))
    kept = records_of(spark, list(TEXTS)[:2], source="long").unionAll(records_of(spark, list(TEXTS)[2:], source="short"))
    rows = [{"doc_id": record_row(0, text)["doc_id"], "tokenizer": "t", "token_ids": ids, "token_count": len(ids)}
            for text, ids in TEXTS.items()]  # fmt: skip
    found = measure_tokenizer(kept, frame_of(spark, TOKEN_SEQUENCES, rows), len(rows), str(folder))
    return {row.source: row.asDict() for row in found.collect()}


def test_each_source_has_its_own_numbers(spark, tmp_path):
    rows = rows_of(spark, tmp_path, models.WordLevel(KNOWN, unk_token="[UNK]"))  # noqa: S106
    assert rows["long"] == {
        "tokenizer": "t", "source": "long", "vocabulary": 4, "documents": 2, "words": 5, "bytes": 29, "tokens": 6, "unknown": 2,
        "fertility": 6 / 5, "bytes_per_token": 29 / 6, "unknown_share": 2 / 6,
    }  # fmt: skip
    assert {name: rows["short"][name] for name in ("words", "tokens", "unknown")} == {"words": 2, "tokens": 3, "unknown": 1}


@pytest.mark.parametrize(
    ("model", "unknown"),
    [
        (models.BPE({"o": 0}, []), 0),
        (models.Unigram([("o", 0.0), ("<unk>", 0.0)], 1), 1),
        (models.BPE(KNOWN, [], unk_token="two"), 3),  # noqa: S106
    ],
)
def test_the_unknown_token_is_the_one_that_the_model_names(spark, tmp_path, model, unknown):
    ids = [one for row in TEXTS.values() for one in row]
    expected = {0: 0, 1: ids.count(1), 3: ids.count(2)}[unknown]
    assert sum(row["unknown"] for row in rows_of(spark, tmp_path, model).values()) == expected


def test_without_tokens_there_is_nothing_to_measure(spark, tmp_path):
    empty = frame_of(spark, TOKEN_SEQUENCES, [])
    assert measure_tokenizer(records_of(spark, ["a"]), empty, 0, str(tmp_path)) is None
