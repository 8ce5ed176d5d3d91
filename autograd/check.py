"""Derivatives against finite differences: `gradcheck` for a function, and `define` for a reader's own row of the table.

Homework against the expected graph, `same` and `compare`, is in `autograd.same`, and offered here too.

The oracle knows nothing of derivatives. It is the symmetric difference (f(x+h) - f(x-h)) / 2h for a falling h, extrapolated to
h = 0, with an estimate of its own error: C. J. F. Ridders, Accurate computation of F'(x) and F'(x) F''(x), Advances in
Engineering Software 4 (1982); Press et al., Numerical Recipes, 3rd edition, section 5.7.
"""

import keyword
import math
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from autograd.errors import number
from autograd.functional import grad, graphs_kept
from autograd.ops import CONSTANT, TABLE, Op, Point
from autograd.reverse import adjoints
from autograd.same import Comparison, SideBySide, compare, same
from autograd.structure import leaves, rebuild
from autograd.value import Value, install

__all__ = ["Comparison", "GradcheckError", "SideBySide", "compare", "define", "gradcheck", "same"]

_EPSILON = sys.float_info.epsilon


class GradcheckError(AssertionError):
    """A derivative is not what finite differences say, or they cannot say."""


def gradcheck(function: Callable[..., Any], *arguments: Any, tolerance: float = 1e-6) -> bool:
    """True where the derivatives of `function` by every number in `arguments` agree with finite differences.

    `function` takes Values and answers a number or several; arguments and answer may be nested lists, tuples and dicts. A Value
    in the arguments is varied in place and set back, so the function may also use it from a closure, as a model does its
    weights: `gradcheck(lambda *_: cost(), *model.parameters())`. No `grad` is written.

    They agree where they differ by no more than `tolerance` times the larger of the two, and the error of the difference itself.
    Otherwise GradcheckError names the input, both numbers and the tolerance.

    >>> gradcheck(lambda x, y: (x * y).tanh(), 0.3, -0.5)
    True
    >>> gradcheck(lambda x: x.detach() * x, 3.0)
    Traceback (most recent call last):
    autograd.check.GradcheckError: the derivative by argument 0 = 3.0 is 3.0, but finite differences say 6.0 ...
    """
    if not callable(function):
        raise TypeError(f"gradcheck takes a function and its arguments, and got the {type(function).__name__} {function!r:.60}")
    tolerance = number(tolerance, "tolerance")
    if not 0.0 < tolerance < 1.0:
        raise ValueError(f"tolerance must be between 0 and 1, and got {tolerance}")
    inputs = [(path, _varied(x)) for i, given in enumerate(arguments) for path, x in leaves(given, f"argument {i}")]
    if not inputs:
        raise ValueError("gradcheck needs a number to differentiate by: write it behind the function")
    shown = rebuild(arguments, [x for _, x in inputs])

    def run() -> list[tuple[str, Any]]:
        with graphs_kept():
            return leaves(function(*shown), "answer")

    outputs = run()
    by_node = [adjoints(root) if isinstance(root, Value) else {} for _, root in outputs]
    for path, x in inputs:
        outputs_at = _moving(x, run)
        for i, (answer, _) in enumerate(outputs):
            what = f"the derivative{f' of {answer}' if len(outputs) > 1 else ''} by {path}{f', {x.label},' if x.label else ''}"
            _compare(f"{what} = {x.data!r}", by_node[i].get(x, 0.0), _output(i, outputs_at), x.data, tolerance)
    return True


def _varied(x: Any) -> Value:
    """The leaf that is varied: a Value itself, a new one for a number or a constant."""
    return x if isinstance(x, Value) and x.op is not CONSTANT else Value(getattr(x, "data", x), getattr(x, "label", ""))


def _moving(x: Value, run: Callable[[], list[tuple[str, Any]]]) -> Callable[[float], list[float]]:
    """All outputs as a function of the one input `x`; each place is computed once, however many outputs ask for it."""
    known: dict[float, list[float]] = {}

    def outputs(at: float) -> list[float]:
        if at not in known:
            before, x.data = x.data, at
            try:
                known[at] = [getattr(root, "data", root) for _, root in run()]
            finally:
                x.data = before
        return known[at]

    return outputs


def _output(i: int, outputs_at: Callable[[float], list[float]]) -> Callable[[float], float]:
    return lambda at: outputs_at(at)[i]


