"""Pickle, deepcopy and copy of graphs: any depth, the same numbers, the same identities."""

import copy
import gc
import io
import pickle
import sys
import weakref

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import Value, count, topological_order
from nn import MLP, Parameter

PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)


def pickled(x, protocol=pickle.HIGHEST_PROTOCOL):
    return pickle.loads(pickle.dumps(x, protocol))


def pickled_in_python(x):
    stream = io.BytesIO()
    pickle._Pickler(stream).dump(x)
    return pickle._Unpickler(io.BytesIO(stream.getvalue())).load()


@pytest.fixture
def collector_off():
    gc.disable()
    yield
    gc.enable()


WAYS = [pickled, pickled_in_python, copy.deepcopy]


def facts(*roots):
    """Everything about the graph of `roots` but the identities: two graphs with the same facts are one graph, twice."""
    order = topological_order(*roots)
    place = {node: i for i, node in enumerate(order)}
    return [(type(n), n.data, n.grad, n.op, [place[x] for x in n.parents], n.label) for n in order], [place[r] for r in roots]


def small_graph():
    x, w = Value(2.0, "x"), Parameter(-3.0, "w")
    z = x * w + x**2
    loss = z.tanh() - (z > 0) + x.detach()
    loss.backward()
    return x, w, z, loss


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_every_protocol_keeps_everything(protocol):
    graph = small_graph()
    assert facts(*pickled(graph, protocol)) == facts(*graph)


@pytest.mark.parametrize("way", WAYS)
def test_what_is_the_same_stays_the_same(way):
    x, w, z, loss = small_graph()
    for order in ([z, loss], [loss, z], [loss, {"z": z, "x": x, "w": (w, w)}], [x, z, loss], topological_order(loss)):
        twice = way([order, order])
        assert twice[0] is twice[1]
    z2, loss2, w2 = way([z, loss, w])
    assert any(node is z2 for node in topological_order(loss2))
    assert any(node is w2 for node in topological_order(z2))
    assert type(w2) is Parameter
    assert w2 is not w


@pytest.mark.parametrize("way", WAYS)
@given(data=st.data())
def test_any_graph_in_any_order(way, data):
    nodes = [Value(1.0 + i / 8, f"x{i}") for i in range(3)]
    for _ in range(data.draw(st.integers(1, 25))):
        x, y = (nodes[data.draw(st.integers(0, len(nodes) - 1))] for _ in range(2))
        nodes.append(data.draw(st.sampled_from([lambda x, y: x + y, lambda x, _: x.tanh(), lambda x, _: x * 0.5]))(x, y))
    kept = data.draw(st.permutations(nodes))[: data.draw(st.integers(1, len(nodes)))]
    assert facts(*way(kept)) == facts(*kept)


@pytest.mark.parametrize("way", WAYS)
def test_a_chain_deeper_than_python_may_recurse(way):
    x = y = Value(1.0, "x")
    for i in range(20 * sys.getrecursionlimit()):
        y = y + x if i % 2 else y * 0.5
    twin = way(y)
    assert count(twin) == count(y)
    assert twin.data == y.data
    twin.backward()
    y.backward()
    assert topological_order(twin)[0].grad == x.grad


@pytest.mark.parametrize("way", [pickled, copy.deepcopy])
@pytest.mark.usefixtures("collector_off")
def test_a_million_nodes(way):
    y = Value(1.0)
    for _ in range(1_000_000):
        y = -y
    assert count(way(y)) == (1_000_001, 1_000_000)


@pytest.mark.parametrize("way", WAYS)
def test_a_history_of_one_long_chain_takes_no_quadratic_size(way):
    h = Value(0.0)
    history = []
    for i in range(30_000):
        h = h + 1.0
        if i % 10 == 0:
            history.append(h)
    twins = way(history)
    assert [t.data for t in twins] == [h.data for h in history]
    assert count(twins[-1]) == count(history[-1])
    if way is pickled:
        assert len(pickle.dumps(history)) < 2 * len(pickle.dumps(history[-1]))


@pytest.mark.parametrize("way", WAYS)
def test_a_model_keeps_its_weights_shared_with_its_cost(way):
    model = MLP(2, [3, 1], "tanh", seed=0)
    out = model([1.0, -2.0])
    model2, out2 = way((model, out))
    out2.backward()
    out.backward()
    assert [(type(p), p.data, p.grad, p.label) for p in model2.parameters()] == [
        (type(p), p.data, p.grad, p.label) for p in model.parameters()
    ]
    assert any(p.grad for p in model2.parameters())
    model2([1.0, -2.0]).backward()
    assert out2.data == model2([1.0, -2.0]).data


# -- pickle does not say which dump a node is asked for: each guess must come out right ----------------------------------------
def test_a_second_dump_holds_what_the_first_held():
    _, _, z, loss = small_graph()
    first, second = io.BytesIO(), io.BytesIO()
    one, two = pickle.Pickler(first), pickle.Pickler(second)  # both keep what they have saved
    one.dump(z)
    two.dump(loss)
    one.dump(loss)
    two.dump(z)
    assert facts(pickle.loads(second.getvalue())) == facts(loss)
    loader = pickle.Unpickler(io.BytesIO(first.getvalue()))
    z1, loss1 = loader.load(), loader.load()
    assert facts(z1, loss1) == facts(z, loss)


def test_a_deep_chain_in_a_second_dump_beside_the_first():
    half = y = Value(1.0)
    for i in range(20 * sys.getrecursionlimit()):
        y = -y
        half = y if i == 10 * sys.getrecursionlimit() else half
    one = pickle.Pickler(io.BytesIO())
    one.dump(half)
    assert count(pickled(y)) == count(y)


class Unpicklable:
    def __reduce__(self):
        raise RuntimeError("no")


class Noted(Value):
    """A subclass with facts of its own: a slot and a dict."""

    __slots__ = ("__dict__", "note")


@pytest.mark.parametrize("way", [pickled, pickled_in_python])
def test_after_a_dump_that_failed_midway(way):
    noted = Noted(1.0)
    noted.note = Unpicklable()
    y = noted
    for _ in range(5 * sys.getrecursionlimit()):
        y = y + 1.0
    with pytest.raises(RuntimeError, match="no"):
        way(y)
    noted.note = "yes"
    assert count(way(y)) == count(y)


@pytest.mark.parametrize("way", [*WAYS, copy.copy])
def test_a_subclass_keeps_what_it_adds(way):
    noted = Noted(1.0, "n")
    noted.note, noted.friend = ["a"], Value(2.0) * 3
    twin = way(noted)
    assert (type(twin), twin.data, twin.label, twin.note, twin.friend.data) == (Noted, 1.0, "n", ["a"], 6.0)
    assert (twin.note is noted.note) == (way is copy.copy)


def test_a_friend_of_a_node_that_comes_later_in_its_own_graph():
    noted = Noted(1.0)
    noted.friend = noted * 2.0
    noted.note = None
    for twin in (pickled(noted), copy.deepcopy(noted)):
        assert twin.friend.parents[0] is twin


def test_copy_is_another_node_with_the_same_operands():
    _, _, z, _ = small_graph()
    twin = copy.copy(z)
    assert twin is not z
    assert twin.parents is z.parents
    assert (twin.data, twin.grad, twin.op, twin.label) == (z.data, z.grad, z.op, z.label)


@pytest.mark.usefixtures("collector_off")
def test_dropping_the_output_frees_the_graph_after_a_dump():
    y = Value(1.0) * 2
    pickle.dumps(y)
    copy.deepcopy(y)
    gone = weakref.ref(y)
    del y
    assert gone() is None
