"""Value: operators with every kind of number on either side, order, equality, formats, labels, no_grad."""

import copy
import math
import operator
import threading
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import pytest

import autograd
from autograd import Value, constant, label, no_grad, topological_order, zero_grad
from autograd.ops import CONSTANT

try:
    import numpy as np
except ImportError:  # a newcomer's machine: NumPy's scalars are tried where it is
    np = None  # type: ignore[assignment]

ARITHMETIC = [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow]
NUMPY: list[Any] = (
    [np.float64(2.5), np.float32(2.5), np.float16(2.5), np.longdouble(2.5), np.int64(3), np.int8(3), np.uint8(3), np.bool_(True)]
    if np
    else []
)
NUMBERS: list[Any] = [3, 2.5, True, *NUMPY]
KINDS = [f"{type(x).__module__}.{type(x).__name__}" for x in NUMBERS]


@pytest.mark.parametrize("number", NUMBERS, ids=KINDS)
@pytest.mark.parametrize("apply", ARITHMETIC, ids=lambda f: f.__name__)
def test_operators_take_numbers_on_either_side(apply: Callable[[Any, Any], Any], number: Any) -> None:
    for left, right in ((Value(1.5), number), (number, Value(1.5))):
        out = apply(left, right)
        assert type(out) is Value
        assert type(out.data) is float
        assert out.data == apply(*(x.data if isinstance(x, Value) else float(x) for x in (left, right)))
        assert sum(x.op is CONSTANT for x in out.parents) == 1


@pytest.mark.parametrize("number", NUMBERS, ids=KINDS)
def test_order_is_by_data(number: Any) -> None:
    low, high = Value(0.5), Value(7.0)
    for answer in (
        low < number,
        number < high,
        high > number,
        number > low,
        low <= number,
        number <= high,
        high >= number,
        number >= low,
    ):
        assert answer is True
    assert not low > number
    assert not number < low
    assert [v.data for v in sorted([high, low, Value(3.0)])] == [0.5, 3.0, 7.0]
    assert max(low, high) is high


@pytest.mark.parametrize("number", NUMBERS, ids=KINDS)
def test_every_number_becomes_a_float(number: Any) -> None:
    leaf = Value(number)
    assert type(leaf.data) is float
    assert leaf.data == float(number)
    assert type(autograd.exp(number)) is float


def test_equality_is_identity_and_the_hash_agrees() -> None:
    x, y = Value(1.0), Value(1.0)
    assert x == x
    assert x != y
    assert len({x, y, x}) == 2
    assert {x: "weight"}[x] == "weight"
    assert x in [y, x]
    assert x not in [y, Value(1.0)]
    for other in (None, "1.0", [1.0], object(), *([np.array([1.0])] if np else [])):
        assert (x == other) is False
        assert x != other


def test_a_nodes_facts() -> None:
    x, y = Value(2.0, "x"), Value(-3.0, label="y")
    out = x * y
    assert (out.data, out.grad, out.op, out.parents, out.label) == (-6.0, 0.0, autograd.mul, (x, y), "")
    assert (x.data, x.grad, x.op, x.parents, x.label, x.is_leaf, out.is_leaf) == (2.0, 0.0, None, (), "x", True, False)
    assert out.item() == -6.0
    assert not hasattr(out, "__dict__")


def test_x_times_x_has_two_edges() -> None:
    x = Value(3.0)
    assert (x * x).parents == (x, x)
    assert (x * x)._prev == {x}  # micrograd's name keeps micrograd's meaning
    assert (x * x)._op == "*"
    assert x._op == ""


def test_a_detached_value_takes_no_blame() -> None:
    x = Value(3.0, "x")
    constant_x = x.detach()
    assert (constant_x.data, constant_x.label, constant_x.op, constant_x.parents) == (3.0, "x", CONSTANT, ())
    (x * constant_x).backward()
    assert (x.grad, constant_x.grad) == (3.0, 0.0)


def test_how_it_looks() -> None:
    x = Value(1 / 3, "x")
    assert repr(x) == "Value(data=0.3333333333333333, grad=0.0, label='x')"
    assert f"{x:.3f}|{x:8.2e}|{x:+g}" == "0.333|3.33e-01|+0.333333"
    assert f"{x}" == str(x) == repr(x)
    with pytest.raises(ValueError, match="format code"):
        f"{x:q}"


