"""Pictures: what is in them, read back from the DOT text and the SVG; on graphs of every size, with and without Graphviz."""

import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

import nn
from autograd import Value, allow_nan, constant, draw, topological_order
from autograd.outline import MOST, outline, part
from autograd.picture import BACKWARD, INK, LOOKS, QUIET
from autograd.reading import Numbers
from autograd.render import RenderingError, visible

SVG = "{http://www.w3.org/2000/svg}"


def texts(picture):
    """Everything that is written in the SVG, as a reader sees it."""
    return [element.text for element in ElementTree.fromstring(picture.svg()).iter(f"{SVG}text")]


def edges(picture):
    return re.findall(r"^\t*(\w+)(?::\w)? -> (\w+)(?::\w)? \[(.*)\]$", picture.source, re.MULTILINE)


def drawn(picture):
    """How many Values the picture shows, without operations, legend and copies."""
    return len(re.findall(r"^\t+n\d+ \[", picture.source, re.MULTILINE))


@pytest.fixture
def without_dot(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))


def product():
    x, y = Value(2.0, "x"), Value(-3.0, "y")
    out = x * y
    out.label = "out"
    return x, y, out


def moons_step(rows=100):
    """A training step of micrograd's demo: hinge loss over a batch, and L2 over all parameters."""
    model = nn.MLP(2, [16, 16, 1], seed=1)
    points = [((i % 17) / 8 - 1, (i % 13) / 6 - 1) for i in range(rows)]
    losses = [(1 + -(1 if i % 2 else -1) * model(point)).relu() for i, point in enumerate(points)]
    return model, sum(losses) * (1.0 / rows) + 1e-4 * sum(p * p for p in model.parameters())


# -- what is shown ---------------------------------------------------------------------------------------------------------
def test_values_operations_partials_and_contributions():
    _, _, out = product()
    out.backward()
    written = texts(draw(out))
    assert {"x", "data 2", "grad -3", "y", "data -3", "grad 2", "out", "data -6", "grad 1", "*"} <= set(written)
    labels = sorted(re.findall(r'\[label="(∂[^"]*)"', draw(out).source))
    assert labels == [r"∂ -3\n← -3", r"∂ 2\n← 2"]


def test_contributions_are_the_adjoint_times_the_partial():
    _, _, out = product()
    (out * 10).backward()
    assert r"∂ -3\n← -30" in draw(out).source, "the drawn part shows what the pass through all of it carried"


def test_before_backward_there_are_no_grads_and_a_line_says_so():
    picture = draw(product()[-1])
    assert any("backward not run" in line for line in texts(picture))
    assert not any(line.startswith(("grad", "∂", "←")) for line in texts(picture))


def test_another_backward_pass_does_not_change_what_is_shown():
    x, _, out = product()
    out.backward()
    before = draw(out).source
    (x * 100).backward()
    after = draw(out)
    assert "grad -3" in texts(after)
    assert ".grad 97" in texts(after), "what the leaf holds now is shown beside it"
    assert ".grad" not in before


def test_square_has_two_edges_that_are_apart():
    x = Value(3.0, "x")
    picture = draw(x * x)
    assert len([edge for edge in edges(picture) if edge[:2] == ("n0", "n1op")]) == 2
    paths = re.findall(r'<path fill="none"[^>]* d="([^"]*)"', picture.svg())
    assert len(paths) == len(set(paths))


def test_kinds_differ_in_colour_and_shape():
    weight, x = nn.Parameter(0.5, "w"), constant(2.0, "x[1]")
    assert re.search(r'label="w\\n[^]]*shape=note', draw(weight * x).source)
    assert re.search(r'label="x\[1\]\\n[^]]*shape=cds', draw(weight * x).source)
    looks = [LOOKS[kind] for kind in ("input", "parameter", "leaf", "constant", "value", "output")]
    assert len({look["fillcolor"] for look in looks}) == len(looks)
    assert len({(look["shape"], look.get("style"), look.get("peripheries")) for look in looks}) == len(looks)


def test_leaves_beside_parameters_are_inputs():
    picture = draw(nn.Parameter(0.5, "w") * Value(2.0, "x"))
    assert "input" in texts(picture)
    assert "leaf" not in texts(picture)


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


