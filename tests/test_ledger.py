"""Explanations: the rows sum to the engine's own grads, bit for bit, and say what they say."""

import itertools
import json
import math
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from autograd import DerivativeError, StaleGraphError, Value, constant, explain, paths, topological_order, zero_grad
from autograd.ledger import Explanation
from autograd.ops import CONSTANT
from autograd.routes import TooManyPathsError
from autograd.table import Table

NUMBERS = st.floats(-3, 3, allow_subnormal=False)


@st.composite
def graphs(draw: st.DrawFn) -> tuple[Value, list[Value]]:
    """A root and its leaves: operations on any nodes made before, some used many times, some with both operands the same."""
    leaves = [Value(draw(NUMBERS), f"x{i}") for i in range(draw(st.integers(1, 4)))]
    nodes = [*leaves]
    for _ in range(draw(st.integers(1, 12))):
        x, y = draw(st.sampled_from(nodes)), draw(st.sampled_from([*nodes, 0.5]))
        made = draw(st.sampled_from(["add", "sub", "mul", "tanh", "relu", "sigmoid", "maximum"]))
        nodes.append(getattr(x, made)() if made in ("tanh", "relu", "sigmoid") else getattr(x, made)(y))
    return sum(nodes[len(leaves) :], Value(0.0)), leaves


def rows_sum_to_grads(explanation: Explanation) -> None:
    """Law 1, from the plain data alone."""
    plain = json.loads(json.dumps(explanation.to_dict()))
    total = {node["id"]: 0.0 for node in plain["nodes"]}
    total[plain["steps"][0]["node"]] += 1.0
    for step in plain["steps"]:
        assert step["adjoint"] == total[step["node"]]
        for operand in step["operands"]:
            assert operand["contribution"] == step["adjoint"] * operand["partial"]
            total[operand["node"]] += operand["contribution"]
            assert operand["running"] == total[operand["node"]]
    for row in plain["carried"]:
        total[row["node"]] += row["value"]
    for node, value in zip(plain["nodes"], explanation.adjoints, strict=True):
        assert (node["label"], node["data"]) == (explanation.names[value], value.data)
        if node["op"] != "constant":
            assert total[node["id"]] == node["grad"] == value.grad


@given(graphs())
@settings(deadline=None)
def test_rows_sum_to_grad_bit_for_bit(graph: tuple[Value, list[Value]]) -> None:
    root, _ = graph
    root.backward()
    rows_sum_to_grads(explain(root))


@given(graphs(), st.lists(st.floats(-1e6, 1e6), min_size=4, max_size=4), st.integers(1, 3))
@settings(deadline=None)
def test_with_what_was_carried_they_still_do(graph: tuple[Value, list[Value]], before: list[float], passes: int) -> None:
    root, leaves = graph
    for leaf, grad in zip(leaves, before, strict=False):
        leaf.grad = grad
    for _ in range(passes):
        root.backward()
    assume(all(leaf.grad != 0.0 for leaf in leaves))  # 0 counts as reset
    rows_sum_to_grads(explain(root))


@given(graphs())
@settings(deadline=None)
def test_explaining_changes_nothing_and_needs_no_pass(graph: tuple[Value, list[Value]]) -> None:
    root, leaves = graph
    nodes = topological_order(root)
    before = [node.grad for node in nodes]
    promised = explain(root).grads
    assert [node.grad for node in nodes] == before
    root.backward()
    assert all(promised[leaf] == leaf.grad for leaf in leaves if leaf in promised)


def test_every_contribution_is_a_finite_difference_along_its_edge() -> None:
    x, y = Value(0.7, "x"), Value(-1.2, "y")
    root = (x * y).tanh() / y
    for step in explain(root).steps:
        for edge in step.edges:
            operands = [p.data for p in step.node.parents]
            both = []
            for h in (1e-6, -1e-6):
                moved = list(operands)
                moved[edge.position] += h
                assert step.node.op is not None
                both.append(step.node.op(*moved))
            assert edge.partial == pytest.approx((both[0] - both[1]) / 2e-6, rel=1e-8)


def test_x_times_x_has_two_rows() -> None:
    x = Value(3.0, "x")
    (step,) = explain(x * x).steps
    assert [(edge.partial, edge.running, str(edge.formula)) for edge in step.edges] == [(3.0, 3.0, "x"), (3.0, 6.0, "x")]


def test_no_row_leads_to_a_constant_and_its_grad_is_none() -> None:
    x = Value(-3.0, "x")
    explanation = explain(x**2)
    assert [edge.operand for step in explanation.steps for edge in step.edges] == [x]
    assert str(explanation.steps[0].edges[0].formula) == "2*x**(2 - 1)"
    assert [node["grad"] for node in explanation.to_dict()["nodes"] if node["op"] == "constant"] == [None]


