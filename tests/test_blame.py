"""Blame: what a report says is what finite differences of the cost say, neuron by neuron."""

import json
import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nn
from autograd import Value, adjoints
from nn.charges import Connection, NeuronBlame
from nn.ledger import Blame

X = [[0.4, -1.2, 0.0], [1.5, 0.3, -0.7], [-0.9, 0.8, 0.0], [0.1, 0.2, 0.3]]
ACTIVATIONS = ["tanh", "sigmoid", "relu", "softplus", "gelu", "linear"]


def cost_with_z(model: nn.MLP, x: list[float], y: Any, cost: Callable[..., Value], k: int, j: int, h: float) -> float:
    """The cost where h is added to the z of neuron j of layer k: written with plain lists, apart from the report."""
    values: list[Any] = [*x]
    for i, layer in enumerate(model.layers):
        zs = [n.b.data + sum(w.data * v for w, v in zip(n.w, values, strict=True)) for n in layer.neurons]
        if i == k:
            zs[j] += h
        values = [n.activate(Value(z)).data for n, z in zip(layer.neurons, zs, strict=True)]
    outputs = [Value(a) for a in values]
    return cost(outputs[0] if len(outputs) == 1 else outputs, y).data


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize(
    ("cost", "y", "outputs"),
    [
        (nn.mse, [0.3, -0.5], "tanh"),
        (nn.binary_cross_entropy, [1.0, 0.0], "sigmoid"),
        (nn.binary_cross_entropy_with_logits, [1.0, 0.0], "linear"),
        (nn.cross_entropy, 1, "linear"),
        (nn.hinge, [1, -1], "linear"),
    ],
)
def test_every_delta_is_a_finite_difference_of_the_cost_by_that_z(activation: str, cost: Any, y: Any, outputs: str) -> None:
    model = nn.MLP(3, [4, 3, 2], activation, outputs, seed=3)
    report = nn.blame(model, X[1], y, cost)
    for k, layer in enumerate(report.layers):
        for j, neuron in enumerate(layer.neurons):
            up, down = (cost_with_z(model, X[1], y, cost, k, j, h) for h in (1e-5, -1e-5))
            assert neuron.delta == pytest.approx((up - down) / 2e-5, rel=1e-6, abs=1e-9)


@given(st.sampled_from(ACTIVATIONS), st.integers(0, 10**6), st.lists(st.floats(-2, 2), min_size=3, max_size=3))
@settings(deadline=None, max_examples=40)
def test_the_laws_of_one_example(activation: str, seed: int, x: list[float]) -> None:
    model = nn.MLP(3, [4, 3, 2], activation, "tanh", seed=seed)
    report = nn.blame(model, x, [0.3, -0.5], nn.mse)
    cost = nn.mse(model(x), [0.3, -0.5])
    adjoint = adjoints(cost)
    for p in model.parameters():
        p.grad = adjoint[p]
    for layer, real, following in zip(report.layers, model.layers, [*report.layers[1:], None], strict=True):
        for i, (n, neuron) in enumerate(zip(layer.neurons, real.neurons, strict=True)):
            assert n.arrived is not None
            assert n.slope is not None
            assert n.delta == n.arrived * n.slope
            assert [c.charge for c in n.connections] == [n.delta * c.activation for c in n.connections]
            assert [c.charge for c in n.connections] == [w.grad for w in neuron.w]
            assert [c.passed_on for c in n.connections] == [n.delta * w.data for w in neuron.w]
            assert n.bias.charge == neuron.b.grad
            assert all(c.charge == 0.0 and c.share == 0.0 for c in n.connections if c.activation == 0.0)
            total = sum(c.share for c in n.connections)
            assert total == pytest.approx(1.0) if any(c.charge for c in n.connections) else total == 0.0
            if following is not None:
                passed = [m.connections[i].passed_on for m in following.neurons]
                assert n.arrived == pytest.approx(math.fsum(passed), rel=1e-12, abs=1e-14 * sum(map(abs, passed)))


