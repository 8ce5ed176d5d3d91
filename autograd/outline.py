"""The outline of a graph: what is drawn of it, so that a graph of any size can be read.

A graph that is small is drawn whole. In a larger one, step by step until it can be read,

    repeats   the same formula over the same parameters, as for the rows of a batch, is one node that stands for all of them;
              a long sum is one node
    clusters  a named node, or one that several others use, holds all that was computed for it alone: a neuron is one node
    cut       of what is still too much, the part nearest to the output is drawn

None of it knows of neurons or rows: all follows from who uses whom, and from labels.
"""

from collections import Counter
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any

from autograd.ops import CONSTANT, TABLE
from autograd.reverse import topological_order
from autograd.value import Value

READABLE = 100  # nodes; what is larger is not drawn whole unless asked for
FEWEST = 5  # nodes; a picture of fewer says too little
MOST = 60  # nodes that a collapsed picture may have before it is cut

Graph = dict[Value, tuple[Value, ...]]  # each Value that is drawn, in topological order, with the operands that are drawn


@dataclass(eq=False)
class Node:
    """What is drawn as one: a Value, or its repeats; with what is folded into it, and the nodes that it is computed from."""

    values: list[Value]
    kind: str
    inside: list[Value] = field(default_factory=list)
    operands: list["Edge"] = field(default_factory=list)
    missing: int = 0  # how many operands are not drawn

    @property
    def value(self) -> Value:
        """The Value that is shown; of repeats, the first."""
        return self.values[0]


@dataclass(eq=False)
class Edge:
    """From a node to one that uses it. Each of `uses` is a Value that does so, and the position of the operand in its op."""

    operand: Node
    user: Node
    uses: list[tuple[Value, int]] = field(default_factory=list)


def part(root: Value, depth: int | None = None, only: Iterable[Value] = ()) -> Graph:
    """The graph of `root`; at most `depth` operations deep; only what lies between the nodes `only` and the root."""
    order = topological_order(root)
    if only:
        between = set(only)
        for node in order:
            if not between.isdisjoint(node.parents):
                between.add(node)
        expanded = {node for node in between if not between.isdisjoint(node.parents)}
    else:
        expanded = set(order)
    level = {root: 0}
    for node in (queue := [root]):
        if node in expanded and (depth is None or level[node] < depth):
            for x in node.parents:
                if x not in level:
                    level[x] = level[node] + 1
                    queue.append(x)
        else:
            expanded.discard(node)
    return {node: node.parents if node in expanded else () for node in order if node in level}


def kinds(graph: Graph, root: Value) -> dict[Value, str]:
    """What each Value is: output, value, parameter, leaf, input or constant. Beside parameters, other leaves are inputs."""
    leaf = "input" if any(node.kind == "parameter" for node in graph if node.op is None) else "leaf"
    found = {}
    for node in graph:
        if node.op is CONSTANT:
            found[node] = "input" if node.label else "constant"
        elif node.op is None:
            found[node] = leaf if node.kind == "leaf" else node.kind
        else:
            found[node] = "output" if node is root else "value"
    return found


def outline(graph: Graph, root: Value, collapse: bool | None) -> tuple[list[Node], str]:
    """The nodes to draw, operands first, and how they were made: "" (whole), "repeats" or "clusters"."""
    kind = kinds(graph, root)
    if collapse is False or (collapse is None and len(graph) <= READABLE):
        return _nodes(graph, kind, {node: i for i, node in enumerate(graph)}), ""
    places, inner = repeats(graph, kind)
    nodes = _nodes(graph, kind, places, inner)
    if collapse is None and len(nodes) <= MOST:
        return nodes, "repeats"
    folded = fold(nodes, ("parameter",))
    if len(folded) > MOST:
        folded = fold(nodes, ("parameter", "leaf"))
    if len(folded) < FEWEST and not collapse:  # nothing is named or shared, so all of it fell into one: rather a part, in full
        return cut(nodes, MOST), "repeats"
    return cut(folded, MOST), "clusters"


def _nodes(graph: Graph, kind: dict[Value, str], places: dict[Value, int], inner: AbstractSet[Value] = frozenset()) -> list[Node]:
    """One node for all Values of one place; those of `inner` are folded in. An operand taken twice is two edges."""
    made: dict[int, Node] = {}
    for value, place in places.items():
        node = made.setdefault(place, Node([], kind[value]))
        (node.inside if value in inner else node.values).append(value)
        node.kind = node.kind if value in inner else kind[value]
        node.missing = node.missing or (len(value.parents) if not graph[value] else 0)
    edges: dict[Any, Edge] = {}
    for value, operands in graph.items():
        for i, x in enumerate(operands):
            user, operand = made[places[value]], made[places[x]]
            if user is not operand:
                key = operand, user, i if not user.inside else None
                if key not in edges:
                    edges[key] = Edge(operand, user)
                    user.operands.append(edges[key])
                edges[key].uses.append((value, i))
    return [made[place] for place in sorted(made)]


