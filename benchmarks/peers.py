"""The same training step, written for each peer: MLP 2-16-16-1 on two-moons rows, mean cost plus L2, gradient descent.

Each function answers a callable that runs a number of steps from the same weights and gives the last cost, so that a benchmark can
see that all of them compute the same. `kind` is "hinge" (relu, hinge cost) or "entropy" (sigmoid, cross entropy of the logit).
Where a peer is not installed, ImportError says so.
"""

import ctypes
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

ALPHA, LR = 1e-4, 0.05  # of the L2 penalty; of the descent
Run = Callable[[int], float]
Layers = Sequence[tuple[Any, Any]]  # weights [out][in] and biases


def torch_steps(layers: Layers, X: Any, y: Any, kind: str = "hinge") -> Run:  # noqa: N803
    """PyTorch, eager, as its tutorials write it."""
    import torch

    torch.set_num_threads(1)
    parameters = [torch.tensor(p, dtype=torch.float64, requires_grad=True) for layer in layers for p in layer]
    rows, targets = torch.tensor(X, dtype=torch.float64), torch.tensor(y, dtype=torch.float64)
    optimizer = torch.optim.SGD(parameters, lr=LR)

    def cost() -> Any:
        a = rows
        for k in range(0, len(parameters), 2):
            a = a @ parameters[k].T + parameters[k + 1]
            if k + 2 < len(parameters):
                a = a.relu() if kind == "hinge" else a.sigmoid()
        z = a[:, 0]
        if kind == "hinge":
            loss = (1 - targets * z).relu().mean()
        else:
            loss = torch.nn.functional.binary_cross_entropy_with_logits(z, targets)
        return loss + ALPHA * sum((p * p).sum() for p in parameters)

    def run(steps: int) -> float:
        for _ in range(steps):
            optimizer.zero_grad()
            loss = cost()
            loss.backward()
            optimizer.step()
        return loss.item()

    return run


def jax_cost(X: Any, y: Any, kind: str) -> Any:  # noqa: N803
    """The cost of JAX's two forms, in float64 on one thread."""
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    rows, targets = jnp.array(X), jnp.array(y)

    def cost(parameters: Any) -> Any:
        a = rows
        for k, (w, b) in enumerate(parameters):
            a = a @ w.T + b
            if k + 1 < len(parameters):
                a = jnp.maximum(a, 0.0) if kind == "hinge" else jax.nn.sigmoid(a)
        z = a[:, 0]
        if kind == "hinge":
            loss = jnp.mean(jnp.maximum(1 - targets * z, 0.0))
        else:
            loss = jnp.mean(targets * jax.nn.softplus(-z) + (1 - targets) * jax.nn.softplus(z))
        return loss + ALPHA * sum((p * p).sum() for layer in parameters for p in layer)

    return cost


def jax_scan(layers: Layers, X: Any, y: Any, kind: str = "hinge") -> Run:  # noqa: N803
    """JAX, all steps inside `lax.scan`."""
    import jax
    import jax.numpy as jnp

    slope = jax.value_and_grad(jax_cost(X, y, kind))
    start = [(jnp.array(w), jnp.array(b)) for w, b in layers]

    def step(parameters: Any, _: Any) -> Any:
        value, gradient = slope(parameters)
        return jax.tree.map(lambda p, g: p - LR * g, parameters, gradient), value

    train = jax.jit(lambda p, steps: jax.lax.scan(step, p, None, length=steps)[1][-1], static_argnums=1)
    return lambda steps: float(train(start, steps))


def jax_call(layers: Layers, X: Any, y: Any) -> Callable[[], Any]:  # noqa: N803
    """JAX, one call of the jitted value and gradient from Python."""
    import jax
    import jax.numpy as jnp

    slope = jax.jit(jax.value_and_grad(jax_cost(X, y, "hinge")))
    start = [(jnp.array(w), jnp.array(b)) for w, b in layers]
    return lambda: jax.block_until_ready(slope(start))


