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

from autograd import Value, draw, no_grad
from examples.console import arguments, heading, save, table
from nn import MLP, Adam, blame, cross_entropy, draw_network, explore, softmax
from nn.data import DataSet, Standardise, iris, train_test_split

SHORT = ("sepal length", "sepal width", "petal length", "petal width")
NUDGES = (0.001, 0.01, 0.1, 1.0)


def train(data: DataSet, epochs: int, seed: int) -> MLP:
    """A network of 4 inputs, hidden layers of 5 and 3 sigmoid neurons, and an output for each species, trained on `data`."""
    model = MLP(4, [5, 3, 3], "sigmoid", seed=seed)
    optimizer = Adam(model.parameters(), lr=0.02)
    history = model.fit(data.features, data.labels, optimizer=optimizer, epochs=epochs, batch_size=16, seed=seed)
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


def show_flower(data: DataSet, row: int, original: Sequence[float], model: MLP) -> None:
    """What was measured, what it is, and what the network says."""
    with no_grad():
        probabilities = [p.data for p in softmax(model(data.features[row]))]
    says = max(range(3), key=probabilities.__getitem__)
    truth = data.targets[row]
    print(", ".join(f"{name} {x:g}" for name, x in zip(data.feature_names, original, strict=True)))
    print("the network says " + ", ".join(f"{name} {p:.1%}" for name, p in zip(data.class_names, probabilities, strict=True)))
    print(
        f"it is a {data.class_names[truth]} (class {truth}): "
        + ("right, but the least sure of all" if says == truth else "MISTAKEN")
    )


def what_if(model: MLP, x: Sequence[float], y: int, weight: Value, charge: float) -> None:
    """The cost had the weight been a little smaller: foretold by the gradient, and computed."""
    before, kept = cost_of(model, x, y), weight.data
    rows = []
    for nudge in NUDGES:
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
    accuracy = model.score(held_out.features, held_out.labels)
    print(f"accuracy {accuracy:.1%}")
    print(model.confusion_matrix(held_out.features, held_out.labels))

    heading("The flower it finds hardest")
    row = hardest(model, held_out)
    x, y = held_out.features[row], held_out.targets[row]
    show_flower(held_out, row, originals[row], model)

    heading("The blame game: who charges whom")
    inputs = [Value(v, name) for v, name in zip(x, SHORT, strict=True)]
    report = blame(model, inputs, held_out.labels[row], cross_entropy)
    print("L3.z[1], L3.z[2], L3.z[3] speak for " + ", ".join(held_out.class_names) + ".\n")
    print(report)

    heading("The verdict")
    print(report.verdict())

    most = max((c for neuron in report.neurons for c in neuron.connections), key=lambda c: abs(c.charge))
    before = cost_of(model, x, y)
    heading(f"Had {most.name} been a little smaller")
    sign, words = ("-", "less") if most.charge > 0 else ("+", "more")
    print(f"It is charged most of all, {most.charge:+.6f}. Had it been smaller by h, the cost should be")
    print(f"{before:.6f} {sign} {abs(most.charge):.6f} * h, {words} than it is:")
    what_if(model, x, y, most.parameter, most.charge)
    print("For a small change the foretelling holds; for a large one the slope has changed on the way.\n")

    cost = cross_entropy(model(inputs), y)
    cost.label = "C"
    cost.backward()
    save(draw_network(model, inputs, y, cross_entropy, mode="blame", columns=SHORT), options.out / "blame_game.svg")
    save(draw(cost), options.out / "blame_game_graph.svg")
    rows = [row, *(i for i in range(len(held_out)) if i != row)][:8]
    page = explore(model, [held_out.features[i] for i in rows], [held_out.labels[i] for i in rows], cross_entropy, columns=SHORT)
    save(page, options.out / "blame_game.html")


if __name__ == "__main__":
    main()
