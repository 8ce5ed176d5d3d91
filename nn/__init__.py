"""Neurons, layers and multilayer perceptrons of Values: the blame game made explicit, node by node."""
