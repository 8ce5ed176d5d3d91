"""Every demo runs, writes its pictures, and reaches figures that others published or that are computed here independently."""

import doctest
import importlib
import math
import re
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

DEMOS = {
    "logistic_regression": ["logistic_regression.svg"],
    "five_features": ["five_features.svg", "five_features_graph.svg"],
    "forward_pass": ["forward_pass.svg", "forward_pass_graph.svg"],
    "gradient_descent": [],
    "backpropagation": ["backpropagation.svg", "backpropagation_graph.svg", "backpropagation.html"],
    "blame_game": ["blame_game.svg", "blame_game_graph.svg", "blame_game.html"],
    "lazy_neuron": ["lazy_neuron.svg"],
    "accumulation": ["accumulation.svg"],
    "overfitting": [],
    "why_order": ["why_order.svg"],
    "find_the_layers": ["find_the_layers.svg"],
    "speed": [],
}
QUICK = {"overfitting": ["--epochs", "120"], "speed": ["--repeats", "1"]}


@pytest.fixture(scope="module", autouse=True)
def _examples_importable():
    root = str(Path(__file__).parents[1])
    sys.path.insert(0, root)
    yield
    sys.path.remove(root)


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """What a demo prints, and where it put its pictures; each runs once."""
    outputs: dict[str, tuple[str, Path]] = {}

    def run(name):
        if name not in outputs:
            out = tmp_path_factory.mktemp(name)
            with pytest.MonkeyPatch.context() as patch:
                stream = Stream()
                patch.setattr(sys, "stdout", stream)
                importlib.import_module(f"examples.{name}").main(["--out", str(out), *QUICK.get(name, [])])
            outputs[name] = stream.text(), out
        return outputs[name]

    return run


class Stream:
    """A console of an old Windows: what it cannot encode is an error."""

    encoding = "cp1252"

    def __init__(self):
        self.parts = []

    def write(self, text):
        self.parts.append(text.encode(self.encoding).decode(self.encoding))
        return len(text)

    def flush(self):
        pass

    def text(self):
        return "".join(self.parts)


def numbers(line):
    """Every number in a line of text."""
    return [float(x) for x in re.findall(r"(?<![\w.\[,])-?\d+(?:\.\d+)?(?:e-?\d+)?(?![\w\]])", line)]


def line_of(text, start):
    return next(line for line in text.splitlines() if line.startswith(start))


@pytest.mark.parametrize("name", DEMOS)
def test_a_demo_prints_and_draws(told, name):
    text, out = told(name)
    assert text.isascii()
    for picture in DEMOS[name]:
        written = (out / picture).read_text(encoding="utf-8")
        if picture.endswith(".svg"):
            assert ET.fromstring(written).tag.endswith("svg")
        else:
            assert written.startswith("<!DOCTYPE html>")


@pytest.mark.parametrize("name", DEMOS)
def test_a_demo_has_help(name, capsys):
    with pytest.raises(SystemExit, match="0"):
        importlib.import_module(f"examples.{name}").main(["--help"])
    assert "--out" in capsys.readouterr().out


@pytest.mark.parametrize("name", DEMOS)
def test_what_a_docstring_shows_is_so(name):
    assert doctest.testmod(importlib.import_module(f"examples.{name}")).failed == 0


def test_logistic_regression_reaches_the_published_fit(told):
    text, _ = told("logistic_regression")
    for fit in ("gradient descent", "Newton's method"):
        assert line_of(text, fit).split()[-3:] == ["15.0429", "-0.2322", "-10.1576"]


def test_logistic_regression_on_squared_error_reaches_scipys_minimum(told):
    # scipy.optimize.minimize, Nelder-Mead on the mean squared error: 19.26147973, -0.30095386
    b0, b1 = numbers(line_of(told("logistic_regression")[0], "mean squared error"))
    assert b0 == pytest.approx(19.26147973, rel=1e-4)
    assert b1 == pytest.approx(-0.30095386, rel=1e-4)


def test_five_features_agrees_with_statsmodels_and_with_formulas(told):
    text, _ = told("five_features")
    rows = [numbers(line) for line in text.splitlines() if re.match(r"B\d \(", line)]
    assert len(rows) == 6
    for engine, formulas, statsmodels in rows:
        assert engine == pytest.approx(statsmodels, abs=2e-4)
        assert formulas == pytest.approx(statsmodels, abs=2e-4)
    assert numbers(line_of(text, "log-likelihood"))[0] == pytest.approx(-84.61158843694629, abs=1e-6)


