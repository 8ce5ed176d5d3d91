"""Models and checkpoints as files: exact, whole or not there, and safe to read from strangers."""

import json
import math
import os
import random
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

import nn
from nn import MLP, SGD, Adam, ModelFileError, load, load_checkpoint, save_checkpoint, schedules
from nn.files import write_text


def bits(model):
    return [struct.pack("<d", p.data) for p in model.parameters()]


@pytest.fixture
def rows():
    generator = random.Random(0)
    return [[generator.random(), generator.random()] for _ in range(20)], [i % 3 for i in range(20)]


@given(numbers=st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=9, max_size=9))
def test_every_float_comes_back_with_its_bits(tmp_path_factory, numbers):
    path = tmp_path_factory.mktemp("model") / "m.json"
    model = MLP(2, [2, 1], ["tanh", "gelu"])
    for p, x in zip(model.parameters(), numbers, strict=True):
        p.data = x
    model.save(path)
    again = load(path)
    assert bits(again) == bits(model)
    assert repr(again) == repr(model)


def test_a_loaded_model_predicts_the_same_labels(tmp_path, rows):
    model = MLP(2, [3, 3], seed=1)
    model.fit(rows[0], ["äbc"[k] for k in rows[1]], epochs=2)
    model.layers[0].neurons[0].w[0].label = "the first weight"
    model.save(tmp_path / "m.json")
    again = load(tmp_path / "m.json")
    assert again.predict(rows[0]) == model.predict(rows[0])
    assert again.predict_proba(rows[0]) == model.predict_proba(rows[0])
    assert again.state_dict() == model.state_dict()


@pytest.mark.parametrize("kind", [nn.SGD, nn.RMSprop, nn.Adam, nn.AdamW])
def test_ten_epochs_and_ten_more_after_a_file_equal_twenty(tmp_path, rows, kind):
    options = {"batch_size": 6, "schedule": schedules.cosine(20), "validation": 0.2, "clip": 1.0}
    whole, half = MLP(2, [4, 3], seed=1), MLP(2, [4, 3], seed=1)
    settings = {"lr": 0.05} | ({"momentum": 0.9} if kind is SGD else {})
    expected = whole.fit(*rows, optimizer=kind(whole.parameters(), **settings), epochs=20, seed=3, snapshots=4, **options)
    optimizer = kind(half.parameters(), **settings)
    history = half.fit(*rows, optimizer=optimizer, epochs=10, seed=3, snapshots=4, **options)
    save_checkpoint(tmp_path / "c.json", half, optimizer, history)
    half, optimizer, history = load_checkpoint(tmp_path / "c.json")
    history = half.fit(*rows, optimizer=optimizer, epochs=10, resume=history, snapshots=4, **options)
    assert bits(half) == bits(whole)
    assert history == expected


def test_early_stopping_goes_on_after_a_file(tmp_path, rows):
    def run(model, history, epochs):
        stop = nn.early_stopping("cost", patience=3, min_delta=0.5)
        return model.fit(*rows, epochs=epochs, callbacks=[stop], **({"resume": history} if history else {"seed": 1}))

    whole, half = MLP(2, [3, 3], seed=1), MLP(2, [3, 3], seed=1)
    expected = run(whole, None, 9)
    history = run(half, None, 2)
    save_checkpoint(tmp_path / "c.json", half, history.optimizer, history)
    half, _, history = load_checkpoint(tmp_path / "c.json")
    history = run(half, history, 7)
    assert history.stopped.startswith("cost was best in epoch 1")
    assert history == expected
    assert bits(half) == bits(whole)


# -- files that are no model ------------------------------------------------------------------------------------------------
@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "m.json"
    MLP(2, [2, 1], seed=1).save(path)
    return path


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '"model"',
        "\x80",
        "[" * 100_000,
        '{"format": "blamegrad model", "version": 99}',
        '{"format": "blamegrad model", "version": 1}',
        '{"format": "blamegrad model", "version": 1, "content": NaN}',
        '{"format": "blamegrad model", "version": 1, "content": 1e999}',
        '{"format": "blamegrad checkpoint", "version": 1, "content": {}}',
        '{"version": ' + "9" * 5000 + "}",
    ],
)
@pytest.mark.parametrize("verify", [True, False])
def test_a_foreign_file_gives_one_error_that_names_the_path(saved, text, verify):
    saved.write_bytes(text.encode("latin-1"))
    with pytest.raises(ModelFileError, match=r"m\.json is not a whole blamegrad model"):
        load(saved, verify=verify)


