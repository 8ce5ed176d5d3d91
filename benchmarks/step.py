"""A training step as a compiled program against PyTorch, JAX, CasADi, micrograd and C written by hand, in one run on one thread.

    python -m benchmarks.step            needs: pip install -e '.[bench]', and a C compiler for the rows about C
    python -m benchmarks.step --quick    one repetition of everything, without the wide network, to see that it runs
    python -m benchmarks.step --only moons

The moons step is micrograd's own demo: MLP 2-16-16-1, hinge cost plus L2, 100 rows, one gradient descent update, float64.
Ours takes the L2 penalty as the optimizer's weight decay, which is the same update. Times are medians. A peer that is not
installed is named as such, and its row has no figure.
"""

import argparse
import functools
import gc
import os
import random
import statistics
import time
from collections.abc import Callable, Iterable
from typing import Any

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"

import nn  # noqa: E402
from autograd import Value, grad, gradients  # noqa: E402
from autograd import compile as compiled  # noqa: E402
from autograd.table import Table  # noqa: E402
from benchmarks import peers  # noqa: E402

Row = tuple[str, str, str, str]


def seconds(work: Callable[[], Any], repeats: int) -> float:
    """The median time of a call, after one that is not counted."""
    work()
    gc.collect()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def micro(s: float) -> str:
    return f"{1e6 * s:,.1f} us" if s < 1e-3 else f"{1e3 * s:,.1f} ms" if s < 1 else f"{s:.2f} s"


def against(what: str, target: str, ours: float, peer: Callable[[], float]) -> Row:
    """One line: how many times our time the peer's is."""
    try:
        theirs = peer()
    except ImportError as missing:
        return what, target, f"{micro(ours)}; the peer is missing: {missing}", ""
    return what, target, f"{micro(ours)} against {micro(theirs)}", f"{theirs / ours:.2f}"


class Moons:
    """The data, the start weights and our own ways of running the step."""

    def __init__(self, kind: str = "hinge") -> None:
        self.kind = kind
        self.X, labels = nn.data.moons(100, noise=0.1, seed=1)
        self.y = [1.0 if label else (-1.0 if kind == "hinge" else 0.0) for label in labels]
        self.layers = [
            ([[w.data for w in n.w] for n in layer.neurons], [n.b.data for n in layer.neurons]) for layer in self.model().layers
        ]

    def model(self) -> nn.MLP:
        return nn.MLP(2, [16, 16, 1], "relu" if self.kind == "hinge" else "sigmoid", seed=1)

    def cost(self, model: nn.MLP) -> Callable[[Any, Any], Value]:
        cost = nn.hinge if self.kind == "hinge" else nn.binary_cross_entropy_with_logits
        return lambda x, y: cost(model(x), y)

    def training(self) -> Any:
        from autograd.program.training import Training

        model = self.model()
        return Training(self.cost(model), model.parameters(), (self.X, self.y), lr=peers.LR, weight_decay=2 * peers.ALPHA)

    def call(self, backend: str) -> Callable[[], Any]:
        """Value and gradient of the mean cost in one call."""
        model = self.model()
        cost, parameters = self.cost(model), model.parameters()

        def row(x: Any, y: Any) -> Any:
            c = cost(x, y)
            return c, gradients(c, parameters)

        step = compiled(row, rows=("x", "y"), reduce="mean", backend=backend)
        if backend == "python":
            return lambda: step(self.X, self.y)
        import numpy as np

        rows, targets = np.array(self.X), np.array(self.y)
        return lambda: step(rows, targets)


