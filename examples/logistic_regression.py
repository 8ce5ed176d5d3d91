"""Logistic regression is the smallest neural network: one sigmoid neuron with one input.

    z = B0 + B1 * temperature        B1 sits on the connection, B0 in the neuron
    a = sigmoid(z)                   the probability of O-ring distress

The data: the 23 flights of the Space Shuttle before Challenger's last, each with its launch temperature and whether an O-ring
showed distress. Trained on log loss the neuron is the maximum-likelihood fit of a statistician, and must find the published
B0 = 15.0429, B1 = -0.2322. Trained on the mean squared error it finds something else.
"""

from collections.abc import Callable, Sequence

from autograd import Value, draw, label
from autograd.functional import grad, hessian
from examples.console import arguments, heading, save, table
from nn import SGD, Neuron, Parameter, binary_cross_entropy, binary_cross_entropy_with_logits, mse
from nn.data import DataSet, Standardise, challenger

Matrix = list[list[float]]
Cost = Callable[[Value, float], Value]

PUBLISHED = 15.0429, -0.2322, -10.1576  # B0, B1 and log-likelihood of these flights; statsmodels 0.15.0 says the same
LAST_LAUNCH = 31.0  # degrees Fahrenheit, as expected on the morning of Challenger's last launch


def total(terms: Sequence[Value]) -> Value:
    """Their sum."""
    first, *rest = terms
    return sum(rest, start=first)


def train(cost: Cost, data: DataSet, scale: Standardise, steps: int, lr: float) -> tuple[float, float]:
    """A neuron trained by gradient descent on standardised temperature; its B0 and B1 converted back to degrees.

    b + w (t - mean) / deviation = (b - w mean / deviation) + (w / deviation) t
    """
    neuron = Neuron(1, "sigmoid", seed=0)
    optimizer = SGD(neuron.parameters(), lr=lr)
    rows = list(zip(scale(data.features), data.targets, strict=True))
    for _ in range(steps):
        mean_cost = total([cost(neuron(x), y) for x, y in rows]) / len(rows)
        optimizer.zero_grad()
        mean_cost.backward()
        optimizer.step()
    (mean,), (deviation,) = scale.means, scale.deviations
    b1 = neuron.w[0].data / deviation
    return neuron.b.data - b1 * mean, b1


def negative_log_likelihood(data: DataSet) -> Callable[[list[Value]], Value]:
    """The log loss summed over all rows, as a function of [B0, B1, ...], in the units of the data."""

    def cost(b: list[Value]) -> Value:
        logits = [sum((w * x for w, x in zip(b[1:], row, strict=True)), start=b[0]) for row in data.features]
        return total([binary_cross_entropy_with_logits(z, y) for z, y in zip(logits, data.targets, strict=True)])

    return cost


def newton(cost: Callable[[list[Value]], Value], start: Sequence[float], tolerance: float = 1e-8) -> tuple[list[float], int]:
    """Newton's method: step by the gradient divided by the curvature, until a step changes next to nothing.

    Both come from the engine. Answers where it ended, and after how many steps.
    """
    b = list(start)
    for step in range(1, 51):
        change = solve(hessian(cost)(b), grad(cost)(b))
        b = [x - d for x, d in zip(b, change, strict=True)]
        if all(abs(d) <= tolerance * (1 + abs(x)) for x, d in zip(b, change, strict=True)):
            return b, step
    raise ArithmeticError("Newton's method found no minimum in 50 steps")


def solve(matrix: Matrix, right: Sequence[float]) -> list[float]:
    """The x with matrix @ x = right, by Gaussian elimination with the largest pivot.

    >>> solve([[2.0, 1.0], [1.0, 3.0]], [5.0, 10.0])
    [1.0, 3.0]
    """
    rows = [[*row, r] for row, r in zip(matrix, right, strict=True)]
    n = len(rows)
    for i in range(n):
        pivot = max(range(i, n), key=lambda k: abs(rows[k][i]))
        rows[i], rows[pivot] = rows[pivot], rows[i]
        for k in range(i + 1, n):
            factor = rows[k][i] / rows[i][i]
            rows[k] = [x - factor * y for x, y in zip(rows[k], rows[i], strict=True)]
    x = [0.0] * n
    for i in reversed(range(n)):
        x[i] = (rows[i][n] - sum(rows[i][k] * x[k] for k in range(i + 1, n))) / rows[i][i]
    return x


