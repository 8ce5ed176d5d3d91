"""Training: `fit`, what stops it early, and what happens when a step fails.

One epoch goes over every row once, in batches; one batch makes one step of the optimizer. The order of the rows in an epoch
depends on the seed and the epoch's number alone, so a training that is resumed goes on as if it had never stopped.
"""

import math
import random
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from autograd import no_grad
from nn.batches import Batch, Pass, RowError, mean, passes
from nn.history import History
from nn.optim import Adam, Optimizer, clip_grad_norm
from nn.schedules import Schedule
from nn.targets import COSTS, Cost, Task, choose, items_of, rows_of

if TYPE_CHECKING:
    from nn.model import Model

Callback = Callable[["Model", History], Any]
DIVERGED = 1e6  # times the first cost (or 1, if that is more): no training comes back from there


class TrainingError(ArithmeticError):
    """A step failed. `epoch` from 1, `row` of X from 0 (None where no single row did it), `history` up to there."""

    def __init__(self, problem: str, epoch: int, row: int | None, lr: float, history: History) -> None:
        at = f"epoch {epoch}" + ("" if row is None else f", row {row} of X")
        super().__init__(
            f"training failed in {at}: {problem}. The model has the last good parameters, those before the step that led here. "
            f"What usually helps: a smaller lr (it was {lr:g}), standardised columns (nn.data.Standardise), "
            "fit(..., clip=1.0), or a cost that takes logits."
        )
        self.epoch, self.row, self.history = epoch, row, history


def fit(
    model: "Model",
    X: Any,  # noqa: N803
    y: Any,
    cost: str | Cost = "auto",
    optimizer: Optimizer | None = None,
    *,
    epochs: int = 100,
    batch_size: int | None = 32,
    validation: float | tuple[Any, Any] | None = None,
    backend: str = "auto",
    seed: int | None = None,
    callbacks: Iterable[Callback] = (),
    schedule: Schedule | None = None,
    clip: float | None = None,
    snapshots: int = 0,
    resume: History | None = None,
    progress: bool | None = None,
) -> History:
    """Train `model` on the rows of `X` and their targets `y`: `model.fit(X, y)`. Answers the History.

    X, y        rows of numbers; targets as numbers, one-hot rows or class labels (`nn.targets.choose` says which is which)
    cost        "auto": cross entropy for class labels with two or more linear outputs, its logit form for one, else mse;
                the name of one of nn's costs; or a function cost(outputs, targets) of one row
    optimizer   over the model's parameters; Adam(lr=0.01) where none is given
    batch_size  rows for each step; None for all
    validation  (X, y) or the fraction of the rows that is held out: cost and accuracy on it are recorded after each epoch
    backend     "eager", row by row on the graph; "python", "numpy" or "native" (extra `native`), all rows at once as a program;
                "auto", eager for small work and else the fastest that is installed. All give the same bits
    seed        for the order of rows and the held-out rows; drawn and recorded in the history where none is given
    callbacks   each called as callback(model, history) after each epoch; a true answer stops, and a string says why
    schedule    epoch -> factor of the optimizer's lr (nn.schedules)
    clip        the largest norm a gradient may have (`clip_grad_norm`)
    snapshots   keep the parameters after each so many epochs
    resume      an earlier history: adds `epochs` to it, going on with its optimizer, seed and numbers
    progress    show a bar; None: where somebody watches, in a terminal or a notebook

    Ctrl-C stops: the model, the optimizer and the history are as after the last whole epoch. A step that fails raises
    TrainingError.

    >>> from nn import MLP
    >>> model = MLP(2, [4, 1], "tanh", seed=1)
    >>> history = model.fit([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0], epochs=200, seed=1)
    >>> model.predict([[0, 1], [1, 1]])
    [1, 0]
    """
    rows = rows_of(X, model.inputs)
    labels = _labels(y, len(rows), "y")
    history = resume or History(seed=random.getrandbits(32) if seed is None else seed)
    if resume is not None and seed not in (None, resume.seed):
        raise ValueError(f"resume goes on in the order of seed {resume.seed}; leave seed={seed} out")
    for name, count in (("epochs", epochs), ("batch_size", batch_size or 1)):
        if not isinstance(count, int) or count < 1:
            raise ValueError(f"{name} must be a whole number of at least 1, and got {count!r}")

    outputs = model.outputs(rows[0])
    task = model.task = choose(labels, outputs, model.output_activation, cost, model.task)
    rows, labels, held_out = _held_out(model, rows, labels, validation, history.seed)
    judges = None if held_out is None else (held_out[0], task.targets(held_out[1], outputs), _indices(task, held_out[1]))
    row_cost = cost if callable(cost) else COSTS[task.cost]
    history.fitted = model, rows, labels, row_cost
    history.stopped = ""
    history.optimizer = optimizer = _optimizer_for(model, optimizer or history.optimizer)
    training = _Training(
        run=passes(model, row_cost, optimizer.parameters, backend, len(rows) * epochs * len(optimizer.parameters)),
        optimizer=optimizer,
        history=history,
        rows=rows,
        targets=task.targets(labels, outputs),
        classes=_indices(task, labels),
        task=task,
        batch_size=min(batch_size or len(rows), len(rows)),
        clip=clip,
    )
    lr, first, callbacks = optimizer.lr, history.epochs + 1, list(callbacks)
    try:
        with _bar(progress, epochs * training.steps, first) as bar:
            for epoch in range(first, first + epochs):
                before = optimizer.snapshot()
                optimizer.lr = lr * (1.0 if schedule is None else schedule(epoch))
                try:
                    found = training.epoch(epoch, bar)
                    if judges is not None:
                        found |= evaluate(model, row_cost, task, *judges)
                except KeyboardInterrupt:
                    optimizer.restore(before)
                    history.stopped = f"interrupted in epoch {epoch}"
                    break
                history.record(**found, lr=optimizer.lr)
                _show(bar, epoch, found)
                if snapshots and epoch % snapshots == 0:
                    history.snapshots[epoch] = [p.data for p in model.parameters()]
                reasons = [reason for callback in callbacks if (reason := callback(model, history))]
                if reasons:
                    history.stopped = reasons[0] if isinstance(reasons[0], str) else f"a callback stopped it after epoch {epoch}"
                    break
    finally:
        optimizer.lr = lr
        optimizer.zero_grad()
    return history


