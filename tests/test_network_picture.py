"""The network picture: the numbers on its connections against finite differences, and what is drawn of networks of every shape."""

import re
import xml.etree.ElementTree as ElementTree

import pytest

import nn
from nn import draw_network

SVG = "{http://www.w3.org/2000/svg}"
X, ROW_COST = [0.7, -1.2], nn.mse


def texts(picture):
    return [element.text for element in ElementTree.fromstring(picture.svg()).iter(f"{SVG}text")]


def connections(picture):
    """{(column, from, to): attributes}, from and to counted from 0."""
    found = re.findall(r"^\t*n(\d+)_(\d+) -> n\d+_(\d+) \[(.*)\]$", picture.source, re.MULTILINE)
    return {(int(k), int(i), int(j)): look for k, i, j, look in found}


def on(look):
    """The number that a connection's tooltip gives: its charge, what is passed on, or its weight."""
    return float(re.search(r'tooltip="[^"]*?(?:: |= )([-+\de.]+)(?: \(\d+ %\))?"', look)[1])


def model_of(*sizes, **options):
    return nn.MLP(sizes[0], list(sizes[1:]), **{"activation": "tanh", "seed": 3, **options})


def test_structure_shows_every_weight_by_width_sign_and_number():
    model = model_of(2, 3, 1)
    drawn = connections(draw_network(model, number_format=".17g"))
    weights = {
        (k, i, j): w.data for k, layer in enumerate(model.layers) for j, n in enumerate(layer.neurons) for i, w in enumerate(n.w)
    }
    assert set(drawn) == set(weights)
    for key, weight in weights.items():
        assert on(drawn[key]) == weight
        assert ("dashed" in drawn[key]) == (weight < 0.0)
    first = {key: float(re.search(r"penwidth=([\d.]+)", look)[1]) for key, look in drawn.items() if key[0] == 0}
    assert sorted(first, key=first.get) == sorted(first, key=lambda key: abs(weights[key]))


def difference(model, weight, target, h=1e-6):
    """The derivative of the cost by a weight, by a central difference."""
    before, costs = weight.data, []
    for step in (h, -h):
        weight.data = before + step
        costs.append(ROW_COST(model(X), target).data)
    weight.data = before
    return (costs[0] - costs[1]) / (2 * h)


def test_charges_are_the_derivatives_of_the_cost_by_the_weights():
    model = model_of(2, 3, 2)
    drawn = connections(draw_network(model, X, [1.0, -1.0], ROW_COST, mode="blame", number_format=".17g"))
    assert len(drawn) == 2 * 3 + 3 * 2
    for (k, i, j), look in drawn.items():
        assert on(look) == pytest.approx(difference(model, model.layers[k].neurons[j].w[i], [1.0, -1.0]), rel=1e-5, abs=1e-9)
        assert "dir=back" in look


def test_shares_are_of_one_neuron_and_sum_to_one():
    drawn = connections(draw_network(model_of(2, 3, 2), X, [1.0, -1.0], ROW_COST, mode="blame"))
    for k, sources, targets in ((0, 2, 3), (1, 3, 2)):
        for j in range(targets):
            shares = [int(re.search(r"\((\d+) %\)", drawn[k, i, j])[1]) for i in range(sources)]
            assert abs(sum(shares) - 100) <= sources


def test_what_is_passed_on_is_what_arrives():
    picture = draw_network(model_of(2, 3, 2), X, [1.0, -1.0], ROW_COST, mode="backward", number_format=".17g")
    drawn = connections(picture)
    arrived = {line.split()[1] for line in texts(picture) if line.startswith("arrived")}
    for i in range(3):
        received = sum(on(drawn[1, i, j]) for j in range(2))
        assert any(float(number) == pytest.approx(received, rel=1e-12) for number in arrived)


def test_delta_is_what_arrived_times_the_slope():
    nodes = re.findall(
        r"arrived (\S+)\\nslope (\S+)\\nδ = ([^\s\"]+)",
        draw_network(model_of(2, 3, 2), X, [1.0, -1.0], ROW_COST, mode="backward", number_format=".17g").source,
    )
    assert len(nodes) == 3, "the three tanh neurons; an output is linear, its delta stands alone"
    for arrived, slope, delta in nodes:
        assert float(arrived) * float(slope) == float(delta)


def test_forward_shows_each_formula_with_its_numbers():
    model = model_of(2, 2, 1, output="sigmoid")
    picture = draw_network(model, [1.0, -2.0], mode="forward")
    hidden, out = model.layers[0].neurons[0], model([1.0, -2.0])
    w = [f"({n})" if n.startswith("-") else n for n in (f"{w.data:.3g}" for w in hidden.w)]
    assert f"L1.z[1] = {w[0]}·1 + {w[1]}·(-2)" in texts(picture)
    assert any(line.startswith("L2.a[1] = sigmoid(") and line.endswith(f"= {out.data:.3g}") for line in texts(picture))


