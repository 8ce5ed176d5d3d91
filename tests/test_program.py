"""Programs: traces, passes, and every executor against eager evaluation."""

import math
from importlib.util import find_spec

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import nn
from autograd import Program, Value, compile, gradients, ops, trace, value_and_grad, where  # noqa: A004
from autograd.ops import TABLE
from autograd.program import passes
from autograd.program.tracing import TraceError
from autograd.sums import sum_in_order

BACKENDS = [
    "python",
    *(["numpy"] if find_spec("numpy") else []),
    *(["native"] if find_spec("llvmlite") and find_spec("autograd.program.native") else []),
]
NUMERIC = [op for op in TABLE.values() if op.name != "where" and op.at]

some, any_float = st.floats(-3, 3), st.floats(allow_nan=False, allow_infinity=False)
numbers = st.one_of(some, any_float, st.sampled_from([0.0, -0.0, 1.0, -1.0, 0.5]))
positive = st.tuples(st.floats(0.1, 2), st.floats(0.1, 2), st.floats(-2, 2))


@st.composite
def functions(draw):
    """A random function of three Values: rows of the whole table, comparisons, constants, and a weight that it touches."""
    weight = Value(draw(st.floats(-2, 2)), "w")
    steps = draw(
        st.lists(
            st.tuples(st.sampled_from(NUMERIC), st.integers(0, 99), st.integers(0, 99), st.booleans(), st.floats(-2, 2)),
            min_size=1,
            max_size=12,
        )
    )

    def function(x, y, z):
        made = [x, y, z, weight]
        for op, i, j, choose, constant in steps:
            a, b = made[i % len(made)], made[j % len(made)]
            made.append(op(a, b) if len(op.partials) == 2 else op(a))
            if choose:
                made.append(where(a > b, made[-1], constant * b))
        return sum(made)  # all of it: what nobody reads is not computed, and does not fail

    return function


def eagerly(function, *row):
    """The numbers as text (NaN and signed zeros told apart), or the type of the error."""
    try:
        answer = function(*map(Value, row))
    except ArithmeticError as error:
        return type(error)
    return repr([x.data for x in (answer if isinstance(answer, list) else [answer])])


@pytest.mark.parametrize("backend", BACKENDS)
@settings(max_examples=60, deadline=None)
@given(function=functions(), rows=st.lists(st.tuples(numbers, numbers, numbers), min_size=1, max_size=11))
def test_a_random_program_answers_the_bits_of_eager_evaluation(backend, function, rows):
    compiled = compile(lambda x, y, z: [function(x, y, z)], rows=("x", "y", "z"), backend=backend, exact=True)
    expected = [eagerly(function, *row) for row in rows]
    failing = [(r, kind) for r, kind in enumerate(expected) if isinstance(kind, type)]
    if failing:
        r, kind = failing[0]
        with pytest.raises(kind, match=f"row {r}|w = "):  # a failing operation on the weight alone fails in the trace
            compiled(*map(list, zip(*rows, strict=True)))
    else:
        (column,) = compiled(*map(list, zip(*rows, strict=True)))
        assert [repr([float(x)]) for x in column] == expected


@pytest.mark.parametrize("backend", BACKENDS)
@settings(max_examples=40, deadline=None)
@given(function=functions(), rows=st.lists(positive, min_size=1, max_size=10))
def test_a_gradient_program_answers_the_bits_of_gradients(backend, function, rows):
    def with_gradient(x, y, z):
        out = function(x, y, z)
        return [out, *gradients(out, [x, y, z])]

    expected = [eagerly(with_gradient, *row) for row in rows]
    compiled = compile(with_gradient, rows=("x", "y", "z"), backend=backend, exact=True)
    if errors := [x for x in expected if isinstance(x, type)]:
        with pytest.raises(errors[0]):
            compiled(*map(list, zip(*rows, strict=True)))
    else:
        columns = compiled(*map(list, zip(*rows, strict=True)))
        assert [repr(list(map(float, row))) for row in zip(*columns, strict=True)] == expected


@pytest.mark.parametrize("op", NUMERIC, ids=lambda op: op.name)
@pytest.mark.parametrize("backend", BACKENDS)
def test_every_row_of_the_table_runs_on_every_executor(backend, op):
    columns = list(map(list, zip(*op.at, strict=True)))
    names = ["x", "y"][: len(columns)]
    function = {1: lambda x: op(x), 2: lambda x, y: op(x, y)}[len(columns)]
    answers = compile(function, rows=names, backend=backend, exact=True)(*columns)
    assert list(answers) == [op(*point) for point in op.at]


def moons_step(model, parameters):
    def step(x, y):
        cost = nn.hinge(model(x), y)
        return cost, gradients(cost, parameters)

    return step


X = [[math.sin(3.0 * i), math.cos(5.0 * i)] for i in range(37)]
Y = [1.0 if i % 3 else -1.0 for i in range(37)]


