"""Pickle, deepcopy and copy of Values: graphs of any depth, without recursion, with every identity and every sharing kept.

Pickle saves what it meets in the midst of saving what led there, so a chain of operations would need as many calls as it has
nodes. The way out is the order of the backward pass: a node is saved as the *listing* of all that it depends on, operands before
the nodes that use them. Pickle remembers what it has saved, so each node of the listing finds its operands done; and at
the listing's end the node itself is done too, and is taken from what pickle remembers.
"""

import copy
import threading
import weakref
from collections.abc import Callable
from typing import Any

from autograd.reverse import depth_first
from autograd.value import Value


class _Listing:
    """What a node depends on, itself last. For pickle it is a list; while that is saved, its `members` are saved plainly.

    Pickle keeps what it has saved until its end, and so keeps the listings, and `seen`: the nodes of all the listings of one dump.
    """

    __slots__ = ("__weakref__", "members", "order", "seen")

    def __init__(self, node: Value, seen: set[Value]) -> None:
        self.seen = seen
        self.order = depth_first([node], seen)
        self.members: set[Value] = set()

    def __reduce__(self) -> Any:
        self.members = set(self.order)
        outer, _saving.latest = _saving.latest, weakref.ref(self)
        return list, (), None, iter([*self.order, _End(self, outer)])


class _End:
    """The last item of a listing: pickle comes to it when the members are done."""

    def __init__(self, listing: _Listing, outer: Callable[[], _Listing | None]) -> None:
        self.listing, self.outer = listing, outer

    def __reduce__(self) -> Any:
        self.listing.members = set()
        outer = self.outer()
        if outer is not None and outer.members:
            _saving.latest = self.outer
        return int, ()


class _Saving(threading.local):
    """The latest listing of this thread, weakly: when a dump has ended or failed, it is gone."""

    latest: Callable[[], _Listing | None] = staticmethod(lambda: None)


_saving = _Saving()


def _reduce(self: Value, protocol: Any = 2) -> Any:
    """How pickle saves a Value: plainly if nothing else need come first, and otherwise as the last of its listing.

    Which nodes came first already is a guess, since nobody tells which dump this is. Where it was wrong, pickle asks for a node
    that its listing has left out; that node then answers a whole listing of its own.
    """
    latest = _saving.latest()
    if not self.parents or (latest is not None and self in latest.members):
        if type(self) is Value:  # the case of almost every node
            return _restore, (self.data, self.grad, self.op, self.parents, self.label)
        return object.__reduce_ex__(self, max(protocol, 2))
    same_dump = latest is not None and not latest.members and self not in latest.seen
    return _last, (_Listing(self, latest.seen if latest is not None and same_dump else set()),)


def _last(listing: list[Any]) -> Value:
    value: Value = listing[-2]
    return value


def _restore(*facts: Any) -> Value:
    node: Value = object.__new__(Value)
    node.data, node.grad, node.op, node.parents, node.label = facts
    return node


def _twin(node: Value, parents: tuple[Value, ...]) -> Value:
    twin: Value = object.__new__(type(node))
    twin.data, twin.grad, twin.op, twin.parents, twin.label = node.data, node.grad, node.op, parents, node.label
    return twin


def _additions(node: Value) -> dict[str, Any]:
    """What a subclass of Value has added to it."""
    if type(node) is Value:
        return {}
    state: Any = object.__getstate__(node)
    return {name: x for name, x in ((state[0] or {}) | state[1]).items() if name not in Value.__slots__}


def _copy(self: Value) -> Value:
    """`copy.copy`: another node with the same operands."""
    twin = _twin(self, self.parents)
    for name, x in _additions(self).items():
        setattr(twin, name, x)
    return twin


def _deepcopy(self: Value, memo: dict[Any, Any]) -> Value:
    """`copy.deepcopy`: the whole graph anew. `memo` is what is copied already, and under our name the set of those nodes."""
    order = depth_first([self], memo.setdefault(__name__, set()))
    for node in order:
        memo[id(node)] = _twin(node, tuple([memo[id(x)] for x in node.parents]))
    for node in order:
        for name, x in _additions(node).items():
            setattr(memo[id(node)], name, copy.deepcopy(x, memo))
    twin: Value = memo[id(self)]
    return twin


Value.__reduce_ex__ = _reduce  # type: ignore[method-assign, assignment]
Value.__copy__, Value.__deepcopy__ = _copy, _deepcopy  # type: ignore[attr-defined]
