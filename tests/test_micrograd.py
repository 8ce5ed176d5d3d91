"""A micrograd program runs after changing its import: its two tests, its pasted drawing, its demo on two moons.

The oracle is micrograd itself, installed from the package index, in the same run; and the numbers that its README publishes, which
are PyTorch's.
"""

import math
import random

import graphviz
import pytest

import autograd
import nn

micrograd_engine = pytest.importorskip("micrograd.engine", reason="micrograd is not installed: pip install micrograd")
micrograd_nn = pytest.importorskip("micrograd.nn")


# -- its two tests of the engine ----------------------------------------------------------------------------------------------
def sanity(value):
    x = value(-4.0)
    z = 2 * x + 2 + x
    q = z.relu() + z * x
    h = (z * z).relu()
    y = h + q + q * x
    y.backward()
    return y.data, x.grad


def more_operations(value):
    a, b = value(-4.0), value(2.0)
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + (b + a).relu()
    d += 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    g.backward()
    return g.data, a.grad, b.grad


def test_sanity_check():
    assert sanity(autograd.Value) == sanity(micrograd_engine.Value) == (-20.0, 46.0)


def test_more_ops():
    ours = more_operations(autograd.Value)
    assert ours == pytest.approx(more_operations(micrograd_engine.Value), rel=1e-14)
    assert [f"{x:.4f}" for x in ours] == ["24.7041", "138.8338", "645.5773"]


def test_more_ops_against_pytorch():
    torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install torch")

    def tensor(x):
        return torch.tensor(x, dtype=torch.float64, requires_grad=True)

    a, b = tensor(-4.0), tensor(2.0)
    c = a + b
    d = a * b + b**3
    c = c + c + 1
    c = c + 1 + c + (-a)
    d = d + d * 2 + (b + a).relu()
    d = d + 3 * d + (b - a).relu()
    f = (c - d) ** 2
    g = f / 2.0 + 10.0 / f
    g.backward()
    assert more_operations(autograd.Value) == pytest.approx((g.item(), a.grad.item(), b.grad.item()), rel=1e-13)


# -- the drawing that people paste: it walks over `_prev` and shows `data`, `grad` and `_op` --------------------------------------
def trace(root):
    nodes, edges = set(), set()

    def build(v):
        if v not in nodes:
            nodes.add(v)
            for child in v._prev:
                edges.add((child, v))
                build(child)

    build(root)
    return nodes, edges


def draw_dot(root):
    dot = graphviz.Digraph(format="svg", graph_attr={"rankdir": "LR"})
    nodes, edges = trace(root)
    for n in nodes:
        dot.node(str(id(n)), label=f"{{ data {n.data:.4f} | grad {n.grad:.4f} }}", shape="record")
        if n._op:
            dot.node(str(id(n)) + n._op, label=n._op)
            dot.edge(str(id(n)) + n._op, str(id(n)))
    for n1, n2 in edges:
        dot.edge(str(id(n1)), str(id(n2)) + n2._op)
    return dot


def test_the_pasted_draw_dot_runs():
    x = autograd.Value(1.0)
    y = (x * 2 + 1).relu()
    y.backward()
    source = draw_dot(y).source
    assert source.count("data ") == 6  # x, 2, x * 2, 1, their sum, relu
    assert "data 3.0000 | grad 1.0000" in source
    assert "data 1.0000 | grad 2.0000" in source
    for symbol in ("*", "+", "relu"):
        assert f'label="{symbol}"' in source or f"label={symbol}" in source


def test_the_graph_has_micrograds_nodes_and_edges():
    def graph(value):
        a, b = value(2.0), value(-3.0)
        nodes, edges = trace((a * b + a * 3 + a * a).relu())
        return sorted((n.data, n._op) for n in nodes), len(edges)

    (ours, our_edges), (theirs, their_edges) = graph(autograd.Value), graph(micrograd_engine.Value)
    assert our_edges == their_edges
    assert [(data, op.lower()) for data, op in theirs] == ours


# -- its demo: a 2-16-16-1 network, the margin loss, descent ---------------------------------------------------------------------
def two_moons(rows):
    """Two half circles, one inside the other's opening, with noise; labels -1 and 1."""
    noise = random.Random(0)
    for i in range(rows):
        angle, label = math.pi * noise.random(), 2 * (i % 2) - 1
        x, y = (math.cos(angle), math.sin(angle)) if label < 0 else (1 - math.cos(angle), 0.5 - math.sin(angle))
        yield [x + noise.gauss(0, 0.1), y + noise.gauss(0, 0.1)], label


def demo(model, value, rows=20, steps=6):
    """The initial weights, each step's loss and the last weights, by the loop of micrograd's notebook."""
    data = list(two_moons(rows))
    start, losses = [p.data for p in model.parameters()], []
    for k in range(steps):
        scores = [model(list(map(value, x))) for x, _ in data]
        margins = [(1 + -label * score).relu() for (_, label), score in zip(data, scores, strict=True)]
        data_loss = sum(margins) * (1.0 / len(margins))
        penalty = 1e-4 * sum(p * p for p in model.parameters())
        total = data_loss + penalty
        model.zero_grad()
        total.backward()
        for p in model.parameters():
            p.data -= (1.0 - 0.9 * k / 100) * p.grad
        losses.append(total.data)
    return start, losses, [p.data for p in model.parameters()]


@pytest.mark.parametrize("seed", [1337, 0])
def test_the_moons_demo_has_the_same_losses_step_by_step(seed):
    random.seed(seed)
    ours = demo(nn.MLP(2, [16, 16, 1], init="uniform"), autograd.Value)
    random.seed(seed)
    theirs = demo(micrograd_nn.MLP(2, [16, 16, 1]), micrograd_engine.Value)
    assert ours[0] == theirs[0]
    assert ours[1] == pytest.approx(theirs[1], rel=1e-9)
    assert ours[2] == pytest.approx(theirs[2], rel=1e-6, abs=1e-9)
    assert len(ours[0]) == 337
    assert ours[1][-1] < ours[1][0]
