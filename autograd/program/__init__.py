"""Trace once, run fast: a function of Values becomes a flat program, which runs many times, on many rows.

tracing    run a function on Values that have no data, and record what it does
code       Program: named sources, a flat list of instructions, outputs; text and JSON
passes     from program to program: fewer instructions, the same numbers
folding    the loops that the straight-line code repeats
loops      the folded program as text
python_executor, numpy_executor, native   run a program; each knows the arithmetic of the table alone, and no derivative
compiled   `compile`: all of it behind a function of the same signature
"""

from autograd.program.code import Instruction, Program
from autograd.program.compiled import compile  # noqa: A004
from autograd.program.tracing import trace

__all__ = ["Instruction", "Program", "compile", "trace"]
