"""An account: why one node's grad is what it is, the sum of its contributions from names down to numbers."""

import re
from typing import TYPE_CHECKING

from autograd.notation import latex_name
from autograd.render import visible
from autograd.table import Report, Table, shown
from autograd.value import Value

if TYPE_CHECKING:
    from autograd.ledger import Explanation

TERMS = 8  # how many summands a line shows before it says how many more there are


class Account(Report):
    """Why one node's grad is what it is: `terms` are the edges that charged it, `carried` what it brought along."""

    def __init__(self, explanation: "Explanation", node: Value) -> None:
        self.node, self.root = node, explanation.root
        self.names = {x: visible(name) for x, name in explanation.names.items()}
        self.terms = [edge for step in explanation.steps for edge in step.edges if edge.operand is node]
        self.adjoint, self.carried = explanation.adjoints[node], explanation.carried.get(node, 0.0)
        self.grad = explanation.grads[node]
        self.adjoints, self.gradient = explanation.adjoints, explanation.gradient

    def _d(self, of: Value, by: Value) -> str:
        return f"d{self.names[of]}/d{self.names[by]}"

    def lines(self) -> list[str]:
        """The sum in names, then formulas, then numbers, and its value."""
        adjoint = [self.adjoints[edge.node] for edge in self.terms]
        seed = [f"{shown(self.gradient)} (the pass starts here)"] if self.node is self.root else []
        sums = [
            seed + [f"{self._d(self.root, edge.node)} * {self._d(edge.node, self.node)}" for edge in self.terms],
            [f"{_factor(shown(a))} * {_factor(visible(str(edge.formula)))}" for a, edge in zip(adjoint, self.terms, strict=True)],
            [f"{_factor(shown(a))} * {_factor(edge.with_numbers())}" for a, edge in zip(adjoint, self.terms, strict=True)],
            [f"{_factor(shown(a))} * {_factor(shown(edge.partial))}" for a, edge in zip(adjoint, self.terms, strict=True)],
            [shown(edge.contribution) for edge in self.terms],
        ]
        written = [_sum(terms) for terms in sums if terms] + [shown(self.adjoint)]
        return [line for i, line in enumerate(written) if i == 0 or line != written[i - 1]]

    def parts(self) -> list[Table | str]:
        """The equation; and where the leaf carried something over, the sum with it."""
        left, (first, *more) = self._d(self.root, self.node), self.lines() or ["0"]
        equation = "\n".join([f"{left} = {first}", *(f"{' ' * len(left)} = {line}" for line in more)])
        if not self.carried:
            return [equation]
        name = f"{self.names[self.node]}.grad"
        whole = _sum([shown(self.adjoint), shown(self.carried)])
        return [f"{equation}\n{name} = {whole} carried from other passes = {shown(self.grad)}"]

    def to_latex(self) -> str:
        """The equation as an align* of LaTeX."""
        quotient = r"\frac{{\partial {}}}{{\partial {}}}"
        name = {x: latex_name(self.names[x]) for x in (self.root, self.node, *(e.node for e in self.terms))}
        left = quotient.format(name[self.root], name[self.node])
        chains = [
            quotient.format(name[self.root], name[e.node]) + r" \cdot " + quotient.format(name[e.node], name[self.node])
            for e in self.terms
        ]
        products = [f"{_factor(shown(self.adjoints[e.node]))} \\cdot {_factor(shown(e.partial))}" for e in self.terms]
        lines = [" + ".join(chains), " + ".join(products), shown(self.adjoint)] if self.terms else [shown(self.adjoint)]
        return "\\begin{align*}\n" + left + " ".join(f"&= {line} \\\\\n" for line in lines) + "\\end{align*}\n"

    def __float__(self) -> float:
        return self.grad


def _factor(text: str) -> str:
    return f"({text})" if text.startswith("-") or " " in text else text


def _sum(terms: list[str]) -> str:
    """Terms with plus and minus between; of many, the first few."""
    more = len(terms) - TERMS
    terms = terms if more <= 1 else [*terms[:TERMS], f"... ({more:,} more)"]
    return re.sub(r"\+ -(?=\d)", "- ", " + ".join(terms))
