"""The eager engine against micrograd and against microgpt's way of writing Value, in one run.

    python -m benchmarks.eager          needs: pip install micrograd
    python -m benchmarks.eager --quick  one repetition of everything, to see that it runs

The work is micrograd's own moons demo: MLP 2-16-16-1, hinge cost plus L2, 100 rows, one step of gradient descent; each step
builds the graph, goes back through it, updates the weights and drops the graph. All engines get the same rows and weights.
A time is that of four steps in a row, as training runs them, so each engine pays for collecting its own cycles.
"""

import argparse
import gc
import math
import random
import statistics
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

from autograd import Value


class Stored:
    """microgpt's way, for comparison: four slots, and the partial derivatives stored on the way forward."""

    __slots__ = ("children", "data", "grad", "partials")

    def __init__(self, data: float, children: tuple["Stored", ...] = (), partials: tuple[float, ...] = ()) -> None:
        self.data, self.grad, self.children, self.partials = data, 0.0, children, partials

    def __add__(self, other: Any) -> "Stored":
        other = other if isinstance(other, Stored) else Stored(other)
        return Stored(self.data + other.data, (self, other), (1.0, 1.0))

    def __mul__(self, other: Any) -> "Stored":
        other = other if isinstance(other, Stored) else Stored(other)
        return Stored(self.data * other.data, (self, other), (other.data, self.data))

    def __pow__(self, exponent: float) -> "Stored":
        return Stored(self.data**exponent, (self,), (exponent * self.data ** (exponent - 1),))

    def relu(self) -> "Stored":
        return Stored(max(0.0, self.data), (self,), (float(self.data > 0),))

    def __neg__(self) -> "Stored":
        return self * -1.0

    def __truediv__(self, other: Any) -> "Stored":
        return self * other**-1.0

    __radd__, __rmul__ = __add__, __mul__

    def backward(self) -> None:
        order: list[Stored] = []
        seen: set[Stored] = set()

        def visit(node: Stored) -> None:
            if node not in seen:
                seen.add(node)
                for child in node.children:
                    visit(child)
                order.append(node)

        visit(self)
        self.grad = 1.0
        for node in reversed(order):
            for child, partial in zip(node.children, node.partials, strict=True):
                child.grad += partial * node.grad