def test_forward_pass_prints_sums_that_are_right(told):
    text, _ = told("forward_pass")
    sums = re.findall(r"^ +=( .*) = (-?\d+\.\d+)$", text, re.MULTILINE)
    assert len(sums) == 2 + 3 + 5
    for terms, z in sums:
        bias, *products = terms.split(" + ")
        factors = [re.fullmatch(r"\((.*)\)\((.*)\)", p.strip()).groups() for p in products]
        assert math.fsum([float(bias), *(float(w) * float(x) for w, x in factors)]) == pytest.approx(float(z), abs=0.005)
    assert text.count("@") == 3


def test_forward_pass_shows_each_weight_of_the_matrix_in_its_place(told):
    text, _ = told("forward_pass")
    first = text[text.index("L1: 5 x 2") :].splitlines()
    labels = [re.findall(r"w\[\d,\d\]", line) for line in first[:7]]
    assert [x for x in labels if x] == [[f"w[{i},{j}]" for i in range(1, 6)] for j in (1, 2)]


def test_gradient_descent_goes_down_to_the_published_fit():
    from examples.gradient_descent import START, descend
    from nn.data import Standardise, challenger

    path = descend(START, lr=2.0, steps=400)
    costs = [cost for _, cost, _ in path]
    assert costs[:50] == sorted(costs[:50], reverse=True)
    scale = Standardise(challenger().features)
    (w, b), cost, _ = path[-1]
    assert w / scale.deviations[0] == pytest.approx(-0.2322, abs=5e-5)
    assert b - w * scale.means[0] / scale.deviations[0] == pytest.approx(15.0429, abs=5e-5)
    assert 23 * cost == pytest.approx(10.1576, abs=5e-5)


def test_gradient_descent_shows_the_path_on_the_surface(told):
    text, _ = told("gradient_descent")
    surface = [line for line in text.splitlines() if re.match(r" *-?\d\.\d \|", line)]
    assert sum("S" in line for line in surface) == sum("X" in line for line in surface) == 1
    assert any("o" in line for line in surface)


def test_backpropagation_measures_every_delta(told):
    rows = [numbers(line) for line in told("backpropagation")[0].splitlines() if re.match(r"L\d\.z\[\d\] +-?\d", line)]
    assert len(rows) == 3
    for arrived, slope, delta, backward, measured in rows:
        assert arrived * slope == pytest.approx(delta, rel=1e-4)
        assert backward == pytest.approx(measured, rel=1e-5)
        assert delta == pytest.approx(backward, rel=1e-5)


def test_blame_game_learns_and_foretells(told):
    text, _ = told("blame_game")
    assert numbers(line_of(text, "accuracy").replace("%", ""))[0] >= 90.0
    foretold = [numbers(line) for line in text.splitlines() if re.match(r"-?\d+\.\d+ - \d", line)]
    assert len(foretold) == 4
    for (_, nudge, foretelling, computed, difference), h in zip(foretold, (0.001, 0.01, 0.1, 1.0), strict=True):
        assert nudge == h
        assert computed - foretelling == pytest.approx(difference, abs=2e-5)
        assert abs(difference) <= h * h  # what a gradient leaves out is of the second order


def test_overfitting_is_worse_on_what_it_never_saw(told):
    text, _ = told("overfitting")
    plain = numbers(line_of(text, "no penalty").replace("%", ""))
    penalised = numbers(line_of(text, "L2, strength").replace("%", ""))[1:]
    assert plain[0] < penalised[0]  # better by heart
    assert plain[1] > penalised[1]  # worse on the others
    assert plain[1] > 1.2 * plain[2]  # and worse than it was
    assert plain[4] > penalised[4]  # with larger weights


def test_why_order_shows_the_wrong_number_beside_the_right_one(told):
    text, _ = told("why_order")
    assert re.search(r"^dc/da = 6 +WRONG", text, re.MULTILINE)
    assert re.search(r"^dc/da = 4 +right", text, re.MULTILINE)
    assert f"{2**30:,}" in text


def test_the_layers_are_found_and_wider_ones_are_no_more_code(told):
    text, _ = told("find_the_layers")
    assert "for j in 1..8\n    v57 = mul L2.w[1,j] L1.a[1]" in text
    assert "    for i in 2..8\n        v59 = mul L2.w[i,j] L1.a[i]\n        L2.z[j] = add v58|L2.z[j] v59\n" in text
    sizes = [list(map(int, line.split()[1:])) for line in text.splitlines() if re.match(r"3-\d+-\d+-2 ", line)]
    assert len(sizes) == 4
    for straight, folded, with_gradients, folded_gradients in sizes:
        assert folded == sizes[0][1] < straight or straight < 300
        assert folded_gradients == sizes[0][3] < with_gradients


def test_every_way_of_a_step_has_the_same_cost(told):
    text, _ = told("speed")
    costs = [
        numbers(line)[-1] for line in text.splitlines() if re.match(r"(graph of Values|program, \w+|micrograd|torch|jax) +\d", line)
    ]
    assert len(costs) >= 2
    assert costs == pytest.approx([costs[0]] * len(costs), rel=1e-5)
