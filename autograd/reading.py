"""What can be read off a graph, in numbers: names, data, adjoints, and what each edge carries back.

Everything is asked of one root: the adjoints are its own, whatever other backward passes wrote into `grad` since.
"""

import math

from autograd.errors import OpError
from autograd.ops import CONSTANT
from autograd.origin import is_stale
from autograd.outline import Edge, Node
from autograd.render import short
from autograd.reverse import adjoints, names, partials, topological_order
from autograd.value import Value


class Numbers:
    """The numbers of a picture: names, data, adjoints of its root and contributions; or a line that says why there are none."""

    def __init__(self, root: Value, number_format: str) -> None:
        order = topological_order(root)
        self.root, self.format, self.names, self.problem = root, number_format, names(order), ""
        self.adjoint: dict[Value, float] = {}
        self._carried: dict[Value, list[tuple[float, float]]] = {}
        stale = next((node for node in order if is_stale(node)), None)
        if stale is not None:
            operands = ", ".join(short(self.names[x]) for x in stale.parents)
            self.problem = (
                f"stale: {short(self.names[stale])} is no longer {stale.op}({operands}), because data was changed since; "
                "these are the stored numbers, without derivatives. Compute it again"
            )
        elif root.grad == 0.0:
            self.problem = "backward not run (the grad of the output is 0): no gradients"
        else:
            try:
                self.adjoint = adjoints(root, root.grad)
            except OpError as problem:
                self.problem = f"no gradients: {problem}"

    def carried(self, user: Value, position: int) -> tuple[float, float] | None:
        """The partial of an edge and the contribution that it carries back; None towards a constant, or where there are none."""
        if not self.adjoint or user.parents[position].op is CONSTANT:
            return None
        if user not in self._carried:
            self._carried[user] = [(partial, self.adjoint[user] * partial) for _, partial in partials(user)]
        return self._carried[user][sum(x.op is not CONSTANT for x in user.parents[:position])]

    def total(self, edge: Edge) -> float | None:
        """What an edge carries back: the sum over all of its uses."""
        found = [both[1] for both in (self.carried(*use) for use in edge.uses) if both]
        return math.fsum(found) if found else None

    def write(self, *numbers: float) -> str:
        """One number, or the range of several."""
        low, high = format(min(numbers), self.format), format(max(numbers), self.format)
        return low if low == high else f"{low} … {high}"

    def lines(self, node: Node) -> list[str]:
        """The data and the grad of a node."""
        found = [f"data {self.write(*(v.data for v in node.values))}"]
        if self.adjoint and node.value.op is not CONSTANT:
            found.append(f"grad {self.write(*(self.adjoint[v] for v in node.values))}")
            if not node.value.parents and len(node.values) == 1 and node.value.grad != self.adjoint[node.value]:
                found.append(f".grad {self.write(node.value.grad)}")
        return found


def count(n: int, what: str) -> str:
    """`3 values`, `1 value`, `1,200 values`."""
    return f"{n:,} {what}" + ("" if n == 1 else "s")


def check_format(number_format: str) -> None:
    """Raise ValueError for what format() does not take for floats."""
    try:
        format(1.5, number_format)
    except (TypeError, ValueError):
        raise ValueError(f"number_format must be a format for floats, such as '.4g', and got {number_format!r}") from None
