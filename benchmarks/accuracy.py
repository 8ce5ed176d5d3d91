"""How far every row of the op table is from the truth, in ULP: `python -m benchmarks.accuracy` prints it.

The truth is mpmath at 50 digits, from definitions of its own (ORACLE): never a rule of the table. The points cover the
float64 range by exponent, subnormal numbers included, and crowd where a row is hard: next to its singularities, zeros and
branches. `--write` writes OPERATIONS.md, the documentation's table of every row, with the errors measured here.

    ULP    the gap between neighbouring floats at the true result: 0.5 is perfect rounding
"""

import argparse
import math
import platform
import random
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

import mpmath
from mpmath import mp, mpf

from autograd import formula
from autograd.errors import OpError
from autograd.ops import TABLE, Op, row

# ruff: noqa: ARG005  (a derivative takes all operands, used or not)

DIGITS = 50
Truth = Callable[..., Any]


def _sigmoid(x: Any) -> Any:
    return 1 / (1 + mp.exp(-x))


def _erfc(x: Any) -> Any:
    return mp.erfc(min(x, mpf(200)))  # erfc(200) is 1e-17375: mpmath cannot go on to 1e200, and need not


def _bell(x: Any) -> Any:
    return mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi)


def _power_by_base(x: Any, y: Any) -> Any:
    if y == 0:
        return mpf(0)
    return y * mp.power(x, y - 1) if x == 0 else y * mp.power(x, y) / x  # 50 digits do not hold 1e300 - 1


def _power_by_exponent(x: Any, y: Any) -> Any:
    return mpf(0) if x == 0 and y >= 0 else mp.power(x, y) * mp.log(x)


def _step(a: Any, b: Any) -> Any:
    return (mp.sign(a - b) + 1) / 2


# What each row is: its value, then its derivative by each operand (None: a condition has none). At a kink, what was decided.
ORACLE: dict[str, tuple[Truth | None, ...]] = {
    "where": (lambda c, a, b: a if c else b, None, lambda c, a, b: int(c != 0), lambda c, a, b: int(c == 0)),
    "pos": (lambda x: x, lambda x: 1),
    "neg": (lambda x: -x, lambda x: -1),
    "add": (lambda x, y: x + y, lambda x, y: 1, lambda x, y: 1),
    "sub": (lambda x, y: x - y, lambda x, y: 1, lambda x, y: -1),
    "mul": (lambda x, y: x * y, lambda x, y: y, lambda x, y: x),
    "div": (lambda x, y: x / y, lambda x, y: 1 / y, lambda x, y: -x / y**2),
    "abs": (abs, mp.sign),
    "maximum": (max, _step, lambda x, y: _step(y, x)),
    "minimum": (min, lambda x, y: _step(y, x), _step),
    "pow": (mp.power, _power_by_base, _power_by_exponent),
    "sqrt": (mp.sqrt, lambda x: 1 / (2 * mp.sqrt(x))),
    "exp": (mp.exp, mp.exp),
    "expm1": (mp.expm1, mp.exp),
    "log": (mp.log, lambda x: 1 / x),
    "log1p": (mp.log1p, lambda x: 1 / (1 + x)),
    "sin": (mp.sin, mp.cos),
    "cos": (mp.cos, lambda x: -mp.sin(x)),
    "tan": (mp.tan, lambda x: mp.sec(x) ** 2),
    "asin": (mp.asin, lambda x: 1 / mp.sqrt(1 - x * x)),
    "acos": (mp.acos, lambda x: -1 / mp.sqrt(1 - x * x)),
    "atan": (mp.atan, lambda x: 1 / (1 + x * x)),
    "atan2": (
        mp.atan2,
        lambda y, x: x / (x * x + y * y) if x or y else mpf(0),
        lambda y, x: -y / (x * x + y * y) if x or y else mpf(0),
    ),
    "sinh": (mp.sinh, mp.cosh),
    "cosh": (mp.cosh, mp.sinh),
    "tanh": (mp.tanh, lambda x: mp.sech(x) ** 2),
    "erfc": (_erfc, lambda x: -2 / mp.sqrt(mp.pi) * mp.exp(-x * x)),
    "sigmoid": (_sigmoid, lambda x: _sigmoid(x) * _sigmoid(-x)),
    "relu": (lambda x: max(x, mpf(0)), lambda x: int(x > 0)),
    "leaky_relu": (lambda x: x if x > 0 else mpf(0.01) * x, lambda x: 1 if x > 0 else mpf(0.01)),
    "elu": (lambda x: x if x > 0 else mp.expm1(x), lambda x: 1 if x > 0 else mp.exp(x)),
    "softplus": (lambda x: mp.log1p(mp.exp(x)) if x < 100 else x + mp.exp(-x), _sigmoid),
    "silu": (lambda x: x * _sigmoid(x), lambda x: _sigmoid(x) * (1 + x * _sigmoid(-x))),
    "gelu": (lambda x: x * _erfc(-x / mp.sqrt(2)) / 2, lambda x: _erfc(-x / mp.sqrt(2)) / 2 + x * _bell(x)),
}