def _compare(what: str, derivative: float, f: Callable[[float], float], x: float, tolerance: float) -> None:
    expected, error, steepest = difference(f, x, tolerance / 100)
    larger = max(abs(derivative), abs(expected))
    if not error <= tolerance * max(larger, steepest, 1.0):
        raise GradcheckError(
            f"{what} is {derivative!r}, and finite differences cannot say to the tolerance {tolerance:g}: the best is {expected!r},"
            f" give or take {error:.1g}. The function is not defined around here, not smooth, or much larger than its slope"
        )
    if not abs(derivative - expected) <= tolerance * larger + error:
        raise GradcheckError(
            f"{what} is {derivative!r}, but finite differences say {expected!r} (tolerance {tolerance:g}){_kink(f, x)}"
        )


def difference(f: Callable[[float], float], x: float, precision: float = 1e-10) -> tuple[float, float, float]:
    """f'(x) by Ridders' method, an estimate of its error, and the steepest secant from x that was met on the way.

    It stops at an error of `precision`, relative to f'(x), or where rounding lets it become no smaller. Where f has no value
    (ArithmeticError, ValueError) the step is made smaller. Without any result: `(nan, inf, 0.0)`.

    >>> slope, error, _ = difference(math.exp, 0.0)
    >>> abs(slope - 1.0) < error < 1e-9
    True
    """
    row: list[float] = []
    best, least, steepest, middle = math.nan, math.inf, 0.0, f(x)
    largest = abs(middle)
    h = max(abs(x), 1.0) * 0.11  # no power of 1/2, which would meet every zero of sin(16 pi x)
    while x + h != x and h > 1e-300:
        try:
            up, down = f(x + h), f(x - h)
        except (ArithmeticError, ValueError):
            row, h = [], h / 2
            continue
        rise = max(abs(up - middle), abs(middle - down)) / h
        largest, steepest = max(largest, abs(up), abs(down)), max(steepest, rise)
        rounding = 4 * (_EPSILON * largest / h + _EPSILON * rise * (1.0 + abs(x / h))) + 5e-324 / h  # of f, and of x + h
        finer = [(up - down) / ((x + h) - (x - h))]
        for order, coarse in enumerate(row[:8], start=1):  # each column cancels one more even power of h
            finer.append(finer[-1] + (finer[-1] - coarse) / (4**order - 1))
            error = 10 * (max(abs(finer[-1] - finer[-2]), abs(finer[-1] - coarse)) + rounding)
            if error < least:
                best, least = finer[-1], error
        if least <= precision * abs(best) or least < rounding < math.inf:
            break
        row, h = finer, h / 2
    return best, least, steepest


def _kink(f: Callable[[float], float], x: float) -> str:
    """Words for a slope from the left that is not the slope from the right, and does not come nearer to it."""
    far, near = (max(abs(x), 1.0) * 2.0**-n for n in (16, 20))
    with suppress(ArithmeticError, ValueError):
        left, right = ((f(x) - f(x - near)) / near, (f(x + near) - f(x)) / near)
        jump = abs((f(x + far) - 2 * f(x) + f(x - far)) / far)
        if abs(right - left) > max(0.5 * jump, 1e-3 * abs(left), 1e-3 * abs(right)):
            return f"; there is a kink: {left:.4g} from the left, {right:.4g} from the right. Check at another point"
    return ""


def define(
    name: str,
    symbol: str,
    forward: Callable[..., Any],
    *partials: Callable[..., Any] | None,
    at: Sequence[float | Point] = (),
    needs: str = "",
) -> Op:
    """Add an operation of your own to the table: it is then a method of Value like any other, and drawn and explained like them.

    `forward(x, ...)` answers a float for floats. Each of `partials(x, ..., out)`, one per operand, answers d out / d operand, for
    floats and for Values alike (`autograd.exp`, not `math.exp`), so that there are derivatives of any order. A partial is None
    for an operand that is a condition. `at` are points, a number or a tuple of one per operand, at which first and second
    derivatives are checked by `gradcheck`; a row that fails is not added. `needs` tells in an error what the operands must satisfy.

    Answers the row, which applies to numbers and Values. A row defined in `__main__` may be defined there again, as a notebook's
    cell is. Raises ValueError, TypeError or GradcheckError, and says what would be right.

    >>> import autograd
    >>> erf = define("erf", "erf", math.erf, lambda x, out: 2 / math.sqrt(math.pi) * autograd.exp(-x * x), at=[-1.0, 0.0, 0.5])
    >>> x = Value(0.0)
    >>> x.erf().backward()
    >>> round(x.grad, 6)
    1.128379
    >>> define("cube", "cube", lambda x: x * x * x, lambda x, out: 2 * x * x, at=[2.0])
    Traceback (most recent call last):
    autograd.check.GradcheckError: cube at (2.0,): the derivative by argument 0 = 2.0 is 8.0, but finite differences say 12.0 ...
    >>> del autograd.ops.TABLE["erf"], Value.erf  # how to take a row away
    """
    _check_name(name)
    if not isinstance(symbol, str):
        raise TypeError(f"the symbol of {name} must be a string, and got the {type(symbol).__name__} {symbol!r:.60}")
    _check_rules(name, forward, partials)
    op = Op(name, symbol, forward, *partials, at=_points(name, at, len(partials)), needs=needs)
    for point in op.at:
        _check_row(op, point)
    TABLE[name] = op
    install(op)
    return op


