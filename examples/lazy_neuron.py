"""Two neurons upstream, one active and one lazy. Who gets blamed?

A neuron downstream made a mistake: its error is delta. It charges each connection delta times what came in over it,

    charge = delta * a_i = dC/dw[i]

so of two neurons that it reads, the one that said more is charged more, and one that said nothing (a = 0) is not charged at all,
however large the mistake: changing the weight on a connection that carried nothing would have changed nothing. The lazy escape.

On one example that is a product. Over a data set it is a number to check: the mean |charge| on a connection follows the mean |a|
of the neuron it comes from. And escaping has a price. A lazy relu neuron's slope is 0 wherever it is silent, so those rows do not
teach it anything either: here one neuron learns from nearly every row, the other from a few.

Blame is a sensitivity, not guilt: maybe the lazy neuron is the one that should have spoken up. Its gradient cannot say so.
"""

from collections.abc import Sequence
from statistics import correlation

from examples.console import arguments, chart, heading, save, table
from nn import MLP, blame, draw_network, mse
from nn.data import Standardise, iris

ROWS = [[x / 4.0, y / 4.0] for x in range(-4, 5) for y in range(-4, 5)]
TARGETS = [x + y for x, y in ROWS]


def two_upstream() -> MLP:
    """Two relu neurons that differ in their bias alone, read by one output with the same weight for both."""
    model = MLP(2, [2, 1], "relu", seed=1)
    for neuron, bias in zip(model.layers[0].neurons, (1.0, -1.0), strict=True):
        neuron.w[0].data, neuron.w[1].data, neuron.b.data = 1.0, 0.5, bias
    for w in model.layers[1].neurons[0].w:
        w.data = 0.5
    return model


def row_by_row(model: MLP) -> None:
    """The charges on a few rows, each the product of delta and a."""
    rows = []
    for x, y in list(zip(ROWS, TARGETS, strict=True))[::10]:
        output = blame(model, x, y, mse).layers[1].neurons[0]
        active, lazy = output.connections
        rows.append([f"{x[0]:g}, {x[1]:g}", output.delta, active.activation, active.charge, lazy.activation, lazy.charge])
    table(["x", "delta", "a[1] active", "charge", "a[2] lazy", "charge"], rows)


def over_all_rows(model: MLP) -> None:
    """Who was charged in the mean, and from how many rows each neuron learns."""
    report = blame(model, ROWS, TARGETS, mse)
    (output,) = report.layers[1].neurons
    rows = [
        [n.name, f"{n.active:.0%}", n.a, c.charge, f"{c.share:.1%}", sum(p != 0.0 for p in n.bias.pulls)]
        for n, c in zip(report.layers[0].neurons, output.connections, strict=True)
    ]
    table(["neuron", "active", "mean |a|", "mean |charge|", "share", "rows it learns from"], rows)
    print(f"\nThe report calls lazy: {', '.join(report.lazy) or 'nobody'}.\n")
    print(report.explain(output))


def on_real_data(hidden: int, epochs: int) -> tuple[list[float], list[float]]:
    """Flowers instead of made-up rows: for each hidden neuron its mean |a|, and the mean |charge| on its connections."""
    data = iris()
    x = Standardise(data.features)(data.features)
    model = MLP(4, [hidden, 3], "relu", seed=4)
    model.fit(x, data.targets, epochs=epochs, seed=4, progress=False)
    report = blame(model, x, data.targets, "cross_entropy")
    hidden_neurons, outputs = report.layers[0].neurons, report.layers[1].neurons
    charged = [sum(n.connections[i].charge for n in outputs) / len(outputs) for i in range(hidden)]
    ranked = sorted(zip(hidden_neurons, charged, strict=True), key=lambda pair: -pair[0].a)
    table(["neuron", "active", "mean |a|", "mean |charge|"], [[n.name, f"{n.active:.0%}", n.a, c] for n, c in ranked])
    return [n.a for n in hidden_neurons], charged


def main(argv: Sequence[str] | None = None) -> None:
    """One row, all rows, and real rows."""
    options = arguments(__doc__, argv, hidden=(12, "hidden neurons for iris"), epochs=(5, "epochs of training before the blame"))
    model = two_upstream()
    heading("Row by row: charge = delta * a")
    row_by_row(model)

    heading(f"Over all {len(ROWS)} rows")
    over_all_rows(model)

    heading("On real data: 150 flowers")
    active, charged = on_real_data(options.hidden, options.epochs)
    if len(set(active)) > 1 and len(set(charged)) > 1:
        print(f"\nCorrelation of mean |a| and mean |charge|: {correlation(active, charged):.3f}")

    heading("Pictures")
    save(draw_network(model, [-0.5, 0.5], 0.0, mse, mode="blame"), options.out / "lazy_neuron.svg")
    chart(options.out / "lazy_neuron_iris.svg", lambda axes: scatter(axes, active, charged))


def scatter(axes: object, active: Sequence[float], charged: Sequence[float]) -> None:
    """One dot for each hidden neuron."""
    axes.scatter(active, charged)  # type: ignore[attr-defined]
    axes.set(xlabel="mean |a|: how active", ylabel="mean |charge|: how much blamed", title="iris: the lazy escape")  # type: ignore[attr-defined]


if __name__ == "__main__":
    main()
