"""The page: a graph as one self-contained HTML file in which a reader steps through both passes, asks why, and what if.

Python lays the graph out and writes the data; the scripts and styles are plain files in `assets`, put into the page when it is
saved. The page's arithmetic is the op table, read with symbols and written as JavaScript.

    rules     the op table's rules as JavaScript, for the ops that occur
    layout    where Graphviz puts nodes and edges, in points
    policy    the Content-Security-Policy: nothing but the page's own script and style, and no network
"""

import base64
import hashlib
import json
import math
import re
from collections.abc import Container, Iterable, Sequence
from functools import cache
from html import escape
from importlib.resources import files
from pathlib import Path
from types import BuiltinFunctionType
from typing import Any

from autograd import formula
from autograd.formula import Symbol
from autograd.ledger import Explanation, explain
from autograd.notation import JAVASCRIPT
from autograd.ops import CONSTANT, TABLE, Op
from autograd.outline import kinds, outline, part
from autograd.picture import draw
from autograd.render import Picture, short, visible
from autograd.value import Value

MOST = 1000  # nodes that a page shows one by one
SCRIPTS = ("numbers", "graph", "elements", "picture", "words", "network", "film", "what_if", "your_turn", "save", "player", "main")
_MATH = {"fabs": "abs"}  # what JavaScript's Math calls differently
_OURS = ("erfc",)  # what it lacks: in numbers.js
_POLICY = "default-src 'none'; img-src data: blob:; base-uri 'none'; form-action 'none'"
_WIDTH = 7.4  # of a character, in points


def explore(value: Value) -> "Page":
    """The graph of `value` as an interactive page: forward and backward pass step by step, what if, and a quiz.

    `.save(path)` writes one HTML file that opens from disk and needs no network. In a notebook the page shows itself.

    Raises what `explain` does (TypeError for what is no Value, StaleGraphError, ...), and RenderingError where no Graphviz runs.

    >>> x = Value(3.0, "x")
    >>> explore(x * x + x)
    <Page: v2 = 12 and its gradients, step by step>
    """
    data = graph_data(value)
    return Page(data, f"{data['nodes'][-1]['name']} = {value.data:g} and its gradients, step by step", draw(value))


class Page:
    """An interactive page about a graph. `html()` is its text.

    `picture` is what is shown in its place where no scripts run.
    """

    def __init__(self, data: dict[str, Any], title: str, picture: Picture) -> None:
        self.data, self.title, self.picture = data, title, picture

    def html(self) -> str:
        """The whole page as one text, without reference to any other file or address."""
        style, scripts = _asset("page.css"), [_asset(f"{name}.js") for name in SCRIPTS]
        script = "\n".join(['"use strict";', rules_in_javascript(_ops(self.data)), *scripts])
        parts = {
            "title": escape(self.title),
            "policy": f"{_POLICY}; script-src {_hash(script)}; style-src {_hash(style)}",
            "style": style,
            "script": script,
            "data": _json(self.data),
            "sentence": escape(self.title),
            "text": escape(self.text()),
            "generator": "blamegrad",
        }
        return re.sub(r"@(\w+)@", lambda found: parts[found[1]], _asset("page.html"))

    def save(self, path: str | Path) -> Path:
        """Write the page to `path`, an .html file. Answers the path."""
        path = Path(path)
        if path.suffix.lower() not in (".html", ".htm"):
            raise ValueError(f"path must end in .html, and got {str(path)!r}")
        path.write_text(self.html(), encoding="utf-8")
        return path

    def text(self) -> str:
        """The numbers of the page, for places that run no scripts."""
        lines = [
            (n["name"], f"{n['data']:.6g}", "" if n["grad"] is None else f"{n['grad']:.6g}")
            for n in self.data["nodes"]
            if n["named"]
        ]
        widths = [max(map(len, column)) for column in zip(("node", "data", "grad"), *lines, strict=True)]
        return "\n".join("  ".join(map(str.ljust, line, widths)).rstrip() for line in [("node", "data", "grad"), *lines])

    def __repr__(self) -> str:
        return f"<Page: {self.title}>"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:  # noqa: ARG002
        """What a notebook shows: the page in a frame of its own; a static picture and text for places that run no scripts."""
        page = self.html()
        frame = (
            f'<iframe srcdoc="{escape(page)}" sandbox="allow-scripts allow-downloads allow-popups allow-popups-to-escape-sandbox" '
            f'title="{escape(self.title)}" style="width:100%;height:720px;border:1px solid #8884;border-radius:8px"></iframe>'
        )
        return self.picture._repr_mimebundle_() | {"text/html": frame, "text/plain": f"{self!r}\n{self.text()}"}


def _ops(data: Any) -> list[str]:
    """The ops of a graph and of all graphs inside it."""
    inside = [name for other in data.get("inside", {}).get("graphs", []) for name in _ops(other)]
    return list(dict.fromkeys([*data["ops"], *inside]))