# Where a row is hard, beside what all rows are asked.
HARD: dict[str, list[float]] = {
    "log1p": [-1.0], "tan": [k * math.pi / 2 for k in range(-9, 10)] + [1e5 * math.pi, 6381956970095103.0 * 2.0**797],
    "asin": [-1.0, 1.0], "acos": [-1.0, 1.0], "exp": [-745.0, 709.7], "tanh": [0.55, 19.0, 22.0], "erfc": [0.84, 1.25, 6.0, 26.5],
    "silu": [-1.2784645427610738, -700.0, -708.0, -745.0], "gelu": [-0.7517915246935645, -0.84, -1.25, -37.0],
    "sigmoid": [-708.0, -745.0, 37.0], "softplus": [-708.0, 37.0],
}  # fmt: skip
SPECIAL = [
    0.0,
    5e-324,
    2.2250738585072014e-308,
    1e-300,
    1e-8,
    0.25,
    0.5,
    1.0,
    1.5,
    2.0,
    3.0,
    0.1,
    10.0,
    1e8,
    1e154,
    1e300,
    sys.float_info.max,
]


def _neighbours(x: float) -> Iterator[float]:
    """x, the floats next to it, and floats ever further off."""
    yield from (x, math.nextafter(x, math.inf), math.nextafter(x, -math.inf))
    for k in range(4, 50, 5):
        yield from (x * (1 + 2.0**-k), x * (1 - 2.0**-k), x + 2.0**-k)


def _random_float(dice: random.Random) -> float:
    """Any finite float, each exponent alike; every other one of ordinary size."""
    size = 2.0 ** dice.randint(-1074, 1022) if dice.random() < 0.5 else 2.0 ** dice.uniform(-8, 8)
    return dice.choice([-1.0, 1.0]) * dice.uniform(1.0, 2.0) * size


def points(op: Op, many: int, seed: int = 1) -> list[tuple[float, ...]]:
    """Operands to try `op` at: its own `at`, the special and hard ones with their neighbours, and `many` random ones."""
    dice = random.Random(f"{op.name} {seed}")
    arity = len(op.partials)
    special = [s * x for x in SPECIAL for s in (1.0, -1.0)]
    if op.name == "atan2":
        special = [x for x in special if str(x) != "-0.0"]  # mpmath has no signed zero
    chosen = list(op.at) + list(product(special, repeat=arity) if arity < 3 else [(float(c), 2.0, -3.0) for c in (0, 1)])
    if arity == 1:
        chosen += [(near,) for x in HARD.get(op.name, []) for near in _neighbours(x)]
    chosen += [tuple(_random_float(dice) for _ in range(arity)) for _ in range(many)]
    for _ in range(many if arity == 2 else 0):  # alike in size, and, for powers, results that neither vanish nor overflow
        x = abs(_random_float(dice))
        chosen += [
            (x, x * dice.uniform(0.5, 2.0)),
            (x, dice.uniform(-745.0, 709.0) / math.log(x)),
            (-x, float(dice.randint(-9, 9))),
        ]
    return chosen


def truth(definition: Truth, operands: tuple[float, ...]) -> Any:
    """The exact result in 50 digits, or None where there is no finite real number."""
    with mp.workdps(DIGITS):
        try:
            exact = mpmath.mpmathify(definition(*map(mpf, operands)))
        except (ZeroDivisionError, ValueError):
            return None
        return exact if isinstance(exact, mpf) and mp.isfinite(exact) else None


def fits(exact: Any) -> bool:
    """Whether the nearest float is finite."""
    return exact is not None and bool(abs(exact) < mpf(2) ** 1024 - mpf(2) ** 970)


def distance(got: float, exact: Any) -> tuple[float, float]:
    """How far `got` is from the truth: in ULP of the truth, and absolutely."""
    off = abs(mpf(got) - exact)
    return float(off / mpf(math.ulp(float(exact)))), float(off)