def stretch(matrix: Matrix) -> float:
    """The larger curvature of a bowl over the smaller: the ratio of the eigenvalues of a 2 by 2 matrix."""
    (a, b), (_, d) = matrix
    middle, off = (a + d) / 2, (((a - d) / 2) ** 2 + b * b) ** 0.5
    return float((middle + off) ** 2 / (a * d - b * b))  # larger / smaller = larger**2 / determinant


def probability(b: Sequence[float], temperature: float) -> float:
    """What the neuron answers."""
    return Value(b[0] + b[1] * temperature).sigmoid().data


def main(argv: Sequence[str] | None = None) -> None:
    """Train on log loss and on squared error, and compare."""
    options = arguments(__doc__, argv)
    data, scale = challenger(), Standardise(challenger().features)
    print(f"{len(data)} flights of the Space Shuttle: degrees Fahrenheit at launch, and whether an O-ring was in distress")

    heading("One neuron, trained on log loss by gradient descent")
    log_loss = train(binary_cross_entropy, data, scale, steps=400, lr=2.0)
    cost = negative_log_likelihood(data)
    likelihood = -cost([Value(b) for b in log_loss]).data
    best, steps = newton(cost, [0.0, 0.0])
    rows = [
        ["gradient descent, 400 steps", *(f"{x:.4f}" for x in (*log_loss, likelihood))],
        [f"Newton's method, {steps} steps", *(f"{x:.4f}" for x in (*best, -cost([Value(b) for b in best]).data))],
        ["published", *(f"{x:.4f}" for x in PUBLISHED)],
    ]
    table(["fit", "B0", "B1", "log-likelihood"], rows)

    heading("Why the temperatures were standardised first")
    standardised = data.with_features(scale(data.features))
    (mean,), (deviation,) = scale.means, scale.deviations
    raw_bowl = stretch(hessian(cost)(best))
    round_bowl = stretch(hessian(negative_log_likelihood(standardised))([best[0] + best[1] * mean, best[1] * deviation]))
    print("The cost is a bowl over B0 and B1. Descent takes about as many steps as the bowl is longer than wide (in curvature).")
    print(f"in degrees:   {raw_bowl:12,.1f} : 1   hopeless: a step small enough for B1 hardly moves B0")
    print(f"standardised: {round_bowl:12,.1f} : 1   Newton divides by the curvature, so it does not care")

    heading("The same neuron, trained on the mean squared error")
    squared = train(mse, data, scale, steps=4000, lr=2.0)
    table(["cost", "B0", "B1"], [["log loss", *log_loss], ["mean squared error", *squared]])
    print("\nprobability of distress at")
    temperatures = [LAST_LAUNCH, 53.0, 65.0, 75.0, 81.0]
    answers = [[f"{t:.0f} F", probability(log_loss, t), probability(squared, t)] for t in temperatures]
    table(["", "log loss", "squared error"], answers)
    print(f"({LAST_LAUNCH:.0f} F was expected for Challenger's last launch: far from all data, so a warning, not a measurement.)")

    print("\nWhat differs is the error of the neuron, dC/dz. Take the flight at 75 F with distress, which the fit calls unlikely:")
    b0, b1, temperature = Parameter(log_loss[0], "B0"), Parameter(log_loss[1], "B1"), Value(75.0, "temperature")
    z = b0 + b1 * temperature
    a = z.sigmoid()
    label(z=z, a=a)
    slope = a.data * (1 - a.data)
    print(f"log loss:      a - y               = {a.data - 1:+.4f}   as large as the mistake")
    print(f"squared error: 2 (a - y) a (1 - a) = {2 * (a.data - 1) * slope:+.4f}   the sigmoid's slope {slope:.4f} mutes it")
    print("So squared error gives up on surprising flights, and makes a steeper curve of the others.")

    surprise = binary_cross_entropy(a, 1)
    label(C=surprise)
    surprise.backward()
    save(draw(surprise), options.out / "logistic_regression.svg")


if __name__ == "__main__":
    main()
