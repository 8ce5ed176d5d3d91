"""A computation graph of scalars that a person can read.

>>> from autograd import Value
>>> x, y = Value(2.0, "x"), Value(-3.0, "y")
>>> cost = (x * y).tanh()
>>> cost.backward()
>>> print(f"{cost.data:.6f} {x.grad:.6f} {y.grad:.6f}")
-0.999988 -0.000074 0.000049
"""

from typing import TYPE_CHECKING, Any

from autograd import sibling, storage  # noqa: F401  check what is in the way of nn; teach Value to be pickled
from autograd.errors import DerivativeError, DividedByZeroError, NoValueError, OpError, OverflowedError, allow_nan
from autograd.modes import no_grad
from autograd.ops import (
    Op,
    abs,
    acos,
    add,
    asin,
    atan,
    atan2,
    cos,
    cosh,
    div,
    elu,
    erfc,
    exp,
    expm1,
    gelu,
    leaky_relu,
    log,
    log1p,
    maximum,
    minimum,
    mul,
    neg,
    pos,
    pow,
    relu,
    sigmoid,
    silu,
    sin,
    sinh,
    softplus,
    sqrt,
    sub,
    tan,
    tanh,
    where,
)
from autograd.reverse import adjoints, count, gradients, topological_order
from autograd.value import Value, constant, label, zero_grad

if TYPE_CHECKING:
    from autograd.check import GradcheckError, define, gradcheck
    from autograd.functional import grad, hessian, jacobian, value_and_grad
    from autograd.ledger import explain
    from autograd.origin import StaleGraphError
    from autograd.page import explore
    from autograd.picture import draw
    from autograd.program import Program, compile, trace
    from autograd.routes import paths

__version__ = "0.1.0"

__all__ = [
    "DerivativeError",
    "DividedByZeroError",
    "GradcheckError",
    "NoValueError",
    "Op",
    "OpError",
    "OverflowedError",
    "Program",
    "StaleGraphError",
    "Value",
    "abs",
    "acos",
    "add",
    "adjoints",
    "allow_nan",
    "asin",
    "atan",
    "atan2",
    "compile",
    "constant",
    "cos",
    "cosh",
    "count",
    "define",
    "div",
    "draw",
    "elu",
    "erfc",
    "exp",
    "explain",
    "explore",
    "expm1",
    "gelu",
    "grad",
    "gradcheck",
    "gradients",
    "hessian",
    "jacobian",
    "label",
    "leaky_relu",
    "log",
    "log1p",
    "maximum",
    "minimum",
    "mul",
    "neg",
    "no_grad",
    "paths",
    "pos",
    "pow",
    "relu",
    "sigmoid",
    "silu",
    "sin",
    "sinh",
    "softplus",
    "sqrt",
    "sub",
    "tan",
    "tanh",
    "topological_order",
    "trace",
    "value_and_grad",
    "where",
    "zero_grad",
]

_WHEN_ASKED = {
    "autograd.check": ["GradcheckError", "define", "gradcheck"],
    "autograd.functional": ["grad", "hessian", "jacobian", "value_and_grad"],
    "autograd.ledger": ["explain"],
    "autograd.origin": ["StaleGraphError"],
    "autograd.page": ["explore"],
    "autograd.picture": ["draw"],
    "autograd.program": ["Program", "compile", "trace"],
    "autograd.routes": ["paths"],
}  # loaded by their first use, so that `import autograd` stays quick


def __getattr__(name: str) -> Any:
    for module, names in _WHEN_ASKED.items():
        if name in names or module == f"autograd.{name}":
            from importlib import import_module

            found = import_module(module)
            return getattr(found, name) if name in names else found
    raise AttributeError(f"module 'autograd' has no attribute {name!r}")