def test_a_file_cut_off_anywhere_is_refused(saved):
    text = saved.read_text()
    for end in range(0, len(text) - 2, 7):
        saved.write_text(text[:end])
        with pytest.raises(ModelFileError):
            load(saved)


def test_a_changed_number_is_refused_unless_it_is_meant(saved):
    found = json.loads(saved.read_text())
    found["content"]["model"]["parameters"]["L1.w[1,1]"] = 0.125
    saved.write_text(json.dumps(found))
    with pytest.raises(ModelFileError, match="verify=False"):
        load(saved)
    assert load(saved, verify=False).layers[0].neurons[0].w[0].data == 0.125


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["nin"], 10**9),
        (["nin"], -1),
        (["nin"], "2"),
        (["nin"], True),
        (["nouts"], [10**9]),
        (["nouts"], []),
        (["nouts"], None),
        (["activations"], ["__import__", "linear"]),
        (["activations"], ["add", "linear"]),
        (["activations"], ["tanh"] * 3),
        (["parameters"], {}),
        (["parameters"], [1.0] * 9),
        (["parameters", "L1.w[1,1]"], "1.0"),
        (["parameters", "L1.w[1,1]"], None),
        (["parameters", "L1.w[1,1]"], 10**400),
        (["task"], {"cost": "mse"}),
        (["task"], {"cost": "mse", "classes": [[]], "low": 0, "high": 1}),
        (["task"], {"cost": 3, "classes": None, "low": 0, "high": 1}),
        (["task"], 5),
    ],
)
def test_hostile_content_is_refused_before_anything_is_made(saved, path, value):
    found = json.loads(saved.read_text())
    *outer, last = ["content", "model", *path]
    place = found
    for key in outer:
        place = place[key]
    place[last] = value
    saved.write_text(json.dumps(found))
    with pytest.raises(ModelFileError, match="does not fit together"):
        load(saved, verify=False)


@pytest.mark.parametrize(
    "change",
    [
        {"optimizer": {"kind": "os.system", "settings": {}, "steps": 0, "state": []}},
        {"optimizer": {"kind": "Adam", "settings": {"lr": -1}, "steps": 0, "state": []}},
        {"optimizer": {"kind": "Adam", "settings": {}, "steps": 0, "state": []}},
        {"history": {"costs": "abc"}},
        {"history": {"costs": [1.0], "metrics": {"a": [1.0, 2.0]}}},
        {"history": {"unknown": 1}},
        {"history": {"seed": "x"}},
        {"history": None},
    ],
)
def test_a_hostile_checkpoint_is_refused(tmp_path, change):
    path = tmp_path / "c.json"
    model = MLP(1, [1])
    save_checkpoint(path, model, Adam(model.parameters()), nn.History())
    found = json.loads(path.read_text())
    found["content"].update(change)
    path.write_text(json.dumps(found))
    with pytest.raises(ModelFileError, match="does not fit together"):
        load_checkpoint(path, verify=False)


def test_a_missing_file_is_the_usual_error(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"none\.json"):
        load(tmp_path / "none.json")


# -- writing --------------------------------------------------------------------------------------------------------------------
def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(saved, monkeypatch):
    before = saved.read_bytes()

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        MLP(2, [5, 1]).save(saved)
    assert saved.read_bytes() == before
    assert [p.name for p in saved.parent.iterdir()] == ["m.json"]


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "target").write_text("old")
    try:
        (tmp_path / "link").symlink_to(tmp_path / "target")
    except OSError:
        pytest.skip("this system makes no links")
    write_text(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "target").read_text() == "new"


def test_what_cannot_be_saved_says_so(tmp_path):
    with pytest.raises(ValueError, match="activation of your own"):
        MLP(1, [1, 1], lambda z: z * z).save(tmp_path / "m.json")
    model = MLP(1, [1])
    model.layers[0].neurons[0].b.data = math.inf
    with pytest.raises(ValueError, match="NaN or infinite"):
        model.save(tmp_path / "m.json")
    with pytest.raises(ValueError, match="this model's parameters"):
        save_checkpoint(tmp_path / "c.json", MLP(1, [1]), Adam(model.parameters()), nn.History())
    with pytest.raises(IsADirectoryError, match="is a folder"):
        MLP(1, [1]).save(tmp_path)


def test_a_state_with_other_names_is_refused():
    with pytest.raises(ValueError, match=r"missing: \['L1.w\[2,1\]'\]"):
        MLP(2, [1]).load_state_dict(MLP(1, [1]).state_dict())
