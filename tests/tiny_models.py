"""Folders with models of a few words, as people bring them; and the real ones that BRICKYARD_DATA holds."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

WORDS = ("[UNK]", "[CLS]", "[SEP]", "red", "green", "blue", "größe", "二", "a", "b", "c")
DIMENSION, POSITIONS = 6, 8

TEXTS = (
    "red green blue", "blue green red", "red", "", "größe 二", "unheard of", "a b c a b c red", "a", "b red b",
    " ".join(["red green", "a b c"] * 7), "green blue red a", "blue", "c b a", "red a", "二 red", "green  \n", "a a a b",
)  # fmt: skip
"""Short and long ones, one without a token, one with unknown words only."""


def tokenizer(special: bool) -> Tokenizer:
    """Words between white space, lower case; `special`: with [CLS] and [SEP] around them and windows of POSITIONS."""
    made = Tokenizer(models.WordLevel({word: place for place, word in enumerate(WORDS)}, unk_token=WORDS[0]))
    made.normalizer, made.pre_tokenizer = normalizers.Lowercase(), pre_tokenizers.WhitespaceSplit()
    if special:
        made.post_processor = processors.TemplateProcessing("[CLS] $A [SEP]", None, [("[CLS]", 1), ("[SEP]", 2)])
        made.enable_truncation(POSITIONS)
        made.enable_padding(length=POSITIONS)
    return made


def table(rows: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(rows, DIMENSION)).astype(np.float32)


def static_folder(folder: Path, **tensors: np.ndarray) -> Path:
    """As model2vec saves it; by default one row of float16 per word."""
    from safetensors.numpy import save_file

    folder.mkdir(parents=True, exist_ok=True)
    save_file({"embeddings": table(len(WORDS)).astype(np.float16)} | tensors, folder / "model.safetensors")
    tokenizer(special=False).save(str(folder / "tokenizer.json"))
    (folder / "config.json").write_text(json.dumps({"normalize": True}))
    return folder


def onnx_folder(folder: Path, quantised: bool = False, rows: int = len(WORDS), positions: int = POSITIONS) -> Path:
    """Token vector = that of the word + that of the position, times a matrix; `quantised`: rounded to 8 bits before that."""
    import onnx
    from onnx import helper as make

    folder.mkdir(parents=True, exist_ok=True)
    tables = {"words": table(rows), "places": table(positions, 2), "matrix": table(DIMENSION, 3)}
    numbers = {"zero": 0, "one": 1}
    nodes = [
        make.make_node("Gather", ["words", "input_ids"], ["of_words"]),
        make.make_node("Shape", ["input_ids"], ["shape"]),
        make.make_node("Gather", ["shape", "one"], ["length"]),
        make.make_node("Range", ["zero", "length", "one"], ["range"]),
        make.make_node("Gather", ["places", "range"], ["of_places"]),
        make.make_node("Add", ["of_words", "of_places"], ["sum"]),
    ]
    if quantised:
        nodes += [
            make.make_node("DynamicQuantizeLinear", ["sum"], ["small", "scale", "middle"]),
            make.make_node("DequantizeLinear", ["small", "scale", "middle"], ["rounded"]),
        ]
    nodes += [
        make.make_node("MatMul", ["rounded" if quantised else "sum", "matrix"], ["product"]),
        make.make_node("Cast", ["attention_mask"], ["mask"], to=1),
        make.make_node("Unsqueeze", ["mask", "last"], ["column"]),
        make.make_node("Mul", ["product", "column"], ["last_hidden_state"]),
    ]
    constants = [onnx.numpy_helper.from_array(value, name) for name, value in tables.items()]
    constants += [onnx.numpy_helper.from_array(np.array(value, np.int64), name) for name, value in numbers.items()]
    constants.append(onnx.numpy_helper.from_array(np.array([-1], np.int64), "last"))
    inputs = [make.make_tensor_value_info(name, 7, ["b", "s"]) for name in ("input_ids", "attention_mask")]
    outputs = [make.make_tensor_value_info("last_hidden_state", 1, ["b", "s", DIMENSION])]
    graph = make.make_graph(nodes, "tiny", inputs, outputs, constants)
    model = make.make_model(graph, opset_imports=[make.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, folder / "model.onnx")
    tokenizer(special=True).save(str(folder / "tokenizer.json"))
    return folder


def real_model(name: str) -> Path:
    """A folder of BRICKYARD_DATA; the test is skipped without it."""
    data = os.environ.get("BRICKYARD_DATA")
    if not data:
        pytest.skip("BRICKYARD_DATA names no folder with models")
    return Path(data) / "models" / name


def real_texts(count: int) -> list[str]:
    """Texts of mixed length from BRICKYARD_DATA: messages, and every tenth time some messages in one."""
    lines = (Path(os.environ["BRICKYARD_DATA"]) / "data/sms_spam/SMSSpamCollection.tsv").read_text().splitlines()
    texts = [line.partition("\t")[2] for line in lines]
    return [" ".join(texts[place : place + 9]) if place % 10 == 0 else texts[place] for place in range(count)]
