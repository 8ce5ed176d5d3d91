"""Formulas as text: the graph is the one that Python's own operators build, errors point at the column, and nothing is run."""

import math
import re
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import Value
from autograd.__main__ import main
from autograd.parse import FormulaError, parse

NEURON = "tanh(w1*x1 + w2*x2 + b)"
AT = {"w1": -3.0, "w2": 1.0, "x1": 2.0, "x2": 0.0, "b": 6.8813735870195432}


def test_a_neuron_is_micrograds():
    out = parse(NEURON, **AT)
    out.backward()
    grads = {node.label: node.grad for node in autograd.topological_order(out) if node.op is None}
    assert out.data == pytest.approx(math.sqrt(0.5))
    assert grads == pytest.approx({"w1": 1.0, "w2": 0.0, "x1": -1.5, "x2": 0.5, "b": 0.5})


def formulas():
    leaves = st.sampled_from(["x", "y", "2.5", "3", "1e-2"])
    binary = st.sampled_from([" + ", " - ", "*", "/"])

    def extend(inner):
        return st.one_of(
            st.tuples(inner, binary, inner).map(lambda t: f"({t[0]}{t[1]}{t[2]})"),
            st.tuples(inner, binary, inner).map(lambda t: "".join(t)),
            inner.map(lambda f: f"-{f}"),
            st.tuples(st.sampled_from(["tanh", "sin", "sigmoid", "relu", "softplus"]), inner).map(lambda t: f"{t[0]}({t[1]})"),
        )

    return st.recursive(leaves, extend, max_leaves=8)


@given(formulas(), st.floats(-3, 3), st.floats(0.5, 3))
def test_equals_what_python_makes_of_the_same_text(formula, x, y):
    names = {"tanh": autograd.tanh, "sin": autograd.sin, "sigmoid": autograd.sigmoid, "relu": autograd.relu}
    names |= {"softplus": autograd.softplus, "x": Value(x), "y": Value(y)}
    try:
        expected = eval(formula, {"__builtins__": {}}, names)  # the test's own text
    except ArithmeticError:
        return
    used = {name: v.data for name, v in names.items() if name in re.findall(r"\b[xy]\b", formula)}
    assert parse(formula, **used).data == getattr(expected, "data", expected)


@pytest.mark.parametrize(
    ("formula", "column", "message"),
    [
        ("2*tahn(x)", 3, "no operation tahn; did you mean tan or tanh"),
        ("x + y", 5, "y has no value; write y=NUMBER"),
        ("x +", 4, "invalid syntax"),
        ("(x", 1, "never closed"),
        ("", 1, "empty"),
        ("tanh(x, x)", 1, "takes 1 operands, and got 2"),
        ("x ^ 2", 1, r"a power is written \*\*"),
        ("x if x > 0 else 1", 1, "write where"),
        ("1 + log(0 - x)", 5, "has no real value"),
        ("  1/(x-x)", 3, "divides by zero"),
        ("x*1e999", 3, "too large"),
        ("x*1j", 3, "none of number"),
        ("'a'*x", 1, "none of number"),
        ("ü + x", 1, "ü has no value"),
        ("x + ü*0 + nope", 5, "ü has no value"),
        ("where(x, 1, 2)", 7, "must be a comparison"),
        ("h = x; h = 2; h", 8, "has a value already"),
        ("x; x", 1, "only the last part"),
        ("h = x", 1, "must be an expression"),
        ("sin(x=1)", 1, "no named operands"),
        ("(" * 5000 + "x" + ")" * 5000, None, "column"),
        ("+".join(["x"] * 30_000), None, "column"),
        ("-" * 50_000 + "x", None, "column"),
        ("x\x00", None, "column"),
    ],
)
def test_an_error_points_at_its_column(formula, column, message):
    with pytest.raises(FormulaError, match=message) as caught:
        parse(formula, x=1.0)
    if column is not None:
        assert caught.value.column == column
        assert str(caught.value).splitlines()[-1].index("^") == column + 1


@pytest.mark.parametrize(
    "formula",
    [
        "__import__('os').system('true')",
        "x.__class__",
        "(lambda: 1)()",
        "[x][0]",
        "open('f')",
        "exec(x)",
        "x[0].y",
        "f'{x}'",
        "(y:=x)",
    ],
)
def test_nothing_else_of_python_is_known(formula):
    with pytest.raises(FormulaError):
        parse(formula, x=1.0)


def test_indices_conditions_names_and_pi():
    assert parse("w[2,1]*x[1]", **{"w[2,1]": 2.0, "x[1]": 3.0}).data == 6.0
    assert parse("where(x >= 1, 2*x, x**2)", x=3.0).data == 6.0
    assert parse("max(x, 2) + pi", x=1.0).data == 2.0 + math.pi
    assert parse("h = 2*x; k = h*h; k + h", x=1.0).parents[0].label == "k"


def test_a_value_that_is_not_used_is_an_error():
    with pytest.raises(FormulaError, match="b is given"):
        parse("w*x", w=1, x=2, b=3)


def test_the_command_prints_and_writes(tmp_path, capsys):
    values = [f"{name}={x}" for name, x in AT.items()]
    svg, html = tmp_path / "out.svg", tmp_path / "out.html"
    assert main([NEURON, *values[:2], "--svg", str(svg), *values[2:], "--html", str(html), "--explain"]) == 0
    out = capsys.readouterr().out
    assert "value 0.707107" in out
    assert next(line.split() for line in out.splitlines() if line.startswith("x1 ")) == ["x1", "2", "-1.5"]
    assert "tanh" in out
    assert svg.read_text(encoding="utf-8").lstrip().startswith("<")
    assert "<html" in html.read_text(encoding="utf-8").lower()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["x*y", "x=1"], "column 3: y has no value"),
        (["x", "x"], "must be NAME=NUMBER"),
        (["x", "x=one"], "must be NAME=NUMBER"),
        (["sqrt(x)", "x=0"], "derivative"),
        (["x", "x=1", "--html", "/no/such/folder/o.html"], "error: "),
    ],
)
def test_an_error_is_one_message_and_status_2(arguments, message, capsys):
    assert main(arguments) == 2
    assert message in capsys.readouterr().err


def test_a_formula_without_names_has_a_value(capsys):
    assert main(["2 + 3*4"]) == 0
    assert capsys.readouterr().out == "value 14\n"


def test_it_runs_as_a_module():
    done = subprocess.run([sys.executable, "-m", "autograd", "x*x", "x=3"], capture_output=True, text=True, check=True)
    assert "value 9" in done.stdout
