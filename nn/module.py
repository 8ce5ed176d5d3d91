"""Module: a thing with parameters. Neuron, Layer, MLP and whatever a reader builds from them are modules."""

from collections.abc import Iterator
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


def _named(name: str, value: Any) -> Iterator[tuple[str, Parameter]]:
    if isinstance(value, Parameter):
        yield name, value
    elif isinstance(value, Module):
        yield from ((f"{name}.{inner}", parameter) for inner, parameter in value.named_parameters())
    elif isinstance(value, list | tuple):
        for i, item in enumerate(value):
            yield from _named(f"{name}.{i}", item)
