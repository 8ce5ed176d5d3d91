"""Derivatives of functions: from a function to the function that answers its gradient, Jacobian or Hessian.

    leaf    a number or a Value inside an argument, which may be a nested list, tuple or dict
    fresh   the node that stands for a leaf while the function runs: derivatives are taken by it

A Value x is given to the function as the fresh node +x, so that the argument is one thing and an x that the function closes
over another: the derivative is by the argument alone. Answers for number leaves are floats, and have no graph. But a
derivative inside of a derivative is a step of the outer one, which must see it: there every answer is a Value.
"""

import functools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from autograd.modes import recording
from autograd.reverse import adjoints, gradients
from autograd.structure import leaves, rebuild
from autograd.value import Value, constant

Function = Callable[..., Any]
Argnums = int | tuple[int, ...]

_kept: ContextVar[bool] = ContextVar("kept", default=False)


@contextmanager
def graphs_kept() -> Iterator[None]:
    """Inside, graphs are built and derivatives answer Values with graphs, for numbers too: something outside reads them."""
    kept, before = _kept.set(True), recording.set(True)
    try:
        yield
    finally:
        recording.reset(before)
        _kept.reset(kept)


def grad(function: Function, argnums: Argnums = 0) -> Function:
    """The function that answers the gradient of `function`, a function of Values that answers one number.

    By the first argument, or by those that `argnums` names: an index, or a tuple of them for a tuple of answers. An argument
    is a number, a Value, or a nested list, tuple or dict of these, and the answer has its structure: floats for numbers, Values
    with graphs for Values. It nests: `grad(grad(f))` is the second derivative. No `grad` of a Value is written.

    A float has no graph: to differentiate the answer further, by a weight that the function closes over, give Values.

    Raises TypeError where `function` answers no single number (`jacobian` takes several) or an argument holds anything else.

    >>> grad(lambda x: x**3)(2.0)
    12.0
    >>> grad(lambda p: p["w"][0] * p["w"][1] + p["b"])({"w": [2.0, 3.0], "b": 1.0})
    {'w': [3.0, 2.0], 'b': 1.0}
    >>> grad(lambda x: x * grad(lambda y: x * y)(1.0))(3.0)
    6.0
    """
    both = value_and_grad(function, argnums)
    return _wraps(function)(lambda *arguments, **keywords: both(*arguments, **keywords)[1])


def value_and_grad(function: Function, argnums: Argnums = 0) -> Function:
    """The function that answers `(value, gradient)`: what `function` answers, and what `grad` does, in one pass.

    The value is a float where all the arguments by which it is differentiated are numbers, and a Value otherwise.

    >>> value_and_grad(lambda x, y: x * y, argnums=(0, 1))(2.0, -3.0)
    (-6.0, (-3.0, 2.0))
    """
    _check(function, argnums)

    @_wraps(function)
    def value_and_gradient(*arguments: Any, **keywords: Any) -> tuple[Any, Any]:
        run = _Run(function, argnums, arguments, keywords)
        root = _single(run.output)
        return run.value(root), run.derivatives(root)

    return value_and_gradient


def jacobian(function: Function, argnums: Argnums = 0) -> Function:
    """The function that answers all derivatives of a `function` that answers several numbers.

    The answer has the structure of what `function` answers, and in place of each number its gradient, which has the structure of
    the argument: for lists, row i, column j is d output i / d argument j. A tuple of `argnums` makes a tuple of Jacobians.

    >>> jacobian(lambda x: [x[0] * x[1], x[0] ** 2])([2.0, 3.0])
    [[3.0, 2.0], [4.0, 0.0]]
    """
    _check(function, argnums)

    @_wraps(function)
    def matrix(*arguments: Any, **keywords: Any) -> Any:
        run = _Run(function, argnums, arguments, keywords)
        rows = [run.derivatives(root) for _, root in leaves(run.output, _ANSWER)]
        if isinstance(argnums, int):
            return rebuild(run.output, rows)
        return tuple(rebuild(run.output, [row[i] for row in rows]) for i in range(len(argnums)))

    return matrix


