"""The table: one row per primitive operation, and everything else reads the row.

A row is a name, a symbol, the forward rule and one partial derivative per operand. Rules are ordinary Python, written
against + - * /, comparisons and other rows, so that they are generic over the kind of number. Read with floats they are the
eager engine; with Values they build the graph of the derivative itself; with symbols they are the formula in a picture.

    x, y   the operands
    out    the result, an argument of every partial, because many derivatives are cheapest in terms of it
    at     sample operands: tests, `gradcheck` and the documentation run the row there
    needs  what the operands must satisfy, in the words of an error
    decided  what holds at a kink or a singularity, where calculus leaves it open

A kind of number that is not a float says how a row is applied to it by a class method `_apply(op, operands)`.

Formulas: Abramowitz and Stegun, Handbook of Mathematical Functions, chapters 4 (elementary) and 7 (erfc). What is decided
follows PyTorch. How exact each row is stands in OPERATIONS.md.
"""

import math
from collections.abc import Callable, Sequence
from types import FunctionType
from typing import Any

from autograd.errors import DividedByZeroError, NoValueError, OpError, OverflowedError, nan_allowed, number

Point = tuple[float, ...]


class Op:
    """One row of the table. Calling it applies it: to numbers for a number, to Values for a Value."""

    __slots__ = ("at", "decided", "forward", "forward_floats", "name", "needs", "partials", "partials_floats", "symbol")

    def __init__(
        self,
        name: str,
        symbol: str,
        forward: Callable[..., Any],
        *partials: Callable[..., Any] | None,
        at: Sequence[float | Point] = (),
        needs: str = "",
        decided: str = "",
    ) -> None:
        self.name, self.symbol, self.forward, self.partials = name, symbol, forward, partials
        self.needs, self.decided = needs, decided
        self.forward_floats, self.partials_floats = _with_floats(forward), tuple(map(_with_floats, partials))
        self.at: tuple[Point, ...] = tuple(p if isinstance(p, tuple) else (p,) for p in at)

    def __call__(self, *operands: Any) -> Any:
        if len(operands) != len(self.partials):
            raise TypeError(f"{self.name} takes {len(self.partials)} operands, and got {len(operands)}")
        for x in operands:
            if type(x) is not float and hasattr(x, "_apply"):
                return x._apply(self, operands)
        return self.evaluate([x if type(x) is float else number(x, f"operand of {self.name}") for x in operands])

    def evaluate(self, operands: Sequence[float], shown: Sequence[Any] = ()) -> float:
        """The result for floats: finite, or an error that names the operation and its operands (as `shown`, with labels)."""
        try:
            out: float = self.forward_floats(*operands)
        except (ArithmeticError, ValueError) as cause:
            return self.settle(operands, shown, cause)
        return out if out - out == 0.0 else self.settle(operands, shown, out)

    def settle(self, operands: Sequence[float], shown: Sequence[Any], problem: "float | Exception") -> float:
        """What to do where the forward rule raised or its result is not finite: an error, unless `allow_nan()` explains it."""
        if not all(map(math.isfinite, operands)):
            if nan_allowed():
                return problem if isinstance(problem, float) else math.nan
            strange = next(x for x in operands if not math.isfinite(x))
            raise NoValueError(f"{self.at_operands(shown or operands)}: an operand is {strange}", self, shown or operands)
        raise self.error(shown or operands, problem) from (problem if isinstance(problem, Exception) else None)

    def error(self, operands: Sequence[Any], problem: "float | Exception") -> OpError:
        """The error for finite operands without a finite result; `problem` is what Python raised, or inf or NaN."""
        where, needs = self.at_operands(operands), f"; it needs {self.needs}" if self.needs else ""
        data = [getattr(x, "data", x) for x in operands]
        if isinstance(problem, ZeroDivisionError) or (self.name == "pow" and data[0] == 0.0):
            return DividedByZeroError(f"{where} divides by zero{needs}", self, operands)
        if isinstance(problem, OverflowError) or (isinstance(problem, float) and math.isinf(problem)):
            return OverflowedError(f"{where} overflows: the result is beyond 1.8e308", self, operands)
        return NoValueError(f"{where} has no real value{needs}", self, operands)

    def at_operands(self, operands: Sequence[Any]) -> str:
        """The operation and its operands in words: `log(x = -1.0)`, with the labels of Values that have one."""
        return f"{self.name}({', '.join(map(_described, operands))})"

    def __repr__(self) -> str:
        return self.name

    def __reduce__(self) -> Any:
        return "CONSTANT" if self is CONSTANT else (row, (self.name,))


