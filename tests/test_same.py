"""Homework: two graphs that are the same, and the first node where they are not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import Value
from autograd.check import compare, same


def leaves(**data):
    return [Value(x, name) for name, x in data.items()]


def neuron(w=-3.0, x=2.0, b=6.7, f=lambda z: z.tanh()):
    w, x, b = leaves(w=w, x=x, b=b)
    return f(w * x + b)


def test_the_same_formula_is_the_same():
    assert same(neuron(), neuron())
    assert str(same(neuron(), neuron())) == "The same: 6 nodes, their values and their gradients."


@pytest.mark.parametrize(
    ("student", "sentence"),
    [
        (lambda: neuron(f=lambda z: z.sigmoid()), "operation is sigmoid, and tanh is expected"),
        (lambda: neuron(w=-2.0), "at w: its value is -2, and -3 is expected"),
        (lambda: neuron(f=lambda z: (2.0 * z).tanh()), r"at v2 = mul\(2, v1\)|operation is mul, and add is expected"),
        (lambda: neuron(f=lambda z: z), "operation is add, and tanh is expected"),
        (lambda: neuron().detach(), "operation is the number .*, and tanh is expected"),
    ],
)
def test_the_first_difference_is_named(student, sentence):
    found = same(student(), neuron())
    assert not found
    with pytest.raises(AssertionError, match=sentence):
        assert found, str(found)


def test_another_leaf_in_its_place_is_named():
    x, y = leaves(x=2.0, y=2.0)
    assert "2nd operand is x, and y is expected" in str(same(x * x, x * y))


def test_a_leaf_made_twice_is_no_leaf_used_twice():
    x = Value(2.0)
    assert "another node than before" in str(same(Value(2.0) * Value(2.0), x * x))


def test_a_wrong_backward_pass_is_found_on_its_way_back():
    right, wrong = neuron(), neuron()
    wrong.backward()
    assert same(wrong, right)
    total = wrong.parents[0]
    for node in (total, *total.parents):
        node.grad *= 2.0
    assert "at v2 = add(v1, b): its gradient is" in str(same(wrong, right))


def test_without_structure_only_values_and_gradients_count():
    w, x = leaves(w=2.0, x=3.0)
    expected = w * x + x
    v, y = leaves(w=2.0, x=3.0)
    assert not same((v + 1.0) * y, expected)
    assert same((v + 1.0) * y, expected, structure=False)
    assert "its gradient is" in str(same((v.detach() + 1.0) * y + v - v.detach(), expected, structure=False))
    assert "not computed from w" in str(same(y * 3.0, expected, structure=False))
    assert "its value is 10" in str(same(v * y + 4.0, expected, structure=False))


@given(st.floats(-10, 10), st.floats(-10, 10))
def test_it_writes_no_grad(a, b):
    x, y = leaves(x=a, y=b)
    out = x * y + x
    same(out, x * y + x)
    assert x.grad == y.grad == out.grad == 0.0


def test_long_graphs_are_no_recursion():
    def chain(n):
        out = Value(0.5, "x")
        for _ in range(n):
            out = out * 1.0
        return out

    assert same(chain(20_000), chain(20_000))


def test_both_are_drawn_with_the_difference_lit(tmp_path):
    page = compare(neuron(f=lambda z: z.sigmoid()), neuron()).save(tmp_path / "two.html").read_text(encoding="utf-8")
    assert page.count("<svg") == 2
    assert page.count("#b42318") >= 2
    assert page.count("(differs)") >= 2
    assert "tanh is expected" in page
    student = neuron(w=-2.0)
    compare(student, neuron()).html()
    assert student.parents[0].parents[0].parents[0].label == "w"


def test_what_is_no_value_is_refused(tmp_path):
    with pytest.raises(TypeError, match="student must be a Value"):
        same(3.0, neuron())
    with pytest.raises(ValueError, match=r"end in \.html"):
        compare(neuron(), neuron()).save(tmp_path / "x.svg")
