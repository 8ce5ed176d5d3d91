"""The blame game: a network makes a mistake, and the cost is handed back to whoever caused it.

A multilayer perceptron learns Fisher's iris: from the length and width of a flower's sepals and petals to its species. Then it
is shown a flower that it never trained on and gets wrong (or is least sure of), and the game is played from the outputs back:

    delta_j                    neuron j's error, dC/dz_j
    charge  = delta_j * a_i    what neuron j charges its connection from i: dC/dw[i,j]
    share   = |charge| over the sum of the |charges| of one neuron's connections
    passed on = delta_j * w[i,j]   what neuron j hands upstream to i; what i receives, times its slope, is its own delta

So the most active upstream neurons are charged most, and lazy ones, whose activation is near 0, escape. A gradient is a
sensitivity, not a verdict: it says what a small change of each weight would do to the cost, and that is put to the test.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from autograd import Value, draw, no_grad
from examples.console import arguments, heading, save, table
from nn import MLP, Adam, cross_entropy, softmax
from nn.data import DataSet, Standardise, iris, train_test_split

SHORT = ("sepal length", "sepal width", "petal length", "petal width")
ESCAPES = 0.02  # a share below this counts as an escape
NUDGE = 0.1


@dataclass(frozen=True)
class Charge:
    """What one neuron charges one of its connections. `source` is the input or neuron it comes from, `activation` its a."""

    neuron: str
    delta: float
    source: str
    activation: float
    weight: Value
    charge: float
    share: float


def train(data: DataSet, epochs: int, seed: int) -> MLP:
    """A network of 4 inputs, hidden layers of 5 and 3 sigmoid neurons, and an output for each species, trained on `data`."""
    model = MLP(4, [5, 3, 3], "sigmoid", seed=seed)
    optimizer = Adam(model.parameters(), lr=0.02)
    history = model.fit(data.features, data.targets, optimizer=optimizer, epochs=epochs, batch_size=16, seed=seed)
    shown = sorted({1, epochs // 4, epochs // 2, epochs} - {0})
    table(["epoch", "mean cost", "accuracy"], [[e, history.costs[e - 1], history.metrics["accuracy"][e - 1]] for e in shown])
    return model


def cost_of(model: MLP, x: Sequence[float], y: int) -> float:
    """The cost of one flower, without a graph."""
    with no_grad():
        return cross_entropy(model(x), y).data


def hardest(model: MLP, data: DataSet) -> int:
    """The row with the highest cost: a mistake where there is one, else the least sure."""
    return max(range(len(data)), key=lambda i: cost_of(model, data.features[i], data.targets[i]))


def charges(model: MLP, x: Sequence[float], y: int) -> tuple[Value, list[list[Charge]]]:
    """One forward and backward pass; for each layer, from the first to the last, every charge in it.

    All is read off the graph: after the backward pass a weight's grad is its charge, and a bias's grad, which is charged
    delta * 1, is the neuron's delta.
    """
    model.zero_grad()
    cost = cross_entropy(model(inputs := [Value(v, name) for v, name in zip(x, SHORT, strict=True)]), y)
    cost.label = "C"
    cost.backward()
    layers, upstream = [], [(v.label, v.data) for v in inputs]
    for layer in model.layers:
        layers.append([c for neuron in layer.neurons for c in charges_of(neuron.w, neuron.b, upstream)])
        with no_grad():
            upstream = [(a.label, a.data) for a in layer([a for _, a in upstream])]
    return cost, layers


def charges_of(weights: Sequence[Value], bias: Value, upstream: Sequence[tuple[str, float]]) -> list[Charge]:
    """What one neuron charges each of its connections."""
    all_of_it = sum(abs(w.grad) for w in weights) or 1.0
    name = bias.label.replace("b[", "z[")
    return [
        Charge(name, bias.grad, source, a, w, w.grad, abs(w.grad) / all_of_it)
        for w, (source, a) in zip(weights, upstream, strict=True)
    ]


def show_flower(data: DataSet, row: int, original: Sequence[float], model: MLP) -> None:
    """What was measured, what it is, and what the network says."""
    with no_grad():
        probabilities = [p.data for p in softmax(model(data.features[row]))]
    says = max(range(3), key=probabilities.__getitem__)
    truth = data.targets[row]
    print(", ".join(f"{name} {x:g}" for name, x in zip(data.feature_names, original, strict=True)))
    print("the network says " + ", ".join(f"{name} {p:.1%}" for name, p in zip(data.class_names, probabilities, strict=True)))
    print(f"it is a {data.class_names[truth]}: " + ("right, but the least sure of all" if says == truth else "MISTAKEN"))


def show_blame(layers: Sequence[Sequence[Charge]]) -> None:
    """Who charges whom, from the outputs back."""
    for charged in reversed(layers):
        print()
        rows = [
            [c.neuron, c.delta, c.source, c.activation, c.weight.label, c.charge, f"{c.share:.0%}", c.delta * c.weight.data]
            for c in charged
        ]
        table(["neuron", "delta", "source", "its a", "charges", "delta * a", "share", "passes on"], rows)


def show_verdict(layers: Sequence[Sequence[Charge]]) -> None:
    """For each layer who carries most, and who escapes and why."""
    for charged in reversed(layers):
        most = max(charged, key=lambda c: abs(c.charge))
        print(f"{most.neuron} charges {most.weight.label} most, {most.charge:+.4f}: {most.share:.0%} of what it charges.")
        print(f"   It is that much because {most.source} = {most.activation:.4f} and its own delta is {most.delta:+.4f}.")
        for source in dict.fromkeys(c.source for c in charged):
            mine = [c for c in charged if c.source == source]
            if max(c.share for c in mine) < ESCAPES:
                print(f"   {source} escapes: at {mine[0].activation:.4f} it is lazy, and carried next to nothing to anybody.")


def what_if(model: MLP, x: Sequence[float], y: int, weight: Value, charge: float) -> None:
    """The cost had the weight been a little smaller: foretold by the gradient, and computed."""
    before, kept = cost_of(model, x, y), weight.data
    rows = []
    for nudge in (NUDGE / 100, NUDGE / 10, NUDGE, 1.0):
        weight.data = kept - nudge
        foretold, computed = before - nudge * charge, cost_of(model, x, y)
        rows.append([f"{kept:.4f} - {nudge:g}", foretold, computed, computed - foretold])
    weight.data = kept
    table([weight.label, "cost foretold", "cost computed", "difference"], rows)


def main(argv: Sequence[str] | None = None) -> None:
    """Train, judge on held-out flowers, and play the blame game for the hardest of them."""
    options = arguments(__doc__, argv, epochs=(60, "how often training goes over the flowers"), seed=(1, "of everything random"))
    trained, held_out = train_test_split(iris(), test=0.3, seed=options.seed)
    scale = Standardise(trained.features)
    originals = held_out.features
    trained, held_out = trained.with_features(scale(trained.features)), held_out.with_features(scale(held_out.features))

    heading(f"Training on {len(trained)} flowers")
    model = train(trained, options.epochs, options.seed)
    print(model)

    heading(f"Judged by {len(held_out)} flowers that it never saw")
    accuracy = model.score(held_out.features, held_out.targets)
    print(f"accuracy {accuracy:.1%}")
    print(model.confusion_matrix(held_out.features, held_out.targets))
    print("0, 1, 2 are " + ", ".join(held_out.class_names))

    heading("The flower it finds hardest")
    row = hardest(model, held_out)
    x, y = held_out.features[row], held_out.targets[row]
    show_flower(held_out, row, originals[row], model)

    heading("The blame game: who charges whom")
    cost, layers = charges(model, x, y)
    print(f"cost {cost.data:.6f}, handed back from the outputs:")
    show_blame(layers)

    heading("The verdict")
    show_verdict(layers)

    most = max((c for charged in layers for c in charged), key=lambda c: abs(c.charge))
    heading(f"Had {most.weight.label} been a little smaller")
    print(
        f"It is charged most of all, {most.charge:+.6f}. The cost is {cost.data:.6f}; each step down should change it by -charge:"
    )
    what_if(model, x, y, most.weight, most.charge)
    print("For a small change the foretelling holds; for a large one the slope has changed on the way.")
    save(draw(cost), options.out / "blame_game.svg")


if __name__ == "__main__":
    main()