def _described(operand: Any) -> str:
    label = getattr(operand, "label", "")
    data = repr(getattr(operand, "data", operand)) if getattr(operand, "_eager", True) else "traced"
    return f"{label} = {data}" if label else data


TABLE: dict[str, Op] = {}
_FLOATS: dict[str, Any] = {}  # this module's names as rules on floats see them: for a row, its forward rule on floats


def _with_floats(rule: Any) -> Any:
    """The rule, reading other rows with floats only: eager code need not ask what kind of number it has, and is 5 times faster."""
    ours = isinstance(rule, FunctionType) and rule.__globals__ is globals()
    return FunctionType(rule.__code__, _FLOATS, rule.__name__, None, rule.__closure__) if ours else rule


def row(name: str) -> Op:
    """The row of that name.

    >>> row("tanh").symbol
    'tanh'
    """
    try:
        return TABLE[name]
    except KeyError:
        raise LookupError(f"there is no operation {name!r}; a row of your own must be defined again in this program") from None


def _row(name: str, symbol: str, forward: Callable[..., Any], *partials: Any, **more: Any) -> Op:
    TABLE[name] = op = Op(name, symbol, forward, *partials, **more)
    return op


# Not rows: what stands in a node's `op` where nothing was computed. A leaf has None there.
CONSTANT = Op("constant", "", lambda: None)


def _power_by_base(x: Any, y: Any, out: Any) -> Any:
    """y * x**(y - 1), or the same as y * out / x where y - 1 would round: below 1/2 and beyond 2**53. 0 for y = 0, at x = 0 too."""
    rounds = where(y < 0.5, 1.0, where(where(abs(x) > 0.0, y, 1.0) > 2.0**53, 1.0, 0.0))
    power = where(rounds > 0.0, out, pow(x, where(rounds > 0.0, 0.0, y - 1.0)))
    return y * power / where(rounds * maximum(abs(x), abs(y)) > 0.0, x, 1.0)


def _over_squares(a: Any, b: Any) -> Any:
    """a / (a*a + b*b), scaled where a square would overflow or vanish; 0 at the origin."""
    larger = maximum(abs(a), abs(b))
    scale = where(larger > 2.0**500, 2.0**600, where(larger < 2.0**-500, 2.0**-600, 1.0))
    a, b = a / scale, where(larger > 0.0, b / scale, 1.0)
    return a / (a * a + b * b) / scale


def _within(bound: float, x: Any) -> Any:
    """x; or `bound` beyond it, where a square of x may overflow and no longer makes a difference."""
    return where(abs(x) < bound, x, bound)


_ROOT_2, _ROOT_2_PI, _ROOT_PI = math.sqrt(2.0), math.sqrt(2.0 * math.pi), math.sqrt(math.pi)

# fmt: off
# -- a condition ------------------------------------------------------------------------------------------------------------
where: Op = _row("where", "where", lambda c, a, b: a if c else b,
             None, lambda c, a, b, out: where(c, 1.0, 0.0), lambda c, a, b, out: where(c, 0.0, 1.0),
             at=[(True, 2.0, -3.0), (False, 2.0, -3.0)],
             decided="the condition is a constant operand: where it flips, the function jumps; a and b are evaluated both")

