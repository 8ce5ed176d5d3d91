"""Homework: is a student's graph the expected one? `same` names the first node that differs; `compare` draws both with it lit.

pair   a node of the student's graph and the expected node that stands in its place, found operand by operand from the outputs
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from autograd.errors import number
from autograd.ops import CONSTANT
from autograd.reverse import adjoints, names, topological_order
from autograd.value import Value

Pair = tuple[Value, Value]
DRAWN = 60  # nodes; of a larger graph only the surroundings of the difference are drawn
_MARK = " (differs)"  # what is lit says so in words, too
_LIT = ' fillcolor="#ffd8d3" color="#b42318" penwidth=4 style=filled]'


@dataclass(frozen=True, eq=False)
class Comparison:
    """True where both are the same; printed, it is a sentence. `at` is the first pair that differs, or None."""

    sentence: str
    at: Pair | None = None

    def __bool__(self) -> bool:
        return self.at is None

    def __repr__(self) -> str:
        return self.sentence


def same(student: Value, expected: Value, *, tolerance: float = 1e-9, structure: bool = True) -> Comparison:
    """Whether two graphs have the same operations, values and gradients, and if not, the first node where they differ.

    Operations and values are compared from the inputs forward; gradients, d output / d node, from the output back. Where the
    student's backward pass has run, the `grad` that it left is what is compared. `structure=False` compares the outputs and
    the gradients of leaves that have the same label alone, however they were computed.

    Numbers are the same where they differ by at most `tolerance` times the larger, or `tolerance`. Writes no `grad`.

    >>> x, y = Value(2.0, "x"), Value(3.0, "y")
    >>> same(x * y + y, x * y + y)
    The same: 4 nodes, their values and their gradients.
    >>> same(x * x + y, x * y + y)
    The first difference is at v1 = mul(x, x): its 2nd operand is x, and y is expected.
    """
    for name, value in (("student", student), ("expected", expected)):
        if not isinstance(value, Value):
            raise TypeError(f"{name} must be a Value, and got the {type(value).__name__} {value!r:.60}")
    near = _near(number(tolerance, "tolerance"))
    called = names(topological_order(student))
    found = _first_difference(student, expected, near) if structure else None
    found = found or _first_gradient(student, expected, near, structure)
    if found is None:
        return Comparison(f"The same: {len(topological_order(student))} nodes, their values and their gradients.")
    pair, problem = found
    return Comparison(f"The first difference is at {_described(pair[0], called)}: {problem}.", pair)


def compare(student: Value, expected: Value, **options: Any) -> "SideBySide":
    """Both graphs side by side with the first node that differs lit in each; options as for `same`.

    >>> x = Value(2.0, "x")
    >>> compare(x * x, x + x)
    The first difference is at v1 = mul(x, x): its operation is mul, and add is expected.
    """
    return SideBySide(student, expected, same(student, expected, **options))


class SideBySide:
    """Two pictures and the sentence about them. It shows itself in a notebook; `save("x.html")` writes it."""

    def __init__(self, student: Value, expected: Value, comparison: Comparison) -> None:
        self.student, self.expected, self.comparison = student, expected, comparison

    def html(self) -> str:
        """Both as one piece of HTML."""
        at = self.comparison.at or (None, None)
        sides = (("yours", self.student, at[0]), ("expected", self.expected, at[1]))
        drawn = "".join(
            f'<figure style="margin:0;overflow:auto"><figcaption>{name}</figcaption>{_lit(root, node)}</figure>'
            for name, root, node in sides
        )
        columns = "display:grid;grid-template-columns:1fr 1fr;gap:1em"
        return f'<p>{escape(self.comparison.sentence)}</p><div style="{columns}">{drawn}</div>'

    def save(self, path: str | Path) -> Path:
        """Write it as a page of its own; the path must end in .html."""
        path = Path(path)
        if path.suffix.lower() != ".html":
            raise ValueError(f"path must end in .html, and got {str(path)!r}")
        head = '<!doctype html><html lang="en"><meta charset="utf-8"><title>Two graphs</title>'
        path.write_text(f"{head}<body>{self.html()}</body></html>\n", encoding="utf-8")
        return path

    def __repr__(self) -> str:
        return repr(self.comparison)

    def _repr_html_(self) -> str:
        return self.html()


def _pairs(student: Value, expected: Value) -> Iterator[Pair]:
    """Pairs, operands before the pair that uses them. Below a pair of different operations, nothing corresponds."""
    seen: set[Pair] = set()
    stack: list[tuple[Pair, bool]] = [((student, expected), False)]
    while stack:
        pair, done = stack.pop()
        if done:
            yield pair
        elif pair not in seen:
            seen.add(pair)
            stack.append((pair, True))
            a, b = pair
            if a.op is b.op and len(a.parents) == len(b.parents):
                stack += [(operands, False) for operands in zip(a.parents[::-1], b.parents[::-1], strict=True)]


def _first_difference(student: Value, expected: Value, near: Any) -> tuple[Pair, str] | None:
    """The first pair whose operation, operands or value differ, and how."""
    partner: dict[Value, Value] = {}
    expected_names = names(topological_order(expected))
    for a, b in _pairs(student, expected):
        if a.op is not b.op:
            return (a, b), f"its operation is {_kind(a)}, and {_kind(b)} is expected"
        for i, (x, y) in enumerate(zip(a.parents, b.parents, strict=True)):
            if x.op is None and y.op is None and x.label and y.label and x.label != y.label:
                return (a, b), f"its {_ordinal(i)} operand is {x.label}, and {y.label} is expected"
            if y.op is not CONSTANT and partner.setdefault(y, x) is not x:
                return (a, b), f"its {_ordinal(i)} operand is another node than before, and {expected_names[y]} is expected again"
        if a.op is None and a.label and b.label and a.label != b.label:
            if a is student:
                return (a, b), f"{b.label} is expected in its place"
        elif not near(a.data, b.data):  # of a wrong leaf, the node that uses it is the one to name
            return (a, b), f"its value is {a.data:.6g}, and {b.data:.6g} is expected"
    return None


def _first_gradient(student: Value, expected: Value, near: Any, structure: bool) -> tuple[Pair, str] | None:
    """The first pair whose gradient differs, on the way back from the output; without structure, leaves of the same label."""
    if not structure and not near(student.data, expected.data):
        return (student, expected), f"its value is {student.data:.6g}, and {expected.data:.6g} is expected"
    if student.op is CONSTANT or expected.op is CONSTANT:
        return None
    right = adjoints(expected)
    has_run = student.grad != 0.0
    ours = {node: node.grad for node in topological_order(student)} if has_run else adjoints(student)
    if structure:
        pairs = list(_pairs(student, expected))[::-1]
    else:
        labelled = {node.label: node for node in ours if node.op is None and node.label}
        wanted = [node for node in right if node.op is None and node.label]
        missing = next((node for node in wanted if node.label not in labelled), None)
        if missing is not None:
            return (student, missing), f"it was not computed from {missing.label}"
        pairs = [(labelled[node.label], node) for node in wanted]
    for a, b in pairs:
        if a.op is not CONSTANT and not near(ours[a], right[b]):
            return (a, b), f"its gradient is {ours[a]:.6g}, and {right[b]:.6g} is expected"
    return None


def _near(tolerance: float) -> Any:
    return lambda a, b: math.isclose(a, b, rel_tol=tolerance, abs_tol=tolerance)


def _kind(node: Value) -> str:
    if node.op is CONSTANT:
        return f"the number {node.data:g}"
    return f"none (the leaf {node.label or node.data})" if node.op is None else node.op.name


def _described(node: Value, called: Any) -> str:
    if not node.parents or node.op is None:
        return str(called[node])
    return f"{called[node]} = {node.op.name}({', '.join(called[x] for x in node.parents)})"


def _ordinal(i: int) -> str:
    return ("1st", "2nd", "3rd")[i]


def _lit(root: Value, node: Value | None) -> str:
    """The graph as SVG, with one node lit."""
    from autograd.picture import draw
    from autograd.render import Picture

    large = len(topological_order(root)) > DRAWN
    if node is None:
        return draw(root).svg()
    label, node.label = node.label, f"{node.label or 'here'}{_MARK}"
    try:
        picture = draw(node, depth=3, clusters=False) if large else draw(root, collapse=False, clusters=False)
    finally:
        node.label = label
    lines = [line[:-1] + _LIT if _MARK in line.partition("tooltip")[0] else line for line in picture.source.split("\n")]
    return Picture("\n".join(lines), picture.alt, picture.caption).svg()
