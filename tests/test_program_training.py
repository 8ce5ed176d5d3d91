"""The native training loop against the same steps taken eagerly, and the vector functions against mpmath."""

import math
import random

import pytest

pytest.importorskip("llvmlite")
pytest.importorskip("numpy")

import numpy as np
from mpmath import mp, mpf

import nn
from autograd import NoValueError, OverflowedError, Value, compile, gradients  # noqa: A004
from autograd.program.training import Training
from autograd.sums import sum_in_order

X = [[math.sin(3.0 * i), math.cos(5.0 * i)] for i in range(37)]
Y = [1.0 if i % 3 else -1.0 for i in range(37)]


def eager_steps(model, steps, batch, update):
    """Mean cost and gradient of each batch with Values, then `update(p, g, k)` on each parameter."""
    costs, parameters = [], model.parameters()
    for t in range(steps):
        start = t % (len(X) // batch) * batch
        rows = []
        for x, y in zip(X[start : start + batch], Y[start : start + batch], strict=True):
            cost = nn.hinge(model([Value(v) for v in x]), y)
            rows.append([cost.data, *(g.data for g in gradients(cost, parameters))])
        cost, *gradient = (sum_in_order(column) / batch for column in zip(*rows, strict=True))
        costs.append(cost)
        for k, (p, g) in enumerate(zip(parameters, gradient, strict=True)):
            p.data = update(p.data, g, k, t + 1)
    return costs


@pytest.mark.parametrize("batch", [37, 9])
@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_sgd_reaches_the_same_bits_as_eager_steps(activation, batch):
    native, eager = (nn.MLP(2, [6, 4, 1], activation, seed=3) for _ in range(2))
    velocity = {}

    def update(p, g, k, _):
        velocity[k] = 0.9 * velocity.get(k, 0.0) + (g + 0.01 * p)
        return p - 0.05 * velocity[k]

    expected = eager_steps(eager, 12, batch, update)
    options = {"lr": 0.05, "momentum": 0.9, "weight_decay": 0.01, "batch_size": batch, "exact": True}
    training = Training(lambda x, y: nn.hinge(native(x), y), native.parameters(), (X, Y), **options)
    assert [cost for chunk in training.chunks(12, chunk=5) for cost in chunk] == expected
    assert [p.data for p in native.parameters()] == [p.data for p in eager.parameters()]


def test_adam_follows_its_formula():
    native, eager = (nn.MLP(2, [5, 1], "tanh", seed=3) for _ in range(2))
    m, v = {}, {}

    def update(p, g, k, t):  # Kingma and Ba 2015, algorithm 1
        m[k] = 0.9 * m.get(k, 0.0) + 0.1 * g
        v[k] = 0.999 * v.get(k, 0.0) + 0.001 * g * g
        return p - 0.01 * (m[k] / (1 - 0.9**t)) / (math.sqrt(v[k] / (1 - 0.999**t)) + 1e-8)

    eager_steps(eager, 25, 37, update)
    training = Training(lambda x, y: nn.hinge(native(x), y), native.parameters(), (X, Y), lr=0.01, betas=(0.9, 0.999))
    training.steps(25)
    for p, q in zip(native.parameters(), eager.parameters(), strict=True):
        assert p.data == pytest.approx(q.data, rel=1e-10, abs=1e-13)


def test_a_failing_row_stops_with_the_last_good_parameters():
    w = Value(1.0, "w")
    training = Training(lambda x: (w * x).log(), [w], ([1.0, 2.0],), lr=1.0)  # slope 1/w: w = 1, 0, and log(0)
    with pytest.raises(NoValueError, match=r"row 0: log") as caught:
        training.steps(5)
    assert w.data == 0.0
    assert "step 1" in caught.value.__notes__[0]


def test_a_step_beyond_the_floats_is_not_taken():
    w = Value(1e100, "w")
    with pytest.raises(OverflowedError, match="smaller lr"):
        Training(lambda x: w * x, [w], ([1e200],), lr=1e200).steps(1)
    assert w.data == 1e100


FAST = [("exp", -745, 709.7), ("log", 0, 0), ("tanh", -22, 22), ("sigmoid", -700, 40), ("sin", -2e6, 2e6), ("cos", -2e6, 2e6)]


@pytest.mark.parametrize(("name", "low", "high"), FAST)
def test_fast_functions_are_within_2_ulp(name, low, high):
    generator, mp.prec = random.Random(1), 200
    points = [generator.uniform(low, high) for _ in range(1500)] + [generator.uniform(-1, 1) for _ in range(1500)]
    points += [generator.choice([-1, 1]) * 10.0 ** generator.uniform(-300, -1) for _ in range(500)]
    if name == "log":
        points = [10.0 ** generator.uniform(-320, 308) for _ in range(1500)] + [generator.uniform(0.5, 2.0) for _ in range(2000)]
    if name in ("sin", "cos"):
        points += [k * math.pi / 4 for k in range(-800, 800)] + [1e22, 103993.0, 2.0**20]
    true = getattr(mp, name) if name != "sigmoid" else lambda x: 1 / (1 + mp.exp(-x))
    found = compile(lambda x: getattr(x, name)(), rows="x", backend="native")(np.array(points))
    worst = max(
        abs((mpf(float(y)) - true(mpf(x))) / mpf(math.ulp(float(true(mpf(x)))))) for x, y in zip(points, found, strict=True)
    )
    assert worst <= 2