# -- data ------------------------------------------------------------------------------------------------------------------
def graph_data(root: Value) -> dict[str, Any]:
    """What the page is told: nodes with numbers, formulas and partials, and where they stand. JSON-ready."""
    account = explain(root)
    if len(account.adjoints) > MOST:
        return _collapsed(account)
    data = part_data(account, list(account.adjoints))
    return data | {"layout": layout([(*size_of(node), node["parents"]) for node in data["nodes"]])}


def part_data(account: Explanation, order: Sequence[Value], ends: Container[Value] = ()) -> dict[str, Any]:
    """The same, without a layout, of these nodes of the graph; `ends` are shown as if they were leaves."""
    kind, number = kinds(part(account.root), account.root), {node: i for i, node in enumerate(order)}
    edges = {step.node: {edge.position: edge.partial for edge in step.edges} for step in account.steps}
    formulas: dict[str, int] = {}
    nodes, used = [], {}
    for node in order:
        inner = node.op if node.parents and node not in ends else None
        if inner:
            used[inner.name] = inner
        operands = node.parents if inner else ()
        nodes.append(
            _node(account, node, kind[node])
            | {
                "op": inner.name if inner else None,
                "parents": [number[x] for x in operands],
                "partials": [edges[node].get(i) for i in range(len(operands))],
                "formulas": [formulas.setdefault(text, len(formulas)) for text in (_slopes(node) if inner else [])],
            }
        )
    return {
        "nodes": nodes,
        "ops": {name: {"symbol": op.symbol, "formula": str(formula.forward(op, _places(op)))} for name, op in used.items()},
        "formulas": list(formulas),
        "notice": "",
        "arithmetic": all(map(_has_javascript, used.values())),
    }


def _node(account: Explanation, node: Value, kind: str) -> dict[str, Any]:
    return {
        "name": visible(short(account.names[node])),
        "named": bool(node.label),
        "kind": kind,
        "data": node.data,
        "grad": None if node.op is CONSTANT else account.adjoints[node],
        "carried": account.carried.get(node, 0.0),
    }


def _collapsed(account: Explanation) -> dict[str, Any]:
    """The same of a graph that is too large to show whole: collapsed as in a picture. An edge carries what all of its own do."""
    drawn, _ = outline(part(account.root), account.root, None)
    carries = {(step.node, edge.position): edge.contribution for step in account.steps for edge in step.edges}
    number, nodes = {node: i for i, node in enumerate(drawn)}, []
    for node in drawn:
        also = len(node.values) + len(node.inside) - 1
        sums = [math.fsum(carries.get(use, 0.0) for use in edge.uses) for edge in node.operands]
        nodes.append(
            _node(account, node.value, node.kind)
            | {
                "op": None,
                "parents": [number[edge.operand] for edge in node.operands],
                "partials": [None if edge.operand.value.op is CONSTANT else 1.0 for edge in node.operands],
                "formulas": [],
                "sums": sums,
                "also": f"and {also:,} more nodes" if also else node.kind,
            }
        )
        if node.value.op is not CONSTANT:
            nodes[-1]["grad"] = math.fsum(account.adjoints[value] for value in node.values)
    return {
        "nodes": nodes,
        "ops": {},
        "formulas": [],
        "layout": layout([(*size_of(node), node["parents"]) for node in nodes]),
        "notice": f"{len(account.adjoints):,} nodes, collapsed: a node stands for all that is folded into it, with the data of one "
        "and the sum of grads; an edge carries the sum of its own. To see every node, explore a smaller part.",
        "arithmetic": False,
    }


def _slopes(node: Value) -> list[str]:
    """The formula of each partial at this point, with places for the names of the operands and of the result."""
    if node.op is None:
        return []
    at = [*(x.data for x in node.parents), node.data]
    return [str(formula.partial(node.op, i, _places(node.op), "⟨out⟩", at)) for i in range(len(node.parents))]


def _places(op: Op) -> list[str]:
    return [f"⟨{i}⟩" for i in range(len(op.partials))]


def size_of(node: dict[str, Any]) -> tuple[int, int]:
    """How large a node is drawn, in points: its name and its numbers must fit in."""
    room = len(node["name"]) + 2
    return (round(_WIDTH * max(4, room)), 26) if node["kind"] == "constant" else (round(_WIDTH * min(24, max(17, room))), 72)


# -- arithmetic ------------------------------------------------------------------------------------------------------------
def rules_in_javascript(used: Iterable[str]) -> str:
    """The rules of these rows as JavaScript, and of the rows that they are made of.

    >>> print(rules_in_javascript(["sigmoid"]).splitlines()[-1])
    const rules = { sigmoid: { forward: ops.sigmoid, partials: [(x, out) => out*(1.0 - out)] } };
    """
    needed = [TABLE[name] for name in used if name in TABLE]
    functions: dict[str, str] = {}
    written = []
    for op in needed:
        written.append(f"{op.name}: {{ forward: ops.{op.name}, partials: [{', '.join(_rules(op, functions))}] }}")
        _define(op, functions)
    definitions = [f"ops.{name} = {rule};" for name, rule in functions.items()]
    return "\n".join(["const ops = {};", *definitions, f"const rules = {{ {', '.join(written)} }};"])


