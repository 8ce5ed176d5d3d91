"""What counts as a number, and the errors of an operation that has no finite result.

Wrong types are TypeError; no value is a ValueError, overflow an OverflowError, division by zero a ZeroDivisionError: the classes
here are of those kinds and of ArithmeticError, and carry the row of the table and the operands that did it.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autograd.ops import Op


class OpError(ArithmeticError):
    """An operation has no finite result, or no finite derivative, here. `op` is its row, `operands` what it was given."""

    def __init__(self, message: str, op: "Op | None" = None, operands: Sequence[Any] = ()) -> None:
        super().__init__(message)
        self.op, self.operands = op, tuple(operands)


class NoValueError(OpError, ValueError):
    """The operation has no real value at these operands: log(-1)."""


class OverflowedError(OpError, OverflowError):
    """The result is too large for a float: exp(1000)."""


class DividedByZeroError(OpError, ZeroDivisionError):
    """Division by zero, or zero to a negative power."""


class DerivativeError(NoValueError):
    """A node of the backward pass has no finite derivative here: sqrt at 0."""


_nan_allowed: ContextVar[bool] = ContextVar("nan_allowed", default=False)


@contextmanager
def allow_nan() -> Iterator[None]:
    """Inside, Values may be NaN or infinite, and NaN or infinite operands may give such a result. Finite ones may not.

    >>> from autograd import Value, allow_nan
    >>> with allow_nan():
    ...     (Value(float("nan")) + 1).data
    nan
    """
    token = _nan_allowed.set(True)
    try:
        yield
    finally:
        _nan_allowed.reset(token)


def nan_allowed() -> bool:
    """Whether this is inside `allow_nan()`."""
    return _nan_allowed.get()


def number(x: Any, what: str) -> float:
    """`x` as a float, or a TypeError that says what a number is. NumPy's scalars count; arrays, strings, complex do not.

    >>> number("1", "data")
    Traceback (most recent call last):
    TypeError: data must be a number (int, float, bool or a NumPy scalar), and got the str '1'
    """
    kind = type(x)
    if isinstance(x, int | float) or (
        kind.__module__ == "numpy" and getattr(x, "shape", None) == () and kind.__name__ != "ndarray" and x.dtype.kind in "fiub"
    ):
        try:
            return float(x)
        except OverflowError:
            raise OverflowedError(f"{what} is an int beyond 1.8e308, too large for a float") from None
    hint = {
        "ndarray": "; write one Value per element, or .item()",
        "Tensor": "; write .item()",
        "Decimal": "; write float(...)",
        "Fraction": "; write float(...)",
    }
    advice = "; write .data or .detach()" if hasattr(x, "_apply") and hasattr(x, "data") else ""
    given = f"the {kind.__name__} {x!r:.60}" + hint.get(kind.__name__, advice)
    raise TypeError(f"{what} must be a number (int, float, bool or a NumPy scalar), and got {given}")
