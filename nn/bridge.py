"""To PyTorch and back: the same network, where it has outgrown scalars or one machine. Needs the extra `torch`."""

from typing import Any

from nn.layers import MLP

# our name -> PyTorch's module, the arguments that make it the same function (Softplus turns linear above a threshold: at 20,
# its default, that is off by 2e-9), and those whose other values make it another function
_SAME: dict[str, tuple[str, dict[str, Any]]] = {
    "relu": ("ReLU", {}),
    "leaky_relu": ("LeakyReLU", {"negative_slope": 0.01}),
    "elu": ("ELU", {"alpha": 1.0}),
    "gelu": ("GELU", {"approximate": "none"}),
    "silu": ("SiLU", {}),
    "softplus": ("Softplus", {"beta": 1, "threshold": 50}),
    "sigmoid": ("Sigmoid", {}),
    "tanh": ("Tanh", {}),
}


def to_torch(model: MLP, dtype: Any = None) -> Any:
    """A `torch.nn.Sequential` that is equal to `model`: the same outputs and gradients, in float64 unless told otherwise.

    Each layer is a Linear, followed by its activation where it has one. Raises ValueError for an activation that PyTorch has no
    module for.
    """
    torch = _torch("nn.to_torch")
    if not isinstance(model, MLP):
        raise TypeError(f"to_torch takes an MLP, and got the {type(model).__name__} {model!r:.60}")
    modules = []
    for layer in model.layers:
        linear = torch.nn.Linear(layer.nin, layer.nout, dtype=dtype or torch.float64)
        with torch.no_grad():
            linear.weight.copy_(torch.tensor([[w.data for w in neuron.w] for neuron in layer.neurons], dtype=torch.float64))
            linear.bias.copy_(torch.tensor([neuron.b.data for neuron in layer.neurons], dtype=torch.float64))
        modules.append(linear)
        if layer.activation != "linear":
            if layer.activation not in _SAME:
                raise ValueError(f"{layer!r}: PyTorch has no module for this activation; it has {', '.join(_SAME)}")
            name, arguments = _SAME[layer.activation]
            modules.append(getattr(torch.nn, name)(**arguments))
    return torch.nn.Sequential(*modules)


def from_torch(module: Any) -> MLP:
    """The MLP that is equal to a PyTorch module: Linear layers with known activations between them, in a Sequential or nested.

    Numbers of a narrower type come over exactly. Raises ValueError that names the module which has no counterpart here.
    """
    torch = _torch("nn.from_torch")
    linears: list[Any] = []
    activations: list[str] = []
    for part in _flat(torch, module):
        if isinstance(part, torch.nn.Linear):
            if part.bias is None:
                raise ValueError(f"{part} has no bias, and every neuron here has one")
            if linears and part.in_features != linears[-1].out_features:
                raise ValueError(f"{part} does not fit behind {linears[-1]}")
            linears.append(part)
            activations.append("linear")
        elif not linears or activations[-1] != "linear":
            raise ValueError(f"{part} must stand behind a Linear")
        else:
            activations[-1] = _our_name(part)
    if not linears:
        raise ValueError(f"from_torch needs at least one Linear, and got {module!r:.80}")
    model = MLP(linears[0].in_features, [part.out_features for part in linears], activations)
    for layer, part in zip(model.layers, linears, strict=True):
        weights, biases = part.weight.detach().double().tolist(), part.bias.detach().double().tolist()
        for neuron, row, bias in zip(layer.neurons, weights, biases, strict=True):
            for p, data in zip([*neuron.w, neuron.b], [*row, bias], strict=True):
                p.data = data
    return model


def _flat(torch: Any, module: Any) -> list[Any]:
    """The modules inside Sequentials, in order; what wraps a module for many machines counts as that module."""
    if isinstance(module, torch.nn.parallel.DistributedDataParallel | torch.nn.DataParallel):
        module = module.module
    if isinstance(module, torch.nn.Sequential):
        return [part for inner in module for part in _flat(torch, inner)]
    return [] if isinstance(module, torch.nn.Identity) else [module]


def _our_name(part: Any) -> str:
    for ours, (theirs, arguments) in _SAME.items():
        if type(part).__name__ == theirs:
            different = {
                name: getattr(part, name) for name in arguments if name != "threshold" and getattr(part, name) != arguments[name]
            }
            if different:
                raise ValueError(f"{part} is another function than {ours} here, which has {arguments}")
            return ours
    hint = "; leave it out, and train with cross_entropy, which takes logits" if "Softmax" in type(part).__name__ else ""
    raise ValueError(f"{part} has no counterpart here; known are Linear and {', '.join(name for name, _ in _SAME.values())}{hint}")


def _torch(feature: str) -> Any:
    try:
        import torch
    except ImportError:
        raise ImportError(f"{feature} needs PyTorch: pip install 'blamegrad[torch]'") from None
    return torch
