"""Gradient descent: downhill on the surface of the cost.

Two parameters make a surface that can be seen. Here they are w and b of one sigmoid neuron on the 23 flights before Challenger
(temperature standardised), and the height is the mean log loss. The gradient is a vector that points up the steepest way, so
each step goes against it:

    (w, b) -= lr * (dC/dw, dC/db)

The gradient knows the slope under its feet and nothing else: how far to go is the learning rate's guess.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

from autograd import Value, no_grad
from autograd.functional import value_and_grad
from examples.console import arguments, chart, heading, table
from nn import binary_cross_entropy_with_logits
from nn.data import Standardise, challenger

Point = tuple[float, float]
START = (2.0, 3.0)
WIDTH, HEIGHT = 64, 22
W_RANGE, B_RANGE = (-4.5, 3.5), (-4.0, 4.0)
SHADES = " .:-=+*#%@"


@cache
def flights() -> list[tuple[float, int]]:
    """(standardised temperature, distress) of each flight."""
    data = challenger()
    return [(t, y) for (t,), y in zip(Standardise(data.features)(data.features), data.targets, strict=True)]


def mean_log_loss(parameters: Sequence[Value]) -> Value:
    """The height of the surface at (w, b)."""
    w, b = parameters
    losses = [binary_cross_entropy_with_logits(w * t + b, y) for t, y in flights()]
    return sum(losses[1:], start=losses[0]) / len(losses)


def height(w: float, b: float) -> float:
    """The cost alone, without a graph."""
    with no_grad():
        return mean_log_loss([Value(w), Value(b)]).data


def descend(start: Point, lr: float, steps: int) -> list[tuple[Point, float, Point]]:
    """The path: at each step where it stands, the cost and the gradient there."""
    path, (w, b) = [], start
    for _ in range(steps + 1):
        cost, (dw, db) = value_and_grad(mean_log_loss)([w, b])
        path.append(((w, b), cost, (dw, db)))
        w, b = w - lr * dw, b - lr * db
    return path


def contours(path: Sequence[Point]) -> list[str]:
    """The surface from above, darker where the cost is higher, with the path on it: S its start, o its steps, X its end."""
    spots = {cell(point): "o" for point in path[1:-1]}
    spots |= {cell(path[0]): "S", cell(path[-1]): "X"}
    lines = []
    for row in range(HEIGHT):
        b = B_RANGE[1] - (B_RANGE[1] - B_RANGE[0]) * row / (HEIGHT - 1)
        heights = [height(W_RANGE[0] + (W_RANGE[1] - W_RANGE[0]) * column / (WIDTH - 1), b) for column in range(WIDTH)]
        lines.append(f"{b:5.1f} |" + "".join(spots.get((column, row), shade(h)) for column, h in enumerate(heights)))
    ends = f"{W_RANGE[0]:<{WIDTH - 4}}{W_RANGE[1]:>4}"
    return [*lines, "      +" + "-" * WIDTH, "       " + ends + "  w"]


def shade(cost: float) -> str:
    """One of ten shades, one for each 0.4 of cost."""
    return SHADES[min(int((cost - 0.4) / 0.4), len(SHADES) - 1)]


def cell(point: Point) -> tuple[int, int]:
    """The column and row of the contour picture where a point lies."""
    w, b = point
    column = round((w - W_RANGE[0]) / (W_RANGE[1] - W_RANGE[0]) * (WIDTH - 1))
    return column, round((B_RANGE[1] - b) / (B_RANGE[1] - B_RANGE[0]) * (HEIGHT - 1))


def paint(axes: Any, path: Sequence[tuple[Point, float, Point]]) -> None:
    """The same with matplotlib: contour lines, the path, and the gradient at the start as an arrow."""
    ws = [W_RANGE[0] + (W_RANGE[1] - W_RANGE[0]) * i / 40 for i in range(41)]
    bs = [B_RANGE[0] + (B_RANGE[1] - B_RANGE[0]) * i / 40 for i in range(41)]
    lines = axes.contour(ws, bs, [[height(w, b) for w in ws] for b in bs], levels=16, colors="#888888", linewidths=0.8)
    axes.clabel(lines, fontsize=7)
    axes.plot([p[0] for p, _, _ in path], [p[1] for p, _, _ in path], "o-", color="#0072b2", markersize=4, label="path of descent")
    (w, b), _, (dw, db) = path[0]
    arrow = {"arrowstyle": "->", "color": "#c00000", "linewidth": 2}
    axes.annotate("", xy=(w + dw, b + db), xytext=(w, b), arrowprops=arrow)
    axes.text(w + dw + 0.1, b + db, "gradient", color="#c00000", backgroundcolor="white")
    axes.plot(*path[-1][0], "*", color="#007a5e", markersize=14, label="end")
    axes.set(xlabel="w", ylabel="b", title="Mean log loss over w and b, and the path of gradient descent")
    axes.set_aspect("equal")
    axes.legend(loc="lower left")


def main(argv: Sequence[str] | None = None) -> None:
    """Descend, show the path, and show what a wrong learning rate does."""
    options = arguments(__doc__, argv, lr=(2.0, "the learning rate"), steps=(40, "how many steps"))
    path = descend(START, options.lr, options.steps)

    heading("The gradient at the start")
    (w, b), cost, (dw, db) = path[0]
    print(f"at w = {w:g}, b = {b:g} the cost is {cost:.6f} and the gradient ({dw:.6f}, {db:.6f})")
    step = 1e-6
    slope_w = (height(w + step, b) - height(w - step, b)) / (2 * step)
    slope_b = (height(w, b + step) - height(w, b - step)) / (2 * step)
    print(f"measured by going {step:g} to either side:          ({slope_w:.6f}, {slope_b:.6f})")

    heading(f"The path, lr = {options.lr:g}")
    shown = sorted({0, 1, 2, 3, 4, 5, 10, 20, options.steps} & set(range(options.steps + 1)))
    table(["step", "w", "b", "cost", "dC/dw", "dC/db"], [[i, *path[i][0], path[i][1], *path[i][2]] for i in shown])

    heading("The surface from above")
    print("\n".join(contours([point for point, _, _ in path])))
    print("\nS start, o steps, X end; from light to dark, one shade for each 0.4 of cost. b goes up, w to the right")

    heading("The learning rate")
    rates = [0.02, 0.2, 2.0, 12.0, 40.0]
    table(["lr", "cost after 40 steps"], [[f"{lr:g}", descend(START, lr, 40)[-1][1]] for lr in rates])
    print("Too small, and it has hardly left; too large, and each step leaps across the valley.")
    chart(options.out / "gradient_descent.svg", lambda axes: paint(axes, path))


if __name__ == "__main__":
    main()
