"""Token ids, by a tokenizer that is trained or loaded."""

import hashlib
import json
import random
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pytest
from brickyard.config import Tokenise
from brickyard.errors import ConfigError
from brickyard.stages import train_tokenizer
from brickyard.stages.tokenise import add_tokens, save_tokenizer
from brickyard.tables import DECISIONS
from tokenizers import Tokenizer, pre_tokenizers

from tests.text.test_bpe import by_library as trained_by_library
from tests.tiny import frame_of, random_text, record_row, records_of

TEXTS = [" ".join(random_text(random.Random(i), 30, 40)) for i in range(20)] + ["", "naïve 一二 🙂\n"]
TRAIN = Tokenise(tokenizer="train:300")
TRAINED = pytest.mark.parametrize("kind", ["train", "train-unigram"])


BATCH_ROWS = "spark.sql.execution.arrow.maxRecordsPerBatch"


def tokens_of(spark, folder, config, texts=TEXTS, dropped=(), partitions=2):
    rows = [record_row(position, text) for position, text in enumerate(texts)]
    verdicts = ({**row, "kept": row["position"] not in dropped} for row in rows)
    records = records_of(spark, texts).repartition(partitions)
    (tokens,) = add_tokens(records, frame_of(spark, DECISIONS, verdicts), config, str(folder)).frames
    return tokens.collect() if tokens else []


def by_library(tokenizer, texts):
    return {row["doc_id"]: tokenizer.encode(row["text"]).ids for row in (record_row(0, text) for text in texts)}


@TRAINED
def test_ids_and_counts_are_those_of_the_library_with_the_saved_tokenizer(spark, tmp_path, kind):
    rows = tokens_of(spark, tmp_path, Tokenise(tokenizer=f"{kind}:300"))
    (file,) = tmp_path.iterdir()
    tokenizer = Tokenizer.from_file(str(file))
    assert {row.doc_id: row.token_ids for row in rows} == by_library(tokenizer, TEXTS)
    assert all(row.token_count == len(row.token_ids) for row in rows)
    assert {row.tokenizer for row in rows} == {file.stem} == {hashlib.sha256(file.read_bytes()).hexdigest()}
    assert 257 < tokenizer.get_vocab_size() <= 300
    decoded = {row.doc_id: tokenizer.decode(row.token_ids, skip_special_tokens=False) for row in rows}
    assert decoded == {record_row(0, text)["doc_id"]: text for text in TEXTS}


@TRAINED
def test_training_again_gives_the_same_tokenizer_however_rows_lie_and_batches_are_cut(spark, tmp_path, kind):
    shuffled, config = random.Random(6).sample(TEXTS, len(TEXTS)), Tokenise(tokenizer=f"{kind}:300")
    tokens_of(spark, tmp_path, config)
    spark.conf.set(BATCH_ROWS, 3)
    try:
        tokens_of(spark, tmp_path, config, shuffled, partitions=6)
    finally:
        spark.conf.unset(BATCH_ROWS)
    assert len(list(tmp_path.iterdir())) == 1


def test_the_tokenizer_is_the_librarys_own_for_the_whole_corpus(spark, tmp_path):
    texts = [*TEXTS, "\u1c89 unassigned in Python's Unicode", "<|endoftext|> is text here"]
    tokens_of(spark, tmp_path, TRAIN, texts)
    (file,) = tmp_path.iterdir()
    assert json.loads(file.read_text()) == trained_by_library(texts, 300)


@TRAINED
def test_a_text_that_names_the_end_mark_decodes_to_itself(spark, tmp_path, kind):
    texts = [*TEXTS, "they write <|endoftext|> after each text"]
    tokens = {row.doc_id: row.token_ids for row in tokens_of(spark, tmp_path, Tokenise(tokenizer=f"{kind}:300"), texts)}
    (file,) = tmp_path.iterdir()
    decoded = {doc_id: Tokenizer.from_file(str(file)).decode(ids) for doc_id, ids in tokens.items()}
    assert decoded == {row["doc_id"]: row["text"] for row in (record_row(0, text) for text in texts)}


def test_a_tokenizer_file_that_is_there_is_left_alone_and_a_damaged_one_is_made_anew(tmp_path):
    path = tmp_path / "tokenizers" / "a.json"
    save_tokenizer("{}", str(path))
    made = path.stat().st_ino
    save_tokenizer("{}", str(path))
    assert path.stat().st_ino == made
    path.write_text("{]")
    save_tokenizer("{}", str(path))
    assert [(file.name, file.read_text()) for file in path.parent.iterdir()] == [("a.json", "{}")]


def test_counts_are_the_same_if_a_task_hands_them_on_in_parts(monkeypatch):
    batches = [pa.RecordBatch.from_pydict({"text": TEXTS[start : start + 4]}) for start in range(0, len(TEXTS), 4)]
    counted = []
    for most in (1, 1 << 25):
        monkeypatch.setattr(train_tokenizer, "_MOST_BYTES", most)
        counts = Counter()
        for batch in train_tokenizer._count_batches(batches):
            counts.update({row["pre_token"]: row["occurrences"] for row in batch.to_pylist()})
        counted.append(counts)
    cut = pre_tokenizers.ByteLevel(add_prefix_space=False).pre_tokenize_str
    expected = Counter(text[start:end] for text in TEXTS for _, (start, end) in cut(text))
    assert counted == [expected, expected]


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
    with pytest.raises(ConfigError, match=r"tokenise\.tokenizer: .*bad\.json: (not a tokenizer\.json|No such file)"):
        tokens_of(spark, tmp_path / "out", Tokenise(tokenizer=f"file:{path}"))


def test_tokenizer_off_gives_no_tokens(spark, tmp_path):
    assert tokens_of(spark, tmp_path, Tokenise(tokenizer="off")) == []
    assert list(tmp_path.iterdir()) == []


def test_no_kept_document_gives_no_tokens(spark, tmp_path):
    assert tokens_of(spark, tmp_path, TRAIN, dropped=range(len(TEXTS))) == []
