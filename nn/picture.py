"""The network as a picture: neurons in columns by layer, in the article's colours, with what flows over the connections.

>>> from nn import MLP
>>> draw_network(MLP(2, [3, 1], seed=1))
<Picture: Network 2-3-1 with 13 parameters: its structure.>
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from autograd import Value
from autograd.picture import BACKWARD, EDGE, GRAPH, LOOKS, NODE
from autograd.reading import check_format, count
from autograd.render import Picture, left, short, text, visible
from autograd.reverse import adjoints, partials
from nn.layers import Layer, Neuron, _inputs

MODES = {
    "structure": "its structure",
    "forward": "a forward pass",
    "backward": "the error of each neuron, passed back",
    "blame": "who is charged for the cost",
}
FIRST, LAST = 5, 2  # of a layer that is wider than both and one more, so many neurons are drawn
LABELLED = 6  # neurons of a layer; the connections into a wider one have their numbers in tooltips alone
DOWN = 1.1  # inches from neuron to neuron
CHARACTER = 0.082  # inches that a character of a neuron's text needs; its width is set, so that lines can be met half way

WEIGHT = "#0f766e"
COLOURS = {  # of an input, the first hidden layer, the others, an output: the article's, light under dark text
    "input": LOOKS["input"],
    "first hidden layer": {"fillcolor": "#dbe9fb", "color": "#2458a6"},
    "further hidden layer": {"fillcolor": "#fadcf4", "color": "#a3208c"},
    "output": {"fillcolor": "#d3f2d3", "color": "#1a7f37", "peripheries": "2"},
}


def draw_network(
    model: Any,
    x: Sequence[Value | float] | None = None,
    y: Any = None,
    cost: Callable[[Any, Any], Value] | None = None,
    *,
    mode: str = "structure",
    columns: Sequence[str] | None = None,
    number_format: str = ".3g",
) -> Picture:
    """The neurons of `model` (an MLP, a Layer or a Neuron) in columns by layer. It shows itself in a notebook; `.save("x.svg")`.

    mode "structure"  each weight on its connection: its size as width, a negative one dashed; biases in the neurons
         "forward"    for the row `x`: each neuron's formula with its numbers, and its activation
         "backward"   for `x`, its target `y` and `cost(outputs, targets)`: each neuron's error delta = arrived * slope, and
                      what it passes on over each connection, delta * w
         "blame"      what each neuron charges its connections, delta * a, as wide as it is large, with its share: the
                      charge over all charges of that neuron, in absolute values
    columns           the names of the inputs

    Of a wide layer the first and last neurons are drawn, with how many lie between. Writes no `grad`. Raises TypeError and
    ValueError for an unknown mode, arguments that the mode needs and names that do not fit the inputs.

    >>> from nn import MLP, mse
    >>> draw_network(MLP(2, [2, 1], seed=1), [1.0, 2.0], 0.5, mse, mode="blame").alt
    'Network 2-2-1 with 9 parameters: who is charged for the cost; the cost is 0.307.'
    """
    layers = _layers(model)
    if mode not in MODES:
        raise ValueError(f"mode must be one of {', '.join(MODES)}, and got {mode!r}")
    needed = {"structure": [], "forward": ["x"], "backward": ["x", "y", "cost"], "blame": ["x", "y", "cost"]}[mode]
    missing = [name for name, given in (("x", x), ("y", y), ("cost", cost)) if name in needed and given is None]
    if missing:
        raise TypeError(f"mode {mode!r} needs {', '.join(missing)}: draw_network(model, {', '.join(needed)}, mode={mode!r})")
    check_format(number_format)
    nin = len(layers[0][0].w)
    if columns is not None and (isinstance(columns, str) or len(columns) != nin):
        raise ValueError(f"columns must be {nin} names, one for each input of the network, and got {columns!r:.60}")
    names = [str(name) for name in columns] if columns is not None else [f"x[{i}]" for i in range(1, nin + 1)]
    flow = Flow.of(model, layers, x, y, cost) if mode != "structure" else None
    return _Network(layers, names, mode, number_format, flow).picture()


def _layers(model: Any) -> list[list[Neuron]]:
    if isinstance(model, Neuron):
        return [[model]]
    found = [model] if isinstance(model, Layer) else getattr(model, "layers", None)
    if not found or not all(isinstance(layer, Layer) for layer in found):
        raise TypeError(f"model must be an MLP, a Layer or a Neuron, and got the {type(model).__name__} {model!r:.60}")
    return [layer.neurons for layer in found]


@dataclass
class Flow:
    """One pass through the network: the inputs, every z and a, and with a cost the adjoints of all."""

    inputs: list[Value]
    z: list[list[Value]]
    a: list[list[Value]]
    cost: Value | None
    adjoint: dict[Value, float]

    @classmethod
    def of(cls, model: Any, layers: list[list[Neuron]], x: Any, y: Any, cost: Any) -> "Flow":
        """Runs the row `x` through the network, layer by layer."""
        inputs = sources = _inputs(x, len(layers[0][0].w), repr(model))
        z, a = [], []
        for layer in layers:
            z.append([neuron.pre_activation(sources) for neuron in layer])
            sources = [neuron.activate(value) for neuron, value in zip(layer, z[-1], strict=True)]
            a.append(sources)
        if cost is None or y is None:
            return cls(inputs, z, a, None, {})
        total = cost(sources if len(sources) > 1 or isinstance(model, Layer) else sources[0], y)
        if not isinstance(total, Value):
            raise TypeError(f"cost must answer a Value, and answered the {type(total).__name__} {total!r:.60}")
        return cls(inputs, z, a, total, adjoints(total))

    def error(self, k: int, j: int) -> float:
        """delta, dC/dz; 0 for a neuron that the cost does not depend on."""
        return self.adjoint.get(self.z[k][j], 0.0)

    def slope(self, k: int, j: int) -> float | None:
        """f'(z) where the activation is one operation on z; None where it is the identity, or a formula."""
        a = self.a[k][j]
        return partials(a)[0][1] if a.parents == (self.z[k][j],) else None

    def sources(self, k: int) -> list[Value]:
        """What layer k computes from."""
        return self.a[k - 1] if k else self.inputs


