"""Whether the package `autograd` that comes with this one is what `import autograd` finds.

In the way is a student's own autograd.py, or HIPS autograd, a package of the same import name: installed into the same folder it
replaces our autograd/__init__.py, and uninstalled it takes that file away.
"""

from importlib import import_module
from importlib.util import find_spec
from os.path import dirname, exists, join, realpath

_AGAIN = "install blamegrad again (pip install --force-reinstall blamegrad)"


def check() -> None:
    """Raise an ImportError that says what is in the way and the way out."""
    ours = join(dirname(dirname(__file__)), "autograd")
    try:
        spec = find_spec("autograd")
        found = spec and spec.origin
    except ValueError:  # a program has put something of its own into sys.modules
        found = "something that is no file"
    if not found:
        raise ImportError(f"{join(ours, '__init__.py')} is missing (pip uninstall autograd takes it): {_AGAIN}")
    folder = dirname(found)
    if realpath(folder) == realpath(ours) and hasattr(import_module("autograd"), "Value"):
        return
    if exists(join(folder, "tracer.py")):
        raise ImportError(
            f"{found} is in the way: it is HIPS autograd, another package of the same import name as that of blamegrad."
            f" Remove it (pip uninstall autograd), then {_AGAIN}"
        )
    raise ImportError(f"{found} is in the way: `import autograd` finds it, not that of blamegrad ({ours}). Rename it")


check()
