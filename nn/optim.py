"""Optimizers: what to do with the gradients. PyTorch's names, formulas and defaults.

Each optimizer is a rule for one parameter, written with arithmetic alone:

    p      the parameter's data
    g      its gradient, d cost / d p
    lr     the learning rate
    t      the number of this step, from 1
    state  what the rule remembers of the parameter from step to step, floats that start at 0
"""

import inspect
import math
import warnings
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from autograd import OverflowedError, Value, sqrt, zero_grad
from autograd.errors import number


class Optimizer:
    """Base class. A subclass says `rule(p, g, lr, t, *state)`, which answers p and the state after the step, and how much
    `state` it keeps: the names of the numbers."""

    state_names: ClassVar[tuple[str, ...]] = ()

    def __init__(self, parameters: Iterable[Value], lr: float) -> None:
        kind = type(self).__name__
        self.parameters = list(parameters)
        if not self.parameters or not all(isinstance(p, Value) for p in self.parameters):
            raise TypeError(f"parameters must be Values, as in {kind}(model.parameters(), lr=0.1), and at least one")
        if len(set(self.parameters)) != len(self.parameters):
            raise ValueError(f"parameters of {kind} hold one of them twice: it would be changed twice in each step")
        self.lr = _setting("lr", lr)
        self.steps = 0
        self.state: list[tuple[float, ...]] = [(0.0,) * len(self.state_names)] * len(self.parameters)
        self._warned = False

    def rule(self, p: Any, g: Any, lr: Any, t: Any, *state: Any) -> tuple[Any, ...]:
        """p after the step, then the state after it."""
        raise NotImplementedError(f"{type(self).__name__} must say rule(self, p, g, lr, t, *state)")

    def step(self) -> None:
        """Change every parameter once, or none: OverflowedError names the one that would leave the floats.

        A second step with no zeroing in between warns, once: its gradients would be the sum of both passes.
        """
        self._warn_if_spent()
        after = [self._after(p, state) for p, state in zip(self.parameters, self.state, strict=True)]
        before = self.snapshot()
        try:
            for p, (data, *_) in zip(self.parameters, after, strict=True):
                p.data, p.grad = data, _SpentGrad(p.grad)
            self.state, self.steps = [tuple(state) for _, *state in after], self.steps + 1
        except BaseException:  # Ctrl-C
            self.restore(before)
            raise

    def _after(self, p: Value, state: tuple[float, ...]) -> tuple[float, ...]:
        try:
            after = self.rule(p.data, float(p.grad), self.lr, self.steps + 1, *state)
            if all(map(math.isfinite, after)):
                return after
            problem = None
        except ArithmeticError as cause:
            problem = cause
        raise OverflowedError(f"the step of {p!r} is not finite at lr={self.lr}; a smaller lr usually helps") from problem

    def _warn_if_spent(self) -> None:
        spent = next((p for p in self.parameters if isinstance(p.grad, _SpentGrad)), None)
        if spent is not None and not self._warned:
            self._warned = True
            warnings.warn(
                f"{self!r} steps a second time, and the grad of {spent.label or 'its parameters'} was not zeroed in between: "
                "it adds up over passes. Write optimizer.zero_grad() before backward().",
                stacklevel=3,
            )

    def zero_grad(self) -> None:
        """Set the grad of every parameter to 0."""
        zero_grad(*self.parameters)

    def snapshot(self) -> tuple[Any, ...]:
        """The parameters' data and all that the next step depends on, for `restore`."""
        return [p.data for p in self.parameters], self.state, self.steps

    def restore(self, snapshot: tuple[Any, ...]) -> None:
        """Parameters and optimizer as they were."""
        data, self.state, self.steps = snapshot
        for p, before in zip(self.parameters, data, strict=True):
            p.data = before

    def settings(self) -> dict[str, Any]:
        """The arguments that make an optimizer like this one, by name."""
        names = list(inspect.signature(type(self)).parameters)[1:]
        return {name: getattr(self, name) for name in names}

    def state_dict(self) -> dict[str, Any]:
        """Settings, number of steps, and for each parameter what is remembered of it: all that a checkpoint needs."""
        return {"settings": self.settings(), "steps": self.steps, "state": [list(state) for state in self.state]}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue where the optimizer that gave `state` stopped. Raises ValueError where it does not fit."""
        fresh = type(self)(self.parameters, **state["settings"])
        rows = [tuple(number(x, "state") for x in row) for row in state["state"]]
        if [len(row) for row in rows] != [len(row) for row in fresh.state]:
            raise ValueError(
                f"the state must be {len(self.state_names)} numbers for each of {len(self.parameters)} parameters of "
                f"{type(self).__name__}, and is for {len(rows)}"
            )
        if not isinstance(state["steps"], int) or state["steps"] < 0:
            raise ValueError(f"steps must be a whole number of at least 0, and is {state['steps']!r}")
        vars(self).update(fresh.settings(), steps=state["steps"], state=rows)

    def __repr__(self) -> str:
        settings = ", ".join(f"{name}={value!r}" for name, value in self.settings().items())
        return f"{type(self).__name__}({len(self.parameters):,} parameters, {settings})"


class SGD(Optimizer):
    """Gradient descent: p -= lr * grad, with momentum p -= lr * v where v = momentum * v + grad (Polyak 1964, as PyTorch has it).

    `nesterov` looks ahead along v (Sutskever et al. 2013); `weight_decay` adds weight_decay * p to the gradient.

    >>> w = Value(1.0)
    >>> optimizer = SGD([w], lr=0.1)
    >>> (w * w).backward()
    >>> optimizer.step()
    >>> w.data
    0.8
    """

    state_names = ("velocity",)

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float = 1e-3,
        momentum: float = 0.0,
        *,
        weight_decay: float = 0.0,
        nesterov: bool = False,
    ) -> None:
        super().__init__(parameters, lr)
        self.momentum = _setting("momentum", momentum, below=1.0)
        self.weight_decay, self.nesterov = _setting("weight_decay", weight_decay), bool(nesterov)
        if nesterov and not momentum:
            raise ValueError("nesterov needs a momentum above 0")

    def rule(self, p: Any, g: Any, lr: Any, t: Any, *state: Any) -> tuple[Any, ...]:  # noqa: ARG002
        if self.weight_decay:
            g = g + self.weight_decay * p
        v = self.momentum * state[0] + g
        return p - lr * (g + self.momentum * v if self.nesterov else v), v


class RMSprop(Optimizer):
    """Steps in units of the gradient's running root mean square (Tieleman and Hinton 2012, lecture 6e).

    p -= lr * grad / (sqrt(s) + eps) where s = alpha * s + (1 - alpha) * grad**2; with momentum, velocities of that.

    >>> w = Value(1.0)
    >>> optimizer = RMSprop([w], lr=0.1)
    >>> (w * w).backward()
    >>> optimizer.step()
    >>> round(w.data, 6)
    0.0
    """

    state_names = ("square", "velocity")

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum: float = 0.0,
    ) -> None:
        super().__init__(parameters, lr)
        self.alpha, self.eps = _setting("alpha", alpha, below=1.0), _setting("eps", eps)
        self.weight_decay, self.momentum = _setting("weight_decay", weight_decay), _setting("momentum", momentum, below=1.0)

    def rule(self, p: Any, g: Any, lr: Any, t: Any, *state: Any) -> tuple[Any, ...]:  # noqa: ARG002
        square, velocity = state
        if self.weight_decay:
            g = g + self.weight_decay * p
        square = self.alpha * square + (1.0 - self.alpha) * (g * g)
        velocity = self.momentum * velocity + g / (sqrt(square) + self.eps)
        return p - lr * velocity, square, velocity


class Adam(Optimizer):
    """Momentum and RMSprop together, both corrected for starting at 0 (Kingma and Ba 2015, algorithm 1).

    p -= lr * m / (sqrt(s) + eps), m and s the running means of grad and grad**2 over their corrections 1 - beta**t.
    `weight_decay` adds weight_decay * p to the gradient; see AdamW.

    >>> w = Value(1.0)
    >>> optimizer = Adam([w], lr=0.1)
    >>> (w * w).backward()
    >>> optimizer.step()
    >>> round(w.data, 6)
    0.9
    """

    state_names = ("mean", "square")

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float = 1e-3,
        betas: Sequence[float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(parameters, lr)
        if len(betas) != 2:
            raise ValueError(f"betas must be two numbers, and got {betas!r}")
        self.betas = _setting("betas", betas[0], below=1.0), _setting("betas", betas[1], below=1.0)
        self.eps, self.weight_decay = _setting("eps", eps), _setting("weight_decay", weight_decay)

    def rule(self, p: Any, g: Any, lr: Any, t: Any, *state: Any) -> tuple[Any, ...]:
        return self._adam(p, g + self.weight_decay * p if self.weight_decay else g, lr, t, *state)

    def _adam(self, p: Any, g: Any, lr: Any, t: Any, mean: Any, square: Any) -> tuple[Any, ...]:
        beta1, beta2 = self.betas
        mean = beta1 * mean + (1.0 - beta1) * g
        square = beta2 * square + (1.0 - beta2) * (g * g)
        root = sqrt(square) / sqrt(1.0 - beta2**t) + self.eps
        return p - lr / (1.0 - beta1**t) * (mean / root), mean, square


class AdamW(Adam):
    """Adam with the weight decay apart from the gradient: p first shrinks by lr * weight_decay * p (Loshchilov and Hutter 2019).

    >>> w = Value(1.0)
    >>> optimizer = AdamW([w], lr=0.1, weight_decay=0.5)
    >>> (w * w).backward()
    >>> optimizer.step()
    >>> round(w.data, 6)
    0.85
    """

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float = 1e-3,
        betas: Sequence[float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
    ) -> None:
        super().__init__(parameters, lr, betas, eps, weight_decay)

    def rule(self, p: Any, g: Any, lr: Any, t: Any, *state: Any) -> tuple[Any, ...]:
        return self._adam(p * (1.0 - lr * self.weight_decay), g, lr, t, *state)


def clip_grad_norm(parameters: Iterable[Value], max_norm: float) -> float:
    """Scale the gradients so that their norm, the root of the sum of their squares, is at most `max_norm`; answers what it was.

    PyTorch's formula: times max_norm / (norm + 1e-6), where that is below 1 (Pascanu, Mikolov and Bengio 2013).

    >>> x, y = Value(3.0), Value(4.0)
    >>> ((x * x + y * y) / 2).backward()
    >>> clip_grad_norm([x, y], 1.0)
    5.0
    >>> round(x.grad, 4), round(y.grad, 4)
    (0.6, 0.8)
    """
    parameters = list(parameters)
    norm = math.hypot(*(p.grad for p in parameters))
    scale = _setting("max_norm", max_norm) / (norm + 1e-6)
    if scale < 1.0:
        for p in parameters:
            p.grad *= scale
    return norm


class _SpentGrad(float):
    """A grad that a step has used: what is added to it stays spent, and only zeroing gives a plain float again."""

    def __add__(self, other: float) -> "_SpentGrad":
        return _SpentGrad(float(self) + other)


def _setting(name: str, x: float, below: float = math.inf) -> float:
    x = number(x, name)
    if not 0.0 <= x < below:
        limit = "at least 0" if below == math.inf else f"from 0 to below {below:g}"
        raise ValueError(f"{name} must be {limit}, and is {x}")
    return x