@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid"])
@pytest.mark.parametrize("backend", BACKENDS)
def test_the_step_of_a_network_is_that_of_eager_evaluation(backend, activation):
    model = nn.MLP(2, [5, 4, 1], activation, seed=1)
    step = moons_step(model, model.parameters())
    eager = [step(list(map(Value, x)), Value(y)) for x, y in zip(X, Y, strict=True)]
    expected = [sum_in_order(column) / len(X) for column in zip(*([c.data, *(g.data for g in gs)] for c, gs in eager), strict=True)]
    compiled = compile(step, rows=("x", "y"), reduce="mean", backend=backend, exact=True)
    cost, gradient = compiled(X, Y)
    assert [cost, *gradient] == expected
    model.parameters()[0].data += 0.5  # a weight is read anew at each call
    assert compiled(X, Y)[0] != cost


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_compiled_value_and_gradient_has_the_structure_of_the_parameters(backend):
    def cost(p, x, y):
        return (p["w"][0] * x[0] + p["w"][1] * x[1] + p["b"] - y) ** 2

    p = {"w": [0.5, -1.0], "b": 0.25}
    value, gradient = compile(value_and_grad(cost), rows=("x", "y"), reduce="sum", backend=backend, exact=True)(p, X, Y)
    eager = [value_and_grad(cost)(p, x, y) for x, y in zip(X, Y, strict=True)]
    assert value == sum_in_order(c for c, _ in eager)
    assert gradient == {
        "w": [sum_in_order(g["w"][k] for _, g in eager) for k in range(2)],
        "b": sum_in_order(g["b"] for _, g in eager),
    }


@pytest.mark.parametrize("backend", BACKENDS)
def test_one_evaluation_without_rows(backend):
    assert compile(lambda x, p: {"out": x * p[0] + p[1]}, backend=backend)(2.0, (3.0, 4.0)) == {"out": 10.0}


def test_control_flow_on_a_traced_value_names_where():
    with pytest.raises(TraceError, match="where"):
        trace(lambda x: x if x > 0 else -x, 1.0)
    with pytest.raises(TraceError, match="maximum"):
        trace(lambda x: Value(x.data), 1.0)


def test_a_comparison_of_weights_is_not_baked_in():
    w = Value(2.0, "w")
    compiled = compile(lambda x: x * where(w > 0.0, w, 0.0), backend="python")
    assert compiled(3.0) == 6.0
    w.data = -1.0
    assert compiled(3.0) == 0.0


def test_detach_passes_the_number_and_no_derivative():
    f = value_and_grad(lambda x: x * (x * x).detach())
    assert compile(f, backend="python")(3.0) == f(3.0) == (27.0, 9.0)


def test_errors_of_arguments_name_them():
    f = compile(lambda x, y: x * y, rows=("x", "y"), backend="python")
    with pytest.raises(ValueError, match="as many each"):
        f([1.0, 2.0], [1.0])
    with pytest.raises(ValueError, match="no rows"):
        f([], [])
    with pytest.raises(ValueError, match=r"x is nan in row 1"):
        f([1.0, math.nan], [1.0, 2.0])
    with pytest.raises(ValueError, match="rows names 'z'"):
        compile(lambda x: x, rows="z")


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_first_failing_row_raises_what_eager_evaluation_raises(backend):
    f = compile(lambda x: (x.log() - 1.0).sigmoid(), rows="x", reduce="sum", backend=backend)
    with pytest.raises(ops.NoValueError, match=r"row 2: log\(x = -1.0\)"):
        f([1.0, 2.0, -1.0, -2.0])


def test_json_round_trip_and_damage(tmp_path):
    model = nn.MLP(2, [3, 1], seed=1)
    program = trace(moons_step(model, model.parameters()), [0.0, 0.0], 0.0)
    program.save(tmp_path / "p.json")
    assert Program.load(tmp_path / "p.json") == program
    text = program.to_json()
    forged = text.replace('["add", [', '["add", [99999, ')
    for damaged in (text[:-9], "[]", text.replace('"mul"', '"__import__"'), forged, "[" * 100_000):
        with pytest.raises(ValueError, match="no saved program"):
            Program.from_json(damaged)


def test_passes_say_the_same_with_less():
    program = trace(value_and_grad(lambda x: (x * 1.0 + x * x) * (x * x) + 2.0 * 3.0), 0.0)
    short = passes.optimised(program)
    assert len(short) < len(program)
    assert short.evaluate([1.5]) == program.evaluate([1.5])


@pytest.mark.parametrize(
    ("function", "length"),
    [
        (lambda x: x * 1.0, 0),
        (lambda x: x - 0.0, 0),
        (lambda x: (-x).neg(), 0),
        (lambda x: x / 1.0, 0),
        (lambda x: x + 0.0, 1),
        (lambda x: x * 0.0, 1),
        (lambda x: x + (-0.0), 0),
    ],
)
def test_trivial_algebra_keeps_signed_zeros(function, length):
    program = passes.algebra(trace(function, 0.0))
    assert len(passes.dead_code(program)) == length


def test_labels_never_reach_generated_source():
    w = Value(2.0, 'w"]); raise SystemExit #\n')
    assert compile(lambda x: w * x, backend="python")(3.0) == 6.0
