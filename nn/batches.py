"""One batch through a model: the cost, the gradient, the outputs. This is the place where a backend is chosen.

    row   one example; a batch's cost is the mean of its rows' costs

The mean is summed in a fixed order, the same on every backend and machine: row r into running sum r mod 8, then the eight in
order. It is the order in which eight rows at once are summed, so a compiled step can give the same bits.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from autograd import Value, no_grad

LANES = 8


@dataclass(slots=True)
class Batch:
    """What one pass over a batch gives: the mean cost, d mean cost / d each parameter, and each row's cost and outputs."""

    cost: float
    gradient: list[float]
    costs: list[float]
    outputs: list[list[float]]


Pass = Callable[[Sequence[list[float]], Sequence[Any]], Batch]


class RowError(Exception):
    """A row has no cost or no gradient: which, counted in its batch. The cause says why."""

    def __init__(self, row: int) -> None:
        super().__init__(row)
        self.row = row


def passes(model: Any, cost: Callable[[Any, Any], Value], parameters: Sequence[Value], backend: str = "auto") -> Pass:
    """A function of rows and targets that answers their Batch, computed by `backend`."""
    if backend not in BACKENDS:
        raise ValueError(f"backend must be one of {', '.join(map(repr, BACKENDS))}, and got {backend!r}")
    return BACKENDS[backend](model, cost, parameters)


def eager(model: Any, cost: Callable[[Any, Any], Value], parameters: Sequence[Value]) -> Pass:
    """Row by row, on the graph that each row builds."""

    def run(rows: Sequence[list[float]], targets: Sequence[Any]) -> Batch:
        costs, outputs = [], []
        sums = [[0.0] * len(parameters) for _ in range(LANES)]
        for r, (x, y) in enumerate(zip(rows, targets, strict=True)):
            try:
                answer = model(x)
                row_cost = cost(answer, y)
                for p in parameters:
                    p.grad = 0.0
                row_cost.backward()
            except ArithmeticError as problem:
                raise RowError(r) from problem
            lane = sums[r % LANES]
            sums[r % LANES] = [total + p.grad for total, p in zip(lane, parameters, strict=True)]
            costs.append(row_cost.data)
            outputs.append([a.data for a in (answer if isinstance(answer, list) else [answer])])
        return Batch(mean(costs), [sum(lanes) / len(costs) for lanes in zip(*sums, strict=True)], costs, outputs)

    return run


BACKENDS: dict[str, Callable[..., Pass]] = {"auto": eager, "eager": eager}


def mean(numbers: Sequence[float]) -> float:
    """The mean, summed in the fixed order.

    >>> mean([1.0, 2.0, 6.0])
    3.0
    """
    return sum(sum(numbers[lane::LANES], 0.0) for lane in range(LANES)) / len(numbers)


def answers(model: Any, rows: Sequence[list[float]]) -> list[list[float]]:
    """The outputs of each row, as numbers; no graph is built."""
    with no_grad():
        return [[a.data for a in model.forward(x)] for x in rows]