@pytest.mark.parametrize(
    ("ink", "paper"),
    [(INK, look["fillcolor"]) for look in LOOKS.values() if "fillcolor" in look] + [(BACKWARD, "#ffffff"), (QUIET, "#ffffff")],
)
def test_text_has_a_contrast_of_four_and_a_half(ink, paper):
    """The formula of WCAG 2.2, success criterion 1.4.3."""
    dark, light = sorted((luminance(ink), luminance(paper)))
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_strength_is_width():
    a, b = Value(1.0, "a"), Value(1.0, "b")
    out = a * 100 + b
    out.backward()
    widths = {tail: float(re.search(r"penwidth=([\d.]+)", look)[1]) for tail, _, look in edges(draw(out)) if "penwidth" in look}
    assert max(widths, key=widths.get) == "n0"
    assert "penwidth" not in draw(out, strength=False).source


def test_nothing_carried_is_dotted():
    x = Value(-1.0, "x")
    out = x.relu() + 1
    out.backward()
    assert "dotted" in draw(out).source


def test_where_keeps_its_condition_fixed():
    x = Value(2.0, "x")
    out = x.where(x > 0, 0.0)
    out.backward()
    assert "fixed here" in texts(draw(out))


# -- options ---------------------------------------------------------------------------------------------------------------
def test_constants_can_be_left_out_and_stay_in_the_operation():
    x = Value(3.0, "x")
    picture = draw(x**2 + 1 / x, constants=False)
    assert {"** 2", "1 /"} <= set(texts(picture))
    assert drawn(picture) == 4


def test_depth_and_only():
    a, b = Value(2.0, "a"), Value(3.0, "b")
    c = a * b
    d = c.tanh()
    out = d * a
    assert drawn(draw(out)) == 5
    assert drawn(draw(out, depth=1)) == 3
    assert "not everything is drawn" in draw(out, depth=1).caption
    assert drawn(draw(out, only=c)) == 4, "c, d, out, and a, which out needs beside d"
    assert "b" not in texts(draw(out, only=c))


@pytest.mark.parametrize("direction", ["LR", "RL", "TB", "BT"])
def test_direction(direction):
    assert f"rankdir={direction}" in draw(Value(1.0) * 2, direction=direction).source


def test_number_format():
    assert "data 0.333333" in texts(draw(Value(1 / 3), number_format=".6f"))


def test_clusters_are_boxes_around_named_nodes():
    model = nn.MLP(2, [2, 1], "tanh", seed=1)
    out = model([1.0, 2.0])
    assert sorted(re.findall(r'[^p]label="(L\d\.\w\[\d\])"', draw(out).source)) == ["L1.a[1]", "L1.a[2]", "L2.z[1]"]
    assert "subgraph cluster_0" not in draw(out, clusters=False).source


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"direction": "up"}, ValueError, "LR, RL, TB, BT"),
        ({"number_format": "q"}, ValueError, "number_format must be"),
        ({"depth": -1}, ValueError, "depth must be"),
        ({"depth": 1.5}, ValueError, "depth must be"),
        ({"only": Value(1.0, "other")}, ValueError, "nothing lies between"),
        ({"only": [3.0]}, TypeError, "only must be Values"),
    ],
)
def test_bad_options_are_named(options, error, words):
    with pytest.raises(error, match=words):
        draw(Value(1.0) * 2, **options)


def test_what_is_no_value_is_refused():
    with pytest.raises(TypeError, match="must be a Value, and got the list"):
        draw([Value(1.0)])


# -- graphs that are stale, or have no derivative ----------------------------------------------------------------------------
def test_stale_graphs_show_stored_data_without_derivatives():
    x, _, out = product()
    out.backward()
    x.data = 5.0
    picture = draw(out)
    assert "data -6" in texts(picture)
    assert "stale: out is no longer mul(x, y)" in picture.caption
    assert "∂" not in picture.source


def test_a_derivative_that_does_not_exist_is_said():
    x = Value(0.0, "x")
    root = x.sqrt()
    out = root * 1.0
    out.grad = 1.0
    assert "no gradients" in draw(out).caption


def test_nan_is_drawn():
    with allow_nan():
        assert "data nan" in texts(draw(Value(float("nan")) * 2))


def test_leaf_alone():
    assert drawn(draw(Value(1.0, "x"))) == 1


# -- large graphs --------------------------------------------------------------------------------------------------------------
def test_a_training_step_of_100_rows_is_a_picture_of_its_neurons():
    _, loss = moons_step()
    loss.backward()
    picture = draw(loss)
    assert drawn(picture) < 60
    assert "L1.a[16] × 100" in texts(picture)  # noqa: RUF001  the sign in the picture
    assert any(line.startswith("337 parameters") for line in texts(picture))
    assert "collapsed: " in picture.caption
    assert "collapse=False" in picture.caption


