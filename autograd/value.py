"""Value: a number that remembers how it was computed.

Every operation on Values makes a new node with four facts: `data` (its primal value), `grad` (its adjoint, once `backward()`
has run), `op` (the row of the table that computed it) and `parents` (its operands, in order). No derivative is computed or
stored on the way forward: the backward pass reads the rule from the row.

    leaf      a Value with no op: a weight, a bias, an input
    constant  the node of a plain number in an expression (the 2 in x**2): no derivative is taken towards it
"""

from collections.abc import Callable
from numbers import Number
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn, Union

from autograd.errors import NoValueError, nan_allowed, number
from autograd.modes import compared, in_a_block, open_blocks, recorder
from autograd.ops import CONSTANT, TABLE, Op

Operand = Union["Value", float]

_new: Callable[[type["Value"]], "Value"] = object.__new__


class Value:
    """A node of the computation graph of scalars.

    `Value(data, label="")` is a leaf. `data` is any real number (int, float, bool, a NumPy scalar), kept as a float; NaN and
    infinity only inside `allow_nan()`. `label` is how pictures and errors name it.

    Raises TypeError for what is no number (arrays, strings, complex, Decimal), NoValueError for NaN or infinity.

    >>> x, y = Value(2.0, "x"), Value(-3.0, "y")
    >>> out = x * y + x**2
    >>> out.backward()
    >>> out.data, x.grad, y.grad
    (-2.0, 1.0, 2.0)
    """

    __slots__ = ("__weakref__", "data", "grad", "label", "op", "parents")
    __array_ufunc__ = None  # asks NumPy's scalars to leave an operator that has a Value on its right to the Value
    _eager: ClassVar[bool] = True  # a subclass that has no data of its own (a trace) says False, and applies rows its own way

    kind: ClassVar[str] = "leaf"  # what pictures call a leaf of this class

    data: float
    grad: float
    op: Op | None
    parents: tuple["Value", ...]
    label: str

    def __init__(self, data: float, label: str = "") -> None:
        if type(data) is not float:
            data = number(data, f"data of Value({label!r})" if label else "data")
        if data - data != 0.0 and not nan_allowed():
            what = f"data of Value({label!r})" if label else "data"
            raise NoValueError(f"{what} is {data}; if that is meant, write it inside `with allow_nan():`")
        if not isinstance(label, str):
            raise TypeError(f"label must be a string, and got the {type(label).__name__} {label!r:.60}")
        self.data, self.grad, self.op, self.parents, self.label = data, 0.0, None, (), label

    @classmethod
    def _apply(cls, op: Op, operands: tuple[Any, ...]) -> "Value":
        """A row applied to Values and numbers, at least one of them a Value: what `autograd.exp(x)` does."""
        values = tuple(as_value(x, op) for x in operands)
        for x, partial in zip(values, op.partials, strict=True):
            if not x._eager and cls._eager:
                return x._apply(op, operands)
            if partial is None and x.op is not CONSTANT:
                raise TypeError(f"the condition of {op.name} must be a comparison such as x > 0, and got {x!r}")
        return _node(op, op.evaluate([x.data for x in values], values), values)

    @property
    def is_leaf(self) -> bool:
        """Whether this is a weight, a bias or an input: neither computed nor a constant."""
        return self.op is None

    def item(self) -> float:
        """The bare number, as in PyTorch."""
        return self.data

    def detach(self) -> "Value":
        """The same number as a constant: no blame flows through it.

        >>> x = Value(3.0)
        >>> (x * x.detach()).backward()
        >>> x.grad
        3.0
        """
        record = recorder.get()
        if record is not None and self.op is not CONSTANT:
            detached: Value = record("detach", (self,), hidden=True)
            return detached
        return constant(self.data, self.label)

    # -- ordering is by data; equality is identity, so that a Value can be the key of a dict -----------------------------
    def __lt__(self, other: Operand) -> bool:
        return self.data < _data(other) if not open_blocks else compared("lt", self, other, _data)

    def __le__(self, other: Operand) -> bool:
        return self.data <= _data(other) if not open_blocks else compared("le", self, other, _data)

    def __gt__(self, other: Operand) -> bool:
        return self.data > _data(other) if not open_blocks else compared("gt", self, other, _data)

    def __ge__(self, other: Operand) -> bool:
        return self.data >= _data(other) if not open_blocks else compared("ge", self, other, _data)

    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Value):
            return self is other
        if isinstance(other, Number) or (type(other).__module__ == "numpy" and getattr(other, "shape", None) == ()):
            raise TypeError(f"== compares Values by identity: to compare with the number {other!r}, write v.data == {other!r}")
        return NotImplemented

    # -- what would cut the graph silently refuses, and says what to write --------------------------------------------------
    def _refuse(self, written: str, instead: str) -> NoReturn:
        raise TypeError(f"{written} would cut the computation graph; write {instead}")

    def __float__(self) -> float:
        self._refuse("a float of a Value (float(v), math.exp(v), an array of floats)", "v.exp() for a node, v.data for the number")

    def __int__(self) -> int:
        self._refuse("int(v)", "int(v.data)")

    def __bool__(self) -> bool:
        self._refuse("the truth of a Value (if v, v and w)", "v.data != 0, v > 0 or v is not None")

    # -- how it looks --------------------------------------------------------------------------------------------------------
    def __format__(self, spec: str) -> str:
        return format(self.data, spec) if spec else repr(self)

    def __repr__(self) -> str:
        label = f", label={self.label!r}" if self.label else ""
        return f"{type(self).__name__}(data={self.data!r}, grad={self.grad!r}{label})"

    # -- micrograd's names, for the `draw_dot` that people paste -----------------------------------------------------------
    @property
    def _prev(self) -> set["Value"]:
        return set(self.parents)

    @property
    def _op(self) -> str:
        return self.op.symbol if self.op else ""

    def where(self, condition: Any, other: Operand) -> "Value":
        """`where(condition, self, other)`, as PyTorch has it."""
        result: Value = TABLE["where"](condition, self, other)
        return result

    if TYPE_CHECKING:  # what the loop below installs and `reverse` adds: type checkers and editors do not run a loop

        def backward(self, gradient: float = 1.0) -> None: ...
        def _unary(self) -> "Value": ...
        def _binary(self, other: Operand) -> "Value": ...

        __pos__ = __neg__ = __abs__ = pos = neg = abs = exp = expm1 = log = log1p = sqrt = sin = cos = tan = asin = acos = _unary
        atan = sinh = cosh = tanh = sigmoid = relu = leaky_relu = elu = gelu = silu = softplus = erfc = _unary
        __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __pow__ = __rpow__ = _binary
        add = sub = mul = div = pow = maximum = minimum = atan2 = _binary


