"""A worksheet: an explanation with its answers left out, to be filled in by hand, and the key."""

from typing import TYPE_CHECKING

from autograd.formula import forward
from autograd.ops import CONSTANT
from autograd.render import visible
from autograd.table import Report, Table, shown

if TYPE_CHECKING:
    from autograd.ledger import Explanation


class Blanks:
    """Leaves numbers out, and keeps them: each call answers a numbered blank."""

    def __init__(self) -> None:
        self.answers: list[float] = []

    def __call__(self, x: float) -> str:
        self.answers.append(x)
        return f"({len(self.answers)}) ____"


class Worksheet(Report):
    """An explanation with the answers left out: `key` has them, by the numbers of the blanks; `answers` are the numbers."""

    def __init__(self, explanation: "Explanation") -> None:
        self.explanation, blanks = explanation, Blanks()
        self.table = explanation.table(blanks)
        self.answers = blanks.answers

    def parts(self) -> list[Table | str]:
        """What the forward pass gave, and the table to be filled in."""
        named, rows = self.explanation.names, []
        for node in self.explanation.adjoints:
            if node.op is not CONSTANT:
                how = str(forward(node.op, [named[x] for x in node.parents])) if node.op else "given"
                rows.append([named[node], how, node.data])
        start = f"Start: the adjoint of {visible(named[self.explanation.root])} is {shown(self.explanation.gradient)}."
        return [Table(["node", "formula", "data"], rows, "Forward pass"), start, self.table]

    @property
    def key(self) -> Table:
        """The answers."""
        return Table(["blank", "answer"], [[f"({i})", x] for i, x in enumerate(self.answers, 1)], "Key")

    def to_latex(self) -> str:
        """The table as a LaTeX tabular."""
        return self.table.latex()
