"""The network's page: its numbers are those of the engine and of blame, in the page's text and in a browser."""

import pytest

import nn
from autograd import adjoints

ROWS, TARGETS = [[1.0, -2.0], [0.5, 0.3]], [0.5, -1.0]


@pytest.fixture
def model():
    return nn.MLP(2, [3, 2, 1], "tanh", output="tanh", seed=3)


def test_every_row_has_the_numbers_of_blame(model):
    data = nn.explore(model, ROWS, TARGETS, nn.mse).data
    for row, target, told in zip(ROWS, TARGETS, data["rows"], strict=True):
        report = nn.blame(model, row, target, nn.mse)
        neurons = [node for node in told if "neuron" in node]
        assert [node["neuron"] for node in neurons] == [neuron.to_dict() for neuron in report.neurons]
        assert [node["grad"] for node in neurons] == [neuron.arrived for neuron in report.neurons]
        assert told[-1]["data"] == nn.mse(model(row), target).data


def test_what_a_neuron_received_is_the_sum_of_what_was_passed_to_it(model):
    nodes = nn.explore(model, ROWS[0], TARGETS[0], nn.mse).data["nodes"]
    received = [0.0] * len(nodes)
    for node in nodes:
        for x, passed in zip(node["parents"], node.get("sums", []), strict=True):
            received[x] += passed
    for node, total in zip(nodes, received, strict=True):
        if "neuron" in node:
            assert total == pytest.approx(node["grad"], rel=1e-12)


def test_inside_a_neuron_are_its_scalar_nodes(model):
    page = nn.explore(model, ROWS[0], TARGETS[0], nn.mse)
    cost = nn.mse(model(ROWS[0]), TARGETS[0])
    grads = {node.label: adjoint for node, adjoint in adjoints(cost).items() if node.label}
    opened = page.data["inside"]["graphs"][page.data["nodes"][2]["opens"]]
    names = [node["name"] for node in opened["nodes"]]
    assert {"x[1]", "x[2]", "L1.w[1,1]", "L1.w[2,1]", "L1.b[1]", "L1.z[1]", "L1.a[1]"} < set(names)
    for node in opened["nodes"]:
        if node["name"] in grads and node["grad"] is not None:
            assert node["grad"] == grads[node["name"]]


@pytest.mark.parametrize("cost", [nn.cross_entropy, nn.mse])
def test_logits_and_several_outputs(cost):
    target = 1 if cost is nn.cross_entropy else [0.0, 1.0, 0.0]
    page = nn.explore(nn.MLP(2, [2, 3], seed=1), [1.0, 2.0], target, cost)
    assert len(page.data["nodes"][-1]["parents"]) == 3


def test_bad_arguments_are_named(model):
    with pytest.raises(ValueError, match="y must have one target"):
        nn.explore(model, ROWS, TARGETS[:1], nn.mse)
    with pytest.raises(ValueError, match="columns must be 2 names"):
        nn.explore(model, ROWS, TARGETS, nn.mse, columns=["a"])


def test_in_a_browser_neurons_open_and_rows_change(open_page, model):
    tab = open_page(nn.explore(model, ROWS, TARGETS, nn.mse))
    tab.keyboard.press("ArrowRight")
    assert tab.locator("[aria-live]").first.inner_text().startswith("Forward: L1.a[1]")
    for flow in ("blame", "backward", "forward"):
        tab.locator("#flow").select_option(flow)
        assert flow in tab.locator(".edge.weighed").first.get_attribute("class")
    tab.locator("#n2").click()
    assert tab.locator("#panel h2").inner_text() == "L1.a[1]"
    tab.locator("#unfold").click()
    assert tab.evaluate("graph.nodes.map(n => n.name)").count("L1.z[1]") == 1
    tab.locator("#row").select_option("1")
    assert tab.evaluate("graph.data[graph.root]") == nn.blame(model, ROWS[1], TARGETS[1], nn.mse).layers[0].neurons[0].a
    tab.locator("#whole").click()
    assert tab.evaluate("graph.data[graph.root]") == nn.mse(model(ROWS[1]), TARGETS[1]).data
    tab.locator("#tab-legend").click()
    assert "first hidden layer" in tab.locator("#panel").inner_text()


def test_in_a_browser_the_address_opens_a_neuron_of_a_row(open_page, model):
    tab = open_page(
        nn.explore(model, ROWS, TARGETS, nn.mse), "#step=2&row=1&open=3&flow=blame", viewport={"width": 360, "height": 740}
    )
    assert tab.evaluate("[place.row, place.open, player.step]") == [1, 3, 2]
    assert tab.evaluate("document.documentElement.scrollWidth") <= 360


def test_your_turn_asks_whom_a_neuron_charges_and_what_its_delta_is(model, open_page):
    tab = open_page(nn.explore(model, ROWS, TARGETS, nn.mse), "#view=your-turn")
    report = {neuron.name: neuron for neuron in nn.blame(model, ROWS[0], TARGETS[0], nn.mse).neurons}
    tab.keyboard.press("b")
    asked = 0
    while tab.locator("#counter").inner_text().split(" / ")[0] != tab.locator("#counter").inner_text().split(" / ")[1]:
        tab.locator("#forward").click()
        if not tab.locator(".question").count():
            continue
        question = tab.locator(".question").inner_text()
        neuron = next(neuron for name, neuron in report.items() if name in question)
        assert tab.locator(".token").all_text_contents() in ([], ["?"] * len(neuron.connections))
        if "Whom" in question:
            most = max(neuron.connections, key=lambda c: abs(c.charge))
            tab.get_by_role("button", name=f"{most.source}, a =").click()
        else:
            tab.locator("#answer").fill(f"{neuron.delta:.4g}")
            tab.keyboard.press("Enter")
        asked += 1
        assert tab.locator("#score").inner_text() == f"Score: {asked} of {asked}"
    assert asked == len(report)
    tab.locator("#row").select_option("1")
    assert tab.locator("#score").inner_text() == f"Score: {asked} of {asked}"
