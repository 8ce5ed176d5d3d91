"""The table: every row has its method, its function, its derivative; and each decision at a kink or singularity has a test."""

import math

import pytest

import autograd
from autograd import DerivativeError, DividedByZeroError, NoValueError, Value, allow_nan, gradients, where
from autograd.ops import TABLE, Op, row

ROWS = pytest.mark.parametrize("op", TABLE.values(), ids=TABLE)
OPERATORS = {"add": "+", "sub": "-", "mul": "*", "div": "/", "pow": "**"}


def slopes(op: Op, *operands: float) -> list[float]:
    """The grad of each operand as a leaf of its own."""
    leaves = [Value(x) for x in operands]
    op(*leaves).backward()
    return [leaf.grad for leaf in leaves]


def by_method(op: Op, *operands: Value) -> Value:
    if op.name == "where":
        condition, a, b = operands
        return a.where(condition.detach(), b)
    result: Value = getattr(operands[0], op.name)(*operands[1:])
    return result


# -- every row -------------------------------------------------------------------------------------------------------------
@ROWS
def test_a_row_is_a_method_and_a_function_of_values_and_of_numbers(op: Op) -> None:
    assert getattr(autograd, op.name) is op
    assert op.name in autograd.__all__
    for point in op.at:
        number = op(*point)
        assert type(number) is float
        node = by_method(op, *map(Value, point))
        assert (node.op, node.data, len(node.parents)) == (op, number, len(point))
        for i in range(len(point)):  # a Value in one place is enough
            if op.partials[i]:
                mixed = op(*(Value(x) if j == i else x for j, x in enumerate(point)))
                assert (type(mixed), mixed.data) == (Value, number)


@ROWS
def test_a_row_agrees_with_finite_differences_where_it_says(op: Op) -> None:
    assert op.at
    h = 1e-5
    for point in op.at:
        leaves = [Value(x) if rule else x for x, rule in zip(point, op.partials, strict=True)]
        op(*leaves).backward()
        for i, leaf in enumerate(leaves):
            if isinstance(leaf, Value):
                up, down = ([x + s * h * (j == i) for j, x in enumerate(point)] for s in (1, -1))
                assert leaf.grad == pytest.approx((op(*up) - op(*down)) / (2 * h), rel=1e-7, abs=1e-8)


@ROWS
def test_gradients_has_the_bits_of_grad(op: Op) -> None:
    for point in op.at:
        leaves = [Value(x) for x, rule in zip(point, op.partials, strict=True) if rule]
        node = op(*point[: len(point) - len(leaves)], *leaves)
        node.backward()
        assert [g.data for g in gradients(node, leaves)] == [leaf.grad for leaf in leaves]


@pytest.mark.parametrize(("name", "symbol"), OPERATORS.items())
def test_operators_are_rows(name: str, symbol: str) -> None:
    x, y = Value(2.0), Value(3.0)
    node = eval(f"x {symbol} y", {"x": x, "y": y})
    assert (node.op, node.parents, node.op.symbol) == (row(name), (x, y), symbol)
    node = eval(f"3 {symbol} x", {"x": x})
    assert (node.op, node.parents[0].data, node.parents[1]) == (row(name), 3.0, x)
    assert (-x).op is row("neg")
    assert (+x).op is row("pos")
    assert abs(x).op is row("abs")


def test_rows_refuse_the_wrong_number_of_operands() -> None:
    with pytest.raises(TypeError, match="maximum takes 2 operands, and got 1"):
        autograd.maximum(1.0)
    with pytest.raises(LookupError, match="no operation 'cube'"):
        row("cube")


# -- decisions, each by its name; PyTorch's where PyTorch has one ----------------------------------------------------------
@pytest.mark.parametrize("zero", [0.0, -0.0])
def test_relu_has_slope_0_at_0(zero: float) -> None:
    assert slopes(autograd.relu, zero) == [0.0]


