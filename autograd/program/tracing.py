"""Tracing: run a function once on Values that have no data, and record what it does as a Program.

A traced Value is a Value, so whatever works on Values works on it: a model's forward pass, and `gradients`, whose rules are
ordinary functions of Values. The program of a gradient is the trace of the backward pass; nothing here knows a derivative.

    row, sources  what computed a traced Value, and from what; None and () for an input
    op, parents   the same as derivatives see it: a condition and what `detach` answers look like constants there
"""

from collections.abc import Callable, Sequence
from itertools import count
from typing import Any, ClassVar, NoReturn

from autograd import modes
from autograd.functional import graphs_kept
from autograd.ops import CONSTANT, TABLE, Op
from autograd.program.code import COMPARISONS, Instruction, Program, collector_paused
from autograd.reverse import topological_order
from autograd.structure import leaves, rebuild
from autograd.value import Value, as_value, set_methods


class TraceError(TypeError):
    """The function asks for what a trace does not have: the number behind a Value."""


class Traced(Value):
    """A Value without data: the trace of a function records what is done to it."""

    __slots__ = ("number", "row", "sources", "trace")
    _eager: ClassVar[bool] = False

    trace: "Recorder"
    number: int
    row: str | None
    sources: tuple[Value, ...]

    @property
    def data(self) -> NoReturn:  # type: ignore[override]
        """Not there: the function will run on many numbers."""
        raise TraceError(
            f"{self!r} has no data while the function is traced: the program will run on many numbers. "
            "To choose by a number write maximum(x, y) or where(x > 0, a, b); .data of a constant weight can be read before"
        )

    @classmethod
    def _apply(cls, op: Op, operands: tuple[Any, ...]) -> Value:
        return _recording()(op.name, tuple(as_value(x, op) for x in operands))

    def __bool__(self) -> bool:
        raise TraceError(
            f"the truth of {self!r} is not known while the function is traced: `if`, `and`, `or`, `not` and max() cannot "
            "depend on it. Write where(condition, a, b), maximum or minimum"
        )

    def __repr__(self) -> str:
        return f"Traced({self.label or self.row or 'input'!s})"

    def __reduce__(self) -> NoReturn:
        raise TraceError(f"{self!r} cannot be pickled or copied: it lives in its trace alone")

    def item(self) -> float:
        """Refused, as `data` is."""
        return self.data


def _recording() -> "Recorder":
    recorder: Recorder | None = modes.recorder.get()
    if recorder is None:
        raise TraceError("a traced Value has left the function that was traced; answer it instead of storing it")
    return recorder


def _installed(op: Op) -> None:
    set_methods(Traced, op, lambda *operands: Traced._apply(op, operands))


for _op in TABLE.values():
    if _op.name != "where":
        _installed(_op)


class Recorder:
    """What a trace has met so far. Called with an operation and Values, it records them and answers the traced result."""

    def __init__(self) -> None:
        self.clock = count()

    def __call__(self, op: str, operands: Sequence[Any], hidden: bool = False) -> Traced:
        sources = tuple(x if isinstance(x, Value) else as_value(x, CONSTANT) for x in operands)
        if op == "where" and sources[0].op is not CONSTANT:
            raise TypeError(f"the condition of where must be a comparison such as x > 0, and got {sources[0]!r}")
        for x in sources:
            if isinstance(x, Traced) and x.trace is not self:
                raise TraceError(f"{x!r} belongs to another trace")
            if isinstance(x, Traced) and x.row in COMPARISONS and not (op == "where" and x is sources[0]):
                raise TypeError(f"{op} reads the condition {x!r} as a number; write where(condition, 1.0, 0.0)")
        return self.new(op, sources, hidden or not modes.recording.get())

    def new(self, op: str | None, sources: tuple[Value, ...] = (), hidden: bool = False, label: str = "") -> Traced:
        """A traced Value; an input where there is no operation."""
        out: Traced = object.__new__(Traced)
        out.trace, out.number, out.row, out.sources = self, next(self.clock), op, sources
        out.grad, out.label = 0.0, label
        out.op, out.parents = (CONSTANT, ()) if hidden else (None if op is None else TABLE[op], sources)
        return out


