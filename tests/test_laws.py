"""The laws of the engine, each for random graphs: what backward() adds up, twice, deep, in order, freed, finite, interrupted.

A random graph is a recipe: numbers for the leaves, then rows with the places of their operands. Where a row has no value at its
operands, the recipe leaves it out. The truth of a derivative is forward mode in mpmath, with the oracle's partials.
"""

import gc
import linecache
import math
import re
import struct
import sys
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mp, mpf

import autograd
from autograd import OpError, Value, adjoints, count, gradients, topological_order, zero_grad
from autograd.ops import CONSTANT, TABLE, Op
from autograd.reverse import names, partials
from benchmarks.accuracy import ORACLE

settings.register_profile("laws", deadline=None)  # no test depends on how busy the machine is
settings.load_profile("laws")

Recipe = tuple[list[float], list[tuple[Op, list[int]]]]
ROWS = [op for op in TABLE.values() if op.name != "where"]
ordinary = st.floats(-3.0, 3.0)
any_finite = st.floats(allow_nan=False, allow_infinity=False)


def recipes(numbers: st.SearchStrategy[float] = ordinary) -> st.SearchStrategy[Recipe]:
    step = st.tuples(st.sampled_from(ROWS), st.lists(st.integers(0, 30), min_size=2, max_size=2))
    return st.tuples(st.lists(numbers, min_size=1, max_size=4), st.lists(step, min_size=1, max_size=14))


def build(recipe: Recipe) -> list[Value]:
    """The nodes in the order of the recipe, leaves first; every third operand of a row of two is a plain number."""
    numbers, steps = recipe
    nodes = [Value(x, f"x{i}") for i, x in enumerate(numbers)]
    for op, places in steps:
        operands: list[Any] = [nodes[place % len(nodes)] for place in places[: len(op.partials)]]
        if len(operands) == 2 and sum(places) % 3 == 0:
            operands[1] = operands[1].data
        try:
            nodes.append(op(*operands))
        except OpError:
            continue
    return nodes


def leaves_of(nodes: list[Value]) -> list[Value]:
    return [node for node in nodes if node.is_leaf]


def bits(numbers: Any) -> list[bytes]:
    return [struct.pack("d", x) for x in numbers]


def went_back(root: Value) -> bool:
    """Whether the backward pass found a finite derivative everywhere."""
    try:
        root.backward()
    except OpError:
        return False
    return True


# -- law 1: contributions sum to the grad, bit for bit -------------------------------------------------------------------------
@given(recipes(), ordinary)
def test_contributions_sum_to_the_grad(recipe: Recipe, carried: float) -> None:
    nodes = build(recipe)
    for leaf in leaves_of(nodes):
        leaf.grad = carried
    if not went_back(nodes[-1]):
        return
    sums = dict.fromkeys(nodes, 0.0) | {nodes[-1]: 1.0}
    for node in reversed(topological_order(nodes[-1])):
        for operand, partial in partials(node):
            sums[operand] += sums[node] * partial
    reached = set(topological_order(nodes[-1]))
    for node in nodes:
        before = carried if node.is_leaf else 0.0
        expected = before + sums[node] if node in reached else before
        assert bits([node.grad]) == bits([expected])


@given(recipes())
def test_grads_are_the_derivatives(recipe: Recipe) -> None:
    """Against forward mode in 50 digits: each node with its derivative by every leaf, by the oracle's definitions."""
    nodes = build(recipe)
    if not went_back(nodes[-1]):
        return
    with mp.workdps(50):
        tangent: dict[Value, list[Any]] = {x: [mpf(x is y) for y in leaves_of(nodes)] for x in leaves_of(nodes)}
        size: dict[Value, Any] = {x: mpf(1) for x in leaves_of(nodes)}  # how large the terms are that may cancel
        for node in topological_order(nodes[-1]):
            if node.op is None or node.op is CONSTANT:
                continue
            data = [mpf(x.data) for x in node.parents]
            by = [
                (tangent[x], rule(*data) if rule else 0, size[x])
                for x, rule in zip(node.parents, ORACLE[node.op.name][1:], strict=True)
                if x.op is not CONSTANT
            ]
            tangent[node] = [sum((t[i] * partial for t, partial, _ in by), mpf(0)) for i in range(len(leaves_of(nodes)))]
            size[node] = sum((s * (abs(partial) + 1) for _, partial, s in by), mpf(0))
    for leaf, exact in zip(leaves_of(nodes), tangent.get(nodes[-1], []), strict=False):
        assert abs(leaf.grad - exact) <= 1e-13 * max(size[nodes[-1]], 1)


