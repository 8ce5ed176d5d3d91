"""Targets as a user has them (numbers, one-hot rows, class labels) and as a cost takes them, and back from outputs to answers.

label   a class as the user writes it: "setosa", 2, True
class   its index, from 0, in `Task.classes`
low     what an output is trained towards where the class is not its own
high    ... and where it is
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from autograd import Value, constant, no_grad
from autograd.errors import number
from nn import costs

Cost = Callable[[Any, Any], Value]
COSTS: dict[str, Cost] = {
    cost.__name__: cost
    for cost in (costs.mse, costs.hinge, costs.binary_cross_entropy, costs.binary_cross_entropy_with_logits, costs.cross_entropy)
}


@dataclass(frozen=True)
class Task:
    """What a model is trained for: the name of its cost, and the classes that its outputs stand for (None: numbers).

    `low` and `high` are what one output is trained towards.
    """

    cost: str
    classes: tuple[Any, ...] | None = None
    low: float = 0.0
    high: float = 1.0

    def targets(self, y: Sequence[Any], outputs: int) -> list[Any]:
        """Each row's target as the cost takes it: a number, a list of numbers, or for cross_entropy the class."""
        if self.classes is None:
            return [_numbers(target, outputs, f"row {i} of y") for i, target in enumerate(y)]
        indices = self.indices(y)
        if self.cost == "cross_entropy":
            return list(indices)
        if outputs == 1:
            return [self.high if index else self.low for index in indices]
        return [[self.high if k == index else self.low for k in range(outputs)] for index in indices]

    def indices(self, y: Sequence[Any]) -> list[int]:
        """The class of each row, given as a label or as a one-hot row."""
        assert self.classes is not None
        known = {label: index for index, label in enumerate(self.classes)}
        return [self._index(target, known, i) for i, target in enumerate(y)]

    def _index(self, target: Any, known: dict[Any, int], row: int) -> int:
        if _is_row(target):
            if sorted(target) != [0.0] * (len(known) - 1) + [1.0]:
                raise ValueError(f"row {row} of y must be one-hot, a 1 among {len(known) - 1} zeros, and is {target!r:.60}")
            return list(target).index(1)
        try:
            return known[target]
        except KeyError:
            labels = ", ".join(map(repr, known))
            raise ValueError(f"row {row} of y must be one of the classes {labels}, and is {target!r:.60}") from None

    def decide(self, outputs: Sequence[float]) -> int:
        """The class that the outputs of one row speak for; of equals the first."""
        if len(outputs) > 1:
            return max(range(len(outputs)), key=outputs.__getitem__)
        return int(outputs[0] > self.threshold)

    @property
    def threshold(self) -> float:
        """Where a single output changes from the first class to the second: 0 for a logit or a score, else halfway."""
        return 0.0 if self.cost in ("binary_cross_entropy_with_logits", "hinge") else (self.low + self.high) / 2.0

    def probabilities(self, outputs: Sequence[float]) -> list[float]:
        """The probability of each class: softmax or sigmoid of logits, and what a sigmoid answers as it is."""
        with no_grad():
            values = [constant(a) for a in outputs]
            if self.cost == "cross_entropy":
                return [p.data for p in costs.softmax(values)]
            if self.cost == "binary_cross_entropy_with_logits":
                return [(-values[0]).sigmoid().data, values[0].sigmoid().data]
        if not all(0.0 <= a <= 1.0 for a in outputs) or not sum(outputs):
            raise ValueError(
                f"predict_proba needs outputs that are probabilities, from a sigmoid or a cross entropy; "
                f"this model was trained with {self.cost} and one row gives {list(outputs)}"
            )
        return [1.0 - outputs[0], outputs[0]] if len(outputs) == 1 else [a / sum(outputs) for a in outputs]


def choose(y: Sequence[Any], outputs: int, activation: str, cost: str | Cost = "auto", known: Task | None = None) -> Task:
    """The task that these targets set to a model with so many outputs of that activation.

    "auto" is cross entropy for class labels with two or more linear outputs, its logit form for one, else mse. Class labels are
    strings, bools, one-hot rows, whole numbers with several outputs, and with one output the ints 0 and 1, or -1 and 1.

    >>> choose(["yes", "no", "no"], 1, "linear")
    Task(cost='binary_cross_entropy_with_logits', classes=('no', 'yes'), low=0.0, high=1.0)
    >>> choose([0.5, 2.0], 1, "linear")
    Task(cost='mse', classes=None, low=0.0, high=1.0)
    """
    classes = _classes(y, outputs, known)
    name = cost if isinstance(cost, str) else getattr(cost, "__name__", type(cost).__name__)
    if cost == "auto":
        logits = classes is not None and activation == "linear"
        name = ("cross_entropy" if outputs > 1 else "binary_cross_entropy_with_logits") if logits else "mse"
    elif isinstance(cost, str) and cost not in COSTS:
        raise ValueError(f"cost must be 'auto', a function of outputs and targets, or one of {', '.join(COSTS)}, and got {cost!r}")
    if name == "cross_entropy" and outputs == 1:
        raise ValueError("cross_entropy needs one output per class; for a single output write binary_cross_entropy_with_logits")
    return Task(name, classes, *_low_and_high(name, classes, outputs, activation))