def test_it_writes_no_grad_and_no_data() -> None:
    model = nn.MLP(3, [2, 1], seed=1)
    for p in model.parameters():
        p.grad = 7.0
    before = [p.data for p in model.parameters()]
    nn.blame(model, X[0], 1.0, nn.mse).verdict()
    assert [p.grad for p in model.parameters()] == [7.0] * len(before)
    assert [p.data for p in model.parameters()] == before


@pytest.mark.parametrize("cost", [nn.binary_cross_entropy_with_logits, nn.cross_entropy])
def test_of_logits_nothing_arrives_and_the_report_says_why(cost: Any) -> None:
    model = nn.MLP(3, [2, 2], "tanh", seed=1)
    report = nn.blame(model, X[0], 1 if cost is nn.cross_entropy else [1.0, 0.0], cost)
    assert all(n.arrived is None and n.slope is None for n in report.layers[-1].neurons)
    assert all(n.arrived is not None for n in report.layers[0].neurons)
    assert "logit" in str(report)
    assert "logit" in report.explain("L2.z[1]")
    assert "null" in json.dumps(report.to_dict())


# -- data sets ----------------------------------------------------------------------------------------------------------------
def test_over_rows_pulls_sum_to_the_batch_gradient() -> None:
    model, y = nn.MLP(3, [4, 2], "tanh", seed=5), [[0.1, 0.2], [-1.0, 0.0], [1.0, 1.0], [0.0, 0.5]]
    report = nn.blame(model, X, y, nn.mse)
    batch = sum((nn.mse(model(x), t) for x, t in zip(X, y, strict=True)), Value(0.0)) / len(X)
    model.zero_grad()
    batch.backward()
    assert report.cost == pytest.approx(batch.data)
    for layer, real in zip(report.layers, model.layers, strict=True):
        for n, neuron in zip(layer.neurons, real.neurons, strict=True):
            for c, w in zip([*n.connections, n.bias], [*neuron.w, neuron.b], strict=True):
                assert len(c.pulls) == len(X)
                assert sum(c.pulls) == c.gradient == pytest.approx(w.grad, rel=1e-12, abs=1e-15)


def test_over_rows_the_numbers_are_means_of_absolute_values() -> None:
    model = nn.MLP(3, [4, 1], "relu", seed=5)
    y = [0.5, -0.5, 1.0, 0.0]
    report, single = nn.blame(model, X, y, nn.mse), [nn.blame(model, x, t, nn.mse) for x, t in zip(X, y, strict=True)]

    def mean(get: Callable[[Blame], Any]) -> float:
        return sum(abs(get(r)) for r in single) / len(single)

    for k, layer in enumerate(report.layers):
        assert layer.delta == pytest.approx(mean(lambda r, k=k: r.layers[k].delta))  # type: ignore[misc]
        for j, n in enumerate(layer.neurons):

            def alone(r: Blame, k: int = k, j: int = j) -> NeuronBlame:
                return r.layers[k].neurons[j]

            for name in ("z", "a", "slope", "arrived", "delta"):
                assert getattr(n, name) == pytest.approx(mean(lambda r, f=name, at=alone: getattr(at(r), f)))  # type: ignore[misc]
            assert n.active == sum(alone(r).a != 0 for r in single) / 4
            for i, c in enumerate(n.connections):
                assert c.charge == pytest.approx(mean(lambda r, i=i, at=alone: at(r).connections[i].charge))  # type: ignore[misc]
            assert sum(c.share for c in n.connections) == pytest.approx(1.0) or not any(c.charge for c in n.connections)