C_SOURCE = r"""
#include <math.h>
typedef double v __attribute__((vector_size(64)));  /* 8 rows at once */
enum { I = 2, H = 16, P = H*I + H + H*H + H + H + 1 };
typedef long m __attribute__((vector_size(64)));
static v where(m condition, v x) { return (v)((m)x & condition); }
static v relu(v z) { return where(z > 0, z); }
static v sigmoid(v z) { v o; for (int k = 0; k < 8; k++) o[k] = 1 / (1 + exp(-z[k])); return o; }
static double total(v x) { double s = 0; for (int k = 0; k < 8; k++) s += x[k]; return s; }
double run(double *p, const double *x, const double *y, long n, long steps, long entropy, double lr, double alpha) {
  double *w1 = p, *b1 = w1 + H*I, *w2 = b1 + H, *b2 = w2 + H*H, *w3 = b2 + H, *b3 = w3 + H, cost = 0;
  for (long s = 0; s < steps; s++) {
    v g[P] = {{0}}, loss = {0};
    for (long r = 0; r < n; r += 8) {
      v in[I], a1[H], a2[H], d1[H], d2[H], t, valid;
      for (int k = 0; k < 8; k++) {
        long row = r + k < n ? r + k : n - 1;
        valid[k] = r + k < n; t[k] = y[row];
        for (int i = 0; i < I; i++) in[i][k] = x[row*I + i];
      }
      for (int j = 0; j < H; j++) { v z = b1[j] + (v){0}; for (int i = 0; i < I; i++) z += w1[j*I+i] * in[i];
        a1[j] = entropy ? sigmoid(z) : relu(z); }
      for (int j = 0; j < H; j++) { v z = b2[j] + (v){0}; for (int i = 0; i < H; i++) z += w2[j*H+i] * a1[i];
        a2[j] = entropy ? sigmoid(z) : relu(z); }
      v z = *b3 + (v){0}, d; for (int i = 0; i < H; i++) z += w3[i] * a2[i];
      if (entropy) {
        v c; for (int k = 0; k < 8; k++) c[k] = fmax(z[k], 0) + log1p(exp(-fabs(z[k])));
        loss += valid * (c - t*z); d = valid * (sigmoid(z) - t) / (double)n;
      } else {
        v c = 1 - t*z; loss += valid * relu(c); d = where(c > 0, -t * valid / (double)n);
      }
      v *gw1 = g, *gb1 = gw1 + H*I, *gw2 = gb1 + H, *gb2 = gw2 + H*H, *gw3 = gb2 + H, *gb3 = gw3 + H;
      *gb3 += d;
      for (int i = 0; i < H; i++) { gw3[i] += d * a2[i];
        v da = d * w3[i]; d2[i] = entropy ? da * a2[i] * (1 - a2[i]) : where(a2[i] > 0, da); }
      for (int i = 0; i < H; i++) d1[i] = (v){0};
      for (int j = 0; j < H; j++) { gb2[j] += d2[j];
        for (int i = 0; i < H; i++) { gw2[j*H+i] += d2[j] * a1[i]; d1[i] += d2[j] * w2[j*H+i]; } }
      for (int j = 0; j < H; j++) { v e = entropy ? d1[j] * a1[j] * (1 - a1[j]) : where(a1[j] > 0, d1[j]);
        gb1[j] += e; for (int i = 0; i < I; i++) gw1[j*I+i] += e * in[i]; }
    }
    double squares = 0;
    for (int k = 0; k < P; k++) { squares += p[k]*p[k]; p[k] -= lr * (total(g[k]) + 2*alpha*p[k]); }
    cost = total(loss) / n + alpha * squares;
  }
  return cost;
}
"""


def c_steps(layers: Layers, X: Any, y: Any, kind: str = "hinge") -> Run:  # noqa: N803
    """Vector C, written by hand, eight rows at once, compiled for this machine. ImportError without a compiler."""
    import numpy as np

    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        raise ImportError("no C compiler")
    folder = Path(tempfile.mkdtemp())
    (folder / "step.c").write_text(C_SOURCE)
    options = ["-O3", "-march=native", "-ffp-contract=fast", "-fno-math-errno", "-w", "-shared", "-fPIC"]
    subprocess.run([compiler, *options, folder / "step.c", "-o", folder / "step.so", "-lm"], check=True)
    library = ctypes.CDLL(str(folder / "step.so"))
    library.run.restype = ctypes.c_double
    pointer = ctypes.POINTER(ctypes.c_double)
    library.run.argtypes = [pointer, pointer, pointer, *[ctypes.c_long] * 3, ctypes.c_double, ctypes.c_double]
    rows, targets = np.array(X, np.float64), np.array(y, np.float64)

    def run(steps: int) -> float:
        p = np.concatenate([np.array(x, np.float64).ravel() for layer in layers for x in layer])
        arrays = [a.ctypes.data_as(pointer) for a in (p, rows, targets)]
        return float(library.run(*arrays, len(rows), steps, kind == "entropy", LR, ALPHA))

    return run


def micrograd_steps(layers: Layers, X: Any, y: Any) -> Run:  # noqa: N803
    """micrograd's own demo: every row a graph of closures."""
    from micrograd.nn import MLP

    model = MLP(len(X[0]), [len(w) for w, _ in layers])
    for layer, (w, b) in zip(model.layers, layers, strict=True):
        for neuron, weights, bias in zip(layer.neurons, w, b, strict=True):
            neuron.b.data = bias
            for p, x in zip(neuron.w, weights, strict=True):
                p.data = x

    def run(steps: int) -> float:
        for _ in range(steps):
            losses = [(1 + -t * model(list(x))).relu() for x, t in zip(X, y, strict=True)]
            cost = sum(losses) * (1.0 / len(losses)) + ALPHA * sum(p * p for p in model.parameters())
            model.zero_grad()
            cost.backward()
            for p in model.parameters():
                p.data -= LR * p.grad
        return float(cost.data)

    return run
