"""Neuron, Layer, MLP: the network as the article draws it.

    w[i,j]  the weight on the connection from i to neuron j, both numbered from 1; L1.w[2,1] is in layer 1
    b[j]    the bias of neuron j
    z       pre-activation, z[j] = b[j] + w[1,j] x[1] + w[2,j] x[2] + ..., summed in this order
    a       activation, a[j] = f(z[j])

Every forward pass labels its z and a, so that pictures and explanations can tell the neurons apart. A linear neuron has
a = z, one node.
"""

import math
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from autograd import Value, constant
from autograd.errors import number
from autograd.ops import TABLE
from nn.model import Model
from nn.module import Module, Parameter

Activation = str | Callable[[Value], Value]
Seed = int | random.Random | None

RELU_FAMILY = ("relu", "leaky_relu", "elu", "gelu", "silu")


class Neuron(Module):
    """One neuron: a weighted sum of its inputs and a bias, then an activation.

    `activation` is "linear", the name of an operation of one operand ("relu", "tanh", "sigmoid", ...) or a function of a Value.
    `init` and `seed` as for MLP; `nout` is how many neurons its layer has (xavier asks). `nonlin` is micrograd's way to say
    relu or linear. `layer` and `number` are where it stands in a network, for its labels.

    >>> neuron = Neuron(2, "tanh", seed=1)
    >>> neuron
    Neuron(2 inputs, tanh, 3 parameters)
    >>> out = neuron([1.0, -2.0])
    >>> out.label, out.parents[0].label, neuron.w[1].label
    ('a[1]', 'z[1]', 'w[2,1]')
    """

    def __init__(
        self,
        nin: int,
        activation: Activation = "relu",
        *,
        init: str = "auto",
        seed: Seed = None,
        nonlin: bool | None = None,
        nout: int = 1,
        layer: str = "",
        number: int = 1,
    ) -> None:
        self.nin = _size(nin, "nin")
        self.activation, self._activate = _activation(activation if nonlin is None else "relu" if nonlin else "linear")
        draw = _initial(init, self.activation, nin, nout, _generator(seed))
        self.w = [Parameter(draw(), f"{layer}w[{i},{number}]") for i in range(1, nin + 1)]
        self.b = Parameter(0.0, f"{layer}b[{number}]")
        self._labels = f"{layer}z[{number}]", f"{layer}a[{number}]"

    def __call__(self, x: Iterable[Value | float]) -> Value:
        """The activation for `nin` inputs. Numbers become constants labelled x[1], x[2], ...; Values are used as they are."""
        return self.activate(self.pre_activation(_inputs(x, self.nin, repr(self))))

    def pre_activation(self, inputs: Sequence[Value]) -> Value:
        """z: the bias and every weight times its input, added from left to right."""
        z: Value = self.b
        for w, x in zip(self.w, inputs, strict=True):
            z = z + w * x
        z.label = self._labels[0]
        return z

    def activate(self, z: Value) -> Value:
        """a = f(z)."""
        if self._activate is None:
            return z
        a = self._activate(z)
        if not isinstance(a, Value):
            raise TypeError(f"the activation {self.activation} must answer a Value, and answered the {type(a).__name__} {a!r:.60}")
        if a is not z:
            a.label = self._labels[1]
        return a

    def named_parameters(self) -> Iterator[tuple[str, Parameter]]:
        """The weights, then the bias, by their labels."""
        yield from ((p.label, p) for p in (*self.w, self.b))

    def __repr__(self) -> str:
        return f"Neuron({self.nin} inputs, {self.activation}, {self.nin + 1} parameters)"


class Layer(Module):
    """`nout` neurons that read the same `nin` inputs. Always answers a list. Options as for Neuron.

    >>> layer = Layer(3, 2, "sigmoid", seed=1)
    >>> [a.label for a in layer([0.0, 1.0, 2.0])]
    ['a[1]', 'a[2]']
    """

    def __init__(
        self,
        nin: int,
        nout: int,
        activation: Activation = "relu",
        *,
        init: str = "auto",
        seed: Seed = None,
        nonlin: bool | None = None,
        name: str = "",
    ) -> None:
        generator, prefix = _generator(seed), f"{name}." if name else ""
        self.nin, self.nout, self.name = _size(nin, "nin"), _size(nout, "nout"), name
        self.neurons = [
            Neuron(nin, activation, init=init, seed=generator, nonlin=nonlin, nout=nout, layer=prefix, number=j)
            for j in range(1, nout + 1)
        ]
        self.activation = self.neurons[0].activation

    def forward(self, x: Iterable[Value | float]) -> list[Value]:
        """The neurons' activations."""
        inputs = _inputs(x, self.nin, repr(self))
        return [neuron.activate(neuron.pre_activation(inputs)) for neuron in self.neurons]

    __call__ = forward

    def named_parameters(self) -> Iterator[tuple[str, Parameter]]:
        """Neuron by neuron, by their labels."""
        for neuron in self.neurons:
            yield from neuron.named_parameters()

    def __repr__(self) -> str:
        name = f"{self.name}: " if self.name else ""
        return f"Layer({name}{self.nin} -> {self.nout}, {self.activation}, {self.nout * (self.nin + 1):,} parameters)"


