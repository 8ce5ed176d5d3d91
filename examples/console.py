"""What every demo needs around its idea: options, tables, a place for pictures. Nothing to learn here.

Demos print plain ASCII, so that they read the same on every console.
"""

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

from autograd.table import Table


def arguments(doc: str | None, argv: Sequence[str] | None, **numbers: tuple[float, str]) -> argparse.Namespace:
    """The options of a demo whose docstring is `doc`: --out, and one for each of `numbers`, name=(default, what it is)."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("out"), metavar="FOLDER", help="where pictures go (default: out)")
    for name, (default, what) in numbers.items():
        kind = type(default)
        parser.add_argument(f"--{name}", type=kind, default=default, metavar=kind.__name__, help=f"{what} (default: {default})")
    options = parser.parse_args(argv)
    options.out.mkdir(parents=True, exist_ok=True)
    return options


def heading(text: str) -> None:
    """A line that opens a part of the output."""
    print(f"\n{text}\n{'-' * len(text)}")


def table(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Columns under a head."""
    print(Table(head, rows))


class Shown(Protocol):
    """What `draw`, `draw_network` and `explore` answer."""

    def save(self, path: Path) -> Path: ...


def save(shown: Shown, path: Path) -> None:
    """Write a picture or a page, and say where it is."""
    print(f"{'page, for a browser' if path.suffix == '.html' else 'picture'}: {shown.save(path)}")


def chart(path: Path, paint: Callable[[Any], object]) -> None:
    """Draw with matplotlib: `paint` gets its axes. Where it is not installed, a line says how to get it."""
    try:
        import matplotlib
        from matplotlib.figure import Figure
    except ImportError:
        print(f"chart: {path} needs matplotlib: pip install 'blamegrad[plot]'")
        return
    figure = Figure(figsize=(7, 5), layout="constrained")
    paint(figure.subplots())
    with matplotlib.rc_context({"svg.hashsalt": "blamegrad"}):
        figure.savefig(path, metadata={"Date": None})
    print(f"chart: {path}")