def _factor(number: str) -> str:
    return f"({number})" if number.startswith("-") else number


@dataclass
class _Network:
    """One picture in the making. Columns are numbered from the inputs, 0; a place is a column and a neuron in it."""

    layers: list[list[Neuron]]
    columns: list[str]
    mode: str
    number_format: str
    flow: Flow | None

    def picture(self) -> Picture:
        import graphviz  # type: ignore[import-untyped]

        self.sizes = [len(self.columns), *map(len, self.layers)]
        self.shown = [self.visible_of(n) for n in self.sizes]
        self.texts = [[list(self.lines(column, j)) for j in range(n)] for column, n in enumerate(self.sizes)]
        self.widths = [0.3 + CHARACTER * max(len(line) for lines in texts for line in lines) for texts in self.texts]
        self.dot = graphviz.Digraph(
            graph_attr=GRAPH | {"layout": "neato", "splines": "line", "outputorder": "edgesfirst"}, node_attr=NODE, edge_attr=EDGE
        )
        for k, layer in enumerate(self.layers):
            strongest = max(abs(self.strength(k, j, i)) for j in range(len(layer)) for i in range(self.sizes[k]))
            for j, i in self.connections(k):
                self.connection(k, j, i, strongest)
        for column, shown in enumerate(self.shown):
            for row, which in enumerate(shown):
                self.neuron(column, row, which)
        self.legend()
        lines = list(self.caption())
        if lines:
            self.dot.attr(label=left(*lines))
        return Picture(self.dot.source, self.alt(), ". ".join(lines), engine="neato")

    # -- where -------------------------------------------------------------------------------------------------------------
    def visible_of(self, n: int) -> list[int | None]:
        """The neurons of a column that are drawn; None stands for those between."""
        return [*range(n)] if n <= FIRST + LAST + 1 else [*range(FIRST), None, *range(n - LAST, n)]

    def position(self, column: int, row: int) -> tuple[float, float]:
        """The middle of a neuron, in inches, with every column centred."""
        x = sum(self.widths[:column]) + self.widths[column] / 2 + sum(self.gap(k) for k in range(column))
        return x, ((len(self.shown[column]) - 1) / 2 - row) * DOWN

    def gap(self, k: int) -> float:
        """How far apart the columns before and after the connections of layer k are: room for their numbers."""
        targets, label = len(self.shown[k + 1]), {"blame": 1.25}.get(self.mode, 0.8)
        return max(1.6, label * (targets + 1) / 2 + 0.3) if targets <= LABELLED else 2.4

    def connections(self, k: int) -> Iterator[tuple[int, int]]:
        """The connections into layer k between neurons that are drawn: to j, from i."""
        for j in self.shown[k + 1]:
            for i in self.shown[k]:
                if j is not None and i is not None:
                    yield j, i

    # -- what --------------------------------------------------------------------------------------------------------------
    def strength(self, k: int, j: int, i: int) -> float:
        """What a connection of layer k carries in this mode: its weight, what j passes on to i, or what it charges it."""
        weight = self.layers[k][j].w[i].data
        if self.flow is None or self.mode == "forward":
            return weight
        error = self.flow.error(k, j)
        return error * weight if self.mode == "backward" else error * self.flow.sources(k)[i].data

    def share(self, k: int, j: int, i: int) -> float:
        """The charge over all charges of neuron j, in absolute values; 0 where nobody is charged."""
        total = sum(abs(self.strength(k, j, other)) for other in range(self.sizes[k]))
        return abs(self.strength(k, j, i)) / total if total else 0.0

    def connection(self, k: int, j: int, i: int, strongest: float) -> None:
        number = self.strength(k, j, i)
        backward = self.mode in ("backward", "blame")
        weight, colour = self.layers[k][j].w[i], BACKWARD if backward else WEIGHT
        words = self.write(number)
        if self.mode == "blame":
            words += f" ({100 * self.share(k, j, i):.0f} %)"
        whole = text(f"{weight.label} = {self.write(weight.data)}" + (f": {words}" if backward else ""))
        look = {"penwidth": f"{0.5 + 4.5 * abs(number) / strongest if strongest else 0.5:.2f}", "color": colour, "tooltip": whole}
        look["style"] = "dotted" if number == 0.0 else "dashed" if number < 0.0 else "solid"
        look |= {"dir": "back" if backward else "forward", "tailport": "e", "headport": "w"}
        self.dot.edge(f"n{k}_{i}", f"n{k + 1}_{j}", **look)
        if len(self.shown[k + 1]) <= LABELLED and number:
            self.number_on(k, j, i, words, colour, whole)

    def number_on(self, k: int, j: int, i: int, words: str, colour: str, whole: str) -> None:
        """A number on its line, 1/(m + 1) of the way from its source to one of m targets: there no two lines meet."""
        t = 1 / (len(self.shown[k + 1]) + 1)
        (x, y), (to_x, to_y) = self.position(k, self.shown[k].index(i)), self.position(k + 1, self.shown[k + 1].index(j))
        x, to_x = x + self.widths[k] / 2, to_x - self.widths[k + 1] / 2
        look = {
            "shape": "plaintext",
            "style": "filled",
            "fillcolor": "#fffffff0",
            "fontcolor": colour,
            "fontsize": "9",
            "margin": "0.01,0",
        }
        at = f"{x + t * (to_x - x):.3f},{y + t * (to_y - y):.3f}!"
        self.dot.node(f"w{k}_{j}_{i}", text(words), pos=at, height="0.12", width="0", tooltip=whole, **look)

    def role(self, column: int) -> str:
        if column == 0:
            return "input"
        return "output" if column == len(self.layers) else "first hidden layer" if column == 1 else "further hidden layer"

    def neuron(self, column: int, row: int, j: int | None) -> None:
        x, y = self.position(column, row)
        at = f"{x:.3f},{y:.3f}!"
        if j is None:
            between = text("…", f"{self.sizes[column] - FIRST - LAST:,} more", "…")
            self.dot.node(f"gap{column}", between, pos=at, **LOOKS["again"])
            return
        look = {"shape": "box", "style": "filled,rounded"} | COLOURS[self.role(column)]
        if column and self.mode == "structure":
            look |= {"shape": "circle", "style": "filled"}
        lines, width = self.texts[column][j], f"{self.widths[column]:.3f}"
        height = width if look["shape"] == "circle" else f"{0.15 + 0.19 * len(lines):.2f}"
        size = {"width": width, "height": height, "fixedsize": "true"}
        self.dot.node(f"n{column}_{j}", text(*lines), pos=at, tooltip=text("; ".join(lines)), **look | size)

    def write(self, number: float) -> str:
        return format(number, self.number_format)

    def lines(self, column: int, j: int) -> Iterator[str]:
        """What is written in a neuron."""
        if column == 0:
            yield short(self.columns[j])
            if self.flow:
                yield self.write(self.flow.inputs[j].data)
        elif self.flow is None:
            neuron = self.layers[column - 1][j]
            yield from (f"{j + 1}", neuron.activation, f"b {self.write(neuron.b.data)}")
        elif self.mode == "forward":
            yield from self.formula(self.flow, column - 1, j)
        else:
            yield from self.account(self.flow, column - 1, j)

    def formula(self, flow: Flow, k: int, j: int) -> Iterator[str]:
        """How a neuron computes its z and a, in numbers."""
        neuron, z, a = self.layers[k][j], flow.z[k][j], flow.a[k][j]
        pairs = [(self.write(w.data), self.write(x.data)) for w, x in zip(neuron.w, flow.sources(k), strict=True)]
        terms = [f"{_factor(w)}·{_factor(x)}" for w, x in pairs]
        yield f"{z.label} = {' + '.join(terms if len(terms) <= 3 else [*terms[:2], '…', terms[-1]])}"
        yield f"+ {_factor(self.write(neuron.b.data))} = {self.write(z.data)}"
        if a is not z:
            yield f"{a.label} = {neuron.activation}({self.write(z.data)}) = {self.write(a.data)}"

    def account(self, flow: Flow, k: int, j: int) -> Iterator[str]:
        """A neuron's activation and its error; what arrived times the slope, or that it charges nobody."""
        a = flow.a[k][j]
        yield f"{a.label} = {self.write(a.data)}"
        slope = flow.slope(k, j)
        if self.mode == "backward" and slope is not None:
            yield f"arrived {self.write(flow.adjoint.get(a, 0.0))}"
            yield f"slope {self.write(slope)}"
        yield f"δ = {self.write(flow.error(k, j))}"
        if self.mode == "blame" and not any(self.strength(k, j, i) for i in range(self.sizes[k])):
            yield "charges nobody"

    # -- words -------------------------------------------------------------------------------------------------------------
    def legend(self) -> None:
        """Under the network: a sample of each colour, and what the lines mean."""
        roles = list(dict.fromkeys(self.role(column) for column in range(len(self.sizes))))
        y = -(max(map(len, self.shown)) / 2 + 0.15) * DOWN
        for column, role in enumerate(roles):
            look = {"shape": "box", "style": "filled,rounded"} | COLOURS[role]
            self.dot.node(f"legend{column}", role, pos=f"{0.6 + column * 1.7:.3f},{y:.3f}!", tooltip=role, **look)

    def caption(self) -> Iterator[str]:
        flow = self.flow
        outputs = ", ".join(self.write(a.data) for a in flow.a[-1][:8]) if flow else ""
        if self.mode == "structure":
            yield "on a connection: its weight; line width: its size; dashed: negative; b: bias"
        elif self.mode == "forward":
            yield f"z: pre-activation, weights · inputs + bias; a: activation; outputs {outputs}"
            yield "line width: size of the weight; dashed: negative"
        elif self.mode == "backward":
            yield "δ: a neuron's error, dC/dz = what arrived (dC/da) · slope f'(z), where a = f(z) is one operation"
            yield "on a connection: what is passed on upstream, δ · w; line width: its size; dashed: negative; dotted: 0"
        else:
            yield "on a connection: what the neuron charges it, δ · a, and its share of the neuron's charges"
            yield "line width: size of the charge; dashed: negative; dotted: charged nothing"
        if any(None in shown for shown in self.shown):
            yield f"of a wide layer the first {FIRST} and the last {LAST} neurons are drawn"

    def alt(self) -> str:
        sizes = "-".join(map(str, self.sizes))
        parameters = sum(len(neuron.w) + 1 for layer in self.layers for neuron in layer)
        cost = self.flow.cost if self.flow else None
        after = f"; the cost is {self.write(cost.data)}" if cost is not None else ""
        return visible(f"Network {sizes} with {count(parameters, 'parameter')}: {MODES[self.mode]}{after}.")
