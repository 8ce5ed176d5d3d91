"""fit: what it computes, what it records, how it stops, and what it leaves where a step fails."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

import nn
from autograd import Value
from nn import MLP, SGD, Adam, History, TrainingError, early_stopping, schedules
from nn.batches import mean, passes
from nn.targets import choose

XOR = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0, 1, 1, 0]


def small(seed=1, outputs=1, **more):
    return MLP(2, [3, outputs], "tanh", seed=seed, **more)


def data(model):
    return [p.data for p in model.parameters()]


def blobs(rows=30, classes=3, seed=0):
    generator = random.Random(seed)
    points = [[generator.gauss(3 * (i % classes), 0.5), generator.gauss(-2 * (i % classes), 0.5)] for i in range(rows)]
    return points, [i % classes for i in range(rows)]


# -- what it computes ---------------------------------------------------------------------------------------------------------
def test_one_epoch_of_one_batch_is_one_step_of_the_mean_cost():
    fitted, by_hand = small(), small()
    fitted.fit(*XOR, optimizer=SGD(fitted.parameters(), lr=0.5), epochs=1)
    costs = [nn.binary_cross_entropy_with_logits(by_hand(x), y) for x, y in zip(*XOR, strict=True)]
    (sum(costs[1:], costs[0]) / 4).backward()
    SGD(by_hand.parameters(), lr=0.5).step()
    assert data(fitted) == pytest.approx(data(by_hand), rel=1e-14)


def test_a_batch_is_summed_in_eight_running_sums():
    model = small()
    x, y = blobs(21, 2)
    found = passes(model, nn.binary_cross_entropy_with_logits, model.parameters())(x, y)
    lanes = [0.0] * 8
    for r, row_cost in enumerate(found.costs):
        lanes[r % 8] += row_cost
    total = lanes[0]
    for lane in lanes[1:]:
        total += lane
    assert found.cost == total / 21


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40))
def test_the_mean_is_a_mean(numbers):
    assert mean(numbers) == pytest.approx(math.fsum(numbers) / len(numbers), abs=1e-6)


def test_equals_pytorchs_training():
    torch = pytest.importorskip("torch", reason="PyTorch, the peer, is not installed")
    rows, y = blobs()
    model = MLP(2, [4, 3], "tanh", seed=3)
    peer = torch.nn.Sequential(torch.nn.Linear(2, 4), torch.nn.Tanh(), torch.nn.Linear(4, 3)).double()
    with torch.no_grad():
        for layer, twin in zip(model.layers, (peer[0], peer[2]), strict=True):
            twin.weight.copy_(torch.tensor([[w.data for w in neuron.w] for neuron in layer.neurons], dtype=torch.float64))
            twin.bias.copy_(torch.tensor([neuron.b.data for neuron in layer.neurons], dtype=torch.float64))
    optimizer = torch.optim.Adam(peer.parameters(), lr=0.05)
    costs = []
    for _ in range(30):
        optimizer.zero_grad()
        cost = torch.nn.functional.cross_entropy(peer(torch.tensor(rows, dtype=torch.float64)), torch.tensor(y))
        cost.backward()
        optimizer.step()
        costs.append(cost.item())
    history = model.fit(rows, y, optimizer=Adam(model.parameters(), lr=0.05), epochs=30, batch_size=None)
    assert history.costs == pytest.approx(costs, rel=1e-11)


def test_learns_xor_and_three_classes():
    model = small(seed=2)
    history = model.fit(*XOR, optimizer=Adam(model.parameters(), lr=0.1), epochs=150, seed=0)
    assert model.predict(XOR[0]) == XOR[1]
    assert history.metrics["accuracy"][-1] == 1.0
    rows, y = blobs()
    model = small(outputs=3)
    model.fit(rows, y, optimizer=Adam(model.parameters(), lr=0.1), epochs=30, batch_size=5, seed=0)
    assert model.score(rows, y) == 1.0


# -- targets and costs --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("y", "outputs", "activation", "cost", "classes"),
    [
        ([0, 1, 1], 1, "linear", "binary_cross_entropy_with_logits", (0, 1)),
        ([-1, 1, 1], 1, "linear", "binary_cross_entropy_with_logits", (-1, 1)),
        ([True, False], 1, "linear", "binary_cross_entropy_with_logits", (0, 1)),
        (["b", "a"], 1, "linear", "binary_cross_entropy_with_logits", ("a", "b")),
        ([0, 1, 1], 1, "sigmoid", "mse", (0, 1)),
        ([0.0, 1.0], 1, "linear", "mse", None),
        ([3, 5, 9], 1, "linear", "mse", None),
        ([0, 2, 1], 3, "linear", "cross_entropy", (0, 1, 2)),
        ([0.0, 2.0], 3, "linear", "cross_entropy", (0, 1, 2)),
        (["c", "a", "b"], 3, "linear", "cross_entropy", ("a", "b", "c")),
        ([[0, 1], [1.0, 0.0]], 2, "linear", "cross_entropy", (0, 1)),
        ([[0.5, 1.5], [1.0, 0.0]], 2, "linear", "mse", None),
    ],
)
def test_the_cost_is_chosen_by_targets_and_outputs(y, outputs, activation, cost, classes):
    task = choose(y, outputs, activation)
    assert (task.cost, task.classes) == (cost, classes)


@pytest.mark.parametrize(
    ("cost", "output", "labels"),
    [
        ("hinge", "linear", [-1, 1]),
        ("hinge", "linear", ["no", "yes"]),
        ("mse", "tanh", [0, 1]),
        ("mse", "sigmoid", ["no", "yes"]),
        ("binary_cross_entropy", "sigmoid", [-1, 1]),
        ("binary_cross_entropy_with_logits", "linear", [False, True]),
        (nn.mse, "linear", [-1, 1]),
    ],
)
def test_every_cost_learns_labels_of_every_kind(cost, output, labels):
    rows, y = blobs(20, 2)
    y = [labels[k] for k in y]
    model = MLP(2, [1], output=output, seed=1)
    model.fit(rows, y, cost, Adam(model.parameters(), lr=0.1), epochs=40, batch_size=4, seed=0)
    assert model.score(rows, y) == 1.0
    assert model.predict(rows) == y


def test_a_cost_of_ones_own_is_given_the_answer_and_the_target():
    seen = []

    def absolute(output, target):
        seen.append(target)
        return abs(output - target)

    model = MLP(1, [1], seed=1)
    model.fit([[0.0], [1.0]], [2.5, 3.5], absolute, epochs=2)
    assert seen == [2.5, 3.5] * 2


# -- History -------------------------------------------------------------------------------------------------------------------
def test_history_records_and_exports(tmp_path):
    model = small()
    history = model.fit(*XOR, epochs=4, validation=(XOR[0][:2], XOR[1][:2]), snapshots=2, seed=5)
    assert history.epochs == 4
    assert set(history.metrics) == {"accuracy", "validation_cost", "validation_accuracy", "lr"}
    assert list(history.snapshots) == [2, 4]
    assert history.snapshots[4] == data(model)
    lines = history.to_csv(tmp_path / "h.csv").splitlines()
    assert lines[0].startswith("epoch,cost,accuracy")
    assert len(lines) == 5
    assert (tmp_path / "h.csv").read_text(encoding="utf-8").splitlines() == lines
    assert History.from_json(history.to_json(tmp_path / "h.json")) == history
    assert "4 epochs, cost" in repr(history)


def test_validation_by_fraction_holds_rows_out():
    rows, _ = blobs(20, 2)
    seen = []

    def cost(output, target):
        seen.append(target)
        return nn.mse(output, target)

    small().fit(rows, [float(i) for i in range(20)], cost, epochs=1, validation=0.25, seed=3)
    assert len(seen) == 20
    assert sorted(seen) == [float(i) for i in range(20)]
    assert len(set(seen[:15])) == 15


# -- resume, schedules, stopping -------------------------------------------------------------------------------------------
def test_resuming_equals_never_having_stopped():
    rows, y = blobs()
    whole, halves = small(outputs=3), small(outputs=3)
    options = {"batch_size": 7, "schedule": schedules.cosine(8), "clip": 0.5}
    expected = whole.fit(rows, y, epochs=8, seed=4, **options)
    first = halves.fit(rows, y, epochs=3, seed=4, **options)
    history = halves.fit(rows, y, epochs=5, resume=first, **options)
    assert data(halves) == data(whole)
    assert history == expected
    assert history.epochs == 8


def test_same_seed_same_bits_and_another_seed_another_order():
    rows, y = blobs()
    runs = []
    for seed in (1, 1, 2):
        model = small(outputs=3)
        model.fit(rows, y, epochs=2, batch_size=4, seed=seed)
        runs.append(data(model))
    assert runs[0] == runs[1] != runs[2]


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (schedules.step(3, 0.5), lambda t, o: t.StepLR(o, 3, 0.5)),
        (schedules.cosine(10, end=0.1), lambda t, o: t.CosineAnnealingLR(o, 10, eta_min=0.1)),
        (schedules.linear(10, end=0.25), lambda t, o: t.LinearLR(o, 1.0, 0.25, 10)),
        (schedules.constant(), lambda t, o: t.LambdaLR(o, lambda _: 1.0)),
        (schedules.warm_up(4), lambda t, o: t.LinearLR(o, 0.25, 1.0, 3)),
    ],
)
@pytest.mark.filterwarnings("ignore:.*lr_scheduler.*")
def test_schedules_equal_pytorchs(ours, theirs):
    torch = pytest.importorskip("torch", reason="PyTorch, the peer, is not installed")
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    schedule = theirs(torch.optim.lr_scheduler, optimizer)
    for epoch in range(1, 11):
        assert ours(epoch) == pytest.approx(optimizer.param_groups[0]["lr"], rel=1e-12)
        optimizer.step()
        schedule.step()


def test_the_optimizers_own_lr_is_back_after_a_schedule():
    model = small()
    optimizer = SGD(model.parameters(), lr=0.5)
    history = model.fit(*XOR, optimizer=optimizer, epochs=3, schedule=schedules.linear(3))
    assert history.metrics["lr"] == pytest.approx([0.5, 1 / 3, 1 / 6])
    assert optimizer.lr == 0.5


def test_early_stopping_stops_and_gives_back_the_best():
    model, seen = small(), []

    def watch(model, history):
        history.metrics.setdefault("judged", []).append([3.0, 1.0, 2.0, 2.0, 0.0][history.epochs - 1])  # a metric of one's own
        seen.append(data(model))

    history = model.fit(*XOR, epochs=5, callbacks=[watch, early_stopping("judged", patience=2)])
    assert history.epochs == 4
    assert history.stopped == "judged was best in epoch 2 and no better for 2 epochs"
    assert data(model) == seen[1]


def test_accuracy_is_better_where_it_is_higher():
    stop = early_stopping("accuracy", patience=2, restore=False)
    assert not stop(None, History([1.0] * 3, {"accuracy": [0.1, 0.2, 0.3]}))
    assert stop(None, History([1.0] * 3, {"accuracy": [0.3, 0.2, 0.1]}))


def test_ctrl_c_leaves_model_and_history_as_after_the_last_whole_epoch():
    rows, y = blobs()
    model, expected, calls = small(outputs=3), small(outputs=3), []

    def cost(outputs, target):
        calls.append(target)
        if len(calls) == 75:  # in the middle of epoch 3
            raise KeyboardInterrupt
        return nn.cross_entropy(outputs, target)

    history = model.fit(rows, y, cost, epochs=9, batch_size=5, seed=1)
    assert (history.epochs, history.stopped) == (2, "interrupted in epoch 3")
    expected.fit(rows, y, cost, epochs=2, batch_size=5, seed=1)
    assert data(model) == data(expected)
    model.fit(rows, y, cost, epochs=2, batch_size=5, resume=history)
    uninterrupted = small(outputs=3)
    uninterrupted.fit(rows, y, cost, epochs=4, batch_size=5, seed=1)
    assert data(model) == data(uninterrupted)


def test_gradients_are_clipped():
    model = small()
    before = data(model)
    model.fit(*XOR, optimizer=SGD(model.parameters(), lr=1.0), epochs=1, clip=0.01)
    assert math.dist(before, data(model)) <= 0.01 * (1 + 1e-9)


# -- a step that fails -----------------------------------------------------------------------------------------------------------
def test_an_overflow_names_epoch_row_and_node_and_leaves_good_parameters():
    model = MLP(1, [1], "linear", seed=1)
    optimizer = SGD(model.parameters(), lr=1e160)
    before = data(model)
    with pytest.raises(TrainingError, match=r"epoch 2, row 0 of X: pow\(.*overflows.*smaller lr \(it was 1e\+160\)") as caught:
        model.fit([[1.0], [2.0]], [1.5, 2.5], "mse", optimizer, epochs=9)
    assert (caught.value.epoch, caught.value.row, caught.value.history.epochs) == (2, 0, 1)
    assert isinstance(caught.value.__cause__, OverflowError)
    assert data(model) == before
    assert optimizer.steps == 0


def test_no_value_names_the_row_of_x_also_when_rows_are_shuffled():
    rows = [[float(i)] for i in range(1, 20)]
    rows[7] = [-5.0]
    model = nn.MLP(1, [1], seed=1)
    model.layers[0].neurons[0].w[0].data = 1.0
    before = data(model)
    with pytest.raises(TrainingError, match=r"epoch 1, row 7 of X: log\(L1.z\[1\] = -5.0\) has no real value"):
        model.fit(rows, [1.0] * 19, lambda a, y: (a.log() - y) ** 2, SGD(model.parameters(), lr=0.0), epochs=1, batch_size=4)
    assert data(model) == before


def test_a_diverging_cost_stops():
    model = MLP(1, [1], "linear", seed=1)
    with pytest.raises(TrainingError, match="the cost diverges") as caught:
        model.fit([[1.0], [2.0]], [1.0, 2.0], optimizer=SGD(model.parameters(), lr=10.0), epochs=99)
    costs = caught.value.history.costs
    now = sum(nn.mse(model(x), y).data for x, y in [([1.0], 1.0), ([2.0], 2.0)]) / 2
    assert now <= 1e6 * max(costs[0], 1.0)


# -- bad input -------------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"X": []}, "X has no rows"),
        ({"X": [1.0]}, "row 0 is 1.0"),
        ({"X": [[1.0, 2.0], [3.0]]}, "row 1 has 1"),
        ({"X": [[1.0, "2"]]}, "X, row 0, column 1 must be a number"),
        ({"X": [[1.0, math.nan]]}, "X, row 0, column 1 is nan"),
        ({"y": [1]}, "has 1 for 4 rows"),
        ({"y": [0.5, None, 1.0, 1.0]}, "row 1 of y must be a number"),
        ({"y": ["a", "b", "c", "a"]}, "outputs for 2 classes"),
        ({"y": ["a", 1, "b", "b"]}, "mixes strings"),
        ({"cost": "squared"}, "cost must be 'auto'"),
        ({"cost": "cross_entropy"}, "one output per class"),
        ({"epochs": 0}, "epochs must be"),
        ({"batch_size": -1}, "batch_size must be"),
        ({"backend": "cuda"}, "backend must be one of 'auto', 'eager'"),
        ({"validation": 1.5}, "validation must be"),
        ({"optimizer": "adam"}, "optimizer must be one of nn's"),
        ({"optimizer": SGD([Value(1.0)])}, "none of this model's parameters"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    model = small()
    with pytest.raises((TypeError, ValueError), match=message):
        model.fit(**({"X": XOR[0], "y": XOR[1]} | arguments))


def test_resume_with_another_seed_is_refused():
    model = small()
    history = model.fit(*XOR, epochs=1, seed=1)
    with pytest.raises(ValueError, match="order of seed 1"):
        model.fit(*XOR, epochs=1, seed=2, resume=history)


def test_the_bar_shows_cost_and_accuracy(capsys):
    small().fit(*XOR, epochs=3, progress=True)
    shown = capsys.readouterr().err
    assert "cost=" in shown
    assert "accuracy=" in shown


# -- asking a model ------------------------------------------------------------------------------------------------------------
def test_probabilities_sum_to_one_and_agree_with_predict():
    rows, y = blobs()
    model = small(outputs=3)
    model.fit(rows, ["abc"[k] for k in y], epochs=5, seed=0)
    for probabilities, label in zip(model.predict_proba(rows), model.predict(rows), strict=True):
        assert sum(probabilities) == pytest.approx(1.0)
        assert "abc"[probabilities.index(max(probabilities))] == label


def test_confusion_matrix_counts_every_row_once():
    rows, y = blobs()
    model = small(outputs=3)
    matrix = model.confusion_matrix(rows, y)
    assert [sum(row) for row in matrix.counts] == [10, 10, 10]
    assert sum(matrix.counts[k][k] for k in range(3)) / 30 == model.score(rows, y)


def test_score_of_numbers_is_r2():
    model = MLP(1, [1], seed=1)
    model.layers[0].neurons[0].w[0].data = 2.0
    assert model.score([[1.0], [2.0], [3.0]], [2.0, 4.0, 6.0]) == 1.0
    assert model.score([[1.0], [2.0], [3.0]], [2.5, 4.0, 6.0]) == pytest.approx(1 - 0.25 / 6.1666666666)
    with pytest.raises(ValueError, match="all the same"):
        model.score([[1.0], [2.0]], [3.5, 3.5])


def test_no_probabilities_where_the_outputs_are_none():
    model = MLP(2, [1], seed=1)
    model.fit(*XOR, "hinge", epochs=1)
    with pytest.raises(ValueError, match="trained with hinge"):
        model.predict_proba([[-50.0, -50.0], [50.0, 50.0]])