def test_leaky_relu_has_slope_one_hundredth_at_0_and_below() -> None:
    assert slopes(autograd.leaky_relu, 0.0) == slopes(autograd.leaky_relu, -5.0) == [0.01]
    assert autograd.leaky_relu(-5.0) == -0.05


def test_elu_has_alpha_1_and_slope_1_at_0() -> None:
    assert slopes(autograd.elu, 0.0) == [1.0]
    assert autograd.elu(-2.0) == math.expm1(-2.0)


def test_abs_has_slope_0_at_0() -> None:
    assert slopes(autograd.abs, 0.0) == [0.0]


@pytest.mark.parametrize("op", [autograd.maximum, autograd.minimum], ids=repr)
def test_a_tie_hands_half_to_each_operand(op: Op) -> None:
    assert slopes(op, 2.0, 2.0) == [0.5, 0.5]
    x = Value(2.0)
    op(x, x).backward()
    assert x.grad == 1.0


def test_0_to_the_power_0_is_1_with_slope_0_by_either() -> None:
    assert autograd.pow(0.0, 0.0) == (Value(0.0) ** 0).data == 1.0
    assert slopes(autograd.pow, 0.0, 0.0) == [0.0, 0.0]


def test_the_slope_by_an_exponent_is_0_at_base_0() -> None:
    assert slopes(autograd.pow, 0.0, 2.0) == [0.0, 0.0]
    assert slopes(autograd.pow, 0.0, 1.0) == [1.0, 0.0]


def test_x_to_the_power_0_has_slope_0_everywhere() -> None:
    for x in (-3.0, 0.0, 5e-324, 1e308):
        leaf = Value(x)
        (leaf**0).backward()
        assert leaf.grad == 0.0


def test_a_negative_base_with_a_constant_whole_exponent_has_its_slope() -> None:
    x = Value(-3.0)
    (x**2).backward()
    assert x.grad == -6.0
    with pytest.raises(DerivativeError, match=r"v1 = pow\(x = -3.0, y = 2.0\) is not a finite number"):
        (Value(-3.0, "x") ** Value(2.0, "y")).backward()  # by y: (-3)**2.0001 is no real number


def test_a_negative_base_with_a_fractional_exponent_has_no_value() -> None:
    with pytest.raises(NoValueError, match=r"pow\(-2.0, 0.5\) has no real value; it needs a base above 0"):
        Value(-2.0) ** 0.5
    with pytest.raises(ValueError, match="no real value"):
        autograd.pow(-2.0, 0.5)


def test_0_to_a_negative_power_divides_by_zero() -> None:
    with pytest.raises(ZeroDivisionError, match=r"pow\(x = 0.0, -1.0\) divides by zero"):
        Value(0.0, "x") ** -1
    with pytest.raises(DividedByZeroError, match=r"div\(1.0, x = 0.0\) divides by zero; it needs a divisor other than 0"):
        1 / Value(0.0, "x")


def test_sqrt_has_no_slope_at_0_and_the_error_names_the_node() -> None:
    x = Value(0.0, "x")
    distance = (x * x).sqrt()
    assert distance.data == 0.0
    with pytest.raises(DerivativeError, match=r"derivative at v2 = sqrt\(0.0\) is not a finite number") as caught:
        distance.backward()
    assert caught.value.op is row("sqrt")
    assert x.grad == 0.0
    distance.label = "distance"
    with pytest.raises(DerivativeError, match=r"distance = sqrt"):
        (0 * distance).backward()  # an exact 0 from above makes no number of it


@pytest.mark.parametrize("op", [autograd.asin, autograd.acos], ids=repr)
@pytest.mark.parametrize("x", [-1.0, 1.0])
def test_asin_and_acos_have_no_slope_at_the_ends(op: Op, x: float) -> None:
    with pytest.raises(DerivativeError, match=op.name):
        slopes(op, x)


