"""Errors: bad input, no value, overflow, no derivative. Each says what, where, and what to write instead; nothing is silent."""

import math
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

import autograd
from autograd import (
    DerivativeError,
    DividedByZeroError,
    NoValueError,
    OpError,
    OverflowedError,
    Value,
    adjoints,
    allow_nan,
    constant,
    count,
    gradients,
    topological_order,
)

try:
    import numpy as np
except ImportError:  # a newcomer's machine: NumPy's scalars are tried where it is
    np = None  # type: ignore[assignment]

ARRAYS: list[Any] = [np.array([1.0]), np.array(1.0), np.complex64(1)] if np else []
SCALARS: list[Any] = [np.float64(3), np.float32(3), np.int64(3), np.bool_(True)] if np else []
STRANGE: list[Any] = [np.float32("nan"), np.longdouble("1e4000")] if np else []
NO_NUMBERS: list[Any] = ["1", b"1", [1.0], None, 1j, Decimal(1), Fraction(1, 2), *ARRAYS, object()]
KINDS = [type(x).__name__ for x in NO_NUMBERS]


# -- what is no number --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("thing", NO_NUMBERS, ids=KINDS)
def test_what_is_no_number_is_refused_everywhere(thing: Any) -> None:
    x = Value(2.0, "x")
    uses: list[Callable[[], Any]] = [
        lambda: Value(thing), lambda: constant(thing), lambda: x + thing, lambda: x * thing, lambda: x**thing,
        lambda: x.maximum(thing), lambda: x < thing, lambda: autograd.exp(thing),
        lambda: autograd.maximum(thing, x), lambda: autograd.where(True, thing, x), lambda: x.backward(thing),
    ]  # fmt: skip
    for use in uses:
        with pytest.raises(TypeError, match=f"must be a number .* and got the {type(thing).__name__}"):
            use()


@pytest.mark.parametrize("thing", [t for t in NO_NUMBERS if type(t) is not object], ids=KINDS[:-1])
def test_what_is_no_number_is_refused_on_the_left(thing: Any) -> None:
    for apply in (lambda a, b: a + b, lambda a, b: a * b, lambda a, b: a - b, lambda a, b: a / b):
        with pytest.raises(TypeError, match=f"and got the {type(thing).__name__}"):
            apply(thing, Value(2.0))


def test_the_message_says_which_argument_and_what_to_write() -> None:
    with pytest.raises(TypeError, match=r"data of Value\('w'\) must be a number \(int, float, .*\), and got the str 'abc'"):
        Value("abc", "w")  # type: ignore[arg-type]
    with pytest.raises(
        TypeError, match=r"^operand of mul must be .* got the ndarray .*; write one Value per element, or .item\(\)"
    ):
        Value(1.0) * type("ndarray", (), {})()
    with pytest.raises(TypeError, match=r"got the Value .*; write .data or .detach\(\)"):
        Value(Value(1.0))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"got the Weight .*; write .data or .detach\(\)"):
        Value(type("Weight", (Value,), {"__slots__": ()})(1.0))
    for exact in (Decimal("0.1"), Fraction(1, 3)):
        with pytest.raises(TypeError, match=r"; write float\(...\)"):
            Value(exact)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="label must be a string, and got the int 2"):
        Value(1.0, 2)  # type: ignore[arg-type]


def test_nan_and_infinity_only_where_asked_for() -> None:
    for x in (math.nan, math.inf, -math.inf, *STRANGE):
        with pytest.raises(NoValueError, match=r"data of Value\('x'\) is .*allow_nan"):
            Value(x, "x")
        with pytest.raises(NoValueError, match=r"^data is .*allow_nan"):
            Value(1.0) + x
        with allow_nan():
            assert Value(x).data == float(x) or math.isnan(x)
    with pytest.raises(NoValueError):
        Value(1.0).backward(math.nan)


def test_an_int_too_large_for_a_float_overflows() -> None:
    for use in (lambda: Value(10**400), lambda: Value(2.0) * 10**400, lambda: 10**400 - Value(2.0), lambda: autograd.exp(10**400)):
        with pytest.raises(OverflowError, match=r"is an int beyond 1\.8e308"):
            use()


# -- what would cut the graph --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("cut", "instead"),
    [
        (float, "v.data"), (int, "int\\(v.data\\)"), (bool, "v.data != 0"), (math.exp, "v.exp\\(\\)"), (complex, "v.data"),
        (lambda v: v and 1, "v > 0"), (lambda v: not v, "v > 0"),
    ],
)  # fmt: skip
def test_nothing_cuts_the_graph_silently(cut: Callable[[Value], Any], instead: str) -> None:
    with pytest.raises(TypeError, match=rf"would cut the computation graph; write .*{instead}"):
        cut(Value(1.0))


@pytest.mark.parametrize("number", [3, 3.0, True, 3j, Fraction(1, 2), Decimal(3), *SCALARS])
def test_equality_with_a_number_is_refused(number: Any) -> None:
    x = Value(3.0)
    for compare in (lambda: x == number, lambda: number == x, lambda: x != number, lambda: number != x, lambda: number in [x, x]):
        with pytest.raises(TypeError, match=r"write v\.data == "):
            compare()