def test_several_values_are_named_at_once() -> None:
    x, y = Value(1.0), Value(2.0)
    label(x=x, total=x + y)
    assert (x.label, y.label) == ("x", "")
    with pytest.raises(TypeError, match=r"label\(x=...\) must name a Value, and got the float 1.0"):
        label(x=1.0)  # type: ignore[arg-type]


def test_zero_grad_needs_no_network() -> None:
    x, y = Value(2.0), Value(3.0)
    (x * y).backward()
    zero_grad(x, y)
    assert (x.grad, y.grad) == (0.0, 0.0)
    with pytest.raises(TypeError, match=r"zero_grad takes Values, as in zero_grad\(x, y\), and got the list"):
        zero_grad([x, y])  # type: ignore[arg-type]


def test_sum_and_friends() -> None:
    values = [Value(1.0), Value(2.0), Value(3.0)]
    assert sum(values).data == 6.0
    assert math.prod(values).data == 6.0  # type: ignore[type-var]
    assert math.fsum(v.data for v in values) == 6.0


def test_in_place_operators_make_new_nodes() -> None:
    x = old = Value(2.0)
    x *= 3
    x += old
    assert (x.data, old.data) == (8.0, 2.0)
    x.backward()
    assert old.grad == 4.0


# -- no_grad -----------------------------------------------------------------------------------------------------------------
def test_no_grad_builds_no_graph() -> None:
    x = Value(2.0)
    with no_grad():
        out = (x * 3 + 1).tanh()
        with no_grad():
            pass
        still = x * 2
    assert (out.op, out.parents, still.op) == (CONSTANT, (), CONSTANT)
    assert (x * 3).parents[0] is x
    with pytest.raises(ValueError, match="is a constant"):
        out.backward()


def test_no_grad_ends_where_an_error_leaves_it() -> None:
    x = Value(2.0)
    with pytest.raises(ZeroDivisionError), no_grad():
        x / 0
    assert (x * 3).op is autograd.mul


def test_no_grad_holds_for_its_thread_alone() -> None:
    x = Value(2.0)
    ready, go_on = threading.Event(), threading.Event()
    seen: dict[str, Value] = {}

    def other() -> None:
        ready.wait()
        seen["other"] = x * 3
        go_on.set()

    thread = threading.Thread(target=other)
    thread.start()
    with no_grad():
        ready.set()
        go_on.wait()
        seen["here"] = x * 3
    thread.join()
    assert seen["other"].op is autograd.mul
    assert seen["here"].op is CONSTANT


def test_no_grad_in_many_threads_at_once() -> None:
    wrong = []

    def work(quiet: bool) -> None:
        x = Value(2.0)
        for _ in range(300):
            with no_grad() if quiet else nullcontext():
                if ((x * 3).op is CONSTANT) != quiet:
                    wrong.append(quiet)

    threads = [threading.Thread(target=work, args=(i % 2 == 0,)) for i in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert (Value(1.0) + 1).op is autograd.add


# -- subclasses, as nn.Parameter is one ----------------------------------------------------------------------------------------
class Weight(Value):
    __slots__ = ()


def test_a_subclass_takes_part_like_a_value() -> None:
    w, x = Weight(2.0, "w"), Value(3.0, "x")
    for out in (w * x, x * w, w * w, autograd.maximum(w, x), 2 * w, w**2, autograd.where(w > 1, w, x)):
        assert type(out) is Value
        out.backward()
    assert w.grad == 3 + 3 + 4 + 0 + 2 + 4 + 1
    assert repr(w).startswith("Weight(data=2.0")


def test_a_copy_of_a_small_graph_is_a_graph_of_its_own() -> None:
    x = Value(3.0, "x")
    twin = copy.deepcopy(x * x)
    twin.backward()
    assert x.grad == 0.0
    (leaf,) = (node for node in topological_order(twin) if node.is_leaf)
    assert (leaf.grad, leaf.label) == (6.0, "x")


def test_constants_have_no_grad() -> None:
    c = constant(2.0, "c")
    x = Value(3.0)
    (c * x + 5).backward()
    assert (c.grad, x.grad, c.is_leaf) == (0.0, 2.0, False)
