"""Token ids, by a tokenizer that is trained or loaded."""

import hashlib
import random
from pathlib import Path

import pytest
from brickyard.config import Tokenise
from brickyard.errors import ConfigError
from brickyard.stages.tokenise import add_tokens
from brickyard.tables import DECISIONS
from tokenizers import Tokenizer

from tests.tiny import frame_of, random_text, record_row, records_of

TEXTS = [" ".join(random_text(random.Random(i), 30, 40)) for i in range(20)] + ["", "naïve 一二 🙂\n"]
TRAIN = Tokenise(tokenizer="train:300")


def tokens_of(spark, folder, config, texts=TEXTS, dropped=(), partitions=2):
    rows = [record_row(position, text) for position, text in enumerate(texts)]
    verdicts = ({**row, "kept": row["position"] not in dropped} for row in rows)
    records = records_of(spark, texts).repartition(partitions)
    (tokens,) = add_tokens(records, frame_of(spark, DECISIONS, verdicts), config, str(folder)).frames
    return tokens.collect() if tokens else []


def by_library(tokenizer, texts):
    return {row["doc_id"]: tokenizer.encode(row["text"]).ids for row in (record_row(0, text) for text in texts)}


def test_ids_and_counts_are_those_of_the_library_with_the_saved_tokenizer(spark, tmp_path):
    rows = tokens_of(spark, tmp_path, TRAIN)
    (file,) = tmp_path.iterdir()
    tokenizer = Tokenizer.from_file(str(file))
    assert {row.doc_id: row.token_ids for row in rows} == by_library(tokenizer, TEXTS)
    assert all(row.token_count == len(row.token_ids) for row in rows)
    assert {row.tokenizer for row in rows} == {file.stem} == {hashlib.sha256(file.read_bytes()).hexdigest()}
    assert tokenizer.get_vocab_size() == 300
    assert all(tokenizer.decode(row) == text for row, text in ((tokenizer.encode(text).ids, text) for text in TEXTS))


def test_training_again_gives_the_same_tokenizer(spark, tmp_path):
    shuffled = random.Random(6).sample(TEXTS, len(TEXTS))
    tokens_of(spark, tmp_path, TRAIN)
    tokens_of(spark, tmp_path, TRAIN, shuffled, partitions=6)
    assert len(list(tmp_path.iterdir())) == 1


def test_only_kept_records_are_tokenized_and_trained_on(spark, tmp_path):
    rows = tokens_of(spark, tmp_path / "some", TRAIN, dropped=range(5))
    tokens_of(spark, tmp_path / "rest", TRAIN, TEXTS[5:])
    assert {row.doc_id for row in rows} == {record_row(0, text)["doc_id"] for text in TEXTS[5:]}
    assert [file.name for file in (tmp_path / "some").iterdir()] == [file.name for file in (tmp_path / "rest").iterdir()]


def test_a_tokenizer_is_loaded_from_a_file_without_its_truncation_padding_and_special_tokens(spark, tmp_path):
    tokens_of(spark, tmp_path / "made", TRAIN)
    (made,) = (tmp_path / "made").iterdir()
    plain = Tokenizer.from_file(str(made))
    cut = Tokenizer.from_file(str(made))
    cut.enable_truncation(5)
    cut.enable_padding(length=50)
    Path(tmp_path / "cut.json").write_text(cut.to_str())
    rows = tokens_of(spark, tmp_path / "used", Tokenise(tokenizer=f"file:{tmp_path}/cut.json"))
    assert {row.doc_id: row.token_ids for row in rows} == by_library(plain, TEXTS)


@pytest.mark.parametrize("content", [b"not json", b"{}", b"\xff", None])
def test_a_file_that_is_no_tokenizer_is_a_configuration_error(spark, tmp_path, content):
    path = tmp_path / "bad.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"tokenise\.tokenizer: .*bad\.json: not a tokenizer\.json"):
        tokens_of(spark, tmp_path / "out", Tokenise(tokenizer=f"file:{path}"))


def test_tokenizer_off_gives_no_tokens(spark, tmp_path):
    assert tokens_of(spark, tmp_path, Tokenise(tokenizer="off")) == []
    assert list(tmp_path.iterdir()) == []


def test_no_kept_document_gives_no_tokens(spark, tmp_path):
    assert tokens_of(spark, tmp_path, TRAIN, dropped=range(len(TEXTS))) == []
