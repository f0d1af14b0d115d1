"""Every model in the stage: the same vectors however rows are cut, reuse in a second batch, and what is refused."""

import json
import sys
import types

import numpy as np
import pyarrow as pa
import pytest
from brickyard.config import Config, Embed, config_digest, load_config
from brickyard.errors import ConfigError
from brickyard.run import run_curation
from brickyard.stages.embed import add_embeddings, check_model
from brickyard.tables import CENTROIDS, EMBEDDINGS, RECORDS, VECTOR_MODELS
from brickyard.vectors.models import loading
from brickyard.vectors.models.folders import folder_digest

from tests.tiny import doc_id_of, documents_of, frame_of, pairs_of, record_row
from tests.tiny_models import TEXTS, onnx_folder, real_model, real_texts, static_folder

MODELS = ("hashed", "word2vec", "columns", "static", "onnx", "onnx quantised", "minilm-l6-int8", "minilm-l6-fp32")


@pytest.fixture
def setting_of(tmp_path):
    """`embed.model` for a name in MODELS."""

    def setting(name: str) -> str:
        if name.startswith("minilm"):
            return f"onnx:{real_model(name)}"
        folders = {"static": static_folder, "onnx": onnx_folder, "onnx quantised": lambda at: onnx_folder(at, quantised=True)}
        kind = name.partition(" ")[0]
        return f"{kind}:{folders[name](tmp_path / kind)}" if name in folders else {"columns": "columns:n,m"}.get(name, name)

    return setting


def records_with_numbers(spark, texts):
    rows = [record_row(n, text, metadata=json.dumps({"n": n / 7, "m": len(text)})) for n, text in enumerate(texts)]
    return frame_of(spark, RECORDS, rows)


def embed(spark, setting: str, texts, partitions=2, earlier=None, models=None, same=False):
    """The frames of the stage, and what it counted."""
    inputs = (documents_of(spark, texts), records_with_numbers(spark, texts).repartition(partitions), pairs_of(spark))
    earlier = earlier if earlier is not None else frame_of(spark, EMBEDDINGS, [])
    models = models if models is not None else frame_of(spark, VECTOR_MODELS, [])
    config = Embed(model=setting, dimension=16) if ":" not in setting else Embed(model=setting)
    return add_embeddings(*inputs, earlier, models, frame_of(spark, CENTROIDS, []), config, "never", same)


def vectors_in(frame) -> dict:
    return {row.doc_id: (row.model, tuple(row.vector)) for row in frame.collect()}


@pytest.mark.parametrize("name", MODELS)
def test_vectors_do_not_depend_on_partitions_and_arrow_batches(spark, setting_of, name: str) -> None:
    setting = setting_of(name)
    texts = real_texts(30) if name.startswith("minilm") else TEXTS
    found, limit = [], "spark.sql.execution.arrow.maxRecordsPerBatch"
    before = spark.conf.get(limit)
    try:
        for partitions, rows in ((3, 1), (2, 7), (1, 500)):
            spark.conf.set(limit, rows)
            found.append(vectors_in(embed(spark, setting, texts, partitions).frames[0]))
    finally:
        spark.conf.set(limit, before)
    assert found[0] == found[1] == found[2]
    assert set(found[0]) == {doc_id_of(text) for text in texts if text}
    assert len({vector for _, vector in found[0].values()}) > len(set(texts)) // 2


@pytest.mark.parametrize("name", MODELS[:5])
def test_a_second_batch_takes_the_vectors_over_that_there_are(spark, setting_of, name: str) -> None:
    setting = setting_of(name)
    first = embed(spark, setting, TEXTS[:9])
    earlier, models = (frame.localCheckpoint() for frame in first.frames)
    marked = earlier.withColumn("vector", np_marked(earlier))
    second = embed(spark, setting, TEXTS, earlier=marked, models=models, same=True)
    found, known = vectors_in(second.frames[0]), vectors_in(marked)
    if name == "columns":  # their numbers are the standing record's, which may be another now
        known, before = {}, vectors_in(earlier)
        assert {name: found[name] for name in before} == before
    assert {name: found[name] for name in known} == known
    assert second.counts["documents_embedded"] == len(found) - len(known) > 0
    assert {model for model, _ in found.values()} == {row.model for row in second.frames[1].collect()} != set()


def np_marked(frame):
    """Vectors as no model would give them."""
    from pyspark.sql import functions as F

    return F.transform("vector", lambda x: x + F.lit(1.0).cast("float"))


def test_vectors_of_another_model_are_not_taken_over(spark, tmp_path) -> None:
    one, other = (f"static:{static_folder(tmp_path / name)}" for name in "ab")
    static_folder(tmp_path / "b", weights=np.linspace(1, 2, 11).astype(np.float32))
    earlier, models = embed(spark, one, TEXTS[:9]).frames
    second = embed(spark, other, TEXTS, earlier=earlier.localCheckpoint(), models=models, same=True)
    assert vectors_in(second.frames[0]) == vectors_in(embed(spark, other, TEXTS).frames[0])


