"""Saving and loading: a model, or a model with its optimizer and history, as one JSON file.

    {"format": "blamegrad model", "version": 1, "checksum": "sha256 of content", "content": {...}}

Numbers are written with as many digits as give the same 64 bits back. Loading only reads: no text of the file is ever run, and
what it says is checked before anything is made of it.
"""

import hashlib
import json
import math
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from autograd.errors import number
from autograd.ops import TABLE
from nn import optim
from nn.files import write_text
from nn.history import History
from nn.layers import MLP
from nn.model import Model
from nn.targets import Task

T = TypeVar("T")
VERSION = 1
LARGEST = 2**30  # bytes of a file, so that a hostile one cannot fill the memory
OPTIMIZERS = {kind.__name__: kind for kind in (optim.SGD, optim.RMSprop, optim.Adam, optim.AdamW)}


class ModelFileError(ValueError):
    """A file is no model: damaged, cut off, foreign, or written by hand. The message names its path."""


def save(path: str | Path, model: Model) -> None:
    """Write an MLP to `path`: also `model.save(path)`. A crash or a full disk leaves the file that was there."""
    _write(path, "blamegrad model", {"model": _described(model)})


def load(path: str | Path, *, verify: bool = True) -> MLP:
    """The model that `save` wrote, equal in every bit. `verify=False` takes a file whose content was edited by hand.

    Raises ModelFileError, with the path, for any file that is no whole model.
    """
    return _read(path, "blamegrad model", verify, lambda content: _model(content["model"]))


def save_checkpoint(path: str | Path, model: Model, optimizer: optim.Optimizer, history: History) -> None:
    """Write all that training goes on from."""
    kind = type(optimizer).__name__
    if OPTIMIZERS.get(kind) is not type(optimizer):
        raise TypeError(f"a checkpoint can hold the optimizers {', '.join(OPTIMIZERS)}, and got {optimizer!r:.80}")
    if [id(p) for p in optimizer.parameters] != [id(p) for p in model.parameters()]:
        raise ValueError(f"{optimizer!r} must hold this model's parameters, all of them and in their order")
    content = {
        "model": _described(model),
        "optimizer": {"kind": kind, **optimizer.state_dict()},
        "history": history.to_dict(),
    }
    _write(path, "blamegrad checkpoint", content)


def load_checkpoint(path: str | Path, *, verify: bool = True) -> tuple[MLP, optim.Optimizer, History]:
    """(model, optimizer, history) as they were: `model.fit(X, y, epochs=10, resume=history)` goes on as if never stopped.

    Raises ModelFileError as `load` does.
    """

    def make(content: dict[str, Any]) -> tuple[MLP, optim.Optimizer, History]:
        model = _model(content["model"])
        described = dict(content["optimizer"])
        optimizer = OPTIMIZERS[described.pop("kind")](model.parameters())
        optimizer.load_state_dict(described)
        history = History.from_dict(content["history"])
        history.optimizer = optimizer
        return model, optimizer, history

    return _read(path, "blamegrad checkpoint", verify, make)


def _described(model: Model) -> dict[str, Any]:
    if not isinstance(model, MLP):
        raise TypeError(f"only an MLP can be saved whole, and got {type(model).__name__}: write its state_dict() yourself")
    for layer in model.layers:
        if layer.activation != "linear" and layer.activation not in TABLE:
            raise ValueError(f"{layer!r} has an activation of your own, which a file cannot hold: save its state_dict() instead")
    task = None if model.task is None else vars(model.task)
    return {
        "nin": model.nin,
        "nouts": [layer.nout for layer in model.layers],
        "activations": [layer.activation for layer in model.layers],
        "task": task,
        "parameters": model.state_dict(),
    }


def _model(found: dict[str, Any]) -> MLP:
    """The MLP that a file describes. Its size is checked against the numbers that are there, before it is made."""
    sizes, state = [found["nin"], *found["nouts"]], found["parameters"]
    if sum(m * (n + 1) for n, m in pairwise(sizes)) != len(state) or not found["nouts"]:
        raise ValueError(f"layers of sizes {sizes!r:.60} do not have {len(state)} parameters")
    model = MLP(found["nin"], found["nouts"], found["activations"])
    for p, (label, data) in zip(model.parameters(), state.items(), strict=True):
        p.label, p.data = str(label), number(data, label)
    if found["task"] is not None:
        model.task = _task(**found["task"])
    return model


def _task(cost: str, classes: list[Any] | None, low: float, high: float) -> Task:
    if not isinstance(cost, str) or not all(isinstance(label, str | int | float) for label in classes or ()):
        raise TypeError("the task must name its cost, and its classes must be words or numbers")
    return Task(cost, None if classes is None else tuple(classes), number(low, "low"), number(high, "high"))


def _write(path: str | Path, kind: str, content: dict[str, Any]) -> None:
    try:
        text = _canonical(content)
    except ValueError as cause:
        raise ValueError(f"{path} was not written: a parameter or a number of the history is NaN or infinite") from cause
    head = {"format": kind, "version": VERSION, "checksum": _checksum(text)}
    body = json.dumps(content, indent=1, allow_nan=False)
    write_text(path, json.dumps(head, indent=1)[:-2] + f',\n "content": {body}\n}}\n')


def _read(path: str | Path, kind: str, verify: bool, make: Callable[[dict[str, Any]], T]) -> T:
    """What `make` makes of the content. Whatever is wrong with the file, one error says so with its path."""

    def refuse(why: str, cause: BaseException | None = None) -> NoReturn:
        raise ModelFileError(f"{path} is not a whole {kind}: {why}") from cause

    if Path(path).stat().st_size > LARGEST:
        refuse(f"it is larger than {LARGEST:,} bytes")
    try:
        found = json.loads(Path(path).read_text(encoding="utf-8"), parse_float=_finite, parse_constant=_finite)
    except (ValueError, RecursionError) as cause:  # UnicodeDecodeError is a ValueError
        refuse(f"it is damaged, cut off or foreign ({cause or type(cause).__name__})", cause)
    if not isinstance(found, dict) or found.get("format") != kind:
        refuse(f"its format is {found.get('format') if isinstance(found, dict) else found!r:.60}")
    if found.get("version") != VERSION:
        refuse(f"its version is {found.get('version')!r:.60}, and this package reads version {VERSION}")
    content = found.get("content")
    if verify and found.get("checksum") != _checksum(_canonical(content)):
        refuse("its content is not what was written (the checksum differs); if you edited it by hand, load it with verify=False")
    try:
        return make(content)  # type: ignore[arg-type]  # content of another kind raises what is caught here
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, RecursionError) as cause:
        refuse(f"its content does not fit together ({type(cause).__name__}: {cause})", cause)


def _canonical(content: Any) -> str:
    return json.dumps(content, separators=(",", ":"), allow_nan=False)


def _checksum(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _finite(text: str) -> float:
    x = float(text)
    if not math.isfinite(x):
        raise ValueError(f"it holds {text[:40]}, which is no finite number")
    return x
