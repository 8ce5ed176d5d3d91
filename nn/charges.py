"""What a blame report holds: each connection's charge, each neuron's error, each layer's, over one row or several."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from autograd import Value

SATURATED = 0.01  # a slope below this lets next to nothing through


def summary(numbers: Sequence[float]) -> float:
    """The number itself for one row, the mean of the absolute values for several."""
    return numbers[0] if len(numbers) == 1 else sum(map(abs, numbers)) / len(numbers)


@dataclass(eq=False)
class Connection:
    """One connection into a neuron, or its bias. `source` is a label; the lists have one number for each row."""

    source: str
    parameter: Value = field(repr=False)
    weight: float
    activations: list[float] = field(repr=False)
    deltas: list[float] = field(repr=False)
    share: float = 0.0

    @property
    def name(self) -> str:
        """The label of the weight."""
        return self.parameter.label

    @property
    def activation(self) -> float:
        """a_i: what came in."""
        return summary(self.activations)

    @property
    def charges(self) -> list[float]:
        """delta_j * a_i for each row."""
        return [delta * a for delta, a in zip(self.deltas, self.activations, strict=True)]

    @property
    def charge(self) -> float:
        """delta_j * a_i."""
        return summary(self.charges)

    @property
    def passed_on(self) -> float:
        """delta_j * w[i,j]."""
        return summary([delta * self.weight for delta in self.deltas])

    @property
    def pulls(self) -> list[float]:
        """Each row's part in `gradient`, with its sign: above 0 the row asks for a smaller weight, below 0 for a larger one."""
        return [charge / len(self.deltas) for charge in self.charges]

    @property
    def gradient(self) -> float:
        """d (mean cost) / dw: the sum of the pulls."""
        return sum(self.pulls)

    def to_dict(self) -> dict[str, Any]:
        """Plain data, ready for JSON."""
        names = ("source", "name", "weight", "activation", "charge", "share", "passed_on", "gradient", "pulls")
        return {name: getattr(self, name) for name in names}


@dataclass(eq=False)
class NeuronBlame:
    """What one neuron was handed, and whom it charged; in the lists one number for each row."""

    name: str
    activation: str
    zs: list[float] = field(repr=False)
    activations: list[float] = field(repr=False)
    slopes: list[float] | None = field(repr=False)
    arrivals: list[float] | None = field(repr=False)
    deltas: list[float] = field(repr=False)
    connections: list[Connection] = field(repr=False)
    bias: Connection = field(repr=False)
    lazy: bool = False

    @property
    def z(self) -> float:
        """The pre-activation."""
        return summary(self.zs)

    @property
    def a(self) -> float:
        """The activation."""
        return summary(self.activations)

    @property
    def slope(self) -> float | None:
        """f'(z); None where the cost takes the logit z itself."""
        return None if self.slopes is None else summary(self.slopes)

    @property
    def arrived(self) -> float | None:
        """dC/da: what the neurons downstream passed to this one; None where the cost takes the logit z itself."""
        return None if self.arrivals is None else summary(self.arrivals)

    @property
    def delta(self) -> float:
        """dC/dz = arrived * slope."""
        return summary(self.deltas)

    @property
    def active(self) -> float:
        """The fraction of the rows in which its activation is not 0."""
        return sum(a != 0.0 for a in self.activations) / len(self.activations)

    @property
    def dead(self) -> bool:
        """Whether its slope is 0 on every row: nothing gets through."""
        return self.slopes is not None and not any(self.slopes)

    @property
    def saturated(self) -> bool:
        """Whether its slope is below 0.01, over several rows in the mean, and it is not dead."""
        return self.slopes is not None and not self.dead and sum(map(abs, self.slopes)) / len(self.slopes) < SATURATED

    @property
    def note(self) -> str:
        """One word on its state, where there is one."""
        return "dead" if self.dead else "saturated" if self.saturated else "lazy" if self.lazy else ""

    def to_dict(self) -> dict[str, Any]:
        """Plain data, ready for JSON."""
        names = ("name", "activation", "z", "a", "slope", "arrived", "delta", "active", "saturated", "dead", "lazy")
        connections = {"connections": [c.to_dict() for c in self.connections], "bias": self.bias.to_dict()}
        return {name: getattr(self, name) for name in names} | connections


@dataclass(eq=False)
class LayerBlame:
    """The neurons of one layer; `ratio` is its mean abs(delta) over that of the next layer, None for the last one."""

    name: str
    neurons: list[NeuronBlame]
    ratio: float | None = None

    @cached_property
    def delta(self) -> float:
        """The mean of abs(delta) over its neurons and the rows."""
        return sum(sum(map(abs, n.deltas)) / len(n.deltas) for n in self.neurons) / len(self.neurons)

    def to_dict(self) -> dict[str, Any]:
        """Plain data, ready for JSON."""
        return {"name": self.name, "delta": self.delta, "ratio": self.ratio, "neurons": [n.to_dict() for n in self.neurons]}
