"""Functions of `math` for vector code: the same ones, lane by lane, or vector code of our own within 2 units in the last place.

exact   the address of the C library's function, the one that `math` calls
fast    exp, log, tanh, sigmoid, sin, cos written with + - * / and the bits of a float (Muller et al., Handbook of Floating-Point
        Arithmetic, chapter 10; the reductions are those of fdlibm)
"""

import ctypes
import math
from typing import Any

from llvmlite import ir

from autograd.ops import TABLE

FAST = frozenset({"exp", "log", "tanh", "sigmoid", "sin", "cos"})
_LONG, _DOUBLE = ir.IntType(64), ir.DoubleType()
_kept: dict[str, Any] = {}


def address(op: str) -> int:
    """The machine address of the C function behind a row of the table, which gives the same bits as `math`."""
    if op not in _kept:
        function = TABLE[op].forward
        doubles = [ctypes.c_double] * (len(TABLE[op].partials) + 1)
        found = _library_function(function.__name__, doubles)
        same = found is not None and all(found(*point) == function(*point) for point in TABLE[op].at)
        _kept[op] = found if same else ctypes.CFUNCTYPE(*doubles)(_guarded(function))
    number = ctypes.cast(_kept[op], ctypes.c_void_p).value
    assert number is not None
    return number


def _library_function(name: str, doubles: list[Any]) -> Any:
    for library in (None, "libm.so.6", "ucrtbase"):
        try:
            function = getattr(ctypes.CDLL(library), name)
        except (OSError, AttributeError, TypeError):
            continue
        function.argtypes, function.restype = doubles[1:], doubles[0]
        return function
    return None


def _guarded(function: Any) -> Any:
    def call(*numbers: float) -> float:
        try:
            return float(function(*numbers))
        except (ArithmeticError, ValueError):
            return math.nan

    return call


