"""Formulas are the rules of the table: what they say, read back as Python, gives the engine's own numbers."""

import ast
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd.formula import Symbol, definition, forward, operand_names, partial
from autograd.notation import JAVASCRIPT, LATEX, TEXT
from autograd.ops import TABLE, Op

SAMPLES = [pytest.param(op, point, id=f"{op.name}{point}") for op in TABLE.values() for point in op.at]
PYTHON: dict[str, Any] = {
    **{op.name: op.forward_floats for op in TABLE.values()},
    **{op.symbol: op.forward_floats for op in TABLE.values()},
    "pi": math.pi,
}


def read_back(formula: Symbol, names: tuple[str, ...], numbers: tuple[float, ...]) -> float:
    return float(eval(str(formula), PYTHON, dict(zip(names, numbers, strict=True))))


@pytest.mark.parametrize(("op", "point"), SAMPLES)
def test_every_formula_read_as_python_is_the_rule(op: Op, point: tuple[float, ...]) -> None:
    names, out = operand_names(op), op.forward_floats(*point)
    assert read_back(forward(op), names, point) == out
    assert read_back(definition(op), names, point) == out
    for i, rule in enumerate(op.partials_floats):
        if rule is not None:
            for at in ((), (*point, out)):
                found = read_back(partial(op, i, at=at), (*names, "out"), (*point, out))
                assert found == pytest.approx(rule(*point, out), rel=2**-51)  # a constant such as 2/sqrt(pi) is computed anew


def test_the_partials_of_the_textbook() -> None:
    assert str(partial(TABLE["mul"], 0)) == "y"
    assert str(partial(TABLE["tanh"], 0)) == "1 - out*out"
    assert str(partial(TABLE["div"], 1)) == "-out/y"
    assert str(partial(TABLE["pow"], 0, at=[2.0, 3.0, 8.0])) == "y*x**(y - 1)"
    assert str(partial(TABLE["atan2"], 0, at=[2.0, 3.0, 0.5])) == "x/(x*x + y*y)"
    assert str(partial(TABLE["relu"], 0)) == "1 if x > 0 else 0"
    assert str(partial(TABLE["gelu"], 0, at=[1.0, 0.84])) == "erfc(-x/sqrt(2))/2 + x*exp(-x*x/2)/sqrt(2*pi)"


def test_a_label_that_is_itself_a_formula_keeps_its_meaning() -> None:
    assert str(forward(TABLE["mul"], ["x1*w1 + b", "w[2,1]"])) == "(x1*w1 + b)*w[2,1]"
    assert str(forward(TABLE["tanh"], ["x1*w1 + b"])) == "tanh(x1*w1 + b)"
    assert str(forward(TABLE["sub"], ["a", "-3"])) == "a - (-3)"
    assert str(forward(TABLE["pow"], ["-3", "2"])) == "(-3)**2"
    assert str(forward(TABLE["mul"], ["2e-05", "x"])) == "2e-05*x"


def trees() -> st.SearchStrategy[Symbol]:
    leaves = st.sampled_from([Symbol("x", 0.7), Symbol("y", -1.3), Symbol("", 2.0), Symbol("", -0.25)])
    binary = st.sampled_from(["add", "sub", "mul", "div", "maximum"])
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.builds(lambda name, a, b: Symbol(name, None, (a, b)), binary, inner, inner),
            st.builds(lambda name, a: Symbol(name, None, (a,)), st.sampled_from(["neg", "tanh", "pos"]), inner),
            st.builds(lambda a, b, c: Symbol("where", None, (Symbol(">", None, (a, b)), b, c)), inner, inner, inner),
        ),
        max_leaves=12,
    )


@given(trees())
@settings(deadline=None)
def test_no_parenthesis_is_missing(tree: Symbol) -> None:
    try:
        expected = tree.value()
    except (ZeroDivisionError, OverflowError):
        return
    assert repr(read_back(tree, ("x", "y"), (0.7, -1.3))) == repr(expected)


def meaning(text: str) -> str:
    try:
        return ast.dump(ast.parse(text, mode="eval"))
    except SyntaxError:
        return ""


def closing(text: str, opening: int) -> int:
    """Where the parenthesis that opens at `opening` is closed."""
    depth = 0
    for i in range(opening, len(text)):
        depth += {"(": 1, ")": -1}.get(text[i], 0)
        if depth == 0:
            return i
    raise AssertionError(text)


@given(trees())
@settings(deadline=None)
def test_no_pair_of_parentheses_is_needless(tree: Symbol) -> None:
    """Without any one of its pairs of parentheses the text is another expression, or has a sign after an operator."""
    text = str(tree)
    for i in range(len(text)):
        if text[i] == "(" and text[max(i - 1, 0)] not in "hx" and text[i + 1] not in "-+":  # no call of tanh or max
            end = closing(text, i)
            assert meaning(text[:i] + text[i + 1 : end] + text[end + 1 :]) != meaning(text)


def test_latex_names_numbers_and_hostile_labels() -> None:
    assert LATEX.write(forward(TABLE["mul"], ["w[2,1]", "x1"])) == r"w_{2,1} \cdot x_{1}"
    assert LATEX.write(forward(TABLE["neg"], [r"\input{a}_"])) == r"-\text{\textbackslash{}input\{a\}\_}"
    assert LATEX.write(Symbol("", 1e-300)) == r"1 \cdot 10^{-300}"
    for op in TABLE.values():
        text = definition(op).latex
        assert text.count("{") == text.count("}")
        assert text.count(r"\left") == text.count(r"\right")


def test_javascript_calls_every_operation_but_arithmetic() -> None:
    assert JAVASCRIPT.write(definition(TABLE["sigmoid"])) == "ops.exp(ops.minimum(x, 0.0))/(1.0 + ops.exp(-ops.abs(x)))"
    assert JAVASCRIPT.write(partial(TABLE["relu"], 0)) == "x > 0.0 ? 1.0 : 0.0"
    assert "**" not in JAVASCRIPT.write(partial(TABLE["pow"], 0))


def test_a_rule_that_cannot_be_read_is_named() -> None:
    own = Op("half_sine", "half_sine", lambda x: math.sin(x) / 2, lambda x, out: math.cos(x) / out)
    assert TEXT.write(partial(own, 0, ["angle"])) == "d half_sine/d angle"


def test_wrong_numbers_of_names_are_refused() -> None:
    with pytest.raises(TypeError, match="mul takes 2 operands"):
        forward(TABLE["mul"], ["x"])
