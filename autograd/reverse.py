"""Reverse-mode differentiation: from one output back to everything it was computed from.

The chain rule, edge by edge. Each node hands every operand its *contribution*, the node's adjoint times the partial of its op
by that operand; the contributions into a node sum to its own adjoint, d output / d node. That works if a node passes its
adjoint on only after it has received all of it: operands before the nodes that use them, read backward.
"""

from collections.abc import Iterable, Sequence
from threading import Lock
from typing import Any

from autograd.errors import DerivativeError, OpError, OverflowedError, nan_allowed, number
from autograd.ops import CONSTANT
from autograd.value import Value, constant

_writing_grads = Lock()


def topological_order(*roots: Value) -> list[Value]:
    """Every node that `roots` depend on, each once, operands before the nodes that use them; the first operand first.

    Depth first with a stack of our own, since a chain of a million operations is deeper than Python may recurse.

    >>> x = Value(2.0, "x")
    >>> [node.label or node.op for node in topological_order(x * x + x)]
    ['x', mul, add]
    """
    for root in roots:
        if not isinstance(root, Value):
            raise TypeError(f"a graph starts at a Value, and got the {type(root).__name__} {root!r:.60}")
    return depth_first(roots, set())


def depth_first(roots: Sequence[Value], seen: set[Value]) -> list[Value]:
    """The topological order without the nodes in `seen`, which gains all that are in it now."""
    order: list[Value] = []
    stack: list[Any] = list(roots[::-1])
    pop, push, seen_now = stack.pop, stack.append, seen.add
    while stack:
        node = pop()
        if node is None:  # left there when the node under it was met: by now all its operands are in the order
            order.append(pop())
        elif node not in seen:
            seen_now(node)
            if node.parents:
                push(node)
                push(None)
                for x in node.parents[::-1]:
                    if x not in seen:
                        push(x)
            else:
                order.append(node)
    return order


def names(order: Iterable[Value]) -> dict[Value, str]:
    """How each node is called: its label, a constant's number, and otherwise v1, v2, ... in topological order."""
    called: dict[Value, str] = {}
    unlabelled = 0
    for node in order:
        if node.label or node.op is CONSTANT:
            called[node] = node.label or (f"{node.data:g}" if node._eager else "traced")
        else:
            unlabelled += 1
            called[node] = f"v{unlabelled}"
    return called


def partials(node: Value) -> list[tuple[Value, float]]:
    """Each operand of `node` that is no constant, with the partial derivative of the node by it; x * x has x twice.

    Reads the operands' `data` as they are now.
    """
    if node.op is None or not node.parents:
        return []
    data = [x.data for x in node.parents]
    rules = zip(node.parents, node.op.partials_floats, strict=True)
    return [(x, rule(*data, node.data)) for x, rule in rules if x.op is not CONSTANT]


def _sweep(order: list[Value], gradient: float) -> dict[Value, float]:
    """The backward pass from the last node of `order`: sets every interior `grad`, and answers the adjoints of the leaves.

    All the time of a backward pass is spent here, so the case of two operands is written out.
    """
    leaves: dict[Value, float] = {}
    for node in order:
        if node.parents:
            node.grad = 0.0
        elif node.op is None:
            leaves[node] = 0.0
    root = order[-1]
    if root.parents:
        root.grad += gradient
    else:
        leaves[root] = 0.0 + gradient
    try:
        for node in reversed(order):
            if not node.parents:
                continue
            out: float = node.grad
            if len(node.parents) == 2:
                x, y = node.parents
                by_x, by_y = node.op.partials_floats  # type: ignore[union-attr]  # a node with parents has an op
                if x.op is not CONSTANT:
                    contribution = out * by_x(x.data, y.data, node.data)
                    if contribution - contribution != 0.0:
                        _not_finite(node, order, by_x(x.data, y.data, node.data))
                    if x.parents:
                        x.grad += contribution
                    else:
                        leaves[x] += contribution
                if y.op is not CONSTANT:
                    contribution = out * by_y(x.data, y.data, node.data)
                    if contribution - contribution != 0.0:
                        _not_finite(node, order, by_y(x.data, y.data, node.data))
                    if y.parents:
                        y.grad += contribution
                    else:
                        leaves[y] += contribution
            else:
                for x, partial in partials(node):
                    contribution = out * partial
                    if contribution - contribution != 0.0:
                        _not_finite(node, order, partial)
                    if x.parents:
                        x.grad += contribution
                    else:
                        leaves[x] += contribution
    except (ArithmeticError, ValueError) as cause:
        if isinstance(cause, OpError) and cause.operands is node.parents:
            raise
        raise _no_derivative(node, order) from cause
    for leaf, adjoint in leaves.items():
        if adjoint - adjoint != 0.0 and not nan_allowed():
            raise OverflowedError(f"the sum of what {names(order)[leaf]} receives overflows", leaf.op, leaf.parents)
    return leaves


