"""Why does backward() sort the graph first? The question that is asked most often about micrograd.

    a = 1;  b = a + a;  c = b + b         so c = 4 a, and dc/da = 4

The chain rule is local: a node hands each operand its own grad times the local derivative. It looks as if recursion would do:
hand over, and go on into the operand at once. But then a node hands over before it has received everything itself. Here b hands
its first 1 to a, then receives the rest, and hands over *all it has* again: the first 1 is charged twice.

In reverse topological order a node's turn comes when everything that uses it has had its turn. Each edge is walked once.
"""

from collections.abc import Sequence

from autograd import Value, count, draw, label
from autograd.reverse import partials, topological_order
from examples.console import arguments, heading, save, table


def build() -> tuple[Value, Value, Value]:
    """a, b and c as above."""
    a = Value(1.0)
    b = a + a
    c = b + b
    label(a=a, b=b, c=c)
    return a, b, c


def charge(node: Value, operand: Value, partial: float, trace: list[list[str]]) -> None:
    """What one edge does: the operand receives grad times partial. Noted in `trace`."""
    before = operand.grad
    operand.grad += node.grad * partial
    trace.append([f"{node.label} -> {operand.label}", f"{before:g} + {node.grad:g}*{partial:g}", f"{operand.grad:g}"])


def naive_backward(node: Value, trace: list[list[str]]) -> None:
    """WRONG: charges an operand and goes on into it at once."""
    for operand, partial in partials(node):
        charge(node, operand, partial, trace)
        naive_backward(operand, trace)


def ordered_backward(root: Value, trace: list[list[str]]) -> None:
    """Right: operands before the nodes that use them, read backward."""
    for node in reversed(topological_order(root)):
        for operand, partial in partials(node):
            charge(node, operand, partial, trace)


def paths(root: Value, leaf: Value) -> int:
    """How many ways lead from root to leaf: what a recursion that is made right would walk, one by one."""
    ways = {root: 1}
    for node in reversed(topological_order(root)):
        for operand, _ in partials(node):
            ways[operand] = ways.get(operand, 0) + ways[node]
    return ways[leaf]


def main(argv: Sequence[str] | None = None) -> None:
    """Both ways on the same three lines, edge by edge."""
    options = arguments(__doc__, argv)
    print("a = 1; b = a + a; c = b + b      c = 4 a, so dc/da = 4")
    for title, walk in (("Naive recursion", naive_backward), ("Reverse topological order", ordered_backward)):
        heading(title)
        a, _, c = build()
        c.grad = 1.0
        trace: list[list[str]] = []
        walk(c, trace)
        table(["edge", "the operand's grad", "becomes"], trace)
        verdict = "right" if a.grad == 4.0 else f"WRONG: b passed {a.grad - 4.0:g} on to a a second time"
        print(f"dc/da = {a.grad:g}   {verdict}")

    heading("The engine")
    a, _, c = build()
    c.backward()
    print(f"c.backward() gives dc/da = {a.grad:g}")

    heading("Could recursion hand over only what is new?")
    a = c = Value(1.0)
    for _ in range(30):
        c = c + c
    print(f"Yes, and it would be right, walking every path on its own. With 30 doublings instead of 2 there are {paths(c, a):,}")
    print(f"paths, and {count(c)[1]} edges. The order is what makes a backward pass as cheap as a forward pass.")

    a, _, c = build()
    c.backward()
    save(draw(c), options.out / "why_order.svg")


if __name__ == "__main__":
    main()