def _check_name(name: str) -> None:
    if not isinstance(name, str) or not name.isidentifier() or keyword.iskeyword(name):
        raise ValueError(f"the name of an operation becomes a method of Value, so it must be a Python name, and got {name!r:.60}")
    if name in TABLE:
        rules = (TABLE[name].forward, *TABLE[name].partials)
        if not any(getattr(rule, "__module__", "") == "__main__" for rule in rules):
            raise ValueError(f"there is an operation {name!r} already: choose another name")
    elif hasattr(Value, name) or name in (CONSTANT.name, "kind"):
        raise ValueError(f"{name!r} is an attribute of Value, which an operation may not replace: choose another name")


def _check_rules(name: str, forward: Callable[..., Any], partials: Sequence[Callable[..., Any] | None]) -> None:
    arity = len(partials)
    if not any(partials):
        raise TypeError(f"{name} needs a partial for each of its operands: define(name, symbol, forward, partial, ..., at=[...])")
    _check_takes(f"the forward rule of {name}", forward, arity, "x" if arity == 1 else f"{arity} operands, one per partial")
    for i, rule in enumerate(partials):
        if rule is not None:
            _check_takes(f"partial {i} of {name}", rule, arity + 1, f"{arity} operand{'s' * (arity > 1)} and then out")


def _check_takes(what: str, rule: Any, count: int, words: str) -> None:
    if not callable(rule):
        raise TypeError(f"{what} must be a function, and got the {type(rule).__name__} {rule!r:.60}")
    import inspect  # only here, so that `import autograd` stays quick

    try:
        signature = inspect.signature(rule)
    except ValueError:  # some functions in C have none
        return
    try:
        signature.bind(*range(count))
    except TypeError:
        raise TypeError(f"{what} must take {words}, and takes {signature}") from None


def _points(name: str, at: Sequence[float | Point], arity: int) -> list[Point]:
    if isinstance(at, int | float) or not at:
        raise ValueError(f"{name} needs points to be checked at, as in at=[-1.0, 0.5] or at=[(2.0, -3.0)], and got at={at!r}")
    points = [tuple(number(x, f"a number in at of {name}") for x in (p if isinstance(p, tuple) else (p,))) for p in at]
    for point in points:
        if len(point) != arity:
            raise ValueError(f"{name} has {arity} operand{'s' * (arity > 1)}, one per partial, but at has the point {point}")
    return points


def _check_row(op: Op, point: Point) -> None:
    """First and second derivatives of a row at a point. An operand whose partial is None stays as it is."""
    free = [i for i, partial in enumerate(op.partials) if partial is not None]

    def applied(*operands: Any) -> Any:
        return op(*(operands[free.index(i)] if i in free else x for i, x in enumerate(point)))

    out = op(*point)
    if not isinstance(out, float):
        raise TypeError(f"the forward rule of {op.name} must answer a float, and at {point} answers {out!r:.60}")
    inputs = [point[i] for i in free]
    try:
        gradcheck(applied, *inputs)
        for i in range(len(free)):
            _check_second(op, grad(applied, i), inputs)
    except GradcheckError as cause:
        raise GradcheckError(f"{op.name} at {point}: {cause}") from None


def _check_second(op: Op, slope: Callable[..., Any], inputs: Sequence[float]) -> None:
    try:
        gradcheck(slope, *inputs)
    except TypeError as cause:
        raise TypeError(f"the partials of {op.name} must take Values too, for derivatives of second order: {cause}") from cause
    except GradcheckError as cause:
        raise GradcheckError(f"of second order, by its partials read with Values: {cause}") from None
