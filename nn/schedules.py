"""Learning-rate schedules: what the optimizer's lr is multiplied by in each epoch, as `fit(..., schedule=cosine(100))`.

A schedule is a function of the epoch, from 1, that answers a factor. A lambda will do; these are the usual ones. They know
nothing but the epoch, so a training that is resumed goes on with the right lr.

>>> halves = step(every=2, factor=0.5)
>>> [halves(epoch) for epoch in (1, 2, 3, 4, 5)]
[1.0, 1.0, 0.5, 0.5, 0.25]
>>> gentle = warm_up(4, then=linear(8))
>>> [gentle(epoch) for epoch in (1, 2, 4, 5, 9, 13)]
[0.25, 0.5, 1.0, 1.0, 0.5, 0.0]
"""

import math
from collections.abc import Callable

Schedule = Callable[[int], float]


def constant() -> Schedule:
    """The optimizer's lr in every epoch."""
    return lambda _: 1.0


def step(every: int, factor: float = 0.1) -> Schedule:
    """Times `factor` after each `every` epochs: PyTorch's StepLR."""
    _at_least_one("every", every)
    return lambda epoch: float(factor ** ((epoch - 1) // every))


def cosine(epochs: int, end: float = 0.0) -> Schedule:
    """Half a cosine from 1 to `end` over `epochs` epochs, then `end`: PyTorch's CosineAnnealingLR (Loshchilov and Hutter 2017)."""
    _at_least_one("epochs", epochs)
    return lambda epoch: end + (1.0 - end) * (1.0 + math.cos(math.pi * min(epoch - 1, epochs) / epochs)) / 2.0


def linear(epochs: int, end: float = 0.0) -> Schedule:
    """A straight line from 1 to `end` over `epochs` epochs, then `end`: PyTorch's LinearLR from 1."""
    _at_least_one("epochs", epochs)
    return lambda epoch: 1.0 + (end - 1.0) * (min(epoch - 1, epochs) / epochs)


def warm_up(epochs: int, then: Schedule | None = None) -> Schedule:
    """1/epochs, 2/epochs, ... up to 1, and after these epochs the schedule `then`, which starts from its epoch 1."""
    _at_least_one("epochs", epochs)
    after = then or constant()
    return lambda epoch: epoch / epochs if epoch <= epochs else after(epoch - epochs)


def _at_least_one(name: str, count: int) -> None:
    if not isinstance(count, int) or count < 1:
        raise ValueError(f"{name} must be a whole number of at least 1, and got {count!r}")
