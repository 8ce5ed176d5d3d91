"""Costs against mpmath and their own definitions, and their gradients against finite differences of high precision."""

import mpmath
import pytest

from autograd import Value, gradients
from nn import binary_cross_entropy, binary_cross_entropy_with_logits, cross_entropy, hinge, l2, mse, softmax

mp = mpmath.mp
mp.dps = 50


def sigmoid(z):
    return 1 / (1 + mp.exp(-z))


def log_loss(a, y):
    return -(y * mp.log(a) + (1 - y) * mp.log(1 - a))


EXACT = {
    "mse": (mse, [0.3, -2.0, 1.5], [1.0, 0.0, 0.25], lambda a, y: sum((p - q) ** 2 for p, q in zip(a, y, strict=True)) / 3),
    "hinge": (hinge, [0.3, -2.0, 1.5], [1, 1, -1], lambda a, y: sum(max(0, 1 - p * q) for p, q in zip(a, y, strict=True)) / 3),
    "binary_cross_entropy": (
        binary_cross_entropy,
        [0.3, 0.9, 0.5],
        [1.0, 0.0, 0.25],
        lambda a, y: sum(log_loss(p, q) for p, q in zip(a, y, strict=True)) / 3,
    ),
    "binary_cross_entropy_with_logits": (
        binary_cross_entropy_with_logits,
        [0.3, -2.0, 1.5],
        [1.0, 0.0, 0.25],
        lambda z, y: sum(log_loss(sigmoid(p), q) for p, q in zip(z, y, strict=True)) / 3,
    ),
    "cross_entropy": (cross_entropy, [0.3, -2.0, 1.5], 1, lambda z, k: -mp.log(mp.exp(z[k]) / sum(map(mp.exp, z)))),
    "cross_entropy of probabilities": (
        cross_entropy,
        [0.3, -2.0, 1.5],
        [0.25, 0.5, 0.25],
        lambda z, y: -sum(q * mp.log(mp.exp(p) / sum(map(mp.exp, z))) for p, q in zip(z, y, strict=True)),
    ),
}


@pytest.mark.parametrize("name", EXACT)
def test_value_and_gradient(name):
    cost, at, targets, exact = EXACT[name]
    outputs = [Value(a) for a in at]
    result = cost(outputs, targets)
    assert result.data == pytest.approx(float(exact([mp.mpf(a) for a in at], targets)), rel=1e-15)
    for i, found in enumerate(gradients(result, outputs)):

        def along(t, i=i):
            return exact([mp.mpf(a) if j != i else t for j, a in enumerate(at)], targets)

        assert found.data == pytest.approx(float(mp.diff(along, mp.mpf(at[i]))), rel=1e-14, abs=1e-16)


def test_logits_far_out_stay_exact():
    assert binary_cross_entropy_with_logits(Value(-800.0), 1).data == 800.0
    assert binary_cross_entropy_with_logits(Value(50.0), 1).data == pytest.approx(float(mp.log(1 + mp.exp(-50))), rel=1e-15)
    assert cross_entropy([Value(1e4), Value(-1e4)], 1).data == 2e4
    for probabilities in (softmax([Value(1e4), Value(1e4 + 1), Value(-1e4)]), softmax([Value(-1e308), Value(0.0)])):
        assert sum(p.data for p in probabilities) == pytest.approx(1.0, rel=1e-15)


def test_a_saturated_activation_on_the_right_side_costs_nothing():
    assert binary_cross_entropy(Value(1.0), 1).data == 0.0
    assert binary_cross_entropy(Value(0.0), 0).data == 0.0
    with pytest.raises(ValueError, match="log"):
        binary_cross_entropy(Value(0.0), 1)


def test_targets_that_are_values_have_the_same_cost():
    for y in (0.0, 0.25, 1.0):
        assert binary_cross_entropy(Value(0.3), Value(y)).data == pytest.approx(float(log_loss(mp.mpf(0.3), y)), rel=1e-15)


def test_one_output_is_taken_as_it_is():
    assert mse(Value(3.0), 1.0).data == mse([Value(3.0)], [1.0]).data == 4.0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: mse([Value(1.0)], [1.0, 2.0]), "2 targets for 1 outputs"),
        (lambda: mse([], []), "as many targets"),
        (lambda: mse([1.0], [1.0]), "must be Values"),
        (lambda: mse([Value(1.0)], ["a"]), "must be a number"),
        (lambda: hinge(Value(1.0), 0), "one of"),
        (lambda: binary_cross_entropy(Value(0.5), 2), "from 0 to 1"),
        (lambda: binary_cross_entropy_with_logits(Value(0.5), -1), "from 0 to 1"),
        (lambda: cross_entropy([Value(1.0), Value(2.0)], 2), "from 0 to 1"),
        (lambda: cross_entropy([Value(1.0), Value(2.0)], -1), "from 0 to 1"),
        (lambda: cross_entropy([Value(1.0), Value(2.0)], 0.5), "whole number"),
        (lambda: cross_entropy(Value(1.0), 0), "at least two"),
        (lambda: cross_entropy([Value(1.0), Value(2.0)], [1.0]), "1 targets for 2"),
        (lambda: l2([]), "no parameters"),
    ],
)
def test_bad_arguments_are_named(call, message):
    with pytest.raises((TypeError, ValueError), match=message):
        call()