def _node(op: Op, data: float, parents: tuple[Value, ...]) -> Value:
    """The result of an op as a node: the fast way in, without the checks that a leaf needs."""
    out = _new(Value)
    out.data, out.grad, out.op, out.parents, out.label = data, 0.0, op, parents, ""
    return in_a_block(out) if open_blocks else out


def constant(data: float, label: str = "") -> Value:
    """A Value that is told apart from a leaf: derivatives towards it are never computed, and it has no grad.

    >>> x = Value(-3.0)
    >>> (x ** constant(2.0)).backward()
    >>> x.grad
    -6.0
    """
    out = Value(data, label)
    out.op = CONSTANT
    return out


def as_value(x: Any, op: Op) -> Value:
    """An operand of `op` as a Value: itself, or a constant."""
    return x if isinstance(x, Value) else constant(number(x, f"operand of {op.name}"))


def _data(x: Operand) -> float:
    return x.data if isinstance(x, Value) else number(x, "the number that a Value is compared with")


def label(**values: Value) -> None:
    """Name several Values at once, by keyword.

    >>> x, y = Value(1.0), Value(2.0)
    >>> label(x=x, y=y)
    >>> x.label
    'x'
    """
    for name, value in values.items():
        if not isinstance(value, Value):
            raise TypeError(f"label({name}=...) must name a Value, and got the {type(value).__name__} {value!r:.60}")
        value.label = name


def zero_grad(*values: Value) -> None:
    """Set `grad` to 0. Leaves accumulate over backward passes, inputs like weights, until somebody does this.

    >>> x = Value(3.0)
    >>> for _ in range(2):
    ...     (x * x).backward()
    >>> x.grad
    12.0
    >>> zero_grad(x)
    >>> x.grad
    0.0
    """
    for value in values:
        if not isinstance(value, Value):
            raise TypeError(f"zero_grad takes Values, as in zero_grad(x, y), and got the {type(value).__name__} {value!r:.60}")
        value.grad = 0.0


# -- from a row to methods: a small factory for each number of operands, because *args would cost a third of the speed ----------
def _unary(op: Op) -> Callable[[Value], Value]:
    forward = op.forward_floats

    def method(self: Value) -> Value:
        try:
            data = forward(self.data)
            finite = data - data == 0.0
        except (ArithmeticError, ValueError):
            finite = False
        return _node(op, data if finite else op.evaluate((self.data,), (self,)), (self,))

    return method


def _binary(op: Op) -> Callable[[Value, Operand], Value]:
    forward = op.forward_floats

    def method(self: Value, other: Operand) -> Value:
        if type(other) is not Value:
            other = as_value(other, op)
            if not other._eager:
                return other._apply(op, (self, other))
        try:
            data = forward(self.data, other.data)
            finite = data - data == 0.0
        except (ArithmeticError, ValueError):
            finite = False
        return _node(op, data if finite else op.evaluate((self.data, other.data), (self, other)), (self, other))

    return method


def _nary(op: Op) -> Callable[..., Value]:
    return lambda *operands: Value._apply(op, operands)


def _reflected(method: Callable[[Value, Operand], Value], op: Op) -> Callable[[Value, Operand], Value]:
    return lambda self, other: method(as_value(other, op), self)


_OPERATORS = {"pos": "pos", "neg": "neg", "abs": "abs", "add": "add", "sub": "sub", "mul": "mul", "div": "truediv", "pow": "pow"}


def install(op: Op) -> None:
    """Give Value the methods and operators of a row."""
    arity = len(op.partials)
    method: Any = {1: _unary, 2: _binary}.get(arity, _nary)(op)
    method.__name__, method.__qualname__ = op.name, f"Value.{op.name}"
    method.__doc__ = f"The node of {op.name} of this Value" + (".", " and another.", " and others.")[min(arity, 3) - 1]
    set_methods(Value, op, method)
    for kind in Value.__subclasses__():
        if not kind._eager:
            set_methods(kind, op, lambda *operands, kind=kind: kind._apply(op, operands))


def set_methods(kind: type[Value], op: Op, method: Any) -> None:
    """`method` under the name of the row and, where it is an operator, under the operator's names."""
    setattr(kind, op.name, method)
    if op.name in _OPERATORS:
        setattr(kind, f"__{_OPERATORS[op.name]}__", method)
        if len(op.partials) == 2:
            setattr(kind, f"__r{_OPERATORS[op.name]}__", _reflected(method, op))


for _op in TABLE.values():
    if _op.name != "where":
        install(_op)
