"""Nested lists, tuples and dicts of numbers: their leaves in a fixed order, and the same structure around other leaves.

    leaf   a Value or a plain number
    path   where a leaf stands, as one would write it: [0]['w'][1]

The order is the order of iteration: a dict's is the order in which its keys were written.
"""

import copy
from collections.abc import Iterable, Iterator
from typing import Any

from autograd.errors import number
from autograd.value import Value


def leaves(structure: Any, what: str = "structure") -> list[tuple[str, Any]]:
    """The leaves of `structure`, each with its path behind the words `what`: Values as they are, numbers as floats.

    Raises TypeError, which names the path, for anything that is no number, Value, list, tuple or dict.

    >>> leaves({"w": [1, 2.5], "b": 0.5}, "argument 0")
    [("argument 0['w'][0]", 1.0), ("argument 0['w'][1]", 2.5), ("argument 0['b']", 0.5)]
    """
    return list(_walk(structure, what))


def _walk(structure: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(structure, list | tuple | dict):
        for key, part in _parts(structure):
            yield from _walk(part, path + key)
    else:
        yield path, structure if isinstance(structure, Value) else _number(structure, path)


def _parts(structure: Any) -> Iterable[tuple[str, Any]]:
    if isinstance(structure, dict):
        return ((f"[{key!r}]", part) for key, part in structure.items())
    fields = getattr(structure, "_fields", None)
    return ((f".{fields[i]}" if fields else f"[{i}]", part) for i, part in enumerate(structure))


def _number(x: Any, path: str) -> float:
    try:
        return number(x, path)
    except TypeError:
        kind = type(x).__name__
        hint = "; write .tolist()" if hasattr(x, "tolist") else "; a set has no order: write a list" if kind == "set" else ""
        raise TypeError(
            f"{path} must be a number, a Value, or a list, tuple or dict of these, and got the {kind} {x!r:.60}{hint}"
        ) from None


def rebuild(structure: Any, leaves: Iterable[Any]) -> Any:
    """`structure` with its leaves replaced, in order, by `leaves`; lists, tuples and dicts keep their types.

    >>> rebuild({"w": [1, 2], "b": 0.5}, "xyz")
    {'w': ['x', 'y'], 'b': 'z'}
    """
    return _rebuild(structure, iter(leaves))


def _rebuild(structure: Any, leaves: Iterator[Any]) -> Any:
    if isinstance(structure, dict):
        twin = copy.copy(structure)  # rather than type(structure)(...), which a defaultdict would misread
        for key, part in structure.items():
            twin[key] = _rebuild(part, leaves)
        return twin
    if isinstance(structure, list | tuple):
        parts = [_rebuild(part, leaves) for part in structure]
        kind: Any = type(structure)
        return kind._make(parts) if hasattr(kind, "_make") else kind(parts)
    return next(leaves)
