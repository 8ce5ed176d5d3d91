"""The ledger of a network: what each neuron was handed from downstream, and whom it charged, for one example or a data set.

    arrived    dC/da: what the neurons downstream passed to a neuron, summed
    slope      f'(z)
    delta      dC/dz = arrived * slope: the neuron's error
    charge     delta_j * a_i = dC/dw[i,j]: what neuron j charges its connection from i; its bias is charged delta_j * 1
    share      abs(charge) over the sum of abs(charge) of the neuron's connections
    passed on  delta_j * w[i,j]: what neuron j hands upstream to i

Blame is the name of the game: a gradient is a sensitivity, and no verdict. Over several rows each of these is the mean of its
absolute values, and `pulls` has the signed part of each row in the gradient of the mean cost.
"""

from collections.abc import Callable, Sequence
from typing import Any

from autograd import Value
from autograd.table import SHOWN, Report, Table, shortened
from nn import verdict
from nn.charges import Connection, LayerBlame, NeuronBlame
from nn.layers import Layer, Neuron
from nn.passage import Passage, layers_of, run
from nn.targets import COSTS, Cost, items_of

__all__ = ["Blame", "Connection", "LayerBlame", "NeuronBlame", "blame"]

LAZY = 0.1  # of the activity of the most active neuron of the layer
LISTED = 8  # connections of one neuron that the table shows
TAKE_LOGITS = ("binary_cross_entropy_with_logits", "cross_entropy")


class Blame(Report):
    """Who was charged, layer by layer and neuron by neuron: `report.layers[k].neurons[j]`. Made by `blame`.

    cost     the cost; over several rows the mean
    costs    the cost of each row
    outputs  the model's answers, row by row
    """

    def __init__(self, model: Any, rows: list[Any], targets: list[Any], cost: Cost, single: bool) -> None:
        self.model, self.rows, self.targets, self.cost_function, self.single = model, rows, targets, cost, single
        self.parameters = [p.data for p in model.parameters()]
        network = layers_of(model)
        self.takes_logits = getattr(cost, "__name__", "") in TAKE_LOGITS and network[-1].activation == "linear"
        passes = [run(network, row, target, cost, r) for r, (row, target) in enumerate(zip(rows, targets, strict=True))]
        self.costs = [p.cost for p in passes]
        self.cost = sum(self.costs) / len(self.costs)
        self.outputs = [[a.data for a in p.layers[-1].activations] for p in passes]
        self.layers = [self._layer(layer, k, passes) for k, layer in enumerate(network)]
        for layer, following in zip(self.layers, self.layers[1:], strict=False):
            layer.ratio = layer.delta / following.delta if following.delta else None

    def _layer(self, layer: Layer, k: int, passes: list[Passage]) -> LayerBlame:
        of_logits = self.takes_logits and layer is layers_of(self.model)[-1]
        found = LayerBlame(layer.name or "layer", [self._neuron(n, j, k, passes, of_logits) for j, n in enumerate(layer.neurons)])
        busiest = max(sum(map(abs, n.activations)) for n in found.neurons)
        for n in found.neurons:
            n.lazy = sum(map(abs, n.activations)) < LAZY * busiest
        return found

    def _neuron(self, neuron: Neuron, j: int, k: int, passes: list[Passage], of_logits: bool) -> NeuronBlame:
        layers = [p.layers[k] for p in passes]
        first = layers[0]
        deltas = [layer.deltas[j] for layer in layers]
        connections = [
            Connection(source.label or f"input {i + 1}", w, w.data, [layer.inputs[i].data for layer in layers], deltas)
            for i, (w, source) in enumerate(zip(neuron.w, first.inputs, strict=True))
        ]
        charges = [abs(c.charge) for c in connections]
        largest = max(charges)
        for c, charge in zip(connections, charges, strict=True):  # scaled, so that neither tiny nor huge charges spoil the sum
            c.share = charge / largest / sum(x / largest for x in charges) if largest else 0.0
        return NeuronBlame(
            name=first.activations[j].label,
            activation=neuron.activation,
            zs=[layer.zs[j].data for layer in layers],
            activations=[layer.activations[j].data for layer in layers],
            slopes=None if of_logits else [layer.slopes[j] for layer in layers],
            arrivals=None if of_logits else [layer.arrivals[j] for layer in layers],
            deltas=deltas,
            connections=connections,
            bias=Connection("1", neuron.b, neuron.b.data, [1.0] * len(passes), deltas),
        )

    @property
    def neurons(self) -> list[NeuronBlame]:
        """All neurons, layer by layer."""
        return [neuron for layer in self.layers for neuron in layer.neurons]

    @property
    def saturated(self) -> list[str]:
        """The neurons that let next to nothing through: abs(f'(z)) < 0.01."""
        return [neuron.name for neuron in self.neurons if neuron.saturated]

    @property
    def dead(self) -> list[str]:
        """The neurons that let nothing through: f'(z) = 0 on every row."""
        return [neuron.name for neuron in self.neurons if neuron.dead]

    @property
    def lazy(self) -> list[str]:
        """The neurons with less than a tenth of the activity of the most active one of their layer."""
        return [neuron.name for neuron in self.neurons if neuron.lazy]

    @property
    def heard(self) -> str:
        """How loudly the first layer hears what the output said, as a sentence; empty for a single layer."""
        return verdict.heard(self)

    def neuron(self, name: str | NeuronBlame) -> NeuronBlame:
        """The neuron of that label, `L1.a[2]` or `L1.z[2]`."""
        if isinstance(name, NeuronBlame):
            return name
        wanted = str(name).replace(".z[", ".a[")
        for neuron in self.neurons:
            if neuron.name.replace(".z[", ".a[") == wanted:
                return neuron
        raise LookupError(f"there is no neuron {name!r}; they are {', '.join(n.name for n in self.neurons)}")

    def explain(self, neuron: str | NeuronBlame) -> str:
        """One neuron in plain sentences with the numbers in them. `neuron` is one of the report's, or its label."""
        return verdict.on_neuron(self, self.neuron(neuron))

    def verdict(self) -> str:
        """One mistake on a page: who was charged, who passed it on, who escaped, and what a small change would do to the cost.

        The most charged weights are moved and put back to see what the change does. Raises ValueError for a data set, and where
        the model's parameters are no longer those of the report.
        """
        return verdict.on_mistake(self)

    def to_dict(self) -> dict[str, Any]:
        """Plain data, ready for JSON."""
        names = ("cost", "costs", "outputs", "takes_logits", "saturated", "dead", "lazy", "heard")
        return {name: getattr(self, name) for name in names} | {"layers": [layer.to_dict() for layer in self.layers]}

    def parts(self) -> list[Table | str]:
        """The neurons, their connections, and what stands out."""
        rows = f"{len(self.rows):,} rows, means of absolute values" if len(self.rows) > 1 else "1 row"
        head = ["neuron", "f", "z", "a", "slope", "arrived", "delta", "active", ""]
        neurons = [
            [n.name, n.activation, n.z, n.a, n.slope, n.arrived, n.delta, f"{n.active:.0%}", n.note] for n in reversed(self.neurons)
        ]
        table = Table(head, neurons, f"Neurons, from the output back ({rows}; mean cost {self.cost:.6g})")
        table.right = [name not in ("neuron", "f", "") for name in head]
        sentences = [verdict.WHY_LOGITS.format(self.layers[-1].neurons[0].name)] if self.takes_logits else []
        for word, names in (("Dead", self.dead), ("Saturated", self.saturated), ("Lazy", self.lazy)):
            sentences += [f"{word}: {', '.join(names)}."] if names else []
        more = "report.layers[k].neurons[j].connections has them"
        return [
            *shortened(table, "report.layers has them"),
            *shortened(self._connections(), more),
            "\n".join([*sentences, *filter(None, [self.heard]), SHOWN]),
        ]

    def _connections(self) -> Table:
        head = ["neuron", "charges", "weight", "activation", "charge", "share", "passed on"]
        rows: list[list[Any]] = []
        for n in reversed(self.neurons):
            ranked = sorted(n.connections, key=lambda c: -c.share)[:LISTED]
            kept = [c for c in n.connections if c in ranked]
            for i, c in enumerate(kept):
                name = n.name if i == 0 else ""
                rows.append([name, c.source, c.weight, c.activation, c.charge, f"{c.share:.1%}", c.passed_on])
            if len(n.connections) > len(kept):
                rows.append(["", f"... {len(n.connections) - len(kept):,} with smaller charges", None, None, None, "", None])
            rows.append(["", "bias", n.bias.weight, n.bias.activation, n.bias.charge, "", None])
        table = Table(head, [["" if x is None else x for x in row] for row in rows], "Whom they charge")
        table.right = [name not in ("neuron", "charges") for name in head]
        return table


