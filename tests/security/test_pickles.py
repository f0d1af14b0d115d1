"""A pickle with a canary, planted wherever a model or a configuration is loaded from: it must never run."""

import pickle
import sys
import types

import pytest
from brickyard.config import load_config
from brickyard.errors import ConfigError
from brickyard.text.tokenizer_files import content_of
from brickyard.vectors.models.loading import model_in_folder

from tests import tiny_models


class Canary:
    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return open, (self.path, "w")


@pytest.fixture
def canary(tmp_path):
    """(the bytes of a pickle that makes a file, the file). The pickle is one: loading it does make the file."""
    sung = tmp_path / "canary"
    content = pickle.dumps(Canary(sung))
    pickle.loads(content).close()  # noqa: S301 - our own
    sung.unlink()
    return content, sung


def planted(folder, content, *names):
    folder.mkdir(exist_ok=True)
    for name in names:
        (folder / name).write_bytes(content)
    return folder


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("static", ["model.safetensors"]), ("static", ["tokenizer.json"]), ("static", ["model.safetensors", "tokenizer.json"]),
        ("onnx", ["model.onnx", "tokenizer.json"]),
        ("sentence-transformers", ["pytorch_model.bin"]),
        ("static", ["pytorch_model.bin", "model.pkl", "embeddings.npy"]),
    ],
)  # fmt: skip
def test_a_pickle_in_the_place_of_a_model_does_not_run(canary, tmp_path, monkeypatch, kind, names):
    content, sung = canary
    monkeypatch.setitem(sys.modules, "torch", types.SimpleNamespace(set_num_threads=lambda count: None))
    library = types.SimpleNamespace(SentenceTransformer=lambda *words, **given: pytest.fail("the model was opened"))
    monkeypatch.setitem(sys.modules, "sentence_transformers", library)
    if kind == "static" and len(names) == 1:
        tiny_models.static_folder(tmp_path / "model", embeddings=tiny_models.table(len(tiny_models.WORDS)))
    with pytest.raises(ConfigError):
        model_in_folder(f"{kind}:{planted(tmp_path / 'model', content, *names)}")
    assert not sung.exists()


def test_a_pickle_in_the_place_of_a_tokenizer_or_a_configuration_does_not_run(canary, tmp_path):
    content, sung = canary
    planted(tmp_path / "files", content, "tokenizer.json", "curate.toml")
    with pytest.raises(ConfigError):
        content_of(f"file:{tmp_path}/files/tokenizer.json")
    with pytest.raises(ConfigError):
        load_config(f"{tmp_path}/files/curate.toml")
    assert not sung.exists()
