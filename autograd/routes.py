"""The chain rule as a sum over paths: each path from the root to a leaf contributes the product of its local derivatives.

There may be exponentially many paths, and so they are counted first, and found by their number: at each node, how many paths
lead on through each operand says which way path number k goes. The backward pass gets the same sum with each edge walked once.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from operator import mul
from typing import overload

from autograd.ops import CONSTANT
from autograd.origin import check_fresh
from autograd.render import visible
from autograd.reverse import names, partials, topological_order
from autograd.table import SHOWN, Report, Table, shown
from autograd.value import Value

LIMIT = 10_000
_COUNTED = 10**18  # beyond this nobody counts on
_LISTED = 100  # how many a table shows


class TooManyPathsError(ValueError):
    """There are more paths than anybody reads."""


@dataclass(frozen=True, eq=False)
class Path:
    """One way from the root to the leaf: the `nodes` on it, and the local derivative on each edge, the `factors`."""

    nodes: tuple[Value, ...]
    factors: tuple[float, ...]

    @property
    def product(self) -> float:
        """The product of the factors, from the root on; 1 for the path from a node to itself."""
        return list(accumulate(self.factors, mul, initial=1.0))[-1]


class Paths(Report, Sequence[Path]):
    """All paths from a root to a leaf, in the order of the operands. `total` is the sum of their products.

    `cancelling` are pairs of numbers of paths (from 0) whose products are opposite: the leaf acts along both, to no effect.
    """

    def __init__(self, root: Value, leaf: Value) -> None:
        self.root, self.leaf = root, leaf
        order = topological_order(root)
        self.names = {node: visible(name) for node, name in names(dict.fromkeys([*order, leaf])).items()}
        check_fresh(order, self.names)
        self._ways: dict[Value, int] = {}
        for node in order:
            ways = sum(self._ways[x] for x in node.parents if x.op is not CONSTANT)
            self._ways[node] = 1 if node is leaf else min(ways, _COUNTED)
        self._partials: dict[Value, list[tuple[Value, float]]] = {}
        if len(self) > LIMIT:
            count = "more than 10**18" if len(self) == _COUNTED else f"{len(self):,}"
            raise TooManyPathsError(
                f"there are {count} paths from {self.names[root]} to {self.names[leaf]}, and paths() lists at most {LIMIT:,}; "
                f"explain({self.names[root]}).of({self.names[leaf]}) gives the same sum with each edge walked once"
            )

    def __len__(self) -> int:
        return self._ways[self.root]

    @overload
    def __getitem__(self, k: int) -> Path: ...
    @overload
    def __getitem__(self, k: slice) -> list[Path]: ...
    def __getitem__(self, k: int | slice) -> Path | list[Path]:
        if isinstance(k, slice):
            return [self[i] for i in range(*k.indices(len(self)))]
        if not -len(self) <= k < len(self):
            raise IndexError(f"there are {len(self)} paths, and no number {k}")
        return self._path(k % len(self))

    def __iter__(self) -> Iterator[Path]:
        return (self._path(k) for k in range(len(self)))

    def _path(self, k: int) -> Path:
        node, nodes, factors = self.root, [self.root], []
        while node is not self.leaf:
            if node not in self._partials:
                self._partials[node] = [(x, d) for x, d in partials(node) if self._ways[x]]
            for x, d in self._partials[node]:  # noqa: B007  # they are where the path goes on
                if k < self._ways[x]:
                    break
                k -= self._ways[x]
            node = x
            nodes.append(x)
            factors.append(d)
        return Path(tuple(nodes), tuple(factors))

    @cached_property
    def products(self) -> list[float]:
        """The product of each path."""
        return [path.product for path in self]

    @property
    def total(self) -> float:
        """The sum of the products, in this order: the adjoint of the leaf up to rounding."""
        return sum(self.products)

    @cached_property
    def cancelling(self) -> list[tuple[int, int]]:
        """Pairs of paths whose products are opposite to 12 digits."""
        waiting: dict[str, list[int]] = {}
        pairs = []
        for k, product in enumerate(self.products):
            opposite = waiting.get(f"{-product:.11e}")
            if product == 0.0:
                continue
            if opposite:
                pairs.append((opposite.pop(0), k))
            else:
                waiting.setdefault(f"{product:.11e}", []).append(k)
        return pairs

    def parts(self) -> list[Table | str]:
        """One row for each path, with what it cancels, and the sum."""
        root, leaf = self.names[self.root], self.names[self.leaf]
        if not len(self):
            return [f"No path leads from {root} to {leaf}: d{root}/d{leaf} = 0."]
        partner = {i: j for pair in self.cancelling for i, j in (pair, pair[::-1])}
        rows = []
        for k, path in enumerate(self[:_LISTED]):
            note = f"cancels path {partner[k] + 1}" if k in partner else "" if path.product else "carries nothing: a factor is 0"
            route = " <- ".join(_abridged([self.names[node] for node in path.nodes]))
            factors = " * ".join(_abridged([_factor(x) for x in path.factors])) or "1"
            rows.append([str(k + 1), route, factors, path.product, note])
        title = f"{len(self):,} path{'s' * (len(self) > 1)} from {root} to {leaf}: {root} moves by the sum of their products"
        table = Table(["path", "through", "local derivatives", "product", ""], rows, title)
        more = [f"... and {len(self) - _LISTED:,} more; paths(...)[k] is path k + 1."] if len(self) > _LISTED else []
        together = [f"{2 * len(self.cancelling)} of {len(self)} paths cancel in pairs."] if self.cancelling else []
        if self.products and self.total == 0.0 and any(self.products) and 2 * len(self.cancelling) < len(self):
            together = ["All paths cancel together."]
        return [table, *more, " ".join([f"Sum: d{root}/d{leaf} = {shown(self.total)}.", *together, SHOWN])]


def _abridged(parts: list[str]) -> list[str]:
    """Of a long path its ends."""
    return parts if len(parts) <= 12 else [*parts[:5], f"({len(parts) - 10:,} more)", *parts[-5:]]


def _factor(x: float) -> str:
    return f"({shown(x)})" if x < 0 else shown(x)


def paths(value: Value, leaf: Value) -> Paths:
    """Every path on which `leaf` acts on `value`, as a sequence with `.product`, `.factors` and `.nodes`; they sum to the grad.

    `leaf` may be any node. Raises TooManyPathsError (a ValueError) beyond 10,000 paths, before finding any; StaleGraphError for a
    graph whose leaves have changed since; TypeError for what is no Value, or a constant.

    >>> from autograd import Value, paths
    >>> x = Value(3.0, "x")
    >>> found = paths(x * x - x, x)
    >>> [path.product for path in found], found.total
    ([3.0, 3.0, -1.0], 5.0)
    """
    for name, node in (("value", value), ("leaf", leaf)):
        if not isinstance(node, Value):
            raise TypeError(f"{name} must be a Value, and got the {type(node).__name__} {node!r:.60}")
        if node.op is CONSTANT:
            raise TypeError(f"{name} must be no constant, and {node!r} is: no derivative is taken towards it")
    return Paths(value, leaf)
