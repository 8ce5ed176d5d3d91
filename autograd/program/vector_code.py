"""Vector code for a folded program, as LLVM's intermediate representation.

    lane    a row: one instruction works on `width` rows at once
    piece   a function of limited length: the terms of a program are cut into pieces, so that compile time grows with their number

Memory is laid out in slots of one number for each lane. Registers, carried results and slots are decided in `scope`.
"""

import functools
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from llvmlite import ir

from autograd.program.code import COMPARISONS
from autograd.program.folding import Loop, Number, Step, Term, size
from autograd.program.scope import Memory, advanced, carried
from autograd.program.vector_math import VectorMath
from autograd.sums import LANES

_LONG, _DOUBLE, _BIT = ir.IntType(64), ir.DoubleType(), ir.IntType(1)
_POINTER = _DOUBLE.as_pointer()
_SYMBOLS = {"lt": "<", "le": "<=", "gt": ">", "ge": ">="}
_PIECE = 300  # steps
# rows, shared numbers, slots, outputs, distance of outputs, marks, and how many rows of the group count
ARGUMENTS = [_POINTER, _POINTER, _POINTER, _POINTER, _LONG, _POINTER, _LONG]


class VectorCode:
    """Writes the module. The first time `depths` is None, and what is read from memory is noted in `memory`."""

    def __init__(self, executor: Any, width: int, summed: bool, memory: Memory, depths: dict[int, int] | None) -> None:
        self.module, self.width, self.summed, self.memory, self.depths = ir.Module("program"), width, summed, memory, depths
        self.math = VectorMath(self.module, width, executor.exact)
        self.vector, self.constants, self.exact = self.math.type, executor.constants, executor.exact
        self.first_constant = len(executor.program.inputs) + len(executor.program.parameters)
        self.flags = () if executor.exact else ("contract",)
        self.conditions = {n for n, (op, _) in enumerate(executor.program.code) if op in COMPARISONS}
        self.pieces = [self.piece(k, terms) for k, terms in enumerate(_cut(executor.terms))]
        self.run(executor.row_inputs)
        self.mean()

    # -- the loop over groups ------------------------------------------------------------------------------------------------
    def run(self, row_inputs: int) -> None:
        """run(rows, shared, slots, out, distance, marks, n): every group through every piece."""
        function = ir.Function(self.module, ir.FunctionType(ir.VoidType(), ARGUMENTS), "run")
        entry, body, end = (function.append_basic_block() for _ in range(3))
        rows, shared, slots, out, distance, marks, n = function.args
        ir.IRBuilder(entry).branch(body)
        b = ir.IRBuilder(body)
        start = b.phi(_LONG)
        start.add_incoming(_long(0), entry)
        group = b.gep(rows, [b.mul(start, _long(row_inputs))])
        place = out if self.summed else b.gep(out, [start])
        for piece in self.pieces:
            b.call(piece, [group, shared, slots, place, distance, b.gep(marks, [start]), b.sub(n, start)])
        following = b.add(start, _long(self.width))
        start.add_incoming(following, body)
        b.cbranch(b.icmp_signed("<", following, n), body, end)
        ir.IRBuilder(end).ret_void()

    def mean(self) -> None:
        """mean(sums, outputs, marks, rows, answers, divisor): 0, or NaN where a row is marked or a sum is not finite."""
        kind = ir.FunctionType(_DOUBLE, [_POINTER, _LONG, _POINTER, _LONG, _POINTER, _DOUBLE])
        function = ir.Function(self.module, kind, "mean")
        sums, outputs, marks, rows, answers, divisor = function.args
        b = ir.IRBuilder(function.append_basic_block())

        def each(count: Any, failed: Any, body: Callable[[Any], Any]) -> Any:
            before, head, inside, after = b.block, *(function.append_basic_block() for _ in range(3))
            b.branch(head)
            b.position_at_end(head)
            k, total = b.phi(_LONG), b.phi(_DOUBLE)
            b.cbranch(b.icmp_signed("<", k, count), inside, after)
            b.position_at_end(inside)
            for phi, first, following in ((k, _long(0), b.add(k, _long(1))), (total, failed, b.fadd(total, body(k)))):
                phi.add_incoming(first, before)
                phi.add_incoming(following, inside)
            b.branch(head)
            b.position_at_end(after)
            return total

        def answer(k: Any) -> Any:
            lanes = [b.load(b.gep(sums, [b.add(b.mul(k, _long(LANES)), _long(lane))])) for lane in range(LANES)]
            total = functools.reduce(b.fadd, lanes)
            b.store(b.fdiv(total, divisor), b.gep(answers, [k]))
            return b.fmul(total, ir.Constant(_DOUBLE, 0.0))

        failed = each(rows, ir.Constant(_DOUBLE, 0.0), lambda r: b.load(b.gep(marks, [r])))
        b.ret(each(outputs, failed, answer))

    def piece(self, number: int, terms: Sequence[Term]) -> Any:
        function = ir.Function(self.module, ir.FunctionType(ir.VoidType(), ARGUMENTS), f"piece{number}")
        function.linkage = "internal"
        function.attributes.add("noinline")
        for k in (0, 1, 2, 3, 5):
            function.args[k].add_attribute("noalias")
        self.function, self.b = function, ir.IRBuilder(function.append_basic_block())
        self.rows, self.shared, self.slots, self.out, self.distance, self.marks, self.valid = function.args
        self.acc = self.b.alloca(self.vector)
        self.b.store(self.load(self.marks, _long(0)), self.acc)
        lanes = ir.Constant(ir.VectorType(_LONG, self.width), list(range(self.width)))
        valid = self.b.insert_element(ir.Constant(lanes.type, ir.Undefined), self.valid, ir.Constant(ir.IntType(32), 0))
        zeros = ir.Constant(ir.VectorType(ir.IntType(32), self.width), None)
        self.mask = self.b.icmp_signed("<", lanes, self.b.shuffle_vector(valid, valid, zeros))
        self.scopes: list[dict[Number, Any]] = [{}]
        self.counters: list[Any] = []
        self.turns: tuple[int, ...] = ()
        self.terms(terms)
        self.store(self.b.load(self.acc), self.marks, _long(0))
        self.b.ret_void()
        return function

    # -- terms ---------------------------------------------------------------------------------------------------------------
    def terms(self, terms: Iterable[Term]) -> None:
        for term in terms:
            if isinstance(term, Loop):
                self.loop(term)
            else:
                self.step(term)

    def loop(self, loop: Loop) -> None:
        """A loop that runs at least once; what it carries from turn to turn in registers is a phi."""
        time = _first_number(loop.body)
        numbers = [n for n in carried(loop) if n.first + n.strides[-1] not in self.conditions]
        initial = [self.result(Number(n.first, n.strides[:-1]), Number(time.first, time.strides[:-1])) for n in numbers]
        before, body = self.b.block, self.function.append_basic_block()
        self.b.branch(body)
        self.b.position_at_end(body)
        counter = self.b.phi(_LONG)
        counter.add_incoming(_long(0), before)
        phis = [self.b.phi(self.vector) for _ in numbers]
        self.scopes.append(dict(zip(numbers, phis, strict=True)))
        self.counters.append(counter)
        self.turns += (loop.turns,)
        self.terms(loop.body)
        scope, latch = self.scopes.pop(), self.b.block
        self.counters.pop()
        self.turns = self.turns[:-1]
        for n, phi, value in zip(numbers, phis, initial, strict=True):
            phi.add_incoming(value, before)
            phi.add_incoming(scope[n._replace(first=n.first + n.strides[-1])], latch)
        following = self.b.add(counter, _long(1))
        counter.add_incoming(following, latch)
        after = self.function.append_basic_block()
        self.b.cbranch(self.b.icmp_signed("<", following, _long(loop.turns)), body, after)
        self.b.position_at_end(after)
        for n, value in scope.items():
            self.scopes[-1].setdefault(advanced(n, loop.turns - 1), value)
        self.store_after(loop, ())

    def store_after(self, loop: Loop, outer: tuple[int, ...]) -> None:
        """Store the results of a loop of which only the last turn is read later; `outer` are the last turns of the loops around."""
        last = (*outer, loop.turns - 1)
        for term in loop.body:
            if isinstance(term, Loop):
                self.store_after(term, last)
            elif self.depths is not None and self.depths.get(id(term)) == len(self.turns) and term.result is not None:
                number = term.result
                for turns in reversed(last):
                    number = advanced(number, turns)
                self.keep(number)

    def keep(self, number: Number) -> None:
        """Store a result that is at hand."""
        value = self.scopes[len(number.strides)][number]
        if value.type != self.vector:
            value = self.b.select(value, self.math.splat(1.0), self.math.splat(0.0))
        self.store(value, self.slots, self.slot(number))

    def step(self, step: Step) -> None:
        operands = [self.operand(kind, n, step) for kind, n in zip(step.kinds, step.operands, strict=True) if kind != "o"]
        if step.op == "check":
            zero = self.b.call(self.math.intrinsic("fma"), [operands[0], self.math.splat(0.0), self.b.load(self.acc)])
            self.b.store(zero, self.acc)
        elif step.op == "output":
            self.output(operands[0], self.index(step.operands[0]))
        else:
            assert step.result is not None
            self.scopes[-1][step.result] = self.compute(step.op, operands)
            if self.depths is not None and self.depths.get(id(step)) == len(self.turns):
                self.keep(step.result)

    def compute(self, op: str, operands: list[Any]) -> Any:
        b = self.b
        if op in COMPARISONS:
            return b.fcmp_ordered(_SYMBOLS[op], *operands)
        if op == "where":
            condition = operands[0]
            if condition.type == self.vector:
                condition = b.fcmp_unordered("!=", condition, self.math.splat(0.0))
            return b.select(condition, operands[1], operands[2])
        if op in ("add", "sub", "mul", "div"):
            return getattr(b, "f" + op)(*operands, flags=self.flags)
        if op in ("pos", "neg"):
            return b.fneg(operands[0]) if op == "neg" else operands[0]
        return self.math.call(b, op, operands)

    def output(self, value: Any, number: Any) -> None:
        """Hand a result to an output: lane by lane, or added to eight running sums."""
        place = self.b.mul(number, self.distance)
        if not self.summed:
            return self.store(value, self.out, place)
        value = self.b.select(self.mask, value, self.math.splat(0.0))
        eight = ir.VectorType(_DOUBLE, LANES)
        total = self.load(self.out, place, eight)
        for start in range(0, self.width, LANES):
            lanes = ir.Constant(ir.VectorType(ir.IntType(32), LANES), list(range(start, start + LANES)))
            part = value if self.width == LANES else self.b.shuffle_vector(value, value, lanes)
            total = self.b.fadd(total, part)
        return self.store(total, self.out, place)

    # -- operands ------------------------------------------------------------------------------------------------------------
    def operand(self, kind: str, number: Number, step: Step) -> Any:
        if kind == "t":
            return self.result(number, step.result if step.result is not None else number)
        if kind == "x":
            return self.load(self.rows, self.b.mul(self.index(number), _long(self.width)))
        if kind == "s":
            return self.broadcast(self.b.load(self.b.gep(self.shared, [self.index(number)])))
        return self.math.splat(self.constants[int(kind[1:]) - self.first_constant])

    def result(self, number: Number, time: Number) -> Any:
        """A result from the scopes, the innermost first, or from memory."""
        for depth in range(len(self.scopes) - 1, -1, -1):
            key = Number(number.first, number.strides[:depth])
            if key in self.scopes[depth]:
                return self.scopes[depth][key]
            if depth and number.strides[depth - 1] != 0:
                break
        if self.depths is None:
            self.memory.reads.append((number, self.turns, time))
            return ir.Constant(self.vector, ir.Undefined)
        return self.load(self.slots, self.slot(number))

    def slot(self, number: Number) -> Any:
        place = self.memory.address(number, self.turns)
        if isinstance(place, list):
            return self.b.mul(self.looked_up(place), _long(self.width))
        return self.b.mul(self.index(Number(*place)), _long(self.width))

    def looked_up(self, table: list[int]) -> Any:
        """An entry of a table of slots, one for each turn of the loops here."""
        kind = ir.ArrayType(_LONG, len(table))
        constant = ir.GlobalVariable(self.module, kind, f"slots{len(self.module.globals)}")
        constant.global_constant, constant.linkage, constant.initializer = True, "internal", ir.Constant(kind, table)
        flat: Any = _long(0)
        for counter, turns in zip(self.counters, self.turns, strict=True):
            flat = self.b.add(self.b.mul(flat, _long(turns)), counter)
        return self.b.load(self.b.gep(constant, [_long(0), flat]))

    def index(self, number: Number) -> Any:
        out: Any = _long(number.first)
        for counter, stride in zip(self.counters, number.strides, strict=True):
            if stride:
                out = self.b.add(out, self.b.mul(counter, _long(stride)))
        return out

    def broadcast(self, x: Any) -> Any:
        lane = self.b.insert_element(ir.Constant(self.vector, ir.Undefined), x, ir.Constant(ir.IntType(32), 0))
        return self.b.shuffle_vector(lane, lane, ir.Constant(ir.VectorType(ir.IntType(32), self.width), None))

    def load(self, base: Any, index: Any, kind: Any = None) -> Any:
        pointer = self.b.bitcast(self.b.gep(base, [index]), (kind or self.vector).as_pointer())
        return self.b.load(pointer, align=8)

    def store(self, value: Any, base: Any, index: Any) -> None:
        self.b.store(value, self.b.bitcast(self.b.gep(base, [index]), value.type.as_pointer()), align=8)


def _long(x: int) -> Any:
    return ir.Constant(_LONG, x)


def _first_number(terms: Sequence[Term]) -> Number:
    """When these terms begin: the first result in them (or read by them, where there is none)."""
    term = terms[0]
    if isinstance(term, Loop):
        number = _first_number(term.body)
        return Number(number.first, number.strides[:-1])
    return term.result if term.result is not None else term.operands[-1]


def _cut(terms: Sequence[Term]) -> list[list[Term]]:
    """The terms in pieces of limited size."""
    pieces: list[list[Term]] = [[]]
    length = 0
    for term in terms:
        if pieces[-1] and length + size([term]) > _PIECE:
            pieces.append([])
            length = 0
        pieces[-1].append(term)
        length += size([term])
    return pieces
