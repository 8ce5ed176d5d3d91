"""The network's page: neurons and connections, forward, backward and blame, and each neuron's scalar nodes inside.

The same page as `autograd.explore`, of a graph whose nodes are neurons. Every number is that of `blame` and of the graph itself.
"""

from collections.abc import Sequence
from typing import Any

from autograd import Value, topological_order
from autograd.ledger import Explanation, explain
from autograd.page import Page, layout, part_data, size_of
from nn.layers import Neuron
from nn.ledger import NeuronBlame, blame
from nn.picture import Flow, _layers, draw_network
from nn.targets import Cost

MOST = 20_000  # scalar nodes in one page, over all rows
_COLUMN, _ROW, _WIDE, _HIGH = 270, 96, 132, 72  # the grid of neurons, in points


def explore(
    model: Any,
    x: Any,
    y: Any,
    cost: str | Cost,
    *,
    columns: Sequence[str] | None = None,
    number_format: str = ".4g",
) -> Page:
    """The network as an interactive page: forward, backward and blame, neuron by neuron, and inside of each its scalar nodes.

    `x`, `y` and `cost` as for `blame`: one row of inputs with its target, or a list of rows with their targets, each with a cost of
    its own. `columns` names the inputs. `.save(path)` writes one HTML file. Writes no `grad`.

    Raises what `blame` does, and ValueError where the rows together have more than 20,000 nodes.

    >>> from nn import MLP, mse
    >>> explore(MLP(2, [3, 1], seed=1), [[1.0, 2.0], [0.5, -1.0]], [0.5, 1.0], mse)
    <Page: Network 2-3-1 with its cost, row by row>
    """
    layers = _layers(model)
    report = blame(model, x, y, cost)
    network = _Network(layers, columns)
    for row, target in zip(report.rows, report.targets, strict=True):
        network.add(model, row, target, report.cost_function)
    data = network.data | {"titles": [f"{r}, cost {c:{number_format}}" for r, c in enumerate(network.costs, 1)]}
    picture = draw_network(model, report.rows[0], report.targets[0], report.cost_function, mode="blame", columns=columns)
    return Page(data, f"Network {network.sizes} with its cost, row by row", picture)


