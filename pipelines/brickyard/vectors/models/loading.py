"""From a model as data to the function that embeds: loaded once in each process, and kept."""

import functools
from collections.abc import Callable

import numpy as np
import pyarrow as pa

from brickyard.errors import ConfigError
from brickyard.vectors.models import columns, hashed, onnx, sentence_transformers, static, word2vec
from brickyard.vectors.models.folders import IN_FOLDERS, folder_digest, locate, split_setting
from brickyard.vectors.models.model import VectorModel

Embedder = Callable[[pa.Array], np.ndarray]
"""A batch (texts; for `columns` lists of numbers) to a float32 matrix: a unit vector, or zeros, for each."""

_FROM_FOLDER = {"static": static.load, "onnx": onnx.load, "sentence-transformers": sentence_transformers.load}
_FROM_PARAMETERS = {"hashed": hashed.load, "word2vec": word2vec.load, "columns": columns.load}

_loaded: dict[str, Embedder] = {}


def embedder_of(model: VectorModel) -> Embedder:
    """The function that embeds with a model. A process keeps the last one: a worker runs many tasks with one model."""
    if model.name not in _loaded:
        _loaded.clear()
        _loaded[model.name] = _load(model)
    return _loaded[model.name]


def _load(model: VectorModel) -> Embedder:
    if model.kind in _FROM_PARAMETERS:
        return _FROM_PARAMETERS[model.kind](model)
    if folder_digest(model.folder) != model.digest:
        raise ConfigError(f"embed.model: {model.folder} is another here than where the run was started")
    return _FROM_FOLDER[model.kind](model.folder)[1]


def model_in_folder(setting: str, dimension: int | None = None) -> VectorModel | None:
    """The model that `embed.model` names by a folder, tried out; None for kinds that are fitted.

    Raises ConfigError if it is missing or damaged, or of another `dimension` than is stated.
    """
    kind, _ = split_setting(setting)
    if kind not in IN_FOLDERS:
        return None
    folder = locate(setting)
    model = _try(kind, folder, folder_digest(folder))
    if dimension not in (None, model.dimension):
        raise ConfigError(
            f"embed.dimension = {dimension}, but the vectors of {setting} have {model.dimension}; leave it out: it is for"
            " models that are fitted here"
        )
    return model


@functools.lru_cache(4)
def _try(kind: str, folder: str, digest: str) -> VectorModel:
    """Loaded once in the driver and forgotten."""
    dimension, _ = _FROM_FOLDER[kind](folder)
    return VectorModel(kind, dimension, digest, folder=folder)