# -- repeats ---------------------------------------------------------------------------------------------------------------
def repeats(graph: Graph, kind: dict[Value, str]) -> tuple[dict[Value, int], set[Value]]:
    """The place of each Value, the same for those that are drawn once, numbered in topological order; and what is inside a sum.

    Two Values share a place if they are made by the same operations from the same parameters, whatever the inputs and
    constants, and are used in the same way. The first is found from the leaves up, the second from the root down.
    """
    users: dict[Value, list[tuple[Value, int]]] = {node: [] for node in graph}
    for node, operands in graph.items():
        for i, x in enumerate(operands):
            users[x].append((node, i))
    add = TABLE["add"]
    inner = {
        node
        for node, operands in graph.items()
        if operands and node.op is add and not node.label and len(users[node]) == 1 and users[node][0][0].op is add
    }
    same: dict[Any, int] = {}
    formula: dict[Value, int] = {}
    for node, operands in graph.items():
        if node in inner:
            continue
        made_from: Any = tuple(formula[x] for x in operands) if node.op is not add else _sum(node, graph, inner, formula)
        identity = node if not operands and kind[node] not in ("input", "constant") else None
        formula[node] = same.setdefault((node.op, node.label, kind[node], made_from, identity), len(same))
    found: dict[Any, int] = {}
    use: dict[Value, int] = {}
    for node in reversed(graph):
        if node in inner:
            use[node] = use[users[node][0][0]]
        else:
            used_by = frozenset((use[user], -1 if user.op is add else i) for user, i in users[node])
            use[node] = found.setdefault((formula[node], used_by), len(found))
    order = {number: i for i, (number, _) in enumerate(sorted(((n, key[0]) for key, n in found.items()), key=lambda pair: pair[1]))}
    return {node: order[use[node]] for node in graph}, inner


def _sum(node: Value, graph: Graph, inner: set[Value], formula: dict[Value, int]) -> tuple[tuple[int, int], ...]:
    """What a sum of any length adds up: how often each formula."""
    terms: Counter[int] = Counter()
    stack = list(graph[node])
    while stack:
        x = stack.pop()
        if x in inner:
            stack.extend(graph[x])
        else:
            terms[formula[x]] += 1
    return tuple(sorted(terms.items()))


# -- clusters --------------------------------------------------------------------------------------------------------------
def clusters(nodes: list[Node], shared: tuple[str, ...] = ()) -> dict[Node, Node]:
    """The cluster of each node: the named node (or one used by several clusters, or the root) that it was computed for alone.

    A named node whose only use is to be the operand of a named function of one operand belongs to it: z to a = f(z). Leaves
    of a kind in `shared` that several clusters use belong to the first.
    """
    users: dict[Node, list[Node]] = {node: [] for node in nodes}
    for node in nodes:
        for edge in node.operands:
            users[edge.operand].append(node)
    position = {node: i for i, node in enumerate(nodes)}
    found: dict[Node, Node] = {}
    for node in reversed(nodes):
        using = sorted({found[user] for user in users[node]}, key=position.__getitem__)
        if (
            not using
            or node.kind in ("input", "output")
            or (node.kind == "value" and node.value.label and not _is_argument(users[node]))
        ):
            found[node] = node
        else:
            found[node] = using[0] if len(using) == 1 or node.kind in (*shared, "constant") else node
    return found


def _is_argument(users: list[Node]) -> bool:
    return len(users) == 1 and len(users[0].value.parents) == 1 and bool(users[0].value.label)


def fold(nodes: list[Node], shared: tuple[str, ...]) -> list[Node]:
    """Each cluster as one node. Where a cluster uses leaves that are drawn inside of others, one node stands for those."""
    heads = clusters(nodes, shared)
    made = {node: Node(node.values, node.kind, list(node.inside), missing=node.missing) for node in nodes if heads[node] is node}
    edges: dict[Any, Edge] = {}
    again: dict[Node, Node] = {}
    for node in nodes:
        user = made[heads[node]]
        if heads[node] is not node:
            user.inside += node.values + node.inside
        for edge in node.operands:
            operand = made[heads[edge.operand]]
            if operand is user or (edge.operand.kind == "constant" and heads[edge.operand] is not edge.operand):
                continue
            if heads[edge.operand] is not edge.operand:  # a leaf that is inside of another cluster
                operand = again.setdefault(user, Node([], "again"))
                operand.values += [v for v in edge.operand.values if v not in operand.values]
            if (operand, user) not in edges:
                edges[operand, user] = Edge(operand, user)
                user.operands.append(edges[operand, user])
            edges[operand, user].uses += edge.uses
    return [*again.values(), *made.values()]


def cut(nodes: list[Node], most: int) -> list[Node]:
    """The `most` nodes that are nearest to the output, the last node."""
    kept = {nodes[-1]: None}
    for node in (queue := [nodes[-1]]):
        for edge in node.operands:
            if edge.operand not in kept and len(kept) < most:
                kept[edge.operand] = None
                queue.append(edge.operand)
    for node in kept:
        drawn = [edge for edge in node.operands if edge.operand in kept]
        node.missing += len(node.operands) - len(drawn)
        node.operands = drawn
    return [node for node in nodes if node in kept]