def _not_finite(node: Value, order: list[Value], partial: float) -> None:
    """A contribution is not finite: an error that names the node, unless `allow_nan()` allows it."""
    if not nan_allowed():
        if partial - partial != 0.0:
            raise _no_derivative(node, order)
        raise OverflowedError(f"what {_at(node, order)} hands back overflows: {node.grad!r} * {partial!r}", node.op, node.parents)


def _no_derivative(node: Value, order: list[Value]) -> DerivativeError:
    return DerivativeError(f"the derivative at {_at(node, order)} is not a finite number", node.op, node.parents)


def _at(node: Value, order: list[Value]) -> str:
    return f"{names(order)[node]} = {node.op.at_operands(node.parents)}"  # type: ignore[union-attr]  # only nodes with an op fail


def adjoints(root: Value, gradient: float = 1.0) -> dict[Value, float]:
    """The adjoint, d root / d node times `gradient`, of every node in topological order. Every `grad` stays as it was.

    >>> x = Value(3.0)
    >>> adjoints(x * x)[x], x.grad
    (6.0, 0.0)
    """
    order = topological_order(root)
    grads = [node.grad for node in order]
    try:
        leaves = _sweep(order, gradient)
        return {node: leaves.get(node, 0.0) if not node.parents else node.grad for node in order}
    finally:
        for node, grad in zip(order, grads, strict=True):
            if node.parents:
                node.grad = grad


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
    order = topological_order(root)
    try:
        leaves = _sweep(order, gradient)
    except BaseException:
        for node in order:
            node.grad = 0.0 if node.parents else node.grad
        raise
    with _writing_grads:
        before = [leaf.grad for leaf in leaves]
        try:
            for leaf, adjoint in leaves.items():
                leaf.grad += adjoint
                if leaf.grad - leaf.grad != 0.0 and not nan_allowed():
                    raise OverflowedError(f"the grad of {leaf!r} overflows by adding {adjoint!r} to what it carried")
        except BaseException:
            for leaf, grad in zip(leaves, before, strict=True):
                leaf.grad = grad
            raise


Value.backward = backward  # type: ignore[method-assign, assignment]  # a method of Value, written here so that value.py knows no derivative


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
            # a constant as its number, so that what a rule makes of constants is one
            operands = [x.data if x.op is CONSTANT and x._eager else x for x in node.parents]
            for x, rule in zip(node.parents, node.op.partials, strict=True):
                if x in wanted and x.op is not CONSTANT and rule is not None:
                    try:
                        partial = _finite(rule(*operands, node))
                    except (ArithmeticError, ValueError) as cause:
                        raise _no_derivative(node, order) from cause
                    try:
                        adjoint[x] = _finite(adjoint.get(x, 0.0) + _product(adjoint[node], partial))
                    except OverflowError as cause:
                        message = f"what {_at(node, order)} hands back overflows, or the sum of what its operand receives"
                        raise OverflowedError(message, node.op, node.parents) from cause
    found = [adjoint.get(x, 0.0) for x in leaves]
    return [x if isinstance(x, Value) else constant(x) for x in found]


def _finite(x: Any) -> Any:
    """A Value, which is finite, or a float that must be."""
    if type(x) is float and x - x != 0.0 and not nan_allowed():
        raise OverflowError
    return x


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