def _rules(op: Op, functions: dict[str, str]) -> list[str]:
    operands = formula.operand_names(op)
    return [_function([*operands, "out"], formula.partial(op, i), functions) for i in range(len(op.partials))]


def _define(op: Op, functions: dict[str, str]) -> None:
    """Write the forward rule of a row, after those of the rows that it calls."""
    if op.name in functions:
        return
    if isinstance(op.forward, BuiltinFunctionType):
        name = op.forward.__name__
        functions[op.name] = f"{'' if name in _OURS else 'Math.'}{_MATH.get(name, name)}"
    else:
        functions[op.name] = ""  # keeps its place before those that call it
        functions[op.name] = _function(formula.operand_names(op), formula.definition(op), functions)


def _function(operands: Sequence[str], rule: Symbol, functions: dict[str, str]) -> str:
    stack = [rule]
    while stack:
        symbol = stack.pop()
        if symbol.name in TABLE and symbol.operands and symbol.name not in JAVASCRIPT.templates:
            _define(TABLE[symbol.name], functions)
        stack.extend(symbol.operands)
    return f"({', '.join(operands)}) => {JAVASCRIPT.write(rule)}"


def _has_javascript(op: Op) -> bool:
    """A row of the user's own may use functions that know floats only: such a graph is shown, and not computed again."""
    if TABLE.get(op.name) is not op:
        return False
    if isinstance(op.forward, BuiltinFunctionType):
        return op.forward.__name__ in _OURS or hasattr(math, op.forward.__name__)
    symbols = [Symbol(name) for name in (*formula.operand_names(op), "out")]
    try:
        [op.forward(*symbols[:-1]) for _ in range(op.name != "where")] + [rule(*symbols) for rule in op.partials if rule]
    except TypeError:
        return False
    return True


# -- layout ----------------------------------------------------------------------------------------------------------------
def layout(nodes: Sequence[tuple[int, int, Sequence[int]]]) -> dict[str, Any]:
    """Where Graphviz puts nodes of these widths, heights and operands: boxes [x, y, width, height] and routes of the edges.

    Only the shape of the graph goes to Graphviz, no label.

    >>> layout([(60, 26, []), (60, 26, [0, 0])])["boxes"][0][2:]
    [60, 26]
    """
    lines = [f'n{i} [id="n{i}" width={width / 72:.3f} height={height / 72:.3f}]' for i, (width, height, _) in enumerate(nodes)]
    lines += [f'n{x} -> n{i} [id="e{i}_{k}"]' for i, (_, _, operands) in enumerate(nodes) for k, x in enumerate(operands)]
    head = 'rankdir=LR nodesep=0.22 ranksep=1 ordering=in node [shape=box fixedsize=true label=""] edge [arrowhead=none]'
    drawn = Picture(f"digraph {{ {head}\n" + "\n".join(lines) + "\n}", "layout").svg()
    found = re.search(r'viewBox="[\d.]+ [\d.]+ ([\d.]+) ([\d.]+)"', drawn)
    shift = re.search(r"translate\(([-\d.]+) ([-\d.]+)\)", drawn)
    assert found, "Graphviz answers SVG with a size"
    assert shift, "Graphviz answers SVG with a size"
    dx, dy = float(shift[1]), float(shift[2])
    shapes = re.findall(
        r'<g id="(n|e)(\d+)_?(\d*)"[^>]*>\s*(?:<g[^>]*>|<a[^>]*>|\s)*<(?:polygon|path)[^>]*? (?:points|d)="([^"]*)"', drawn
    )
    boxes, routes = [[0, 0, 0, 0]] * len(nodes), []
    for what, i, k, text in shapes:
        numbers = [float(x) for x in re.findall(r"-?[\d.]+", text)]
        xs, ys = [x + dx for x in numbers[::2]], [y + dy for y in numbers[1::2]]
        if what == "n":
            boxes[int(i)] = [round((min(xs) + max(xs)) / 2), round((min(ys) + max(ys)) / 2), *nodes[int(i)][:2]]
        else:
            routes.append([int(i), int(k), *(round(x) for pair in zip(xs, ys, strict=True) for x in pair)])
    return {"size": [round(float(found[1])), round(float(found[2]))], "boxes": boxes, "routes": routes}


# -- text ------------------------------------------------------------------------------------------------------------------
@cache
def _asset(name: str) -> str:
    return files("autograd").joinpath("assets", name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _json(data: Any) -> str:
    r"""JSON that is safe inside a page: no text in it can end the script element; NaN and infinity, which JSON lacks, are strings.

    >>> print(_json(["</script>", float("inf")]))
    ["\u003c/script>","Infinity"]
    """
    return json.dumps(_finite(data), separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")


def _finite(data: Any) -> Any:
    if isinstance(data, float) and not math.isfinite(data):
        return "NaN" if math.isnan(data) else "Infinity" if data > 0 else "-Infinity"
    if isinstance(data, dict):
        return {key: _finite(x) for key, x in data.items()}
    return [_finite(x) for x in data] if isinstance(data, list) else data
