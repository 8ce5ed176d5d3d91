"""Sums over rows, in an order that is the same on every backend and machine: that in which eight rows at once are summed."""

from collections.abc import Iterable

LANES = 8  # running sums: row r goes into number r mod 8


def sum_in_order(numbers: Iterable[float]) -> float:
    """The sum over rows, as every backend computes it: row r into running sum r mod 8, and the eight added in order.

    Not Python's `sum`, which carries what rounding lost from version 3.12 on and not before.

    >>> sum_in_order([1e16, 1.0, -1e16])
    0.0
    """
    running = [0.0] * LANES
    for r, x in enumerate(numbers):
        running[r % LANES] += x
    total = running[0]
    for x in running[1:]:
        total += x
    return total
