"""Which model knows what texts mean: K-means, labelled pairs and planted paraphrases of Banking77, for each model."""

from infra.setup import RUNTIME
from tests.bench.bench import Bench, Entry, alternate, always
from tests.bench.data import data_or_say
from tests.bench.measure import module


def run(bench: Bench) -> dict | None:
    """None without BRICKYARD_DATA."""
    data = data_or_say("vectors")
    if data is None:
        return None
    settings = {
        "hashed": "hashed",
        "word2vec": "word2vec",
        "static": f"static:{data}/models/minilm-static-256",
        "onnx int8": f"onnx:{data}/models/minilm-l6-int8",
        "onnx fp32": f"onnx:{data}/models/minilm-l6-fp32",
    }
    entries = [
        Entry(name, "", always(module(RUNTIME, "tests.bench.ours.vector_quality", one))) for name, one in settings.items()
    ]
    return {"results": alternate(bench, "vectors", entries)}
