"""Laws of compiled programs: whatever eager evaluation answers or refuses, every executor answers or refuses, row by row."""

import math
from importlib.util import find_spec

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd import Program, Value, compile, gradients, trace, where  # noqa: A004
from autograd.errors import DividedByZeroError, OpError
from autograd.ops import TABLE
from autograd.sums import sum_in_order

BACKENDS = ["python", *(["numpy"] if find_spec("numpy") else []), *(["native"] if find_spec("llvmlite") else [])]
OPS = sorted((op for op in TABLE.values() if op.name in vars(Value) and op.name != "where"), key=lambda op: op.name)
EXTREME = [0.0, -0.0, 1.0, -1.0, 0.5, 5e-324, -2.2e-308, 1.7e308, -1e160, 1e-160, 710.0, -745.5, 2.0**53, math.pi / 2]

numbers = st.one_of(st.floats(-3, 3), st.floats(0.01, 2), st.sampled_from(EXTREME))
a_row = st.tuples(numbers, numbers, numbers)
kinds = st.sampled_from(["op", "op", "where", "constant", "power", "square", "detach"])
a_step = st.tuples(kinds, st.sampled_from(OPS), st.integers(0, 99), st.integers(0, 99), numbers)


def one_step(made, step):
    """A node made of nodes there already; the last one more often than others, so that depth grows."""
    kind, op, i, j, constant = step
    a, b = (made[-1 - n % 2] if n % 3 else made[n % len(made)] for n in (i, j))
    if kind == "where":
        condition = (a > b, a <= constant, a >= 0.0, constant < b)[i % 4]
        return where(condition, made[j % len(made)], (a, constant)[j % 2])
    if kind == "constant":
        name = ("add", "sub", "mul", "div")[i % 4]
        return TABLE[name](a, constant) if j % 2 else TABLE[name](constant, a)
    if kind == "power":
        return a ** (2, 3, -1, 0.5, 1, 0)[i % 6]
    return a * a if kind == "square" else a.detach() + b if kind == "detach" else op(a, b) if len(op.partials) == 2 else op(a)


@st.composite
def functions(draw):
    """A function of three Values with several outputs: no structure, or the same block over and over, as layers have it.

    All that it makes is read: what nobody reads is not computed, and does not fail.
    """
    w = Value(draw(st.floats(-2, 2)), "w")
    steps, turns = draw(st.lists(a_step, min_size=1, max_size=6)), draw(st.sampled_from([1, 1, 2, 5, 9]))
    carried, swallowed = draw(st.booleans()), draw(st.booleans())

    def function(x, y, z):
        given, made, total, outputs = [x, y, z, w], [x, y, z, w], x, []
        for turn in range(turns):
            made = [*given, made[-1]] if carried else [given[turn % 4], *given]
            for step in steps:
                made.append(one_step(made, step))
                total = total + (made[-1].tanh() if swallowed else made[-1])
            outputs += [] if swallowed else made[5:]
        return [total, *outputs, total, w, y]

    return function


def with_gradient(function):
    def both(x, y, z):
        first, *rest = function(x, y, z)
        return [first, *rest, *gradients(first, [x, y, z])]

    return both


def eagerly(function, row):
    """The numbers, or the error."""
    try:
        return [x.data if isinstance(x, Value) else x for x in function(*map(Value, row, "xyz"))]
    except ArithmeticError as error:
        return error


def bits(numbers):
    return [float(x).hex() for x in numbers]


def labelled(function):
    return lambda x, y, z: function(x, y, z)


def agree(function, rows, backend):
    """Compiled is eager, bit for bit; and so are the sums and means of it, and the first error."""
    expected = [eagerly(function, row) for row in rows]
    columns = list(map(list, zip(*rows, strict=True)))
    failed = next(((r, x) for r, x in enumerate(expected) if isinstance(x, OpError)), None)
    for reduce in (None, "sum", "mean"):
        compiled = compile(labelled(function), rows=("x", "y", "z"), reduce=reduce, backend=backend, exact=True)
        if failed:
            with pytest.raises(OpError) as caught:
                compiled(*columns)
            assert type(caught.value) is type(failed[1])
            assert str(caught.value) in (f"row {failed[0]}: {failed[1]}", str(failed[1]))  # on weights alone: no row
        elif reduce is None:
            assert [bits(row) for row in zip(*compiled(*columns), strict=True)] == list(map(bits, expected))
        else:
            sums = list(map(sum_in_order, zip(*expected, strict=True)))
            if all(map(math.isfinite, sums)):
                assert bits(compiled(*columns)) == bits(sums if reduce == "sum" else [x / len(rows) for x in sums])


def rows_like(rows, count):
    return [rows[k % len(rows)] for k in range(count)]


@pytest.mark.parametrize("backend", BACKENDS)
@settings(max_examples=40, deadline=None)
@given(functions(), st.lists(a_row, min_size=1, max_size=5), st.sampled_from([1, 7, 8, 9, 33]))
def test_random_programs_answer_the_bits_of_eager_evaluation_or_its_error(backend, function, rows, count):
    agree(function, rows_like(rows, count), backend)


@pytest.mark.parametrize("backend", BACKENDS)
@settings(max_examples=40, deadline=None)
@given(functions(), st.lists(a_row, min_size=1, max_size=5), st.sampled_from([1, 7, 8, 9, 33]))
def test_their_gradients_too(backend, function, rows, count):
    agree(with_gradient(function), rows_like(rows, count), backend)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_derivative_that_fails_while_it_is_traced_is_the_error_of_the_row(backend):
    def function(x):
        return gradients(x * 2.0 + x / 0.0, [x])

    with pytest.raises(DividedByZeroError, match=r"row 0: div\(x = 1.0, 0.0\) divides by zero"):
        compile(function, rows="x", backend=backend)([1.0, 2.0])


@pytest.mark.parametrize("backend", BACKENDS)
def test_what_has_no_value_is_not_swallowed(backend):
    compiled = compile(lambda x: where(x < 1.5, x.asin(), 0.0), rows="x", backend=backend, exact=True)
    with pytest.raises(OpError, match=r"row 1: asin\(x = 2.0\)"):
        compiled([0.5, 2.0])


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("second", [{"b": 4.0, "a": 3.0}, {"a": 3.0, "c": 4.0}])
def test_a_row_of_another_structure_is_refused(backend, second):
    compiled = compile(lambda x: x["a"] - x["b"], rows="x", backend=backend)
    with pytest.raises(ValueError, match=r"x\[1\] has another structure"):
        compiled([{"a": 1.0, "b": 2.0}, second])


@pytest.mark.parametrize("constants", ["[" + "9" * 400 + "]", "[true]", '["7"]', '["1e999"]', "7", "[null]"])
def test_constants_of_a_saved_program_are_numbers(constants):
    text = trace(lambda x: x + 2.5, 1.0).to_json().replace("[2.5]", constants)
    with pytest.raises(ValueError, match="no saved program"):
        Program.from_json(text)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("reduce", ["sum", "mean"])
def test_a_sum_over_rows_that_overflows_is_an_error(backend, reduce):
    with pytest.raises(OverflowError, match="sum over the rows"):
        compile(lambda x: x, rows="x", reduce=reduce, backend=backend)([1.7e308] * 9)
