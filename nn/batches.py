"""One batch through a model: the cost, the gradient, the outputs. This is the place where a backend is chosen.

    row   one example; a batch's cost is the mean of its rows' costs

Means are summed in the fixed order of `autograd.sums`, and programs run in their exact mode: every backend gives the same bits.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from autograd import Value, gradients, no_grad
from autograd.sums import LANES, sum_in_order
from nn.costs import cross_entropy

BACKENDS = ("auto", "eager", "python", "numpy", "native")
WORTH_IT = 500_000  # rows x parameters, over all epochs: about the second that a program takes to be made


@dataclass(slots=True)
class Batch:
    """What one pass over a batch gives: the mean cost, d mean cost / d each parameter, and each row's cost and outputs."""

    cost: float
    gradient: list[float]
    costs: list[float]
    outputs: list[list[float]]


Cost = Callable[[Any, Any], Value]
Pass = Callable[[Sequence[list[float]], Sequence[Any]], Batch]


class RowError(Exception):
    """A row has no cost or no gradient: which, counted in its batch. The cause says why."""

    def __init__(self, row: int) -> None:
        super().__init__(row)
        self.row = row


def passes(model: Any, cost: Cost, parameters: Sequence[Value], backend: str = "auto", work: int = 0) -> Pass:
    """A function of rows and targets that answers their Batch, computed by `backend`.

    "auto" is eager where there is little `work` (rows x parameters, over all epochs), and otherwise a program, on the fastest
    executor that is installed; eager too, where the model or the cost cannot be traced.
    """
    if backend not in BACKENDS:
        raise ValueError(f"backend must be one of {', '.join(map(repr, BACKENDS))}, and got {backend!r}")
    if backend == "eager" or (backend == "auto" and work < WORTH_IT):
        return eager(model, cost, parameters)
    return program(model, cost, parameters, backend)


def eager(model: Any, cost: Cost, parameters: Sequence[Value]) -> Pass:
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
        gradient = [sum_in_order(lanes) / len(costs) for lanes in zip(*sums, strict=True)]
        return Batch(mean(costs), gradient, costs, outputs)

    return run


def program(model: Any, cost: Cost, parameters: Sequence[Value], backend: str) -> Pass:
    """All rows at once: the graph of one row, and of its gradient, traced and compiled."""
    from autograd import compile as compiled

    def row(x: Any, y: Any) -> Any:
        answer = model(x)
        row_cost = cost(answer, y)
        return answer if isinstance(answer, list) else [answer], row_cost, gradients(row_cost, parameters)

    step, slowly = compiled(row, rows=("x", "y"), backend=backend, exact=True), eager(model, cost, parameters)
    untraceable = False

    def run(rows: Sequence[list[float]], targets: Sequence[Any]) -> Batch:
        nonlocal untraceable
        if untraceable:
            return slowly(rows, targets)
        try:
            outputs, costs, slopes = step(rows, _one_hot(targets, model, rows[0]) if cost is cross_entropy else targets)
        except ArithmeticError:
            return slowly(rows, targets)  # raises there, and says in which row
        except TypeError:
            if backend != "auto":
                raise
            untraceable = True
            return slowly(rows, targets)
        costs = [float(c) for c in costs]
        return Batch(mean(costs), _means(slopes, len(costs)), costs, [list(map(float, a)) for a in zip(*outputs, strict=True)])

    return run


def _one_hot(indices: Sequence[int], model: Any, row: list[float]) -> list[list[float]]:
    """Each class as one probability for each class, which a program can read; cross entropy has the same bits for both."""
    classes = range(len(answers(model, [row])[0]))
    return [[float(k == index) for k in classes] for index in indices]


def _means(columns: Sequence[Any], rows: int) -> list[float]:
    """The mean of each column in the fixed order."""
    if not columns or isinstance(columns[0], list):
        return [mean(column) for column in columns]
    import numpy as np

    table = np.zeros((len(columns), -(-rows // LANES) * LANES))
    table[:, :rows] = columns
    running = np.zeros((len(columns), LANES))
    for start in range(0, rows, LANES):
        running += table[:, start : start + LANES]
    total = running[:, 0].copy()
    for lane in range(1, LANES):
        total += running[:, lane]
    means: list[float] = (total / rows).tolist()
    return means


def mean(numbers: Sequence[float]) -> float:
    """The mean, summed in the fixed order.

    >>> mean([1.0, 2.0, 6.0])
    3.0
    """
    return sum_in_order(numbers) / len(numbers)


def answers(model: Any, rows: Sequence[list[float]]) -> list[list[float]]:
    """The outputs of each row, as numbers; no graph is built."""
    with no_grad():
        return [[a.data for a in model.forward(x)] for x in rows]
