"""What a model is as plain data: what goes to the tasks, and into `vector_models`."""

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True)
class VectorModel:
    """What vectors depend on besides their texts. `parameters` are what a fit found; a folder's content is in its files."""

    kind: str  # hashed, word2vec, columns: fitted; static, onnx, sentence-transformers: in a folder
    dimension: int
    digest: str  # SHA-256 of the parameters and the number of documents, or of the folder's content
    documents: int = 0  # on which it was fitted
    parameters: bytes = b""
    folder: str = ""

    @property
    def name(self) -> str:
        """Kind, dimension and digest."""
        return f"{self.kind}-{self.dimension}-{self.digest[:12]}"


def fitted(kind: str, dimension: int, documents: int, parameters: bytes) -> VectorModel:
    """A model named for its parameters."""
    digest = hashlib.sha256(parameters + documents.to_bytes(8, "little")).hexdigest()
    return VectorModel(kind, dimension, digest, documents, parameters)