# -- law 2: twice is as once, for interior nodes; leaves accumulate -------------------------------------------------------------
@given(recipes())
def test_backward_twice(recipe: Recipe) -> None:
    nodes = build(recipe)
    if not went_back(nodes[-1]):
        return
    once = [node.grad for node in nodes]
    nodes[-1].backward()
    assert bits(node.grad for node in nodes) == bits(2 * g if node.is_leaf else g for node, g in zip(nodes, once, strict=True))
    zero_grad(*leaves_of(nodes))
    nodes[-1].backward()
    assert bits(node.grad for node in nodes) == bits(once)


@given(recipes(), ordinary)
def test_the_gradient_given_is_a_factor(recipe: Recipe, gradient: float) -> None:
    nodes = build(recipe)
    if went_back(nodes[-1]):
        once = [leaf.grad for leaf in leaves_of(nodes)]
        zero_grad(*leaves_of(nodes))
        nodes[-1].backward(gradient)
        assert [leaf.grad for leaf in leaves_of(nodes)] == pytest.approx([gradient * g for g in once], rel=1e-12, abs=1e-9)


# -- law 3: no recursion -------------------------------------------------------------------------------------------------------
def test_a_chain_of_a_million_operations() -> None:
    depth = 1_000_000
    gc.disable()
    try:
        x = Value(0.5)
        node = x
        for _ in range(depth // 2):
            node = (node + 1.0) - 1.0
        died = weakref.ref(node.parents[0])
        node.backward()
        assert (node.data, x.grad, node.parents[0].grad) == (0.5, 1.0, 1.0)
        del node
        assert died() is None
    finally:
        gc.enable()


def test_a_wide_sum_and_many_diamonds() -> None:
    x = Value(1.0)
    node = x
    for _ in range(2000):  # 2**2000 paths
        node = (node + node) * 0.5
    node.backward()
    assert x.grad == 1.0
    total = sum((x * 1.0 for _ in range(20_000)), Value(0.0))
    zero_grad(x)
    total.backward()
    assert x.grad == 20_000.0


def test_derivatives_of_a_deep_chain_as_values() -> None:
    x = Value(0.5)
    node = x
    for _ in range(5_000):
        node = node.sin()
    node.backward()
    (slope,) = gradients(node, [x])
    assert slope.data == x.grad
    slope.backward()  # the graph of the derivative is deep, too


# -- law 4: deterministic --------------------------------------------------------------------------------------------------------
def picture(root: Value) -> list[tuple[Any, ...]]:
    order = topological_order(root)
    place = {node: i for i, node in enumerate(order)}
    called = names(order)
    return [(called[n], n.op, struct.pack("dd", n.data, n.grad), tuple(place[x] for x in n.parents)) for n in order]


@given(recipes())
def test_the_same_recipe_is_the_same_graph_and_the_same_bits(recipe: Recipe) -> None:
    pictures = []
    for _ in range(2):
        root = build(recipe)[-1]
        went_back(root)
        pictures.append(picture(root))
    assert pictures[0] == pictures[1]


@given(recipes())
def test_operands_stand_before_the_nodes_that_use_them(recipe: Recipe) -> None:
    nodes = build(recipe)
    order = topological_order(nodes[-1])
    place = {node: i for i, node in enumerate(order)}
    assert len(place) == len(order)
    assert order[-1] is nodes[-1]
    assert all(place[x] < place[node] for node in order for x in node.parents)


def test_nodes_without_a_label_are_numbered_in_topological_order() -> None:
    x, y = Value(2.0, "x"), Value(3.0)
    out = (x * y + 0.5) * x
    out.label = "out"
    assert list(names(topological_order(out)).values()) == ["x", "v1", "v2", "0.5", "v3", "out"]


# -- law 5: x * x has two edges --------------------------------------------------------------------------------------------------
@given(ordinary)
def test_both_edges_of_x_times_x_count(number: float) -> None:
    x = Value(number)
    assert count(x * x) == (2, 2)
    assert partials(x * x) == [(x, number), (x, number)]
    (x * x).backward()
    assert x.grad == 2 * number
    assert count(x + 1 - x) == (4, 4)


# -- law 6: no cycles --------------------------------------------------------------------------------------------------------------
@given(recipes())
@settings(max_examples=50)
def test_a_dropped_graph_is_freed_at_once(recipe: Recipe) -> None:
    gc.collect()
    gc.disable()
    try:
        nodes = build(recipe)
        root = nodes[-1]
        went_back(root)
        seen = [weakref.ref(node) for node in nodes]
        try:
            slopes = gradients(root, leaves_of(nodes))
            adjoints(root)
            seen += [weakref.ref(node) for slope in slopes for node in topological_order(slope)]
            del slopes
        except OpError:
            pass
        del nodes, root
        assert [ref() for ref in seen if ref() is not None] == []
    finally:
        gc.enable()


# -- law 8: finite, or an error that names the op ----------------------------------------------------------------------------------
@given(st.sampled_from(list(TABLE.values())), any_finite, any_finite)
@settings(max_examples=500)
def test_finite_operands_give_a_finite_result_or_an_error(op: Op, x: float, y: float) -> None:
    operands = {1: [x], 2: [x, y], 3: [float(x > y), x, y]}[len(op.partials)]
    leaves = [Value(v, "cab"[i - 3]) if rule else v for i, (v, rule) in enumerate(zip(operands, op.partials, strict=True))]
    try:
        out = op(*operands)
    except OpError as error:
        refused = str(error)
        with pytest.raises(type(error)) as caught:
            op(*leaves)
        assert refused.startswith(f"{op.name}(")
        assert re.sub(r"[abc] = ", "", str(caught.value)) == refused != str(caught.value)  # the same, with the labels
        return
    node = op(*leaves)
    assert math.isfinite(out)
    assert bits([node.data]) == bits([out])
    if went_back(node):
        assert all(math.isfinite(leaf.grad) for leaf in leaves if isinstance(leaf, Value))


@given(recipes(any_finite))
def test_a_graph_of_any_finite_numbers_has_finite_grads_or_an_error(recipe: Recipe) -> None:
    nodes = build(recipe)
    assert all(math.isfinite(node.data) for node in nodes)
    if went_back(nodes[-1]):
        assert all(math.isfinite(node.grad) for node in nodes)
        assert all(map(math.isfinite, adjoints(nodes[-1]).values()))
    else:
        assert [leaf.grad for leaf in leaves_of(nodes)] == [0.0] * len(leaves_of(nodes))


# -- gradients() and adjoints() -------------------------------------------------------------------------------------------
@given(recipes())
def test_gradients_and_adjoints_have_the_bits_of_grad(recipe: Recipe) -> None:
    nodes = build(recipe)
    leaves, root = leaves_of(nodes), nodes[-1]
    try:
        found = adjoints(root)
    except OpError:
        assert not went_back(root)
        return
    assert all(node.grad == 0.0 for node in nodes)
    slopes = gradients(root, leaves)
    assert all(node.grad == 0.0 for node in nodes)
    root.backward()
    assert bits(found.get(node, 0.0) for node in nodes) == bits(node.grad for node in nodes)
    assert [slope.data for slope in slopes] == [leaf.grad for leaf in leaves]


def test_mixed_derivatives_of_third_order() -> None:
    def f(m: Any, x: Any, y: Any) -> Any:
        return m.tanh(x * y) + m.exp(x) / y + m.sin(x) ** 3 * m.log(y) + (x / y) ** y

    at = (0.8, 1.7)
    for orders in [(3, 0), (2, 1), (1, 2), (0, 3), (2, 2)]:
        x, y = Value(at[0]), Value(at[1])
        node = f(autograd, x, y)
        for leaf, times in ((x, orders[0]), (y, orders[1])):
            for _ in range(times):
                (node,) = gradients(node, [leaf])
        with mp.workdps(50):
            exact = mp.diff(lambda x, y: f(mp, x, y), tuple(map(mpf, at)), orders)
        assert node.data == pytest.approx(float(exact), rel=1e-12)


def test_gradients_by_an_interior_node_and_by_what_does_not_matter() -> None:
    x, other = Value(3.0), Value(5.0)
    square = x * x
    by_square, by_x, by_other, by_itself = gradients(square * x, [square, x, other, square])
    assert (by_square.data, by_x.data, by_other.data, by_itself.data) == (3.0, 27.0, 0.0, 3.0)


# -- law 9: a pass that fails or is interrupted changes no leaf; threads lose nothing ---------------------------------------------
def interrupting(*after: int) -> Op:
    """A row that passes on its operand, whose partial is interrupted at the calls of these numbers, as by Ctrl-C."""
    calls = iter(range(1_000))

    def partial(_x: Any, _out: Any) -> Any:
        if next(calls) in after:
            raise KeyboardInterrupt
        return 1.0

    return Op("passes", "passes", lambda x: x, partial)


def test_an_interrupted_pass_changes_no_leaf() -> None:
    x, y = Value(2.0, "x"), Value(3.0, "y")
    (x * y).backward()
    assert (x.grad, y.grad) == (3.0, 2.0)
    out = interrupting(0)(x * 7) * (y * x)
    with pytest.raises(KeyboardInterrupt):
        out.backward()
    assert (x.grad, y.grad, out.grad, out.parents[0].grad) == (3.0, 2.0, 0.0, 0.0)
    out.backward()  # and again, uninterrupted
    assert (x.grad, y.grad) == (3.0 + 7 * 6.0 + 14 * 3.0, 2.0 + 14 * 2.0)


def test_interrupted_adjoints_leave_every_grad() -> None:
    x = Value(2.0)
    out = (x * 3).tanh()
    out.backward()
    before = [node.grad for node in topological_order(out)]
    more = interrupting(0)(out)
    with pytest.raises(KeyboardInterrupt):
        adjoints(more)
    assert [node.grad for node in topological_order(out)] == before


@contextmanager
def interrupt_at_line(number: int) -> Iterator[list[str]]:
    """KeyboardInterrupt before the line of that number of all the lines of `autograd.reverse` that run: a Ctrl-C anywhere.

    But for the bare `with lock:` and `try:`, at which Python itself handles no signal.
    """
    lines: list[str] = []

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        if not frame.f_code.co_filename.endswith("reverse.py"):
            return None
        source = linecache.getline(frame.f_code.co_filename, frame.f_lineno).strip()
        if event == "line" and source not in ("with _writing_grads:", "try:"):
            lines.append(f"{frame.f_code.co_name}:{frame.f_lineno}")
            if len(lines) == number:
                raise KeyboardInterrupt
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        yield lines
    finally:
        sys.settrace(before)


def test_an_interrupt_at_any_line_changes_all_leaves_or_none() -> None:
    finished = interrupted = False
    number = 0
    while not finished:
        number += 1
        assert number < 1_000
        x, y, z = Value(2.0), Value(3.0), Value(5.0)
        x.grad, y.grad, z.grad = 0.1, 0.2, 0.3
        out = (x * y + z).tanh() * 1e5
        try:
            with interrupt_at_line(number):
                out.backward()
            finished = True
        except KeyboardInterrupt:
            interrupted = True
            grads = (x.grad, y.grad, z.grad)
            if grads != (0.1, 0.2, 0.3):
                assert grads == (0.1 + (by := adjoints(out))[x], 0.2 + by[y], 0.3 + by[z])
        out.backward()  # no lock is left closed
    assert interrupted
    assert number > 40


def test_a_failing_pass_changes_no_leaf() -> None:
    x, y = Value(0.0, "x"), Value(3.0, "y")
    x.grad, y.grad = 1.5, 2.5
    with pytest.raises(ValueError, match="sqrt"):
        (y * y + (x * y).sqrt()).backward()
    assert (x.grad, y.grad) == (1.5, 2.5)
    x.grad = 1e308
    with pytest.raises(OverflowError, match="to what it carried"):
        (y * 1.0 + x * 1e308).backward()
    assert (x.grad, y.grad) == (1e308, 2.5)


def test_threads_that_share_weights_lose_no_contribution() -> None:
    weights = [Value(float(i), f"w{i}") for i in range(20)]
    rounds, workers = 40, 4

    def work() -> None:
        for _ in range(rounds):
            total = Value(0.0)
            for w in weights:
                total = total + w * 3.0
            total.backward()

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=work) for _ in range(workers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert [w.grad for w in weights] == [3.0 * rounds * workers] * len(weights)
