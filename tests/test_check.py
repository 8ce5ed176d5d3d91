"""gradcheck finds what is wrong and passes what is right; define adds a row that is right, and nothing else."""

import math
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import Value, no_grad
from autograd.check import GradcheckError, define, difference, gradcheck
from autograd.functional import grad, hessian
from autograd.ops import TABLE, Op
from nn import MLP, mse


@pytest.fixture(autouse=True)
def table_as_before():
    rows, attributes = dict(TABLE), set(dir(Value))
    yield
    for name in set(TABLE) - set(rows):
        del TABLE[name]
    for name in set(dir(Value)) - attributes:
        delattr(Value, name)


# -- finite differences ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("f", "slope", "x"),
    [
        (math.exp, math.exp, 700.0),
        (math.log, lambda x: 1 / x, 1e-9),
        (math.sqrt, lambda x: 0.5 / math.sqrt(x), 1e-3),
        (math.asin, lambda x: 1 / math.sqrt(1 - x * x), 0.999),
        (math.sin, math.cos, 1e3),
        (lambda x: math.sin(16 * math.pi * x), lambda x: 16 * math.pi * math.cos(16 * math.pi * x), 0.0),
        (lambda x: math.tanh(1e9 * x), lambda x: 1e9 / math.cosh(1e9 * x) ** 2, 1e-9),
        (lambda x: 1e-30 * x**3, lambda x: 3e-30 * x**2, 2.0),
        (lambda x: x**3, lambda x: 3 * x**2, 1e100),
        (lambda x: max(x - 1.0, 0.0), lambda _: 1.0, 1.02),
    ],
)
def test_differences_know_how_good_they_are(f, slope, x):
    found, error, _ = difference(f, x)
    assert abs(found - slope(x)) <= error + 1e-15 * abs(found)
    assert error <= 1e-7 * abs(found)


# -- gradcheck ----------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("op", "point"), [(op, point) for op in TABLE.values() if op.name != "where" for point in op.at], ids=str)
def test_every_row_to_second_order(op, point):
    assert gradcheck(op, *point, tolerance=1e-9)
    for i in range(len(point)):
        assert gradcheck(grad(op, i), *point, tolerance=1e-9)


@given(st.lists(st.floats(-3, 3), min_size=3, max_size=3))
def test_an_expression_anywhere(x):
    assert gradcheck(lambda p: (p[0] * p[1]).tanh() + (p[2] * p[2] + 1).log() * p[0].sigmoid(), x)


def wrong(x):
    return Op("wrong", "wrong", lambda x: x * x, lambda x, _out: 2.001 * x)(x)


def test_a_mistake_of_a_tenth_of_a_percent_names_input_numbers_and_tolerance():
    with pytest.raises(
        GradcheckError, match=r"by argument 0\['w'\]\[1\] = 3.0 is 6.00\d+, but finite differences say .*tolerance 1e-06"
    ):
        gradcheck(lambda p: p["w"][0] + wrong(p["w"][1]), {"w": [1.0, 3.0]})
    with pytest.raises(GradcheckError, match=r"derivative of answer\[1\] by argument 1, weight, = 3.0"):
        gradcheck(lambda x, w: [x * w, wrong(w)], 2.0, Value(3.0, "weight"))
    assert gradcheck(wrong, 3.0, tolerance=1e-2)
    with pytest.raises(GradcheckError):  # small gradients are no excuse
        gradcheck(lambda x: wrong(x) * 1e-12, 3.0)


def test_a_graph_cut_is_found():
    with pytest.raises(GradcheckError, match=r"is 0\.0, but finite differences say"):
        gradcheck(lambda x: x.data**2, 3.0)

    def f(x):
        with no_grad():
            y = x * x
        return y * x

    with pytest.raises(GradcheckError):
        gradcheck(f, 3.0)
    assert gradcheck(lambda x: x * grad(lambda y: x * y)(1.0), 3.0)


def test_a_kink_is_explained():
    with pytest.raises(GradcheckError, match=r"kink: 0 from the left, 1 from the right"):
        gradcheck(lambda x: x.relu(), 0.0)
    assert gradcheck(lambda x: x.relu(), 1e-3)


def test_where_nothing_can_be_said():
    with pytest.raises(GradcheckError, match="cannot say to the tolerance"):
        gradcheck(lambda x: x * 1e-3 + 1e12, 1.0)
    with pytest.raises(GradcheckError, match="cannot say"):
        gradcheck(lambda x: (x - 1.0).acos() if x.data > 2 else x * 0 + 1, 2.0)


def test_where_the_slope_drowns_in_rounding_the_differences_error_is_allowed():
    assert gradcheck(lambda x: x.tanh(), 18.0)
    assert gradcheck(lambda x: x.sin() * 1e12, math.pi / 2)
    assert gradcheck(lambda _: 5.0, 1.0)


def test_a_model_is_checked_in_place_and_left_as_it_was():
    model = MLP(2, [3, 1], "tanh", seed=0)
    before = [(p.data, p.grad) for p in model.parameters()]
    assert gradcheck(lambda *_: mse(model([0.5, -1.0]), 0.3), *model.parameters())
    assert [(p.data, p.grad) for p in model.parameters()] == before


def test_values_are_set_back_after_an_error():
    x = Value(3.0)
    with pytest.raises(GradcheckError):
        gradcheck(wrong, x)
    assert x.data == 3.0
    assert x.grad == 0.0


def test_one_value_given_twice():
    x = Value(3.0)
    assert gradcheck(lambda a, b: a * b, x, x)


