"""Optimizers against PyTorch's, step by step, and their behaviour where a step fails or was not prepared."""

import math
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import OverflowedError, Value
from nn import SGD, Adam, AdamW, RMSprop, clip_grad_norm

SETTINGS = [
    (SGD, {"lr": 0.01}),
    (SGD, {"lr": 0.01, "momentum": 0.9}),
    (SGD, {"lr": 0.01, "momentum": 0.9, "nesterov": True, "weight_decay": 0.1}),
    (RMSprop, {"lr": 0.01}),
    (RMSprop, {"lr": 0.01, "alpha": 0.9, "momentum": 0.5, "weight_decay": 0.1}),
    (Adam, {"lr": 0.05}),
    (Adam, {"lr": 0.05, "betas": (0.8, 0.95), "eps": 1e-3, "weight_decay": 0.1}),
    (AdamW, {"lr": 0.05}),
    (AdamW, {"lr": 0.05, "betas": (0.8, 0.95), "weight_decay": 0.3}),
]
START = [1.5, -0.7, 0.3]


def rosenbrock_and_more(x, y, z):
    """Curved, with gradients of both signs and of very different size."""
    return 0.1 * (1.0 - x) ** 2 + (y - x**2) ** 2 + (z * x).tanh() + 1e-4 * z**2


@pytest.mark.parametrize(("kind", "settings"), SETTINGS, ids=lambda v: getattr(v, "__name__", str(v)))
def test_equals_pytorch_over_100_steps(kind, settings):
    torch = pytest.importorskip("torch", reason="PyTorch, the peer, is not installed")
    ours = [Value(x) for x in START]
    theirs = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in START]
    optimizer, peer = kind(ours, **settings), getattr(torch.optim, kind.__name__)(theirs, **settings)
    for _ in range(100):
        for parameters, stepper in ((ours, optimizer), (theirs, peer)):
            stepper.zero_grad()
            rosenbrock_and_more(*parameters).backward()
            stepper.step()
        for p, q in zip(ours, theirs, strict=True):
            assert p.data == pytest.approx(q.item(), rel=1e-12, abs=1e-12)


def test_clipping_equals_pytorchs():
    torch = pytest.importorskip("torch", reason="PyTorch, the peer, is not installed")
    for max_norm in (0.1, 1.0, 100.0):
        ours, theirs = [Value(x) for x in START], [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in START]
        rosenbrock_and_more(*ours).backward()
        rosenbrock_and_more(*theirs).backward()
        assert clip_grad_norm(ours, max_norm) == pytest.approx(torch.nn.utils.clip_grad_norm_(theirs, max_norm).item(), rel=1e-12)
        for p, q in zip(ours, theirs, strict=True):
            assert p.grad == pytest.approx(q.grad.item(), rel=1e-12)


@given(st.lists(st.floats(-1e300, 1e300), min_size=1, max_size=5), st.floats(1e-3, 10.0))
def test_clipped_gradients_keep_their_direction_within_the_norm(grads, max_norm):
    parameters = [Value(0.0) for _ in grads]
    for p, grad in zip(parameters, grads, strict=True):
        p.grad = grad
    clip_grad_norm(parameters, max_norm)
    assert math.hypot(*(p.grad for p in parameters)) <= max_norm * (1 + 1e-12)
    assert all(p.grad * grad >= 0.0 for p, grad in zip(parameters, grads, strict=True))


@pytest.mark.parametrize("kind", [SGD, RMSprop, Adam, AdamW])
def test_a_step_that_overflows_changes_nothing_and_names_the_parameter(kind):
    fine, huge = Value(1.0, "fine"), Value(1.0, "w[1,1]")
    optimizer = kind([fine, huge], lr=1e200)
    fine.grad, huge.grad = 1.0, 1e200
    with pytest.raises(OverflowedError, match=r"w\[1,1\].*smaller lr"):
        optimizer.step()
    assert (fine.data, huge.data, optimizer.steps) == (1.0, 1.0, 0)


@pytest.mark.parametrize("zeroing", [lambda o, _: o.zero_grad(), lambda _, p: setattr(p, "grad", 0.0)])
def test_zeroing_between_steps_is_seen_however_it_is_done(zeroing):
    p = Value(1.0, "p")
    optimizer = SGD([p], lr=0.1)
    for _ in range(3):
        zeroing(optimizer, p)
        (p * p).backward()
        (p * p).backward()  # gradients accumulated on purpose
        optimizer.step()


def test_a_second_step_without_zeroing_warns_once_and_names_the_optimizer():
    p = Value(1.0, "w[2,1]")
    optimizer = SGD([p], lr=0.1)
    (p * p).backward()
    optimizer.step()
    (p * p).backward()
    with pytest.warns(UserWarning, match=r"SGD\(1 parameters, lr=0.1.*w\[2,1\] was not zeroed"):
        optimizer.step()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        optimizer.step()


@pytest.mark.parametrize(("kind", "settings"), SETTINGS, ids=lambda v: getattr(v, "__name__", str(v)))
def test_a_loaded_state_continues_bit_for_bit(kind, settings):
    def run(parameters, optimizer, steps):
        for _ in range(steps):
            optimizer.zero_grad()
            rosenbrock_and_more(*parameters).backward()
            optimizer.step()

    whole, half = [Value(x) for x in START], [Value(x) for x in START]
    run(whole, kind(whole, **settings), 10)
    first = kind(half, **settings)
    run(half, first, 5)
    second = kind(half)
    second.load_state_dict(first.state_dict())
    run(half, second, 5)
    assert [p.data for p in half] == [p.data for p in whole]
    assert repr(second) == repr(first)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda _: SGD([], lr=0.1), "at least one"),
        (lambda _: SGD([1.0]), "must be Values"),
        (lambda p: SGD([p, p]), "twice"),
        (lambda p: SGD([p], lr=-1), "lr must be at least 0"),
        (lambda p: SGD([p], lr=math.nan), "lr must be at least 0"),
        (lambda p: SGD([p], lr="0.1"), "lr must be a number"),
        (lambda p: SGD([p], momentum=1.0), "momentum must be from 0 to below 1"),
        (lambda p: SGD([p], nesterov=True), "nesterov needs a momentum"),
        (lambda p: Adam([p], betas=(0.9, 1.0)), "betas"),
        (lambda p: Adam([p], betas=(0.9,)), "two numbers"),
    ],
)
def test_bad_settings_are_named(make, message):
    with pytest.raises((TypeError, ValueError), match=message):
        make(Value(1.0))


def test_a_state_that_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="for each of 2 parameters"):
        Adam([Value(0.0), Value(0.0)]).load_state_dict(Adam([Value(0.0)]).state_dict())