def test_powers_below_1_have_no_slope_at_0() -> None:
    for exponent in (0.3, 0.5, 0.9):
        with pytest.raises(DerivativeError, match="pow"):
            (Value(0.0) ** exponent).backward()


def test_atan2_has_slopes_0_at_the_origin() -> None:
    assert slopes(autograd.atan2, 0.0, 0.0) == [0.0, 0.0]


def test_atan2_follows_c99_at_signed_zeros() -> None:
    assert autograd.atan2(0.0, -0.0) == math.pi
    assert autograd.atan2(-0.0, -1.0) == -math.pi


def test_where_takes_its_condition_as_a_constant_and_evaluates_both_branches() -> None:
    x = Value(3.0)
    node = where(x > 0, x * 2, x * 5)
    assert (node.data, len(node.parents), node.parents[0].data) == (6.0, 3, 1.0)
    node.backward()
    assert (x.grad, node.parents[0].grad) == (2.0, 0.0)
    with pytest.raises(NoValueError, match="log"):
        where(x < 0, x, (-x).log())
    with pytest.raises(TypeError, match=r"condition of where must be a comparison such as x > 0"):
        where(x, 1.0, 2.0)


def test_where_as_a_method_keeps_self_where_the_condition_holds() -> None:
    x, y = Value(3.0), Value(-3.0)
    assert (x.where(True, y).data, x.where(False, y).data, x.where(x < y, 7).data) == (3.0, -3.0, 7.0)


# -- NaN and infinity -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("op", [op for op in TABLE.values() if len(op.partials) == 1], ids=repr)
def test_nan_is_passed_on(op: Op) -> None:
    with pytest.raises(NoValueError, match="an operand is nan"):
        op(math.nan)
    with allow_nan():
        assert math.isnan(op(math.nan))
        assert math.isnan(op(Value(math.nan)).data)


@pytest.mark.parametrize("op", [op for op in TABLE.values() if len(op.partials) == 2], ids=repr)
def test_nan_in_either_operand_is_passed_on(op: Op) -> None:
    with allow_nan():
        assert math.isnan(op(math.nan, 2.0))
        assert math.isnan(op(2.0, math.nan))
        assert math.isnan(op(Value(math.nan), 2.0).data)


def test_infinity_is_a_number_inside_allow_nan_alone() -> None:
    with allow_nan():
        infinity = Value(math.inf)
        assert (infinity.sigmoid().data, (-infinity).exp().data, infinity.tanh().data) == (1.0, 0.0, 1.0)
        assert (infinity + 1).data == math.inf
        assert math.isnan((infinity - infinity).data)
        with pytest.raises(OverflowError):
            Value(1000.0).exp()  # finite operands give a finite result or an error, here too
    with pytest.raises(NoValueError, match="an operand is inf"):
        infinity + 1


# -- far out: where the obvious formula overflows or cancels ------------------------------------------------------------------
@pytest.mark.parametrize(
    ("name", "x", "value", "slope"),
    [
        ("sigmoid", -800.0, 0.0, 0.0), ("sigmoid", 800.0, 1.0, 0.0), ("softplus", 1e300, 1e300, 1.0), ("silu", 1e300, 1e300, 1.0),
        ("silu", -1e300, 0.0, 0.0), ("gelu", 1e300, 1e300, 1.0), ("gelu", -1e300, 0.0, 0.0), ("tanh", 1e300, 1.0, 0.0),
        ("elu", -1e300, -1.0, 0.0), ("erfc", 1e300, 0.0, 0.0), ("relu", -1e300, 0.0, 0.0), ("abs", -1e300, 1e300, -1.0),
    ],
)  # fmt: skip
def test_limits(name: str, x: float, value: float, slope: float) -> None:
    leaf = Value(x)
    node = TABLE[name](leaf)
    node.backward()
    (again,) = gradients(node, [leaf])
    assert (node.data, leaf.grad, again.data) == (value, slope, slope)
