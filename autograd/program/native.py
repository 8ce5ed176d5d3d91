"""The `native` executor: a folded program as vector code over rows, through LLVM.

    lane    a row: one instruction works on `width` rows at once
    group   the rows that run together; the rows of a batch are packed group by group, input by input

The code is written by `vector_code`.
"""

import ctypes
import struct
import threading
from collections.abc import Sequence
from typing import Any

import llvmlite.binding as llvm
import numpy as np
from llvmlite import ir

from autograd.program.code import Program
from autograd.program.folding import fold
from autograd.program.passes import optimised
from autograd.program.scope import Memory
from autograd.program.vector_code import ARGUMENTS, VectorCode
from autograd.program.vector_math import FAST
from autograd.sums import LANES


class NativeExecutor:
    """Runs a program on an array of rows."""

    def __init__(self, program: Program, row_inputs: int, exact: bool) -> None:
        self.program = optimised(program, exact, frozenset() if exact else FAST & {"sigmoid"})
        self.row_inputs, self.exact = row_inputs, exact
        self.terms = fold(self.program, row_inputs)
        self.constants = self.program.constants
        self.kernels: dict[tuple[int, bool], Kernel] = {}

    def kernel(self, rows: int, summed: bool) -> "Kernel":
        """Machine code for the width that suits this number of rows."""
        width = min((8, 16, 32), key=lambda w: -(-rows // w) * w * {8: 1.0, 16: 0.8, 32: 0.7}[w])
        key = width, summed
        if key not in self.kernels:
            self.kernels[key] = Kernel(self, width, summed)
        return self.kernels[key]

    def rows(self, rows: Any, shared: Any) -> tuple[Any, list[int]]:
        """The outputs, an array of shape (rows, outputs), and the numbers of the rows where something is not finite."""
        kernel = self.kernel(len(rows), False)
        with kernel.lock:
            work = kernel.run(rows, shared)
            answers = work.out[:, : len(rows)].T.copy()
            marked = (work.marks[: len(rows)] != 0.0) | ~np.isfinite(answers).all(axis=1)
        return answers, np.flatnonzero(marked).tolist()

    def reduced(self, rows: Any, shared: Any, divisor: float) -> list[float] | None:
        """The outputs summed over the rows in the order of `sum_in_order`, over `divisor`; None where something is not finite."""
        kernel = self.kernel(len(rows), True)
        with kernel.lock:
            return kernel.mean(kernel.run(rows, shared), divisor)


def aligned(shape: tuple[int, ...]) -> Any:
    """Zeros that start at a line of the cache, 64 bytes: a vector that lies across two lines is read in twice the time."""
    size = int(np.prod(shape))
    room = np.zeros(size + 8)
    start = -room.ctypes.data % 64 // 8
    return room[start : start + size].reshape(shape)


class _Work:
    """The arrays of a kernel for a number of rows and of shared numbers: made once, for a call is as short as making them."""

    def __init__(self, kernel: "Kernel", rows: int, shared: int) -> None:
        self.rows, groups = rows, -(-rows // kernel.width)
        count, inputs = groups * kernel.width, kernel.row_inputs
        self.flat, self.packed = np.zeros((count, inputs)), aligned((groups, inputs, kernel.width))
        self.by_group = self.flat.reshape(groups, kernel.width, inputs).transpose(0, 2, 1)
        self.shared, self.out = aligned((shared,)), aligned((kernel.outputs, LANES if kernel.summed else count))
        self.marks, self.answers = aligned((count,)), np.zeros(kernel.outputs)
        self.write_shared = struct.Struct(f"{shared}d").pack_into
        arrays = (self.packed, self.shared, kernel.slots, self.out)
        self.arguments = (*(x.ctypes.data for x in arrays), self.out.shape[1], self.marks.ctypes.data, rows)
        self.sums = (self.out.ctypes.data, kernel.outputs, self.marks.ctypes.data, rows, self.answers.ctypes.data)


class Kernel:
    """The machine code of a program for groups of `width` rows, and the memory that it works in: one call at a time."""

    arguments = ARGUMENTS

    def __init__(self, executor: NativeExecutor, width: int, summed: bool) -> None:
        self.width, self.summed, self.row_inputs = width, summed, executor.row_inputs
        self.outputs = len(executor.program.outputs)
        memory = Memory(len(executor.program))
        VectorCode(executor, width, summed, memory, None)
        depths = memory.place(executor.terms)
        module = VectorCode(executor, width, summed, memory, depths).module
        self.engine = machine_engine(module)
        self.address = self.engine.get_function_address("run")
        pointer, long, double = ctypes.c_void_p, ctypes.c_longlong, ctypes.c_double
        self.function = ctypes.CFUNCTYPE(None, pointer, pointer, pointer, pointer, long, pointer, long)(self.address)
        mean = self.engine.get_function_address("mean")
        self.mean_function = ctypes.CFUNCTYPE(double, pointer, long, pointer, long, pointer, double)(mean)
        self.slots = aligned(((memory.slots + 1) * width + 8,))
        self.lock, self.work = threading.Lock(), _Work(self, 1, 0)

    def run(self, rows: Any, shared: Sequence[float]) -> _Work:
        """Fills `out`, of shape (outputs, rows) or (outputs, running sums), and a mark for each row: not 0 where it failed."""
        work = self.work
        if len(rows) != work.rows or len(shared) != len(work.shared):
            work = self.work = _Work(self, len(rows), len(shared))
        work.flat[: work.rows] = rows
        work.flat[work.rows :] = rows[-1]  # fills up the last group
        np.copyto(work.packed, work.by_group)
        work.write_shared(work.shared.data, 0, *shared)
        work.marks.fill(0.0)
        if self.summed:
            work.out.fill(0.0)
        self.function(*work.arguments)
        return work

    def mean(self, work: _Work, divisor: float) -> list[float] | None:
        """Sums over `divisor`, or None where a row is marked or a sum is not finite."""
        if self.mean_function(*work.sums, divisor) != 0.0:
            return None
        numbers: list[float] = work.answers.tolist()
        return numbers

    def pack(self, rows: Any, count: int) -> Any:
        """Rows in groups: (group, input, lane); the last row fills up the last group."""
        if count != len(rows):
            rows = np.concatenate([rows, np.repeat(rows[-1:], count - len(rows), axis=0)])
        return np.ascontiguousarray(rows.reshape(count // self.width, self.width, rows.shape[1]).transpose(0, 2, 1))


def machine_engine(module: ir.Module) -> Any:
    """The engine that holds the machine code of a module."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    machine = llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=llvm.get_host_cpu_features().flatten(), opt=2
    )
    parsed = llvm.parse_assembly(str(module))
    options = llvm.create_pipeline_tuning_options(speed_level=2)
    options.loop_vectorization = options.slp_vectorization = False
    builder = llvm.create_pass_builder(machine, options)
    builder.getModulePassManager().run(parsed, builder)
    engine = llvm.create_mcjit_compiler(parsed, machine)
    engine.finalize_object()
    return engine
