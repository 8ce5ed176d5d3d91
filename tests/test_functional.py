"""grad, value_and_grad, jacobian and hessian against mpmath, closed forms and each other."""

import math
from collections import OrderedDict, defaultdict, namedtuple

import mpmath
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import Value, constant, gradients, no_grad
from autograd.functional import grad, graphs_kept, hessian, jacobian, value_and_grad
from autograd.structure import leaves, rebuild

numbers = st.floats(-2.0, 2.0).map(lambda x: round(x, 6))


# -- one argument, against mpmath ----------------------------------------------------------------------------------------------
def composed(m):
    """The same function written against autograd (m = autograd) or the oracle (m = mpmath)."""
    return lambda x: m.tanh(x * x - 1.5) * m.exp(-x / 2) + m.sin(3 * x) / (1 + x * x)


@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize("x", [-1.3, 0.0, 0.4, 2.0])
def test_derivatives_to_third_order_agree_with_mpmath(order, x):
    derivative = composed(autograd)
    for _ in range(order):
        derivative = grad(derivative)
    with mpmath.workdps(40):
        expected = mpmath.diff(composed(mpmath), mpmath.mpf(x), order)
    assert derivative(x) == pytest.approx(float(expected), rel=1e-12, abs=1e-13)


def test_numbers_answer_floats_and_values_answer_values():
    cube = grad(lambda x: x**3)
    assert type(cube(2)) is float
    assert cube(2) == 12.0
    x = Value(2.0)
    slope = cube(x)
    assert isinstance(slope, Value)
    slope.backward()
    assert x.grad == 12.0  # d/dx 3 x^2: the answer has a graph back to the argument itself
    mixed = grad(lambda p: p[0] * p[1])([x, 3.0])
    assert isinstance(mixed[0], Value)
    assert mixed[1] == 2.0
    assert type(mixed[1]) is float


@given(numbers)
def test_a_polynomial_and_its_nests(x):
    f = lambda x: 3 * x**4 - 2 * x**2 + x  # noqa: E731
    assert grad(f)(x) == pytest.approx(12 * x**3 - 4 * x + 1, rel=1e-12, abs=1e-12)
    assert grad(grad(f))(x) == pytest.approx(36 * x**2 - 4, rel=1e-12, abs=1e-12)
    assert grad(grad(grad(f)))(x) == pytest.approx(72 * x, rel=1e-12, abs=1e-12)
    assert hessian(f)(x) == grad(grad(f))(x)


# -- perturbation confusion, closures and silent cuts ----------------------------------------------------------------------
def test_an_inner_derivative_is_a_step_of_the_outer_one():
    assert grad(lambda x: x * grad(lambda y: x * y)(1.0))(3.0) == 6.0
    assert grad(lambda x: x * grad(lambda y: x + y)(1.0))(3.0) == 1.0
    assert grad(lambda x: grad(lambda y: x * y * y)(x))(3.0) == 12.0  # d/dx of 2 x y at y = x is d/dx 2 x^2
    assert grad(lambda x: value_and_grad(lambda y: x * y)(2.0)[0] * x)(3.0) == 12.0
    assert grad(lambda x: jacobian(lambda y: [x * y[0]])([5.0])[0][0] * x)(3.0) == 6.0


def test_the_derivative_is_by_the_argument_alone_not_by_an_equal_closure():
    x = Value(3.0, "x")
    assert grad(lambda y: x * y)(x).data == 3.0
    total = grad(lambda y: y * y)(x) * x  # 2 x * x
    total.backward()
    assert x.grad == 12.0


def test_no_grad_of_any_value_is_written():
    x, w, hidden = Value(3.0), Value(2.0), Value(4.0)
    product = w * hidden
    (product * 1.0).backward()
    before = [v.grad for v in (x, w, hidden, product)]
    assert grad(lambda y: y * product)(1.5) == 8.0
    assert grad(lambda y: y * product)(x).data == 8.0
    assert hessian(lambda y: y * y * product)(x).data == 16.0
    assert [v.grad for v in (x, w, hidden, product)] == before


def test_an_answer_for_values_leads_back_to_weights_in_the_closure():
    w = Value(2.0, "w")
    slope = grad(lambda x: (w * x).tanh())(Value(0.3))
    slope.backward()
    with mpmath.workdps(40):
        expected = mpmath.diff(lambda w: mpmath.diff(lambda x: mpmath.tanh(w * x), mpmath.mpf("0.3")), mpmath.mpf(2))
    assert w.grad == pytest.approx(float(expected), rel=1e-9)


