"""Static token vectors, as model2vec writes them: a text's vector is the mean of the vectors of its tokens.

model.safetensors holds `embeddings` (entries x dimension), and perhaps `weights` of tokens and a `mapping` from token ids
to entries; tokenizer.json the tokenizer. The flags in config.json need no heed: the principal components are in the
table already, and vectors are brought to unit length here in any case.
"""

import json
from collections.abc import Callable
from functools import partial

import numpy as np
import pyarrow as pa

from brickyard.text.normalise import normalise
from brickyard.vectors.models.folders import damaged, load_tokenizer, require
from brickyard.vectors.models.word_cache import WordCache, cuts_at_spaces, flat_ids
from brickyard.vectors.pooling import mean_rows

AT_ONCE = 1024
"""Texts that the tokenizer gets at a time."""


def load(folder: str) -> tuple[int, Callable[[pa.Array], np.ndarray]]:
    """The dimension, and the function from texts to vectors. Raises ConfigError if the folder is not such a model.

    Texts may have any length: the mean over all windows of a long text, weighted by their tokens, is the mean itself.
    """
    require(folder, "model.safetensors", "tokenizer.json")
    tokenizer = load_tokenizer(folder)
    tokenizer.no_truncation()
    table = _token_table(folder, tokenizer)
    ids_of = WordCache(tokenizer) if cuts_at_spaces(tokenizer) else partial(flat_ids, tokenizer)

    def embed(texts: pa.Array) -> np.ndarray:
        parts = [texts.slice(start, AT_ONCE) for start in range(0, len(texts), AT_ONCE)]
        return np.concatenate([_embed(part, ids_of, table) for part in parts] or [np.empty((0, table.shape[1]), np.float32)])

    return table.shape[1], embed


def _embed(texts: pa.Array, ids_of: Callable, table: np.ndarray) -> np.ndarray:
    return mean_rows(table, *ids_of([normalise(text or "") for text in texts.to_pylist()]))


def _token_table(folder: str, tokenizer) -> np.ndarray:
    """Float32 of shape (token ids, dimension): what each token adds. The unknown token adds nothing, as in model2vec."""
    path = f"{folder}/model.safetensors"
    tensors = _read_tensors(path)
    if "embeddings" not in tensors or tensors["embeddings"].ndim != 2:
        raise damaged(path, "it holds no matrix `embeddings`")
    table = tensors["embeddings"].astype(np.float32)
    entries = 1 + max(tokenizer.get_vocab().values(), default=-1)
    mapping = tensors.get("mapping", np.arange(len(table)))
    if mapping.ndim != 1 or mapping.dtype.kind not in "iu":
        raise damaged(path, "its `mapping` is no list of numbers")
    if len(mapping) < entries or (len(mapping) and not 0 <= mapping.min() <= mapping.max() < len(table)):
        raise damaged(path, f"it has no vector for some of the {entries:,} tokens in tokenizer.json")
    table = np.ascontiguousarray(table[mapping])
    if "weights" in tensors:
        if tensors["weights"].shape != (len(table),):
            raise damaged(path, f"it has weights of shape {tensors['weights'].shape} for {len(table):,} tokens")
        table *= tensors["weights"].astype(np.float32)[:, None]
    unknown = _unknown_token(tokenizer)
    if unknown is not None:
        table[unknown] = 0
    return table


def _read_tensors(path: str) -> dict[str, np.ndarray]:
    from safetensors.numpy import load_file

    try:
        return load_file(path)
    except Exception as error:  # the library's own error is no subclass of anything
        raise damaged(path, error) from error


def _unknown_token(tokenizer) -> int | None:
    """Its id; Unigram keeps it apart."""
    model = tokenizer.model
    if hasattr(model, "unk_token"):
        return tokenizer.token_to_id(model.unk_token) if model.unk_token else None
    unknown: int | None = json.loads(tokenizer.to_str())["model"].get("unk_id")
    return unknown
