"""Whether the package `nn` that comes with this one is what `import nn` finds: a student's own nn.py is often in the way."""

from importlib.util import find_spec
from os.path import dirname, join, realpath


def check() -> None:
    """Raise an ImportError that says what is in the way and the way out. Nothing of `nn` is run."""
    ours = join(dirname(dirname(__file__)), "nn")
    try:
        spec = find_spec("nn")
        found = spec and spec.origin
    except ValueError:  # a program has put something of its own into sys.modules
        found = "something that is no file"
    if not found:
        raise ImportError(f"{ours} is missing: install blamegrad again (pip install --force-reinstall blamegrad)")
    if realpath(dirname(found)) != realpath(ours):
        raise ImportError(f"{found} is in the way: `import nn` finds it, not the package nn of blamegrad ({ours}). Rename it")


check()
