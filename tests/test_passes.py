"""The passes over a program, one by one: each says the same with less, bit for bit where it must."""

import math
import random
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mp, mpf
from test_program_laws import BACKENDS, functions

from autograd import Value, compile, draw, hessian, jacobian, trace  # noqa: A004
from autograd.program import passes
from autograd.program.code import Instruction, Program

PASSES = [passes.dead_code, passes.common_subexpressions, passes.constants, passes.algebra, passes.lower, passes.optimised]


def answers(program, sources):
    """What a program answers, as bits, or that it fails."""
    try:
        return [struct.pack("<d", x) for x in program.evaluate(sources)]
    except ArithmeticError:
        return "fails"


@settings(max_examples=60, deadline=None)
@given(functions(), st.tuples(*[st.floats(-3, 3)] * 3))
def test_no_pass_changes_a_bit(function, point):
    try:
        program = trace(function, 0.0, 0.0, 0.0)
    except ArithmeticError:  # on the weight alone, which has a number
        return
    sources = [*point, *[2.0] * len(program.parameters)]
    before = answers(program, sources)
    for each in PASSES:
        after = each(program)
        assert after.inputs == program.inputs
        assert before == "fails" or answers(after.checked(), sources) == before, each.__name__


def written(*code, outputs):
    """A program of x with the constants 2 and 0."""
    return Program(("x",), (), (2.0, 0.0), tuple(Instruction(op, operands) for op, operands in code), outputs).checked()


X, TWO, ZERO = -1, -2, -3


def test_dead_code_goes():
    program = written(("exp", (X,)), ("mul", (X, X)), outputs=(1,))
    assert passes.dead_code(program).count() == {"mul": 1}


def test_the_same_operation_is_done_once():
    program = passes.common_subexpressions(trace(lambda x, y: (x * y) + (x * y) + (y * x), 0.0, 0.0))
    assert program.count() == {"mul": 2, "add": 2}, "y * x is x * y in value, but that is for another pass to know"


def test_constants_are_computed_now_and_what_fails_stays_where_it_is():
    program = passes.constants(written(("mul", (TWO, TWO)), ("add", (X, 0)), outputs=(1,)))
    assert program.count() == {"add": 1}
    assert program.evaluate([1.0]) == [5.0]
    assert passes.constants(written(("div", (TWO, ZERO)), ("add", (X, 0)), outputs=(1,))).count() == {"div": 1, "add": 1}


def test_a_formula_is_lowered_to_what_executors_have():
    program = passes.lower(trace(lambda x: x.softplus(), 0.0))
    assert all(passes.is_primitive(op) or op in ("where", "lt", "le", "gt", "ge") for op in program.count())
    assert program.evaluate([0.7]) == [Value(0.7).softplus().data]


# -- what is compiled ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("backend", BACKENDS)
def test_hessian_and_jacobian_compile(backend):
    def surface(v):
        return v[0] ** 2 * v[1] + (v[0] * v[1]).sin()

    def field(v):
        return [v[0] * v[1], v[0] - v[1]]

    assert compile(hessian(surface), backend=backend, exact=True)([0.5, 2.0]) == hessian(surface)([0.5, 2.0])
    assert compile(jacobian(field), backend=backend, exact=True)([0.5, 2.0]) == jacobian(field)([0.5, 2.0])


def test_a_compiled_function_inside_of_another_is_the_function_itself():
    square = compile(lambda x: x * x, backend="python")
    assert compile(lambda x: square(x) + 1.0, backend="python")(3.0) == 10.0
    assert [node.op.name for node in trace(square, 0.0).evaluate([Value(3.0)])] == ["mul"]
    with pytest.raises(TypeError, match="rows"):
        compile(lambda x: compile(lambda y: y, rows="y", backend="python")([x]), backend="python")(1.0)


@pytest.mark.skipif("native" not in BACKENDS, reason="needs llvmlite: pip install 'blamegrad[native]'")
def test_the_fast_mode_is_close_to_the_truth_on_whole_expressions():
    """Sums of positive terms lose nothing by cancelling, so each is within a few units of what mpmath says."""
    generator, mp.prec = random.Random(1), 200

    def function(x, y):
        return (x * y).exp() + (x + y).tanh() + x.sigmoid() * (1.0 + y).log() + (x * x + y * y).sqrt()

    def truth(x, y):
        x, y = mpf(x), mpf(y)
        return mp.exp(x * y) + mp.tanh(x + y) + mp.log(1 + y) / (1 + mp.exp(-x)) + mp.sqrt(x * x + y * y)

    points = [(generator.uniform(0.1, 3), generator.uniform(0.1, 3)) for _ in range(300)]
    found = compile(function, rows=("x", "y"), backend="native")(*map(list, zip(*points, strict=True)))
    for (x, y), z in zip(points, found, strict=True):
        assert abs(float(z) - truth(x, y)) <= 8 * math.ulp(float(z))


def test_a_program_is_drawn_as_the_graph_of_what_it_does():
    program = trace(lambda x, y: (x * y).tanh(), 0.0, 0.0)
    (root,) = program.evaluate([Value(2.0, "x"), Value(0.5, "y")])
    assert "tanh" in draw(root).source