def test_two_costs_over_one_weight_carry_over() -> None:
    w = Value(2.0, "w")
    first, second = w * 3, w * w
    first.backward()
    second.backward()
    assert explain(second).carried == {w: 3.0}
    assert explain(second).to_dict()["carried"] == [{"node": 0, "value": 3.0}]
    assert "carried" in str(explain(second))
    zero_grad(w)
    assert explain(second).carried == {}


def test_a_pass_in_between_does_not_make_it_show_wrong_numbers() -> None:
    x = Value(2.0, "x")
    z = x * x
    z.label = "z"
    cost = z * 5
    cost.backward()
    assert explain(z).adjoints == {x: 4.0, z: 1.0}


def test_a_stale_graph_is_refused_by_name() -> None:
    w, x = Value(3.0, "w"), Value(2.0, "x")
    z = w * x
    z.label = "z"
    cost = z.tanh() + 1
    w.data = 3.5
    for ask in (explain, lambda root: paths(root, w)):
        with pytest.raises(
            StaleGraphError, match=r"z = 6.0 is no longer mul\(w = 3.5, x = 2.0\).*w, x.*build the cost again"
        ) as problem:
            ask(cost)
        assert isinstance(problem.value, ValueError)
    w.data = 3.0
    explain(cost)


def test_errors_of_the_pass_and_wrong_arguments() -> None:
    with pytest.raises(DerivativeError, match="sqrt"):
        explain(Value(0.0, "x").sqrt())
    wrong: Any = 3.0
    with pytest.raises(TypeError, match="explain takes the Value"):
        explain(wrong)
    with pytest.raises(ValueError, match="constant"):
        explain(constant(3.0))
    x = Value(2.0, "x")
    with pytest.raises(DerivativeError, match="gradient must be finite"):
        explain(x * x, math.inf)
    with pytest.raises(TypeError, match="takes a Value"):
        explain(x * x).of(wrong)
    with pytest.raises(ValueError, match="was not computed from"):
        explain(x * x).of(Value(1.0))


def test_what_is_long_is_shortened_and_says_so() -> None:
    x = y = Value(1.0, "x")
    for _ in range(300):
        y = y + 1
    assert "... and 100 more rows" in str(explain(y))
    assert len(explain(y).table().rows) == 300
    batch = sum((x * k for k in range(20)), Value(0.0))
    assert "... (12 more)" in str(explain(batch).of(x))
    assert "v300 <- v299 <- v298 <- v297 <- v296 <- (291 more) <- v4" in str(paths(y, x))
    assert str(explain(x * -1 - x * 2).of(x)).splitlines()[-2].strip() == "= -2 - 1"


def test_a_leaf_explains_itself() -> None:
    x = Value(2.0, "x")
    explanation = explain(x)
    assert explanation.to_dict() == {
        "steps": [],
        "nodes": [{"id": 0, "label": "x", "op": None, "data": 2.0, "grad": 1.0}],
        "carried": [],
    }
    assert "where the pass starts" in str(explanation)


def test_why_is_this_grad_what_it_is() -> None:
    a, b, c = Value(2.0, "a"), Value(-3.0, "b"), Value(10.0, "c")
    d = a * b + c
    e = d * Value(-2.0, "f")
    d.label, e.label = "d", "L"
    e.backward()
    explanation = explain(e)
    assert str(explanation.of(d)).splitlines() == ["dL/dd = dL/dL * dL/dd", "      = 1 * f", "      = 1 * (-2)", "      = -2"]
    assert explanation.of(b).grad == b.grad == -4.0
    b.grad += 1.5
    assert str(explain(e).of(b)).splitlines()[-1] == "b.grad = -4 + 1.5 carried from other passes = -2.5"


@given(graphs())
@settings(deadline=None)
def test_accounts_hold_every_contribution(graph: tuple[Value, list[Value]]) -> None:
    root, _ = graph
    root.backward()
    explanation = explain(root)
    for node in explanation.adjoints:
        if node.op is not CONSTANT:
            account = explanation.of(node)
            start = 1.0 if node is root else 0.0
            assert sum([edge.contribution for edge in account.terms], start) + account.carried == node.grad
            assert str(account)
            assert account.to_latex().count("{") == account.to_latex().count("}")


