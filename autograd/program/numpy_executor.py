"""The `numpy` executor: one NumPy operation an instruction, on all rows at once.

In exact mode functions are those of `math`, number by number, because NumPy's exp, tanh, log1p and others differ from them in
the last bit; otherwise NumPy's own where it has them.
"""

from collections.abc import Callable
from typing import Any

from autograd.ops import TABLE
from autograd.program.code import COMPARISONS, Program
from autograd.program.passes import checks, optimised

_CHUNK = 8192  # rows at a time, so that the results of all instructions fit into memory
_OWN_NAMES = {"asin": "arcsin", "acos": "arccos", "atan": "arctan", "atan2": "arctan2"}


class NumpyExecutor:
    """Runs a program on an array of rows."""

    def __init__(self, program: Program, row_inputs: int, exact: bool) -> None:
        import numpy as np

        self.program, self.row_inputs = optimised(program, exact), row_inputs
        self.tested = set(checks(self.program))
        self.apply = [_function(op, exact, np) for op, _ in self.program.code]
        last: dict[int, int] = {x: n for n, (_, operands) in enumerate(self.program.code) for x in operands if x >= 0}
        self.done: list[list[int]] = [[] for _ in self.program.code]
        for x, n in last.items():
            if x not in self.program.outputs:
                self.done[n].append(x)

    def rows(self, rows: Any, shared: Any) -> tuple[Any, list[int]]:
        """The outputs, an array of shape (rows, outputs), and the numbers of the rows where something is not finite."""
        import numpy as np

        answers, marked = np.empty((len(rows), len(self.program.outputs))), np.zeros(len(rows), bool)
        with np.errstate(all="ignore"):
            for start in range(0, len(rows), _CHUNK):
                part = slice(start, start + _CHUNK)
                self._run(rows[part], shared, answers[part], marked[part], np)
        return answers, np.flatnonzero(marked).tolist()

    def _run(self, rows: Any, shared: Any, answers: Any, marked: Any, np: Any) -> None:
        # what all rows share is an array of one number, which NumPy repeats
        sources = [*np.ascontiguousarray(rows.T), *np.reshape(shared, (-1, 1)), *np.reshape(self.program.constants, (-1, 1))]
        results: list[Any] = []
        for n, (_, operands) in enumerate(self.program.code):
            out = self.apply[n](*[results[x] if x >= 0 else sources[~x] for x in operands])
            results.append(out)
            if n in self.tested:
                marked |= ~np.isfinite(out)
            for x in self.done[n]:
                results[x] = None
        for k, x in enumerate(self.program.outputs):
            answers[:, k] = results[x] if x >= 0 else sources[~x]


def _function(op: str, exact: bool, np: Any) -> Callable[..., Any]:
    known = {"pos": np.positive, "neg": np.negative, "add": np.add, "sub": np.subtract, "mul": np.multiply, "div": np.divide}
    known |= {"where": np.where, "abs": np.abs, "sqrt": np.sqrt}  # abs and sqrt round correctly everywhere: IEEE 754
    comparisons = {"lt": np.less, "le": np.less_equal, "gt": np.greater, "ge": np.greater_equal}
    if op in known or op in COMPARISONS:
        found: Callable[..., Any] = (known | comparisons)[op]
        return found
    own = None if exact else getattr(np, _OWN_NAMES.get(op, op), None)
    return own if own is not None and op != "pow" else _one_by_one(TABLE[op].forward, np)


def _one_by_one(function: Callable[..., float], np: Any) -> Callable[..., Any]:
    def guarded(*numbers: float) -> float:
        try:
            return function(*numbers)
        except (ArithmeticError, ValueError):
            return float("nan")

    def apply(*arrays: Any) -> Any:
        numbers = [x.tolist() for x in (np.broadcast_arrays(*arrays) if len(arrays) > 1 else arrays)]
        try:
            return np.array(list(map(function, *numbers)))
        except (ArithmeticError, ValueError):
            return np.array(list(map(guarded, *numbers)))

    return apply
