"""Notations: how a formula is written, as text, LaTeX or JavaScript, with as few parentheses as keep its meaning.

Each line of a notation gives an operation's template, how tightly it binds, and how tightly each operand must bind to need no
parentheses. Another notation is another dictionary of what differs.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from autograd.ops import TABLE

if TYPE_CHECKING:
    from autograd.formula import Symbol

COMPARISONS = ("<", "<=", ">", ">=")
_ATOM = 9


@dataclass(frozen=True)
class Notation:
    """A way to write formulas. `templates`: operation -> (template, how tightly it binds, the least for each operand).

    What has no line there is written by `call(operation)` as a template's head. `name` and `number` write names and numbers;
    `constants` holds numbers that are better known as formulas.
    """

    templates: Mapping[str, tuple[Any, ...]]
    call: Callable[[str], str]
    name: Callable[[str], str] = str
    number: Callable[[float], str] = repr
    parentheses: tuple[str, str] = ("(", ")")
    constants: Mapping[float, str] = field(default_factory=dict)

    def write(self, symbol: "Symbol") -> str:
        """The formula in this notation."""
        return self._write(symbol)[0]

    def _write(self, symbol: "Symbol") -> tuple[str, int]:
        """The text, and how tightly it binds."""
        if not symbol.operands:
            if symbol.name:
                return self.name(symbol.name), _binding(symbol.name)
            assert symbol.data is not None
            text = self.constants.get(symbol.data) or self.number(symbol.data)
            return text, _binding(text)
        opening, closing = self.parentheses
        if symbol.name not in self.templates:
            return self.call(symbol.name) + opening + ", ".join(map(self.write, symbol.operands)) + closing, _ATOM
        template, binds, *least = self.templates[symbol.name]
        operands = []
        for i, (x, least_binding) in enumerate(zip(symbol.operands, least, strict=True)):
            text, binding = self._write(x)
            loose = binding < least_binding or (i > 0 and least_binding > 3 and text.startswith("-"))
            operands.append(opening + text + closing if loose else text)
        return template.format(*operands), binds


def _binding(name: str) -> int:
    """How tightly a name binds: a label such as `x1*w1 + b` needs parentheses, `w[2,1]` needs none, `-3` is a negation."""
    if name.startswith("-") and _binding(name[1:]) == _ATOM:
        return 5
    bare = re.sub(r"\[[^\]]*\]|\([^)]*\)|(?<=\d)e-?\d+$", "", name)
    return 0 if re.search(r"[\s+\-*/^%<>=,|&]", bare) else _ATOM


def _shown(x: float) -> str:
    return f"{x:g}" if float(f"{x:g}") == x else repr(x)


TEXT = Notation(
    {
        "where": ("{1} if {0} else {2}", 1, 2, 2, 1),
        **{sign: (f"{{}} {sign} {{}}", 2, 3, 3) for sign in COMPARISONS},
        "add": ("{} + {}", 3, 3, 4),
        "sub": ("{} - {}", 3, 3, 4),
        "mul": ("{}*{}", 4, 4, 5),
        "div": ("{}/{}", 4, 4, 5),
        "pos": ("+{}", 5, 6),
        "neg": ("-{}", 5, 6),
        "pow": ("{}**{}", 6, 7, 6),
    },
    call=lambda name: TABLE[name].symbol,
    number=_shown,
    constants={
        math.sqrt(2.0): "sqrt(2)",
        math.sqrt(2.0 * math.pi): "sqrt(2*pi)",
        -2.0 / math.sqrt(math.pi): "-2/sqrt(pi)",
    },
)


def latex_name(name: str) -> str:
    """`w[2,1]` as w_{2,1}, `x1` as x_{1}, a number as it is, and any other label as upright text."""
    if re.fullmatch(r"-?[\d.]+", name):
        return name
    if found := re.fullmatch(r"([A-Za-z])(\d*)", name) or re.fullmatch(r"([A-Za-z])\[([\w, ]+)\]", name):
        letter, index = found.groups()
        return f"{letter}_{{{index}}}" if index else letter
    if found := re.fullmatch(r"(-?[\d.]+)e([+-]?)0*(\d+)", name):
        return "{} \\cdot 10^{{{}{}}}".format(found[1], found[2].strip("+"), found[3])
    return r"\text{" + latex_text(name) + "}"


_LATEX_ESCAPES = {"\\": r"\textbackslash{}", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}"}
_LATEX_ESCAPES |= {c: "\\" + c for c in "#$%&_{}"}


def latex_text(text: str) -> str:
    """Any string as LaTeX text that shows itself.

    >>> print(latex_text("50% of a_b"))
    50\\% of a\\_b
    """
    return "".join(_LATEX_ESCAPES.get(c, c) for c in text)


LATEX = Notation(
    {
        **TEXT.templates,
        "where": (r"\begin{{cases}} {1} & \text{{if }} {0} \\ {2} & \text{{otherwise}} \end{{cases}}", _ATOM, 2, 0, 0),
        "<=": (r"{} \le {}", 2, 3, 3),
        ">=": (r"{} \ge {}", 2, 3, 3),
        "mul": (r"{} \cdot {}", 4, 4, 5),
        "div": (r"\frac{{{}}}{{{}}}", _ATOM, 0, 0),
        "pow": ("{}^{{{}}}", 6, 7, 0),
        "exp": ("e^{{{}}}", 6, 0),
        "sqrt": (r"\sqrt{{{}}}", _ATOM, 0),
        "abs": (r"\left|{}\right|", _ATOM, 0),
    },
    call=lambda name: r"\operatorname{" + latex_text(TABLE[name].symbol) + "}",
    name=latex_name,
    number=lambda x: latex_name(_shown(x)),
    parentheses=(r"\left(", r"\right)"),
    constants={
        math.sqrt(2.0): r"\sqrt{2}",
        math.sqrt(2.0 * math.pi): r"\sqrt{2\pi}",
        -2.0 / math.sqrt(math.pi): r"\frac{-2}{\sqrt{\pi}}",
    },
)

# Every operation but arithmetic is a call of ops.NAME, as `definition` gives it; what it leaves is JavaScript's Math.NAME.
JAVASCRIPT = Notation(
    {
        **{name: line for name, line in TEXT.templates.items() if name != "pow"},
        "where": ("{0} ? {1} : {2}", 1, 2, 2, 1),
    },
    call=lambda name: f"ops.{name}",
)