def test_the_model_is_stored_with_kind_digest_and_dimension(spark, tmp_path) -> None:
    folder = str(onnx_folder(tmp_path))
    (row,) = embed(spark, f"onnx:{folder}", TEXTS).frames[1].collect()
    digest = folder_digest(folder)
    assert row.asDict() == {
        "model": f"onnx-6-{digest[:12]}", "kind": "onnx", "digest": digest, "dimension": 6, "documents": 0, "parameters": None,
    }  # fmt: skip


def test_a_model_is_loaded_once_in_a_process(tmp_path, monkeypatch) -> None:
    model, calls = loading.model_in_folder(f"static:{static_folder(tmp_path)}"), []
    monkeypatch.setattr(loading, "_loaded", {})
    monkeypatch.setitem(loading._FROM_FOLDER, "static", lambda folder: (6, calls.append(folder)))
    assert loading.embedder_of(model) is loading.embedder_of(model)
    assert len(calls) == 1


def test_a_folder_that_differs_on_an_executor_is_refused(tmp_path) -> None:
    model = loading.model_in_folder(f"static:{static_folder(tmp_path)}")
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ConfigError, match="another here than where the run was started"):
        loading.embedder_of(model)


def test_identity_follows_the_bytes_of_a_model_not_its_place(tmp_path) -> None:
    digests = {}
    for name in "abc":
        static_folder(tmp_path / name)
        (tmp_path / "c" / "config.json").write_text("{ }") if name == "c" else None
        digests[name] = config_digest(Config(embed=Embed(model=f"static:{tmp_path / name}")))
    assert digests["a"] == digests["b"] != digests["c"]


def test_another_dimension_than_the_models_is_refused(tmp_path) -> None:
    setting = f"static:{static_folder(tmp_path)}"
    with pytest.raises(ConfigError, match=r"embed\.dimension = 8, but .* have 6"):
        check_model(Embed(model=setting, dimension=8))
    check_model(Embed(model=setting))


def test_a_missing_folder_is_an_error_of_the_configuration(tmp_path) -> None:
    with pytest.raises(ConfigError, match="there is no such folder"):
        config_digest(Config(embed=Embed(model=f"onnx:{tmp_path}/none")))


def test_nothing_is_written_when_the_model_is_damaged(spark, tmp_path, write_file) -> None:
    (static_folder(tmp_path / "model") / "model.safetensors").write_bytes(b"damaged")
    settings = (f"warehouse={tmp_path}/w", f"input.paths={write_file('a.txt', 'some text')}")
    config = load_config(None, (*settings, f"embed.model=static:{tmp_path}/model"), {})
    with pytest.raises(ConfigError, match="is damaged"):
        run_curation(spark, config)
    assert not (tmp_path / "w").exists()


def test_sentence_transformers_that_are_not_installed_say_what_to_install(tmp_path, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(ConfigError, match=r"pip install 'brickyard\[sentence-transformers\]'") as caught:
        check_model(Embed(model=f"sentence-transformers:{tmp_path}"))
    assert caught.value.exit_code == 2


def test_sentence_transformers_get_one_text_at_a_time(tmp_path, monkeypatch) -> None:
    """The library itself is not here: what it is asked for, and what is done with its answer."""

    class Library:
        def __init__(self, folder, device, trust_remote_code, model_kwargs):
            assert (folder, device) == (str(tmp_path), "cpu")
            assert (trust_remote_code, model_kwargs) == (False, {"use_safetensors": True})

        def encode(self, texts, batch_size=32, show_progress_bar=True):
            assert isinstance(texts, str) or batch_size == 1
            return np.array([3.0, 4.0]) if isinstance(texts, str) else np.array([[len(text), 0.0] for text in texts])

    monkeypatch.setitem(sys.modules, "torch", types.SimpleNamespace(set_num_threads=lambda count: None))
    monkeypatch.setitem(sys.modules, "sentence_transformers", types.SimpleNamespace(SentenceTransformer=Library))
    model = loading.model_in_folder(f"sentence-transformers:{tmp_path}")
    found = loading.embedder_of(model)(pa.array(["abc  ", "", None]))
    assert (model.dimension, found.tolist()) == (2, [[1, 0], [0, 0], [0, 0]])
    assert loading.embedder_of(model)(pa.array([], pa.string())).shape == (0, 2)


def test_a_name_that_cannot_be_fetched_says_what_to_do(monkeypatch) -> None:
    def offline(name, local_files_only=False):
        raise OSError("no network")

    monkeypatch.setitem(sys.modules, "huggingface_hub", types.SimpleNamespace(snapshot_download=offline))
    with pytest.raises(ConfigError, match=r"cannot be fetched: no network\. Fetch it where there is a network"):
        config_digest(Config(embed=Embed(model="sentence-transformers:nobody/nothing")))
