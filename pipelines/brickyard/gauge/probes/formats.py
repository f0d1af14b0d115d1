"""A trained probe as a file: safetensors, which other programs read as tensors, and ONNX, which runtimes run."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np

from brickyard.gauge.probes.activations import SLOPE
from brickyard.gauge.probes.normalisation import EPSILON
from brickyard.probe import Probe

OPSET, IR_VERSION = 20, 9  # ONNX has Gelu since operator set 20
Tensors = Mapping[str, np.ndarray]


def shapes_of(probe: Probe, inputs: int, outputs: int) -> dict[str, tuple[int, ...]]:
    """Every tensor of a probe's file: its name, layer by layer, and its shape."""
    sizes = (inputs, *probe.widths, outputs)
    shapes: dict[str, tuple[int, ...]] = {}
    for index, (entering, leaving) in enumerate(pairwise(sizes)):
        hidden = index < len(probe.widths)
        names = ["bias"] + ["gain", "shift"] * (hidden and probe.normalisation != "none")
        names += ["mean", "variance"] * (hidden and probe.normalisation == "batch")
        shapes[f"{index}.weight"] = (entering, leaving)
        shapes |= {f"{index}.{name}": (leaving,) for name in names}
    return shapes


def tensors_of(parameters: Any, statistics: Any) -> dict[str, np.ndarray]:
    """A training's parameters and running statistics by the names of `shapes_of`."""
    layers = {f"{index}.{name}": array for index, layer in enumerate(parameters) for name, array in layer.items()}
    running = {
        f"{index}.{name}": array
        for index, pair in enumerate(statistics)
        for name, array in zip(("mean", "variance"), pair, strict=True)
    }
    return layers | running


def parameters_of(tensors: Tensors) -> tuple[tuple[dict[str, np.ndarray], ...], tuple]:
    """The parameters and statistics that these are the tensors of."""
    count = 1 + max(int(name.split(".")[0]) for name in tensors)
    names = ("weight", "bias", "gain", "shift")
    layers = tuple({name: tensors[f"{i}.{name}"] for name in names if f"{i}.{name}" in tensors} for i in range(count))
    return layers, tuple((tensors[f"{i}.mean"], tensors[f"{i}.variance"]) for i in range(count) if f"{i}.mean" in tensors)


def to_safetensors(probe: Probe, tensors: Tensors) -> bytes:
    """The tensors, and in the file's metadata what is needed to run them."""
    from safetensors.numpy import save

    return save(dict(tensors), metadata_of(probe))


def metadata_of(probe: Probe) -> dict[str, str]:
    return {"activation": probe.activation, "normalisation": probe.normalisation}


def from_safetensors(content: bytes) -> dict[str, np.ndarray]:
    from safetensors.numpy import load

    return load(content)


def to_onnx(probe: Probe, tensors: Tensors) -> bytes:
    """A model from `rows` (any number, inputs) to `outputs` (rows, outputs), float32."""
    from onnx import numpy_helper

    return _model(probe, [numpy_helper.from_array(array, name) for name, array in tensors.items()]).SerializeToString()


def from_onnx(content: bytes) -> dict[str, np.ndarray]:
    """The tensors of a model that `to_onnx` wrote."""
    import onnx
    from onnx import numpy_helper

    return {one.name: numpy_helper.to_array(one) for one in onnx.load_from_string(content).graph.initializer}


def empty_onnx(probe: Probe, shapes: Mapping[str, tuple[int, ...]]) -> Any:
    """The model as it would be, without its tensors' values: what its file has besides them."""
    from onnx import TensorProto

    return _model(probe, [TensorProto(name=name, dims=shape, data_type=TensorProto.FLOAT) for name, shape in shapes.items()])


def _model(probe: Probe, initialisers: list) -> Any:
    from onnx import TensorProto, helper

    sizes = {one.name: one.dims for one in initialisers}
    last = len(probe.widths)
    nodes = [node for layer in range(last) for node in _hidden_nodes(probe, layer)]
    nodes.append(helper.make_node("Gemm", [f"hidden{last}" if last else "rows", f"{last}.weight", f"{last}.bias"], ["outputs"]))
    rows = helper.make_tensor_value_info("rows", TensorProto.FLOAT, ["batch", sizes["0.weight"][0]])
    outputs = helper.make_tensor_value_info("outputs", TensorProto.FLOAT, ["batch", sizes[f"{last}.bias"][0]])
    graph = helper.make_graph(nodes, "probe", [rows], [outputs], initialisers)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)


def _hidden_nodes(probe: Probe, layer: int) -> list:
    """From `rows` or `hidden<layer>` to `hidden<layer + 1>`."""
    from onnx import helper

    entering, leaving = f"hidden{layer}" if layer else "rows", f"hidden{layer + 1}"
    nodes = [helper.make_node("Gemm", [entering, f"{layer}.weight", f"{layer}.bias"], [f"sums{layer}"])]
    sums, own = f"sums{layer}", [f"{layer}.gain", f"{layer}.shift"]
    if probe.normalisation == "batch":
        statistics = [f"{layer}.mean", f"{layer}.variance"]
        nodes.append(helper.make_node("BatchNormalization", [sums, *own, *statistics], [f"normal{layer}"], epsilon=EPSILON))
    if probe.normalisation == "layer":
        nodes.append(helper.make_node("LayerNormalization", [sums, *own], [f"normal{layer}"], axis=-1, epsilon=EPSILON))
    return nodes + _activation_nodes(probe.activation, nodes[-1].output[0], leaving)


def _activation_nodes(activation: str, entering: str, leaving: str) -> list:
    from onnx import helper

    if activation == "silu":
        gate = helper.make_node("Sigmoid", [entering], [f"gate_{leaving}"])
        return [gate, helper.make_node("Mul", [entering, f"gate_{leaving}"], [leaving])]
    kind = {"relu": "Relu", "leaky_relu": "LeakyRelu", "gelu": "Gelu", "tanh": "Tanh", "sigmoid": "Sigmoid"}[activation]
    slope: dict[str, Any] = {"alpha": SLOPE} if activation == "leaky_relu" else {}
    return [helper.make_node(kind, [entering], [leaving], **slope)]