def network(*rows: list[float], activation: str = "relu") -> nn.MLP:
    """One hidden layer whose neurons have these weights, and one output that adds them up."""
    model = nn.MLP(len(rows[0]), [len(rows), 1], activation, seed=1)
    for neuron, weights in zip(model.layers[0].neurons, rows, strict=True):
        for w, data in zip(neuron.w, weights, strict=True):
            w.data = data
    for w in model.layers[1].neurons[0].w:
        w.data = 1.0
    return model


def test_the_active_are_blamed_and_the_lazy_escape() -> None:
    model = network([1.0, 1.0], [0.01, 0.01])
    report = nn.blame(model, [[1.0, 2.0], [2.0, 0.5]], [0.0, 0.0], nn.mse)
    active, lazy = report.layers[1].neurons[0].connections
    assert active.charge / lazy.charge == pytest.approx(100.0)
    assert active.share == pytest.approx(100 / 101)
    assert report.lazy == ["L1.a[2]"]


def test_dead_and_saturated_neurons_are_named() -> None:
    dead = nn.blame(network([1.0, 1.0], [-1.0, -1.0]), [[1.0, 2.0], [2.0, 0.5]], [0.0, 0.0], nn.mse)
    assert (dead.dead, dead.saturated) == (["L1.a[2]"], [])
    assert dead.layers[0].neurons[1].active == 0.0
    assert "Dead: L1.a[2]." in str(dead)
    assert "Nobody is charged" in dead.explain("L1.a[2]")
    full = nn.blame(network([0.1, 0.1], [5.0, 5.0], activation="tanh"), [1.0, 2.0], 0.0, nn.mse)
    assert (full.dead, full.saturated) == ([], ["L1.a[2]"])
    assert "saturated" in full.explain("L1.a[2]")
    assert "passes on next to nothing" in full.verdict()


def test_a_vanishing_gradient_is_a_sentence_with_the_ratio_in_it() -> None:
    model = nn.MLP(2, [3, 3, 3, 3, 3, 1], "sigmoid", seed=1)
    report = nn.blame(model, [1.0, -1.0], 1.0, nn.mse)
    ratio = report.layers[-1].delta / report.layers[0].delta
    assert report.heard.startswith(f"L1 hears 1/{ratio:,.0f} of what the output said")
    assert "vanishes" in report.heard
    product = math.prod(layer.ratio for layer in report.layers if layer.ratio is not None)
    assert product == pytest.approx(1 / ratio)
    assert report.layers[-1].ratio is None


# -- sentences --------------------------------------------------------------------------------------------------------------
def test_explain_says_the_numbers() -> None:
    model = nn.MLP(2, [2, 1], "tanh", seed=1)
    report = nn.blame(model, [1.0, 0.0], 0.5, nn.mse)
    n = report.layers[0].neurons[0]
    text = report.explain(n)
    assert text == report.explain("L1.a[1]") == report.explain("L1.z[1]")
    assert f"f'(z) = 1 - a*a = {n.slope:.6g}" in text
    assert f"{n.delta:.6g}" in text
    assert "x[2] carried nothing (a = 0), and so escaped." in text
    with pytest.raises(LookupError, match=r"no neuron 'L9.a\[1\]'; they are L1.a\[1\]"):
        report.explain("L9.a[1]")


def test_the_verdict_foretells_what_happens() -> None:
    model = nn.MLP(2, [3, 1], "tanh", seed=2)
    x, y = [1.0, 0.0], 0.5
    report = nn.blame(model, x, y, nn.mse)
    text = report.verdict()
    connections: list[Connection] = [c for n in report.neurons for c in n.connections]
    most = max(connections, key=lambda c: abs(c.charge))
    change = -math.copysign(0.01, most.charge)
    weight = next(p for p in model.parameters() if p.label == most.name)
    before = nn.mse(model(x), y).data
    weight.data += change
    computed = nn.mse(model(x), y).data - before
    weight.data -= change
    line = next(line.split() for line in text.splitlines() if line.startswith(most.name))
    assert [float(word) for word in line[1:]] == pytest.approx([most.weight, change, most.charge * change, computed], rel=1e-5)
    assert all(part in text for part in ("Who was charged", "Who passed it on", "Who escaped", "x[2]: it carried nothing"))


