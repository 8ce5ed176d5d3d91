"""Reverse-mode differentiation: from one output back to everything it was computed from.

The chain rule, edge by edge. Each node hands every operand its *contribution*, the node's adjoint times the partial of its op
by that operand; the contributions into a node sum to its own adjoint, d output / d node. That works if a node passes its
adjoint on only after it has received all of it: operands before the nodes that use them, read backward.
"""

from collections.abc import Callable, Iterable, Sequence
from threading import Lock
from typing import Any

from autograd.ops import CONSTANT, DerivativeError, OverflowedError, nan_allowed, number
from autograd.value import Value, constant

_writing_grads = Lock()


def topological_order(*roots: Value) -> list[Value]:
    """Every node that `roots` depend on, each once, operands before the nodes that use them; the first operand first.

    Depth first with a stack of our own, since a chain of a million operations is deeper than Python may recurse.

    >>> x = Value(2.0, "x")
    >>> [node.label or node.op for node in topological_order(x * x + x)]
    ['x', mul, add]
    """
    order: list[Value] = []
    seen: set[Value] = set()
    stack: list[Any] = list(roots[::-1])
    while stack:
        node = stack.pop()
        if node is None:  # left there when the node under it was met: all its operands are in the order by now
            order.append(stack.pop())
        elif node not in seen:
            seen.add(node)
            if node.parents:
                stack += (node, None, *node.parents[::-1])
            else:
                order.append(node)
    return order


def names(order: Iterable[Value]) -> dict[Value, str]:
    """How each node is called: its label, a constant's number, and otherwise v1, v2, ... in topological order."""
    called: dict[Value, str] = {}
    unlabelled = 0
    for node in order:
        if node.label or node.op is CONSTANT:
            called[node] = node.label or f"{node.data:g}"
        else:
            unlabelled += 1
            called[node] = f"v{unlabelled}"
    return called


def partials(node: Value) -> Sequence[tuple[Value, float]]:
    """Each operand of `node` that is no constant, with the partial derivative of the node by it; x * x has x twice.

    Reads the operands' `data` as they are now.
    """
    rules: Sequence[Callable[..., float]] = node.op.partials_floats  # type: ignore[union-attr]  # nodes with parents have an op
    if len(rules) == 2:  # these two cases are the loop at the end, unrolled: they are where a backward pass spends its time
        x, y = node.parents
        if y.op is CONSTANT:
            return ((x, rules[0](x.data, y.data, node.data)),)
        if x.op is not CONSTANT:
            return (x, rules[0](x.data, y.data, node.data)), (y, rules[1](x.data, y.data, node.data))
    data = [x.data for x in node.parents]
    return [(x, rule(*data, node.data)) for x, rule in zip(node.parents, rules, strict=True) if x.op is not CONSTANT]


def adjoints(root: Value, gradient: float = 1.0) -> dict[Value, float]:
    """The adjoint, d root / d node times `gradient`, of every node, in topological order. Writes nothing to the graph."""
    order = topological_order(root)
    adjoint = dict.fromkeys(order, 0.0)
    adjoint[root] = gradient
    for node in reversed(order):
        if node.parents:
            out = adjoint[node]
            try:
                for x, partial in partials(node):
                    contribution = out * partial
                    if contribution - contribution != 0.0:
                        _check(node, order, out, partial)
                    adjoint[x] += contribution
            except (ArithmeticError, ValueError) as cause:
                if isinstance(cause, DerivativeError | OverflowedError):
                    raise
                _check(node, order, out, cause)
    return adjoint


def _check(node: Value, order: list[Value], adjoint: float, partial: "float | Exception") -> None:
    """A contribution is not finite: an error that names the node, unless `allow_nan()` allows it."""
    if nan_allowed():
        return
    assert node.op is not None
    at = f"{node.op.at_operands(node.parents)}, the node {names(order)[node]}"
    if isinstance(partial, Exception) or partial - partial != 0.0:
        why = f"the derivative of {at}, is not a finite number there"
        raise DerivativeError(why, node.op, node.parents) from (partial if isinstance(partial, Exception) else None)
    raise OverflowedError(f"what {at}, hands back overflows: {adjoint!r} * {partial!r}", node.op, node.parents)


