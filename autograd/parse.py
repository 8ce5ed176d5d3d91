"""A formula as text becomes a graph: `parse("tanh(w*x + b)", w=2, x=0.5, b=1)`. Safe: Python reads it, and nothing of it is run.

Only the table's operations are known, + - * / ** in their usual places, numbers, names, comparisons as the condition of `where`,
and `h = w*x; tanh(h)` to name what is in between. Errors point at the column.
"""

import ast
import difflib
import math
import operator
import re
from collections.abc import Callable
from typing import Any

from autograd.ops import TABLE
from autograd.value import Value, constant

_OPERATORS: dict[type, str] = {
    ast.Add: "add",
    ast.Sub: "sub",
    ast.Mult: "mul",
    ast.Div: "div",
    ast.Pow: "pow",
    ast.USub: "neg",
    ast.UAdd: "pos",
}
_COMPARISONS: dict[type, Callable[[Any, Any], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_CALLED = {op.symbol: name for name, op in TABLE.items() if op.symbol.isidentifier()} | {name: name for name in TABLE}
_NUMBERS = {"pi": math.pi, "e": math.e}
LONGEST = 100_000  # characters


class FormulaError(ValueError):
    """A formula cannot be read or has no value. `column` is where, from 1; the message shows the formula with a caret there."""

    def __init__(self, problem: str, formula: str, column: int) -> None:
        start = max(0, column - 61)
        shown = "".join(c if c.isprintable() else " " for c in formula[start : start + 100])
        super().__init__(f"column {column}: {problem}\n  {shown}\n  {' ' * (column - 1 - start)}^")
        self.column = column


def parse(formula: str, /, **values: float) -> Value:
    """The graph of `formula` with a labelled leaf for each of `values`; names such as w[2,1] come as `**{"w[2,1]": 0.5}`.

    `pi` and `e` are known where they are no names of yours. Raises FormulaError.

    >>> out = parse("h = w*x; tanh(h) + 1", w=2.0, x=0.25)
    >>> round(out.data, 6), out.parents[0].parents[0].label
    (1.462117, 'h')
    >>> parse("2*tahn(x)", x=1.0)
    Traceback (most recent call last):
    autograd.parse.FormulaError: column 3: there is no operation tahn; did you mean tan or tanh?
      2*tahn(x)
        ^
    """
    if not isinstance(formula, str):
        raise TypeError(f"formula must be a string, and got the {type(formula).__name__} {formula!r:.60}")
    return _Reader(formula, values).read()


class _Reader:
    def __init__(self, formula: str, values: dict[str, float]) -> None:
        self.formula = re.sub(r"[\r\n\t\f]", " ", formula)
        self.values: dict[str, Any] = {_tidy(name): Value(data, _tidy(name)) for name, data in values.items()}
        self.unused = set(self.values)

    def read(self) -> Value:
        *named, last = self.statements()
        for statement in named:
            if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
                raise self.error("only the last part may be without a name, as in h = w*x; tanh(h)", statement)
            target = statement.targets[0]
            name = self.name(target)
            if name in self.values:
                raise self.error(f"{name} has a value already", target)
            out = self.node(statement.value)
            self.values[name] = out if isinstance(out, Value) else constant(out)
            if not self.values[name].label:
                self.values[name].label = name
        if not isinstance(last, ast.Expr):
            raise self.error("the last part must be an expression, as in h = w*x; tanh(h)", last)
        out = self.node(last.value)
        if self.unused:
            raise FormulaError(f"{', '.join(sorted(self.unused))} is given, and the formula does not use it", self.formula, 1)
        return out if isinstance(out, Value) else constant(out)

    def statements(self) -> list[ast.stmt]:
        """What Python's parser reads. It only reads: `ast` runs nothing."""
        if len(self.formula) > LONGEST:
            raise FormulaError(f"the formula is longer than {LONGEST:,} characters", self.formula, LONGEST)
        indent = len(self.formula) - len(self.formula.lstrip())
        try:
            found = ast.parse(self.formula.lstrip().rstrip("; ")).body
        except SyntaxError as cause:
            raise FormulaError(cause.msg, self.formula, (cause.offset or 1) + indent) from None
        except (RecursionError, MemoryError, ValueError) as cause:
            raise FormulaError(
                f"the formula is nested too deeply, or is no text ({type(cause).__name__})", self.formula, 1
            ) from None
        if not found:
            raise FormulaError("the formula is empty", self.formula, 1)
        return found

    def node(self, part: ast.expr) -> Any:
        """The Value, number or condition of a part of the formula."""
        try:
            return self.read_part(part)
        except RecursionError:
            raise self.error("the formula is nested too deeply", part) from None

    def read_part(self, part: ast.expr) -> Any:
        match part:
            case ast.BinOp(left, op, right) if type(op) in _OPERATORS:
                return self.apply(_OPERATORS[type(op)], [left, right], part)
            case ast.UnaryOp(op, operand) if type(op) in _OPERATORS:
                return self.apply(_OPERATORS[type(op)], [operand], part)
            case ast.Call(ast.Name(name), operands, keywords):
                if keywords or name not in _CALLED:
                    near = difflib.get_close_matches(name, _CALLED, 2)
                    hint = f"did you mean {' or '.join(near)}?" if near else f"known are {', '.join(sorted(_CALLED))}"
                    raise self.error(
                        f"{name} takes no named operands" if keywords else f"there is no operation {name}; {hint}", part
                    )
                return self.apply(_CALLED[name], operands, part)
            case ast.Constant(int() | float() as x) if not isinstance(x, bool):
                if not math.isfinite(float(x) if abs(x) < 1e308 or isinstance(x, float) else math.inf):
                    raise self.error("the number is too large for a float", part)
                return float(x)
            case ast.Name() | ast.Subscript():
                return self.look_up(part)
        hint = "; a power is written **" if isinstance(part, ast.BinOp) and isinstance(part.op, ast.BitXor) else ""
        hint = "; write where(condition, a, b)" if isinstance(part, ast.IfExp) else hint
        raise self.error(f"{ast.unparse(part)[:40]!r} is none of number, name, + - * / ** and the table's operations{hint}", part)

    def apply(self, name: str, operands: list[ast.expr], part: ast.expr) -> Any:
        op = TABLE[name]
        if len(operands) != len(op.partials):
            raise self.error(f"{op.symbol} takes {len(op.partials)} operands, and got {len(operands)}", part)
        read = [
            self.condition(x) if partial is None else self.read_part(x) for x, partial in zip(operands, op.partials, strict=True)
        ]
        try:
            return op(*read)
        except ArithmeticError as cause:
            raise self.error(str(cause), part) from cause

    def condition(self, part: ast.expr) -> bool:
        match part:
            case ast.Compare(left, [sign], [right]) if type(sign) in _COMPARISONS:
                return _COMPARISONS[type(sign)](self.read_part(left), self.read_part(right))
        raise self.error("the condition of where must be a comparison such as x > 0", part)

    def look_up(self, part: ast.expr) -> Any:
        name = self.name(part)
        self.unused.discard(name)
        if name in self.values:
            return self.values[name]
        if name in _NUMBERS:
            return _NUMBERS[name]
        raise self.error(f"{name} has no value; write {name}=NUMBER", part)

    def name(self, part: ast.expr) -> str:
        """A name, or one with indices: w1, w[2,1]."""
        match part:
            case ast.Name(name):
                return name
            case ast.Subscript(ast.Name(name), ast.Constant(int()) | ast.Tuple()):
                return _tidy(ast.unparse(part).replace("(", "").replace(")", ""))
        raise self.error("a name is written as x, x1 or w[2,1]", part)

    def error(self, problem: str, part: ast.expr | ast.stmt) -> FormulaError:
        indent = len(self.formula) - len(self.formula.lstrip())
        before = self.formula.lstrip().encode()[: part.col_offset].decode(errors="ignore")  # ast counts bytes
        return FormulaError(problem, self.formula, indent + len(before) + 1)


def _tidy(name: str) -> str:
    return name.replace(" ", "")
