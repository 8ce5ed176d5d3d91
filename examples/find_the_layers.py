"""Scalars in, layers out: the loops that are hidden in the straight line of a network's operations.

A graph of Values knows nothing of layers. A network of 1,000 weights is some 2,000 scalar operations for one row, and as many
again, and more, for the way back. Traced once, it is a program: a straight line of instructions without a single loop. But the
line repeats itself. Every connection does the same to different numbers (multiply, add), and every neuron of a layer does so, too.

Folding reads the line once. Where three groups of instructions in a row have the same shape, and the numbers of their operands
advance by the same stride, they are three turns of a loop; a loop that meets its next turn grows; loops fold into loops by the same
two rules. What comes out is what somebody would have written by hand: for each neuron, for each connection. The layers were never
told, they were found, in the forward pass and in the backward pass as well.

That is what makes a compiled program small: its size grows with the number of different shapes, not with the width of a layer.
"""

from collections.abc import Sequence

from autograd import gradients, trace
from autograd.program import Program
from autograd.program.folding import fold, size
from autograd.program.loops import listing
from autograd.program.passes import optimised
from examples.console import arguments, heading, save, table
from nn import MLP, draw_network, mse


def forward(sizes: list[int]) -> Program:
    """The program of the outputs of a network, for one row of inputs."""
    return optimised(trace(MLP(sizes[0], sizes[1:], "tanh", seed=1).forward, [0.0] * sizes[0]), True)


def backward(sizes: list[int]) -> Program:
    """The program of its cost and of the derivative of the cost by every parameter, in the order of their use."""
    model = MLP(sizes[0], sizes[1:], "tanh", seed=1)
    used = [p for layer in model.layers for n in layer.neurons for p in (n.b, *n.w)]

    def step(x: list[float], y: list[float]) -> list[object]:
        cost = mse(model.forward(x), y)
        return [cost, *gradients(cost, used)]

    return optimised(trace(step, [0.0] * sizes[0], [0.0] * sizes[-1]), True)


def main(argv: Sequence[str] | None = None) -> None:
    options = arguments(__doc__, argv)

    sizes = [3, 8, 8, 2]
    program = forward(sizes)
    heading(f"A network 3-8-8-2, one row: {len(program)} instructions, the first and the last of them")
    lines = str(program).splitlines()[1:-1]
    print("\n".join([*lines[:9], "  ...", *lines[-4:]]))

    terms = fold(program, sizes[0])
    heading(f"The same, folded: {size(terms)} instructions in loops")
    print(listing(terms, program, sizes[0]))
    print(
        "\nFor each neuron j of a layer, for each connection i into it: a product, and a sum that starts at the bias. (b|z is b in"
    )
    print(
        "the first turn and the z of the turn before in all others. `check` tests a number for infinity and NaN.) The last layer is"
    )
    print("no loop over its neurons: there are two, and it takes three turns to make one.")

    heading("Wider layers are more turns, not more code")
    rows = []
    for wide in ([3, 8, 8, 2], [3, 16, 16, 2], [3, 32, 32, 2], [3, 64, 64, 2]):
        there, back = forward(wide), backward(wide)
        row_inputs = wide[0]
        rows.append(
            [
                "-".join(map(str, wide)),
                len(there),
                size(fold(there, row_inputs)),
                len(back),
                size(fold(back, row_inputs + wide[-1])),
            ]
        )
    table(["network", "forward: straight", "folded", "with gradients: straight", "folded"], rows)
    print("\nThe backward pass was never written: it is the trace of the rules in the table of operations. It has loops, too.\n")

    save(draw_network(MLP(sizes[0], sizes[1:], "tanh", seed=1)), options.out / "find_the_layers.svg")


if __name__ == "__main__":
    main()
