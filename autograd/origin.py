"""Where the numbers of a graph come from: is its data still what its operations give, and which pass left its grads?"""

import math
from collections.abc import Iterable, Mapping

from autograd.errors import NoValueError
from autograd.value import Value


class StaleGraphError(NoValueError):
    """A node's data is no longer what its operation gives: a leaf was changed after the forward pass."""


def is_stale(node: Value) -> bool:
    """Whether the node's data is something else than its op gives for its operands as they are now.

    >>> x = Value(2.0)
    >>> y = x * x
    >>> x.data = 3.0
    >>> is_stale(y)
    True
    """
    if not node.parents:
        return False
    assert node.op is not None
    try:
        data = node.op.forward_floats(*(x.data for x in node.parents))
    except (ArithmeticError, ValueError):
        return not math.isnan(node.data)
    return not (data == node.data or (math.isnan(data) and math.isnan(node.data)))


def check_fresh(order: Iterable[Value], names: Mapping[Value, str]) -> None:
    """Raise StaleGraphError at the first node that is stale."""
    node = next((node for node in order if is_stale(node)), None)
    if node is None:
        return
    assert node.op is not None
    leaves = [names[x] for x in dict.fromkeys(node.parents) if x.op is None]
    operands = ", ".join(f"{names[x]} = {x.data!r}" for x in node.parents)
    which = (
        f"its leaf operand{'s are' if len(leaves) > 1 else ' is'} {', '.join(leaves)}"
        if leaves
        else "none of its operands is a leaf"
    )
    raise StaleGraphError(
        f"the graph is stale: {names[node]} = {node.data!r} is no longer {node.op.name}({operands}); {which}. "
        "Data was changed after the forward pass (by an optimizer's step, perhaps): build the cost again, and explain that",
        node.op,
        node.parents,
    )


def has_run(adjoints: Mapping[Value, float], root: Value) -> bool:
    """Whether the grads of the graph are those that the pass with these adjoints leaves."""
    interior = [node for node in adjoints if node.parents]
    return all(node.grad == adjoints[node] for node in interior) if interior else root.grad != 0.0


def carried_by(leaf: Value, adjoint: float, ran: bool) -> float:
    """What `leaf` had before this pass: all of its grad if the pass has not run, else the number c with c + adjoint == grad.

    Many c may fit, since a sum does not remember its summands: 0.0 where that fits, else the one next to grad - adjoint.
    """
    if not ran or leaf.grad == 0.0:
        return leaf.grad
    near = leaf.grad - adjoint
    below, above = math.nextafter(near, -math.inf), math.nextafter(near, math.inf)
    candidates = (0.0, near, below, above, math.nextafter(below, -math.inf), math.nextafter(above, math.inf))
    return next((c for c in candidates if c + adjoint == leaf.grad), leaf.grad)
