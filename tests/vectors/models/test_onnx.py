"""A transformer's pooling, windows and batches against the same network in NumPy, text by text."""

import numpy as np
import pyarrow as pa
import pytest
from brickyard.errors import ConfigError
from brickyard.vectors.models import onnx
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tiny_models import (
    DIMENSION,
    POSITIONS,
    TEXTS,
    WORDS,
    onnx_folder,
    real_model,
    real_texts,
    static_folder,
    table,
    tokenizer,
)


def slow_vector(text: str) -> list[float]:
    """Windows of POSITIONS - 2 words between [CLS] and [SEP]; the mean over all tokens of all windows, of unit length."""
    ids = [WORDS.index(word) if word in WORDS else 0 for word in text.split()]
    room = POSITIONS - 2
    windows = [[1, *ids[start : start + room], 2] for start in range(0, len(ids), room)] or [[1, 2]]
    words, places, matrix = (one.astype(np.float64) for one in (table(len(WORDS)), table(POSITIONS, 2), table(DIMENSION, 3)))
    states = [(words[token] + places[place]) @ matrix for window in windows for place, token in enumerate(window)]
    mean = np.mean(states, axis=0)
    return (mean / np.linalg.norm(mean)).tolist()


def test_vectors_are_means_over_the_tokens_of_all_windows(tmp_path) -> None:
    dimension, embed = onnx.load(str(onnx_folder(tmp_path)))
    found = embed(pa.array([*TEXTS, None]))
    assert dimension == DIMENSION
    assert found.dtype == np.float32
    assert found.tolist() == [pytest.approx(slow_vector(text), abs=1e-6) for text in [*TEXTS, ""]]


@pytest.mark.parametrize("quantised", [False, True])
def test_a_text_has_the_same_vector_alone_and_among_others(tmp_path, quantised: bool) -> None:
    _, embed = onnx.load(str(onnx_folder(tmp_path, quantised)))
    together, alone = embed(pa.array(TEXTS)), [embed(pa.array([text]))[0] for text in TEXTS]
    assert (together == np.array(alone)).all()


def test_a_quantised_model_is_told_by_its_operators_and_by_its_results(tmp_path) -> None:
    for name, quantised in (("plain", False), ("small", True)):
        folder = str(onnx_folder(tmp_path / name, quantised))
        network = onnx.open_network(f"{folder}/model.onnx")
        plain = tokenizer(special=True)
        plain.no_padding()
        assert onnx.is_quantised(folder) == quantised
        assert onnx.depends_on_batch(network, words_for_trial(plain)) == quantised


def words_for_trial(made):
    """The tiny tokenizer does not know the words of the trial sentence: others in their place."""

    class Trial:
        def encode(self, text, add_special_tokens):
            return made.encode("red green blue a b c", add_special_tokens=add_special_tokens)

    return Trial()


@given(st.lists(st.integers(1, 5), max_size=30), st.integers(1, 4))
@settings(deadline=None, max_examples=50)
def test_batches_hold_every_place_once_and_equal_lengths_only(lengths: list[int], largest: int) -> None:
    batches = list(onnx.batches_by_length(lengths, largest))
    assert sorted(place for batch in batches for place in batch) == list(range(len(lengths)))
    assert all(len(batch) <= largest and len({lengths[place] for place in batch}) == 1 for batch in batches)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda folder: (folder / "model.onnx").unlink(), "holds no model.onnx"),
        (lambda folder: (folder / "model.onnx").write_bytes(b"no model"), "model.onnx is damaged"),
        (lambda folder: (folder / "tokenizer.json").write_text("{"), "tokenizer.json is damaged"),
        (lambda folder: onnx_folder(folder, rows=5), "does not take 8 tokens with ids up to 10"),
        (lambda folder: onnx_folder(folder, positions=7), "does not take 8 tokens"),
        (lambda folder: static_folder(folder / "other") and (folder / "tokenizer.json").unlink(), "holds no tokenizer.json"),
    ],
)
def test_a_folder_that_is_no_such_model_is_refused(tmp_path, damage, message: str) -> None:
    damage(onnx_folder(tmp_path))
    with pytest.raises(ConfigError, match=message):
        onnx.load(str(tmp_path))


def bare_loop(folder, texts: list[str]) -> np.ndarray:
    """What people write: 32 texts at a time, padded to the longest, masked mean, L2."""
    import onnxruntime
    from tokenizers import Tokenizer

    session = onnxruntime.InferenceSession(str(folder / "model.onnx"), providers=["CPUExecutionProvider"])
    made = Tokenizer.from_file(str(folder / "tokenizer.json"))
    made.enable_truncation(128)
    made.enable_padding()
    parts = []
    for start in range(0, len(texts), 32):
        encoded = made.encode_batch(texts[start : start + 32])
        ids, mask = (np.array([getattr(one, name) for one in encoded], np.int64) for name in ("ids", "attention_mask"))
        hidden = session.run(None, {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)})[0]
        mean = (hidden * mask[:, :, None]).sum(axis=1) / mask.sum(axis=1, keepdims=True)
        parts.append(mean / np.linalg.norm(mean, axis=1, keepdims=True))
    return np.concatenate(parts)


def test_minilm_gives_a_bare_loops_vectors() -> None:
    folder, texts = real_model("minilm-l6-fp32"), [text[:200] for text in real_texts(64)]
    dimension, embed = onnx.load(str(folder))
    assert dimension == 384
    assert np.abs(embed(pa.array(texts)) - bare_loop(folder, texts)).max() <= 1e-6


def test_minilm_quantised_gives_a_text_one_vector() -> None:
    _, embed = onnx.load(str(real_model("minilm-l6-int8")))
    texts = real_texts(24)
    assert (embed(pa.array(texts)) == np.concatenate([embed(pa.array([text])) for text in texts])).all()