# -- arithmetic ------------------------------------------------------------------------------------------------------------
pos = _row("pos", "+", lambda x: +x,       lambda x, out: 1.0,                                     at=[-1.5, 2.0])
neg = _row("neg", "-", lambda x: -x,       lambda x, out: -1.0,                                    at=[-1.5, 2.0])
add = _row("add", "+", lambda x, y: x + y, lambda x, y, out: 1.0,     lambda x, y, out: 1.0,       at=[(2.0, -3.0)])
sub = _row("sub", "-", lambda x, y: x - y, lambda x, y, out: 1.0,     lambda x, y, out: -1.0,      at=[(2.0, -3.0)])
mul = _row("mul", "*", lambda x, y: x * y, lambda x, y, out: y,       lambda x, y, out: x,         at=[(2.0, -3.0)])
# -out / y, because -x / (y * y) overflows and loses everything
div = _row("div", "/", lambda x, y: x / y, lambda x, y, out: 1.0 / y, lambda x, y, out: -out / y,  at=[(2.0, -3.0)],
           needs="a divisor other than 0")

# -- choices ---------------------------------------------------------------------------------------------------------------
abs = _row("abs", "abs", math.fabs, lambda x, out: where(x > 0.0, 1.0, where(x < 0.0, -1.0, 0.0)), at=[-1.5, 2.0],
           decided="abs'(0) = 0")
# x + y is NaN where either is: a NaN is passed on, which Python's max does not do
maximum = _row("maximum", "max", lambda x, y: where(x >= y, x, where(x < y, y, x + y)),
               lambda x, y, out: where(x > y, 1.0, where(x < y, 0.0, 0.5)),
               lambda x, y, out: where(x > y, 0.0, where(x < y, 1.0, 0.5)), at=[(2.0, -3.0), (-3.0, 2.0)],
               decided="a tie hands half to each operand")
minimum = _row("minimum", "min", lambda x, y: where(x <= y, x, where(x > y, y, x + y)),
               lambda x, y, out: where(x < y, 1.0, where(x > y, 0.0, 0.5)),
               lambda x, y, out: where(x < y, 0.0, where(x > y, 1.0, 0.5)), at=[(2.0, -3.0), (-3.0, 2.0)],
               decided="a tie hands half to each operand")

# -- powers, exponentials, logarithms --------------------------------------------------------------------------------------
pow = _row("pow", "**", math.pow,
           _power_by_base, lambda x, y, out: out * log(where(abs(x) > 0.0, x, 1.0)),
           at=[(2.0, 3.0), (2.0, -1.5), (0.5, 0.0)],
           needs="a base above 0, or a base below 0 with a whole exponent, or 0 to a power >= 0",
           decided="0**0 = 1; x**0 has d/dx = 0, at x = 0 too; 0**y has d/dy = 0; below 0 there is no d/dy")
sqrt  = _row("sqrt",  "sqrt",  math.sqrt,  lambda x, out: 0.5 / out,       at=[0.3, 2.0],        needs="x >= 0",
             decided="no derivative at 0: an error of the backward pass")
exp   = _row("exp",   "exp",   math.exp,   lambda x, out: out,             at=[-1.5, 0.0, 2.0])
expm1 = _row("expm1", "expm1", math.expm1, lambda x, out: out + 1.0,       at=[-1.5, 0.0, 2.0])
log: Op = _row("log",   "log",   math.log,   lambda x, out: 1.0 / x,         at=[0.3, 2.0],        needs="x > 0")
log1p = _row("log1p", "log1p", math.log1p, lambda x, out: 1.0 / (1.0 + x), at=[-0.5, 0.0, 2.0],  needs="x > -1")

# -- trigonometric and hyperbolic ------------------------------------------------------------------------------------------
sin  = _row("sin",  "sin",  math.sin,  lambda x, out: cos(x),                                at=[-1.5, 0.0, 2.0])
cos: Op = _row("cos",  "cos",  math.cos,  lambda x, out: -sin(x),                               at=[-1.5, 0.0, 2.0])
tan  = _row("tan",  "tan",  math.tan,  lambda x, out: 1.0 + out * out,                       at=[-1.2, 0.0, 2.0])
# (1 - x) * (1 + x), because 1 - x * x cancels next to 1
asin = _row("asin", "asin", math.asin, lambda x, out: 1.0 / sqrt((1.0 - x) * (1.0 + x)),     at=[-0.6, 0.9],
            needs="-1 <= x <= 1", decided="no derivative at -1 and 1")