def moons(quick: bool) -> Iterable[Row]:
    """The training loop, and one call, of the small network."""
    yield from loop(Moons(), "moons step", ("1", "2/3", "30"), quick)
    yield from loop(Moons("entropy"), "the same with sigmoid and cross entropy", ("above 1", "report", "report"), quick)
    m, repeats = Moons(), 20 if quick else 500
    ours = seconds(m.call("native"), repeats)
    what = "one call of value and gradient, against JAX jit"
    yield against(what, "3", ours, lambda: seconds(peers.jax_call(m.layers, m.X, m.y), repeats))
    for backend, target in (("numpy", "400"), ("python", "10")):
        ours = seconds(m.call(backend), 3 if quick else 15)
        theirs = functools.partial(peers.micrograd_steps, m.layers, m.X, m.y)
        what = f"{backend} executor, against micrograd"
        yield against(what, target, ours, lambda theirs=theirs: seconds(functools.partial(theirs(), 1), 1 if quick else 3))


def loop(m: Moons, words: str, targets: tuple[str, str, str], quick: bool) -> Iterable[Row]:
    """The whole training loop, natively, against the same in JAX, C and PyTorch."""
    steps, repeats = (200, 1) if quick else (4000, 9)
    start = time.perf_counter()
    training = m.training()
    yield f"{words}: trace to compiled", "0.5 s", micro(time.perf_counter() - start), ""
    ours = seconds(lambda: training.steps(steps), repeats) / steps
    for name, make, target in zip(
        ("JAX inside lax.scan", "hand-written vector C", "PyTorch eager"),
        (peers.jax_scan, peers.c_steps, peers.torch_steps),
        targets,
        strict=True,
    ):
        few = steps // 20 if make is peers.torch_steps else steps

        def peer(make: Any = make, few: int = few) -> float:
            run = make(m.layers, m.X, m.y, m.kind)
            return seconds(lambda: run(few), repeats) / few

        yield against(f"{words}, native loop, against {name}", target, ours, peer)


def expression(quick: bool) -> Iterable[Row]:
    """CasADi's ground: the gradient of 1,000 random operations on 64 inputs."""
    generator, ops = random.Random(1), ["add", "sub", "mul", "tanh", "sin", "sigmoid"]
    plan = [(generator.choice(ops), generator.randrange(64 + k), generator.randrange(64 + k)) for k in range(1000)]

    def build(inputs: list[Any], functions: dict[str, Callable[..., Any]]) -> Any:
        nodes = list(inputs)
        for op, i, j in plan:
            x, y = nodes[i], nodes[j]
            nodes.append(functions[op](x, y) if op in ("add", "sub", "mul") else functions[op](x))
        return sum(nodes[-32:], 0.0)

    def ours(x: list[Any]) -> Any:
        return build(x, {op: (lambda *v, op=op: getattr(v[0], op)(*v[1:])) for op in ops})

    import numpy as np

    points = np.random.default_rng(1).uniform(-1, 1, (512, 64))
    step = compiled(grad(ours), rows="x", backend="native")
    mine = seconds(lambda: step(points), 3 if quick else 30) / len(points)

    def casadi() -> float:
        import casadi as ca

        x = ca.SX.sym("x", 64)
        functions = {
            "add": lambda a, b: a + b,
            "sub": lambda a, b: a - b,
            "mul": lambda a, b: a * b,
            "tanh": ca.tanh,
            "sin": ca.sin,
        }
        functions["sigmoid"] = lambda a: 1 / (1 + ca.exp(-a))
        out = build([x[k] for k in range(64)], functions)
        function = ca.Function("gradient", [x], [ca.gradient(out, x)]).map(len(points))
        matrix = ca.DM(points.T)
        return seconds(lambda: function(matrix), 3 if quick else 15) / len(points)

    yield against("gradient of 1,000 random operations, a row, against CasADi SX", "10", mine, casadi)