class VectorMath:
    """Emits functions of vectors of `width` doubles into a module."""

    def __init__(self, module: ir.Module, width: int, exact: bool) -> None:
        self.module, self.width, self.exact = module, width, exact
        self.type, self.longs = ir.VectorType(_DOUBLE, width), ir.VectorType(_LONG, width)

    def call(self, builder: Any, op: str, operands: list[Any]) -> Any:
        """The row `op`, a function of `math`, applied to vectors."""
        if op in ("sqrt", "abs"):
            function = self.intrinsic({"sqrt": "sqrt", "abs": "fabs"}[op])
            return builder.call(function, operands)
        if not self.exact and op in FAST:
            return builder.call(self._fast(op), operands)
        return self._lane_by_lane(builder, op, operands)

    def _lane_by_lane(self, builder: Any, op: str, operands: list[Any]) -> Any:
        kind = ir.FunctionType(_DOUBLE, [_DOUBLE] * len(operands))
        function = builder.inttoptr(ir.Constant(_LONG, address(op)), kind.as_pointer())
        out = ir.Constant(self.type, ir.Undefined)
        for lane in range(self.width):
            index = ir.Constant(ir.IntType(32), lane)
            out = builder.insert_element(out, builder.call(function, [builder.extract_element(x, index) for x in operands]), index)
        return out

    def intrinsic(self, name: str) -> Any:
        """One of LLVM's functions of vectors."""
        full = f"llvm.{name}.v{self.width}f64"
        if full not in self.module.globals:
            arity = {"fma": 3, "copysign": 2}.get(name, 1)
            ir.Function(self.module, ir.FunctionType(self.type, [self.type] * arity), full)
        return self.module.globals[full]

    def splat(self, x: float) -> Any:
        """A vector of one number."""
        return ir.Constant(self.type, [ir.Constant(_DOUBLE, x)] * self.width)

    def _longs(self, x: int) -> Any:
        return ir.Constant(self.longs, [ir.Constant(_LONG, x)] * self.width)

    def _fast(self, op: str) -> Any:
        name = f"fast_{op}_{self.width}"
        if name not in self.module.globals:
            function = ir.Function(self.module, ir.FunctionType(self.type, [self.type]), name)
            function.linkage = "internal"
            builder = ir.IRBuilder(function.append_basic_block())
            builder.ret(getattr(self, f"_{op}")(builder, function.args[0]))
        return self.module.globals[name]

    def _fma(self, b: Any, x: Any, y: Any, z: Any) -> Any:
        return b.call(self.intrinsic("fma"), [x, y, z])

    def _polynomial(self, b: Any, x: Any, coefficients: list[float]) -> Any:
        """Horner's rule, the highest power first."""
        out = self.splat(coefficients[0])
        for c in coefficients[1:]:
            out = self._fma(b, out, x, self.splat(c))
        return out

    def _reduced(self, b: Any, x: Any) -> tuple[Any, Any]:
        """x = n ln 2 + r with |r| <= ln(2)/2: n as a float, and r."""
        whole = self.intrinsic("rint")
        n = b.call(whole, [b.fmul(x, self.splat(1 / math.log(2)))])
        r = self._fma(b, n, self.splat(-6.93147180369123816490e-01), x)
        return n, self._fma(b, n, self.splat(-1.90821492927058770002e-10), r)

    def _expm1_small(self, b: Any, r: Any) -> Any:
        """exp(r) - 1 for |r| <= ln(2)/2: r + r*r/2 + ..., its Taylor series, whose rest is below 2**-56."""
        return self._fma(b, b.fmul(r, r), self._expm1_rest(b, r), r)

    def _expm1_rest(self, b: Any, r: Any) -> Any:
        return self._polynomial(b, r, [1 / math.factorial(k) for k in range(13, 1, -1)])

    def _scaled(self, b: Any, x: Any, n: Any) -> Any:
        """x * 2**n in two factors, so that it overflows and underflows as it should."""
        n = b.fptosi(n, self.longs)
        half = b.ashr(n, self._longs(1))
        for part in (half, b.sub(n, half)):
            power = b.bitcast(b.shl(b.add(part, self._longs(1023)), self._longs(52)), self.type)
            x = b.fmul(x, power)
        return x

    def _between(self, b: Any, x: Any, low: float, high: float) -> Any:
        """x, cut off at both ends; NaN stays."""
        x = b.select(b.fcmp_ordered("<", x, self.splat(low)), self.splat(low), x)
        return b.select(b.fcmp_ordered(">", x, self.splat(high)), self.splat(high), x)

    def _exp(self, b: Any, x: Any) -> Any:
        n, r = self._reduced(b, self._between(b, x, -760.0, 720.0))
        n = b.select(b.fcmp_unordered("uno", n, n), self.splat(0.0), n)
        return self._scaled(b, b.fadd(self._expm1_small(b, r), self.splat(1.0)), n)

    def _tanh(self, b: Any, x: Any) -> Any:
        """tanh|x| = -t / (2 + t) with t = exp(-2|x|) - 1."""
        size = b.call(self.intrinsic("fabs"), [x])
        n, r = self._reduced(b, b.fmul(self._between(b, size, 0.0, 25.0), self.splat(-2.0)))
        n = b.select(b.fcmp_unordered("uno", n, n), self.splat(0.0), n)
        power = self._scaled(b, self.splat(1.0), n)
        tail = b.fmul(b.fmul(r, r), self._expm1_rest(b, r))
        small, less = b.fadd(r, tail), b.fsub(power, self.splat(1.0))
        t = b.fadd(less, b.fmul(power, small))
        # what the two sums rounded away, and then one Newton step for the quotient: without these it is off by up to 2.4 units
        low = b.fmul(power, b.fadd(b.fsub(r, small), tail))
        low = b.fadd(b.fadd(b.fsub(less, t), b.fmul(power, small)), low)
        below = b.fadd(t, self.splat(2.0))
        below_low = b.fadd(b.fadd(b.fsub(self.splat(2.0), below), t), low)
        inverse = b.fdiv(self.splat(1.0), below)
        out = b.fmul(t, inverse)
        rest = b.fadd(self._fma(b, b.fneg(out), below, t), b.fsub(low, b.fmul(out, below_low)))
        out = b.fneg(self._fma(b, rest, inverse, out))
        return b.call(self.intrinsic("copysign"), [out, x])

    def _sigmoid(self, b: Any, x: Any) -> Any:
        """exp(min(x, 0)) / (1 + exp(-|x|)), both from one exp(-|x|)."""
        size = b.call(self.intrinsic("fabs"), [x])
        e = b.call(self._fast("exp"), [b.fneg(size)])
        above = b.select(b.fcmp_ordered("<", x, self.splat(0.0)), e, self.splat(1.0))
        return b.fdiv(above, b.fadd(e, self.splat(1.0)))

    def _sin(self, b: Any, x: Any) -> Any:
        return b.select(b.fcmp_ordered("==", x, self.splat(0.0)), x, self._wave(b, x, "sin", 0))  # -0.0 stays

    def _cos(self, b: Any, x: Any) -> Any:
        return self._wave(b, x, "cos", 1)

    def _wave(self, b: Any, x: Any, op: str, quarters: int) -> Any:
        """sin(x + quarters * pi/2). x = n pi/2 + r + tail with pi/2 as three floats; n pi/2 cancels without error below 2**20."""
        small = b.fcmp_ordered("<", b.call(self.intrinsic("fabs"), [x]), self.splat(2.0**20))
        near = b.select(small, x, self.splat(0.0))
        n = b.call(self.intrinsic("rint"), [b.fmul(near, self.splat(2 / math.pi))])
        minus = b.fneg(n)
        first = self._fma(b, minus, self.splat(math.pi / 2), near)
        middle, low = self.splat(6.123233995736766036e-17), self.splat(-1.497384904859169777e-33)
        second = b.fmul(n, middle)
        r = b.fsub(first, second)
        taken = b.fsub(first, r)
        # what was rounded away: of the difference, of the product, and the third float
        tail = b.fadd(b.fsub(first, b.fadd(r, taken)), b.fsub(taken, second))
        tail = self._fma(b, minus, low, b.fsub(tail, self._fma(b, n, middle, b.fneg(second))))
        r, whole = b.fadd(r, tail), r
        tail = b.fadd(b.fsub(whole, r), tail)
        quarter = b.add(b.fptosi(n, self.longs), self._longs(quarters))
        odd = b.icmp_signed("!=", b.and_(quarter, self._longs(1)), self._longs(0))
        out = b.select(odd, self._cos_small(b, r, tail), self._sin_small(b, r, tail))
        sign = b.shl(b.and_(quarter, self._longs(2)), self._longs(62))
        out = b.bitcast(b.xor(b.bitcast(out, self.longs), sign), self.type)
        bits = ir.IntType(self.width)
        result = b.alloca(self.type)
        b.store(out, result)
        with b.if_then(b.icmp_signed("!=", b.bitcast(small, bits), ir.Constant(bits, -1)), likely=False):
            b.store(b.select(small, out, self._lane_by_lane(b, op, [x])), result)
        return b.load(result)

    def _sin_small(self, b: Any, r: Any, tail: Any) -> Any:
        """fdlibm's sin(r + tail) for |r| <= pi/4."""
        z = b.fmul(r, r)
        coefficients = [1.58969099521155010221e-10, -2.50507602534068634195e-08, 2.75573137070700676789e-06]
        p = self._polynomial(b, z, [*coefficients, -1.98412698298579493134e-04, 8.33333333332248946124e-03])
        cube = b.fmul(z, r)
        inner = b.fsub(b.fmul(z, b.fsub(b.fmul(self.splat(0.5), tail), b.fmul(cube, p))), tail)
        return b.fsub(r, b.fsub(inner, b.fmul(cube, self.splat(-1.66666666666666324348e-01))))

    def _cos_small(self, b: Any, r: Any, tail: Any) -> Any:
        """fdlibm's cos(r + tail) for |r| <= pi/4."""
        z = b.fmul(r, r)
        coefficients = [-1.13596475577881948265e-11, 2.08757232129817482790e-09, -2.75573143513906633035e-07]
        coefficients += [2.48015872894767294178e-05, -1.38888888888741095749e-03, 4.16666666666666019037e-02]
        rest = b.fsub(b.fmul(z, b.fmul(z, self._polynomial(b, z, coefficients))), b.fmul(r, tail))
        half = b.fmul(self.splat(0.5), z)
        w = b.fsub(self.splat(1.0), half)
        return b.fadd(w, b.fadd(b.fsub(b.fsub(self.splat(1.0), w), half), rest))

    def _log(self, b: Any, x: Any) -> Any:
        """fdlibm's: x = 2**k (1 + f), s = f / (2 + f), log(1 + f) = f - f*f/2 + s (f*f/2 + R(s*s))."""
        tiny = b.fcmp_ordered("<", x, self.splat(2.2250738585072014e-308))
        scaled = b.select(tiny, b.fmul(x, self.splat(2.0**54)), x)
        bits = b.bitcast(scaled, self.longs)
        offset = b.sub(bits, self._longs(0x3FE6A09E667F3BCD))  # so that 1 + f is from sqrt(1/2) to sqrt(2)
        k = b.ashr(offset, self._longs(52))
        f = b.fsub(b.bitcast(b.sub(bits, b.shl(k, self._longs(52))), self.type), self.splat(1.0))
        k = b.fsub(b.sitofp(k, self.type), b.select(tiny, self.splat(54.0), self.splat(0.0)))
        s = b.fdiv(f, b.fadd(f, self.splat(2.0)))
        z = b.fmul(s, s)
        tail = [0.1479819860511658591, 0.1531383769920937332, 0.1818357216161805012, 0.2222219843214978396]
        rest = self._polynomial(b, z, [*tail, 0.2857142874366239149, 0.3999999999940941908, 0.6666666666666735130])
        half = b.fmul(b.fmul(f, f), self.splat(0.5))
        inner = self._fma(b, s, self._fma(b, z, rest, half), b.fmul(k, self.splat(1.90821492927058770002e-10)))
        out = b.fsub(b.fmul(k, self.splat(6.93147180369123816490e-01)), b.fsub(b.fsub(half, inner), f))
        out = b.select(b.fcmp_ordered(">", x, self.splat(0.0)), out, self.splat(math.nan))
        return b.select(b.fcmp_ordered("<", x, self.splat(math.inf)), out, b.fsub(x, self.splat(0.0)))
