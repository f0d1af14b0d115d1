"""Static token vectors against their definition, text by text, and against model2vec's own figures."""

import numpy as np
import pyarrow as pa
import pytest
from brickyard.errors import ConfigError
from brickyard.vectors.models import static

from tests.tiny_models import DIMENSION, TEXTS, WORDS, static_folder, table

MAPPING = np.array([0, 1, 2, 3, 3, 4, 4, 0, 1, 2, 3])
WEIGHTS = np.linspace(0.5, 2, len(WORDS)).astype(np.float32)


def slow_vector(text: str, rows: np.ndarray) -> list[float]:
    """The mean of the rows of the known words, of unit length."""
    known = [rows[WORDS.index(word)].astype(np.float64) for word in text.split() if word in WORDS]
    mean = np.mean(known, axis=0) if known else np.zeros(DIMENSION)
    return (mean / (np.linalg.norm(mean) or 1)).tolist()


@pytest.mark.parametrize("kind", ["plain", "mapped and weighted"])
def test_vectors_are_means_of_the_known_tokens(tmp_path, kind: str) -> None:
    rows = table(len(WORDS)).astype(np.float16).astype(np.float32)
    if kind == "plain":
        dimension, embed = static.load(str(static_folder(tmp_path)))
    else:
        folder = static_folder(tmp_path, embeddings=table(5), mapping=MAPPING, weights=WEIGHTS)
        dimension, embed = static.load(str(folder))
        rows = table(5)[MAPPING] * WEIGHTS[:, None]
    found = embed(pa.array([*TEXTS, None]))
    assert dimension == DIMENSION
    assert found.dtype == np.float32
    assert found.tolist() == [pytest.approx(slow_vector(text, rows), abs=1e-6) for text in [*TEXTS, ""]]


def test_texts_beyond_one_call_of_the_tokenizer_are_embedded_alike(tmp_path) -> None:
    _, embed = static.load(str(static_folder(tmp_path)))
    many = embed(pa.array(TEXTS * 200))
    assert (many == np.tile(embed(pa.array(TEXTS)), (200, 1))).all()


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda folder: (folder / "model.safetensors").unlink(), "holds no model.safetensors"),
        (lambda folder: (folder / "model.safetensors").write_bytes(b"\x08" * 40), "model.safetensors is damaged"),
        (lambda folder: (folder / "tokenizer.json").write_text("{}"), "tokenizer.json is damaged"),
        (lambda folder: static_folder(folder, embeddings=table(4)), "no vector for some of the 11 tokens"),
        (lambda folder: static_folder(folder, embeddings=np.zeros(7)), "holds no matrix `embeddings`"),
        (lambda folder: static_folder(folder, weights=WEIGHTS[:4]), r"weights of shape \(4,\) for 11 tokens"),
        (lambda folder: static_folder(folder, mapping=MAPPING.reshape(1, -1)), "`mapping` is no list of numbers"),
    ],
)
def test_a_folder_that_is_no_such_model_is_refused(tmp_path, damage, message: str) -> None:
    damage(static_folder(tmp_path))
    with pytest.raises(ConfigError, match=message):
        static.load(str(tmp_path))
