"""`compile`: a function of Values as a function of numbers that runs as a program.

row       one evaluation: the arguments that `rows` names carry a leading axis of rows
shared    what every row reads alike: the other arguments, and the leaf Values that the function touches
plan      the program for one structure of arguments, with its executor
marked    a row in which something was not finite; it runs again eagerly, which raises the error, or gives the number
"""

import functools
import inspect
from collections.abc import Callable, Iterable, Sequence
from importlib.util import find_spec
from typing import Any

from autograd.errors import NoValueError, OpError, OverflowedError, nan_allowed, number
from autograd.modes import recorder
from autograd.program.code import Program
from autograd.program.tracing import record
from autograd.structure import leaves, rebuild
from autograd.sums import sum_in_order
from autograd.value import Value

BACKENDS = ("auto", "python", "numpy", "native")


def compile(  # noqa: A001  # autograd.compile is the name that says it
    function: Callable[..., Any] | None = None,
    rows: str | Sequence[str] = (),
    reduce: str | None = None,
    backend: str = "auto",
    exact: bool = False,
) -> Any:
    """A function of the same signature as `function`, that takes numbers where it takes Values, and runs as a program.

    Arguments are numbers, NumPy arrays, or nested lists, tuples and dicts of numbers; the answer has the structure of what
    `function` answers. `function` runs once, on Values without data, for each structure of arguments that it meets. Leaf Values
    that it touches without receiving them, the weights of a model, are read anew at each call.

    rows     names of the arguments that carry a leading axis of rows. Each row is one evaluation; each number of the answer
             becomes one array of length rows (a list where NumPy is not used).
    reduce   "sum" or "mean" of the rows instead, in an order that is the same everywhere
    backend  "python", "numpy", "native" (extra `native`), or "auto": the fastest that is installed
    exact    the same bits as eager evaluation. Otherwise functions may be off in the last place, and products fused with sums.

    Where eager evaluation of a row raises, so does this, with the row's number (from 0). Raises TypeError and ValueError for
    arguments that do not fit, TraceError where `function` asks for a number that is not there while it is traced.

    >>> from autograd import compile, functional
    >>> @compile(rows=("x", "y"), reduce="mean", backend="python")
    ... def cost(w, x, y):
    ...     return (w * x - y) ** 2
    >>> cost(2.0, [1.0, 2.0], [1.0, 5.0])
    1.0
    >>> cost_and_slope = compile(functional.value_and_grad(lambda w, x: w * x * x), rows="x", backend="python")
    >>> cost_and_slope(2.0, [1.0, 3.0])
    ([2.0, 18.0], [1.0, 9.0])
    """
    rows = (rows,) if isinstance(rows, str) else tuple(rows)
    if reduce not in (None, "sum", "mean"):
        raise ValueError(f'reduce must be None, "sum" or "mean", and got {reduce!r}')
    if reduce is not None and not rows:
        raise ValueError(f"reduce={reduce!r} needs rows=(...), the names of the arguments that carry rows")
    if backend not in BACKENDS:
        raise ValueError(f"backend must be one of {', '.join(BACKENDS)}, and got {backend!r}")
    if function is None:
        return functools.partial(compile, rows=rows, reduce=reduce, backend=backend, exact=exact)
    if not callable(function):
        raise TypeError(f"a function is compiled, as in compile(f), and got the {type(function).__name__} {function!r:.60}")
    compiled = _Compiled(function, rows, reduce, _chosen(backend), exact)
    return functools.wraps(function, updated=())(lambda *arguments, **keywords: compiled(arguments, keywords))


def _chosen(backend: str) -> str:
    if backend == "auto":
        has_numpy, has_llvm = find_spec("numpy") is not None, find_spec("llvmlite") is not None
        return "native" if has_numpy and has_llvm else "numpy" if has_numpy else "python"
    needed = {"numpy": ("numpy",), "native": ("numpy", "llvmlite")}.get(backend, ())
    if missing := [name for name in needed if find_spec(name) is None]:
        raise ModuleNotFoundError(f'backend="{backend}" needs {" and ".join(missing)}: pip install "blamegrad[native]"')
    return backend


