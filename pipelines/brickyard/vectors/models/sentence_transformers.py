"""A model of the sentence-transformers library, an extra that is not installed by default.

Texts are given to it one at a time: what it pads and sorts then cannot matter. It cuts a text off at its own maximum.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa

from brickyard.errors import ConfigError, first_line
from brickyard.text.normalise import normalise
from brickyard.vectors.models.folders import damaged
from brickyard.vectors.pooling import unit_rows

MISSING = (
    "embed.model: sentence-transformers is not installed; pip install 'brickyard[sentence-transformers]' into the"
    " environment of every executor, or use a model as onnx:DIR"
)


def fetch(name: str) -> str:
    """The folder of a model on the hub: the copy in the cache, else a new one. Raises ConfigError if neither can be had."""
    try:
        from huggingface_hub import snapshot_download
    except ImportError as error:
        raise ConfigError(MISSING) from error
    try:
        return str(snapshot_download(name, local_files_only=True))
    except Exception:
        return _download(name, snapshot_download)


def _download(name: str, snapshot_download: Callable) -> str:
    try:
        return str(snapshot_download(name))
    except Exception as error:
        raise ConfigError(
            f"embed.model: sentence-transformers:{name} is no folder, not in the hub's cache, and cannot be fetched:"
            f" {first_line(error)}. Fetch it where there is a network and name its folder"
        ) from error


def refuse_pickles(folder: str) -> None:
    """Raise ConfigError for weights that come as a pickle only: reading one runs whatever code it holds."""
    for pickled in sorted(Path(folder).rglob("pytorch_model*.bin")):
        if not any(pickled.parent.glob("*.safetensors")):
            raise damaged(str(pickled), "it is a pickle, which may hold any code; save the model as safetensors")


def load(folder: str) -> tuple[int, Callable[[pa.Array], np.ndarray]]:
    """The dimension, and the function from texts to vectors. Raises ConfigError if the library or the model is not there."""
    try:
        import torch
        from sentence_transformers import SentenceTransformer
    except ImportError as error:
        raise ConfigError(MISSING) from error
    torch.set_num_threads(1)
    refuse_pickles(folder)
    try:
        model = SentenceTransformer(folder, device="cpu", trust_remote_code=False, model_kwargs={"use_safetensors": True})
        dimension = len(model.encode("trial", show_progress_bar=False))
    except Exception as error:
        raise damaged(folder, error) from error

    def embed(texts: pa.Array) -> np.ndarray:
        normal = [normalise(text or "") for text in texts.to_pylist()]
        vectors = model.encode(normal, batch_size=1, show_progress_bar=False)
        return unit_rows(np.asarray(vectors, np.float32).reshape(len(texts), dimension))

    return dimension, embed