class _Training:
    """The part of `fit` that repeats: epochs of steps."""

    def __init__(
        self,
        *,
        run: Pass,
        optimizer: Optimizer,
        history: History,
        rows: list[list[float]],
        targets: list[Any],
        classes: list[int] | None,
        task: Task,
        batch_size: int,
        clip: float | None,
    ) -> None:
        self.run, self.optimizer, self.history, self.task, self.clip = run, optimizer, history, task, clip
        self.rows, self.targets, self.classes, self.batch_size = rows, targets, classes, batch_size
        self.steps = math.ceil(len(rows) / batch_size)
        self.good = optimizer.snapshot()  # parameters that a cost and a gradient were computed at
        self.first_cost: float | None = history.costs[0] if history.costs else None

    def epoch(self, epoch: int, bar: Any) -> dict[str, float]:
        """Every row once, in batches; the mean cost, and for classes how many of the rows were right."""
        order = batch_order(len(self.rows), self.batch_size, self.history.seed, epoch)
        costs, right = [0.0] * len(order), 0
        for start in range(0, len(order), self.batch_size):
            wanted = order[start : start + self.batch_size]
            batch = self.step(wanted, epoch)
            for i, row_cost, outputs in zip(wanted, batch.costs, batch.outputs, strict=True):
                costs[i] = row_cost
                right += self.classes is not None and self.task.decide(outputs) == self.classes[i]
            bar.update()
        return {"cost": mean(costs)} | ({} if self.classes is None else {"accuracy": right / len(order)})

    def step(self, wanted: list[int], epoch: int) -> Batch:
        """One batch: forward, backward, one step of the optimizer."""
        optimizer = self.optimizer
        try:
            batch = self.run([self.rows[i] for i in wanted], [self.targets[i] for i in wanted])
        except RowError as error:
            raise self.failed(str(error.__cause__), epoch, wanted[error.row]) from error.__cause__
        if self.first_cost is None:
            self.first_cost = batch.cost
        if not batch.cost <= DIVERGED * max(self.first_cost, 1.0):
            worst = max(range(len(wanted)), key=batch.costs.__getitem__)
            problem = f"the cost diverges: it is {batch.costs[worst]:.6g} here, with the outputs {batch.outputs[worst]}"
            raise self.failed(problem, epoch, wanted[worst])
        self.good = optimizer.snapshot()
        for p, slope in zip(optimizer.parameters, batch.gradient, strict=True):
            p.grad = slope
        try:
            if self.clip is not None:
                clip_grad_norm(optimizer.parameters, self.clip)
            optimizer.step()
        except ArithmeticError as problem:
            raise self.failed(str(problem), epoch, None) from problem
        return batch

    def failed(self, problem: str, epoch: int, row: int | None) -> TrainingError:
        self.optimizer.restore(self.good)
        return TrainingError(problem, epoch, row, self.optimizer.lr, self.history)


def batch_order(rows: int, batch_size: int, seed: int, epoch: int) -> list[int]:
    """The rows in the order in which an epoch takes them: shuffled, unless one batch holds them all."""
    order = list(range(rows))
    if batch_size < rows:
        random.Random(f"{seed}/{epoch}").shuffle(order)
    return order


def evaluate(
    model: "Model", row_cost: Cost, task: Task, rows: list[list[float]], targets: list[Any], classes: list[int] | None
) -> dict[str, float]:
    """Mean cost and accuracy on rows that are not trained on."""
    costs, right = [], []
    with no_grad():
        for i, (x, y) in enumerate(zip(rows, targets, strict=True)):
            answer = model(x)
            costs.append(row_cost(answer, y).data)
            if classes is not None:
                right.append(task.decide([a.data for a in (answer if isinstance(answer, list) else [answer])]) == classes[i])
    return {"validation_cost": mean(costs)} | ({"validation_accuracy": sum(right) / len(right)} if right else {})


