"""Optimizers: what to do with the gradients. PyTorch's names, formulas and defaults."""

from collections.abc import Iterable

from autograd import OverflowedError, Value, zero_grad


class SGD:
    """Gradient descent: p -= lr * grad, with momentum p -= lr * v where v = momentum * v + grad (Polyak 1964, as PyTorch has it).

    >>> w = Value(1.0)
    >>> optimizer = SGD([w], lr=0.1)
    >>> (w * w).backward()
    >>> optimizer.step()
    >>> w.data
    0.8
    """

    def __init__(self, parameters: Iterable[Value], lr: float = 1e-3, momentum: float = 0.0) -> None:
        self.parameters = list(parameters)
        if not self.parameters or not all(isinstance(p, Value) for p in self.parameters):
            raise TypeError("parameters must be Values, as in SGD(model.parameters(), lr=0.1), and at least one")
        if not lr >= 0.0 or not 0.0 <= momentum < 1.0:
            raise ValueError(f"lr must be at least 0 and momentum from 0 to below 1, and they are {lr} and {momentum}")
        self.lr, self.momentum = lr, momentum
        self.velocity = [0.0] * len(self.parameters)

    def step(self) -> None:
        """Change every parameter once, or none: OverflowedError names the one that would leave the floats."""
        velocity = [self.momentum * v + p.grad for v, p in zip(self.velocity, self.parameters, strict=True)]
        data = [p.data - self.lr * v for v, p in zip(velocity, self.parameters, strict=True)]
        for p, changed in zip(self.parameters, data, strict=True):
            if changed - changed != 0.0:
                raise OverflowedError(f"the step of {p!r} is not finite at lr={self.lr}; a smaller lr usually helps")
        for p, changed in zip(self.parameters, data, strict=True):
            p.data = changed
        self.velocity = velocity

    def zero_grad(self) -> None:
        """Set the grad of every parameter to 0."""
        zero_grad(*self.parameters)
