"""The ledger of a backward pass: adjoint times partial is a contribution, edge by edge, and the contributions sum to the grad.

    edge         from a node to one of its operands; x * x has two, both to x
    contribution what the edge carries: the node's adjoint times the partial of its op by that operand
    running      what the operand has received so far in this pass, this contribution the last
    carried      what a leaf brought along from other passes: a row of its own, added last

`explain(root)` computes the pass for itself and writes no `grad`.
"""

import math
from dataclasses import dataclass, field
from typing import Any

from autograd.account import Account
from autograd.errors import DerivativeError, number
from autograd.formula import Symbol, partial
from autograd.ops import CONSTANT
from autograd.origin import carried_by, check_fresh, has_run
from autograd.reverse import adjoints, names
from autograd.table import SHOWN, Report, Table, shortened, shown
from autograd.value import Value
from autograd.worksheet import Blanks, Worksheet


@dataclass(frozen=True, eq=False)
class Edge:
    """What one operand of a step is charged. `position` is where the operand stands among the operands, from 0."""

    node: Value
    position: int
    partial: float
    contribution: float
    running: float
    names: dict[Value, str] = field(repr=False)

    @property
    def operand(self) -> Value:
        """The operand that is charged."""
        return self.node.parents[self.position]

    @property
    def formula(self) -> Symbol:
        """The partial as a formula in the names of the operands and of the node, at this point. From the op's row."""
        return self._read([self.names[x] for x in self.node.parents], self.names[self.node])

    def with_numbers(self) -> str:
        """The formula with numbers in place of the names."""
        return str(self._read([shown(x.data) for x in self.node.parents], shown(self.node.data)))

    def _read(self, operands: list[str], out: str) -> Symbol:
        op = self.node.op
        assert op is not None
        at = [*(x.data for x in self.node.parents), self.node.data]
        conditions = [("true" if x else "false") if rule is None else "" for x, rule in zip(at, op.partials, strict=False)]
        return partial(op, self.position, [c or x for c, x in zip(conditions, operands, strict=True)], out, at)


@dataclass(frozen=True, eq=False)
class Step:
    """One node's turn: it has received everything, and hands each operand its part."""

    node: Value
    op: str
    adjoint: float
    edges: list[Edge]


