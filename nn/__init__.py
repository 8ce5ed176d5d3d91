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

from nn.costs import binary_cross_entropy, binary_cross_entropy_with_logits, cross_entropy, hinge, l2, mse, softmax
from nn.layers import MLP, Layer, Neuron
from nn.module import Module, Parameter
from nn.optim import SGD, Adam, AdamW, Optimizer, RMSprop, clip_grad_norm

__all__ = [
    "MLP",
    "SGD",
    "Adam",
    "AdamW",
    "Layer",
    "Module",
    "Neuron",
    "Optimizer",
    "Parameter",
    "RMSprop",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "clip_grad_norm",
    "cross_entropy",
    "hinge",
    "l2",
    "mse",
    "softmax",
]
