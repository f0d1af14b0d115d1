"""A transformer in ONNX Runtime: the mean of its token vectors, of unit length.

model.onnx (perhaps with files of external data) gives token vectors from input_ids; tokenizer.json the tokens. A text of
more tokens than the model takes is cut into windows; its vector is the mean over the tokens of all of them, so that each
window counts by its tokens (special ones included).

A text's vector must not depend on the texts beside it. Texts of equal length form a batch, so that nothing is padded; and
where the model is quantised dynamically (one scale per tensor, taken from the whole batch), or a trial shows any other
dependence, each text is a batch of its own.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from brickyard.errors import ConfigError
from brickyard.text.normalise import normalise
from brickyard.vectors.models.folders import damaged, load_tokenizer, require
from brickyard.vectors.pooling import unit_rows

LARGEST_BATCH = 32
"""Windows in a batch."""

LONGEST = 512
"""Tokens of a window, if tokenizer.json does not say how many the model takes."""

TRIAL = "The quick brown fox jumps over the lazy dog; 1,234 other words follow it: a trial sentence has no meaning at all."

Network = Callable[[np.ndarray], np.ndarray]
"""Token ids, all of one length (batch x tokens, int64), to the sums of their token vectors (batch x dimension, float32)."""


def load(folder: str) -> tuple[int, Callable[[pa.Array], np.ndarray]]:
    """The dimension, and the function from texts to vectors. Raises ConfigError if the folder is not such a model."""
    require(folder, "model.onnx", "tokenizer.json")
    tokenizer = load_tokenizer(folder)
    window = (tokenizer.truncation or {}).get("max_length", LONGEST)
    tokenizer.enable_truncation(window)  # what is cut off comes as further windows
    network = open_network(f"{folder}/model.onnx")
    dimension = _try_out(network, tokenizer, window, folder)
    largest = 1 if is_quantised(folder) or depends_on_batch(network, tokenizer) else LARGEST_BATCH

    def embed(texts: pa.Array) -> np.ndarray:
        return embed_texts(texts, tokenizer, network, dimension, largest)

    return dimension, embed


def embed_texts(texts: pa.Array, tokenizer: Any, network: Network, dimension: int, largest: int) -> np.ndarray:
    """Unit vectors of a batch of texts, float32."""
    encoded = tokenizer.encode_batch([normalise(text or "") for text in texts.to_pylist()])
    windows = [(text, part.ids) for text, one in enumerate(encoded) for part in (one, *one.overflowing) if part.ids]
    sums = np.zeros((len(windows), dimension), np.float32)
    for places in batches_by_length([len(ids) for _, ids in windows], largest):
        sums[places] = network(np.array([windows[place][1] for place in places], np.int64))
    totals = np.zeros((len(texts), dimension))
    np.add.at(totals, np.array([text for text, _ in windows], np.int64), sums)
    return unit_rows(totals)


def batches_by_length(lengths: list[int], largest: int) -> Iterator[list[int]]:
    """The places of equal lengths, at most `largest` together."""
    places: dict[int, list[int]] = {}
    for place, length in enumerate(lengths):
        places.setdefault(length, []).append(place)
    for alike in places.values():
        yield from (alike[start : start + largest] for start in range(0, len(alike), largest))


def open_network(path: str) -> Network:
    """The model with one thread: there is a task on every core. Raises ConfigError if ONNX Runtime refuses it."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime's errors have no common kind
        raise damaged(path, error) from error
    inputs = {one.name for one in session.get_inputs()}
    known = {"input_ids", "attention_mask", "token_type_ids"}
    outputs = [one.name for one in session.get_outputs() if len(one.shape or ()) == 3]
    if "input_ids" not in inputs or inputs - known or not outputs:
        raise damaged(path, f"a model from {', '.join(sorted(known))} to token vectors is wanted; it has {sorted(inputs)}")

    def network(ids: np.ndarray) -> np.ndarray:
        given = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        (hidden,) = session.run(outputs[:1], {name: given[name] for name in inputs})
        return np.asarray(hidden, np.float32).sum(axis=1)

    return network


def _try_out(network: Network, tokenizer: Any, window: int, folder: str) -> int:
    """The dimension, from a longest window that holds the largest token id: what would fail in a task fails here."""
    ids = np.full((1, window), max(tokenizer.get_vocab().values(), default=0), np.int64)
    try:
        return int(network(ids).shape[1])
    except Exception as error:
        raise ConfigError(
            f"embed.model: {folder}: the model does not take {window} tokens with ids up to {ids.max()}, as tokenizer.json"
            f" says it should (see its truncation.max_length): {str(error).splitlines()[0]}"
        ) from error


def is_quantised(folder: str) -> bool:
    """Whether the model is quantised at run time: names of operators lie in the file as they are."""
    return b"DynamicQuantize" in (Path(folder) / "model.onnx").read_bytes()


def depends_on_batch(network: Network, tokenizer: Any) -> bool:
    """Whether a window gets other bits in a batch than alone."""
    ids = tokenizer.encode(TRIAL, add_special_tokens=False).ids
    half = max(1, len(ids) // 2)
    together = np.array([ids[:half], ids[half : 2 * half] or ids[:half]] * (LARGEST_BATCH // 2), np.int64)
    alone = np.concatenate([network(row[None]) for row in together[:2]])
    return not np.array_equal(network(together)[:2], alone)
