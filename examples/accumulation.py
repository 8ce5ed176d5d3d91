"""Why does zero_grad() exist? Gradients that nobody clears carry over.

backward() *adds* to the grad of every leaf, as in PyTorch. That is a feature: a batch's gradient is the sum of its rows', so each
row may have a backward pass of its own, and the memory of one graph is enough. The price is that somebody must say where one step
ends and the next begins. Who forgets steps along the sum of all gradients since the start, the old ones included:

    with zero_grad      w <- w - lr * g_t
    without             w <- w - lr * (g_1 + g_2 + ... + g_t)

The second is a different method. Near the minimum the new gradient fades, but the old sum keeps pushing: w flies past, is pulled
back, flies past again, and never comes to rest. (Momentum, which also remembers, forgets a part of it at each step.)

Only leaves accumulate. What an interior node has is the adjoint of this pass alone, since it lives for one graph.
"""

from collections.abc import Sequence
from typing import Any

from autograd import Value, draw, explain
from examples.console import arguments, chart, heading, save, table

ROWS = [(1.0, 2.0), (2.0, 3.0), (3.0, 7.0)]  # x and y: which w makes w*x closest to y?


def error(w: Value, x: float, y: float) -> Value:
    """(w*x - y)**2, with names for what is in between."""
    guess = w * x
    guess.label = "guess"
    cost = (guess - y) ** 2
    cost.label = "cost"
    return cost


def carried_over() -> Value:
    """The same pass three times: the first, a second that finds the grad of the first, and one after zero_grad."""
    w = Value(1.0, "w")
    for title, forget in (("First pass", True), ("Second pass, nothing cleared", False), ("Third pass, after w.grad = 0", True)):
        heading(title)
        if forget:
            w.grad = 0.0
        cost = error(w, *ROWS[1])
        cost.backward()
        print(explain(cost).table())
        print(f"\n{explain(cost).of(w)}")
    return cost


def batch() -> None:
    """Accumulation as a feature: row by row gives what one graph of all rows gives."""
    w, together = Value(1.0, "w"), Value(1.0, "w")
    rows: list[list[Any]] = []
    for x, y in ROWS:
        before = w.grad
        error(w, x, y).backward()
        rows.append([f"({x:g}, {y:g})", before, w.grad - before, w.grad])
    table(["row", "carried over", "this row's", "w.grad"], rows)
    sum((error(together, x, y) for x, y in ROWS), Value(0.0)).backward()
    print(f"One graph of the sum of all rows: w.grad = {together.grad:.6f}")


def descend(steps: int, lr: float, clear: bool) -> list[float]:
    """w after each step of gradient descent on all rows."""
    w = Value(0.0, "w")
    path = [w.data]
    for _ in range(steps):
        if clear:
            w.grad = 0.0
        for row in ROWS:
            (error(w, *row) / len(ROWS)).backward()
        w.data -= lr * w.grad
        path.append(w.data)
    return path


def main(argv: Sequence[str] | None = None) -> None:
    """What carries over, what it is good for, and what it does to training."""
    options = arguments(__doc__, argv, steps=(40, "steps of gradient descent"), lr=(0.05, "learning rate"))
    cost = carried_over()

    heading("What it is good for: a batch, row by row")
    batch()

    heading("What it does to training")
    best = sum(x * y for x, y in ROWS) / sum(x * x for x, _ in ROWS)
    clean, dirty = (descend(options.steps, options.lr, clear) for clear in (True, False))
    every = max(1, options.steps // 10)
    table(["step", "w with zero_grad", "w without"], [[str(t), clean[t], dirty[t]] for t in range(0, options.steps + 1, every)])
    print(f"The best w is {best:.6f} (sum of x*y over sum of x*x).")

    heading("Pictures")
    save(draw(cost), options.out / "accumulation.svg")

    def paint(axes: Any) -> None:
        axes.plot(clean, "-o", markersize=3, label="with zero_grad")
        axes.plot(dirty, "--s", markersize=3, label="without: old gradients keep pushing")
        axes.axhline(best, color="gray", linewidth=1, label=f"the best w, {best:.3f}")
        axes.set(xlabel="step", ylabel="w", title="Gradients that nobody clears")
        axes.legend()

    chart(options.out / "accumulation_training.svg", paint)


if __name__ == "__main__":
    main()
