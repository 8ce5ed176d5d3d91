"""Where nodes are made differently: `no_grad`, under which no graph is built, and traces, which record what would be computed.

Both hold for the running thread (or task) alone, by context variables. Those are slow to ask, and most programs never open such a
block; so `open_blocks` is asked first.
"""

import operator
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import Any

from autograd.ops import CONSTANT

recording: ContextVar[bool] = ContextVar("recording", default=True)  # whether a graph is built
recorder: ContextVar[Any] = ContextVar("recorder", default=None)  # while a function is traced: what records a row
open_blocks: list[None] = []  # one entry for each block that is open, in all threads


@contextmanager
def a_block(variable: ContextVar[Any], now: Any) -> Iterator[None]:
    """Inside, the context variable is `now`."""
    token = variable.set(now)
    open_blocks.append(None)
    try:
        yield
    finally:
        open_blocks.pop()
        variable.reset(token)


def no_grad() -> AbstractContextManager[None]:
    """Inside, operations build no graph: each result is a constant. For evaluation, where nothing will be differentiated.

    It holds for the running thread (or task) alone, as in PyTorch.

    >>> from autograd import Value, no_grad
    >>> with no_grad():
    ...     out = Value(2.0) * 3
    >>> out.data, out.parents
    (6.0, ())
    """
    return a_block(recording, False)


def in_a_block(out: Any) -> Any:
    """A new node, in a block of this thread or of another: a trace records what depends on a leaf."""
    record = recorder.get()
    if record is not None and any(x.op is not CONSTANT for x in out.parents):
        return record(out.op.name, out.parents)
    if not recording.get():
        out.op, out.parents = CONSTANT, ()
    return out


def compared(name: str, x: Any, y: Any, data: Callable[[Any], float]) -> bool:
    """A comparison in such a block: in a trace it is a condition, which `where` takes, unless both are constants."""
    record = recorder.get()
    if record is None or (x.op is CONSTANT and getattr(y, "op", CONSTANT) is CONSTANT):
        comparison: Callable[[float, float], bool] = getattr(operator, name)
        return comparison(x.data, data(y))
    condition: bool = record(name, (x, y), hidden=True)
    return condition