def executor(backend: str, program: Program, row_inputs: int, exact: bool) -> Any:
    """The executor of that name for a program whose first `row_inputs` inputs differ from row to row."""
    if backend == "python":
        from autograd.program.python_executor import PythonExecutor

        return PythonExecutor(program, row_inputs, exact)
    if backend == "numpy":
        from autograd.program.numpy_executor import NumpyExecutor

        return NumpyExecutor(program, row_inputs, exact)
    from autograd.program.native import NativeExecutor

    return NativeExecutor(program, row_inputs, exact)


class _Compiled:
    """A function with its plans, one for each structure of arguments."""

    def __init__(self, function: Any, rows: tuple[str, ...], reduce: str | None, backend: str, exact: bool) -> None:
        self.function, self.reduce, self.backend, self.exact = function, reduce, backend, exact
        self.signature = inspect.signature(function)
        self.plans: dict[Any, _Plan] = {}
        kinds = [p.kind for p in self.signature.parameters.values()]
        if any(kind in (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.KEYWORD_ONLY) for kind in kinds):
            raise TypeError(
                "a compiled function takes its arguments by position or name; give it no *, keyword-only or ** parameters"
            )
        self.names = list(self.signature.parameters)
        if unknown := [name for name in rows if name not in self.names]:
            raise ValueError(f"rows names {unknown[0]!r}, and the function takes {', '.join(self.names) or 'nothing'}")
        self.row_names = rows

    def __call__(self, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        if recorder.get() is not None:  # inside of a trace it is the function itself, and becomes a part of that program
            if self.row_names:
                raise TypeError(f"a function of rows ({', '.join(self.row_names)}) runs by itself, not while another is traced")
            return self.function(*arguments, **keywords)
        if keywords or len(arguments) != len(self.names):
            bound = self.signature.bind(*arguments, **keywords)
            bound.apply_defaults()
            arguments = bound.args
        names = self.names if len(arguments) == len(self.names) else [f"argument {k}" for k in range(len(arguments))]
        carries = [name in self.row_names for name in names]
        examples = [_first(x, name) if has else x for x, name, has in zip(arguments, names, carries, strict=True)]
        key = tuple(map(_shape, examples))
        plan = self.plans.get(key)
        if plan is None:
            plan = self.plans[key] = _Plan(self, [_lists(x) for x in examples], names, carries)
        return plan(arguments)


class _Plan:
    def __init__(self, owner: _Compiled, examples: list[Any], names: list[str], carries: list[bool]) -> None:
        self.owner, self.examples, self.names = owner, examples, names
        order = sorted(range(len(examples)), key=lambda k: not carries[k])  # the arguments that carry rows come first
        self.order, self.row_arguments = order, sum(carries)
        self.single = not self.row_arguments
        self.places = [order.index(k) for k in range(len(order))]
        try:
            self.program, self.parameters, self.answer = record(
                lambda *permuted: owner.function(*(permuted[k] for k in self.places)),
                [examples[k] for k in order],
                [names[k] for k in order],
            )
        except OpError:  # on weights alone, which have numbers: an operation on the inputs may fail before it
            self._first_row(examples)
            raise
        self.widths = [len(leaves(examples[k], names[k])) for k in order]
        self.row_inputs = sum(self.widths[: self.row_arguments])
        self.build = _builder(self.answer)
        self.executor = executor(owner.backend, self.program, self.row_inputs, owner.exact)

    def __call__(self, arguments: Sequence[Any]) -> Any:
        arguments = [arguments[k] for k in self.order]
        names = [self.names[k] for k in self.order]
        rows = self._rows(arguments[: self.row_arguments], names)
        shared = [x for given, name in zip(arguments, names, strict=True) for x in _numbers(given, name)] if self.single else []
        for given, name in list(zip(arguments, names, strict=True))[self.row_arguments :] if not self.single else []:
            shared += _numbers(given, name)
        shared += [p.data for p in self.parameters]
        if nan_allowed():
            answers = [self._eagerly(rows, shared, r) for r in range(len(rows))]
            return self._shaped(self._reduced(answers) if self.owner.reduce else answers)
        _check_finite(shared, self)
        if self.owner.reduce and hasattr(self.executor, "reduced"):
            numbers = self.executor.reduced(rows, shared, 1.0 if self.owner.reduce == "sum" else len(rows))
            if numbers is not None:
                return self._shaped(numbers)
        answers, marked = self.executor.rows(rows, shared)
        for r in marked:
            answers[r] = self._eagerly(rows, shared, r)
        return self._shaped(self._reduced(answers) if self.owner.reduce else answers)

    def _rows(self, arguments: Sequence[Any], names: Sequence[str]) -> Any:
        """One list (or line of an array) of all the row inputs for each row."""
        if self.single:
            return [[]] if self.owner.backend == "python" else _numpy().zeros((1, 0))
        lengths = {name: len(x) for x, name in zip(arguments, names, strict=False)}
        if len(set(lengths.values())) > 1:
            raise ValueError(f"arguments that carry rows must have as many each, and they have {lengths}")
        if self.owner.backend == "python":
            parts = [_rows_alike(given, width, name) for given, name, width in self._row_parts(arguments, names)]
            rows: Any = [[x for part in row for x in part] for row in zip(*parts, strict=True)]
            for r, row in enumerate(rows):
                _check_finite(row, self, r)
            return rows
        np = _numpy()
        arrays = [_array(given, width, name, np) for given, name, width in self._row_parts(arguments, names)]
        rows = arrays[0] if len(arrays) == 1 else np.concatenate(arrays, axis=1)
        if not nan_allowed() and not np.isfinite(rows).all():
            r = int(np.flatnonzero(~np.isfinite(rows).all(axis=1))[0])
            _check_finite(rows[r].tolist(), self, r)
        return rows

    def _row_parts(self, arguments: Sequence[Any], names: Sequence[str]) -> Iterable[tuple[Any, str, int]]:
        return zip(arguments, names[: self.row_arguments], self.widths[: self.row_arguments], strict=True)

    def _first_row(self, examples: Sequence[Any]) -> None:
        """The first row, evaluated with Values."""
        values = [rebuild(x, [Value(y, path) for path, y in leaves(x, name)]) for x, name in zip(examples, self.names, strict=True)]
        self._with_row_number(0, values)

    def _with_row_number(self, r: int, arguments: Sequence[Any]) -> Any:
        try:
            return self.owner.function(*arguments)
        except OpError as error:
            if self.single:
                raise
            raise type(error)(f"row {r}: {error}", error.op, error.operands) from error

    def _eagerly(self, rows: Any, shared: Sequence[float], r: int) -> list[float]:
        """One row, evaluated with Values: its outputs, or the error with the row's number."""
        given = [*map(float, rows[r]), *shared[: len(self.program.inputs) - self.row_inputs]]
        values = [Value(x, label) for x, label in zip(given, self.program.inputs, strict=True)]
        examples = [self.examples[k] for k in self.order]
        arguments = rebuild(examples, values)
        answer = self._with_row_number(r, [arguments[k] for k in self.places])
        return [x.data if isinstance(x, Value) else x for _, x in leaves(answer, "what the function answers")]

    def _reduced(self, answers: Any) -> list[float]:
        columns = zip(*answers, strict=True) if isinstance(answers, list) else answers.T.tolist()
        sums = list(map(sum_in_order, columns))
        if not nan_allowed() and any(x - x != 0.0 for x in sums):
            raise OverflowedError("the sum over the rows overflows: it is beyond 1.8e308")
        return sums if self.owner.reduce == "sum" else [x / len(answers) for x in sums]

    def _shaped(self, answers: Any) -> Any:
        """The outputs in the structure that the function answers."""
        if self.single:
            answers = [float(x) for x in answers[0]]
        elif not self.owner.reduce:
            answers = list(map(list, zip(*answers, strict=True))) if isinstance(answers, list) else list(answers.T.copy())
        return self.build(answers, 0)[0]


def _builder(answer: Any) -> Callable[[Any, int], tuple[Any, int]]:
    """A function of (leaves, start) that answers what `rebuild(answer, leaves[start:])` does, a list of leaves as one slice."""
    if type(answer) in (list, tuple):
        if not any(isinstance(x, list | tuple | dict) for x in answer):
            kind, length = type(answer), len(answer)
            return lambda leaves, start: (kind(leaves[start : start + length]), start + length)
        parts = [_builder(x) for x in answer]

        def several(leaves: Any, start: int) -> tuple[Any, int]:
            built = []
            for part in parts:
                one, start = part(leaves, start)
                built.append(one)
            return type(answer)(built), start

        return several
    count = len(leaves(answer))
    return lambda leaves, start: (rebuild(answer, leaves[start : start + count]), start + count)


def _numpy() -> Any:
    import numpy as np

    return np


def _first(x: Any, name: str) -> Any:
    """The first row of an argument."""
    if isinstance(x, dict | str) or not hasattr(x, "__len__") or not hasattr(x, "__getitem__"):
        raise TypeError(
            f"{name} must carry rows: a list or an array with one entry per row, and got the {type(x).__name__} {x!r:.60}"
        )
    if not len(x):
        raise ValueError(f"{name} has no rows")
    return x[0]


def _shape(x: Any) -> Any:
    """What tells one structure from another, as a key."""
    kind = type(x)
    if kind in (list, tuple):
        return (kind, len(x)) if not any(isinstance(y, list | tuple | dict) for y in x) else (kind, *map(_shape, x))
    if kind is dict:
        return (dict, *((key, _shape(y)) for key, y in x.items()))
    if isinstance(x, list | tuple | dict):
        return (kind, *(_shape(y) for _, y in leaves(x)))
    return ("array", *x.shape) if getattr(x, "shape", ()) else ()


def _lists(x: Any) -> Any:
    """Arrays as nested lists of numbers, Values as numbers."""
    return x.tolist() if getattr(x, "shape", None) is not None else rebuild(x, [_lists_or_number(y) for _, y in _leaves(x)])


def _leaves(x: Any) -> list[tuple[str, Any]]:
    return leaves(x, "argument")


def _lists_or_number(x: Any) -> Any:
    return x.data if isinstance(x, Value) else x


def _numbers(x: Any, name: str) -> list[float]:
    """The numbers of an argument that all rows share."""
    if type(x) is list and set(map(type, x)) == {float}:
        return list(x)
    if getattr(x, "shape", None) is not None and hasattr(x, "ravel"):
        if x.dtype.kind not in "fiub":
            raise TypeError(f"{name} must be an array of numbers, and its dtype is {x.dtype}")
        flat: list[float] = x.ravel().astype(float).tolist()
        return flat
    return [y.data if isinstance(y, Value) else y for _, y in leaves(x, name)]


def _rows_alike(given: Any, width: int, name: str) -> list[list[float]]:
    """The numbers of each row; where rows have a structure, it must be the same: a dict in another order would be read wrongly."""
    rows = [_row(x, width, name, r) for r, x in enumerate(given)]
    if any(isinstance(given[0], kind) for kind in (dict, list, tuple)) and not _is_flat(given):
        shape = _form(given[0])
        for r, x in enumerate(given):
            if _form(x) != shape:
                raise ValueError(f"{name}[{r}] has another structure (or order of keys) than {name}[0]: {x!r:.60}")
    return rows


def _is_flat(rows: Any) -> bool:
    return not any(isinstance(x, dict) or (isinstance(x, list | tuple) and _nested(x)) for x in rows)


def _nested(x: Any) -> bool:
    return any(isinstance(y, list | tuple | dict) for y in x)


def _form(x: Any) -> Any:
    if isinstance(x, dict):
        return tuple((key, _form(y)) for key, y in x.items())
    return tuple(map(_form, x)) if isinstance(x, list | tuple) else ()


def _row(x: Any, width: int, name: str, r: int) -> list[float]:
    numbers = _numbers(x, f"{name}[{r}]")
    if len(numbers) != width:
        raise ValueError(f"{name}[{r}] has {len(numbers)} numbers, and {name}[0] has {width}")
    return numbers


def _array(x: Any, width: int, name: str, np: Any) -> Any:
    """An argument that carries rows as a float64 array of shape (rows, width)."""
    if not isinstance(x, np.ndarray):
        if x and type(x[0]) in (float, int) and set(map(type, x)) <= {float, int}:
            x = np.array(x, float)
        else:
            x = np.array(_rows_alike(x, width, name), float)
    if x.dtype.kind not in "fiub":
        raise TypeError(f"{name} must be an array of numbers, and its dtype is {x.dtype}")
    return np.ascontiguousarray(x, dtype=np.float64).reshape(len(x), width)


def _check_finite(numbers: Sequence[float], plan: _Plan, row: int | None = None) -> None:
    total = sum(numbers)
    if total - total != 0.0 and not nan_allowed():
        names = plan.program.inputs[plan.row_inputs :] + plan.program.parameters if row is None else plan.program.inputs
        for x, name in zip(numbers, names, strict=False):
            if number(x, name) - x != 0.0:
                where = f" in row {row}" if row is not None else ""
                raise NoValueError(f"{name} is {x}{where}; if that is meant, write it inside `with allow_nan():`")
