"""Plots: what they show is read back from the axes."""

import builtins

import pytest

from nn import MLP, History, plots

matplotlib = pytest.importorskip("matplotlib", reason="matplotlib, the extra `plot`, is not installed")
matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402

XOR = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0, 1, 1, 0]


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    pyplot.close("all")


@pytest.fixture
def model():
    return MLP(2, [3, 1], "tanh", seed=1)


def test_curves_show_the_history_on_the_axes_given():
    history = History([3.0, 2.0, 1.0], {"accuracy": [0.1, 0.5, 0.9], "validation_cost": [4.0, 3.0, 3.5]})
    _, ax = pyplot.subplots()
    assert history.plot(ax=ax) is ax
    cost, validation = ax.get_lines()
    assert list(cost.get_xdata()) == [1, 2, 3]
    assert list(cost.get_ydata()) == [3.0, 2.0, 1.0]
    assert list(validation.get_ydata()) == [4.0, 3.0, 3.5]
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["cost", "validation cost", "accuracy"]


def test_decision_boundary_shows_every_row_by_class(model):
    ax = plots.decision_boundary(model, *XOR, steps=12)
    shown = [c for c in ax.collections if hasattr(c, "get_offsets") and len(c.get_offsets()) == 2]
    assert sorted(map(tuple, shown[0].get_offsets().tolist())) == [(0.0, 0.0), (1.0, 1.0)]
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["0", "1"]


def test_decision_boundary_of_three_classes():
    ax = plots.decision_boundary(MLP(2, [3], seed=1), XOR[0], ["a", "b", "c", "a"], steps=12)
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["a", "b", "c"]


def test_descent_shows_the_path_on_the_surface():
    path = [(2.0, 2.0), (1.0, 1.0), (0.5, 0.25)]
    ax = plots.descent(lambda a, b: a * a + 2.0 * b * b, path, steps=12)
    assert list(zip(*ax.get_lines()[0].get_data(), strict=True)) == path


def test_histograms_hold_every_activation_and_every_weight(model):
    first, second = plots.activations(model, XOR[0])
    assert sum(bar.get_height() for bar in first.patches) == 4 * 3
    assert sum(bar.get_height() for bar in second.patches) == 4 * 1
    model.parameters()[0].grad = 7.0
    first, second = plots.gradients(model, *XOR)
    assert sum(bar.get_height() for bar in first.patches) == 6
    assert sum(bar.get_height() for bar in second.patches) == 3
    assert model.parameters()[0].grad == 7.0


def test_a_missing_matplotlib_says_what_to_install(monkeypatch):
    real = builtins.__import__

    def without(name, *rest):
        if name.startswith("matplotlib"):
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ImportError, match=r"pip install 'blamegrad\[plot\]'"):
        History([1.0]).plot()


def test_axes_that_are_too_few_are_refused(model):
    with pytest.raises(ValueError, match="one for each layer"):
        plots.activations(model, XOR[0], ax=pyplot.subplots()[1])