def hessian(function: Function, argnums: Argnums = 0) -> Function:
    """The function that answers the second derivatives of a `function` that answers one number: the Jacobian of its gradient.

    For a list, row i, column j is d2 output / (d argument i d argument j). A tuple of `argnums` makes a tuple of tuples: [i][j]
    is by the i-th of these arguments and then by the j-th.

    >>> hessian(lambda x: x[0] ** 2 * x[1])([2.0, 3.0])
    [[6.0, 4.0], [4.0, 0.0]]
    """
    _check(function, argnums)
    if isinstance(argnums, int):
        return jacobian(grad(function, argnums), argnums)
    rows = [jacobian(grad(function, i), argnums) for i in argnums]
    return _wraps(function)(lambda *arguments, **keywords: tuple(row(*arguments, **keywords) for row in rows))


class _Run:
    """One run of a function on fresh nodes: its output, and the derivatives of that by them."""

    def __init__(self, function: Function, argnums: Argnums, arguments: Sequence[Any], keywords: dict[str, Any]) -> None:
        self.argnums, indices = argnums, _indices(argnums, len(arguments))
        self.chosen = tuple(arguments[i] for i in indices)
        self.given = [x for i in indices for _, x in leaves(arguments[i], f"argument {i}")]
        self.has_graph = _kept.get() or any(isinstance(x, Value) for x in self.given)
        with graphs_kept():
            self.fresh = [+x if isinstance(x, Value) else Value(x) for x in self.given]
            for x, fresh in zip(self.given, self.fresh, strict=True):
                fresh.label = getattr(x, "label", "")  # for the words of an error
            shown = dict(enumerate(arguments)) | dict(zip(indices, rebuild(self.chosen, self.fresh), strict=True))
            self.output = function(*shown.values(), **keywords)

    def value(self, root: Any) -> Any:
        """What the caller sees of one number of the output."""
        if not self.has_graph:
            return root.data if isinstance(root, Value) else root
        return constant(root) if not isinstance(root, Value) else root if recording.get() else root.detach()

    def derivatives(self, root: Any) -> Any:
        """d root / d leaf, in the structure of the argument, or a tuple of these. A plain number depends on nothing."""
        if not isinstance(root, Value):
            root = constant(root)
        if self.has_graph:
            by_leaf = [
                d if isinstance(x, Value) or _kept.get() else d.data
                for x, d in zip(self.given, gradients(root, self.fresh), strict=True)
            ]
        else:
            by_node = adjoints(root)
            by_leaf = [by_node.get(fresh, 0.0) for fresh in self.fresh]
        parts = rebuild(self.chosen, by_leaf)
        return parts[0] if isinstance(self.argnums, int) else parts


_ANSWER = "what the function answers"


def _single(output: Any) -> Any:
    if output is None or isinstance(output, list | tuple | dict):
        hint = "use jacobian, or choose one of its numbers" if output is not None else "does it end without a return?"
        raise TypeError(
            f"grad needs a function that answers one number, and got the {type(output).__name__} {output!r:.60}: {hint}"
        )
    ((_, root),) = leaves(output, _ANSWER)
    return root


def _indices(argnums: Argnums, count: int) -> list[int]:
    several = argnums if isinstance(argnums, tuple) else (argnums,)
    for i in several:
        if not -count <= i < count:
            raise TypeError(f"there is no argument {i} to differentiate by: {count} were given by position")
    indices = [i % count for i in several]
    if len(set(indices)) < len(indices):
        raise TypeError(f"argnums must name each argument once, and got {argnums!r} for {count} arguments")
    return indices


def _check(function: Function, argnums: Argnums) -> None:
    if not callable(function):
        raise TypeError(f"a function is differentiated, as in grad(f)(x), and got the {type(function).__name__} {function!r:.60}")
    several = argnums if isinstance(argnums, tuple) else (argnums,)
    if not several or not all(type(i) is int for i in several):
        raise TypeError(f"argnums must be the index of an argument or a tuple of indices, and got {argnums!r}")


def _wraps(function: Function) -> Callable[[Function], Function]:
    return functools.wraps(function, updated=())
