"""Overfitting: a network that learns its rows by heart, and what an L2 penalty does about it.

The same network is trained twice from the same weights on 40 tumours, once on the cost alone and once with a penalty:

    C + strength * (sum of the squared weights)        every weight is charged 2 * strength * w on top of its blame

The cost on the rows it trains on always falls. What counts is the cost on tumours that it never saw: that falls first and then
rises, when the network begins to explain the accidents of its 40 rows. A weight must now earn what it costs to be large.
"""

import math
from collections.abc import Sequence
from random import Random
from typing import Any

from autograd import Value, no_grad
from examples.console import arguments, chart, heading, table
from nn import MLP, Adam, binary_cross_entropy_with_logits, l2
from nn.data import DataSet, Standardise, breast_cancer

EVERY = 10  # epochs between two measurements
HIDDEN = 10

Curve = list[tuple[int, float, float]]


def draw_lots(data: DataSet, count: int, seed: int) -> tuple[DataSet, DataSet]:
    """`count` rows to train on and up to 200 others to judge by, at random; standardised by those that are trained on."""
    rows = Random(seed).sample(range(len(data)), min(count + 200, len(data)))
    trained, held_out = data.rows(rows[:count]), data.rows(rows[count:])
    scale = Standardise(trained.features)
    return trained.with_features(scale(trained.features)), held_out.with_features(scale(held_out.features))


def mean_cost(model: MLP, data: DataSet) -> Value:
    """The mean log loss over the rows."""
    losses = [binary_cross_entropy_with_logits(model(x), y) for x, y in zip(data.features, data.targets, strict=True)]
    return sum(losses[1:], start=losses[0]) / len(losses)


def train(trained: DataSet, held_out: DataSet, strength: float, epochs: int, seed: int) -> tuple[MLP, Curve]:
    """The network, and its (epoch, cost on the rows it trains on, cost on the others) along the way."""
    model = MLP(5, [HIDDEN, 1], "tanh", seed=seed)
    optimizer = Adam(model.parameters(), lr=0.05)
    weights = [w for layer in model.layers for neuron in layer.neurons for w in neuron.w]  # biases go free, as is usual
    curve: Curve = []
    for epoch in range(epochs + 1):
        cost = mean_cost(model, trained)
        if epoch % EVERY == 0:
            with no_grad():
                curve.append((epoch, cost.data, mean_cost(model, held_out).data))
        optimizer.zero_grad()
        (cost + strength * l2(weights) if strength else cost).backward()
        optimizer.step()
    return model, curve


def size(model: MLP) -> float:
    """The square root of the mean squared weight."""
    weights = [w for layer in model.layers for neuron in layer.neurons for w in neuron.w]
    with no_grad():
        return math.sqrt(l2(weights).data / len(weights))


def paint(axes: Any, curves: dict[str, Curve]) -> None:
    """Both trainings: what the network trained on dashed, what it never saw drawn through."""
    for (name, curve), color in zip(curves.items(), ("#c00000", "#0072b2"), strict=True):
        epochs = [epoch for epoch, _, _ in curve]
        axes.plot(epochs, [cost for _, cost, _ in curve], "--", color=color, label=f"{name}, trained on")
        axes.plot(epochs, [cost for _, _, cost in curve], "-", color=color, label=f"{name}, held out")
    axes.set(xlabel="epoch", ylabel="mean log loss", title="Learning tumours by heart, and tumours it never saw", ylim=(0, None))
    axes.legend()


def main(argv: Sequence[str] | None = None) -> None:
    """Train twice, and judge by held-out tumours."""
    options = arguments(
        __doc__,
        argv,
        rows=(40, "how many tumours it trains on"),
        epochs=(300, "how often training goes over them"),
        strength=(0.005, "of the L2 penalty"),
        seed=(0, "of everything random"),
    )
    trained, held_out = draw_lots(breast_cancer().columns(5), options.rows, options.seed)
    print(f"trained on {trained}\njudged by  {held_out}")
    plain, curve = train(trained, held_out, 0.0, options.epochs, options.seed)
    penalised, other = train(trained, held_out, options.strength, options.epochs, options.seed)

    heading("The cost while training")
    points = [(*point, *other[i][1:]) for i, point in enumerate(curve) if i % 3 == 0]
    table(["epoch", "trained on", "held out", "with L2: trained on", "held out"], points)
    print("(all without the penalty itself)")

    heading("Judged by tumours that it never saw")
    rows = []
    for name, model, costs in (("no penalty", plain, curve), (f"L2, strength {options.strength:g}", penalised, other)):
        right = model.score(held_out.features, held_out.targets)
        rows.append([name, costs[-1][1], costs[-1][2], min(c for _, _, c in costs), f"{right:.1%}", size(model)])
    table(["", "trained on", "held out", "held out, at best", "right", "typical weight"], rows)
    best, last = min(curve, key=lambda point: point[2]), curve[-1]
    print(f"\nWithout the penalty the held-out cost was best after {best[0]} epochs, {best[2]:.4f}; to stop there (early stopping)")
    print(f"is another cure. It then rose to {last[2]:.4f}, while the cost on its own rows went on falling, to {last[1]:.4f}.")
    chart(options.out / "overfitting.svg", lambda axes: paint(axes, {"no penalty": curve, "L2": other}))


if __name__ == "__main__":
    main()
