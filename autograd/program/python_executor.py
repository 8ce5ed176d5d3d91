"""The `python` executor: a program as generated Python source, one row at a time, with nothing to install.

Only numbered names and operators stand in the source; functions and constants are looked up by number. Functions are cut into
pieces, because Python compiles a long one slowly; what a later piece reads, an earlier one hands over in a list.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

from autograd.ops import TABLE
from autograd.program.code import Program
from autograd.program.passes import checks, optimised

_SYMBOLS = {"add": "+", "sub": "-", "mul": "*", "div": "/", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
_PIECE = 2000  # instructions


class NotFiniteError(ArithmeticError):
    """A number is not finite somewhere: eager evaluation will say where and why."""


def row_function(program: Program) -> Callable[[Sequence[float]], list[float]]:
    """A function of the inputs and parameters of one row that answers the outputs, or raises an error that is any ArithmeticError
    or ValueError where one of the operations has no finite result. Bit for bit what eager evaluation answers."""
    program = optimised(program)
    tested, last_use = set(checks(program)), _last_uses(program)
    named: dict[str, Any] = {"NotFiniteError": NotFiniteError, "abs": math.fabs}
    sources = len(program.inputs) + len(program.parameters)

    def text(x: int, start: int) -> str:
        if x >= 0:
            return f"v{x}" if x >= start else f"t[{x}]"
        named.update({f"c{~x}": program.constants[~x - sources]} if ~x >= sources else {})
        return f"s[{~x}]" if ~x < sources else f"c{~x}"

    pieces: list[Callable[[Any, Any], None]] = []
    for start in range(0, len(program.code), _PIECE):
        stop, lines = min(start + _PIECE, len(program.code)), ["def piece(s, t):"]
        for n in range(start, stop):
            op, operands = program.code[n]
            lines.append(f"    v{n} = " + _expression(op, [text(x, start) for x in operands], named))
            if n in tested:
                lines.append(f"    if v{n} - v{n} != 0.0: raise NotFiniteError")
            if last_use[n] >= stop:
                lines.append(f"    t[{n}] = v{n}")
        exec("\n".join(lines), named)
        pieces.append(named.pop("piece"))
    answer = eval(f"lambda s, t: [{', '.join(text(x, len(program.code)) for x in program.outputs)}]", named)

    def run(row: Sequence[float]) -> list[float]:
        kept: dict[int, Any] = {}
        for piece in pieces:
            piece(row, kept)
        answers: list[float] = answer(row, kept)
        return answers

    return run


def _last_uses(program: Program) -> list[int]:
    last = [-1] * len(program.code)
    for n, (_, operands) in enumerate(program.code):
        for x in operands:
            if x >= 0:
                last[x] = n
    for x in program.outputs:
        if x >= 0:
            last[x] = len(program.code)
    return last


def _expression(op: str, operands: list[str], named: dict[str, Any]) -> str:
    if op in _SYMBOLS:
        return f"{operands[0]} {_SYMBOLS[op]} {operands[1]}"
    if op == "where":
        return f"{operands[1]} if {operands[0]} else {operands[2]}"
    if op in ("pos", "neg"):
        return {"pos": "+", "neg": "-"}[op] + operands[0]
    function = f"f{list(TABLE).index(op)}"
    named[function] = TABLE[op].forward
    return f"{function}({', '.join(operands)})"


class PythonExecutor:
    """Runs a program row by row."""

    def __init__(self, program: Program, row_inputs: int, exact: bool) -> None:  # noqa: ARG002  # always exact
        self.run_row, self.row_inputs = row_function(program), row_inputs

    def rows(self, rows: Sequence[Sequence[float]], shared: Sequence[float]) -> tuple[list[list[float]], list[int]]:
        """The outputs of every row, and the numbers of the rows where something is not finite."""
        shared, marked, answers = list(shared), [], []
        for r, row in enumerate(rows):
            try:
                answers.append(self.run_row([*row, *shared]))
            except (ArithmeticError, ValueError):
                marked.append(r)
                answers.append([])
        return answers, marked