def test_a_verdict_is_on_one_example_and_on_the_model_as_it_was() -> None:
    model = nn.MLP(3, [2, 1], seed=1)
    with pytest.raises(ValueError, match="a verdict is on one example"):
        nn.blame(model, X, [0.0] * 4, nn.mse).verdict()
    report = nn.blame(model, X[0], 0.0, nn.mse)
    model.parameters()[0].data += 1.0
    with pytest.raises(ValueError, match="have changed since"):
        report.verdict()


def test_where_nothing_is_wrong_nobody_is_charged() -> None:
    model = nn.MLP(2, [1], seed=1)
    x = [1.0, 2.0]
    report = nn.blame(model, x, model(x).data, nn.mse)
    assert [c.share for c in report.layers[0].neurons[0].connections] == [0.0, 0.0]
    assert "Nobody" in report.verdict()
    assert "Nobody is charged: its error is 0." in report.explain(report.layers[0].neurons[0])


# -- what it takes ----------------------------------------------------------------------------------------------------------
def test_layers_neurons_values_and_own_activations() -> None:
    def square(z: Value) -> Value:
        return z * z * 0.5

    x = Value(0.5, "height")
    report = nn.blame(nn.Neuron(2, square, seed=1), [x, 2.0], 1.0, nn.mse)
    n = report.layers[0].neurons[0]
    assert n.slope == pytest.approx(n.z)
    assert n.connections[0].source == "height"
    assert x.grad == 0.0
    assert len(nn.blame(nn.Layer(2, 3, seed=1), [1.0, 2.0], [0.0] * 3, nn.mse).layers[0].neurons) == 3


def test_labels_of_classes_after_training() -> None:
    model = nn.MLP(3, [2, 2], "tanh", seed=1)
    y = ["no", "yes", "no", "yes"]
    model.fit(X, y, epochs=1, seed=1, progress=False)
    report = nn.blame(model, X, y, "cross_entropy")
    assert report.costs == nn.blame(model, X, [0, 1, 0, 1], nn.cross_entropy).costs
    assert report.cost == pytest.approx(sum(report.costs) / 4)


def test_wrong_arguments_are_named() -> None:
    model = nn.MLP(3, [1], seed=1)
    wrong: Any
    for wrong, message in (
        ("msee", "cost must be a function"),
        (3, "cost must be a function"),
        (lambda *_: 1.0, "answer a Value"),
    ):
        with pytest.raises((TypeError, ValueError), match=message):
            nn.blame(model, X[0], 1.0, wrong)
    with pytest.raises(ValueError, match="one target for each row"):
        nn.blame(model, X, [1.0], nn.mse)
    with pytest.raises(ValueError, match="expects 3 inputs, and got 2") as problem:
        nn.blame(model, [X[0], [1.0, 2.0]], [1.0, 1.0], nn.mse)
    assert problem.value.__notes__ == ["in row 1 of x"]
    with pytest.raises(TypeError, match="input 1 must be a number"):
        nn.blame(model, ["a", "b", "c"], 1.0, nn.mse)
    wrong = nn.Model()
    with pytest.raises(TypeError, match="needs neurons in layers"):
        nn.blame(wrong, X[0], 1.0, nn.mse)


def test_it_shows_itself_as_text_html_and_plain_data() -> None:
    model = nn.MLP(12, [3, 1], "tanh", seed=1)
    report = nn.blame(model, [Value(1.0, "<script>")] * 12, 1.0, nn.mse)
    assert "... 4 with smaller charges" in str(report)
    assert "<script>" not in report._repr_html_()
    plain = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert plain["layers"][0]["neurons"][2]["connections"][11]["passed_on"] == report.layers[0].neurons[2].connections[11].passed_on
