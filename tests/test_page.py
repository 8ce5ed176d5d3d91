"""The page as a text: what is in it, and what must never be. What it does is tested in a browser, in test_page_browser.py."""

import json
import re
from html.parser import HTMLParser

import pytest

import autograd.page
from autograd import Value, adjoints, explore, topological_order
from autograd.ops import TABLE
from autograd.page import rules_in_javascript

HOSTILE = ["</script><img src=x onerror=alert(1)>", "<!--<script>", "@data@", "a\u202eb", "&amp;", "'\"`${x}`", "⟨0⟩"]


def data_of(html):
    found = re.search(r'<script type="application/json" id="page-data">(.*?)</script>', html, re.DOTALL)
    return json.loads(found[1])


def example():
    a, b = Value(2.0, "a"), Value(-3.0, "b")
    cost = (a * b + a * a).tanh() * 3
    cost.label = "L"
    return cost


def test_the_numbers_are_those_of_the_engine():
    cost = example()
    told, adjoint = data_of(explore(cost).html())["nodes"], adjoints(cost)
    assert [node["data"] for node in told] == [node.data for node in topological_order(cost)]
    assert [node["grad"] for node in told if node["kind"] != "constant"] == [g for x, g in adjoint.items() if x.parents or x.label]
    assert all(node["grad"] is None for node in told if node["kind"] == "constant")


def test_a_square_has_two_edges():
    x = Value(3.0, "x")
    assert [route[:2] for route in data_of(explore(x * x).html())["layout"]["routes"]] == [[1, 0], [1, 1]]


def test_nothing_in_it_reaches_out_and_its_policy_forbids_it():
    html = explore(example()).html()
    assert not re.search(r"(src|href)=|@import|url\(|fetch\(|XMLHttpRequest|https?://(?!www\.w3\.org/2000/svg)", html)
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)[1]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "connect-src" not in policy


@pytest.mark.parametrize("label", HOSTILE)
def test_a_label_never_becomes_markup(label):
    class Tags(HTMLParser):
        def __init__(self):
            super().__init__()
            self.seen = []

        def handle_starttag(self, tag, attrs):
            self.seen.append((tag, sorted(name for name, _ in attrs)))

    def tags(html):
        parser = Tags()
        parser.feed(html)
        return parser.seen

    plain, hostile = explore(Value(1.0, "x") * 2), explore(Value(1.0, label) * 2)
    assert tags(plain.html()) == tags(hostile.html())
    assert data_of(hostile.html())["nodes"][0]["name"] == label.replace("\u202e", r"\u202e")


def test_the_same_graph_gives_the_same_page():
    assert explore(example()).html() == explore(example()).html()


def test_a_thousand_nodes_stay_under_a_megabyte():
    x = [Value(0.01 * i, f"x{i}") for i in range(334)]
    total = x[0]
    for value in x[1:]:
        total = total * value + value
    page = explore(total)
    assert len(page.data["nodes"]) == 1000
    assert len(page.html().encode()) < 1_000_000


def test_what_is_too_large_is_collapsed_and_says_so(monkeypatch):
    monkeypatch.setattr(autograd.page, "MOST", 50)
    x = [Value(0.01 * i, f"x{i}") for i in range(100)]
    cost = sum((value * value for value in x), Value(0.0, "zero"))
    data = explore(cost).data
    assert len(data["nodes"]) < 200
    assert data["notice"].startswith("300 nodes, collapsed") or "nodes, collapsed" in data["notice"]
    assert not data["arithmetic"]


def test_what_an_earlier_pass_left_is_told():
    x = Value(3.0, "x")
    (x * 2).backward()
    cost = x * x
    cost.backward()
    assert data_of(explore(cost).html())["nodes"][0]["carried"] == 2.0


def test_every_row_has_its_rules_in_javascript():
    script = rules_in_javascript(TABLE)
    assert all(f"{name}: {{ forward: ops.{name}" in script for name in TABLE)
    assert "d erfc" not in script


def test_save_writes_utf_8_and_refuses_another_ending(tmp_path):
    path = explore(example()).save(tmp_path / "page.html")
    assert path.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    with pytest.raises(ValueError, match=r"path must end in \.html"):
        explore(example()).save(tmp_path / "page.svg")


def test_in_a_notebook_it_is_a_sandboxed_frame_beside_a_picture_and_text():
    shown = explore(example())._repr_mimebundle_()
    assert set(shown) == {"text/html", "image/svg+xml", "text/plain"}
    assert "allow-same-origin" not in shown["text/html"]
    assert "L" in shown["text/plain"]


def test_what_is_no_graph_is_refused():
    with pytest.raises(TypeError, match="Value"):
        explore(3.0)
