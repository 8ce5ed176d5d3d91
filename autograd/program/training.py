"""Training steps as one native loop: cost and gradient of a batch, and the optimizer's update, with no Python between steps.

chunk  the steps that run natively in one go; between chunks Python reports progress, and Ctrl-C stops with parameters intact
"""

import ctypes
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from llvmlite import ir

from autograd.errors import OverflowedError
from autograd.program.code import collector_paused
from autograd.program.compiled import compile as compiled
from autograd.program.native import NativeExecutor, aligned, machine_engine
from autograd.program.tracing import record
from autograd.reverse import gradients
from autograd.value import Value

_LONG, _DOUBLE, _VOID = ir.IntType(64), ir.DoubleType(), ir.VoidType()
_POINTER = _DOUBLE.as_pointer()


class Training:
    """Gradient descent of the mean cost over rows, natively.

    `cost(*row)` is a function of Values as for `compile`, where all arguments carry rows: it answers the cost of one row from the
    leaf Values `parameters`, which `steps` changes. `rows` are the arguments, arrays or lists with one entry per row. Batches are
    `batch_size` rows in order (all of them by default; rows that do not fill a batch are left out of it).

    A step is PyTorch's SGD (`lr`, `momentum`, `weight_decay`) or, where `betas` are given, Adam.

    >>> from autograd import Value
    >>> w = Value(0.0, "w")
    >>> training = Training(lambda x, y: (w * x - y) ** 2, [w], ([1.0, 2.0], [3.0, 6.0]), lr=0.1)
    >>> costs = training.steps(40)
    >>> round(costs[0], 6), round(w.data, 6)
    (22.5, 3.0)
    """

    @collector_paused()
    def __init__(
        self,
        cost: Callable[..., Value],
        parameters: Sequence[Value],
        rows: Sequence[Any],
        *,
        lr: float,
        momentum: float = 0.0,
        weight_decay: float = 0.0,
        betas: tuple[float, float] | None = None,
        eps: float = 1e-8,
        batch_size: int | None = None,
        exact: bool = False,
    ) -> None:
        arrays = [np.asarray(x, np.float64) for x in rows]
        if not arrays or len({len(x) for x in arrays}) > 1 or not len(arrays[0]):
            raise ValueError(f"rows must be arrays of as many rows each, at least one, and have {[len(x) for x in arrays]}")
        self.data = np.concatenate([x.reshape(len(x), -1) for x in arrays], axis=1)
        if not np.isfinite(self.data).all():
            raise ValueError(f"row {int(np.flatnonzero(~np.isfinite(self.data).all(axis=1))[0])} holds a number that is not finite")
        self.batch = len(self.data) if batch_size is None else batch_size
        if not 1 <= self.batch <= len(self.data):
            raise ValueError(f"batch_size must be from 1 to {len(self.data)}, the number of rows, and got {batch_size!r}")
        self.cost, self.examples, self.done = cost, [x[0].tolist() for x in arrays], 0
        names = [f"argument {k}" for k in range(len(arrays))]
        _, touched, _ = record(cost, self.examples, names)
        chosen = set(parameters)
        self.parameters = [p for p in touched if p in chosen]  # in the order of their use, for loops to be found

        def step(*row: Any) -> list[Value]:
            out = cost(*row)
            return [out, *gradients(out, self.parameters)]

        program, self.leaves, _ = record(step, self.examples, names)
        self.executor = NativeExecutor(program, self.data.shape[1], exact)
        self.kernel = self.executor.kernel(self.batch, True)
        places = {p: k for k, p in enumerate(self.leaves)}
        self.place = np.array([places[p] for p in self.parameters], np.int64)
        self.lr, self.momentum, self.weight_decay, self.betas, self.eps = lr, momentum, weight_decay, betas, eps
        self.engine, self.function = _loop(self)
        self.state = np.zeros((2, max(1, len(self.parameters))))
        self._pack()

    def _pack(self) -> None:
        width, batches = self.kernel.width, len(self.data) // self.batch
        self.padded = -(-self.batch // width) * width
        packed = [self.kernel.pack(self.data[k * self.batch : (k + 1) * self.batch], self.padded) for k in range(batches)]
        self.packed = aligned(np.shape(packed))
        self.packed[...] = packed

    def chunks(self, steps: int, chunk: int = 1000) -> Iterator[list[float]]:
        """Run `steps` steps; yields the costs of each chunk, with the parameters up to date. Stop by not asking for the next.

        Where a row has no finite cost or gradient, raises what eager evaluation raises there, with the parameters as they were
        before that step.
        """
        while steps > 0:
            now = min(chunk, steps)
            shared = np.array([p.data for p in self.leaves], np.float64)
            costs, done = self._run(shared, now)
            for p, k in zip(self.parameters, self.place.tolist(), strict=True):
                p.data = float(shared[k])
            self.done += done
            steps -= now
            yield costs[:done].tolist()
            if done < now:
                self._explain()

    def steps(self, steps: int) -> list[float]:
        """The costs of that many steps."""
        return [cost for chunk in self.chunks(steps) for cost in chunk]

    def _run(self, shared: Any, steps: int) -> tuple[Any, int]:
        costs, marks, k = np.zeros(steps), aligned((self.padded,)), self.kernel
        sums, changed = aligned((k.outputs, 8)), np.zeros((3, max(1, len(self.parameters))))
        times = np.arange(self.done + 1, self.done + steps + 1)
        beta1, beta2 = self.betas or (0.0, 0.0)
        rates = (
            np.stack([self.lr / (1.0 - beta1**times), np.sqrt(1.0 - beta2**times)]) if self.betas else np.full((2, steps), self.lr)
        )
        rates = np.ascontiguousarray(rates.T)
        arrays = (self.packed, shared, k.slots, sums, marks, costs, self.place, self.state, changed, rates)
        done = self.function(*(x.ctypes.data for x in arrays), self.done % len(self.packed), steps)
        return costs, done

    def _explain(self) -> None:
        """Raise what stopped the loop: run the batch eagerly."""
        start = self.done % len(self.packed) * self.batch
        names = [f"x{k}" for k in range(len(self.examples))]
        ends = np.cumsum([np.size(x) for x in self.examples])[:-1]
        columns = np.split(self.data[start : start + self.batch], ends, axis=1)
        batch = [x if np.ndim(example) else x[:, 0] for example, x in zip(self.examples, columns, strict=True)]
        step = _named(lambda *row: [self.cost(*row), *gradients(self.cost(*row), self.parameters)], names)
        try:
            compiled(step, rows=names, backend="numpy", exact=True)(*batch)
        except ArithmeticError as error:
            error.add_note(f"in step {self.done} of training; the parameters are those before it")
            raise
        raise OverflowedError(f"step {self.done} would take a parameter beyond the floats; a smaller lr usually helps")


def _named(function: Callable[..., Any], names: Sequence[str]) -> Callable[..., Any]:
    import inspect

    def named(*arguments: Any) -> Any:
        return function(*arguments)

    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    named.__signature__ = inspect.Signature([inspect.Parameter(name, kind) for name in names])  # type: ignore[attr-defined]
    return named


def _loop(training: Training) -> tuple[Any, Any]:
    """The machine code of the loop; what `descend` takes is in `_run`."""
    module = ir.Module("training")
    function = ir.Function(module, ir.FunctionType(_LONG, [_POINTER] * 10 + [_LONG] * 2), "descend")
    writer = _Descent(training, function)
    writer.write()
    engine = machine_engine(module)
    kind = ctypes.CFUNCTYPE(ctypes.c_longlong, *[ctypes.c_void_p] * 10, *[ctypes.c_longlong] * 2)
    return engine, kind(engine.get_function_address("descend"))


class _Descent:
    def __init__(self, training: Training, function: Any) -> None:
        self.t, self.function = training, function
        self.b = ir.IRBuilder(function.append_basic_block())
        (self.packed, self.shared, self.slots, self.sums, self.marks, self.costs, place, self.state, self.changed, self.rates) = (
            function.args[:10]
        )
        self.place = self.b.bitcast(place, _LONG.as_pointer())
        self.bad = self.b.alloca(_DOUBLE)

    def write(self) -> None:
        b, t, kernel = self.b, self.t, self.t.kernel
        first, steps = self.function.args[10:]
        count = len(t.parameters)
        batch_length = -(-t.batch // kernel.width) * kernel.width * kernel.row_inputs
        batches = len(t.data) // t.batch
        run = b.inttoptr(_long(kernel.address), ir.FunctionType(_VOID, kernel.arguments).as_pointer())

        def step(s: Any) -> None:
            batch = b.srem(b.add(first, s), _long(batches))
            self.repeat(kernel.outputs * 8, lambda i: b.store(_number(0.0), b.gep(self.sums, [i])))
            packed = b.gep(self.packed, [b.mul(batch, _long(batch_length))])
            b.call(run, [packed, self.shared, self.slots, self.sums, _long(8), self.marks, _long(t.batch)])
            cost = b.fdiv(self.total(_long(0)), _number(t.batch))
            b.store(b.fmul(cost, _number(0.0)), self.bad)
            self.repeat(-(-t.batch // kernel.width) * kernel.width, lambda r: self.note(b.load(b.gep(self.marks, [r]))))
            self.repeat(count, lambda p: self.update(p, s))
            stop, go = self.function.append_basic_block(), self.function.append_basic_block()
            b.cbranch(b.fcmp_unordered("uno", b.load(self.bad), _number(0.0)), stop, go)
            ir.IRBuilder(stop).ret(s)
            b.position_at_end(go)
            b.store(cost, b.gep(self.costs, [s]))
            self.repeat(count, self.accept)

        self.repeat(steps, step)
        b.ret(steps)

    def repeat(self, turns: Any, body: Callable[[Any], Any]) -> None:
        b, turns = self.b, turns if not isinstance(turns, int) else _long(turns)
        before, head, inside, after = b.block, *(self.function.append_basic_block() for _ in range(3))
        b.branch(head)
        b.position_at_end(head)
        i = b.phi(_LONG)
        i.add_incoming(_long(0), before)
        b.cbranch(b.icmp_signed("<", i, turns), inside, after)
        b.position_at_end(inside)
        body(i)
        i.add_incoming(b.add(i, _long(1)), b.block)
        b.branch(head)
        b.position_at_end(after)

    def note(self, x: Any) -> None:
        """Remember that something is not finite."""
        b = self.b
        b.store(b.fadd(b.load(self.bad), b.fmul(x, _number(0.0))), self.bad)

    def total(self, output: Any) -> Any:
        """The eight running sums of an output, added in order."""
        b, place = self.b, self.b.mul(output, _long(8))
        parts = [b.load(b.gep(self.sums, [b.add(place, _long(k))])) for k in range(8)]
        total = parts[0]
        for part in parts[1:]:
            total = b.fadd(total, part)
        return total

    def update(self, p: Any, step: Any) -> None:
        """What the step makes of parameter p and of its state, noted in `changed`."""
        b, t = self.b, self.t
        stride = max(1, len(t.parameters))

        def row(base: Any, k: int) -> Any:
            return b.gep(base, [b.add(p, _long(k * stride))])

        data = b.load(b.gep(self.shared, [b.load(b.gep(self.place, [p]))]))
        g = b.fdiv(self.total(b.add(p, _long(1))), _number(t.batch))
        if t.weight_decay:
            g = b.fadd(g, b.fmul(_number(t.weight_decay), data))
        rate, root = (b.load(b.gep(self.rates, [b.add(b.mul(step, _long(2)), _long(k))])) for k in range(2))
        if t.betas is None:
            v = b.fadd(b.fmul(_number(t.momentum), b.load(row(self.state, 0))), g) if t.momentum else g
            change = b.fmul(rate, v)
        else:
            m, v = b.load(row(self.state, 0)), b.load(row(self.state, 1))
            m = b.fadd(m, b.fmul(_number(1.0 - t.betas[0]), b.fsub(g, m)))
            v2 = b.fadd(b.fmul(_number(t.betas[1]), v), b.fmul(b.fmul(_number(1.0 - t.betas[1]), g), g))
            square_root = b.module.declare_intrinsic("llvm.sqrt", [_DOUBLE])
            change = b.fmul(rate, b.fdiv(m, b.fadd(b.fdiv(b.call(square_root, [v2]), root), _number(t.eps))))
            b.store(v2, row(self.changed, 2))
            v = m
        b.store(v, row(self.changed, 1))
        data = b.fsub(data, change)
        b.store(data, row(self.changed, 0))
        self.note(data)

    def accept(self, p: Any) -> None:
        """The step is finite: make its changes."""
        b, stride = self.b, max(1, len(self.t.parameters))
        new = [b.load(b.gep(self.changed, [b.add(p, _long(k * stride))])) for k in range(3)]
        b.store(new[0], b.gep(self.shared, [b.load(b.gep(self.place, [p]))]))
        b.store(new[1], b.gep(self.state, [p]))
        if self.t.betas is not None:
            b.store(new[2], b.gep(self.state, [b.add(p, _long(stride))]))


def _long(x: int) -> Any:
    return ir.Constant(_LONG, x)


def _number(x: float) -> Any:
    return ir.Constant(_DOUBLE, float(x))
