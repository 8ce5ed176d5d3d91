"""The loops of a folded program as text: what somebody would have written by hand.

letter  counts the turns of a loop: j, inside it i, ...; it counts from what the first label that changes in the loop counts from
"""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from autograd.program.code import Program
from autograd.program.folding import Loop, Number, Step, Term
from autograd.program.scope import advanced, carried

LETTERS = "jiklmnpqrs"


class _Turns(NamedTuple):
    """A loop around a step."""

    letter: str
    start: int
    turns: int
    read: frozenset[Number]  # the results of the turn before that it reads
    kept: frozenset[Number]  # the results that the next turn reads


def listing(terms: Iterable[Term], program: Program, row_inputs: int = 0) -> str:
    """The folded program as text, with the names of its operands: a label that counts along with a loop has the loop's letter.

    An unlabelled result has the name of its first turn. One that the next turn goes on with, as a sum does, has that of its last;
    `v2|v6` is v2 in the first turn, and then v6 of the turn before.

    >>> from autograd import trace
    >>> from autograd.program.folding import fold
    >>> program = trace(lambda w, x: sum(a * b for a, b in zip(w, x)), [0.0] * 9, [0.0] * 9)
    >>> print(listing(fold(program, 18), program, 18))
    v1 = mul w[0] x[0]
    v2 = add 0.0 v1
    for j in 1..8
        v3 = mul w[j] x[j]
        v18 = add v2|v18 v3
    answer 1 is v18
    """
    return "\n".join(_Names(program, row_inputs).lines(terms, ()))


class _Names:
    """What the operands of a folded program are called."""

    def __init__(self, program: Program, row_inputs: int) -> None:
        self.program, self.row_inputs = program, row_inputs

    def lines(self, terms: Iterable[Term], loops: tuple[_Turns, ...]) -> Iterator[str]:
        indent = "    " * len(loops)
        for term in terms:
            if isinstance(term, Loop):
                turns = self.turns(term, len(loops))
                yield f"{indent}for {turns.letter} in {turns.start}..{turns.start + turns.turns - 1}"
                yield from self.lines(term.body, (*loops, turns))
            else:
                yield indent + self.line(term, loops)

    def line(self, step: Step, loops: tuple[_Turns, ...]) -> str:
        told = [self.operand(kind, number, loops) for kind, number in zip(step.kinds, step.operands, strict=True)]
        if step.op == "output":
            return f"{told[0]} is {told[1]}"
        return ("" if step.result is None else f"{self.result(step.result, loops)} = ") + f"{step.op} {' '.join(told)}"

    def turns(self, loop: Loop, depth: int) -> _Turns:
        read = carried(loop)
        kept = frozenset(n._replace(first=n.first + n.strides[-1]) for n in read)
        letter = LETTERS[depth] if depth < len(LETTERS) else f"i{depth}"
        return _Turns(letter, next(self.starts(loop.body, depth), 1), loop.turns, frozenset(read), kept)

    def starts(self, terms: Iterable[Term], axis: int) -> Iterator[int]:
        """What the labels that count by one along with this loop count from."""
        for term in terms:
            if isinstance(term, Loop):
                yield from self.starts(term.body, axis)
                continue
            named = [*zip(term.kinds, term.operands, strict=True), *([("t", term.result)] if term.result else [])]
            for kind, number in named:
                if self.labelled(kind, number.first) and (stride := number.strides[axis]):
                    here, then = (_parts(self.name(kind, n)) for n in (number.first, number.first + stride))
                    if len(here) == len(then):
                        yield from (
                            int(x) for x, y in zip(here, then, strict=True) if x.isdigit() and y.isdigit() and int(y) == int(x) + 1
                        )

    def operand(self, kind: str, number: Number, loops: tuple[_Turns, ...]) -> str:
        """Its name; of what the turn before made, what it is in the first turn, too."""
        if kind != "t" or not loops:
            return self.written(kind, number, loops)
        if number in loops[-1].read:
            before = self.operand(kind, Number(number.first, number.strides[:-1]), loops[:-1])
            kept = self.result(number._replace(first=number.first + number.strides[-1]), loops)
            return before if kept in before.split("|") else f"{before}|{kept}"
        if not number.strides[-1]:
            return self.operand(kind, Number(number.first, number.strides[:-1]), loops[:-1])
        return self.result(number, loops)

    def result(self, number: Number, loops: tuple[_Turns, ...]) -> str:
        while loops and number in loops[-1].kept:
            number, loops = advanced(number, loops[-1].turns - 1), loops[:-1]
        return self.written("t", number, loops)

    def written(self, kind: str, number: Number, loops: tuple[_Turns, ...]) -> str:
        """The name with the letters of the loops in it."""
        first = _parts(self.name(kind, number.first))
        strides = [(s, loop) for s, loop in zip(number.strides, loops, strict=True) if s]
        if not strides or not self.labelled(kind, number.first):
            return "".join(first)
        slopes = []
        for stride, loop in strides:
            then, last = (_parts(self.name(kind, number.first + stride * k)) for k in (1, loop.turns - 1))
            if not len(first) == len(then) == len(last):
                return self.ends(kind, number, loops)
            slopes.append([int(y) - int(x) if x.isdigit() and y.isdigit() else 0 for x, y in zip(first, then, strict=True)])
            if last != [str(int(x) + s * (loop.turns - 1)) if s else x for x, s in zip(first, slopes[-1], strict=True)]:
                return self.ends(kind, number, loops)
        counted = [loop for _, loop in strides]
        return "".join(x if not any(by) else _sum(int(x), by, counted) for x, *by in zip(first, *slopes, strict=True))

    def ends(self, kind: str, number: Number, loops: tuple[_Turns, ...]) -> str:
        """The first name and the last, where they do not count evenly."""
        last = number.first + sum(s * (loop.turns - 1) for s, loop in zip(number.strides, loops, strict=True))
        return f"{self.name(kind, number.first)}..{self.name(kind, last)}"

    def labelled(self, kind: str, number: int) -> bool:
        return kind in "xso" or (kind == "t" and bool(self.program.labels.get(number)))

    def name(self, kind: str, number: int) -> str:
        if kind == "o":
            return f"answer {number + 1}"
        if kind.startswith("c"):
            return self.program.name(~int(kind[1:]))
        return self.program.name(number if kind == "t" else ~number if kind == "x" else ~(number + self.row_inputs))


def _parts(name: str) -> list[str]:
    """Its numbers, and what is between them."""
    return re.findall(r"[0-9]+|[^0-9]+", name)


def _sum(first: int, slopes: list[int], loops: list[_Turns]) -> str:
    """The number that is `first` in the first turns, by the letters: i, j+1, 9-j.

    >>> _sum(8, [-1], [_Turns("j", 1, 8, frozenset(), frozenset())])
    '9-j'
    """
    constant = first - sum(slope * loop.start for slope, loop in zip(slopes, loops, strict=True))
    terms = [
        (slope, f"{abs(slope) if abs(slope) > 1 else ''}{loop.letter}") for slope, loop in zip(slopes, loops, strict=True) if slope
    ]
    terms.sort(key=lambda term: term[0] < 0)
    if constant:
        terms.insert(len(terms) if constant < 0 or terms[0][0] > 0 else 0, (constant, str(abs(constant))))
    text = "".join(("-" if sign < 0 else "+") + term for sign, term in terms)
    return text.removeprefix("+")