def test_a_worksheet_leaves_the_answers_out_and_its_key_has_them() -> None:
    x, y = Value(1.5, "x"), Value(-7.25, "y")
    sheet = explain((x * y).tanh()).blank()
    assert sheet.answers == [1.0, *sheet.answers[1:]]
    assert len(sheet.key.rows) == len(sheet.answers) == str(sheet.table).count("____")
    columns = [row[5] for row in sheet.table.rows]
    assert columns == ["1 - v2*v2", "y", "x"]
    assert f"{sheet.answers[-1]:.6g}" not in str(sheet.table)
    assert "-7.25" in str(sheet)  # what is given stays


class Tags(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: Any) -> None:  # noqa: ARG002
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def test_labels_are_text_everywhere() -> None:
    hostile = "</td><script>alert(1)</script>\n\x1b[31m\u202e$&_\\"
    x = Value(2.0, hostile)
    explanation = explain(x * x)
    for shown in (explanation._repr_html_(), explanation.of(x)._repr_html_(), paths(x * x, x)._repr_html_()):
        tags = Tags(shown)
        assert "script" not in tags.tags
        assert "<script>alert(1)</script>" in tags.text
    assert all(ch not in str(explanation) + str(explanation.blank()) for ch in "\x1b\u202e")
    assert all(ch not in str(explanation.of(x)) + str(paths(x * x, x)) for ch in "\x1b\u202e")
    assert r"\$\&\_\textbackslash{}" in explanation.to_latex()


def test_a_console_of_few_characters_can_print_it(monkeypatch: pytest.MonkeyPatch) -> None:
    class Narrow:
        encoding = "cp1252"

    monkeypatch.setattr("sys.stdout", Narrow())
    text = str(explain(Value(1.0, "θ₁").tanh())) + str(Table(["a"], [["δ"]]))
    text.encode("cp1252")
    assert r"\u03b8" in text


# -- paths ------------------------------------------------------------------------------------------------------------------
def brute(root: Value, leaf: Value) -> list[list[Value]]:
    if root is leaf:
        return [[root]]
    return [[root, *rest] for x in root.parents for rest in brute(x, leaf)]


@given(graphs())
@settings(deadline=None)
def test_paths_are_all_paths_and_sum_to_the_grad(graph: tuple[Value, list[Value]]) -> None:
    root, leaves = graph
    for leaf in leaves:
        if len(brute(root, leaf)) <= 10_000:
            found = paths(root, leaf)
            assert [list(path.nodes) for path in found] == brute(root, leaf)
            assert all(path.product == math.prod(path.factors, start=1.0) for path in found)
            scale = sum(abs(path.product) for path in found)
            assert found.total == pytest.approx(explain(root).adjoints.get(leaf, 0.0), rel=1e-12, abs=1e-12 * scale)


def test_too_many_paths_are_counted_and_refused() -> None:
    x = y = Value(1.0, "x")
    for _ in range(13):
        y = y + y
    assert len(paths(y, x)) == 8192
    y = y + y
    with pytest.raises(TooManyPathsError, match=r"16,384 paths .* at most 10,000"):
        paths(y, x)
    for _ in range(200):
        y = y + y
    with pytest.raises(TooManyPathsError, match="more than"):
        paths(y, x)


def test_a_path_may_be_longer_than_python_recurses() -> None:
    x = y = Value(1.0, "x")
    for _ in range(20_000):
        y = y + 1
    (path,) = paths(y, x)
    assert (len(path.nodes), path.product) == (20_001, 1.0)


def test_paths_that_cancel_are_shown_as_such() -> None:
    x, y = Value(3.0, "x"), Value(2.0, "y")
    found = paths(x * y - y * x + x, x)
    assert found.cancelling == [(0, 1)]
    assert found.total == 1.0
    assert "cancels path 2" in str(found)
    assert "2 of 3 paths cancel in pairs" in str(found)
    together = paths(x * 3 - x - x * 2, x)
    assert together.total == 0.0
    assert "All paths cancel together" in str(together)


def test_a_path_that_carries_nothing_says_so() -> None:
    x = Value(-1.0, "x")
    assert "carries nothing" in str(paths(x.relu(), x))


def test_paths_is_a_sequence_and_knows_its_ends() -> None:
    x, y = Value(3.0, "x"), Value(1.0, "y")
    found = paths(x * x * x, x)
    assert found[-1].nodes == found[2].nodes
    assert [path.nodes for path in found[:2]] == [path.nodes for path in itertools.islice(found, 2)]
    with pytest.raises(IndexError):
        found[3]
    assert len(paths(x * x, y)) == 0
    assert "No path leads" in str(paths(x * x, y))
    assert paths(x, x)[0].product == 1.0
    with pytest.raises(TypeError, match="no constant"):
        paths(x * 2, constant(2.0))
