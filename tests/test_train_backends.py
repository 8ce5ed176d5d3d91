"""Training gives the same bits on every backend: eager, and programs of Python, NumPy and native code."""

import pytest

import nn
from nn.batches import passes

np = pytest.importorskip("numpy")
BACKENDS = ["python", "numpy"]
try:
    import llvmlite  # noqa: F401

    BACKENDS.append("native")
except ImportError:
    pass

X, LABELS = nn.data.moons(37, noise=0.1, seed=1)
BLOBS = nn.data.blobs(30, seed=2)


def trained(backend, targets=LABELS, rows=X, sizes=(5, 1), activation="tanh", optimizer=nn.Adam, **options):
    model = nn.MLP(len(rows[0]), [*sizes], activation, seed=3)
    options = {"epochs": 4, "batch_size": 9, "seed": 1} | options
    history = model.fit(rows, targets, optimizer=optimizer(model.parameters(), lr=0.05), backend=backend, **options)
    return [p.data for p in model.parameters()], history.costs, history.metrics


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"activation": "relu", "optimizer": nn.SGD, "batch_size": None},
        {"targets": [2.0 * a - b for a, b in X], "cost": "mse", "validation": 0.2},
        {"rows": BLOBS[0], "targets": BLOBS[1], "sizes": (4, 3), "clip": 0.5},
        {"targets": [1 if y else -1 for y in LABELS], "cost": "hinge", "schedule": nn.schedules.cosine(4)},
    ],
    ids=["logits", "relu, one batch", "regression, validation", "cross entropy of classes, clipped", "hinge, schedule"],
)
def test_every_backend_reaches_the_same_bits_as_eager(backend, options):
    assert trained(backend, **options) == trained("eager", **options)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_failing_row_is_named_and_the_last_good_parameters_stay(backend):
    def strange(output, y):
        return (output - y).log()

    failures = []
    for each in ("eager", backend):
        model = nn.MLP(1, [1], "linear", seed=1)
        model.parameters()[0].data, model.parameters()[1].data = 1.0, 0.0
        with pytest.raises(nn.TrainingError) as caught:
            model.fit([[3.0], [2.0], [1.0]], [0.5, 0.5, 4.0], cost=strange, batch_size=None, backend=each, seed=1, epochs=2)
        failures.append((str(caught.value), caught.value.row, [p.data for p in model.parameters()]))
    assert failures[0] == failures[1]
    assert failures[0][1] == 2


@pytest.mark.parametrize("backend", BACKENDS)
def test_ctrl_c_leaves_the_last_whole_epoch(backend, monkeypatch):
    def stopped(after):
        model, steps, step = nn.MLP(2, [3, 1], "tanh", seed=1), [], nn.Adam.step

        def interrupted(optimizer):
            steps.append(step(optimizer))
            if len(steps) == after:
                raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(nn.Adam, "step", interrupted)
            history = model.fit(X, LABELS, epochs=4, batch_size=9, seed=1, backend=backend)
        return [p.data for p in model.parameters()], history

    parameters, history = stopped(after=12)  # five steps an epoch: in the third
    whole = nn.MLP(2, [3, 1], "tanh", seed=1)
    whole.fit(X, LABELS, epochs=2, batch_size=9, seed=1, backend="eager")
    assert history.stopped == "interrupted in epoch 3"
    assert parameters == [p.data for p in whole.parameters()]


@pytest.mark.parametrize("backend", BACKENDS)
def test_without_the_extras_auto_still_trains(backend, monkeypatch):
    monkeypatch.setattr("nn.batches.WORTH_IT", 0)
    expected = trained("eager")
    missing = {"python": ("numpy", "llvmlite"), "numpy": ("llvmlite",), "native": ()}[backend]
    monkeypatch.setattr("autograd.program.compiled.find_spec", lambda name: None if name in missing else name)
    assert trained("auto") == expected


def test_auto_is_eager_where_a_cost_cannot_be_traced_and_the_others_say_why():
    def branching(output, y):
        return (output - y) ** 2 if output.data > 0 else (output - y) * (output - y)

    model = nn.MLP(2, [1], seed=1)
    batch = passes(model, branching, model.parameters(), "auto", work=10**9)(X[:3], [0.5, 0.5, 0.5])
    assert batch == passes(model, branching, model.parameters(), "eager")(X[:3], [0.5, 0.5, 0.5])
    with pytest.raises(TypeError):
        passes(model, branching, model.parameters(), "python")(X[:3], [0.5, 0.5, 0.5])


def test_resumed_on_another_backend_it_goes_on_bit_for_bit(tmp_path):
    def model():
        return nn.MLP(2, [4, 1], "tanh", seed=5)

    whole, first = model(), model()
    whole.fit(X, LABELS, epochs=6, seed=4, backend="eager")
    history = first.fit(X, LABELS, epochs=3, seed=4, backend="numpy")
    nn.save_checkpoint(tmp_path / "half.json", first, history.optimizer, history)
    again, _, history = nn.load_checkpoint(tmp_path / "half.json")
    again.fit(X, LABELS, epochs=3, resume=history, backend="python")
    assert [p.data for p in again.parameters()] == [p.data for p in whole.parameters()]


def test_a_backend_that_is_unknown_or_not_installed_says_so(monkeypatch):
    model = nn.MLP(2, [1], seed=1)
    with pytest.raises(ValueError, match="'numpy', 'native', and got 'gpu'"):
        model.fit(X, LABELS, backend="gpu")
    monkeypatch.setattr("autograd.program.compiled.find_spec", lambda _: None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install \"blamegrad\[native\]\""):
        model.fit(X, LABELS, backend="native")