def _low_and_high(cost: str, classes: tuple[Any, ...] | None, outputs: int, activation: str) -> tuple[float, float]:
    if cost == "hinge" or (classes and activation == "tanh" and "cross_entropy" not in cost):
        return -1.0, 1.0
    if classes == (-1, 1) and outputs == 1 and "cross_entropy" not in cost:
        return -1.0, 1.0
    return 0.0, 1.0


def _classes(y: Sequence[Any], outputs: int, known: Task | None) -> tuple[Any, ...] | None:
    if _is_row(y[0]):
        one_hot = outputs > 1 and all(_is_row(t) and len(t) == outputs and sorted(t) == [0.0] * (outputs - 1) + [1.0] for t in y)
        return (known and known.classes) or tuple(range(outputs)) if one_hot else None
    try:
        labels = set(y)
    except TypeError:
        row = next(i for i, target in enumerate(y) if _is_row(target))
        raise ValueError(f"y mixes numbers and rows: row 0 is {y[0]!r:.60} and row {row} is {y[row]!r:.60}") from None
    if known is not None and known.classes is not None and labels <= set(known.classes):
        return known.classes
    words = any(isinstance(label, str) for label in labels)
    if words and not all(isinstance(label, str) for label in labels):
        raise TypeError("y mixes strings with other labels; write them all as strings or all as numbers")
    if not words and outputs == 1:
        ints = all(isinstance(label, int) for label in labels)
        return next((pair for pair in ((0, 1), (-1, 1)) if ints and labels <= set(pair)), None)
    if not words and all(number(x, "a target") == int(x) and 0 <= x < outputs for x in labels):
        return tuple(range(outputs))
    if len(labels) == max(outputs, 2):
        return tuple(sorted(labels))
    shown = ", ".join(map(repr, sorted(labels)[:10]))
    raise ValueError(f"y has the {len(labels)} labels {shown}, and the model has outputs for {max(outputs, 2)} classes")


def rows_of(X: Any, width: int | None, name: str = "X") -> list[list[float]]:  # noqa: N803
    """Rows of numbers from lists, arrays or tables; errors name the row and the column, from 0.

    >>> rows_of([[1, 2], [3, "4"]], 2)
    Traceback (most recent call last):
    TypeError: X, row 1, column 1 must be a number (int, float, bool or a NumPy scalar), and got the str '4'
    """
    rows = items_of(X, name)
    for i, row in enumerate(rows):
        if not _is_row(row):
            raise TypeError(f"{name} must be rows of numbers, as in [[1.0, 2.0], [3.0, 4.0]], and row {i} is {row!r:.60}")
        if len(row) != (len(rows[0]) if width is None else width):
            raise ValueError(f"each row of {name} must have {width or len(rows[0])} numbers, and row {i} has {len(row)}")
    return [[finite(x, f"{name}, row {i}, column {j}") for j, x in enumerate(row)] for i, row in enumerate(rows)]


def items_of(items: Any, name: str) -> list[Any]:
    """A list from a list, tuple, NumPy array, tensor, or pandas table or column; at least one item."""
    for method in ("to_numpy", "tolist"):
        items = getattr(items, method)() if hasattr(items, method) else items
    if isinstance(items, str | bytes | Value) or not isinstance(items, Iterable):
        raise TypeError(f"{name} must be a list with one item for each row, and got the {type(items).__name__} {items!r:.60}")
    found = [item.tolist() if hasattr(item, "tolist") else item for item in items]
    if not found:
        raise ValueError(f"{name} has no rows")
    return found


def finite(x: Any, what: str) -> float:
    """A number that is neither NaN nor infinite."""
    found = number(x, what)
    if found - found != 0.0:
        raise ValueError(f"{what} is {found}: leave the row out or fill the gap")
    return found


def _numbers(target: Any, outputs: int, what: str) -> Any:
    if not _is_row(target):
        if outputs > 1:
            raise ValueError(f"{what} must be {outputs} numbers, one for each output, and is {target!r:.60}")
        return finite(target, what)
    if len(target) != outputs:
        raise ValueError(f"{what} must have {outputs} numbers, one for each output, and has {len(target)}")
    return [finite(x, what) for x in target]


def _is_row(x: Any) -> bool:
    return isinstance(x, Sequence) and not isinstance(x, str | bytes)
