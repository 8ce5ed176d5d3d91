"""Costs: the number that training lowers. Each is `cost(outputs, targets)`, the mean over the outputs of one row.

`outputs` is what a model answers, a list of Values or one Value; `targets` has as many numbers. Costs named after logits take
pre-activations and are exact where an activation of exactly 0 or 1 would lose everything.
"""

import operator
from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from typing import Any

from autograd import Value, maximum, where

Outputs = Value | Sequence[Value]
Targets = Value | float | Sequence[Value | float]


def mse(outputs: Outputs, targets: Targets) -> Value:
    """Mean squared error: the mean of (a - y)**2.

    >>> mse([Value(1.0), Value(3.0)], [0.0, 1.0]).data
    2.5
    """
    return _mean(lambda a, y: (a - y) ** 2, outputs, targets, "mse")


def hinge(outputs: Outputs, targets: Targets) -> Value:
    """Hinge loss of a score and a target of -1 or 1: the mean of max(0, 1 - y a). 0 beyond a margin of 1.

    >>> hinge(Value(0.25), 1).data
    0.75
    """
    return _mean(lambda a, y: (1.0 - _in(y, (-1, 1), "hinge") * a).relu(), outputs, targets, "hinge")


def binary_cross_entropy(outputs: Outputs, targets: Targets) -> Value:
    """Log loss of a probability a and a target from 0 to 1: the mean of -(y log a + (1 - y) log(1 - a)).

    An activation of exactly 0 or 1 on the wrong side has no finite cost, and is an error: see the form with logits.

    >>> round(binary_cross_entropy(Value(0.25), 1).data, 6)
    1.386294
    """

    def loss(a: Value, y: Value | float) -> Value:
        _within(y, "binary_cross_entropy")
        if not isinstance(y, Value) and y in (0, 1):  # 0 * log(0) counts as 0, so its log is not taken
            return -(a.log() if y else (-a).log1p())
        a_1: Value = where(y > 0.0, a, 1.0) if isinstance(y, Value) else a
        a_0: Value = where(y < 1.0, a, 0.0) if isinstance(y, Value) else a
        return -(y * a_1.log() + (1.0 - y) * (-a_0).log1p())

    return _mean(loss, outputs, targets, "binary_cross_entropy")


def binary_cross_entropy_with_logits(outputs: Outputs, targets: Targets) -> Value:
    """Log loss of sigmoid(z), from z itself: the mean of y softplus(-z) + (1 - y) softplus(z).

    >>> binary_cross_entropy_with_logits(Value(-1000.0), 1).data
    1000.0
    """
    name = "binary_cross_entropy_with_logits"
    return _mean(lambda z, y: _within(y, name) * (-z).softplus() + (1.0 - y) * z.softplus(), outputs, targets, name)


def cross_entropy(logits: Sequence[Value], class_index: int | Sequence[float]) -> Value:
    """Log loss of softmax(z) for the right class, from the logits z: log(sum of exp(z)) - z[class_index], classes from 0.

    A list of one probability per class may stand for the index, as in PyTorch.

    >>> round(cross_entropy([Value(1.0), Value(2.0)], 1).data, 6)
    0.313262
    """
    shift, exps = _shifted_exps(logits, "cross_entropy")
    log_sum = _sum(exps).log()
    if isinstance(class_index, Sequence):
        terms = [_within(y, "cross_entropy") * (log_sum - (z - shift)) for z, y in _pairs(logits, class_index, "cross_entropy")]
        return _sum(terms)
    try:
        index = operator.index(class_index)
    except TypeError:
        raise TypeError(f"class_index must be a whole number, and got {class_index!r}") from None
    if not 0 <= index < len(logits):
        raise ValueError(f"class_index must be from 0 to {len(logits) - 1} for {len(logits)} logits, and got {index}")
    return log_sum - (logits[index] - shift)


def softmax(values: Sequence[Value]) -> list[Value]:
    """exp(z) over the sum of all exp(z): probabilities that sum to 1. Shifted by the largest, which changes nothing but overflow.

    >>> [round(p.data, 3) for p in softmax([Value(10_000.0), Value(10_001.0)])]
    [0.269, 0.731]
    """
    _, exps = _shifted_exps(values, "softmax")
    total = _sum(exps)
    return [e / total for e in exps]


def l2(parameters: Iterable[Value]) -> Value:
    """The sum of the squared parameters: a penalty to add to a cost, as in `cost + 1e-4 * l2(model.parameters())`.

    >>> l2([Value(3.0), Value(4.0)]).data
    25.0
    """
    squares = [p * p for p in parameters]
    if not squares:
        raise ValueError("l2 got no parameters")
    return _sum(squares)


def _mean(loss: Callable[[Value, Any], Value], outputs: Outputs, targets: Targets, name: str) -> Value:
    losses = [loss(a, y) for a, y in _pairs(outputs, targets, name)]
    return losses[0] if len(losses) == 1 else _sum(losses) / len(losses)


def _pairs(outputs: Outputs, targets: Any, name: str) -> list[tuple[Value, Any]]:
    """Outputs beside targets, or an error that says how many of each there are."""
    a = [outputs] if isinstance(outputs, Value) else list(outputs)
    y = [targets] if isinstance(targets, Value) or not isinstance(targets, Iterable) else list(targets)
    if not a or len(a) != len(y):
        raise ValueError(f"{name} needs as many targets as outputs, and got {len(y)} targets for {len(a)} outputs")
    if strange := [v for v in a if not isinstance(v, Value)]:
        raise TypeError(f"the outputs of {name} must be Values, and one is the {type(strange[0]).__name__} {strange[0]!r:.60}")
    return list(zip(a, y, strict=True))


def _shifted_exps(logits: Sequence[Value], name: str) -> tuple[Value, list[Value]]:
    if isinstance(logits, Value) or len(logits) < 2:
        raise ValueError(f"{name} needs a list of at least two Values, one per class, and got {logits!r:.60}")
    shift = reduce(maximum, logits).detach()  # a constant: the derivative of the shifted form is that of the plain one
    return shift, [(z - shift).exp() for z in logits]


def _sum(values: Sequence[Value]) -> Value:
    """From left to right, without the extra node that starting at 0 would make."""
    return reduce(operator.add, values)


def _within(y: Value | float, name: str) -> Value | float:
    if not isinstance(y, Value) and not 0 <= y <= 1:
        raise ValueError(f"a target of {name} must be from 0 to 1, and got {y!r}")
    return y


def _in(y: Value | float, allowed: tuple[int, ...], name: str) -> Value | float:
    if not isinstance(y, Value) and y not in allowed:
        raise ValueError(f"a target of {name} must be one of {allowed}, and got {y!r}")
    return y
