"""The graph as a picture: every Value, every operation, and what each edge carries backward.

>>> from autograd import Value
>>> x, y = Value(2.0, "x"), Value(-3.0, "y")
>>> cost = x * y
>>> cost.backward()
>>> draw(cost)
<Picture: Computation graph of v1 = -6: 3 values and 1 operation; gradients shown.>
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from autograd.ops import CONSTANT
from autograd.outline import Edge, Graph, Node, clusters, outline, part
from autograd.reading import Numbers, check_format, count
from autograd.render import Picture, left, short, text, visible
from autograd.reverse import topological_order
from autograd.value import Value

DIRECTIONS = {"LR": "ew", "RL": "we", "TB": "sn", "BT": "ns"}  # on which side of a node edges leave it, and where they arrive
LABELLED_EDGES = 40  # a collapsed picture with more edges has their numbers in tooltips alone
LONG = (
    8  # an edge over more levels than this is drawn from a copy of its operand: long lines are hard to follow, and slow to lay out
)

TIMES = "\N{MULTIPLICATION SIGN}"
INK, QUIET, BACKWARD = "#1f2328", "#57606a", "#b42318"
# Hue says what a thing is, and so does its shape. Text on each of these fills has a contrast above 7:1.
LOOKS: dict[str, dict[str, str]] = {
    "input": {"shape": "cds", "margin": "0.2,0.12", "fillcolor": "#ffe0b8", "color": "#b35900"},
    "parameter": {"shape": "note", "fillcolor": "#c9efea", "color": "#0f766e"},
    "leaf": {"shape": "box", "style": "filled", "fillcolor": "#dbe9fb", "color": "#2458a6"},
    "constant": {"shape": "underline", "fillcolor": "#ffffff", "color": "#57606a"},
    "value": {"shape": "box", "style": "filled,rounded", "fillcolor": "#f3f4f6", "color": "#57606a"},
    "output": {"shape": "box", "style": "filled,rounded", "peripheries": "2", "fillcolor": "#d3f2d3", "color": "#1a7f37"},
    "again": {"shape": "plaintext", "style": "", "fontcolor": QUIET},
}
FONT = {"fontname": "Helvetica,Arial,sans-serif"}
# white paper under dark text: readable on a dark page, too; nslimit bounds the time that Graphviz takes
GRAPH = FONT | {"bgcolor": "white", "fontsize": "12", "fontcolor": INK, "labelloc": "b", "labeljust": "l", "tooltip": " "}
GRAPH |= {"nslimit": "2", "nslimit1": "2"}
NODE = FONT | {"style": "filled", "fontsize": "11", "fontcolor": INK, "margin": "0.1,0.05", "height": "0.3"}
EDGE = FONT | {"fontsize": "9", "fontcolor": BACKWARD, "color": QUIET, "arrowsize": "0.6"}
_OP = {"shape": "circle", "fillcolor": "#ffffff", "color": INK, "width": "0.3", "height": "0.3", "margin": "0.02", "fontsize": "13"}
_LABELLED = {"nodesep": "0.28", "ranksep": "0.3"}
_CROWDED = {"nodesep": "0.12", "ranksep": "1.6", "splines": "line", "ordering": "in"}
_WORD = {"shape": "box", "style": "filled,rounded", "margin": "0.06,0.02"}
_MEANS = {
    "input": "input",
    "parameter": "parameter",
    "leaf": "leaf",
    "constant": "constant",
    "value": "computed value",
    "output": "output",
}


def draw(
    value: Value,
    *,
    direction: str = "LR",
    number_format: str = ".4g",
    depth: int | None = None,
    only: Value | Iterable[Value] = (),
    constants: bool = True,
    clusters: bool = True,
    collapse: bool | None = None,
    strength: bool = True,
) -> Picture:
    """The graph of `value` as a picture that shows itself in a notebook; `.save("x.svg")` writes it, `.source` is its DOT text.

    Each Value shows its label, data and, once the backward pass has run (the grad of `value` is not 0), its grad: d value /
    d this, times the grad of `value`. A leaf that carries something else from other passes shows that as `.grad`. Each edge
    shows the partial derivative of the operation by that operand, and the contribution that it carries back.

    direction      "LR", "RL", "TB" or "BT": from left to right, from top to bottom, ...
    number_format  how numbers are written, as for format(): ".4g"
    depth          draw at most so many operations back from the output
    only           a Value or several: draw only what lies between them and the output
    constants      False leaves out the plain numbers: x**2 is then an operation "** 2"
    clusters       draw a box around a named Value and what was computed for it alone (nn names every neuron's z and a)
    collapse       True draws repeats over the same parameters once and each cluster as one node, False draws every node;
                   otherwise this is decided by size: a picture of more than 100 nodes is collapsed, with a line that says so
    strength       draw each edge as wide as its contribution is large

    Where a node's data no longer equals what its operation gives (a parameter was changed since), the picture shows the stored
    data, says so, and shows no derivatives. Raises TypeError and ValueError for arguments of a wrong kind.

    >>> x = Value(3.0, "x")
    >>> print(draw(x * x, depth=1).alt)
    Computation graph of v1 = 9: 2 values and 1 operation; backward not run.
    """
    only = _checked(value, direction, number_format, depth, only)
    graph = part(value, depth, only)
    nodes, how = outline(graph, value, collapse)
    numbers = Numbers(value, number_format)
    return _Drawing(value, graph, nodes, how, numbers, direction, constants, clusters, strength).picture()


def _checked(value: Any, direction: Any, number_format: Any, depth: Any, only: Any) -> tuple[Value, ...]:
    """Refuse what cannot be drawn, in words; answers `only` as a tuple."""
    if not isinstance(value, Value):
        several = "; of several outputs draw their cost or their sum" if isinstance(value, list | tuple) else ""
        raise TypeError(f"value must be a Value, and got the {type(value).__name__} {value!r:.60}{several}")
    if direction not in DIRECTIONS:
        raise ValueError(f"direction must be one of {', '.join(DIRECTIONS)}, and got {direction!r}")
    if depth is not None and (not isinstance(depth, int) or depth < 0):
        raise ValueError(f"depth must be a whole number of operations, 0 or more, and got {depth!r}")
    check_format(number_format)
    nodes: tuple[Value, ...] = (only,) if isinstance(only, Value) else tuple(only)
    for node in nodes:
        if not isinstance(node, Value):
            raise TypeError(f"only must be Values, and got the {type(node).__name__} {node!r:.60}")
    if nodes:
        inside = set(topological_order(value))
        for node in nodes:
            if node not in inside:
                raise ValueError(f"only: {value!r} was not computed from {node!r}, so nothing lies between them")
    return nodes


@dataclass
class _Drawing:
    """One picture in the making: the nodes of an outline become DOT."""

    root: Value
    graph: Graph
    nodes: list[Node]
    how: str
    numbers: Numbers
    direction: str
    constants: bool
    boxes: bool
    strength: bool
    level: dict[Node, int] = field(default_factory=dict)  # how many operations lie between a node and the output, at most

    def picture(self) -> Picture:
        import graphviz  # type: ignore[import-untyped]

        self.shown = [node for node in self.nodes if self.constants or node.kind != "constant"]
        self.name = {node: f"n{i}" for i, node in enumerate(self.nodes)}
        edges = [edge for node in self.shown for edge in node.operands if edge.operand in set(self.shown)]
        self.few = self.how != "clusters" or len(edges) <= LABELLED_EDGES
        self.strongest = max((abs(self.numbers.total(edge) or 0.0) for edge in edges), default=0.0)
        crowding = _LABELLED if self.few else _CROWDED
        self.dot = graphviz.Digraph(graph_attr=GRAPH | crowding | {"rankdir": self.direction}, node_attr=NODE, edge_attr=EDGE)
        self.nodes_in_boxes()
        for edge in edges:
            self.edge(edge)
        self.legend()
        lines = list(self.caption())
        below = [*self.marks(), *lines]
        if below:  # an empty label makes Graphviz as WebAssembly trap
            self.dot.attr(label=left(*below))
        return Picture(self.dot.source, self.alt(), ". ".join(lines))

    # -- nodes -------------------------------------------------------------------------------------------------------------
    def nodes_in_boxes(self) -> None:
        """Every node, in the box of its cluster."""
        members: dict[Node, list[Node]] = {}
        if self.boxes and self.how != "clusters":
            heads = clusters(self.nodes)
            for node in self.nodes:
                members.setdefault(heads[node], []).append(node)
        members = {h: m for h, m in members.items() if h.value.label and sum(bool(x.operands) for x in m) > 1}
        boxed = {node for inside in members.values() for node in inside}
        for node in self.shown:
            if node not in boxed:
                self.node(node, self.dot)
        for i, (head, inside) in enumerate(members.items()):
            with self.dot.subgraph(name=f"cluster_{i}") as box:
                box.attr(
                    label=text(short(head.value.label)),
                    labelloc="t",
                    color="#8c959f",
                    style="rounded",
                    fontcolor=QUIET,
                    tooltip=text(head.value.label),
                )
                for node in inside:
                    if node in self.name and (self.constants or node.kind != "constant"):
                        self.node(node, box)

    def node(self, node: Node, dot: Any) -> None:
        name, look = self.name[node], dict(LOOKS[node.kind])
        if node.missing and not node.operands:
            look["style"] = look.get("style", "filled") + ",dashed"
        if node.kind == "again":
            dot.node(
                name,
                text(count(len(node.values), "parameter"), "drawn in the others"),
                tooltip=text(self.listed(node.values)),
                **look,
            )
            return
        dot.node(name, text(*self.title(node), *self.numbers.lines(node)), tooltip=text(self.tooltip(node)), **look)
        if node.operands and self.how != "clusters":
            symbol = self.symbol(node)
            dot.node(f"{name}op", text(symbol), tooltip=text(repr(node.value.op)), **(_OP if len(symbol) < 5 else _OP | _WORD))
            dot.edge(f"{name}op", name, arrowhead="none", tooltip=" ")
        if node.missing and node.operands:
            dot.node(f"{name}more", text(f"… {node.missing:,} more"), **LOOKS["again"])
            dot.edge(f"{name}more", name if self.how == "clusters" else f"{name}op", style="dashed", tooltip=" ")

    def title(self, node: Node) -> Iterator[str]:
        """The first lines of a node: its name, how often it is there, what is inside."""
        if node.kind != "constant" or len(node.values) > 1:
            yield short(self.numbers.names[node.value] if node.kind != "constant" else "constants") + self.times(len(node.values))
        if self.how == "clusters" and node.operands:
            yield self.inside(node)

    def times(self, n: int) -> str:
        return f" {TIMES} {n:,}" if n > 1 else ""

    def inside(self, node: Node) -> str:
        """The operations that a collapsed node stands for, per repeat: `relu, 2 *, 2 +`."""
        ops = Counter(v.op.symbol for v in (*node.values, *reversed(node.inside)) if v.parents and v.op)
        each = {symbol: -(-n // len(node.values)) for symbol, n in ops.items()}
        shown = [f"{n:,} {symbol}" if n > 1 else symbol for symbol, n in list(each.items())[:4]]
        return ", ".join(shown) + (", …" if len(each) > 4 else "")

    def symbol(self, node: Node) -> str:
        """The symbol of the operation; with the constants in it, if they are not drawn."""
        assert node.value.op
        symbol = node.value.op.symbol
        if self.constants or node.inside or not any(x.op is CONSTANT and not x.label for x in node.value.parents):
            return symbol
        operands = [
            self.numbers.write(*(v.parents[i].data for v in node.values)) if x.op is CONSTANT and not x.label else ""
            for i, x in enumerate(node.value.parents)
        ]
        return (
            f"{operands[0]} {symbol} {operands[1]}".strip()
            if len(operands) == 2
            else f"{symbol} {', '.join(filter(None, operands))}"
        )

    def tooltip(self, node: Node) -> str:
        made = f" = {node.value.op}({', '.join(self.numbers.names[x] for x in node.value.parents)})" if node.value.parents else ""
        within = f"; inside: {self.listed(node.inside)}" if node.inside else ""
        return f"{self.numbers.names[node.value]}{made}: {', '.join(self.numbers.lines(node))}{within}"

    def listed(self, values: list[Value]) -> str:
        return ", ".join(self.numbers.names[v] for v in values[:12]) + (
            f" and {len(values) - 12:,} more" if len(values) > 12 else ""
        )

    # -- edges -------------------------------------------------------------------------------------------------------------
    def edge(self, edge: Edge) -> None:
        total = self.numbers.total(edge)
        tail, head = self.name[edge.operand], self.name[edge.user] + ("op" if self.how != "clusters" else "")
        lines = self.edge_lines(edge, total)
        ends = f"{self.numbers.names[edge.operand.value]} to {self.numbers.names[edge.user.value]}"
        whole = text(f"{ends}: {', '.join(lines) or 'nothing goes back'}")
        look = {"tooltip": whole, "labeltooltip": whole}
        if lines and self.few:
            look["label"] = text(*lines)
        if total is not None and self.strength and self.strongest > 0.0:
            look["penwidth"] = f"{0.6 + 4.0 * abs(total) / self.strongest:.2f}"
            look["color"] = BACKWARD if total else QUIET
        if total == 0.0:
            look["style"] = "dotted"
        if self.is_long(edge):
            copy = f"{tail}for{head}"
            self.dot.node(copy, text(f"{short(self.numbers.names[edge.operand.value])} again"), **LOOKS["again"])
            tail = copy
        if not self.few:
            leaves, arrives = tuple(DIRECTIONS[self.direction])
            look |= {"tailport": leaves, "headport": arrives}
        self.dot.edge(tail, head, **look)

    def edge_lines(self, edge: Edge, total: float | None) -> list[str]:
        repeats = len(edge.uses) / len(edge.user.values)
        lines = [f"{TIMES} {repeats:,.4g}"] if repeats != 1 and edge.operand.kind != "again" else []
        if total is None:
            user, position = edge.uses[0]
            return [*lines, "fixed here"] if user.op and user.op.partials[position] is None else lines
        if self.how != "clusters":
            found = [both[0] for both in (self.numbers.carried(*use) for use in edge.uses) if both]
            lines.append(f"∂ {self.numbers.write(*found)}")
        return [*lines, f"← {self.numbers.write(total)}"]

    def is_long(self, edge: Edge) -> bool:
        """Whether an edge leaps over many levels. Each node stands one level before the first that uses it."""
        if not self.level:
            for node in reversed(self.nodes):
                at = self.level.setdefault(node, 0)
                for e in node.operands:
                    self.level[e.operand] = max(self.level.get(e.operand, 0), at + 1)
        return self.level[edge.operand] - self.level[edge.user] > LONG

    # -- words -------------------------------------------------------------------------------------------------------------
    def legend(self) -> None:
        """One sample of each kind of node that is there, side by side in a picture that runs from left to right."""
        present = {node.kind for node in self.shown}
        kinds = [kind for kind in _MEANS if kind in present]
        with self.dot.subgraph(name="cluster_legend") as box:
            box.attr(label="legend", labelloc="t", fontcolor=QUIET, color="#d0d7de", style="rounded", tooltip="legend")
            for kind in kinds:
                box.node(f"legend_{kind}", _MEANS[kind], tooltip=_MEANS[kind], **LOOKS[kind])
            for kind, following in pairwise(kinds if self.direction in ("LR", "RL") else ()):
                box.edge(f"legend_{kind}", f"legend_{following}", style="invis", weight="0")

    def marks(self) -> Iterator[str]:
        """What the marks on nodes and edges mean."""
        if self.numbers.adjoint:
            yield "grad: d output / d this"
            if self.few and self.how != "clusters":
                yield "∂ local derivative"
            if self.few:
                yield "← contribution carried back"
            if self.strength:
                yield "line width: size of the contribution"
            yield "dotted: carries 0 back"
        if any(len(node.values) > 1 for node in self.nodes):
            yield f"{TIMES} n: there are n of these"
        if self.how == "clusters":
            yield "2 +, 2 *: the operations inside"

    def caption(self) -> Iterator[str]:
        if self.numbers.problem:
            yield self.numbers.problem
        if self.how:
            repeated = any(len(node.values) > 1 for node in self.nodes)
            ways = ["repeats over the same parameters once"] * repeated + ["each cluster as one node"] * (self.how == "clusters")
            how = f" ({', '.join(ways)})" if ways else ""
            yield f"collapsed: {count(len(self.graph), 'node')} drawn as {len(self.nodes)}{how}"
            yield "to see more: only=node or depth=3 for a part, collapse=False for every node"
        if any(node.missing for node in self.nodes):
            yield "not everything is drawn: dashed outlines and … have more behind them"

    def alt(self) -> str:
        """The picture in one sentence."""
        ops = sum(bool(node.parents) for node in self.graph)
        size = f"{count(len(self.graph), 'value')} and {count(ops, 'operation')}" + (
            f", drawn as {count(len(self.nodes), 'node')}" if self.how else ""
        )
        state = "gradients shown" if self.numbers.adjoint else self.numbers.problem.split(":")[0].split(" (")[0]
        root = f"{visible(short(self.numbers.names[self.root]))} = {self.numbers.write(self.root.data)}"
        return f"Computation graph of {root}: {size}; {state}."