def backward(root: Value, gradient: float = 1.0) -> None:
    """Fill in `grad`, d root / d node times `gradient`, on every node that this Value was computed from.

    Interior nodes get the adjoint of this pass. Leaves add it to what they carry from earlier passes, as in PyTorch, until
    `zero_grad`; inputs do so like weights. Constants have none. Operands' `data` are read as they are now: change a weight
    after the forward pass, and the derivatives are those of neither.

    All is computed first and added then, so a pass that fails or is interrupted leaves every leaf's grad as it was, and
    threads that share leaves lose nothing. Raises DerivativeError at a node that has no finite derivative (sqrt at 0),
    OverflowedError where a product is too large for a float, both with the node's name.

    >>> x = Value(3.0)
    >>> (x * x).backward()
    >>> x.grad
    6.0
    """
    gradient = number(gradient, "gradient")
    if gradient - gradient != 0.0 and not nan_allowed():
        raise DerivativeError(f"gradient must be finite, and got {gradient}")
    if root.op is CONSTANT:
        raise ValueError(f"{root!r} is a constant (made under no_grad() or by detach()): there is no graph to go back through")
    adjoint = adjoints(root, gradient)
    with _writing_grads:
        leaves = [node for node in adjoint if node.op is None]
        before = [leaf.grad for leaf in leaves]
        try:
            for node, total in adjoint.items():
                if node.parents:
                    node.grad = total
                elif node.op is None:
                    node.grad += total
        except BaseException:
            for leaf, grad in zip(leaves, before, strict=True):
                leaf.grad = grad
            raise


Value.backward = backward  # type: ignore[method-assign]  # a method of Value, written here so that value.py knows no derivative


def gradients(root: Value, leaves: Sequence[Value]) -> list[Value]:
    """d root / d leaf for each of `leaves`, as Values that have graphs of their own: derivatives of any order.

    The same sweep as `adjoints`, with the rules read with Values, so every partial becomes nodes. `leaves` may be any nodes;
    the derivative by what `root` does not depend on is 0. Writes no `grad`.

    >>> x = Value(2.0)
    >>> (slope,) = gradients(x**3, [x])
    >>> (curvature,) = gradients(slope, [x])
    >>> slope.data, curvature.data
    (12.0, 12.0)
    """
    if isinstance(leaves, Value):
        raise TypeError("leaves must be a list of Values; for a single one write [x]")
    for x in leaves:
        if not isinstance(x, Value) or x.op is CONSTANT:
            raise TypeError(f"leaves must be Values that are no constants, and got {x!r:.60}")
    order = topological_order(root)
    wanted = set(leaves)
    for node in order:
        if not wanted.isdisjoint(node.parents):
            wanted.add(node)
    adjoint: dict[Value, Any] = {root: 1.0}
    for node in reversed(order):
        if node in wanted and node.parents:
            assert node.op is not None
            for x, rule in zip(node.parents, node.op.partials, strict=True):
                if x in wanted and x.op is not CONSTANT and rule is not None:
                    try:
                        contribution = _product(adjoint[node], rule(*node.parents, node))
                    except (ArithmeticError, ValueError) as cause:
                        _check(node, order, 0.0, cause)
                        raise
                    adjoint[x] = adjoint.get(x, 0.0) + contribution
    found = [adjoint.get(x, 0.0) for x in leaves]
    return [x if isinstance(x, Value) else constant(x) for x in found]


def _product(adjoint: Any, partial: Any) -> Any:
    """Their product, without a node for a factor of exactly 1, which changes no bit."""
    if type(adjoint) is float and adjoint == 1.0:
        return partial
    return adjoint if type(partial) is float and partial == 1.0 else adjoint * partial


def count(root: Value) -> tuple[int, int]:
    """How many nodes and edges the graph of `root` has; x * x has two edges, constants count.

    >>> x = Value(2.0)
    >>> count(x * x)
    (2, 2)
    """
    order = topological_order(root)
    return len(order), sum(len(node.parents) for node in order)
