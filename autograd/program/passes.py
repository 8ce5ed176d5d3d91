"""Passes: from a program to a shorter one with the same outputs. Each is one loop over the instructions.

In exact mode no pass changes a bit of an output: x * 1 and x - 0.0 may go, x + 0.0 may not (it makes +0.0 of -0.0). What
a pass removes is not computed, so an error in code whose result nobody reads goes with it.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from types import BuiltinFunctionType
from typing import Any

from autograd.ops import TABLE, Op
from autograd.program.code import COMPARISONS, Instruction, Program, applied, collector_paused

ARITHMETIC = {"pos", "neg", "add", "sub", "mul", "div", "where", *COMPARISONS}


def is_primitive(op: str) -> bool:
    """Whether executors compute it themselves: arithmetic, a comparison, or a function of `math`."""
    return op in ARITHMETIC or isinstance(TABLE[op].forward, BuiltinFunctionType)


class Writer:
    """A program being written: `emit` adds an instruction or, where `rule` says so, answers what is there already."""

    def __init__(self, program: Program) -> None:
        self.program, self.code = program, list[Instruction]()
        self.constants = list(program.constants)
        self.first = len(program.inputs) + len(program.parameters)
        self._places = {repr(x): ~(self.first + k) for k, x in reversed(list(enumerate(self.constants)))}

    def emit(self, op: str, *operands: int) -> int:
        """Add an instruction."""
        self.code.append(tuple.__new__(Instruction, (op, operands)))  # twice as fast as the class
        return len(self.code) - 1

    def constant(self, x: float) -> int:
        """The operand for a number."""
        if repr(x) not in self._places:
            self._places[repr(x)] = ~(self.first + len(self.constants))
            self.constants.append(x)
        return self._places[repr(x)]

    def value(self, x: int) -> float | None:
        """The number of an operand that is a constant."""
        return self.constants[~x - self.first] if x < 0 and ~x >= self.first else None

    def rewrite(self, rule: Callable[..., int]) -> Program:
        """The program with every instruction passed through `rule(op, *operands)`, which answers the operand to read instead."""
        place: list[int] = []
        labels: dict[int, str] = {}
        for n, (op, operands) in enumerate(self.program.code):
            place.append(rule(op, *(place[x] if x >= 0 else x for x in operands)))
            if n in self.program.labels:
                labels.setdefault(place[n], self.program.labels[n])
        outputs = tuple(place[x] if x >= 0 else x for x in self.program.outputs)
        labels = {n: label for n, label in labels.items() if n >= 0}
        return replace(self.program, constants=tuple(self.constants), code=tuple(self.code), outputs=outputs, labels=labels)


def dead_code(program: Program) -> Program:
    """Without the instructions that no output depends on."""
    needed = [False] * len(program.code)
    for x in program.outputs:
        if x >= 0:
            needed[x] = True
    for n in range(len(program.code) - 1, -1, -1):
        if needed[n]:
            for x in program.code[n].operands:
                if x >= 0:
                    needed[x] = True
    if all(needed):
        return program
    writer, wanted = Writer(program), iter(needed)
    return writer.rewrite(lambda op, *operands: writer.emit(op, *operands) if next(wanted) else ~0)


def common_subexpressions(program: Program) -> Program:
    """Each operation on the same operands once."""
    writer, made = Writer(program), dict[tuple[str, tuple[int, ...]], int]()

    def rule(op: str, *operands: int) -> int:
        key = op, operands
        if key not in made:
            made[key] = writer.emit(op, *operands)
        return made[key]

    return writer.rewrite(rule)


def constants(program: Program) -> Program:
    """Operations on constants done now; one that fails stays, and fails where it stands."""
    writer = Writer(program)

    def rule(op: str, *operands: int) -> int:
        numbers = [x for x in map(writer.value, operands) if x is not None]
        if len(numbers) == len(operands) and op not in COMPARISONS:
            try:
                return writer.constant(applied(op, numbers))
            except ArithmeticError:
                pass
        return writer.emit(op, *operands)

    return writer.rewrite(rule)


def algebra(program: Program, exact: bool = True) -> Program:
    """What arithmetic says without computing: x * 1, x / 1, x - 0.0, --x, +x, 0.0 + y where y is never -0.0.

    Where it need not be exact, also x + 0.0, and x**2, x**3, 1/x for powers.
    """
    writer = Writer(program)

    def rule(op: str, *operands: int) -> int:
        found = _simpler(writer, op, operands, exact)
        return writer.emit(op, *operands) if found is None else found

    return writer.rewrite(rule)


def _simpler(writer: Writer, op: str, operands: Sequence[int], exact: bool) -> int | None:
    x, y = operands[0], operands[-1]
    by_x, by_y = writer.value(x), writer.value(y)

    def computed_by(z: int, name: str) -> bool:
        return z >= 0 and writer.code[z].op == name

    if op in ("pos", "detach"):
        return x
    if op == "neg":
        return writer.code[x].operands[0] if computed_by(x, "neg") else None
    if op == "mul" and 1.0 in (by_x, by_y):
        return y if by_x == 1.0 else x
    if op == "mul" and -1.0 in (by_x, by_y):
        return writer.emit("neg", y if by_x == -1.0 else x)
    if op == "div" and by_y == 1.0:
        return x
    if op == "sub" and by_y == 0.0 and math.copysign(1.0, by_y) > 0:
        return x
    if op == "add":
        return _simpler_sum(writer, x, y, exact)
    if op == "sub" and computed_by(y, "neg"):
        return writer.emit("add", x, writer.code[y].operands[0])
    if op == "where":
        if by_x is not None:
            return operands[1] if by_x else y
        return y if operands[1] == y else None
    if op == "pow" and by_y is not None:
        return _simpler_power(writer, x, by_y, exact)
    return None


def _simpler_sum(writer: Writer, x: int, y: int, exact: bool) -> int | None:
    for zero, other in ((x, y), (y, x)):
        if (number := writer.value(zero)) == 0.0 and (not exact or math.copysign(1.0, number) < 0 or _never_minus_0(writer, other)):
            return other
    if y >= 0 and writer.code[y].op == "neg":
        return writer.emit("sub", x, writer.code[y].operands[0])
    return None


def _never_minus_0(writer: Writer, x: int, depth: int = 4) -> bool:
    """Whether a result cannot be -0.0. A sum is -0.0 only where both its operands are."""
    number = writer.value(x)
    if x < 0 or depth == 0:
        return number is not None and not (number == 0.0 and math.copysign(1.0, number) < 0)
    op, operands = writer.code[x]
    if op == "add":
        return any(_never_minus_0(writer, y, depth - 1) for y in operands)
    if op == "where":
        return all(_never_minus_0(writer, y, depth - 1) for y in operands[1:])
    return op in ("abs", "exp", "cosh", "sigmoid") or (op == "mul" and operands[0] == operands[1])


def _simpler_power(writer: Writer, x: int, exponent: float, exact: bool) -> int | None:
    if exponent == 1.0:
        return x
    if exact or exponent not in (2.0, 3.0, -1.0):
        return None
    if exponent == -1.0:
        return writer.emit("div", writer.constant(1.0), x)
    square = writer.emit("mul", x, x)
    return square if exponent == 2.0 else writer.emit("mul", square, x)


class _Register:
    """A result of a program being written, as a kind of number: rules of rows that are read with it add instructions."""

    def __init__(self, lowering: "_Lowering", x: int) -> None:
        self.lowering, self.x = lowering, x

    @classmethod
    def _apply(cls, op: Op, operands: Sequence[Any]) -> "_Register":
        lowering = next(x for x in operands if isinstance(x, cls)).lowering
        places = [x.x if isinstance(x, cls) else lowering.writer.constant(float(x)) for x in operands]
        return cls(lowering, lowering.rule(op.name, *places))


def _operator(name: str, reflected: bool = False) -> Callable[..., _Register]:
    def method(*operands: Any) -> _Register:
        operands = operands[::-1] if reflected else operands
        lowering = next(x for x in operands if isinstance(x, _Register)).lowering
        places = [x.x if isinstance(x, _Register) else lowering.writer.constant(float(x)) for x in operands]
        return _Register(lowering, lowering.rule(name, *places))

    return method


for _name in ("add", "sub", "mul", "div", "pow"):
    _python = {"div": "truediv"}.get(_name, _name)
    setattr(_Register, f"__{_python}__", _operator(_name))
    setattr(_Register, f"__r{_python}__", _operator(_name, reflected=True))
for _name in ("pos", "neg", "abs", *COMPARISONS):
    setattr(_Register, f"__{_name}__", _operator(_name))


class _Lowering:
    def __init__(self, program: Program, keep: frozenset[str]) -> None:
        self.writer, self.keep = Writer(program), keep

    def rule(self, op: str, *operands: int) -> int:
        if op == "detach":
            return operands[0]
        if op in self.keep or is_primitive(op):
            return self.writer.emit(op, *operands)
        try:
            out = TABLE[op].forward(*(_Register(self, x) for x in operands))
        except TypeError as cause:
            raise TypeError(f"{op} cannot be compiled: its forward rule must be written with + - * /, rows and where") from cause
        return out.x if isinstance(out, _Register) else self.writer.constant(float(out))


def lower(program: Program, keep: frozenset[str] = frozenset()) -> Program:
    """The program with primitives alone: a row whose rule is an expression of other rows is replaced by that expression.

    >>> from autograd import trace
    >>> print(lower(trace(lambda x: x.relu(), 0.0)))
    program of x: 2 instructions
      v1 = le x 0.0
      v2 = where v1 0.0 x
    answers v2
    """
    lowering = _Lowering(program, keep)
    return lowering.writer.rewrite(lowering.rule)


@collector_paused()
def optimised(program: Program, exact: bool = True, keep: frozenset[str] = frozenset()) -> Program:
    """All passes, as executors run them."""
    program = lower(program, keep)
    for _ in range(2):
        program = common_subexpressions(algebra(constants(dead_code(program)), exact))
    return dead_code(program)


_SWALLOWING = ("exp", "expm1", "tanh", "sigmoid", "atan", "erfc")
SWALLOWED_OPERANDS = {"div": (1,), "where": (1, 2), "pow": (0, 1), "atan2": (0, 1), **dict.fromkeys(_SWALLOWING, (0,))}
_BOUNDED = {"neg", "abs", "sin", "cos", "tanh", "sigmoid", "atan", "atan2", "erfc"}  # finite for finite operands


def checks(program: Program) -> list[int]:
    """The results to test for infinity and NaN so that no such result goes unseen: the outputs, and what could swallow one.

    1 / inf is 0, and `where` may choose the other; every other operation hands NaN and infinity on to an output.
    """
    wanted = {x for x in program.outputs if x >= 0}
    for op, operands in program.code:
        places = SWALLOWED_OPERANDS.get(op, ())
        wanted.update(operands[i] for i in (range(2) if op in COMPARISONS else places) if operands[i] >= 0)
    finite: set[int] = set()
    for n, (op, operands) in enumerate(program.code):
        numbers = operands[1:] if op == "where" else operands
        if op in COMPARISONS or ((op == "where" or op in _BOUNDED) and all(x < 0 or x in finite or x in wanted for x in numbers)):
            finite.add(n)
    return sorted(wanted - finite)