def early_stopping(metric: str | None = None, patience: int = 10, min_delta: float = 0.0, restore: bool = True) -> Callback:
    """A callback that stops when `metric` has not become better by more than `min_delta` for `patience` epochs.

    `metric` is a column of the history, by default validation_cost where there is one and else cost; an accuracy is better
    where it is higher. When it stops, it gives the model back the parameters of the best epoch, unless `restore` is False.

    >>> stop = early_stopping("cost", patience=2, restore=False)
    >>> stop(None, History([3.0, 2.0, 2.5, 2.25]))
    'cost was best in epoch 2 and no better for 2 epochs'
    """
    if patience < 1 or min_delta < 0:
        raise ValueError(f"patience must be at least 1 and min_delta at least 0, and they are {patience} and {min_delta}")

    def stop(model: "Model", history: History) -> str:
        name = metric or ("validation_cost" if "validation_cost" in history.metrics else "cost")
        best = _best(history.column(name), -1.0 if name.endswith("accuracy") else 1.0, min_delta)
        if restore and best == history.epochs:
            history.best = best, [p.data for p in model.parameters()]
        if history.epochs - best < patience:
            return ""
        if restore and history.best is not None and history.best[0] == best:
            for p, data in zip(model.parameters(), history.best[1], strict=True):
                p.data = data
        return f"{name} was best in epoch {best} and no better for {patience} epochs"

    return stop


def _best(column: Sequence[float | None], sign: float, min_delta: float) -> int:
    """The epoch, from 1, after which nothing was better by more than min_delta."""
    epoch, lowest = 0, math.inf
    for i, value in enumerate(column, 1):
        if value is not None and sign * value < lowest - min_delta:
            epoch, lowest = i, sign * value
    return epoch


def _labels(y: Any, rows: int, name: str) -> list[Any]:
    labels = items_of(y, name)
    if len(labels) != rows:
        raise ValueError(f"{name} must have one target for each row of X, and has {len(labels)} for {rows} rows")
    return labels


def _indices(task: Task, labels: list[Any]) -> list[int] | None:
    return None if task.classes is None else task.indices(labels)


def _held_out(
    model: "Model", rows: list[list[float]], labels: list[Any], validation: Any, seed: int
) -> tuple[list[list[float]], list[Any], tuple[list[list[float]], list[Any]] | None]:
    """Rows and labels to train on, and those to judge by."""
    if validation is None:
        return rows, labels, None
    if isinstance(validation, tuple | list):
        if len(validation) != 2:
            raise ValueError(f"validation must be (X, y) or a fraction, and has {len(validation)} parts")
        judged = rows_of(validation[0], model.inputs, "validation X")
        return rows, labels, (judged, _labels(validation[1], len(judged), "validation y"))
    count = round(len(rows) * validation) if 0.0 < validation < 1.0 else 0
    if not 0 < count < len(rows):
        raise ValueError(f"validation must be (X, y) or a fraction that leaves rows on both sides, and is {validation!r}")
    order = list(range(len(rows)))
    random.Random(f"{seed}/validation").shuffle(order)
    kept, judges = sorted(order[count:]), sorted(order[:count])
    return [rows[i] for i in kept], [labels[i] for i in kept], ([rows[i] for i in judges], [labels[i] for i in judges])


def _optimizer_for(model: "Model", optimizer: Optimizer | None) -> Optimizer:
    parameters = model.parameters()
    if optimizer is None:
        return Adam(parameters, lr=0.01)
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"optimizer must be one of nn's, as in nn.SGD(model.parameters(), lr=0.1), and got {optimizer!r:.60}")
    if not set(parameters) & set(optimizer.parameters):
        raise ValueError(f"{optimizer!r} holds none of this model's parameters: make it with model.parameters()")
    return optimizer


class _NoBar:
    def update(self) -> None: ...
    def set_postfix(self, *_: Any, **__: Any) -> None: ...


@contextmanager
def _bar(progress: bool | None, steps: int, first: int) -> Iterator[Any]:
    """tqdm's bar in a terminal or notebook, or nothing that has the same methods."""
    watched = "ipykernel" in sys.modules or (sys.stderr is not None and sys.stderr.isatty())
    if not (watched if progress is None else progress):
        yield _NoBar()
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a notebook without its widgets gets a bar of text
        from tqdm.auto import tqdm  # type: ignore[import-untyped]

        bar = tqdm(total=steps, desc="training" if first == 1 else f"training from epoch {first}", unit="step")
    with bar:
        yield bar


def _show(bar: Any, epoch: int, found: dict[str, float]) -> None:
    bar.set_postfix({"epoch": epoch} | {name: f"{value:.4g}" for name, value in found.items()}, refresh=False)
