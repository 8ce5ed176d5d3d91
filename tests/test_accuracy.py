"""Every row of the table against mpmath at 50 digits, over the whole float64 range: values, partials, second derivatives."""

import math
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mpmath import mp

from autograd import Value, gradients
from autograd.ops import TABLE, Op
from benchmarks.accuracy import COLUMNS, ORACLE, Error, described, distance, measure, points, truth

ROWS = pytest.mark.parametrize("op", TABLE.values(), ids=TABLE)
ULP_OF_1 = 2.0**-52

# What is further off than 2 ULP, and why it must be: the largest error in ULP, and where it is met.
FORBIDDEN: dict[str, tuple[float, Callable[[float], bool], str]] = {
    "tan": (50.0, lambda x: abs(x) > 1e200, "glibc's reduction of such arguments loses digits next to a pole"),
    "gelu": (3000.0, lambda x: x < -0.5, "erfc magnifies the rounding of x / sqrt(2): x*x times, of a value next to nothing"),
}


@ROWS
def test_every_row_has_an_oracle(op: Op) -> None:
    assert op.name in ORACLE, f"write the definition of {op.name} with mpmath in benchmarks/accuracy.py"
    assert len(ORACLE[op.name]) == 1 + len(op.partials)


@pytest.fixture(scope="module")
def measured() -> Callable[[Op], list[Error]]:
    known: dict[str, list[Error]] = {}

    def errors(op: Op) -> list[Error]:
        if op.name not in known:
            known[op.name] = measure(op, many=150)
        return known[op.name]

    return errors


@ROWS
def test_values_are_within_2_ulp(op: Op, measured: Callable[[Op], list[Error]]) -> None:
    value = measured(op)[0]
    if value.ulp > 2.0:
        bound, there, why = FORBIDDEN[op.name]
        assert value.ulp < bound, why
        assert there(value.operands[0]), why


@ROWS
def test_partials_are_within_4_ulp_or_the_ulp_of_1(op: Op, measured: Callable[[Op], list[Error]]) -> None:
    for partial in measured(op)[1:]:
        if partial.ulp > 4.0 and partial.absolute > ULP_OF_1:
            assert op.name == "tan"
            assert abs(partial.operands[0]) > 1e200


@ROWS
def test_a_finite_result_is_never_refused_and_none_is_made_up(op: Op, measured: Callable[[Op], list[Error]]) -> None:
    for error in measured(op):
        assert not error.refused
        assert not error.made_up


def test_the_exceptions_are_in_the_tails_alone() -> None:
    for name in FORBIDDEN:
        for x in (1e-300, -0.3, 0.1, 0.7, 1.5, 3.0, 10.0, 1e5, 1e100):
            definition = ORACLE[name][0]
            assert definition is not None
            assert distance(TABLE[name](x), truth(definition, (x,)))[0] <= 2.0


def _bits(rule: Callable[[], Any]) -> bytes | str:
    """The bits of a number, or that there is none."""
    try:
        got = rule()
    except (ArithmeticError, ValueError):
        return "none"
    number: float = got.data if isinstance(got, Value) else got
    return struct.pack("d", number) if math.isfinite(number) else "none"


@ROWS
def test_partials_read_with_values_have_the_bits_of_those_read_with_floats(op: Op) -> None:
    for operands in points(op, many=60):
        if _bits(lambda: op(*operands)) == "none":  # noqa: B023  (called at once)
            continue
        values = [Value(x) for x in operands]
        if op.name == "where":
            values[0] = values[0].detach()
        node = op(*values)
        for fast, rule in zip(op.partials_floats, op.partials, strict=True):
            if rule is not None:
                with_floats = _bits(lambda: fast(*operands, node.data))  # noqa: B023
                assert _bits(lambda: rule(*values, node)) == with_floats, (operands, rule)  # noqa: B023


@ROWS
def test_second_derivatives_through_gradients(op: Op) -> None:
    for point in op.at:
        for i, first in enumerate(ORACLE[op.name][1:]):
            for j in range(len(point)):
                if first is None or ORACLE[op.name][1 + j] is None:
                    continue
                leaves = [Value(x) if rule else x for x, rule in zip(point, op.partials, strict=True)]
                (slope,) = gradients(op(*leaves), [leaves[i]])  # type: ignore[list-item]  # a leaf, since it has a partial
                (second,) = gradients(slope, [leaves[j]])  # type: ignore[list-item]
                with mp.workdps(50):
                    exact = mp.diff(first, tuple(map(mp.mpf, point)), tuple(int(k == j) for k in range(len(point))))
                assert second.data == pytest.approx(float(exact), rel=1e-13, abs=1e-13)


@pytest.mark.parametrize("name", ["tanh", "sigmoid", "exp", "sin", "silu", "gelu", "softplus", "erfc", "atan", "log1p"])
@pytest.mark.parametrize("order", [3, 4, 5])
def test_higher_orders_at_and_beside_0(name: str, order: int) -> None:
    """At 0 a guard written with abs or min would cut the derivatives of higher order."""
    for at in (0.0, 0.7):
        x = Value(at)
        node = TABLE[name](x)
        for _ in range(order):
            (node,) = gradients(node, [x])
        definition = ORACLE[name][0]
        with mp.workdps(50):
            exact = mp.diff(definition, mp.mpf(at), order)
        assert node.data == pytest.approx(float(exact), rel=1e-12, abs=1e-12)


def test_powers_of_any_order() -> None:
    x = Value(-2.0)
    node = x**5
    for expected in (5 * 16.0, 20 * -8.0, 60 * 4.0, 120 * -2.0, 120.0, 0.0):
        (node,) = gradients(node, [x])
        assert node.data == expected


def test_operations_md_is_current() -> None:
    """All but the measured errors, which are the machine's."""
    text = (Path(__file__).parent.parent / "OPERATIONS.md").read_text(encoding="utf-8")
    header, _, *rows = [[cell.strip() for cell in line[1:-1].split(" | ")] for line in text.splitlines() if line.startswith("|")]
    assert header == COLUMNS
    assert [cells[:-2] for cells in rows] == [described(op) for op in TABLE.values()], (
        "write it: python -m benchmarks.accuracy --write"
    )
    assert all(all(cells[-2:]) for cells in rows)
