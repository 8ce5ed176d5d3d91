"""Modules that need an extra are left out where it is not installed: their docstrings are not tested then."""

from importlib.util import find_spec

collect_ignore = [] if find_spec("sklearn") else ["nn/sklearn.py"]