def test_inside_graphs_kept_numbers_answer_values():
    with graphs_kept():
        assert isinstance(grad(lambda x: x * x)(3.0), Value)
        assert isinstance(grad(lambda _: 1.0)(3.0), Value)


def test_no_grad_around_it_differentiates_still_and_answers_without_a_graph():
    x = Value(3.0)
    with no_grad():
        value, slope = value_and_grad(lambda x: x * x)(x)
        assert grad(lambda x: x * x)(3.0) == 6.0
    assert (value.data, slope.data) == (9.0, 6.0)
    assert not value.parents
    assert not slope.parents


def test_no_grad_inside_cuts_what_it_says_it_cuts():
    def f(x):
        with no_grad():
            factor = x * 1.0
        return factor * x

    assert grad(f)(3.0) == 3.0


# -- outputs ------------------------------------------------------------------------------------------------------------------
def test_constant_functions_and_identity():
    assert grad(lambda _: 5)(2.0) == 0.0
    assert grad(lambda _: constant(5.0))(2.0) == 0.0
    assert grad(lambda x: x)(2.0) == 1.0
    assert value_and_grad(lambda _: 5)(2.0) == (5.0, 0.0)
    assert grad(lambda _: 5)(Value(2.0)).data == 0.0
    assert grad(grad(lambda x: 3 * x))(2.0) == 0.0
    assert grad(lambda x: x)(constant(2.0)).data == 1.0


@pytest.mark.parametrize("output", [[1.0], (1.0, 2.0), {"a": 1.0}])
def test_several_numbers_are_an_error_that_names_jacobian(output):
    with pytest.raises(TypeError, match="jacobian"):
        grad(lambda _: output)(1.0)


def test_other_outputs_are_errors():
    with pytest.raises(TypeError, match="without a return"):
        grad(lambda _: None)(1.0)
    with pytest.raises(TypeError, match="what the function answers must be a number"):
        grad(lambda _: "3")(1.0)
    with pytest.raises(TypeError, match=r"what the function answers\[1\]"):
        jacobian(lambda x: [x, "3"])(1.0)


# -- structures -----------------------------------------------------------------------------------------------------------------
Point = namedtuple("Point", "x y")


def test_the_answer_has_the_structure_of_the_argument():
    p = {"w": [2.0, (3.0, Value(4.0))], "at": Point(5.0, [])}
    d = grad(lambda p: p["w"][0] * p["w"][1][0] * p["w"][1][1] + p["at"].x ** 2)(p)
    assert list(d) == ["w", "at"]
    assert d["w"][0] == 12.0
    assert d["w"][1][0] == 8.0
    assert d["w"][1][1].data == 6.0
    assert d["at"] == Point(10.0, [])
    assert p["w"][0] == 2.0


def test_kinds_of_dict_and_tuple_survive():
    made = rebuild([OrderedDict(a=1.0), defaultdict(list, b=2.0), Point(3.0, 4.0)], [10, 20, 30, 40])
    assert made == [OrderedDict(a=10), {"b": 20}, Point(30, 40)]
    assert [type(x) for x in made] == [OrderedDict, defaultdict, Point]
    assert [path for path, _ in leaves([Point(1, {"k": 2})], "p")] == ["p[0].x", "p[0].y['k']"]


def some_structures(parts):
    return st.lists(parts, max_size=3) | st.tuples(parts, parts) | st.dictionaries(st.text(max_size=2), parts, max_size=3)


@given(st.recursive(numbers, some_structures))
def test_leaves_and_rebuild_are_inverse(structure):
    assert rebuild(structure, [x for _, x in leaves(structure)]) == structure


def test_arguments_that_are_no_numbers():
    np = pytest.importorskip("numpy")
    with pytest.raises(TypeError, match=r"argument 0\['w'\] must be .* write .tolist\(\)"):
        grad(lambda p: p["w"])({"w": np.ones(3)})
    assert grad(lambda x: x * x)(np.float64(3.0)) == 6.0
    with pytest.raises(TypeError, match="a set has no order"):
        grad(lambda _: 1.0)({1.0})
    with pytest.raises(TypeError, match=r"argument 0\[1\] must be a number"):
        grad(lambda _: 1.0)([1.0, "2"])


# -- argnums ----------------------------------------------------------------------------------------------------------------------
def area(a, b, *, scale=1.0):
    return scale * a * b


