"""Folding: the loops that a straight-line program repeats.

The trace of a network repeats itself: every connection does the same to different numbers, every neuron of a layer too. One pass
over the instructions replaces three consecutive groups of the same shape, whose numbers advance by a constant stride, by a loop;
a loop that meets its next turn grows; loops nest by the same two rules. (Ketterlin and Clauss, "Prediction and trace compression
of data access through nested loop recognition", CGO 2008.)

    number   of a result, an input, ...: in a loop it is first + stride * turn, for each loop around it, the outermost first
    kind     "t" a result, "x" an input that differs from row to row, "s" one that all rows share, "o" an output, "c5" constant 5
    step     one instruction of the folded program. `output` hands a result to an output, `check` tests one for infinity and NaN
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from autograd.program.code import Program
from autograd.program.passes import checks


class Number(NamedTuple):
    """Of a result or source, first + stride * turn for each loop around it."""

    first: int
    strides: tuple[int, ...] = ()


class Step(NamedTuple):
    """One instruction, in as many turns as the loops around it have."""

    op: str
    kinds: tuple[str, ...]
    operands: tuple[Number, ...]
    result: Number | None


class Loop(NamedTuple):
    """A body that runs `turns` times."""

    turns: int
    body: "tuple[Step | Loop, ...]"


Term = Step | Loop


class _Shape(NamedTuple):
    op: str
    kinds: tuple[str, ...]


class _Repeat(NamedTuple):
    body: tuple[int, ...]  # shapes, by number
    strides: tuple[int, ...]  # by how much each number of the body advances a turn
    turns: int


class _Stack:
    """What has been read, as a stack of terms: for each its shape, and the numbers of its first turn."""

    def __init__(self, longest: int) -> None:
        self.longest, self.shapes, self.numbering = longest, list[_Shape | _Repeat](), dict[_Shape | _Repeat, int]()
        self.kind: list[int] = []
        self.first: list[tuple[int, ...]] = []

    def shape(self, shape: _Shape | _Repeat) -> int:
        number = self.numbering.setdefault(shape, len(self.shapes))
        if number == len(self.shapes):
            self.shapes.append(shape)
        return number

    def push(self, shape: _Shape, numbers: tuple[int, ...]) -> None:
        self.kind.append(self.shape(shape))
        self.first.append(numbers)
        while self.grow() or self.begin():
            pass

    def flat(self, start: int, stop: int) -> tuple[int, ...]:
        return tuple(n for numbers in self.first[start : stop or None] for n in numbers)

    def grow(self) -> bool:
        """The top k terms are the next turn of the loop under them."""
        kind = self.kind
        for k in range(1, min(self.longest, len(kind) - 1) + 1):
            loop = self.shapes[kind[-k - 1]]
            if isinstance(loop, _Repeat) and loop.body == tuple(kind[-k:]):
                expected = tuple(n + s * loop.turns for n, s in zip(self.first[-k - 1], loop.strides, strict=True))
                if self.flat(-k, 0) == expected:
                    kind[-k - 1] = self.shape(loop._replace(turns=loop.turns + 1))
                    del kind[-k:], self.first[-k:]
                    return True
        return False

    def begin(self) -> bool:
        """The top 3 k terms are three turns of a loop."""
        kind = self.kind
        for k in range(1, min(self.longest, len(kind) // 3) + 1):
            if kind[-k] == kind[-2 * k] == kind[-3 * k] and kind[-k:] == kind[-2 * k : -k] == kind[-3 * k : -2 * k]:
                a, b, c = self.flat(-3 * k, -2 * k), self.flat(-2 * k, -k), self.flat(-k, 0)
                strides = tuple(y - x for x, y in zip(a, b, strict=True))
                if strides == tuple(y - x for x, y in zip(b, c, strict=True)):
                    loop = self.shape(_Repeat(tuple(kind[-k:]), strides, 3))
                    del kind[-3 * k :], self.first[-3 * k :]
                    kind.append(loop)
                    self.first.append(a)
                    return True
        return False

    def term(self, number: int, numbers: Iterator[int], strides: Iterator[tuple[int, ...]]) -> Term:
        shape = self.shapes[number]
        if isinstance(shape, _Shape):
            found = [Number(next(numbers), next(strides)) for _ in shape.kinds]
            if shape.op in ("output", "check"):
                return Step(shape.op, shape.kinds, tuple(found), None)
            return Step(shape.op, shape.kinds[1:], tuple(found[1:]), found[0])
        inner = ((*next(strides), stride) for stride in shape.strides)
        return Loop(shape.turns, tuple(self.term(k, numbers, inner) for k in shape.body))


def fold(program: Program, row_inputs: int = 0, longest: int = 16) -> list[Term]:
    """The terms of a program; the first `row_inputs` inputs differ from row to row. Groups of up to `longest` terms are tried.

    `loops.listing` prints them.

    >>> from autograd import trace
    >>> dot = trace(lambda w, x: sum(a * b for a, b in zip(w, x)), [0.0] * 9, [0.0] * 9)
    >>> len(dot), size(fold(dot, 18))  # two, two in a loop, and one that hands over the output
    (18, 5)
    """
    stack = _Stack(longest)
    shared = len(program.inputs) + len(program.parameters)
    tested = set(checks(program)) - set(program.outputs)  # outputs are tested where they arrive
    outputs: dict[int, list[int]] = {}
    for k, x in enumerate(program.outputs):
        outputs.setdefault(x, []).append(k)

    def operand(x: int) -> tuple[str, int]:
        if x >= 0:
            return "t", x
        return ("x", ~x) if ~x < row_inputs else ("s", ~x - row_inputs) if ~x < shared else (f"c{~x}", 0)

    for n, (op, operands) in enumerate(program.code):
        kinds, numbers = zip(*map(operand, operands), strict=True)
        stack.push(_Shape(op, ("t", *kinds)), (n, *numbers))
        if n in tested:
            stack.push(_Shape("check", ("t",)), (n,))
        for k in outputs.get(n, ()):
            stack.push(_Shape("output", ("o", "t")), (k, n))
    for k, x in enumerate(program.outputs):
        if x < 0:
            kind, number = operand(x)
            stack.push(_Shape("output", ("o", kind)), (k, number))
    return [stack.term(k, iter(first), iter([()] * len(first))) for k, first in zip(stack.kind, stack.first, strict=True)]


def size(terms: Iterable[Term]) -> int:
    """How many steps the folded program has."""
    return sum(size(term.body) if isinstance(term, Loop) else 1 for term in terms)
