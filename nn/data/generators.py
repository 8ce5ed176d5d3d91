"""Shapes to learn, made on the spot: rows of two numbers and the class of each. The same seed gives the same rows.

Each answers `(X, y)`: lists, as `fit` takes them. `noise` is the standard deviation of what is added to every coordinate.
"""

import math
from collections.abc import Sequence
from random import Random

Rows = tuple[list[list[float]], list[int]]


def xor(n: int = 4, noise: float = 0.0, seed: int = 0) -> Rows:
    """Exclusive or: class 1 where one of two inputs is 1, but not both. No straight line separates it.

    >>> xor()
    ([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0, 1, 1, 0])
    """
    corners = [(float(i // 2 % 2), float(i % 2)) for i in range(_rows(n))]
    return _noisy(corners, noise, Random(seed)), [int(a != b) for a, b in corners]


def moons(n: int = 100, noise: float = 0.1, seed: int = 0) -> Rows:
    """Two half circles of radius 1 that reach into each other, as in scikit-learn's make_moons; half of the rows in each.

    >>> moons(4, noise=0.0)[1]
    [0, 0, 1, 1]
    """
    upper, lower = _angles((_rows(n) + 1) // 2, math.pi), _angles(n // 2, math.pi)
    points = [(math.cos(t), math.sin(t)) for t in upper] + [(1.0 - math.cos(t), 0.5 - math.sin(t)) for t in lower]
    return _noisy(points, noise, Random(seed)), [0] * len(upper) + [1] * len(lower)


def circles(n: int = 100, noise: float = 0.05, seed: int = 0, factor: float = 0.5) -> Rows:
    """A circle of radius 1, class 0, around one of radius `factor`, class 1.

    >>> X, y = circles(100, noise=0.0)
    >>> round(math.hypot(*X[0]), 6), round(math.hypot(*X[-1]), 6)
    (1.0, 0.5)
    """
    if not 0.0 < factor < 1.0:
        raise ValueError(f"factor must be above 0 and below 1, and got {factor!r}")
    outer, inner = (_rows(n) + 1) // 2, n // 2
    points = [
        (r * math.cos(k * math.tau / m), r * math.sin(k * math.tau / m))
        for r, m in ((1.0, outer), (factor, inner))
        for k in range(m)
    ]
    return _noisy(points, noise, Random(seed)), [0] * outer + [1] * inner


def spirals(n: int = 100, noise: float = 0.02, seed: int = 0, classes: int = 2, turns: float = 1.0) -> Rows:
    """One arm for each class, wound `turns` times around the origin out to radius 1; the arms have as many rows each.

    >>> X, y = spirals(9, classes=3)
    >>> y
    [0, 0, 0, 1, 1, 1, 2, 2, 2]
    """
    points, labels = [], []
    for k, count in enumerate(_shares(_rows(n), classes)):
        for i in range(count):
            r = (i + 1) / count
            angle = math.tau * (turns * r + k / classes)
            points.append((r * math.cos(angle), r * math.sin(angle)))
            labels.append(k)
    return _noisy(points, noise, Random(seed)), labels


def blobs(n: int = 100, noise: float = 1.0, seed: int = 0, classes: int = 3) -> Rows:
    """A round cloud for each class, around a centre drawn uniformly between -10 and 10.

    >>> X, y = blobs(6)
    >>> y
    [0, 0, 1, 1, 2, 2]
    """
    random = Random(seed)
    shares = _shares(_rows(n), classes)
    centres = [(random.uniform(-10.0, 10.0), random.uniform(-10.0, 10.0)) for _ in shares]
    points = [centre for centre, count in zip(centres, shares, strict=True) for _ in range(count)]
    return _noisy(points, noise, random), [k for k, count in enumerate(shares) for _ in range(count)]


def linear(
    n: int = 100, noise: float = 0.1, seed: int = 0, weights: Sequence[float] = (2.0,), bias: float = 1.0
) -> tuple[list[list[float]], list[float]]:
    """Inputs drawn uniformly between -1 and 1, and y = bias + w[1] x[1] + w[2] x[2] + ... and noise: numbers, no classes.

    >>> X, y = linear(3, noise=0.0)
    >>> all(target == 1.0 + 2.0 * x for (x,), target in zip(X, y))
    True
    """
    random = Random(seed)
    rows = [[random.uniform(-1.0, 1.0) for _ in weights] for _ in range(_rows(n))]
    deviation = _noise(noise)
    return rows, [sum((w * x for w, x in zip(weights, row, strict=True)), bias) + random.gauss(0.0, deviation) for row in rows]


def _angles(count: int, end: float) -> list[float]:
    return [end * k / max(count - 1, 1) for k in range(count)]


def _shares(n: int, classes: int) -> list[int]:
    """`n` rows over the classes, as evenly as can be."""
    if not isinstance(classes, int) or not 1 <= classes <= n:
        raise ValueError(f"classes must be a whole number from 1 to the {n} rows, and got {classes!r}")
    return [n // classes + (k < n % classes) for k in range(classes)]


def _noisy(points: Sequence[tuple[float, float]], noise: float, random: Random) -> list[list[float]]:
    deviation = _noise(noise)
    return [[x + random.gauss(0.0, deviation) for x in point] for point in points]


def _noise(noise: float) -> float:
    if not 0.0 <= noise < math.inf:
        raise ValueError(f"noise must be a standard deviation of at least 0, and got {noise!r}")
    return noise


def _rows(n: int) -> int:
    if not isinstance(n, int) or n < 1:
        raise ValueError(f"n must be a whole number of rows, at least 1, and got {n!r}")
    return n
