"""Embedding inside Spark against the libraries alone: texts per second, and the largest difference of any coordinate."""

from pathlib import Path

import numpy as np

from infra.setup import RUNTIME
from tests.bench.bench import Bench, Entry, alternate, always
from tests.bench.data import data_or_say, mixed_texts, write_texts
from tests.bench.measure import module
from tests.bench.setup import BENCH

CLOSE = 1e-6
"""How far a coordinate may be from the first program's."""


def run(bench: Bench) -> dict | None:
    """None without BRICKYARD_DATA."""
    data = data_or_say("embeddings")
    if data is None:
        return None
    return {"parts": [_onnx(bench, data, "minilm-l6-fp32"), _onnx(bench, data, "minilm-l6-int8"), _static(bench, data)]}


def _onnx(bench: Bench, data: Path, name: str) -> dict:
    loop = "tests.bench.peers.bare_onnx"
    programs = [
        ("bare loop", "ONNX Runtime, batches of 32 in order", RUNTIME, loop, "", "in-order"),
        ("sorted loop", "the same, texts by length", RUNTIME, loop, "", "sorted"),
        ("brickyard", "in Spark", RUNTIME, "tests.bench.ours.embed", "onnx:", ""),
    ]
    # A quantised model gives a text another vector in each batch: there is nothing to be equal to.
    return _compare(bench, data, name, bench.pick(300, 1000, 10_000), programs, CLOSE if "fp32" in name else np.inf)


def _static(bench: Bench, data: Path) -> dict:
    programs = [
        ("model2vec", "its own encode", BENCH, "tests.bench.peers.model2vec_encode", "", ""),
        ("brickyard", "in Spark", RUNTIME, "tests.bench.ours.embed", "static:", ""),
    ]
    return _compare(bench, data, "minilm-static-256", bench.pick(5000, 100_000, 500_000), programs, CLOSE)


def _compare(bench: Bench, data: Path, model: str, count: int, programs: list[tuple], close: float) -> dict:
    home = bench.work / "embeddings" / model
    folder = data / "models" / model
    write_texts(mixed_texts(data, count, folder / "tokenizer.json"), home / "texts.parquet")
    entries = [
        Entry(name, note, always(module(environment, program, f"{prefix}{folder}", home / "texts.parquet",
                                        home / f"{name}.npy", *filter(None, [option]))))
        for name, note, environment, program, prefix, option in programs
    ]  # fmt: skip
    results = alternate(bench, f"embeddings/{model}", entries)
    _judge(results, home, close)
    return {"name": f"{model}, {count:,} texts of mixed length", "results": results}


def _judge(results: list[dict], home: Path, close: float) -> None:
    """The vectors of each program's last run against those of the first program."""
    reference = np.load(home / f"{results[0]['name']}.npy")
    for result in results:
        difference = float(np.abs(np.load(home / f"{result['name']}.npy") - reference).max())
        for run in result["runs"]:
            run["difference"] = difference
            run["accurate"] = "report" in run and difference <= close
