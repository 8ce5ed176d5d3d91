"""Neuron, Layer, MLP: what they compute, how they are labelled, and what they refuse."""

import math
import random

import pytest

from autograd import Value, gradients, relu, topological_order
from nn import MLP, SGD, Layer, Module, Neuron, Parameter


def test_a_neuron_is_its_formula():
    neuron = Neuron(3, "tanh", seed=1)
    x = [0.5, -1.0, 2.0]
    z = neuron.b.data
    for w, v in zip(neuron.w, x, strict=True):
        z = z + w.data * v
    assert neuron(x).data == math.tanh(z)


def test_labels_follow_the_article():
    model = MLP(2, [3, 1], "tanh", seed=1)
    assert [name for name, _ in model.named_parameters()][:4] == ["L1.w[1,1]", "L1.w[2,1]", "L1.b[1]", "L1.w[1,2]"]
    assert [p.label for p in model.parameters()] == [name for name, _ in model.named_parameters()]
    labels = [node.label for node in topological_order(model([1.0, 2.0])) if node.label]
    assert {"x[1]", "x[2]", "L1.z[1]", "L1.a[3]", "L2.z[1]"} <= set(labels)
    assert model([1.0, 2.0]).label == "L2.z[1]"  # linear: z is a, one node


def test_numbers_become_one_constant_each_and_values_are_used():
    model, x = MLP(2, [4, 1], seed=1), Value(1.5, "mine")
    order = topological_order(model([x, 2.0]))
    assert sum(node.label == "x[2]" for node in order) == 1
    assert x in order
    model([x, 2.0]).backward()
    assert x.grad == pytest.approx(gradients(model([x, 2.0]), [x])[0].data)


def test_lists_and_the_single_output():
    assert isinstance(MLP(2, [3, 1], seed=1)([1.0, 2.0]), Value)
    assert len(MLP(2, [3, 2], seed=1)([1.0, 2.0])) == 2
    assert isinstance(MLP(2, [3, 1], seed=1).forward([1.0, 2.0]), list)
    assert isinstance(Layer(2, 1, seed=1)([1.0, 2.0]), list)
    assert isinstance(MLP(2, [1, 2], seed=1)([1.0, 2.0]), list)  # a hidden layer of one neuron


@pytest.mark.parametrize("x", [[1.0], [1.0, 2.0, 3.0], []])
def test_inputs_of_the_wrong_length_are_refused(x):
    for part in (MLP(2, [3, 1], seed=1), Layer(2, 3, seed=1), Neuron(2, seed=1)):
        with pytest.raises(ValueError, match=f"expects 2 inputs, and got {len(x)}"):
            part(x)


@pytest.mark.parametrize("x", [1.0, Value(1.0), "ab", None])
def test_inputs_that_are_no_list_are_refused(x):
    with pytest.raises(TypeError, match="expects a list of 2 numbers or Values"):
        MLP(2, [1], seed=1)(x)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0, [1]), "nin must be"),
        ((2, [0]), "nout must be"),
        ((2, []), "nouts must be"),
        ((2, 3), "nouts must be"),
        ((2, [1], "rely"), "activation must be"),
        ((2, [1], "add"), "activation must be"),
        ((2, [3, 1], ["relu", "tanh", "tanh"]), "one entry for each"),
        ((2, [1], "relu", "linear", "zeros"), "init must be one of"),
        ((2, [1], "relu", "linear", "auto", "seed"), "seed must be"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises((TypeError, ValueError), match=message):
        MLP(*arguments)


def test_activations_by_name_by_function_and_by_layer():
    def leak(z):
        return z * 0.5

    model = MLP(2, [2, 2, 1], ["tanh", leak], output="sigmoid", seed=3)
    assert [layer.activation for layer in model.layers] == ["tanh", "leak", "sigmoid"]
    assert [layer.activation for layer in MLP(2, [2, 1], ["relu", "tanh"]).layers] == ["relu", "tanh"]
    assert Neuron(1, relu).activation == "relu"
    assert Neuron(1, nonlin=False).activation == "linear"
    with pytest.raises(TypeError, match="must answer a Value"):
        Neuron(1, lambda _: 1.0, seed=1)([1.0])


def test_a_seed_repeats_and_no_seed_uses_python_s_random():
    def weights(**options):
        return [p.data for p in MLP(3, [4, 1], **options).parameters()]

    assert weights(seed=5) == weights(seed=5) != weights(seed=6)
    random.seed(9)
    first = weights()
    random.seed(9)
    assert weights() == first


def test_uniform_draws_what_micrograd_draws():
    random.seed(4)
    expected = [[random.uniform(-1, 1) for _ in range(3)] for _ in range(2)]
    random.seed(4)
    assert [[w.data for w in neuron.w] for neuron in Layer(3, 2, init="uniform").neurons] == expected


@pytest.mark.parametrize(
    ("init", "variance"), [("xavier", 2 / (40 + 60)), ("he", 2 / 40), ("uniform", 1 / 3)]
)  # the variance that each paper derives
def test_initial_variance(init, variance):
    weights = [w.data for neuron in Layer(40, 60, init=init, seed=1).neurons for w in neuron.w]
    assert sum(weights) / len(weights) == pytest.approx(0.0, abs=4 * math.sqrt(variance / len(weights)))
    assert sum(w * w for w in weights) / len(weights) == pytest.approx(variance, rel=0.1)


def test_auto_is_he_for_relu_and_xavier_otherwise():
    def first(activation, init):
        return Layer(4, 3, activation, init=init, seed=1).neurons[0].w[0].data

    for activation, init in (("relu", "he"), ("gelu", "he"), ("tanh", "xavier"), ("linear", "xavier")):
        assert first(activation, "auto") == first(activation, init)


def test_modules_of_one_s_own():
    class Pair(Module):
        def __init__(self):
            self.gain, self.parts = Parameter(2.0), [MLP(1, [1], seed=1), Neuron(1, seed=2)]

    pair = Pair()
    assert [n for n, _ in pair.named_parameters()] == [
        "gain",
        "parts.0.L1.w[1,1]",
        "parts.0.L1.b[1]",
        "parts.1.w[1,1]",
        "parts.1.b[1]",
    ]
    (pair.gain * pair.parts[0]([1.0])).backward()
    assert pair.gain.grad != 0.0
    pair.zero_grad()
    assert all(p.grad == 0.0 for p in pair.parameters())


def test_repr_counts():
    assert repr(MLP(2, [16, 16, 1], seed=1)).startswith("MLP(2-16-16-1, 337 parameters)")


def test_momentum_is_pytorch_s_formula():
    p, velocity, expected = Value(1.0), 0.0, 1.0
    optimizer = SGD([p], lr=0.1, momentum=0.9)
    for _ in range(5):
        optimizer.zero_grad()
        (p * p).backward()
        optimizer.step()
        velocity = 0.9 * velocity + 2 * expected
        expected -= 0.1 * velocity
        assert p.data == pytest.approx(expected, rel=1e-14)


def test_a_step_that_overflows_changes_nothing():
    a, b = Value(1.0), Value(1e308)
    a.grad, b.grad = 1.0, -1e308
    with pytest.raises(OverflowError, match="smaller lr"):
        SGD([a, b], lr=10.0).step()
    assert (a.data, b.data) == (1.0, 1e308)
