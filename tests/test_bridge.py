"""Models that go to PyTorch and come back: the same outputs, gradients and bits."""

import random
import subprocess
import sys
from pathlib import Path

import pytest

import nn
from nn import MLP, from_torch, to_torch

torch = pytest.importorskip("torch", reason="PyTorch, the peer, is not installed")

ACTIVATIONS = ["relu", "leaky_relu", "elu", "gelu", "silu", "softplus", "sigmoid", "tanh", "linear"]


def rows(n=20, scale=3.0):
    generator = random.Random(0)
    return [[generator.uniform(-scale, scale) for _ in range(3)] for _ in range(n)]


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_outputs_and_gradients_are_equal(activation):
    model = MLP(3, [4, 2], activation, seed=1)
    twin = to_torch(model)
    for row in rows(scale=20.0):
        model.zero_grad()
        twin.zero_grad()
        outputs, theirs = model(row), twin(torch.tensor(row, dtype=torch.float64))
        assert [a.data for a in outputs] == pytest.approx(theirs.tolist(), rel=1e-12, abs=1e-12)
        nn.mse(outputs, [1.0, -1.0]).backward()
        torch.nn.functional.mse_loss(theirs, torch.tensor([1.0, -1.0], dtype=torch.float64)).backward()
        linears = [part for part in twin if isinstance(part, torch.nn.Linear)]
        for layer, part in zip(model.layers, linears, strict=True):
            for j, neuron in enumerate(layer.neurons):
                assert [w.grad for w in neuron.w] == pytest.approx(part.weight.grad[j].tolist(), rel=1e-12, abs=1e-12)
                assert neuron.b.grad == pytest.approx(part.bias.grad[j].item(), rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_there_and_back_is_the_same_model(activation):
    model = MLP(3, [4, 2], activation, seed=1)
    again = from_torch(to_torch(model))
    assert again.state_dict() == model.state_dict()
    assert repr(again) == repr(model)


def test_single_precision_and_nesting_come_over_exactly():
    module = torch.nn.Sequential(torch.nn.Sequential(torch.nn.Linear(3, 2), torch.nn.Tanh()), torch.nn.Linear(2, 1))
    model = from_torch(module)
    assert [w.data for w in model.layers[0].neurons[1].w] == module[0][0].weight[1].tolist()
    assert to_torch(model, torch.float32)(torch.ones(3)).item() == module(torch.ones(3)).item()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda t: t.Sequential(t.Linear(2, 1, bias=False)), "no bias"),
        (lambda t: t.Sequential(t.Linear(2, 2), t.Softmax(0)), "takes logits"),
        (lambda t: t.Sequential(t.Linear(2, 2), t.Dropout()), "no counterpart"),
        (lambda t: t.Sequential(t.Linear(2, 2), t.ELU(0.5)), "another function than elu"),
        (lambda t: t.Sequential(t.Linear(2, 2), t.GELU("tanh")), "another function than gelu"),
        (lambda t: t.Sequential(t.Tanh(), t.Linear(2, 2)), "behind a Linear"),
        (lambda t: t.Sequential(t.Linear(2, 2), t.Linear(3, 2)), "does not fit"),
        (lambda t: t.Sequential(), "at least one Linear"),
        (lambda t: t.Conv2d(1, 1, 1), "Conv2d"),
    ],
)
def test_what_has_no_counterpart_is_named(make, message):
    with pytest.raises(ValueError, match=message):
        from_torch(make(torch.nn))


def test_an_activation_that_pytorch_has_no_module_for_is_named():
    with pytest.raises(ValueError, match="L1: 1 -> 1, sin"):
        to_torch(MLP(1, [1, 1], "sin"))


def test_the_example_trains_on_two_processes():
    example = Path(__file__).parent.parent / "examples" / "many_machines.py"
    done = subprocess.run([sys.executable, example, "--steps", "3"], capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    assert "2 processes" in done.stdout
