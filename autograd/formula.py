"""A row read with symbols: the formula of an operation and of its partials, as text, LaTeX or JavaScript.

A `Symbol` is a kind of number that remembers what was done to it. The rules of the table, given Symbols in place of floats,
answer expressions, which a `Notation` writes. So explanations, pictures, the page and the table of operations show the rule that
the engine runs, and there is no second list of formulas.

>>> from autograd.ops import row
>>> print(forward(row("tanh")), "|", partial(row("tanh"), 0))
tanh(x) | 1 - out*out
>>> print(partial(row("div"), 1, ("a", "b + c"), "q"))
-q/(b + c)
"""

import inspect
import operator
from collections.abc import Callable, Sequence
from types import BuiltinFunctionType
from typing import Any

from autograd.notation import LATEX, TEXT
from autograd.ops import TABLE, Op

_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


class Symbol:
    """A name, a number, or an operation on Symbols. `data` is what a name stands for at the point in question, if there is one.

    >>> x = Symbol("x")
    >>> str(1.0 / (x * x)), str(-(x - 1.0) ** 2.0)
    ('1/(x*x)', '-(x - 1)**2')
    """

    __slots__ = ("data", "name", "operands")

    def __init__(self, name: str, data: float | None = None, operands: tuple["Symbol", ...] = ()) -> None:
        self.name, self.data, self.operands = name, data, operands

    @classmethod
    def _apply(cls, op: Op, operands: Sequence[Any]) -> "Symbol":
        return cls._compose(op.name, *operands)

    @classmethod
    def _compose(cls, name: str, *operands: Any) -> "Symbol":
        return cls(name, None, tuple(map(as_symbol, operands)))

    def __bool__(self) -> bool:
        raise TypeError("a rule that is read with symbols decides by where(condition, a, b), not by if")

    def __str__(self) -> str:
        return TEXT.write(self)

    __repr__ = __str__

    @property
    def latex(self) -> str:
        """The formula in LaTeX's mathematics.

        >>> print((Symbol("w[2,1]") / 2.0).latex)
        \\frac{w_{2,1}}{2}
        """
        return LATEX.write(self)

    def value(self) -> float:
        """The formula's number, from the `data` of its names.

        >>> (Symbol("x", 3.0) * 2.0).value()
        6.0
        """
        if not self.operands:
            if self.data is None:
                raise LookupError(f"{self.name} stands for no number here")
            return self.data
        if self.name == "where":  # only the branch that holds: the other may have no value
            condition, a, b = self.operands
            return (a if condition.value() else b).value()
        rule = _COMPARISONS.get(self.name) or TABLE[self.name].forward_floats
        return rule(*(x.value() for x in self.operands))

    def unguarded(self, inside: bool = False) -> "Symbol":
        """The formula without the conditions inside it, which guard against overflow: the branch that holds at this point.

        Conditions on top, as in the derivative of relu, are the formula itself and stay.
        """
        if not self.operands:
            return self
        if self.name == "where" and inside:
            condition, a, b = self.operands
            return (a if condition.value() else b).unguarded(inside)
        operands = tuple(x.unguarded(inside or self.name != "where") for x in self.operands)
        if self.name == "div" and not operands[1].name and operands[1].data == 1.0:  # a scale that makes no difference here
            return operands[0]
        return Symbol(self.name, None, operands)


def as_symbol(x: Any) -> Symbol:
    """A Symbol as it is; a number as one whose name is empty."""
    return x if isinstance(x, Symbol) else Symbol("", float(x))


def _install(method: str, name: str) -> None:
    setattr(Symbol, f"__{method}__", lambda *operands: Symbol._compose(name, *operands))
    setattr(Symbol, f"__r{method}__", lambda x, y: Symbol._compose(name, y, x))


for _name in ("add", "sub", "mul", "pow", "neg", "pos", "abs"):
    _install(_name, _name)
_install("truediv", "div")
for _name, _method in {"<": "lt", "<=": "le", ">": "gt", ">=": "ge"}.items():
    _install(_method, _name)


# -- reading a row ----------------------------------------------------------------------------------------------------------
def operand_names(op: Op) -> tuple[str, ...]:
    """What the row itself calls its operands.

    >>> operand_names(TABLE["atan2"])
    ('y', 'x')
    """
    rule = next(rule for rule in op.partials if rule is not None)
    return tuple(inspect.signature(rule).parameters)[: len(op.partials)]


def _symbols(op: Op, names: Sequence[str], at: Sequence[float | None]) -> list[Symbol]:
    names = names or operand_names(op)
    if len(names) != len(op.partials):
        raise TypeError(f"{op.name} takes {len(op.partials)} operands, and got the names {', '.join(names)}")
    return [Symbol(name, data) for name, data in zip(names, at or (None,) * len(names), strict=True)]


def forward(op: Op, names: Sequence[str] = ()) -> Symbol:
    """The operation applied to operands of these names; by default the row's own, mostly x and y.

    >>> print(forward(TABLE["mul"], ["w[1,2]", "-3"]))
    w[1,2]*(-3)
    """
    return Symbol._apply(op, _symbols(op, names, ()))


def definition(op: Op, names: Sequence[str] = ()) -> Symbol:
    """The forward rule spelled out in other rows, where the row is made of such; otherwise the same as `forward`.

    >>> print(definition(TABLE["leaky_relu"]), "|", definition(TABLE["exp"]))
    x if x > 0 else 0.01*x | exp(x)
    """
    if isinstance(op.forward, BuiltinFunctionType) or op.name == "where":
        return forward(op, names)
    read = _read(op.forward, _symbols(op, names, ()))
    return forward(op, names) if read is None else read


def partial(op: Op, i: int, names: Sequence[str] = (), out: str = "out", at: Sequence[float] = ()) -> Symbol:
    """The partial derivative by operand `i` (from 0), in the names of the operands and of the result.

    With `at`, the numbers of the operands and then of the result, conditions inside the formula (guards against overflow) are
    left out, and the branch that holds there is shown.

    >>> print(partial(TABLE["relu"], 0, ["z"]))
    1 if z > 0 else 0
    >>> print(partial(TABLE["pow"], 0, ["x", "2"], "v1", at=[3.0, 2.0, 9.0]))
    2*x**(2 - 1)
    """
    rule = op.partials[i]
    if rule is None:
        return as_symbol(0.0)  # a condition: where it flips, the function jumps
    symbols = _symbols(op, names, at[:-1])
    read = _read(rule, [*symbols, Symbol(out, at[-1] if at else None)])
    if read is None:
        return Symbol(f"d {op.name}/d {symbols[i].name}")
    return read.unguarded() if at else read


def _read(rule: Callable[..., Any], symbols: list[Symbol]) -> Symbol | None:
    """The rule's expression, or None where a row of the user's own uses functions that know numbers only."""
    try:
        return as_symbol(rule(*symbols))
    except TypeError:
        return None
