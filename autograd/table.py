"""A table: aligned text, HTML for a notebook, or LaTeX. What stands in a cell is text and shows itself, whatever it is."""

import sys
from collections.abc import Sequence
from html import escape
from typing import Any

from autograd.notation import latex_text
from autograd.render import visible

DIGITS = 6  # significant ones, in everything that prints numbers
READABLE = 200  # rows of a table that are printed unasked
SHOWN = f"Numbers are shown to {DIGITS} significant digits."
_STYLE = "text-align:{};padding:0.15em 0.7em;font-family:monospace"


def shown(x: float | None) -> str:
    """A number as tables print it; a dash where there is none.

    >>> shown(-2.0), shown(1 / 3), shown(None)
    ('-2', '0.333333', '-')
    """
    return "-" if x is None else f"{x + 0.0:.{DIGITS}g}"  # + 0.0 makes 0 of -0


def printable(text: str) -> str:
    """The text, with escapes for what the console that prints it has no characters for."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)


class Table:
    """Rows of cells under a head. Columns of numbers are set to the right; a number is shown to 6 significant digits.

    >>> print(Table(["name", "grad"], [["x", 0.5], ["long one", -12.0]]))
    name      grad
    --------  ----
    x          0.5
    long one   -12
    """

    def __init__(self, head: Sequence[str], rows: Sequence[Sequence[Any]], title: str = "") -> None:
        self.head, self.title = list(head), title
        columns = list(zip(*rows, strict=True)) or [()] * len(head)
        self.right = [any(isinstance(x, int | float) for x in c) and not any(isinstance(x, str) and x for x in c) for c in columns]
        self.rows = [[x if isinstance(x, str) else str(x) if isinstance(x, int) else shown(x) for x in row] for row in rows]

    def __str__(self) -> str:
        cells = [[visible(x) for x in row] for row in self.rows]
        widths = [max(map(len, column)) for column in zip(self.head, *cells, strict=True)]
        lines = [
            "  ".join(x.rjust(w) if r else x.ljust(w) for x, w, r in zip(line, widths, self.right, strict=True)).rstrip()
            for line in [self.head, ["-" * w for w in widths], *cells]
        ]
        return printable("\n".join([visible(self.title), *lines] if self.title else lines))

    def html(self) -> str:
        """The table as HTML; every cell is escaped."""
        sides = ["right" if r else "left" for r in self.right]
        caption = (
            f'<caption style="text-align:left;font-weight:bold;padding:0.5em 0.7em">{escape(visible(self.title))}</caption>'
            if self.title
            else ""
        )
        head = "".join(
            f'<th scope="col" style="{_STYLE.format(s)}">{escape(x)}</th>' for x, s in zip(self.head, sides, strict=True)
        )
        body = "".join(
            "<tr>"
            + "".join(f'<td style="{_STYLE.format(s)}">{escape(visible(x))}</td>' for x, s in zip(row, sides, strict=True))
            + "</tr>"
            for row in self.rows
        )
        return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"

    def latex(self, mathematics: Sequence[Sequence[str | None]] = ()) -> str:
        """The table as a LaTeX tabular. A cell of `mathematics` that is no None stands, in $...$, for the cell of that place."""
        lines = [" & ".join(map(latex_text, self.head)) + r" \\ \hline"]
        for i, row in enumerate(self.rows):
            formulas = mathematics[i] if mathematics else [None] * len(row)
            cells = [latex_text(visible(x)) if f is None else f"${f}$" for x, f in zip(row, formulas, strict=True)]
            lines.append(" & ".join(cells) + r" \\")
        columns = "".join("r" if r else "l" for r in self.right)
        return "\n".join([rf"\begin{{tabular}}{{{columns}}}", *lines, r"\end{tabular}"]) + "\n"


def shortened(table: Table, more: str) -> "list[Table | str]":
    """The table, and of a long one the first rows with a line that says how many there are; `more` says how to see them."""
    if len(table.rows) <= READABLE:
        return [table]
    rest = f"... and {len(table.rows) - READABLE:,} more rows: {more}"
    table.rows = table.rows[:READABLE]
    return [table, rest]


class Report:
    """Something that is told by tables and sentences between them: prints aligned, shows itself in a notebook."""

    def parts(self) -> list["Table | str"]:
        """The tables and sentences, from top to bottom."""
        raise NotImplementedError

    def __str__(self) -> str:
        return "\n\n".join(str(part) if isinstance(part, Table) else printable(part) for part in self.parts())

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return "".join(
            part.html() if isinstance(part, Table) else f'<pre style="white-space:pre-wrap">{escape(part)}</pre>'
            for part in self.parts()
        )