class _Network:
    """The page's data in the making, row by row."""

    def __init__(self, layers: list[list[Neuron]], columns: Sequence[str] | None) -> None:
        self.layers, self.costs = layers, list[float]()
        self.columns = [str(c) for c in columns] if columns is not None else [f"x[{i}]" for i in range(1, len(layers[0][0].w) + 1)]
        if len(self.columns) != len(layers[0][0].w):
            raise ValueError(f"columns must be {len(layers[0][0].w)} names, one for each input, and got {columns!r:.60}")
        self.rows: list[list[dict[str, Any]]] = []
        self.graphs: list[dict[str, Any]] = []
        self.shapes: dict[str, int] = {}
        self.layouts: list[dict[str, Any]] = []
        self.scalars = 0

    @property
    def sizes(self) -> str:
        """How many inputs and neurons there are, layer by layer: 2-3-1."""
        return "-".join(map(str, [len(self.columns), *map(len, self.layers)]))

    @property
    def data(self) -> dict[str, Any]:
        """What the page is told."""
        return {
            "nodes": self.rows[0],
            "ops": {},
            "formulas": [],
            "layout": self.grid(),
            "notice": "",
            "arithmetic": False,
            "rows": self.rows,
            "inside": {"graphs": self.graphs, "layouts": self.layouts},
        }

    def add(self, model: Any, row: Any, target: Any, cost: Cost) -> None:
        """One row: its numbers neuron by neuron, and the scalar graph of each."""
        flow, report = Flow.of(model, self.layers, row, target, cost), blame(model, row, target, cost)
        assert flow.cost is not None
        account = explain(flow.cost)
        self.scalars += len(account.adjoints)
        if self.scalars > MOST:
            raise ValueError(
                f"x has too many rows for one page: {len(self.rows) + 1} of them have {self.scalars:,} nodes; explore fewer"
            )
        nodes = [_source(name, value) for name, value in zip(self.columns, flow.inputs, strict=True)]
        first, sources = 0, len(nodes)
        for k, layer in enumerate(report.layers):
            parents = list(range(first, sources))
            for j, neuron in enumerate(layer.neurons):
                nodes.append(self.neuron(k, flow.a[k][j], neuron, parents, account))
                nodes[-1]["opens"] = self.inside(flow, k, j, account)
            first, sources = sources, len(nodes)
        outputs = list(range(first, sources))
        sums = [account.adjoints.get(a, 0.0) for a in flow.a[-1]]
        root = _source("C", flow.cost) | {"kind": "value", "also": "cost of the outputs", "parents": outputs, "grad": 1.0}
        nodes.append(root | {"partials": [1.0] * len(outputs), "sums": sums})
        self.rows.append(nodes)
        self.costs.append(flow.cost.data)

    def neuron(self, k: int, a: Value, neuron: NeuronBlame, parents: list[int], account: Explanation) -> dict[str, Any]:
        """A neuron as a node of the page's graph: what it hands to each source is what it passes on."""
        last = k == len(self.layers) - 1
        told = neuron.to_dict()
        return _source(neuron.name, a) | {
            "kind": "output" if last else "first" if k == 0 else "further",
            "also": f"{neuron.activation}(z)",
            "parents": parents,
            "partials": [1.0] * len(parents),
            "sums": [c.passed_on for c in neuron.connections],
            "grad": account.adjoints.get(a, 0.0),
            "neuron": told,
        }

    def inside(self, flow: Flow, k: int, j: int, account: Explanation) -> int:
        """The scalar graph of a neuron, from its sources to its activation; its number among the graphs."""
        ends, a = set(flow.sources(k)), flow.a[k][j]
        inner, stack = {a}, [a]
        while stack:
            node = stack.pop()
            for x in node.parents if node not in ends else ():
                if x not in inner:
                    inner.add(x)
                    stack.append(x)
        order = [node for node in topological_order(a) if node in inner]
        if a not in account.adjoints:
            return -1
        data = part_data(account, order, ends) | {"arithmetic": False, "cost": "C"}
        boxes = [(*size_of(node), node["parents"]) for node in data["nodes"]]
        shape = self.shapes.setdefault(repr(boxes), len(self.shapes))
        if shape == len(self.layouts):
            self.layouts.append(layout(boxes))
        self.graphs.append(data | {"shape": shape})
        return len(self.graphs) - 1

    def grid(self) -> dict[str, Any]:
        """Neurons in columns by layer, every column centred; the cost behind the outputs."""
        sizes = [len(self.columns), *map(len, self.layers), 1]
        high = max(sizes) * _ROW
        boxes = [
            [column * _COLUMN + _WIDE // 2, round(high / 2 + (j - (n - 1) / 2) * _ROW), _WIDE, _HIGH]
            for column, n in enumerate(sizes)
            for j in range(n)
        ]
        routes = [[i, k, *_line(boxes[x], boxes[i])] for i, node in enumerate(self.rows[0]) for k, x in enumerate(node["parents"])]
        return {"size": [(len(sizes) - 1) * _COLUMN + _WIDE, high], "boxes": boxes, "routes": routes}


def _source(name: str, value: Value) -> dict[str, Any]:
    """A node of the page's graph without operands; an input has no grad."""
    told: dict[str, Any] = {"name": name, "named": True, "kind": "input", "op": None, "parents": [], "partials": []}
    return told | {"data": value.data, "grad": None, "carried": 0.0, "formulas": []}


def _line(source: list[int], target: list[int]) -> list[int]:
    """From the right side of a box to the left side of another."""
    (x, y), (to_x, to_y) = (source[0] + source[2] // 2, source[1]), (target[0] - target[2] // 2, target[1])
    third, step = (to_x - x) // 3, (to_y - y) // 3
    return [x, y, x + third, y + step, to_x - third, to_y - step, to_x, to_y]