def blame(model: Any, x: Any, y: Any, cost: str | Cost | Callable[..., Value]) -> Blame:
    """Who charged whom, how much and why, for one example or a data set. Writes no `grad`.

    model  an MLP, a Layer or a Neuron
    x      one row of numbers (or Values), or a list of rows
    y      its target, or one target for each row; class labels where the model was trained with them and this cost
    cost   cost(outputs, target) of one row, such as `nn.mse`, or the name of one of nn's costs

    The report prints as tables. `report.layers[k].neurons[j]` has z, a, slope, arrived, delta and connections[i] with charge, share
    and passed_on; over several rows they are means of absolute values. Raises TypeError for a model without neurons, and the
    errors of the passes with the row's number.

    >>> import nn
    >>> model = nn.MLP(2, [2, 1], "tanh", seed=1)
    >>> report = nn.blame(model, [1.0, 0.0], 0.5, nn.mse)
    >>> neuron = report.layers[0].neurons[0]
    >>> neuron.delta == neuron.arrived * neuron.slope
    True
    >>> [(c.source, c.share) for c in neuron.connections]
    [('x[1]', 1.0), ('x[2]', 0.0)]
    """
    if isinstance(cost, str) and cost not in COSTS:
        raise ValueError(f"cost must be a function of outputs and target, or one of {', '.join(COSTS)}, and got {cost!r}")
    function: Cost = COSTS[cost] if isinstance(cost, str) else cost
    if not callable(function):
        raise TypeError(f"cost must be a function of outputs and target, and got the {type(cost).__name__} {cost!r:.60}")
    items = items_of(x, "x")
    single = isinstance(items[0], str) or not isinstance(items[0], Sequence)
    rows, targets = ([items], [y]) if single else (items, items_of(y, "y"))
    if len(rows) != len(targets):
        raise ValueError(f"y must have one target for each row of x, and has {len(targets)} for {len(rows)} rows")
    return Blame(model, rows, _as_the_cost_takes_them(model, targets, function), function, single)


def _as_the_cost_takes_them(model: Any, targets: list[Any], cost: Cost) -> list[Any]:
    """Class labels as the numbers that training used, where the model was trained with this cost; otherwise as they are."""
    task = getattr(model, "task", None)
    if task is None or task.classes is None or task.cost != getattr(cost, "__name__", ""):
        return targets
    known = all(isinstance(y, str | int | float) and y in task.classes for y in targets)
    return list(task.targets(targets, layers_of(model)[-1].nout)) if known else targets