def test_a_single_row_collapses_to_its_neurons():
    model = nn.MLP(2, [16, 16, 1], seed=1)
    assert drawn(draw(model([1.0, 2.0]))) == 2 + 16 + 16 + 1


def test_micrograds_rows_of_values_are_repeats_too():
    model = nn.MLP(2, [4, 1], seed=1)
    loss = sum((model([Value(i / 10), Value(-i / 7)]) - 1) ** 2 for i in range(50))
    picture = draw(loss)
    assert drawn(picture) < 60
    assert len(re.findall(r"shape=cds", picture.source)) == 3, "two inputs, and one in the legend"


def regression(rows=24):
    w, b = Value(0.3, "w"), Value(-0.1, "b")
    return w, b, sum(((w * (i / 10) + b).sigmoid() - i % 2) ** 2 for i in range(rows))


def test_without_any_labels_rows_are_drawn_once_with_their_operations():
    w, _, loss = regression()
    loss.backward()
    picture = draw(loss)
    assert drawn(picture) < 20
    assert {"sigmoid", "**", "+"} <= set(texts(picture))
    assert any("× 24" in line for line in texts(picture))  # noqa: RUF001
    totals = [line for line in texts(picture) if line == f"← {w.grad:.4g}"]
    assert totals, "all that w receives over the rows is on its one edge"


def test_sums_over_what_differs_are_not_repeats():
    x, y = Value(2.0, "x"), Value(3.0, "y")
    out = (x * 2 + y).tanh() * (x * 3).exp()
    nodes, _ = outline(part(out), out, collapse=True)
    assert all(len(node.values) == 1 for node in nodes)


@st.composite
def graphs(draw_from):
    """Any graph: leaves, labels, constants, shared nodes, rows."""
    values = [nn.Parameter(0.5, "w"), Value(0.25), constant(0.125, "x[1]"), constant(2.0)]
    for i in range(draw_from(st.integers(1, 30))):
        a, b = (values[draw_from(st.integers(0, len(values) - 1))] for _ in range(2))
        made = draw_from(st.sampled_from([lambda a, b: a + b, lambda a, b: a * b * 0.1, lambda a, _: a.tanh()]))(a, b)
        made.label = f"z{i}" if draw_from(st.integers(0, 3)) == 0 else ""
        values.append(made)
    total = values[-1]
    return total if draw_from(st.booleans()) else total + sum(values[4:])


@given(graphs())
def test_every_value_is_in_one_node_and_every_edge_drawn_once_or_inside(root):
    for collapse in (False, True):
        nodes, _ = outline(part(root), root, collapse)
        inside = [v for node in nodes if node.kind != "again" for v in (*node.values, *node.inside)]
        assert sorted(map(id, inside)) == sorted(map(id, topological_order(root)))
        uses = [use for node in nodes for edge in node.operands for use in edge.uses]
        assert len(uses) == len(set(uses))
        assert all(edge.operand in nodes and edge.user is node for node in nodes for edge in node.operands)
        if not collapse:
            assert len(uses) == sum(len(node.parents) for node in topological_order(root))


@given(graphs())
def test_the_edges_out_of_a_node_carry_its_grad(root):
    root.grad = 1.0
    numbers = Numbers(root, ".4g")
    nodes, _ = outline(part(root), root, False)
    for node in nodes[:-1]:
        carried = [numbers.total(edge) for user in nodes for edge in user.operands if edge.operand is node]
        if node.kind not in ("constant", "input"):
            assert sum(c or 0.0 for c in carried) == pytest.approx(numbers.adjoint[node.value], rel=1e-9, abs=1e-300)


def test_anonymous_chains_are_cut_and_say_so():
    x = Value(0.5)
    for _ in range(100_000):
        x = x.sin()
    picture = draw(x)
    assert drawn(picture) == MOST
    assert "not everything is drawn" in picture.caption


def test_wide_sums_are_cut():
    xs = [Value(float(i), f"x{i}") for i in range(500)]
    picture = draw(sum(xs[1:], xs[0]))
    assert drawn(picture) == MOST
    assert any(re.fullmatch("… 441 more", line) for line in texts(picture))