class Explanation(Report):
    """The backward pass of a root as an ordered list of steps. Made by `explain`.

    steps      in the order of the pass, the root first
    carried    leaf -> what it brought along, for each leaf that did
    adjoints   node -> its adjoint in this pass
    grads      node -> its grad with this pass counted once: the adjoint, and for a leaf adjoint + carried
    """

    def __init__(self, root: Value, gradient: float = 1.0) -> None:
        self.root, self.gradient = root, gradient
        self.adjoints = adjoints(root, gradient)
        order = list(self.adjoints)
        self.names = names(order)
        check_fresh(order, self.names)
        ran = has_run(self.adjoints, root)
        brought = {x: carried_by(x, adjoint, ran) for x, adjoint in self.adjoints.items() if x.op is None}
        self.carried = {x: value for x, value in brought.items() if value != 0.0}
        self.grads = {node: self.carried.get(node, 0.0) + adjoint for node, adjoint in self.adjoints.items()}
        self.steps = self._steps(order)

    def _steps(self, order: list[Value]) -> list[Step]:
        running = dict.fromkeys(order, 0.0)
        steps = []
        for node in reversed(order):
            if not node.parents:
                continue
            assert node.op is not None
            data, edges = [*(x.data for x in node.parents), node.data], []
            for i, (x, rule) in enumerate(zip(node.parents, node.op.partials_floats, strict=True)):
                if x.op is not CONSTANT:
                    slope = rule(*data)
                    contribution = self.adjoints[node] * slope
                    running[x] += contribution
                    edges.append(Edge(node, i, slope, contribution, running[x], self.names))
            steps.append(Step(node, node.op.name, self.adjoints[node], edges))
        return steps

    def of(self, node: Value) -> Account:
        """Why is this node's grad what it is? The sum of its contributions, down to the numbers.

        >>> from autograd import Value, explain
        >>> a, b = Value(2.0, "a"), Value(-3.0, "b")
        >>> c = a * b + b
        >>> c.label = "c"
        >>> print(explain(c).of(b))
        dc/db = dc/dc * dc/db + dc/dv1 * dv1/db
              = 1 * 1 + 1 * a
              = 1 * 1 + 1 * 2
              = 1 + 2
              = 3
        """
        if not isinstance(node, Value):
            raise TypeError(f"of(node) takes a Value of the graph, and got the {type(node).__name__} {node!r:.60}")
        if node not in self.adjoints:
            raise ValueError(f"{self.names[self.root]} was not computed from {node!r}: nothing arrives there")
        if node.op is CONSTANT:
            raise ValueError(f"{self.names[node]} is a constant: no derivative is taken towards it")
        return Account(self, node)

    # -- as tables ---------------------------------------------------------------------------------------------------------
    def parts(self) -> list[Table | str]:
        """The table of steps, what was carried, and how many digits are shown."""
        table = shortened(self.table(), "print(explanation.table()); explanation.of(node) says why one grad is what it is")
        return [*table, f"{SHOWN} Rows sum to grad bit for bit, in this order."]

    def table(self, blank: Blanks | None = None) -> Table:
        """One row for each edge, then one for each leaf that carried something over."""
        head = ["node", "op", "adjoint", "operand", "partial", "formula", "value", "contribution", "operand's grad"]
        ask = blank or (lambda x: x)
        rows: list[list[Any]] = []
        for step in self.steps:
            for i, edge in enumerate(step.edges):
                first = [self.names[step.node], step.op, ask(step.adjoint)] if i == 0 else ["", "", None]
                symbols = [self.names[edge.operand], f"d{self.names[step.node]}/d{self.names[edge.operand]}", str(edge.formula)]
                rows.append([*first, *symbols, ask(edge.partial), ask(edge.contribution), ask(edge.running)])
        for leaf, value in self.carried.items():
            rows.append(["", "carried", None, self.names[leaf], "", "from other passes", None, value, ask(self.grads[leaf])])
        if not rows:
            name = self.names[self.root]
            rows.append([name, "leaf", ask(self.gradient), name, "", "where the pass starts", None, self.gradient, self.gradient])
        table = Table(head, [["" if x is None else x for x in row] for row in rows], f"Backward pass of {self.names[self.root]}")
        numbers = ("adjoint", "value", "contribution", "operand's grad")
        table.right = [name in numbers for name in head]
        return table

    def to_latex(self) -> str:
        """The table as a LaTeX tabular (it needs the package amsmath), formulas as mathematics."""
        formulas = [[None] * 5 + [edge.formula.latex] + [None] * 3 for step in self.steps for edge in step.edges]
        table = self.table()
        return table.latex([*formulas, *[[None] * 9] * (len(table.rows) - len(formulas))])

    def blank(self) -> Worksheet:
        """The same table with the answers left out, numbered, for a worksheet; its `key` has them."""
        return Worksheet(self)

    def to_dict(self) -> dict[str, Any]:
        """Plain data, ready for JSON. A node is its place in topological order, as its `id` says."""
        at = {node: i for i, node in enumerate(self.adjoints)}
        return {
            "steps": [
                {
                    "node": at[step.node],
                    "op": step.op,
                    "adjoint": step.adjoint,
                    "operands": [
                        {
                            "node": at[edge.operand],
                            "formula": str(edge.formula),
                            "partial": edge.partial,
                            "contribution": edge.contribution,
                            "running": edge.running,
                        }
                        for edge in step.edges
                    ],
                }
                for step in self.steps
            ],
            "nodes": [
                {
                    "id": i,
                    "label": self.names[node],
                    "op": None if node.op is None else node.op.name,
                    "data": node.data,
                    "grad": None if node.op is CONSTANT else self.grads[node],
                }
                for node, i in at.items()
            ],
            "carried": [{"node": at[leaf], "value": value} for leaf, value in self.carried.items()],
        }


def explain(value: Value, gradient: float = 1.0) -> Explanation:
    """The backward pass of `value`, step by step: who charges whom, how much and why. Prints as a table; writes no `grad`.

    It is the pass as `value.backward(gradient)` has just run, where every interior `grad` is what that pass leaves; otherwise as
    it would run now. What a leaf's grad has beyond this pass is a row of its own, `carried`, added last: the contributions in the
    order listed, then what was carried, sum to `grad` bit for bit. (A float's sum does not remember its summands: carried is
    0.0 where that fits, else the number that does. A leaf whose grad is 0.0 was reset: it carried nothing.)

    Raises StaleGraphError where a node's data is no longer what its op gives for its operands, since then no partial would be that
    of the pass; the errors of `backward`; TypeError for what is no Value and ValueError for a constant.

    >>> from autograd import Value, explain
    >>> x = Value(3.0, "x")
    >>> print(explain(x * x).table())
    Backward pass of v1
    node  op   adjoint  operand  partial  formula  value  contribution  operand's grad
    ----  ---  -------  -------  -------  -------  -----  ------------  --------------
    v1    mul        1  x        dv1/dx   x            3             3               3
                        x        dv1/dx   x            3             3               6
    """
    if not isinstance(value, Value):
        raise TypeError(f"explain takes the Value that backward() is called on, and got the {type(value).__name__} {value!r:.60}")
    if value.op is CONSTANT:
        raise ValueError(f"{value!r} is a constant: there is no graph to go back through")
    gradient = number(gradient, "gradient")
    if not math.isfinite(gradient):
        raise DerivativeError(f"gradient must be finite, and got {gradient}")
    return Explanation(value, gradient)
