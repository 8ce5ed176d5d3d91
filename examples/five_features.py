"""Five features, one neuron: five connections, each with a weight, into one sigmoid.

    z = B0 + B1 x1 + B2 x2 + B3 x3 + B4 x4 + B5 x5
    a = sigmoid(z)                   the probability that a tumour is malignant

The data: radius, texture, perimeter, area and smoothness of the cell nuclei of 569 tumours (Wisconsin diagnostic breast cancer).
The neuron is fitted with derivatives from the engine, and beside it stands a fit that shares no line with it: iteratively
reweighted least squares, whose derivatives a statistician worked out by hand.
"""

import math
from collections.abc import Sequence

from autograd import Value, draw, no_grad
from examples.console import arguments, heading, save, table
from examples.logistic_regression import negative_log_likelihood, newton, solve
from nn import MLP, draw_network
from nn.data import DataSet, Standardise, breast_cancer

# statsmodels 0.15.0, Logit on the same five standardised columns
STATSMODELS = [0.459246, -22.094852, 1.564632, 14.740317, 14.689213, 1.664601]
STATSMODELS_LOG_LIKELIHOOD = -84.611588


def reweighted_least_squares(data: DataSet, steps: int = 25) -> list[float]:
    """The maximum-likelihood fit by formulas alone: b += (X' W X)^-1 X' (y - p), with W = p (1 - p) on the diagonal.

    McCullagh and Nelder, Generalized Linear Models, 1989, section 2.5.
    """
    rows = [[1.0, *row] for row in data.features]
    n = len(rows[0])
    b = [0.0] * n
    for _ in range(steps):
        p = [1.0 / (1.0 + math.exp(-sum(w * x for w, x in zip(b, row, strict=True)))) for row in rows]
        errors = [y - q for y, q in zip(data.targets, p, strict=True)]
        score = [math.fsum(e * row[i] for e, row in zip(errors, rows, strict=True)) for i in range(n)]
        information = [
            [math.fsum(q * (1 - q) * row[i] * row[j] for q, row in zip(p, rows, strict=True)) for j in range(n)] for i in range(n)
        ]
        b = [x + d for x, d in zip(b, solve(information, score), strict=True)]
    return b


def one_neuron(b: Sequence[float]) -> MLP:
    """The fit as a network: B0 in the neuron, the others on its connections."""
    model = MLP(len(b) - 1, [1], output="sigmoid", seed=0)
    (neuron,) = model.layers[0].neurons
    for parameter, value in zip([neuron.b, *neuron.w], b, strict=True):
        parameter.data = value
    return model


def main(argv: Sequence[str] | None = None) -> None:
    """Fit the neuron twice, compare, and draw it."""
    options = arguments(__doc__, argv)
    data = breast_cancer().columns(5)
    data = data.with_features(Standardise(data.features)(data.features))
    print(data)

    heading("The neuron, fitted with derivatives from the engine, and independently")
    cost = negative_log_likelihood(data)
    b, steps = newton(cost, [0.0] * 6)
    independent = reweighted_least_squares(data)
    names = ["B0 (bias)", *(f"B{i} ({name})" for i, name in enumerate(data.feature_names, 1))]
    table(
        ["", f"engine, {steps} Newton steps", "by formulas", "statsmodels"],
        list(zip(names, b, independent, STATSMODELS, strict=True)),
    )
    largest = max(abs(x - y) for x, y in zip(b, independent, strict=True))
    print(f"largest difference between engine and formulas: {largest:.1e}")

    model = one_neuron(b)
    with no_grad():
        answers = [model(row).data for row in data.features]
        log_likelihood = math.fsum(math.log(a if y else 1 - a) for a, y in zip(answers, data.targets, strict=True))
    right = sum((a > 0.5) == bool(y) for a, y in zip(answers, data.targets, strict=True))
    print(f"log-likelihood: {log_likelihood:.6f} (statsmodels: {STATSMODELS_LOG_LIKELIHOOD:.6f})")
    print(f"tumours on the right side of 0.5: {right} of {len(data)}, the same on which it was fitted")
    print("\nRadius, perimeter and area measure nearly the same thing. Their weights are large and of opposite sign: the fit is")
    print("sure of their sum and unsure of each, so a weight alone says little of what matters.")
    first = [Value(x, name) for x, name in zip(data.features[0], data.feature_names, strict=True)]
    save(draw_network(model, columns=data.feature_names), options.out / "five_features.svg")
    save(draw(model(first)), options.out / "five_features_graph.svg")


if __name__ == "__main__":
    main()