@dataclass
class Error:
    """The largest error met: in ULP, and, of the results that are more than 4 ULP off, absolutely; with the operands."""

    ulp: float = 0.0
    absolute: float = 0.0
    operands: tuple[float, ...] = ()
    refused: list[tuple[float, ...]] = field(default_factory=list)  # an error where there is a finite result
    made_up: list[tuple[float, ...]] = field(default_factory=list)  # a number where there is none

    def meet(self, got: float | None, exact: Any, operands: tuple[float, ...]) -> None:
        """Count one result; None for an error."""
        if got is None or not fits(exact):
            if got is None and fits(exact):
                self.refused.append(operands)
            if got is not None and not fits(exact):
                self.made_up.append(operands)
            return
        ulp, absolute = distance(got, exact)
        if ulp > self.ulp:
            self.ulp, self.operands = ulp, operands
        if ulp > 4.0:
            self.absolute = max(self.absolute, absolute)

    def __str__(self) -> str:
        return f"{self.ulp:.2f}" if self.ulp <= 4.0 else f"{self.ulp:.2g} (absolute: {self.absolute:.1e})"


def _partial(op: Op, number: int, operands: tuple[float, ...], out: float) -> float | None:
    """The partial as the backward pass reads it: None where that would raise."""
    try:
        partial: float = op.partials_floats[number](*operands, out)
    except (ArithmeticError, ValueError):
        return None
    return partial if math.isfinite(partial) else None


def measure(op: Op, many: int, seed: int = 1) -> list[Error]:
    """The errors of a row: of its value, then of each partial (a partial is asked where the value is finite)."""
    definitions = ORACLE[op.name]
    errors = [Error() for _ in definitions]
    for operands in points(op, many, seed):
        assert definitions[0] is not None
        exact = truth(definitions[0], operands)
        try:
            out = op(*operands)
        except OpError:
            out = None
        errors[0].meet(out, exact, operands)
        for i, definition in enumerate(definitions[1:]):
            if out is not None and definition is not None:
                errors[i + 1].meet(_partial(op, i, operands, out), truth(definition, operands), operands)
    return errors


# -- OPERATIONS.md ---------------------------------------------------------------------------------------------------------
COLUMNS = [
    "row",
    "written",
    "defined as",
    "partials, one per operand",
    "needs",
    "decided",
    "error of the value",
    "error of the partials",
]
PREFACE = """# Operations

Written by `python -m benchmarks.accuracy --write` from the rows of `autograd/ops.py`; do not edit it by hand.

`out` is the result. Formulas leave out the guards against overflow that the rows have. A row without *needs* takes every finite
number; a result or derivative that is no finite number is an error that names the node. Two decisions hold for all rows: NaN
and infinity are refused outside of `allow_nan()`, and passed on inside; towards a constant no partial is computed.

Errors are the largest met against mpmath at 50 digits over the whole float64 range, in ULP (0.5 is perfect rounding). Partials
keep the textbook's form where its absolute error is at most 2**-52: where they are next to 0 they may lose relative digits, and
the absolute error stands in parentheses. What remains beyond 2 ULP: gelu below -0.5, where erfc magnifies the rounding of its
argument (the value is next to nothing there), and tan beyond 1e200, where the C library loses digits next to a pole.
"""


def described(op: Op) -> list[str]:
    """The cells of a row that follow from the row alone."""
    at = (*op.at[0], op(*op.at[0]))
    written, defined = str(formula.forward(op)), str(formula.definition(op))
    partials = [str(formula.partial(op, i, at=at)) for i, rule in enumerate(op.partials) if rule is not None]
    code = [f"`{text}`" for text in (op.name, written, defined)]
    return [*code[:2], code[2] * (defined != written), ", ".join(f"`{text}`" for text in partials), op.needs, op.decided]


def document(many: int) -> str:
    """OPERATIONS.md."""
    rows = [COLUMNS, ["---"] * len(COLUMNS)]
    for op in TABLE.values():
        value, *partials = map(str, measure(op, many))
        rows.append([*described(op), value, ", ".join(e for e, rule in zip(partials, op.partials, strict=True) if rule)])
    here = f"Measured with Python {platform.python_version()}, {' '.join(platform.libc_ver())}, {platform.machine()}."
    return "\n".join([PREFACE, here, "", *("| " + " | ".join(row) + " |" for row in rows)]) + "\n"


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rows", nargs="*", metavar="ROW", help="rows of the table (default: all)")
    parser.add_argument("--points", type=int, default=1000, help="random points for each row (default: 1000)")
    parser.add_argument("--write", action="store_true", help="write OPERATIONS.md")
    asked = parser.parse_args()
    if asked.write:
        Path("OPERATIONS.md").write_text(document(asked.points), encoding="utf-8")
        return
    for name in asked.rows or TABLE:
        for what, error in zip(["value", "by 1st", "by 2nd", "by 3rd"], measure(row(name), asked.points), strict=False):
            refused = f"; refused: {error.refused[:3]}" if error.refused else ""
            made_up = f"; no such number: {error.made_up[:3]}" if error.made_up else ""
            print(f"{name:10} {what:7} {error!s:28} at {error.operands}{refused}{made_up}")


if __name__ == "__main__":
    main()
