"""Module: a thing with parameters. Neuron, Layer, MLP and whatever a reader builds from them are modules."""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from autograd import Value, zero_grad


class Parameter(Value):
    """A leaf that training may change: a weight or a bias. Pictures tell it from an input by its class.

    >>> Parameter(0.5, "w[1,1]")
    Parameter(data=0.5, grad=0.0, label='w[1,1]')
    """

    __slots__ = ()
    kind: ClassVar[str] = "parameter"


class Module:
    """Base class: finds the Parameters among its attributes, in the order in which they were set, and inside lists and modules.

    >>> class Line(Module):
    ...     def __init__(self):
    ...         self.slope, self.ends = Parameter(2.0), [Parameter(0.0), Parameter(1.0)]
    >>> [name for name, parameter in Line().named_parameters()]
    ['slope', 'ends.0', 'ends.1']
    """

    def named_parameters(self) -> Iterator[tuple[str, Parameter]]:
        """Every parameter with its name: the path of attributes that leads to it."""
        for name, value in vars(self).items():
            yield from _named(name, value)

    def parameters(self) -> list[Parameter]:
        """Every parameter, in the order of `named_parameters`."""
        return [parameter for _, parameter in self.named_parameters()]

    def zero_grad(self) -> None:
        """Set the grad of every parameter to 0. Without it, gradients add up over backward passes."""
        zero_grad(*self.parameters())

    def state_dict(self) -> dict[str, float]:
        """Every parameter's data by name: all that a model has learned."""
        named = list(self.named_parameters())
        state = {name: parameter.data for name, parameter in named}
        if len(state) < len(named):
            raise ValueError("two parameters have the same name, so a dictionary cannot hold both: give them labels of their own")
        return state

    def load_state_dict(self, state: Mapping[str, float]) -> None:
        """Set every parameter's data by name, all or none. Raises ValueError where the names are not the same."""
        named = dict(self.named_parameters())
        if named.keys() != state.keys():
            missing, strange = [n for n in named if n not in state], [n for n in state if n not in named]
            raise ValueError(f"the state must have this module's parameters; missing: {missing[:5]}, not known: {strange[:5]}")
        values = [Value(state[name]).data for name in named]
        for parameter, data in zip(named.values(), values, strict=True):
            parameter.data = data


def _named(name: str, value: Any) -> Iterator[tuple[str, Parameter]]:
    if isinstance(value, Parameter):
        yield name, value
    elif isinstance(value, Module):
        yield from ((f"{name}.{inner}", parameter) for inner, parameter in value.named_parameters())
    elif isinstance(value, list | tuple):
        for i, item in enumerate(value):
            yield from _named(f"{name}.{i}", item)