def network(sizes: list[int], batch: int, X: Any, y: Any, target: tuple[str, str], quick: bool) -> Iterable[Row]:  # noqa: N803
    """A wider network with cross entropy: compile, and one call against PyTorch eager."""
    import numpy as np

    words = f"MLP {'-'.join(map(str, sizes))}, batch {batch}"
    model = nn.MLP(sizes[0], sizes[1:], seed=1)
    classes = np.eye(sizes[-1])[y]
    from autograd.program.training import Training

    start = time.perf_counter()
    training = Training(lambda x, t: nn.cross_entropy(model(x), t), model.parameters(), (X, classes), lr=0.01, batch_size=batch)
    yield f"{words}: trace to compiled", target[0], micro(time.perf_counter() - start), ""
    steps = 4 if quick else 40
    ours = seconds(lambda: training.steps(steps), 1 if quick else 5) / steps
    for dtype in ("float64", "float32"):

        def torch(dtype: str = dtype) -> float:
            import torch

            torch.set_num_threads(1)
            kind = getattr(torch, dtype)
            twin = nn.to_torch(model).to(kind)
            optimizer = torch.optim.SGD(twin.parameters(), lr=0.01)
            rows, labels = torch.tensor(np.array(X[:batch]), dtype=kind), torch.tensor(np.array(y[:batch]))

            def step() -> None:
                optimizer.zero_grad()
                torch.nn.functional.cross_entropy(twin(rows), labels).backward()
                optimizer.step()

            return seconds(step, 5 if quick else 100)

        yield against(f"{words}: step, against PyTorch eager in {dtype}", target[1], ours, torch)


def digits(quick: bool) -> Iterable[Row]:
    """1,797 real images of 8 x 8 points."""
    from sklearn.datasets import load_digits

    X, y = load_digits(return_X_y=True)  # noqa: N806
    yield from network([64, 32, 10], 32, X / 16.0, y, ("2 s", "above 1"), quick)


def wide(quick: bool) -> Iterable[Row]:
    """101,770 parameters, on random points: speed does not depend on them."""
    import numpy as np

    generator = np.random.default_rng(1)
    sizes = [784, 16, 10] if quick else [784, 128, 10]
    yield from network(sizes, 64, generator.uniform(0, 1, (64, 784)), generator.integers(0, 10, 64), ("15 s", "1/3"), quick)


def linear(quick: bool) -> Iterable[Row]:
    """Trace, passes and compile per instruction, of networks and of programs without structure."""
    for words, sizes in (("a network", (10_000, 100_000, 1_000_000)), ("random operations", (1_000, 10_000, 100_000))):
        found = []
        for n in sizes[: 1 if quick else 3]:
            function, width = (_dense, n // 32) if words == "a network" else (_random(n), 64)
            start = time.perf_counter()
            step = compiled(function, rows="x", backend="native")
            step([[0.01] * width])
            found.append(f"{1e6 * (time.perf_counter() - start) / n:.0f} us at {n:,}")
        yield f"trace to compiled, an instruction, {words}", "linear", ", ".join(found), ""


def _dense(x: list[Any]) -> Any:
    """About 32 instructions for each of the inputs."""
    return [sum((a * w for a in x), 0.0) for w in range(1, 17)]


def _random(n: int) -> Callable[[list[Any]], Any]:
    generator = random.Random(2)
    plan = [(generator.choice("+-*"), generator.randrange(64 + k), generator.randrange(64 + k)) for k in range(n)]

    def function(x: list[Any]) -> Any:
        nodes = list(x)
        for op, i, j in plan:
            a, b = nodes[i], nodes[j]
            nodes.append(a + b if op == "+" else a - b if op == "-" else (a * b).tanh())
        return [node.tanh() for node in nodes[-64:]]

    return function


PARTS = {part.__name__: part for part in (moons, expression, digits, wide, linear)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one repetition of everything")
    parser.add_argument("--only", choices=PARTS, help="one part")
    options = parser.parse_args()
    rows: list[Row] = []
    for name, part in PARTS.items():
        if options.only in (None, name):
            for row in part(options.quick):
                rows.append(row)
                print(".", end="", flush=True)
    print()
    print(Table(["what", "target", "measured", "peer / ours"], rows))


if __name__ == "__main__":
    main()
