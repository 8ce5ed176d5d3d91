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
from nn import schedules
from nn.costs import binary_cross_entropy, binary_cross_entropy_with_logits, cross_entropy, hinge, l2, mse, softmax
from nn.history import History
from nn.layers import MLP, Layer, Neuron
from nn.model import ConfusionMatrix, Model
from nn.module import Module, Parameter
from nn.optim import SGD, Adam, AdamW, Optimizer, RMSprop, clip_grad_norm
from nn.train import TrainingError, early_stopping

__all__ = [
    "MLP",
    "SGD",
    "Adam",
    "AdamW",
    "ConfusionMatrix",
    "History",
    "Layer",
    "Model",
    "Module",
    "Neuron",
    "Optimizer",
    "Parameter",
    "RMSprop",
    "TrainingError",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "clip_grad_norm",
    "cross_entropy",
    "early_stopping",
    "hinge",
    "l2",
    "mse",
    "schedules",
    "softmax",
]
