"""Backpropagation, node by node: the backward pass of a network of two inputs, two hidden neurons and one output.

Going back from the cost, a neuron's error is what arrived at it times the slope of its activation:

    delta_j = dC/dz_j = arrived_j x f'(z_j)          arrived_j = dC/da_j, the sum of what the neurons downstream passed on
    charge  = dC/dw[i,j] = delta_j * a_i             what neuron j charges its connection from i
    passed on to i       = delta_j * w[i,j]

Nothing here is to be believed: each delta is compared with a measurement. Nudge that z a little up and a little down, run the
rest of the network again, and see how much the cost moves (a finite difference of the cost by its z).
"""

import math
from collections.abc import Sequence

from autograd import Value, draw, explain, explore, topological_order
from autograd.reverse import partials
from examples.console import arguments, heading, save, table
from nn import MLP, draw_network, mse

INPUTS, TARGET = [1.0, -2.0], 1.0


def cost_of(model: MLP, nudged: str = "", by: float = 0.0) -> float:
    """The cost in plain floats, without the engine, where the z of that label is moved by a little."""
    a = INPUTS
    for k, layer in enumerate(model.layers, 1):
        z = [n.b.data + sum(w.data * x for w, x in zip(n.w, a, strict=True)) for n in layer.neurons]
        z = [x + by if nudged == f"L{k}.z[{j}]" else x for j, x in enumerate(z, 1)]
        a = [math.tanh(x) for x in z] if layer.activation == "tanh" else [1.0 / (1.0 + math.exp(-x)) for x in z]
    return (a[0] - TARGET) ** 2


def finite_difference(model: MLP, z: str, step: float = 1e-5) -> float:
    """dC/dz, measured from both sides."""
    return (cost_of(model, z, step) - cost_of(model, z, -step)) / (2 * step)


def neurons_of(cost: Value) -> list[tuple[Value, Value]]:
    """(z, a) of every neuron, from the output back to the first layer, found by the labels that the network gave them."""
    order = [node for node in reversed(topological_order(cost)) if ".a[" in node.label]
    return [(a.parents[0], a) for a in order]


def main(argv: Sequence[str] | None = None) -> None:
    """One backward pass: edge by edge, then neuron by neuron, each error measured."""
    options = arguments(__doc__, argv, seed=(4, "of the random weights"))
    model = MLP(2, [2, 1], "tanh", output="sigmoid", seed=options.seed)
    inputs = [Value(x, f"x[{i}]") for i, x in enumerate(INPUTS, 1)]
    cost = mse(model(inputs), TARGET)
    cost.label = "C"
    cost.backward()
    print(f"inputs {INPUTS}, target {TARGET}, output {model(INPUTS).data:.6f}, cost {cost.data:.6f}")

    heading("Edge by edge: each node hands its operands adjoint x partial")
    print(explain(cost))

    heading("Neuron by neuron: delta = what arrived x slope f'(z)")
    rows: list[tuple[str, float, float, float, float, float]] = []
    for z, a in neurons_of(cost):
        ((_, slope),) = partials(a)
        rows.append((z.label, a.grad, slope, a.grad * slope, z.grad, finite_difference(model, z.label)))
    table(["neuron", "arrived", "x slope", "= delta", "backward() says", "measured"], rows)
    print(f"largest difference to the measurement: {max(abs(row[4] - row[5]) for row in rows):.1e}")

    heading("What arrived at a hidden neuron is what the output passed on")
    (output,) = model.layers[1].neurons
    delta = neurons_of(cost)[0][0].grad
    arrived = {a.label: a.grad for _, a in neurons_of(cost)}
    for i, w in enumerate(output.w, 1):
        passed_on = f"delta x {w.label} = {delta:.6f} x {w.data:.6f} = {delta * w.data:.6f}"
        print(f"{passed_on}   arrived at L1.a[{i}]: {arrived[f'L1.a[{i}]']:.6f}")

    save(draw_network(model, INPUTS, TARGET, mse, mode="backward"), options.out / "backpropagation.svg")
    save(draw(cost), options.out / "backpropagation_graph.svg")
    save(explore(cost), options.out / "backpropagation.html")


if __name__ == "__main__":
    main()