def test_a_neuron_without_error_charges_nobody():
    model = nn.MLP(1, [1, 1], seed=1)
    model.layers[0].neurons[0].w[0].data = -1.0
    picture = draw_network(model, [2.0], 1.0, ROW_COST, mode="blame")
    assert "charges nobody" in texts(picture)
    assert all("dotted" in look for look in connections(picture).values())


def test_colours_are_those_of_the_article():
    source = draw_network(model_of(2, 2, 2, 2, 1)).source
    colour = {column: re.search(rf'^\tn{column}_0 \[.*? color="(#\w+)"', source, re.MULTILINE)[1] for column in range(5)}
    assert len(set(colour.values())) == 4
    assert colour[2] == colour[3], "further hidden layers share one"
    assert "#0f766e" in source, "weights are teal"


def test_wide_layers_are_summarised():
    picture = draw_network(model_of(30, 16, 1))
    assert {"23 more", "9 more", "x[1]", "x[5]", "x[29]", "x[30]"} <= set(texts(picture))
    assert "x[6]" not in texts(picture)
    assert "the first 5 and the last 2" in picture.caption


def test_columns_name_the_inputs():
    assert {"<b>", "sepal width"} <= set(texts(draw_network(model_of(2, 1), columns=["<b>", "sepal width"])))


@pytest.mark.parametrize("mode", ["structure", "forward", "backward", "blame"])
@pytest.mark.parametrize("sizes", [(1, 1), (2, 1), (5, 2, 5, 5), (30, 16, 16, 3)])
def test_every_mode_without_graphviz(mode, sizes, monkeypatch):
    monkeypatch.setenv("PATH", "")
    model = model_of(*sizes)
    rest = ([0.1] * sizes[0], [0.5] * sizes[-1] if sizes[-1] > 1 else 0.5, ROW_COST)
    picture = draw_network(model, *rest, mode=mode)
    assert "-".join(map(str, sizes)) in picture.alt
    assert picture.alt in picture.svg()
    assert all(parameter.grad == 0.0 for parameter in model.parameters()), "a picture writes no grad"


def test_numbers_on_the_connections_do_not_meet():
    places = re.findall(r'^\tw\w+ \[.*pos="([-\d.]+),([-\d.]+)!"', draw_network(model_of(4, 6, 6, 3)).source, re.MULTILINE)
    places = [(float(x), float(y)) for x, y in places]
    assert len(places) == 4 * 6 + 6 * 6 + 6 * 3
    assert all(abs(y - b) > 0.13 or abs(x - a) > 0.5 for n, (x, y) in enumerate(places) for a, b in places[:n]), (
        "9 points are 0.125 inches"
    )


def test_a_layer_a_neuron_and_a_formula_for_an_activation():
    assert draw_network(nn.Neuron(2, "tanh", seed=1), X, 0.5, ROW_COST, mode="backward").alt.startswith(
        "Network 2-1 with 3 parameters"
    )
    layer = nn.Layer(2, 3, lambda z: 2 * z.tanh(), seed=1)
    picture = draw_network(layer, X, [0.0, 0.0, 0.0], ROW_COST, mode="backward")
    assert not any(line.startswith("slope") for line in texts(picture)), "f is more than one operation: no single slope"


@pytest.mark.parametrize(
    ("arguments", "options", "error", "words"),
    [
        ((), {"mode": "sideways"}, ValueError, "structure, forward, backward, blame"),
        ((), {"mode": "forward"}, TypeError, "needs x"),
        ((X,), {"mode": "blame"}, TypeError, "needs y, cost"),
        (([1.0],), {"mode": "forward"}, ValueError, "2 inputs"),
        ((), {"columns": ["one"]}, ValueError, "columns must be 2 names"),
        ((), {"columns": "ab"}, ValueError, "columns must be 2 names"),
        ((X, 1.0, lambda a, y: 3.0), {"mode": "blame"}, TypeError, "cost must answer a Value"),  # noqa: ARG005
        ((), {"number_format": "q"}, ValueError, "number_format must be"),
    ],
)
def test_errors_name_the_argument(arguments, options, error, words):
    with pytest.raises(error, match=words):
        draw_network(model_of(2, 1), *arguments, **options)


def test_what_is_no_network_is_refused():
    with pytest.raises(TypeError, match="model must be an MLP, a Layer or a Neuron"):
        draw_network([1.0])
