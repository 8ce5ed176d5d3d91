"""The same few lines of Value code, as a graph that is built anew at every step, and as a program that was traced once.

A graph of Values is slow for a good reason: it is there to be looked at. Every number is an object that remembers where it came
from. But a training loop builds the same graph, with other numbers, again and again. `compile` runs the code once, writes down what
it did, and from then on runs what it wrote down: as Python source, as NumPy over all rows at once, or as the machine's own vector
instructions (extra `native`). The numbers are the same, and the derivatives were traced along: the rules are those of the table.

The work is one training step of the two-moons classifier: MLP 2-16-16-1, hinge cost, 100 rows, mean cost and its gradient by 337
parameters. Peers that are installed do the same in the same run. How they are measured with more care: python -m benchmarks.step.
"""

import importlib.util
import math
import statistics
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from autograd import compile as compiled
from autograd import gradients
from examples.console import arguments, chart, heading, table
from nn import MLP, hinge
from nn.data import moons


def milliseconds(step: Callable[[], object], repeats: int) -> float:
    """The median time of a call; the first one, which traces and compiles, is not counted."""
    step()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    return 1e3 * statistics.median(times)


def main(argv: Sequence[str] | None = None) -> None:
    options = arguments(__doc__, argv, repeats=(5, "how often each step is timed"))
    rows, labels = moons(100, noise=0.1, seed=1)
    targets = [1.0 if label else -1.0 for label in labels]
    model = MLP(2, [16, 16, 1], seed=1)
    parameters = model.parameters()

    def step(x: Any, y: Any) -> Any:
        """One row: the same lines for both ways."""
        cost = hinge(model(x), y)
        return cost, gradients(cost, parameters)

    def eagerly() -> float:
        """Row by row, on graphs that are built and dropped."""
        model.zero_grad()
        total = 0.0
        for x, y in zip(rows, targets, strict=True):
            cost = hinge(model(x), y)
            cost.backward()
            total += cost.data
        return total / len(rows)

    found = {"graph of Values": milliseconds(eagerly, options.repeats)}
    answers = {"graph of Values": eagerly()}
    for backend, needs in (("python", ()), ("numpy", ("numpy",)), ("native", ("numpy", "llvmlite"))):
        if all(importlib.util.find_spec(name) for name in needs):
            program = compiled(step, rows=("x", "y"), reduce="mean", backend=backend)
            x, y = (
                (rows, targets) if not needs else arrays(rows, targets)
            )  # arrays for arrays: the peers get theirs beforehand, too
            found[f"program, {backend}"] = milliseconds(partial(program, x, y), 4 * options.repeats)
            answers[f"program, {backend}"] = program(x, y)[0]
    for name, peer in (("micrograd", micrograd), ("torch", pytorch), ("jax", jax)):
        if importlib.util.find_spec(name):
            found[name], answers[name] = peer(model, rows, targets, options.repeats)

    heading("One step: mean cost and gradient of 100 rows")
    slowest = max(found.values())
    table(["way", "ms", "times faster than the slowest", "mean cost"], [[n, t, slowest / t, answers[n]] for n, t in found.items()])
    print()
    longest, fastest = max(map(len, found)), min(found.values())
    for name, t in found.items():
        print(f"{name:>{longest}} {'#' * (1 + round(10 * math.log10(t / fastest)))}")
    print(f"{'':>{longest}} ten more of # are ten times slower")
    print(
        "\nA program that is called from Python has to be handed its numbers. Where the whole training loop runs natively, a step"
    )
    print("takes a few microseconds: python -m benchmarks.step.\n")

    def bars(axes: Any) -> None:
        ours = [name.startswith(("graph", "program")) for name in found]
        drawn = axes.barh(list(found), list(found.values()), color=["#0969da" if own else "#8c959f" for own in ours])
        axes.bar_label(drawn, [f"{t:,.0f} ms" if t >= 100 else f"{t:.3g} ms" for t in found.values()], padding=3)
        axes.set(xscale="log", xlabel="milliseconds a step (logarithmic)", title="One training step, 100 rows (grey: peers)")
        axes.margins(x=0.25)
        axes.invert_yaxis()

    chart(options.out / "speed.svg", bars)


def arrays(*lists: Sequence[Any]) -> tuple[Any, ...]:
    """Lists as NumPy arrays."""
    import numpy as np

    return tuple(np.array(x, float) for x in lists)


def micrograd(model: MLP, rows: list[list[float]], targets: list[float], repeats: int) -> tuple[float, float]:
    """The same with micrograd: milliseconds, and the mean cost."""
    from micrograd.nn import MLP as Theirs  # noqa: N811

    theirs = Theirs(2, [16, 16, 1])
    for ours, layer in zip(model.layers, theirs.layers, strict=True):
        for source, neuron in zip(ours.neurons, layer.neurons, strict=True):
            neuron.b.data = source.b.data
            for p, w in zip(neuron.w, source.w, strict=True):
                p.data = w.data

    def step() -> float:
        theirs.zero_grad()
        cost = sum((1 + -y * theirs(x)).relu() for x, y in zip(rows, targets, strict=True)) * (1.0 / len(rows))
        cost.backward()
        return float(cost.data)

    return milliseconds(step, max(1, repeats // 2)), step()


def pytorch(model: MLP, rows: list[list[float]], targets: list[float], repeats: int) -> tuple[float, float]:
    """The same with PyTorch, eager, on one thread: milliseconds, and the mean cost."""
    import torch

    from nn import to_torch

    torch.set_num_threads(1)
    twin, x, y = to_torch(model), torch.tensor(rows, dtype=torch.float64), torch.tensor(targets, dtype=torch.float64)

    def step() -> float:
        twin.zero_grad()
        cost = (1 - y * twin(x)[:, 0]).relu().mean()
        cost.backward()
        return cost.item()

    return milliseconds(step, 4 * repeats), step()


def jax(model: MLP, rows: list[list[float]], targets: list[float], repeats: int) -> tuple[float, float]:
    """The same with JAX, compiled by `jax.jit`, in float64: milliseconds, and the mean cost."""
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    layers = [([[w.data for w in n.w] for n in layer.neurons], [n.b.data for n in layer.neurons]) for layer in model.layers]
    weights = [(jnp.array(w), jnp.array(b)) for w, b in layers]
    x, y = jnp.array(rows), jnp.array(targets)

    def cost(weights: Any) -> Any:
        *hidden, (w, b) = weights
        a = x
        for v, c in hidden:
            a = jnp.maximum(a @ v.T + c, 0.0)
        return jnp.maximum(1.0 - y * (a @ w.T + b)[:, 0], 0.0).mean()

    compiled_step = jax.jit(jax.value_and_grad(cost))

    def step() -> float:
        value, _ = jax.block_until_ready(compiled_step(weights))
        return float(value)

    return milliseconds(step, 4 * repeats), step()


if __name__ == "__main__":
    main()