def test_argnums():
    assert grad(area)(2.0, 3.0) == 3.0
    assert grad(area, argnums=1)(2.0, 3.0) == 2.0
    assert grad(area, argnums=-1)(2.0, 3.0, scale=10.0) == 20.0
    assert grad(area, argnums=(1, 0))(2.0, 3.0) == (2.0, 3.0)
    assert grad(area, argnums=(1,))(2.0, 3.0) == (2.0,)
    by_both = jacobian(lambda a, b: [a * b[0], a + b[1]], argnums=(0, 1))(2.0, [3.0, 4.0])
    assert by_both == ([3.0, 1.0], [[2.0, 0.0], [0.0, 1.0]])
    assert grad(area).__name__ == "area"


@pytest.mark.parametrize("argnums", [2, (0, 5), -3, (0, 0), (1, -1), (), "a", True, 1.0, [0]])
def test_argnums_that_name_no_argument(argnums):
    with pytest.raises(TypeError, match=r"argument|argnums"):
        grad(area, argnums=argnums)(2.0, 3.0)


def test_a_value_in_place_of_a_function():
    with pytest.raises(TypeError, match=r"as in grad\(f\)\(x\)"):
        grad(Value(3.0))

    by_both = jacobian(lambda a, b: [a * b[0], a + b[1]], argnums=(0, 1))(2.0, [3.0, 4.0])
    assert by_both == ([3.0, 1.0], [[2.0, 0.0], [0.0, 1.0]])


@given(numbers.filter(lambda r: abs(r) > 1e-3), numbers)
def test_the_jacobian_of_polar_coordinates(r, t):
    j = jacobian(lambda p: [p[0] * p[1].cos(), p[0] * p[1].sin()])([r, t])
    assert j[0] == pytest.approx([math.cos(t), -r * math.sin(t)])
    assert j[1] == pytest.approx([math.sin(t), r * math.cos(t)])
    assert j[0][0] * j[1][1] - j[0][1] * j[1][0] == pytest.approx(r)


def rosenbrock(p):
    return (1 - p[0]) ** 2 + 100 * (p[1] - p[0] ** 2) ** 2


@given(numbers, numbers)
def test_the_hessian_of_rosenbrock(x, y):
    assert grad(rosenbrock)([x, y]) == pytest.approx([-2 * (1 - x) - 400 * x * (y - x * x), 200 * (y - x * x)], abs=1e-9)
    h = hessian(rosenbrock)([x, y])
    assert h[0] == pytest.approx([2 - 400 * y + 1200 * x * x, -400 * x], abs=1e-9)
    assert h[1] == pytest.approx([-400 * x, 200.0], abs=1e-9)


def test_the_hessian_by_two_arguments_is_laid_out_by_argument():
    f = lambda a, b: a["s"] ** 2 * b[0] * b[1]  # noqa: E731
    by = hessian(f, argnums=(0, 1))({"s": 2.0}, [3.0, 5.0])
    assert by[0][0] == {"s": {"s": 30.0}}
    assert by[0][1] == {"s": [20.0, 12.0]}
    assert by[1][0] == [{"s": 20.0}, {"s": 12.0}]
    assert by[1][1] == [[0.0, 4.0], [4.0, 0.0]]


def test_a_hessian_of_values_differentiates_further():
    x = Value(2.0)
    hessian(lambda x: x**4)(x).backward()
    assert x.grad == 48.0


def test_descent_with_numbers_reaches_the_minimum():
    p = [0.0, 0.0]
    for _ in range(8):  # Newton's method
        g, h = grad(rosenbrock)(p), hessian(rosenbrock)(p)
        det = h[0][0] * h[1][1] - h[0][1] * h[1][0]
        p = [p[0] - (h[1][1] * g[0] - h[0][1] * g[1]) / det, p[1] - (h[0][0] * g[1] - h[1][0] * g[0]) / det]
    assert p == pytest.approx([1.0, 1.0])


def test_the_derivative_of_a_derivative_takes_none_towards_constants():
    x = Value(-1.0)
    (slope,) = gradients(x**3, [x])  # by its exponent, a power of a negative base has no derivative
    slope.backward()
    assert x.grad == -6.0


def test_a_long_chain_needs_no_recursion():
    def f(x):
        for _ in range(20_000):
            x = x + 0.0
        return x

    assert grad(f)(1.0) == 1.0
    assert grad(grad(f))(1.0) == 0.0


def test_a_derivative_inside_a_traced_function_is_traced():
    f = lambda x: x * grad(lambda y: x * y)(1.0)  # noqa: E731
    assert autograd.compile(f, backend="python")(3.0) == f(3.0) == 9.0
    third = grad(grad(grad(lambda x: x**4)))
    assert autograd.compile(third, backend="python")(2.0) == third(2.0) == 48.0
