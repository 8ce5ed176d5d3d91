"""Plots of training, with matplotlib (the extra `plot`). Each answers the axes that it drew on, and takes `ax=` for yours."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from autograd import Value, no_grad
from nn.batches import answers, passes
from nn.history import History
from nn.targets import COSTS, choose, items_of, rows_of

if TYPE_CHECKING:
    from nn.layers import MLP
    from nn.model import Model

# one colour and one marker for each class: colour is never the only sign. Okabe and Ito's palette, told apart by everyone
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
MARKERS = ("o", "s", "^", "D", "v", "P")


def curves(history: History, ax: Any = None) -> Any:
    """Cost over epochs, the validation's dashed; accuracies on a scale of their own at the right."""
    ax = _axes(ax)
    epochs = range(1, history.epochs + 1)
    ax.plot(epochs, history.costs, color=COLOURS[0], label="cost")
    if "validation_cost" in history.metrics:
        ax.plot(epochs, history.column("validation_cost"), color=COLOURS[0], linestyle="--", label="validation cost")
    ax.set(xlabel="epoch", ylabel="cost")
    accuracies = [name for name in ("accuracy", "validation_accuracy") if name in history.metrics]
    lines = list(ax.get_lines())
    if accuracies:
        right = ax.twinx()
        for name in accuracies:
            style = {"color": COLOURS[1], "linestyle": "--" if name.startswith("validation") else "-"}
            lines += right.plot(epochs, history.column(name), label=name.replace("_", " "), **style)
        right.set(ylabel="accuracy", ylim=(-0.02, 1.02))
    ax.legend(handles=lines, loc="center right")
    return ax


def decision_boundary(model: "Model", X: Any, y: Any, *, steps: int = 60, ax: Any = None) -> Any:  # noqa: N803
    """Which class the model answers everywhere around the rows of `X`, which have two numbers each, and the rows themselves.

    With a single output the shade says how far it is from the threshold, and the line is where it crosses it.
    """
    rows, labels = rows_of(X, 2), items_of(y, "y")
    ax = _axes(ax)
    xs, ys = (_grid([row[k] for row in rows], steps) for k in (0, 1))
    found = answers(model, [[a, b] for b in ys for a in xs])
    task = model.task or choose(labels, len(found[0]), model.output_activation)
    if task.classes is None:
        raise ValueError("decision_boundary needs classes, and these targets are numbers")
    import matplotlib.colors as colours

    count = len(task.classes)
    if len(found[0]) == 1:
        middle = task.threshold
        height = [[a - middle for (a,) in found[r * steps : (r + 1) * steps]] for r in range(steps)]
        limit = max(abs(h) for line in height for h in line) or 1.0
        shades = colours.LinearSegmentedColormap.from_list("classes", [COLOURS[0], "#ffffff", COLOURS[1]])
        ax.contourf(xs, ys, height, levels=20, cmap=shades, vmin=-limit, vmax=limit, alpha=0.6)
        if min(map(min, height)) < 0.0 < max(map(max, height)):
            ax.contour(xs, ys, height, levels=[0.0], colors="#1f2328")
    else:
        decided = [[task.decide(a) for a in found[r * steps : (r + 1) * steps]] for r in range(steps)]
        flat = colours.ListedColormap([COLOURS[k % len(COLOURS)] for k in range(count)])
        ax.contourf(xs, ys, decided, levels=[k - 0.5 for k in range(count + 1)], cmap=flat, alpha=0.3)
    indices = task.indices(labels)
    for k, name in enumerate(task.classes):
        points = [row for row, index in zip(rows, indices, strict=True) if index == k]
        style = {
            "marker": MARKERS[k % len(MARKERS)],
            "color": COLOURS[k % len(COLOURS)],
            "edgecolors": "#1f2328",
            "linewidths": 0.5,
        }
        ax.scatter([p[0] for p in points], [p[1] for p in points], label=str(name), **style)
    ax.set(xlabel="x[1]", ylabel="x[2]")
    ax.legend(title="class")
    return ax


