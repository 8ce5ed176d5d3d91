"""A formula from the command line:

    python -m autograd "tanh(w1*x1 + w2*x2 + b)" w1=-3 w2=1 x1=2 x2=0 b=6.88 --explain --svg out.svg --html out.html

prints its value and the gradient by every name; --explain adds the ledger: what each operation charges its operands, and why.
A formula that begins with a minus is written with a space before it: " -x**2".
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from autograd.ops import CONSTANT
from autograd.parse import FormulaError, parse
from autograd.reverse import adjoints
from autograd.table import Table, printable, shown
from autograd.value import Value


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; answers 0, or 2 after an error that is printed."""
    options = _options().parse_intermixed_args(argv)
    try:
        root = parse(options.formula, **dict(map(_value, options.values)))
        if root.op is not CONSTANT:
            root.backward()
        _report(root, options.explain)
        for path, picture in ((options.svg, "draw"), (options.html, "explore")):
            if path is not None:
                import autograd

                print(printable(f"wrote {getattr(autograd, picture)(root).save(path)}"))
    except (FormulaError, ArithmeticError, TypeError, ValueError, OSError, ImportError) as error:
        print(printable(f"error: {error}"), file=sys.stderr)
        return 2
    return 0


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m autograd", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("formula", help="as in Python: + - * / **, names, numbers, and the operations of the table")
    parser.add_argument("values", nargs="*", metavar="NAME=NUMBER", help="what each name of the formula stands for")
    parser.add_argument("--explain", action="store_true", help="print the backward pass, edge by edge")
    parser.add_argument("--svg", type=Path, metavar="FILE", help="write the graph as a picture")
    parser.add_argument("--html", type=Path, metavar="FILE", help="write the graph as an interactive page")
    return parser


def _value(written: str) -> tuple[str, float]:
    name, sign, number = written.partition("=")
    try:
        if not sign or not name.strip():
            raise ValueError
        return name.strip(), float(number)
    except ValueError:
        raise ValueError(f"{written!r} must be NAME=NUMBER, as in w1=-3") from None


def _report(root: Value, explained: bool) -> None:
    print(f"value {shown(root.data)}")
    if root.op is CONSTANT:
        return
    found = [(node.label, node.data, grad) for node, grad in adjoints(root).items() if node.op is None]
    print(f"\n{Table(['name', 'value', 'gradient'], found)}")
    if explained:
        from autograd.ledger import explain

        print(printable(f"\n{explain(root)}"))


if __name__ == "__main__":
    sys.exit(main())
