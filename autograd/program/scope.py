"""Which results of a folded program live in registers, which are stored, and where.

    scope    the results that are at hand in the body of a loop, by their numbers as functions of the turns
    carried  a result that the next turn of a loop reads: an accumulator, kept in a register from turn to turn
    family   all the numbers that one step (or operand) has in all turns of the loops around it
    slot     a place in memory for one result of all lanes

A program runs in the order of its trace, so result n is written at time n. Two results may share a slot where the last read of
the one is no later than the writing of the other; an array that a loop updates turn by turn is then updated in place.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from autograd.program.code import COMPARISONS
from autograd.program.folding import Loop, Number, Step, Term


def advanced(number: Number, turns: int) -> Number:
    """The number after so many turns of the innermost loop, as seen from outside of that loop."""
    return Number(number.first + number.strides[-1] * turns, number.strides[:-1])


def exported(terms: Iterable[Term]) -> Iterator[Number]:
    """The results at hand after these terms: of a loop, those of its last turn. No conditions."""
    for term in terms:
        if isinstance(term, Loop):
            yield from (advanced(n, term.turns - 1) for n in exported(term.body))
        elif term.result is not None and term.op not in COMPARISONS:
            yield term.result


def wanted(terms: Iterable[Term]) -> Iterator[Number]:
    """The results that these terms read, as they are read in the first turns of the loops among them."""
    for term in terms:
        if isinstance(term, Loop):
            yield from (Number(n.first, n.strides[:-1]) for n in wanted(term.body) if n.strides[-1] == 0)
            yield from (Number(n.first, n.strides[:-1]) for n in carried(term))
        else:
            yield from (n for kind, n in zip(term.kinds, term.operands, strict=True) if kind == "t")


def carried(loop: Loop) -> list[Number]:
    """The operands of a loop that are results of the turn before."""
    made = set(exported(loop.body))
    return [n for n in dict.fromkeys(wanted(loop.body)) if n.strides[-1] and n._replace(first=n.first + n.strides[-1]) in made]


@dataclass
class Memory:
    """What is read from memory, noted while the program is written for the first time; then where everything is."""

    length: int  # of the program
    reads: list[tuple[Number, tuple[int, ...], Number]] = field(default_factory=list)  # what, turns, when
    slot: Any = None
    slots: int = 0

    def place(self, terms: Sequence[Term]) -> dict[int, int]:
        """Give slots to the results that are read from memory; answers for steps (by `id`) at which depth they are stored."""
        import numpy as np

        last_read = np.full(self.length, -1)
        for number, turns, time in self.reads:
            np.maximum.at(last_read, self.family(number, turns), self.family(time, turns))
        depths, representative = {}, np.full(self.length, -1)
        for step, turns in _steps(terms):
            if step.result is None or not (last_read[self.family(step.result, turns)] >= 0).any():
                continue
            result = step.result
            while turns and not (last_read[self.family(result, turns)][..., :-1] >= 0).any():
                result, turns = advanced(result, turns[-1] - 1), turns[:-1]  # only the last turn is read: stored after the loop
            depths[id(step)] = len(turns)
            family = self.family(result, turns)
            representative[family] = _in_place(family, last_read)
        stored = np.flatnonzero(representative >= 0)
        places, ranks = np.unique(representative[stored], return_inverse=True)
        self.slot, self.slots = np.full(self.length, -1), len(places)
        self.slot[stored] = ranks
        return depths

    def family(self, number: Number, turns: tuple[int, ...]) -> Any:
        """The numbers in all turns, as an array with an axis for each loop."""
        import numpy as np

        grid = np.array(number.first)
        for k, (stride, count) in enumerate(zip(number.strides, turns, strict=True)):
            grid = grid[..., None] + stride * np.arange(count)
            assert grid.ndim == k + 1
        return grid

    def address(self, number: Number, turns: tuple[int, ...]) -> tuple[int, tuple[int, ...]] | list[int]:
        """The slot as first and strides, or, where it has no strides, as a table in the order of the turns."""
        slots = self.slot[self.family(number, turns)]
        assert (slots >= 0).all(), "read from memory, but never stored"
        corner = int(slots.flat[0])
        strides = tuple(
            int(slots[tuple(int(k == d) for k in range(len(turns)))]) - corner if turns[d] > 1 else 0 for d in range(len(turns))
        )
        if (self.family(Number(corner, strides), turns) == slots).all():
            return corner, strides
        table: list[int] = slots.ravel().tolist()
        return table


def _steps(terms: Iterable[Term], turns: tuple[int, ...] = ()) -> Iterator[tuple[Step, tuple[int, ...]]]:
    for term in terms:
        if isinstance(term, Loop):
            yield from _steps(term.body, (*turns, term.turns))
        else:
            yield term, turns


def _in_place(family: Any, last_read: Any) -> Any:
    """For each number of a family the one whose slot it takes: its own, or that of an earlier turn that nobody reads any more."""
    import numpy as np

    together: list[int] = []
    for axis in range(family.ndim):
        axes = [*together, axis]
        turns = np.moveaxis(family, axes, range(len(axes))).reshape(-1, *np.delete(family.shape, axes))
        if len(turns) > 1 and (last_read[turns[:-1]] <= turns[1:]).all():
            together = axes
    first = tuple(slice(0, 1) if axis in together else slice(None) for axis in range(family.ndim))
    return np.broadcast_to(family[first], family.shape)