@pytest.mark.usefixtures("without_dot")
def test_a_thousand_nodes_in_full():
    """A recurrence: its weights are used over and over, which makes the lines of a naive drawing very long."""
    w, u, h = Value(0.5, "w"), Value(0.3, "u"), Value(0.0, "h")
    for _ in range(200):
        h = (w * h + u * 0.1).tanh()
    h.backward()
    picture = draw(h, collapse=False)
    assert drawn(picture) == 1003
    assert "w again" in texts(picture)


# -- rendering -------------------------------------------------------------------------------------------------------------------
HOSTILE = [
    "<b>x</b>",
    r"\N\l{a|b}",
    "&lt;x&amp;",
    'say "hi" \\',
    "</script><img onerror=alert(1)>",
    "漢字🙂",
    "]]>--><!--",
    "node",
    "n0",
    "<",
    "\\",
]


@pytest.mark.parametrize("label", [*HOSTILE, "a\nb", "a\u202egnp.exe", "\x00\x1b[31m", "\ud800", "\ufffe"])
@pytest.mark.parametrize("path", [None, ""])
def test_a_label_is_text(label, path, monkeypatch):
    if path is not None:
        monkeypatch.setenv("PATH", path)
    shown = visible(label)
    out = Value(1.0, label) * 2
    out.label = label
    assert texts(draw(out)).count(shown) == 2
    assert shown in draw(out).svg().replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"').replace("&#45;", "-").replace(
        "&amp;", "&"
    )
    assert label in HOSTILE or "\\" in shown


@given(st.text())
def test_any_label_becomes_visible(label):
    assert visible(label).isprintable() or any(ch in visible(label) for ch in label if ch.isspace())
    visible(label).encode()


def test_long_labels_are_shortened_and_whole_in_the_tooltip():
    label = "start" + "x" * 300 + "end"
    picture = draw(Value(1.0, label) * 2)
    assert any(line.startswith("start") and line.endswith("end") and len(line) <= 60 for line in texts(picture))
    assert label in picture.svg()


def test_alt_text_is_one_sentence_in_the_svg():
    _, _, out = product()
    picture = draw(out)
    root = ElementTree.fromstring(picture.svg())
    assert root.get("role") == "img"
    assert root.get("aria-label") == root.find(f"{SVG}title").text == picture.alt
    assert root.find(f"{SVG}desc") is not None
    assert picture.alt == "Computation graph of out = -6: 3 values and 1 operation; backward not run."


@pytest.mark.usefixtures("without_dot")
def test_a_notebook_gets_svg_and_text():
    shown = draw(product()[-1])._repr_mimebundle_()
    assert set(shown) == {"image/svg+xml", "text/plain"}
    assert "out = -6" in shown["text/plain"]


@pytest.mark.usefixtures("without_dot")
def test_files(tmp_path):
    picture = draw(product()[-1])
    assert picture.save(tmp_path / "x.svg").read_text(encoding="utf-8").rstrip().endswith("</svg>")
    assert picture.save(str(tmp_path / "x.dot")).read_text(encoding="utf-8") == picture.source
    for kind in ("png", "pdf"):
        with pytest.raises(RenderingError, match=f"{kind.upper()} needs the system's Graphviz.*apt-get install graphviz"):
            picture.save(tmp_path / f"x.{kind}")
    with pytest.raises(ValueError, match="must end in"):
        picture.save(tmp_path / "x.bmp")


@pytest.mark.skipif(not any((os.access(f"{d}/dot", os.X_OK)) for d in os.get_exec_path()), reason="the system has no Graphviz")
def test_files_by_the_systems_graphviz(tmp_path):
    picture = draw(product()[-1])
    assert picture.save(tmp_path / "x.png").read_bytes().startswith(b"\x89PNG")
    assert picture.save(tmp_path / "x.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.skipif(os.name == "nt", reason="the broken program is a shell script")
def test_a_graphviz_that_does_not_work_is_not_needed(tmp_path, monkeypatch):
    (tmp_path / "dot").write_text("#!/bin/sh\nexit 3\n")
    (tmp_path / "dot").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "out" in texts(draw(product()[-1]))


def test_the_same_picture_in_every_process():
    code = (
        "from autograd import Value, draw; import nn; m = nn.MLP(2, [4, 1], seed=1);"
        "c = sum((m([i / 9, 1.0]) - 1) ** 2 for i in range(20)); c.backward(); print(ascii(draw(c).source))"
    )
    seen = {
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**os.environ, "PYTHONHASHSEED": seed}
        ).stdout
        for seed in ("1", "2")
    }
    assert len(seen) == 1