def moons(rows: int = 100) -> list[tuple[float, float, float]]:
    """Two interleaved half circles with a little noise: two features and a class of -1 or 1."""
    generator = random.Random(1337)
    points = []
    for i in range(rows):
        angle, upper = math.pi * (i // 2) / (rows // 2 - 1), i % 2 == 0
        x, y = (math.cos(angle), math.sin(angle)) if upper else (1 - math.cos(angle), 0.5 - math.sin(angle))
        points.append((x + generator.gauss(0, 0.1), y + generator.gauss(0, 0.1), -1.0 if upper else 1.0))
    return points


class Network:
    """The same 2-16-16-1 network for any engine, written as micrograd writes it."""

    def __init__(self, number: Callable[[float], Any]) -> None:
        generator = random.Random(1)
        self.number, self.rows = number, moons()
        self.layers = [
            [([number(generator.uniform(-1, 1)) for _ in range(n)], number(0.0)) for _ in range(m)]
            for n, m in ((2, 16), (16, 16), (16, 1))
        ]
        self.parameters = [p for layer in self.layers for w, b in layer for p in (*w, b)]

    def cost(self) -> Any:
        losses = []
        for x1, x2, y in self.rows:
            a = [self.number(x1), self.number(x2)]
            for k, layer in enumerate(self.layers):
                z = [sum((w * x for w, x in zip(weights, a, strict=True)), b) for weights, b in layer]
                a = [v.relu() for v in z] if k < 2 else z
            losses.append((1 + -y * a[0]).relu())
        return sum(losses[1:], losses[0]) * (1.0 / len(losses)) + 1e-4 * sum(
            (p * p for p in self.parameters[1:]), self.parameters[0] * 1
        )

    def step(self) -> float:
        cost = self.cost()
        for p in self.parameters:
            p.grad = 0.0
        cost.backward()
        for p in self.parameters:
            p.data -= 0.1 * p.grad
        return float(cost.data)


def seconds(work: Callable[[], Any], repeat: int) -> float:
    """The median processor time of one call: pure Python on one thread, so other programs' work need not count."""
    times = []
    for _ in range(repeat):
        gc.collect()  # what one engine's cycles left behind is not to be swept up on the next engine's time
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return statistics.median(times)


def bytes_per_node(number: Callable[[float], Any], nodes: int) -> tuple[float, float]:
    """Bytes that a graph holds, and the peak of building it and going back through it, per node."""
    network = Network(number)
    gc.collect()
    tracemalloc.start()
    cost = network.cost()
    held = tracemalloc.get_traced_memory()[0]
    cost.backward()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return held / nodes, peak / nodes


def size(cost: Any, operands: str) -> int:
    """How many nodes a graph has, by the attribute that holds a node's operands."""
    seen, stack = {id(cost): cost}, [cost]
    while stack:
        for x in getattr(stack.pop(), operands):
            if id(x) not in seen:
                seen[id(x)] = x
                stack.append(x)
    return len(seen)


def chain(nodes: int) -> None:
    """A chain of operations, built, run backward and dropped."""
    x = out = Value(1.0)
    for _ in range(nodes // 2):
        out = out * 0.5 + x
    out.backward()


def import_seconds(repeat: int) -> float:
    """The time that `import autograd, nn` adds to a Python that has just started."""
    code = "import time; s = time.perf_counter(); import autograd, nn; print(time.perf_counter() - s)"
    return statistics.median(
        float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)
        for _ in range(repeat)
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one repetition of everything")
    quick = parser.parse_args().quick
    try:
        from micrograd.engine import Value as Micrograd
    except ImportError:
        raise SystemExit("this benchmark needs micrograd: pip install micrograd") from None
    sys.setrecursionlimit(100_000)

    engines = {"blamegrad": (Value, "parents"), "microgpt's style": (Stored, "children"), "micrograd": (Micrograd, "_prev")}
    networks = {name: Network(number) for name, (number, _) in engines.items()}
    first = {name: network.step() for name, network in networks.items()}
    assert len({round(cost, 9) for cost in first.values()}) == 1, f"the engines disagree: {first}"
    times: dict[str, list[float]] = {name: [] for name in engines}
    for _ in range(1 if quick else 5):  # in turn, so that a busy moment of the machine meets all of them
        for name, network in networks.items():
            times[name].append(seconds(lambda n=network: [n.step() for _ in range(4)], 1) / 4)  # type: ignore[misc]
    ours = statistics.median(times["blamegrad"])
    print(f"{'one step of moons':<20}{'ms':>9}{'ratio':>8}{'nodes':>9}{'held B':>9}{'ratio':>8}{'peak B':>9}{'ratio':>8}")
    reference: tuple[float, float] | None = None
    for name, (number, operands) in engines.items():
        nodes = size(networks[name].cost(), operands)
        held, peak = bytes_per_node(number, nodes)
        reference = reference or (held, peak)
        median = statistics.median(times[name])
        memory = f"{held:9.0f}{held / reference[0]:8.2f}{peak:9.0f}{peak / reference[1]:8.2f}"
        print(f"{name:<20}{1e3 * median:9.1f}{median / ours:8.2f}{nodes:9,}{memory}")
    print(f"\n{'nodes in a chain':<20}{'ns a node':>10}")
    for nodes in (1_000, 10_000, 100_000, 1_000_000):
        repeat = 1 if quick else max(1, 200_000 // nodes)
        print(f"{nodes:<20,}{1e9 * seconds(lambda n=nodes: chain(n), repeat) / nodes:10.0f}")  # type: ignore[misc]
    print(f"\nimport autograd, nn: {1e3 * import_seconds(3 if quick else 11):.0f} ms")


if __name__ == "__main__":
    main()