@pytest.mark.skipif(np is None, reason="NumPy is not installed")
def test_numpy_refuses_a_value() -> None:
    with pytest.raises(TypeError, match=r"would cut the computation graph; write .*v\.data"):
        np.array([Value(1.0)], float)
    with pytest.raises(TypeError, match="ufunc"):
        np.sin(Value(1.0))


# -- no value, overflow ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("use", "kind", "message"),
    [
        (lambda x: (x - 3).log(), NoValueError, r"log\(-1.0\) has no real value; it needs x > 0"),
        (lambda x: (-x).sqrt(), NoValueError, r"sqrt\(-2.0\) has no real value; it needs x >= 0"),
        (lambda x: x.asin(), NoValueError, r"asin\(x = 2.0\) has no real value; it needs -1 <= x <= 1"),
        (lambda x: (x - 3).log1p(), NoValueError, r"log1p\(-1.0\) has no real value; it needs x > -1"),
        (lambda x: (x * 1000).exp(), OverflowedError, r"exp\(2000.0\) overflows: the result is beyond 1.8e308"),
        (lambda x: x * 1e308, OverflowedError, r"mul\(x = 2.0, 1e\+308\) overflows"),
        (lambda x: 1e308 - x * -8e307, OverflowedError, r"sub\(1e\+308, -1.6e\+308\) overflows"),
        (lambda x: x**2000, OverflowedError, r"pow\(x = 2.0, 2000.0\) overflows"),
        (lambda x: x / 5e-324, OverflowedError, r"div\(x = 2.0, 5e-324\) overflows"),
        (lambda x: x.cosh() * 0 + (x * 500).cosh(), OverflowedError, r"cosh\(1000.0\) overflows"),
        (lambda x: x / 0, DividedByZeroError, r"div\(x = 2.0, 0.0\) divides by zero; it needs a divisor other than 0"),
        (lambda x: 0**-x, DividedByZeroError, r"pow\(0.0, -2.0\) divides by zero"),
    ],
)  # fmt: skip
def test_an_op_without_a_finite_result_names_itself_and_its_operands(
    use: Callable[[Value], Value], kind: type[OpError], message: str
) -> None:
    with pytest.raises(kind, match=message) as caught:
        use(Value(2.0, "x"))
    assert caught.value.op is not None
    assert len(caught.value.operands) == len(caught.value.op.partials)


def test_the_classes_are_pythons_own() -> None:
    assert issubclass(NoValueError, ValueError)
    assert issubclass(DerivativeError, ValueError)
    assert issubclass(OverflowedError, OverflowError)
    assert issubclass(DividedByZeroError, ZeroDivisionError)
    assert all(issubclass(e, OpError) for e in (NoValueError, DerivativeError, OverflowedError, DividedByZeroError))


# -- no derivative, overflow on the way back -----------------------------------------------------------------------------------
EACH_WAY_BACK = pytest.mark.parametrize(
    "back",
    [lambda out, _: out.backward(), lambda out, _: adjoints(out), lambda out, x: gradients(out, [x])],
    ids=["backward", "adjoints", "gradients"],
)


@EACH_WAY_BACK
def test_a_node_without_a_derivative_is_named(back: Callable[[Value, Value], Any]) -> None:
    x = Value(0.0, "x")
    root = (x * 3).sqrt()  # nodes without a label: v1 is the product, v2 the root
    with pytest.raises(DerivativeError, match=r"the derivative at v2 = sqrt\(0.0\) is not a finite number") as caught:
        back(root + x * 2, x)
    assert caught.value.op is autograd.sqrt


@EACH_WAY_BACK
def test_a_derivative_beyond_the_floats_is_an_error(back: Callable[[Value, Value], Any]) -> None:
    x = Value(5e-324, "x")
    with pytest.raises(DerivativeError, match=r"the derivative at v1 = log\(x = 5e-324\) is not a finite number"):
        back(x.log(), x)


@EACH_WAY_BACK
def test_an_overflow_on_the_way_back_is_an_error(back: Callable[[Value, Value], Any]) -> None:
    x = Value(0.0, "x")
    with pytest.raises(OverflowedError, match=r"what v1 = mul\(x = 0.0, 1e\+200\) hands back overflows"):
        back((x * 1e200) * 1e200, x)
    with pytest.raises(OverflowedError, match=r"sum"):
        back(x * 1e308 + x * 1e308, x)


@pytest.mark.parametrize("use", [topological_order, adjoints, count, lambda v: gradients(v, [Value(1.0)])])
@pytest.mark.parametrize("root", [3.0, None, [Value(1.0)]])
def test_what_is_no_value_has_no_graph(use: Callable[[Any], Any], root: Any) -> None:
    with pytest.raises(TypeError, match=f"a graph starts at a Value, and got the {type(root).__name__}"):
        use(root)


def test_gradients_asks_for_a_list_of_values() -> None:
    x = Value(2.0)
    with pytest.raises(TypeError, match=r"for a single one write \[x\]"):
        gradients(x * x, x)  # type: ignore[arg-type]
    for wrong in (1.0, constant(1.0)):
        with pytest.raises(TypeError, match="must be Values that are no constants"):
            gradients(x * x, [wrong])  # type: ignore[list-item]


def test_nothing_goes_back_from_a_constant() -> None:
    with pytest.raises(ValueError, match=r"'x'\) is a constant \(made under no_grad\(\) or by detach\(\)\)"):
        Value(2.0, "x").detach().backward()