acos = _row("acos", "acos", math.acos, lambda x, out: -1.0 / sqrt((1.0 - x) * (1.0 + x)),    at=[-0.6, 0.9],
            needs="-1 <= x <= 1", decided="no derivative at -1 and 1")
atan = _row("atan", "atan", math.atan, lambda x, out: 1.0 / (1.0 + _within(1e150, x) * _within(1e150, x)), at=[-1.5, 0.0, 2.0])
# atan2(y, x), named as in PyTorch and mathematics
atan2 = _row("atan2", "atan2", math.atan2,
             lambda y, x, out: _over_squares(x, y), lambda y, x, out: -_over_squares(y, x),
             at=[(2.0, -3.0), (0.5, 0.1), (-1.0, 2.0)],
             decided="both derivatives are 0 at the origin")
sinh = _row("sinh", "sinh", math.sinh, lambda x, out: cosh(x),                               at=[-1.5, 0.0, 2.0])
cosh: Op = _row("cosh", "cosh", math.cosh, lambda x, out: sinh(x),                               at=[-1.5, 0.0, 2.0])
tanh = _row("tanh", "tanh", math.tanh, lambda x, out: 1.0 - out * out,                       at=[-1.5, 0.0, 0.7])
erfc = _row("erfc", "erfc", math.erfc, lambda x, out: -2.0 / _ROOT_PI * exp(-_within(30.0, x) * _within(30.0, x)),
            at=[-1.5, 0.0, 0.7])

# -- activations: one idea, one node ---------------------------------------------------------------------------------------
sigmoid = _row("sigmoid", "sigmoid", lambda x: exp(minimum(x, 0.0)) / (1.0 + exp(-abs(x))),
               lambda x, out: out * (1.0 - out), at=[-1.5, 0.0, 2.0])
# not where(x > 0, x, 0): that would turn a NaN into 0
relu = _row("relu", "relu", lambda x: where(x <= 0.0, 0.0, x), lambda x, out: where(x > 0.0, 1.0, 0.0), at=[-1.5, 2.0],
            decided="relu'(0) = 0")
leaky_relu = _row("leaky_relu", "leaky_relu", lambda x: where(x > 0.0, x, 0.01 * x),
                  lambda x, out: where(x > 0.0, 1.0, 0.01), at=[-1.5, 2.0], decided="leaky_relu'(0) = 0.01")
elu = _row("elu", "elu", lambda x: where(x > 0.0, x, expm1(minimum(x, 0.0))),
           lambda x, out: where(x > 0.0, 1.0, out + 1.0), at=[-1.5, 0.7], decided="elu'(0) = 1")
softplus = _row("softplus", "softplus", lambda x: maximum(x, 0.0) + log1p(exp(-abs(x))),
                lambda x, out: sigmoid(x), at=[-1.5, 0.0, 2.0])
# Elfwing et al. 2017; the second form is for where exp(-x) would overflow
silu = _row("silu", "silu",
            lambda x: where(x > -700.0, x / (1.0 + exp(-maximum(x, -700.0))),
                            x * exp(minimum(x, 0.0) / 2.0) * exp(minimum(x, 0.0) / 2.0)),
            lambda x, out: sigmoid(x) * (1.0 + x * sigmoid(-x)), at=[-1.5, 0.0, 2.0])
# x Phi(x) with the normal distribution function Phi, Hendrycks and Gimpel 2016, the exact form
gelu = _row("gelu", "gelu", lambda x: x / 2.0 * erfc(-x / _ROOT_2),
            lambda x, out: erfc(-x / _ROOT_2) / 2.0 + x * exp(-_within(40.0, x) * _within(40.0, x) / 2.0) / _ROOT_2_PI,
            at=[-1.5, 0.0, 2.0])
# fmt: on

_FLOATS.update(globals(), **{name: op.forward_floats for name, op in TABLE.items()})
_FLOATS.update({rule.__name__: _with_floats(rule) for rule in (_power_by_base, _over_squares, _within)})
