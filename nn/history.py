"""History: what a training did, epoch by epoch."""

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from nn.optim import Optimizer


@dataclass
class History:
    """What `fit` answers. Epochs are numbered from 1; item k of every list is epoch k + 1.

    costs       the mean cost over the rows of each epoch, each row's taken just before the step that its batch made
    metrics     further numbers of each epoch by name: accuracy, validation_cost, validation_accuracy, lr
    snapshots   the parameters' data after some epochs, in the order of model.parameters(): fit(..., snapshots=10)
    seed        where the order of the batches comes from
    stopped     why training ended before its last epoch, or ""
    best        the epoch that early_stopping thought best so far, and the parameters after it
    optimizer   the one that was used; `fit(..., resume=history)` goes on with it
    """

    costs: list[float] = field(default_factory=list)
    metrics: dict[str, list[float | None]] = field(default_factory=dict)
    snapshots: dict[int, list[float]] = field(default_factory=dict)
    seed: int = 0
    stopped: str = ""
    best: tuple[int, list[float]] | None = None
    optimizer: "Optimizer | None" = field(default=None, compare=False)

    def __post_init__(self) -> None:
        # what `fit` was given, for `explore_training(history)`: model, rows, targets, cost. No part of what is saved or compared
        self.fitted: tuple[Any, Any, Any, Any] | None = None

    @property
    def epochs(self) -> int:
        """How many epochs are behind it."""
        return len(self.costs)

    def record(self, cost: float, **metrics: float) -> None:
        """Add one epoch. A callback may append to a column of its own after that."""
        for name in [*self.metrics, *metrics]:
            column = self.metrics.setdefault(name, [])
            column.extend([None] * (self.epochs - len(column)))
        for name, value in metrics.items():
            self.metrics[name].append(value)
        self.costs.append(cost)

    def forget(self, epochs: int) -> None:
        """Keep the first `epochs` epochs alone: an interrupted one leaves no half of a record."""
        del self.costs[epochs:]
        for column in self.metrics.values():
            del column[epochs:]
        self.snapshots = {epoch: data for epoch, data in self.snapshots.items() if epoch <= epochs}

    def column(self, name: str) -> list[float | None]:
        """The metric of that name, or the costs as "cost".

        >>> History([0.5, 0.25], {"accuracy": [0.5, 1.0]}).column("accuracy")
        [0.5, 1.0]
        """
        if name == "cost":
            return list(self.costs)
        if name not in self.metrics:
            raise ValueError(f"this history has {', '.join(['cost', *self.metrics])}, and no {name!r}")
        column = self.metrics[name]
        return column + [None] * (self.epochs - len(column))

    def plot(self, ax: Any = None) -> Any:
        """The curves of cost and accuracy; answers matplotlib's axes. Needs the extra `plot`."""
        from nn.plots import curves

        return curves(self, ax=ax)

    def to_csv(self, path: "str | Path | None" = None) -> str:
        """One line for each epoch, as text; written to `path` too, where one is given.

        >>> print(History([0.5, 0.25], {"accuracy": [0.5, 1.0]}).to_csv())
        epoch,cost,accuracy
        1,0.5,0.5
        2,0.25,1.0
        """
        import csv
        import io

        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["epoch", "cost", *self.metrics])
        writer.writerows(zip(range(1, self.epochs + 1), self.costs, *map(self.column, self.metrics), strict=True))
        return _written(out.getvalue(), path)

    def to_json(self, path: "str | Path | None" = None) -> str:
        """All but the optimizer, as text that `from_json` reads; written to `path` too, where one is given."""
        import json

        return _written(json.dumps(self.to_dict(), indent=1), path)

    def to_dict(self) -> dict[str, Any]:
        """All but the optimizer, as JSON has it."""
        optimizer, self.optimizer = self.optimizer, None
        try:
            return asdict(self) | {"snapshots": {str(epoch): data for epoch, data in self.snapshots.items()}}
        finally:
            self.optimizer = optimizer

    @classmethod
    def from_json(cls, text: str) -> "History":
        """What `to_json` wrote.

        >>> history = History([0.5], {"lr": [0.1]}, {1: [0.25]}, seed=3)
        >>> History.from_json(history.to_json()) == history
        True
        """
        import json

        return cls.from_dict(json.loads(text))

    @classmethod
    def from_dict(cls, found: dict[str, Any]) -> "History":
        """What `to_dict` gave. Raises TypeError or ValueError for anything else."""
        history = cls(**found)
        for column in (history.costs, *history.metrics.values(), *history.snapshots.values()):
            if not isinstance(column, list) or not all(x is None or isinstance(x, float | int) for x in column):
                raise TypeError(f"a column of a history must be numbers, and is {column!r:.60}")
        if any(len(column) > history.epochs for column in history.metrics.values()) or None in history.costs:
            raise ValueError("a column of a history is longer than its costs")
        if not isinstance(history.seed, int) or not isinstance(history.stopped, str):
            raise TypeError("a history's seed must be a whole number, and stopped a string")
        history.snapshots = {int(epoch): data for epoch, data in history.snapshots.items()}
        history.best = None if history.best is None else (int(history.best[0]), list(history.best[1]))
        history.optimizer = None
        return history

    def __repr__(self) -> str:
        last = [f"cost {self.costs[-1]:.6g}"] if self.costs else []
        last += [f"{name} {column[-1]:.6g}" for name, column in self.metrics.items() if column and column[-1] is not None]
        stopped = f"; {self.stopped}" if self.stopped else ""
        return f"<History: {self.epochs} epochs{', ' if last else ''}{', '.join(last)}{stopped}>"


def _written(text: str, path: "str | Path | None") -> str:
    if path is not None:
        from nn.files import write_text

        write_text(path, text)
    return text
