"""One row through a network, layer by layer, and back: every z and a at hand with what the backward pass left there."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from autograd import Value, adjoints
from autograd.ops import CONSTANT
from autograd.reverse import partials
from nn.layers import MLP, Layer, Neuron, _inputs
from nn.targets import Cost


@dataclass(slots=True)
class LayerPass:
    """One layer on one row: its nodes, and what the backward pass left there."""

    inputs: list[Value]
    zs: list[Value]
    activations: list[Value]
    slopes: list[float] = field(default_factory=list)
    arrivals: list[float] = field(default_factory=list)
    deltas: list[float] = field(default_factory=list)


@dataclass(slots=True)
class Passage:
    """One row through the network and back."""

    cost: float
    layers: list[LayerPass]


def run(network: Sequence[Layer], row: Any, target: Any, cost: Cost, r: int) -> Passage:
    """Forward, layer by layer so that every z and a is at hand, and back; writes no `grad`."""
    try:
        layers, values = [], _inputs(row, network[0].nin, repr(network[0]))
        for layer in network:
            zs = [neuron.pre_activation(values) for neuron in layer.neurons]
            activations = [neuron.activate(z) for neuron, z in zip(layer.neurons, zs, strict=True)]
            layers.append(LayerPass(values, zs, activations))
            values = activations
        total = cost(values[0] if len(values) == 1 else values, target)
        if not isinstance(total, Value) or total.op is CONSTANT:
            raise TypeError(f"cost must answer a Value computed from the outputs, and answered {total!r:.60}")
        adjoint = adjoints(total)
    except (ArithmeticError, ValueError, TypeError) as problem:
        problem.add_note(f"in row {r} of x")
        raise
    for layer_pass in layers:
        layer_pass.arrivals = [adjoint.get(a, 0.0) for a in layer_pass.activations]
        layer_pass.slopes = [slope(a, z) for a, z in zip(layer_pass.activations, layer_pass.zs, strict=True)]
        layer_pass.deltas = [x * s for x, s in zip(layer_pass.arrivals, layer_pass.slopes, strict=True)]
    return Passage(total.data, layers)


def slope(a: Value, z: Value) -> float:
    """da/dz: the partial of the activation's op, or the derivative of what the user's own activation computed."""
    if a is z:
        return 1.0
    edges = partials(a)
    return sum(d for _, d in edges) if all(x is z for x, _ in edges) else adjoints(a).get(z, 0.0)


def layers_of(model: Any) -> list[Layer]:
    """The layers of an MLP, a Layer or a Neuron: what has neurons."""
    if isinstance(model, Neuron):
        single = Layer(model.nin, 1, "linear")
        single.neurons, single.activation = [model], model.activation
        return [single]
    if isinstance(model, Layer):
        return [model]
    if isinstance(model, MLP) and type(model).forward is MLP.forward:
        return model.layers
    raise TypeError(
        f"blame needs neurons in layers: an MLP, a Layer or a Neuron, and got the {type(model).__name__} {model!r:.60}; "
        "autograd.explain(cost) explains the graph of any model"
    )
