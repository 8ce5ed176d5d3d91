"""What stands in the way of `autograd` or `nn` is named in one clear error: a student's own file, or HIPS autograd.

Each case is a folder as pip would leave it and a fresh Python that sees no other. The real HIPS autograd takes part where the
variable HIPS_AUTOGRAD names a folder made by `pip install --no-deps --target FOLDER autograd`; a small double of it always does.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BOTH = "import nn, autograd; x = autograd.Value(3.0); (x * x).backward(); print(x.grad, nn.MLP(2, [1], seed=0)([1.0, 2.0]).data)"


def copy(source: Path, site: Path) -> None:
    shutil.copytree(source, site, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__", "*.dist-info"))


def install_ours(site: Path) -> None:
    for package in ("autograd", "nn"):
        copy(ROOT / package, site / package)


def run(code: str, *path: Path) -> tuple[str, str]:
    """What a fresh Python prints, and the last line of its errors. It sees the folders of `path` alone."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, path)), "PYTHONUTF8": "1"}
    done = subprocess.run(
        [sys.executable, "-S", "-c", code], env=environment, capture_output=True, text=True, cwd=path[0], check=False
    )
    return done.stdout.strip(), (done.stderr.strip().splitlines() or [""])[-1]


@pytest.fixture
def site(tmp_path):
    folder = tmp_path / "site"
    install_ours(folder)
    return folder


@pytest.fixture
def student(tmp_path):
    folder = tmp_path / "student"
    folder.mkdir()
    return folder


def test_nothing_in_the_way(site, student):
    printed, error = run(BOTH, student, site)
    assert error == ""
    assert printed.startswith("6.0 ")


@pytest.mark.parametrize("form", ["nn.py", "nn/__init__.py"])
@pytest.mark.parametrize("code", ["from autograd import Value", "import autograd.value", "import nn"])
def test_a_students_own_nn(site, student, form, code):
    file = student / form
    file.parent.mkdir(exist_ok=True)
    file.write_text("from autograd import Value\n")
    _, error = run(code, student, site)
    assert error.startswith(f"ImportError: {file} is in the way: `import nn` finds it")
    assert error.endswith("Rename it")


@pytest.mark.parametrize("form", ["autograd.py", "autograd/__init__.py"])
def test_a_students_own_autograd(site, student, form):
    file = student / form
    file.parent.mkdir(exist_ok=True)
    file.write_text("class Value: pass\n")
    _, error = run("import nn", student, site)
    assert error.startswith(f"ImportError: {file} is in the way: `import autograd` finds it")
    assert error.endswith("Rename it")


def test_a_students_folder_without_init_is_not_in_the_way(site, student):
    (student / "nn").mkdir()
    (student / "autograd").mkdir()
    assert run(BOTH, student, site)[1] == ""


@pytest.mark.parametrize("package", ["autograd", "nn"])
def test_one_of_the_two_is_missing(site, student, package):
    shutil.rmtree(site / package)
    other = {"autograd": "nn", "nn": "autograd"}[package]
    _, error = run(f"import {other}", student, site)
    assert error.startswith(f"ImportError: {site / package}")
    assert "is missing" in error
    assert "install blamegrad again" in error


# -- HIPS autograd --------------------------------------------------------------------------------------------------------------
@pytest.fixture(params=["double", "real"])
def hips(request, tmp_path):
    """A folder with HIPS autograd alone."""
    if request.param == "real":
        given = os.environ.get("HIPS_AUTOGRAD")
        if not given:
            pytest.skip("HIPS_AUTOGRAD names no folder with HIPS autograd: pip install --no-deps --target FOLDER autograd")
        return Path(given)
    folder = tmp_path / "hips" / "autograd"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text("from .tracer import grad\n")
    (folder / "tracer.py").write_text("def grad(fun): return fun\n")
    (folder / "core.py").write_text("")
    return folder.parent


def uninstall(hips: Path, site: Path) -> None:
    for file in (hips / "autograd").rglob("*.py"):
        (site / file.relative_to(hips)).unlink(missing_ok=True)


def test_hips_installed_before_ours(site, student, hips):
    shutil.rmtree(site)
    copy(hips, site)
    install_ours(site)
    printed, error = run(BOTH, student, site)
    assert error == ""
    assert printed.startswith("6.0 ")
    uninstall(hips, site)
    check_uninstalled(site, student)


def test_hips_installed_after_ours(site, student, hips):
    copy(hips, site)
    _, error = run("import nn", student, site, numpy_folder(site))
    assert error.startswith(f"ImportError: {site / 'autograd' / '__init__.py'} is in the way: it is HIPS autograd")
    assert "pip uninstall autograd" in error
    uninstall(hips, site)
    check_uninstalled(site, student)
    install_ours(site)
    assert run(BOTH, student, site)[1] == ""


def test_hips_in_another_folder_before_ours(site, student, hips):
    _, error = run("import nn", student, hips, site, numpy_folder(site))
    assert error.startswith(f"ImportError: {hips / 'autograd' / '__init__.py'} is in the way: it is HIPS autograd")
    assert run(BOTH, student, site, hips)[1] == ""


def check_uninstalled(site: Path, student: Path) -> None:
    _, error = run("import nn", student, site)
    assert error.startswith(f"ImportError: {site / 'autograd' / '__init__.py'} is missing (pip uninstall autograd takes it)")
    assert "install blamegrad again" in error


def numpy_folder(site: Path) -> Path:
    """Where NumPy is, which HIPS autograd imports; its double does not."""
    try:
        import numpy as np
    except ImportError:
        return site
    return Path(np.__file__).parent.parent
