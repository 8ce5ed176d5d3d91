"""The forward pass, number by number: five inputs, hidden layers of two and of three neurons, five outputs.

Every neuron does the same two things:

    Z = W x In + ... + Bias      a weighted sum of what it reads, w[i,j] being the weight from i to this neuron j
    a = f(Z)                     its activation

A layer does that for all its neurons at once, which is a product of a matrix with a column: [W] @ [X] + [Bias] = [Z]. Neuron j
is row j; what it reads from i stands in column i. The first hidden layer has two neurons and reads five inputs: ten connections.
"""

from collections.abc import Sequence

from autograd import Value, draw
from examples.console import arguments, heading, save
from nn import MLP, Layer, draw_network, mse

INPUTS = [1.0, 0.5, -1.0, 2.0, 0.0]
TARGETS = [1.0, 0.0, 0.0, 0.0, 0.0]


def forward(layer: Layer, inputs: Sequence[Value]) -> tuple[list[Value], list[Value]]:
    """A layer's pre-activations and activations."""
    z = [neuron.pre_activation(inputs) for neuron in layer.neurons]
    return z, [neuron.activate(value) for neuron, value in zip(layer.neurons, z, strict=True)]


def show_neurons(layer: Layer, inputs: Sequence[Value], z: Sequence[Value], a: Sequence[Value]) -> None:
    """Each neuron's sum, term by term, and its activation."""
    for neuron, z_j, a_j in zip(layer.neurons, z, a, strict=True):
        print(
            f"\n{z_j.label} = {neuron.b.label} + "
            + " + ".join(f"{short(w)}*{short(x)}" for w, x in zip(neuron.w, inputs, strict=True))
        )
        terms = [f"({w.data:.3f})({x.data:.3f})" for w, x in zip(neuron.w, inputs, strict=True)]
        print(f"{'':{len(z_j.label)}} = {neuron.b.data:.3f} + {' + '.join(terms)} = {z_j.data:.6f}")
        print(f"{a_j.label} = {layer.activation}({z_j.label}) = {a_j.data:.6f}")


def show_matrices(layer: Layer, inputs: Sequence[Value], z: Sequence[Value]) -> None:
    """[W] @ [X] + [Bias] = [Z]: above each number, the label that stands in its place."""
    height = max(len(z), len(inputs))
    blocks = [
        block("W", [[*neuron.w] for neuron in layer.neurons], height),
        block("X", [[x] for x in inputs], height),
        block("Bias", [[neuron.b] for neuron in layer.neurons], height),
        block("Z", [[value] for value in z], height),
    ]
    for i, lines in enumerate(zip(*blocks, strict=True)):
        signs = "@+=" if i == 2 else "   "
        print("".join(f"{line} {sign} " for line, sign in zip(lines, f"{signs} ", strict=True)).rstrip())


def block(name: str, matrix: Sequence[Sequence[Value]], height: int) -> list[str]:
    """A matrix as lines of text of the same length: its name, and for each row the labels and under them the numbers."""
    rows = [cells for row in matrix for cells in ([short(v) for v in row], [f"{v.data:.3f}" for v in row])]
    width = max(len(cell) for row in rows for cell in row)
    lines = ["[ " + "  ".join(cell.rjust(width) for cell in row) + " ]" for row in rows]
    lines = [f"[{name}]".center(len(lines[0])), *lines]
    return lines + [" " * len(lines[0])] * (2 * height + 1 - len(lines))


def short(value: Value) -> str:
    """The label without its layer, which the heading names; of an activation with it, since it comes from the layer before."""
    return value.label if ".a[" in value.label else value.label.rpartition(".")[2]


def main(argv: Sequence[str] | None = None) -> None:
    """One row through an untrained network, neuron by neuron and as matrices."""
    options = arguments(__doc__, argv, seed=(1, "of the random weights"))
    model = MLP(5, [2, 3, 5], "tanh", output="sigmoid", seed=options.seed)
    for layer in model.layers:
        for j, neuron in enumerate(layer.neurons, 1):
            neuron.b.data = j / 10  # biases start at 0; these are easier to recognise
    print(model)
    values: Sequence[Value] = [Value(x, f"x[{i}]") for i, x in enumerate(INPUTS, 1)]
    for layer in model.layers:
        heading(f"{layer.name}: {layer.nin} x {layer.nout} = {layer.nin * layer.nout} connections, {layer.activation}")
        z, a = forward(layer, values)
        show_matrices(layer, values, z)
        show_neurons(layer, values, z, a)
        values = a

    heading("Outputs")
    print(", ".join(f"{a.label} = {a.data:.6f}" for a in values))
    print("\nx[5] is 0: whatever its weights are, it adds nothing to any Z. Remember it when blame is handed out.")
    cost = mse(values, TARGETS)
    cost.label = "C"
    save(draw_network(model, INPUTS, mode="forward"), options.out / "forward_pass.svg")
    save(draw(cost), options.out / "forward_pass_graph.svg")


if __name__ == "__main__":
    main()
