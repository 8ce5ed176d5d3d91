"""The film of a training: every frame is the network as it was after that epoch."""

import pytest

import nn

X = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]


@pytest.fixture
def trained():
    model = nn.MLP(2, [3, 1], "tanh", seed=1)
    history = model.fit(X, [0, 1, 1, 0], epochs=6, snapshots=2, seed=0, progress=False)
    return history, model


def test_each_frame_has_the_numbers_of_its_epoch_and_the_model_stays_as_it_is(trained):
    history, model = trained
    last = [p.data for p in model.parameters()]
    data = nn.explore_training(history, model, X, [0, 1, 1, 0], row=2).data
    assert [p.data for p in model.parameters()] == last
    assert data["film"]["epochs"] == [2, 4, 6]
    for epoch, told, mean in zip([2, 4, 6], data["rows"], data["film"]["of"], strict=True):
        for p, number in zip(model.parameters(), history.snapshots[epoch], strict=True):
            p.data = number
        report = nn.blame(model, X, [0, 1, 1, 0], model.task.cost)
        assert mean == report.cost
        assert told[-1]["data"] == report.costs[2]


def test_a_history_without_snapshots_and_another_model_are_refused(trained):
    history, model = trained
    with pytest.raises(ValueError, match="snapshots=1"):
        nn.explore_training(nn.History(), model, X, [0, 1, 1, 0])
    with pytest.raises(ValueError, match=r"explore_training\(history, model, x, y\)"):
        nn.explore_training(nn.History.from_json(history.to_json()))
    with pytest.raises(ValueError, match="model must be the one"):
        nn.explore_training(history, nn.MLP(2, [1]), X, [0, 1, 1, 0])
    with pytest.raises(ValueError, match="row must be one of the 4 rows"):
        nn.explore_training(history, model, X, [0, 1, 1, 0], row=4)


def test_in_a_browser_the_slider_moves_through_the_epochs(open_page, trained):
    history, model = trained
    page = nn.explore_training(history, model, X, [0, 1, 1, 0])
    tab = open_page(page)
    tab.locator("#tab-film").click()
    assert "After epoch 2 of 6" in tab.locator("#film").inner_text()
    tab.locator("#epoch").focus()
    tab.keyboard.press("End")
    assert "After epoch 6 of 6" in tab.locator("#film").inner_text()
    assert tab.evaluate("graph.data[graph.root]") == page.data["rows"][2][-1]["data"]
    assert tab.evaluate("document.activeElement.id") == "epoch"
    assert tab.locator(".plot").count() == 2


def test_a_history_knows_what_it_was_fitted_to():
    model = nn.MLP(2, [3, 2], "tanh", seed=1)
    history = model.fit(X, ["a", "b", "b", "a"], epochs=4, snapshots=2, seed=1)
    assert nn.explore_training(history).data == nn.explore_training(history, model, X, ["a", "b", "b", "a"]).data
