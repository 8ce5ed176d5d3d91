"""Model: a module that is trained and asked. MLP is one; so is what a reader writes, with a `forward` that answers a list."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from autograd import Value
from nn.batches import answers
from nn.module import Module
from nn.targets import Task, choose, items_of, rows_of
from nn.train import fit

if TYPE_CHECKING:
    from pathlib import Path


class Model(Module):
    """Base class for models: `forward(x)` answers the list of outputs for one row.

    `task` is what it was trained for: the cost, and the classes that its outputs stand for.

    >>> import nn
    >>> class Line(Model):
    ...     def __init__(self):
    ...         self.slope, self.height = nn.Parameter(0.0), nn.Parameter(0.0)
    ...     def forward(self, x):
    ...         return [self.slope * x[0] + self.height]
    >>> line = Line()
    >>> _ = line.fit([[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0], optimizer=nn.SGD(line.parameters(), lr=0.1), epochs=500)
    >>> [round(a, 3) for a in line.predict([[10.0]])]
    [21.0]
    """

    task: Task | None = None

    def forward(self, x: Any) -> list[Value]:
        """The outputs for one row, always as a list."""
        raise NotImplementedError(f"{type(self).__name__} must say forward(self, x), which answers a list of Values")

    def __call__(self, x: Iterable[Value | float]) -> Any:
        """The outputs: a list of Values, or the Value itself where there is one."""
        outputs = self.forward(x)
        return outputs[0] if len(outputs) == 1 else outputs

    @property
    def inputs(self) -> int | None:
        """How many numbers a row has; None where the model takes any."""
        return getattr(self, "nin", None)

    @property
    def output_activation(self) -> str:
        """The name of the last layer's activation."""
        layers = getattr(self, "layers", None)
        return str(getattr(layers[-1], "activation", "linear")) if layers else "linear"

    def outputs(self, x: Sequence[float]) -> int:
        """How many outputs there are, asked with a row."""
        return len(answers(self, [list(x)])[0])

    fit = fit

    def predict(self, X: Any) -> list[Any]:  # noqa: N803
        """For each row the class label, or for a model of numbers the output (a list of them where there are several)."""
        found = answers(self, rows_of(X, self.inputs))
        if self.task is not None and self.task.classes is not None:
            return [self.task.classes[self.task.decide(outputs)] for outputs in found]
        return [outputs[0] if len(outputs) == 1 else outputs for outputs in found]

    def predict_proba(self, X: Any) -> list[list[float]]:  # noqa: N803
        """For each row the probability of each class, in the order of `task.classes`."""
        rows = rows_of(X, self.inputs)
        task = self.task
        if task is None or task.classes is None:
            count = self.outputs(rows[0])
            task = choose([0, 1] if count == 1 else [0] * count, count, self.output_activation)
        return [task.probabilities(outputs) for outputs in answers(self, rows)]

    def score(self, X: Any, y: Any) -> float:  # noqa: N803
        """The fraction of rows whose class is right; for numbers R**2, 1 minus the squared error over that of the mean.

        R**2 is the mean over the outputs; 1 is perfect, 0 is what always answering the mean gives, and there is none for targets
        that do not vary.
        """
        found, labels, task = self._asked(X, y)
        if task.classes is not None:
            return sum(task.decide(a) == k for a, k in zip(found, task.indices(labels), strict=True)) / len(found)
        targets = task.targets(labels, len(found[0]))
        columns = zip(*(t if isinstance(t, list) else [t] for t in targets), strict=True)
        scores = [_r2(aims, outputs) for aims, outputs in zip(columns, zip(*found, strict=True), strict=True)]
        return sum(scores) / len(scores)

    def confusion_matrix(self, X: Any, y: Any) -> "ConfusionMatrix":  # noqa: N803
        """How often each class was taken for each: rows are what is true, columns what was predicted."""
        found, labels, task = self._asked(X, y)
        if task.classes is None:
            raise ValueError("a confusion matrix needs classes, and these targets are numbers")
        counts = [[0] * len(task.classes) for _ in task.classes]
        for outputs, index in zip(found, task.indices(labels), strict=True):
            counts[index][task.decide(outputs)] += 1
        return ConfusionMatrix(task.classes, counts)

    def _asked(self, X: Any, y: Any) -> tuple[list[list[float]], list[Any], Task]:  # noqa: N803
        """Outputs, labels, and the task: the one trained for, or for a model that `fit` never saw what the labels suggest."""
        found, labels = answers(self, rows_of(X, self.inputs)), items_of(y, "y")
        if len(found) != len(labels):
            raise ValueError(f"y must have one target for each row of X, and has {len(labels)} for {len(found)} rows")
        return found, labels, self.task or choose(labels, len(found[0]), self.output_activation)

    def save(self, path: "str | Path") -> None:
        """Write the model to a file that `nn.load` reads."""
        from nn.storage import save

        save(path, self)


@dataclass(frozen=True)
class ConfusionMatrix:
    """`counts[i][j]` rows of class i were taken for class j.

    >>> print(ConfusionMatrix(("cat", "dog"), [[5, 1], [0, 6]]))
    true \\ predicted  cat  dog
    cat                 5    1
    dog                 0    6
    """

    classes: tuple[Any, ...]
    counts: list[list[int]]

    def __str__(self) -> str:
        names, corner = [str(label) for label in self.classes], "true \\ predicted"
        width = max(map(len, [corner, *names]))
        widths = [max(len(names[j]), *(len(str(row[j])) for row in self.counts)) for j in range(len(names))]
        lines = [corner.ljust(width) + "".join(f"  {name:>{w}}" for name, w in zip(names, widths, strict=True))]
        for name, row in zip(names, self.counts, strict=True):
            lines.append(name.ljust(width) + "".join(f"  {count:>{w}}" for count, w in zip(row, widths, strict=True)))
        return "\n".join(lines)


def _r2(targets: Sequence[float], outputs: Sequence[float]) -> float:
    middle = sum(targets) / len(targets)
    spread = sum((y - middle) ** 2 for y in targets)
    if not spread:
        raise ValueError("score has no meaning for targets that are all the same number: R**2 compares with how much they vary")
    return 1.0 - sum((y - a) ** 2 for y, a in zip(targets, outputs, strict=True)) / spread
