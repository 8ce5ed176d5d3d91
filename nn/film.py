"""The film of a training: the network's page, epoch by epoch, with cost curve, most charged connections and decision boundary."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from autograd.page import Page
from nn.batches import answers
from nn.history import History
from nn.ledger import Blame, blame
from nn.page import MOST, _Network
from nn.picture import _layers, draw_network
from nn.targets import Cost

FRAMES = 60  # epochs that a film shows at most; of more snapshots it shows these, evenly
LISTED = 5  # connections that were charged most
STEPS = 24  # of the grid under a decision boundary
POINTS = 300  # rows that are drawn on it


def explore_training(
    history: History,
    model: Any = None,
    x: Any = None,
    y: Any = None,
    cost: str | Cost | None = None,
    *,
    row: int = 0,
    columns: Sequence[str] | None = None,
) -> Page:
    """A film of training as an interactive page: a slider over the epochs of which `history` has snapshots.

    For each epoch it shows the network's weights and charges for one chosen `row` (from 0), the cost curve, the connections that
    all rows together charged most, and for a model of two inputs what it answers around the rows. `history` is what
    `model.fit(..., snapshots=k)` answered, and knows what it was fitted to; one that was loaded from a file needs `model`, `x` and
    `y` again. `cost` is by default the one it was fitted with. The model's parameters are as before afterwards.

    Raises ValueError where the history has no snapshots, or they are of another model, or nobody knows what it was fitted to.

    >>> import nn
    >>> model = nn.MLP(2, [2, 1], "tanh", seed=1)
    >>> history = model.fit([[0, 0], [0, 1]], [0.0, 1.5], epochs=4, snapshots=2, progress=False)
    >>> explore_training(history)
    <Page: Training of network 2-2-1, 2 of 4 epochs>
    """
    if not isinstance(history, History) or not history.snapshots:
        raise ValueError("history must have snapshots of the parameters: history = model.fit(..., snapshots=1)")
    if model is None or x is None or y is None:
        if history.fitted is None:
            raise ValueError("this history does not know what was fitted: explore_training(history, model, x, y)")
        fitted = history.fitted
        model, x, y, cost = (
            given if given is not None else known for given, known in zip((model, x, y, cost), fitted, strict=True)
        )
    parameters = model.parameters()
    if any(len(snapshot) != len(parameters) for snapshot in history.snapshots.values()):
        raise ValueError(f"model must be the one that was trained: history's snapshots are not of {len(parameters)} parameters")
    network, reports, shades = _Network(_layers(model), columns), [], []
    plane = len(network.columns) == 2
    epochs = _evenly(list(history.snapshots), min(FRAMES, max(2, MOST // (8 * len(parameters)))))
    with _kept(parameters):
        for epoch in epochs:
            for p, number in zip(parameters, history.snapshots[epoch], strict=True):
                p.data = number
            report = blame(model, x, y, cost or model.task.cost)
            if not 0 <= row < len(report.rows):
                raise ValueError(f"row must be one of the {len(report.rows)} rows of x, counted from 0, and got {row}")
            example = report.rows[row], report.targets[row], report.cost_function
            network.add(model, *example)
            reports.append(report)
            shades.append(_shade(model, report) if plane else None)
        picture = draw_network(model, *example, mode="blame", columns=columns)
    film = {
        "epochs": epochs,
        "costs": history.costs,
        "row": row + 1,
        "of": [report.cost for report in reports],
        "charged": [_most_charged(report) for report in reports],
        "shades": shades,
        "points": _points(model, reports[0], y) if plane else [],
        "around": _around(reports[0]) if plane else [],
        "axes": network.columns[:2],
    }
    titles = [f"epoch {epoch}, its cost {c:.4g}" for epoch, c in zip(epochs, network.costs, strict=True)]
    title = f"Training of network {network.sizes}, {len(epochs)} of {history.epochs} epochs"
    return Page(network.data | {"titles": titles, "film": film}, title, picture)


@contextmanager
def _kept(parameters: list[Any]) -> Iterator[None]:
    """The parameters' data afterwards as before."""
    before = [p.data for p in parameters]
    try:
        yield
    finally:
        for p, number in zip(parameters, before, strict=True):
            p.data = number


def _evenly(epochs: list[int], most: int) -> list[int]:
    """At most so many of them, evenly, the first and the last among them."""
    if len(epochs) <= most:
        return epochs
    return [epochs[round(i * (len(epochs) - 1) / (most - 1))] for i in range(most)]


def _most_charged(report: Blame) -> list[dict[str, Any]]:
    connections = [(c, n.name) for n in report.neurons for c in n.connections]
    first = sorted(connections, key=lambda pair: -abs(pair[0].charge))[:LISTED]
    return [{"name": c.name, "by": by, "charge": abs(c.charge), "weight": c.weight} for c, by in first]


def _around(report: Blame) -> list[float]:
    """What the picture of the answers shows, with a margin: from and to in x, from and to in y."""
    found = []
    for k in (0, 1):
        low, high = min(float(r[k]) for r in report.rows), max(float(r[k]) for r in report.rows)
        margin = 0.1 * (high - low) or 1.0
        found += [low - margin, high + margin]
    return found


def _shade(model: Any, report: Blame) -> list[float]:
    """What the model answers on a grid, from the top row down: above the threshold > 0; of several outputs, which is largest."""
    left, right, bottom, top = _around(report)
    across = [left + (right - left) * (i + 0.5) / STEPS for i in range(STEPS)]
    down = [top - (top - bottom) * (i + 0.5) / STEPS for i in range(STEPS)]
    found = answers(model, [[a, b] for b in down for a in across])
    task = getattr(model, "task", None)
    if len(found[0]) > 1:
        return [float(outputs.index(max(outputs))) for outputs in found]
    middle = float(task.threshold) if task and task.classes is not None else 0.0
    return [round(outputs[0] - middle, 4) for outputs in found]


def _points(model: Any, report: Blame, y: Any) -> list[list[float]]:
    """The rows, with the class of each; where targets are numbers, 1 for those above 0."""
    task = getattr(model, "task", None)
    if task and task.classes is not None:
        classes = task.indices(list(y))
    else:
        classes = [int(isinstance(t, int | float) and t > 0.0) for t in report.targets]
    return [[float(r[0]), float(r[1]), c] for r, c in zip(report.rows, classes, strict=True)][:POINTS]