@collector_paused()
def record(function: Callable[..., Any], arguments: Sequence[Any], names: Sequence[str]) -> tuple[Program, list[Value], Any]:
    """Run `function` on traced twins of the arguments: the program, the leaves that are its parameters, what it answered."""
    recorder = Recorder()
    found = [leaves(x, name) for x, name in zip(arguments, names, strict=True)]
    inputs = [[recorder.new(None, label=path) for path, _ in given] for given in found]
    with modes.a_block(modes.recorder, recorder), graphs_kept():
        answer = function(*(rebuild(x, twins) for x, twins in zip(arguments, inputs, strict=True)))
    outputs = [x if isinstance(x, Value) else as_value(x, CONSTANT) for _, x in leaves(answer, "what the function answers")]
    for x in outputs:
        if isinstance(x, Traced) and (x.trace is not recorder or x.row in COMPARISONS):
            raise TypeError("the function answers a condition; write where(condition, 1.0, 0.0)")
    return *_flattened([x for given in inputs for x in given], outputs), answer


def _flattened(inputs: list[Traced], outputs: list[Value]) -> tuple[Program, list[Value]]:
    """The program that computes `outputs`, and its parameters. Traced results come in the order in which they were made."""
    order = _needed(outputs)
    parameters = [x for x in order if x.op is None and not isinstance(x, Traced)]
    numbers = {repr(x.data): x.data for x in order if _is_constant(x)}
    place: dict[Value, int] = {x: ~k for k, x in enumerate([*inputs, *parameters])}
    constants = {text: ~(len(place) + k) for k, text in enumerate(numbers)}
    place |= {x: constants[repr(x.data)] for x in order if _is_constant(x)}
    code: list[Instruction] = []
    labels: dict[int, str] = {}
    for node in order:
        if node not in place:
            sources = node.sources if isinstance(node, Traced) else node.parents
            op = node.row if isinstance(node, Traced) else node.op.name if node.op else None
            if op is None:
                raise TraceError(f"{node!r} belongs to another trace")
            if node.label:
                labels[len(code)] = node.label
            code.append(Instruction(op, tuple(place[x] for x in sources)))
            place[node] = len(code) - 1
    names = tuple(x.label or f"input[{k}]" for k, x in enumerate(inputs)), tuple(p.label or "leaf" for p in parameters)
    return Program(*names, tuple(numbers.values()), tuple(code), tuple(place[x] for x in outputs), labels), parameters


def _is_constant(x: Value) -> bool:
    return x.op is CONSTANT and not isinstance(x, Traced)


def _needed(outputs: list[Value]) -> list[Value]:
    """All that the outputs depend on: eager nodes in the order of their use, operands first, then traced ones by age."""
    traced: set[Traced] = set()
    stack = [x for x in outputs if isinstance(x, Traced)]
    while stack:
        node = stack.pop()
        if node not in traced:
            traced.add(node)
            stack.extend(x for x in node.sources if isinstance(x, Traced))
    aged = sorted(traced, key=lambda x: x.number)
    used = [x for node in aged for x in node.sources] + outputs
    eager = list(dict.fromkeys(x for x in used if not isinstance(x, Traced)))
    made = topological_order(*eager) if eager else []
    if strange := [x for x in made if isinstance(x, Traced)]:
        raise TraceError(f"{strange[0]!r} belongs to another trace")
    return [*made, *aged]


def trace(function: Callable[..., Any], *examples: Any) -> Program:
    """The program of `function`: it runs once, on Values that stand for the numbers of `examples` (nested lists, tuples, dicts).

    Leaf Values that the function touches without receiving them become parameters. TraceError where it asks for a number that
    is not there yet (`.data`, `if x > 0`).

    >>> from autograd import Value, where
    >>> w = Value(2.0, "w")
    >>> print(trace(lambda x: where(x > 0.0, w * x, 0.0), 1.0))
    program of x; 1 parameters: 3 instructions
      v1 = gt x 0.0
      v2 = mul w x
      v3 = where v1 v2 0.0
    answers v3
    """
    import inspect

    if not callable(function):
        raise TypeError(f"a function is traced, as in trace(f, 1.0), and got the {type(function).__name__} {function!r:.60}")
    try:
        names = list(inspect.signature(function).bind(*examples).arguments)
    except (TypeError, ValueError):
        names = []
    names = names if len(names) == len(examples) else [f"argument {k}" for k in range(len(examples))]
    return record(function, examples, names)[0]