class MLP(Model):
    """A multilayer perceptron: `nin` inputs, then one layer for each entry of `nouts`.

    `activation` is that of the hidden layers and `output` that of the last; a list gives one for each hidden layer, or one for
    each layer, the last too. `init` draws the weights (biases start at 0):

        uniform  between -1 and 1, as micrograd does
        xavier   uniform within sqrt(6 / (nin + nout)): Glorot and Bengio 2010, formula 16
        he       normal with deviation sqrt(2 / nin): He et al. 2015, formula 10
        auto     he for relu and its family, else xavier

    from Python's `random`, or from a generator of its own where `seed` is given.

    >>> model = MLP(2, [3, 1], seed=1)
    >>> model
    MLP(2-3-1, 13 parameters)
      Layer(L1: 2 -> 3, relu, 9 parameters)
      Layer(L2: 3 -> 1, linear, 4 parameters)
    >>> model([1.0, -1.0]).label
    'L2.z[1]'
    """

    def __init__(
        self,
        nin: int,
        nouts: Sequence[int],
        activation: Activation | Sequence[Activation] = "relu",
        output: Activation = "linear",
        init: str = "auto",
        seed: Seed = None,
    ) -> None:
        if not isinstance(nouts, Sequence) or not nouts:
            raise TypeError(f"nouts must be a list of layer sizes such as [16, 16, 1], and got {nouts!r}")
        generator, sizes = _generator(seed), [nin, *nouts]
        self.nin = _size(nin, "nin")
        self.layers = [
            Layer(n, m, f, init=init, seed=generator, name=f"L{k}")
            for k, (n, m, f) in enumerate(zip(sizes, nouts, _activations(activation, output, len(nouts)), strict=False), 1)
        ]

    def forward(self, x: Iterable[Value | float]) -> list[Value]:
        """The activations of the last layer, always as a list."""
        values: Iterable[Value | float] = x
        for layer in self.layers:
            values = layer.forward(values)
        return list(values)  # type: ignore[arg-type]  # a layer answers Values

    def named_parameters(self) -> Iterator[tuple[str, Parameter]]:
        """Layer by layer, neuron by neuron, the weights before the bias, by their labels."""
        for layer in self.layers:
            yield from layer.named_parameters()

    def __repr__(self) -> str:
        sizes = "-".join(map(str, [self.nin, *(layer.nout for layer in self.layers)]))
        return "\n  ".join([f"MLP({sizes}, {len(self.parameters()):,} parameters)", *map(repr, self.layers)])


def _size(n: Any, what: str) -> int:
    if not isinstance(n, int) or isinstance(n, bool) or n < 1:
        raise ValueError(f"{what} must be a whole number of at least 1, and got {n!r}")
    return n


def _inputs(x: Iterable[Value | float], nin: int, who: str) -> list[Value]:
    """The inputs as Values, or an error that says what was expected: never a truncation."""
    if isinstance(x, Value | str | bytes) or not isinstance(x, Iterable):
        raise TypeError(f"{who} expects a list of {nin} numbers or Values, and got the {type(x).__name__} {x!r:.60}")
    inputs = [v if isinstance(v, Value) else constant(number(v, f"input {i}"), f"x[{i}]") for i, v in enumerate(x, 1)]
    if len(inputs) != nin:
        raise ValueError(f"{who} expects {nin} inputs, and got {len(inputs)}")
    return inputs


def _activation(activation: Activation) -> tuple[str, Callable[[Value], Value] | None]:
    """Its name, and what to apply: None where nothing is."""
    if callable(activation):
        return str(getattr(activation, "name", getattr(activation, "__name__", "function"))), activation
    if activation == "linear":
        return "linear", None
    op = TABLE.get(activation)
    if op is None or len(op.partials) != 1:
        known = ", ".join(name for name, op in TABLE.items() if len(op.partials) == 1)
        raise ValueError(f"activation must be a function, 'linear' or one of {known}, and got {activation!r}")
    return activation, op


def _activations(hidden: Activation | Sequence[Activation], output: Activation, layers: int) -> list[Activation]:
    if isinstance(hidden, str) or callable(hidden):
        _activation(hidden)  # a misspelt one is refused where there is no hidden layer to use it, too
        return [hidden] * (layers - 1) + [output]
    if len(hidden) not in (layers - 1, layers):
        raise ValueError(
            f"activation must have one entry for each of {layers - 1} hidden layers (or {layers}), and has {len(hidden)}"
        )
    return [*hidden, output][:layers]


def _generator(seed: Any) -> Any:
    """Something with `uniform` and `gauss`: the module `random` itself where no seed is given, as micrograd uses."""
    if isinstance(seed, random.Random) or seed is random:
        return seed
    if seed is not None and (not isinstance(seed, int) or isinstance(seed, bool)):
        raise TypeError(f"seed must be a whole number or None, and got {seed!r}")
    return random if seed is None else random.Random(seed)


def _initial(init: str, activation: str, nin: int, nout: int, generator: Any) -> Callable[[], float]:
    """A function that draws one weight."""
    bound = math.sqrt(6.0 / (nin + nout))
    draws: dict[str, Callable[[], float]] = {
        "uniform": lambda: generator.uniform(-1.0, 1.0),
        "xavier": lambda: generator.uniform(-bound, bound),
        "he": lambda: generator.gauss(0.0, math.sqrt(2.0 / nin)),
    }
    draws["auto"] = draws["he" if activation in RELU_FAMILY else "xavier"]
    if init not in draws:
        raise ValueError(f"init must be one of {', '.join(draws)}, and got {init!r}")
    return draws[init]
