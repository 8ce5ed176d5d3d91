"""Neurons, layers and multilayer perceptrons of Values: the blame game made explicit, node by node.

>>> from nn import MLP, SGD, mse
>>> model = MLP(2, [3, 1], "tanh", seed=1)
>>> optimizer = SGD(model.parameters(), lr=0.1)
>>> for _ in range(20):
...     cost = mse(model([1.0, -1.0]), 0.5)
...     optimizer.zero_grad()
...     cost.backward()
...     optimizer.step()
>>> round(cost.data, 4)
0.0
"""

from nn import sibling  # noqa: F401, I001  first of all: is it our autograd that is found?
from typing import TYPE_CHECKING, Any

from nn import schedules
from nn.costs import binary_cross_entropy, binary_cross_entropy_with_logits, cross_entropy, hinge, l2, mse, softmax
from nn.history import History
from nn.layers import MLP, Layer, Neuron
from nn.model import ConfusionMatrix, Model
from nn.module import Module, Parameter
from nn.optim import SGD, Adam, AdamW, Optimizer, RMSprop, clip_grad_norm
from nn.train import TrainingError, early_stopping

if TYPE_CHECKING:
    from nn import data, plots  # noqa: F401
    from nn.bridge import from_torch, to_torch
    from nn.film import explore_training
    from nn.ledger import blame
    from nn.page import explore
    from nn.picture import draw_network
    from nn.storage import ModelFileError, load, load_checkpoint, save, save_checkpoint

__all__ = [
    "MLP",
    "SGD",
    "Adam",
    "AdamW",
    "ConfusionMatrix",
    "History",
    "Layer",
    "Model",
    "ModelFileError",
    "Module",
    "Neuron",
    "Optimizer",
    "Parameter",
    "RMSprop",
    "TrainingError",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "blame",
    "clip_grad_norm",
    "cross_entropy",
    "draw_network",
    "early_stopping",
    "explore",
    "explore_training",
    "from_torch",
    "hinge",
    "l2",
    "load",
    "load_checkpoint",
    "mse",
    "save",
    "save_checkpoint",
    "schedules",
    "softmax",
    "to_torch",
]

_WHEN_ASKED = {
    "nn.bridge": ["from_torch", "to_torch"],
    "nn.data": [],
    "nn.film": ["explore_training"],
    "nn.ledger": ["blame"],
    "nn.page": ["explore"],
    "nn.picture": ["draw_network"],
    "nn.plots": [],
    "nn.sklearn": [],
    "nn.storage": ["ModelFileError", "load", "load_checkpoint", "save", "save_checkpoint"],
}  # loaded by their first use, so that `import nn` stays quick


def __getattr__(name: str) -> Any:
    for module, names in _WHEN_ASKED.items():
        if name in names or module == f"nn.{name}":
            from importlib import import_module

            found = import_module(module)
            return getattr(found, name) if name in names else found
    raise AttributeError(f"module 'nn' has no attribute {name!r}")
