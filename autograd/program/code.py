"""Program: a function of numbers as a flat list of instructions, each the row that it applies and the numbers of its operands.

source       what is there before the first instruction: an input, a parameter (a leaf that the function touched) or a
             constant. Source k is written ~k, that is -1, -2, ...
instruction  number n answers result n; its operands are sources or earlier results (static single assignment)
condition    the result of a comparison (lt, le, gt, ge); only `where` takes one
"""

import contextlib
import gc
import json
import math
import operator
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from autograd.ops import TABLE, row
from autograd.value import Value

COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {name: getattr(operator, name) for name in ("lt", "le", "gt", "ge")}
LONGEST = 20_000_000  # instructions
_FORMAT = "autograd program 1"


class Instruction(NamedTuple):
    """One operation: a row of the table, a comparison, or `detach` (its operand, through which no derivative flows)."""

    op: str
    operands: tuple[int, ...]


@dataclass(frozen=True)
class Program:
    """A flat program, as `trace` records it. Printed, it is one instruction a line, with labels.

    `inputs` and `parameters` are names; `constants` are numbers; `outputs` are operands. `labels` names results.

    >>> from autograd import trace
    >>> print(trace(lambda x, y: (x * y).tanh() + 1.0, 0.0, 0.0))
    program of x, y: 3 instructions
      v1 = mul x y
      v2 = tanh v1
      v3 = add v2 1.0
    answers v3
    """

    inputs: tuple[str, ...]
    parameters: tuple[str, ...]
    constants: tuple[float, ...]
    code: tuple[Instruction, ...]
    outputs: tuple[int, ...]
    labels: Mapping[int, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.code)

    def __post_init__(self) -> None:
        sources = len(self.inputs) + len(self.parameters) + len(self.constants)
        if len(self.code) > LONGEST:
            raise ValueError(f"a program has at most {LONGEST:,} instructions, and this one {len(self.code):,}")
        for x in self.outputs:
            if not -sources <= x < len(self.code):
                raise ValueError(f"output {x} is neither a source nor a result")

    def checked(self) -> "Program":
        """Itself, or a ValueError for an instruction that does not make sense: a program from a file."""
        sources = len(self.inputs) + len(self.parameters) + len(self.constants)
        for n, (op, operands) in enumerate(self.code):
            if len(operands) != arity(op):
                raise ValueError(f"instruction {n}: {op} takes {arity(op)} operands, and has {len(operands)}")
            if not all(-sources <= x < n for x in operands):
                raise ValueError(f"instruction {n} reads what is not there yet: {operands}")
            for i, x in enumerate(operands):
                condition = x >= 0 and self.code[x].op in COMPARISONS
                if condition and not (op == "where" and i == 0):
                    raise ValueError(f"instruction {n}: {op} reads a condition as a number")
        if any(x >= 0 and self.code[x].op in COMPARISONS for x in self.outputs):
            raise ValueError("an output is a condition; write where(condition, 1.0, 0.0)")
        return self

    def name(self, x: int) -> str:
        """How operand `x` is written: a label, a constant's number, or v1, v2, ..."""
        if x >= 0:
            return _printable(self.labels.get(x, "")) or f"v{x + 1}"
        named = (*self.inputs, *self.parameters)
        return _printable(named[~x]) if ~x < len(named) else repr(self.constants[~x - len(named)])

    def __str__(self) -> str:
        lines = [f"  {self.name(n)} = {op} {' '.join(map(self.name, operands))}" for n, (op, operands) in enumerate(self.code)]
        names = ", ".join(map(_printable, self.inputs)) + (f"; {len(self.parameters)} parameters" if self.parameters else "")
        head = f"program of {names}: {len(self.code):,} instructions"
        return "\n".join([head, *lines, f"answers {', '.join(map(self.name, self.outputs))}"])

    def count(self) -> dict[str, int]:
        """How many instructions of each operation, the most frequent first.

        >>> from autograd import trace
        >>> trace(lambda x: x * x + x * 2.0, 0.0).count()
        {'mul': 2, 'add': 1}
        """
        counts: dict[str, int] = {}
        for op, _ in self.code:
            counts[op] = counts.get(op, 0) + 1
        return dict(sorted(counts.items(), key=lambda item: -item[1]))

    def evaluate(self, sources: Sequence[Any]) -> list[Any]:
        """The outputs, for a number or Value per input and parameter, one instruction after the other: the program, eagerly.

        With Values it builds a graph, which `draw` draws and `explain` explains.

        >>> from autograd import trace
        >>> trace(lambda x, y: x * y + 1.0, 0.0, 0.0).evaluate([2.0, 3.0])
        [7.0]
        """
        if len(sources) != (n := len(self.inputs) + len(self.parameters)):
            raise ValueError(f"the program takes {n} numbers, one per input and parameter, and got {len(sources)}")
        sources = [*sources, *self.constants]
        results: list[Any] = []
        for op, operands in self.code:
            given = [results[x] if x >= 0 else sources[~x] for x in operands]
            results.append(applied(op, given))
        return [results[x] if x >= 0 else sources[~x] for x in self.outputs]

    def to_json(self) -> str:
        """The program as JSON, floats exactly."""
        number = [x if math.isfinite(x) else repr(x) for x in self.constants]
        facts = {"format": _FORMAT, "inputs": self.inputs, "parameters": self.parameters, "constants": number, "code": self.code}
        return json.dumps(facts | {"outputs": self.outputs, "labels": {str(n): label for n, label in self.labels.items()}})

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write `to_json()` to a file."""
        Path(path).write_text(self.to_json(), encoding="utf-8")

    @classmethod
    def from_json(cls, text: str, what: str = "text") -> "Program":
        """The program of `to_json`, or a ValueError that says what is wrong with `what`. Runs no code.

        >>> from autograd import trace
        >>> program = trace(lambda x: x.exp(), 0.0)
        >>> Program.from_json(program.to_json()) == program
        True
        """
        try:
            facts = json.loads(text)
            if not isinstance(facts, dict) or facts.get("format") != _FORMAT:
                raise ValueError(f'it does not say "format": "{_FORMAT}"')
            code = tuple(Instruction(_word(op), tuple(map(_integer, operands))) for op, operands in facts["code"])
            inputs, parameters = (tuple(map(_word, facts[key])) for key in ("inputs", "parameters"))
            labels = {int(n): _word(label) for n, label in facts["labels"].items()}
            outputs = tuple(map(_integer, facts["outputs"]))
            numbers = tuple(map(_constant, facts["constants"]))
            return cls(inputs, parameters, numbers, code, outputs, labels).checked()
        except (ValueError, TypeError, LookupError, AttributeError, RecursionError, OverflowError) as cause:
            raise ValueError(f"{what} is no saved program: {cause or type(cause).__name__}") from cause

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> "Program":
        """The program that `save` wrote, or a ValueError that names the path."""
        try:
            return cls.from_json(Path(path).read_text(encoding="utf-8"), str(path))
        except UnicodeDecodeError as cause:
            raise ValueError(f"{path} is no saved program: {cause}") from cause


def arity(op: str) -> int:
    """How many operands an operation takes."""
    return 2 if op in COMPARISONS else 1 if op == "detach" else len(row(op).partials)


def applied(op: str, operands: Sequence[Any]) -> Any:
    """An operation applied to numbers or Values, eagerly."""
    if op in COMPARISONS:
        return COMPARISONS[op](*operands)
    if op == "detach":
        return operands[0].detach() if isinstance(operands[0], Value) else operands[0]
    return TABLE[op](*operands)


def _printable(label: str) -> str:
    return label if label.isprintable() else ascii(label)[1:-1]


def _word(x: Any) -> str:
    if not isinstance(x, str):
        raise TypeError(f"{x!r:.60} should be a string")
    return x


def _integer(x: Any) -> int:
    if type(x) is not int:
        raise TypeError(f"{x!r:.60} should be a whole number")
    return x


def _constant(x: Any) -> float:
    if type(x) not in (int, float) and x not in ("nan", "inf", "-inf"):
        raise TypeError(f"{x!r:.60} should be a number")
    return float(x)


@contextlib.contextmanager
def collector_paused() -> Iterator[None]:
    """Python's collector of cycles would walk over a growing program again and again, a third of the time, and find none."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