def test_arguments_of_gradcheck():
    with pytest.raises(TypeError, match="takes a function"):
        gradcheck(Value(1.0), 2.0)
    with pytest.raises(ValueError, match="needs a number"):
        gradcheck(lambda: Value(1.0))
    with pytest.raises(ValueError, match="tolerance must be between"):
        gradcheck(lambda x: x, 1.0, tolerance=0)
    with pytest.raises(TypeError, match="answer must be a number"):
        gradcheck(lambda x: str(x), 1.0)
    assert gradcheck(lambda x: [x * x, {"y": x.exp()}, 7], 1.0)


# -- define ---------------------------------------------------------------------------------------------------------------------
def softsign():
    return define(
        "softsign",
        "softsign",
        lambda x: x / (1.0 + autograd.abs(x)),
        lambda x, _out: 1.0 / (1.0 + autograd.abs(x)) ** 2,
        at=[-1.5, 2.0],
    )


def test_a_row_of_ones_own_is_like_any_other():
    op = softsign()
    assert TABLE["softsign"] is op
    x = Value(-1.5, "x")
    y = x.softsign()
    y.backward()
    assert (y.data, x.grad, y._op) == (-0.6, 0.16, "softsign")
    assert op(-1.5) == -0.6
    assert hessian(op)(2.0) == pytest.approx(-2 / 27)
    twin = pickle.loads(pickle.dumps(y))
    assert twin.op is op
    assert pickle.loads(pickle.dumps(op)) is op


def test_a_pickled_row_must_be_defined_where_it_is_loaded():
    softsign()
    saved = pickle.dumps(Value(2.0).softsign())
    del TABLE["softsign"]
    with pytest.raises(LookupError, match=r"no operation 'softsign'; a row of your own must be defined again"):
        pickle.loads(saved)


def test_two_and_three_operands_and_a_condition():
    hypot = define(
        "hypot2", "hypot", math.hypot, lambda x, _y, out: x / out, lambda _x, y, out: y / out, at=[(3.0, 4.0), (-1.0, 2.0)]
    )
    assert Value(3.0).hypot2(4.0).data == 5.0
    assert grad(hypot, (0, 1))(3.0, 4.0) == (0.6, 0.8)
    fma = define(
        "fma",
        "fma",
        lambda x, y, z: x * y + z,
        lambda _x, y, _z, _o: y,
        lambda x, _y, _z, _o: x,
        lambda *_: 1.0,
        at=[(2.0, 3.0, 4.0)],
    )
    x = Value(2.0)
    x.fma(3.0, 4.0).backward()
    assert x.grad == 3.0
    assert grad(fma, 1)(2.0, 3.0, 4.0) == 2.0
    gate = define(
        "gate", "gate", lambda c, x: x if c else 0.0, None, lambda c, _x, _out: autograd.where(c, 1.0, 0.0), at=[(True, 2.0)]
    )
    assert gate(Value(1.0) > 0, Value(5.0)).data == 5.0


GOOD = {"name": "twice", "symbol": "2x", "rules": (lambda x: 2.0 * x, lambda _x, _out: 2.0), "at": [1.0, -2.0]}


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"name": "tanh"}, ValueError, "already"),
        ({"name": "two times"}, ValueError, "must be a Python name"),
        ({"name": "lambda"}, ValueError, "must be a Python name"),
        ({"name": 3}, ValueError, "must be a Python name"),
        ({"name": "data"}, ValueError, "attribute of Value"),
        ({"name": "backward"}, ValueError, "attribute of Value"),
        ({"name": "constant"}, ValueError, "may not replace"),
        ({"symbol": None}, TypeError, "symbol of twice"),
        ({"rules": (lambda x: 2.0 * x,)}, TypeError, "needs a partial"),
        ({"rules": (lambda x: 2.0 * x, lambda _x: 2.0)}, TypeError, r"partial 0 of twice must take 1 operand and then out"),
        ({"rules": (lambda x, _y: 2.0 * x, lambda _x, _out: 2.0)}, TypeError, "forward rule of twice must take x"),
        ({"rules": (lambda x: 2.0 * x, 2.0)}, TypeError, "partial 0 of twice must be a function"),
        ({"rules": (lambda _: 2, lambda _x, _out: 0.0)}, TypeError, "must answer a float"),
        ({"rules": (lambda x: 2.0 * x, lambda _x, _out: 3.0)}, GradcheckError, "twice at .*is 3.0, but finite differences say 2"),
        ({"rules": (math.sin, lambda x, _: math.cos(x))}, TypeError, "must take Values too"),
        ({"rules": (math.sin, lambda x, _: autograd.cos(getattr(x, "data", x)))}, GradcheckError, "second order"),
        ({"at": []}, ValueError, "needs points"),
        ({"at": 1.0}, ValueError, "needs points"),
        ({"at": [(1.0, 2.0)]}, ValueError, r"the point \(1.0, 2.0\)"),
        ({"at": ["1"]}, TypeError, "a number in at of twice"),
    ],
)
def test_what_is_wrong_is_said_and_leaves_nothing_behind(change, error, words):
    rows, attributes, made = dict(TABLE), dir(Value), {**GOOD, **change}
    with pytest.raises(error, match=words):
        define(made["name"], made["symbol"], *made["rules"], at=made["at"])
    assert rows == TABLE
    assert dir(Value) == attributes
    assert TABLE["tanh"] is rows["tanh"]


def test_a_name_is_taken_once_but_a_notebooks_cell_runs_again():
    softsign()
    with pytest.raises(ValueError, match="already"):
        softsign()
    cell = "import autograd\nop = autograd.define('twice', '2x', lambda x: 2.0 * x, lambda x, out: 2.0, at=[1.0])"
    first, second = {"__name__": "__main__"}, {"__name__": "__main__"}
    exec(cell, first)
    exec(cell, second)
    assert TABLE["twice"] is second["op"]