def descent(cost: Callable[[Value, Value], Value], path: Sequence[tuple[float, float]], *, steps: int = 60, ax: Any = None) -> Any:
    """The way that two parameters went, on the surface of the cost that they descend: contours, and the path from start to end.

    `cost` is a function of two Values; `path` the places in order, as from the snapshots of a history.
    """
    path = [(a, b) for a, b in rows_of(path, 2, "path")]
    ax = _axes(ax)
    xs, ys = (_grid([place[k] for place in path], steps) for k in (0, 1))
    with no_grad():
        surface = [[cost(Value(a), Value(b)).data for a in xs] for b in ys]
    drawn = ax.contourf(xs, ys, surface, levels=25, cmap="viridis")
    ax.figure.colorbar(drawn, ax=ax, label="cost")
    ax.plot(*zip(*path, strict=True), color="#ffffff", marker=".", linewidth=1, markersize=4)
    ax.plot(*path[0], "o", color="#ffffff", markeredgecolor="#1f2328", label="start")
    ax.plot(*path[-1], "*", color="#ffffff", markeredgecolor="#1f2328", markersize=13, label="end")
    ax.legend()
    return ax


def activations(model: "MLP", X: Any, *, ax: Any = None) -> Any:  # noqa: N803
    """Histograms of the activations of each layer over the rows of `X`; answers a list of axes, one for each layer."""
    layers: list[list[float]] = [[] for _ in model.layers]
    with no_grad():
        for row in rows_of(X, model.inputs):
            values: Any = row
            for found, layer in zip(layers, model.layers, strict=True):
                values = layer.forward(values)
                found += [a.data for a in values]
    return _histograms([(f"{layer.name}: a", found) for layer, found in zip(model.layers, layers, strict=True)], ax)


def gradients(model: "MLP", X: Any, y: Any, *, cost: Any = "auto", ax: Any = None) -> Any:  # noqa: N803
    """Histograms of d cost / d weight of each layer, for the mean cost over the rows; answers a list of axes.

    Where the first layers' are much narrower than the last's, gradients vanish on their way back; the root mean square that
    stands in each title says by how much.
    """
    rows, labels = rows_of(X, model.inputs), items_of(y, "y")
    outputs = len(answers(model, rows[:1])[0])
    task = choose(labels, outputs, model.output_activation, cost, model.task)
    parameters, before = model.parameters(), [p.grad for p in model.parameters()]
    run = passes(model, cost if callable(cost) else COSTS[task.cost], parameters)
    try:
        slopes = dict(zip(parameters, run(rows, task.targets(labels, outputs)).gradient, strict=True))
    finally:
        for p, grad in zip(parameters, before, strict=True):
            p.grad = grad
    groups = []
    for layer in model.layers:
        found = [slopes[w] for neuron in layer.neurons for w in neuron.w]
        root = (sum(g * g for g in found) / len(found)) ** 0.5
        groups.append((f"{layer.name}: dC/dw, rms {root:.2g}", found))
    return _histograms(groups, ax)


def _histograms(groups: list[tuple[str, list[float]]], ax: Any) -> list[Any]:
    """One histogram beside the other, on the same horizontal scale."""
    if ax is None:
        figure = _matplotlib().figure(figsize=(3.2 * len(groups), 2.8), layout="constrained")
        ax = list(figure.subplots(1, len(groups), squeeze=False, sharex=True)[0])
    places = list(ax) if hasattr(ax, "__len__") else [ax]
    if len(places) != len(groups):
        raise ValueError(f"ax must be {len(groups)} axes, one for each layer, and got {len(places)}")
    for place, (title, found), colour in zip(places, groups, COLOURS * len(groups), strict=False):
        place.hist(found, bins=min(40, max(5, len(found) // 5)), color=colour)
        place.set_title(title, fontsize="medium")
    places[0].set_ylabel("how many")
    return places


def _grid(numbers: Sequence[float], steps: int) -> list[float]:
    """Evenly from a little below the smallest to a little above the largest."""
    low, high = min(numbers), max(numbers)
    margin = 0.15 * (high - low) or 1.0
    return [low - margin + (high - low + 2 * margin) * k / (steps - 1) for k in range(steps)]


def _axes(ax: Any) -> Any:
    return ax if ax is not None else _matplotlib().figure(layout="constrained").subplots()


def _matplotlib() -> Any:
    try:
        from matplotlib import pyplot
    except ImportError:
        raise ImportError("plots need matplotlib: pip install 'blamegrad[plot]'") from None
    return pyplot
