"""The page in a real browser: what a reader sees is what the engine computes, by mouse, keyboard and screen reader.

Needs Playwright and chromium: see conftest.py.
"""

import math
import struct

import pytest

import autograd
from autograd import Value, adjoints, explore, topological_order
from autograd.ops import TABLE
from autograd.page import _asset, rules_in_javascript

TIMES, MINUS = "\N{MULTIPLICATION SIGN}", "\N{MINUS SIGN}"


TIMES, MINUS = "\N{MULTIPLICATION SIGN}", "\N{MINUS SIGN}"


def example():
    a, b, c, f = (Value(x, name) for name, x in {"a": 2.0, "b": -3.0, "c": 10.0, "f": -0.2}.items())
    e = a * b
    d = e + c
    cost = (d * f).tanh() + a * a / e
    autograd.label(e=e, d=d, L=cost)
    return cost


def state(tab, what):
    return tab.evaluate(f"graph.{what}")


def sentence(tab):
    return tab.locator("[aria-live]").first.inner_text()


# -- stepping --------------------------------------------------------------------------------------------------------------
def test_it_opens_at_the_start_and_arrow_keys_work_before_anything_is_focused(open_page):
    tab = open_page(explore(example()))
    assert tab.locator("[aria-live]").first.get_attribute("id") == "sentence"
    assert sentence(tab).startswith("Forward pass")
    tab.keyboard.press("ArrowRight")
    assert tab.locator("#counter").inner_text().startswith("1 /")
    assert tab.evaluate("document.activeElement === document.body")
    tab.keyboard.press("ArrowLeft")
    assert tab.locator("#back").is_disabled()


def test_every_step_shows_the_running_adjoints_of_the_engine(open_page):
    cost = example()
    tab = open_page(explore(cost))
    account = autograd.explain(cost).to_dict()
    tab.keyboard.press("b")
    tab.keyboard.press("ArrowRight")
    running = {}
    for step in account["steps"]:
        running |= {operand["node"]: operand["running"] for operand in step["operands"]}
        seen = tab.evaluate("graph.running(player.step)")
        assert {i: x for i, x in enumerate(seen) if x is not None and i != len(seen) - 1} == running
        tab.keyboard.press("ArrowRight")
    assert sentence(tab).startswith("Done")


def test_the_sentence_has_the_numbers_of_the_step(open_page):
    tab = open_page(explore(Value(3.0, "x") * Value(4.0, "y")))
    tab.keyboard.press("ArrowRight")
    assert sentence(tab) == "Forward: v1 = x*y = 3*4 = 12."
    tab.keyboard.press("b")
    tab.keyboard.press("ArrowRight")
    assert f"x is charged 1 {TIMES} 4 = 4; y is charged 1 {TIMES} 3 = 3" in sentence(tab)
    assert tab.locator(".token").all_text_contents() == ["4", "3"]
    assert tab.locator("#n0 .grad").text_content() == "grad 4"


def test_buttons_slider_and_play_move(open_page):
    tab = open_page(explore(example()))
    last = len(state(tab, "steps")) - 1
    tab.locator("#to-end").click()
    assert tab.evaluate("player.step") == last
    tab.locator("#to-start").click()
    tab.locator("#slider").fill("5")
    assert tab.evaluate("player.step") == 5
    tab.locator("#to-backward").click()
    assert "backward" in sentence(tab).lower()
    tab.locator("#speed").select_option("500")
    tab.evaluate("document.activeElement.blur()")
    tab.keyboard.press(" ")
    assert tab.locator("#play").get_attribute("aria-label") == "Pause"
    tab.wait_for_selector("#forward[disabled]")
    assert tab.evaluate("player.step") == last
    assert tab.locator("#play").get_attribute("aria-label") == "Play"


def test_the_address_holds_step_node_and_view(open_page):
    tab = open_page(explore(example()), "#step=9&node=0&view=what-if")
    assert (tab.evaluate("player.step"), tab.evaluate("player.selected")) == (9, 0)
    assert tab.locator("#tab-what-if").get_attribute("aria-selected") == "true"
    tab.keyboard.press("ArrowRight")
    assert tab.evaluate("location.hash") == "#step=10&node=0&view=what-if"


# -- a node ----------------------------------------------------------------------------------------------------------------
def test_a_chosen_node_tells_who_charged_it_and_lights_its_paths(open_page):
    cost = example()
    tab = open_page(explore(cost))
    tab.locator("#search").fill("a")
    tab.keyboard.press("Enter")
    assert tab.locator("#panel h2").inner_text() == "a"
    a = next(node for node in topological_order(cost) if node.label == "a")
    shown = float(tab.locator("#fact-grad").inner_text().replace(MINUS, "-"))
    assert shown == pytest.approx(adjoints(cost)[a], rel=1e-4)
    assert tab.evaluate("graph.paths(0)") == len(autograd.paths(cost, a))
    assert "selected" in tab.locator("#n0").get_attribute("class")
    assert "path" in tab.locator(f"#n{len(adjoints(cost)) - 1}").get_attribute("class")
    tab.locator("#panel table button").first.click()
    assert tab.locator("#panel h2").inner_text() != "a"
    tab.locator("#n1").click()
    assert tab.locator("#panel h2").inner_text() == "b"
    tab.keyboard.press("ArrowDown")
    assert tab.evaluate("document.activeElement.id") == "n2"
    tab.keyboard.press("Escape")
    assert tab.evaluate("player.selected") == -1


def test_what_is_carried_over_is_a_row(open_page):
    x = Value(3.0, "x")
    (x * 2).backward()
    cost = x * x
    cost.backward()
    tab = open_page(explore(cost), "#node=0")
    assert [row.split()[-1] for row in tab.locator("#panel tbody").first.inner_text().splitlines()][-3:] == ["6", "2", "8"]


# -- what if ---------------------------------------------------------------------------------------------------------------
def test_another_number_gives_what_the_engine_gives(open_page):
    tab = open_page(explore(example()), "#view=what-if")
    for value in (0.7, -4.0):
        tab.locator('[data-leaf="0"]').fill(str(value))
        again = [Value(x, name) for name, x in {"a": value, "b": -3.0, "c": 10.0, "f": -0.2}.items()]
        a, b, c, f = again
        e = a * b
        cost = ((e + c) * f).tanh() + a * a / e
        assert state(tab, "data") == pytest.approx([node.data for node in topological_order(cost)], rel=1e-9)
        assert state(tab, "adjoint") == pytest.approx(list(adjoints(cost).values()), rel=1e-9)
    before = example()
    first = topological_order(before)[0]
    assert state(tab, "foretold()") == pytest.approx(before.data + adjoints(before)[first] * (-4.0 - 2.0), rel=1e-12)
    assert tab.locator("#what-if-2").inner_text().startswith(MINUS if cost.data < 0 else str(cost.data)[:3])
    tab.locator("#reset").click()
    assert state(tab, "data") == [node.data for node in topological_order(before)]


def test_the_slider_of_a_leaf_drags_it(open_page):
    tab = open_page(explore(Value(3.0, "x") * 2), "#view=what-if")
    tab.locator('#panel input[type="range"]').focus()
    for _ in range(10):
        tab.keyboard.press("ArrowRight")
    assert state(tab, "data[0]") == pytest.approx(3.0 + 10 * 6 / 200)
    assert state(tab, "data[2]") == 2 * state(tab, "data[0]")


def test_a_number_without_a_result_is_refused_in_words(open_page):
    tab = open_page(explore(Value(3.0, "x").log()), "#view=what-if")
    tab.locator('[data-leaf="0"]').fill("-1")
    assert "log" in tab.locator(".problem").inner_text()
    assert state(tab, "data") == [3.0, math.log(3.0)]


def ulps(a, b):
    return abs(_place(a) - _place(b))


def _place(x):
    bits = struct.unpack("<q", struct.pack("<d", x))[0]
    return bits if bits >= 0 else -(bits & (2**63 - 1))


def test_every_rule_agrees_with_the_engine(browser):
    """To 4 units in the last place on the row's own operands and many others; gelu to the accuracy of the product it is."""
    tab = browser.new_page()
    tab.goto("about:blank")
    script = "\n".join([_asset("numbers.js"), rules_in_javascript(TABLE), "window.rules = rules; window.erfc = erfc;"])
    tab.evaluate(f"() => {{ {script} }}")
    many = [-30.0, -5.5, -2.0, -0.9, -0.3, -1e-3, 1e-8, 0.2, 0.5, 0.99, 1.7, 3.0, 9.5, 20.0]
    for name, op in TABLE.items():
        points = list(op.at) + ([(x,) for x in many] if len(op.partials) == 1 else [(x, y) for x in many for y in many[3:12]])
        for point in points if name != "where" else op.at:
            try:
                out = op.forward_floats(*point)
                expected = [out, *(rule(*point, out) for rule in op.partials_floats if rule)]
            except (ArithmeticError, ValueError):
                continue
            call = f"(p) => [rules.{name}.forward(...p), ...rules.{name}.partials.map(f => f(...p, {out!r}))]"
            got = tab.evaluate(call, [float(x) for x in point])
            got = got if None not in op.partials else [got[0], *got[2:]]
            for a, b in zip(got, expected, strict=True):
                close = name in ("gelu", "silu") and abs(a - b) <= 2**-50 * max(1.0, abs(b))
                assert close or ulps(a, b) <= 4 or abs(a - b) < 1e-307, (name, point, a, b)
    tab.close()


def test_erfc_is_exact_to_four_units_in_the_last_place(browser):
    tab = browser.new_page()
    points = [x / 64 for x in range(-400, 1664)] + [x + 0.37e-3 for x in range(26)]
    got = tab.evaluate(f"(points) => {{ {_asset('numbers.js')}; return points.map(erfc); }}", points)
    worst = max(ulps(a, math.erfc(x)) for a, x in zip(got, points, strict=True))
    tab.close()
    assert worst <= 4


# -- your turn -------------------------------------------------------------------------------------------------------------
def test_the_quiz_asks_checks_and_keeps_the_score(open_page):
    x, y = Value(3.0, "x"), Value(4.0, "y")
    tab = open_page(explore((x * y).exp().log()), "#view=your-turn")
    tab.locator("#onward").click()
    asked = 0
    while tab.evaluate("player.hidden"):
        carried = tab.evaluate("graph.charged(graph.steps[player.step].node).map(e => e.contribution)")
        assert "?" in "".join(tab.locator(".token").all_text_contents())
        if tab.locator("#answer").count():
            edge = tab.evaluate("player.quiz.question(player.step).edge.operand")
            tab.locator("#answer").fill(str(carried[edge]) if asked else "12345")
            tab.keyboard.press("Enter")
        else:
            tab.locator(".choice").nth(carried.index(max(carried, key=abs))).click()
        asked += 1
        assert tab.locator("#score").inner_text() == f"Score: {asked - 1} of {asked}"
        assert TIMES in tab.locator("#reply").inner_text()
        tab.locator("#onward").click()
    assert asked == 3


# -- everywhere ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("label", ["</script><img src=x onerror=console.log(1)>", "<b>x</b>", "⟨0⟩", "$& $1", "__proto__"])
def test_a_hostile_label_shows_as_itself(open_page, label):
    tab = open_page(explore(Value(1.0, label) * 2), "#node=0")
    assert tab.locator("#panel h2").inner_text() == label
    assert tab.locator("img").count() == 0
    for view in ("what-if", "your-turn", "legend"):
        tab.locator(f"#tab-{view}").click()
    for _ in range(4):
        tab.keyboard.press("ArrowRight")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_narrow_screen_nothing_is_cut_off(open_page, scheme):
    tab = open_page(explore(example()), viewport={"width": 360, "height": 740}, color_scheme=scheme)
    for view in ("why", "what-if", "your-turn", "legend"):
        tab.locator(f"#tab-{view}").click()
        assert tab.evaluate("document.documentElement.scrollWidth") <= 360


def test_motion_stops_where_the_reader_wants_none(open_page):
    tab = open_page(explore(example()))
    tab.keyboard.press("b")
    tab.keyboard.press("ArrowRight")
    assert tab.evaluate("document.getAnimations().length") == 0


def test_in_a_sandboxed_frame_without_same_origin_it_works(browser, tmp_path):
    path = tmp_path / "notebook.html"
    path.write_text(explore(example())._repr_mimebundle_()["text/html"], encoding="utf-8")
    tab = browser.new_page()
    problems = []
    tab.on("pageerror", lambda error: problems.append(str(error)))
    tab.on("console", lambda message: problems.append(message.text))
    tab.goto(path.as_uri())
    frame = tab.frame_locator("iframe")
    frame.locator("#forward").click()
    assert frame.locator("#counter").inner_text().startswith("1 /")
    with tab.expect_download() as saved:
        frame.locator("#save-svg").click()
    assert saved.value.suggested_filename == "graph.svg"
    with tab.context.expect_page() as alone:
        frame.locator("#alone").click()
    alone.value.wait_for_selector("#counter")
    assert alone.value.locator("#counter").inner_text().startswith("0 /")
    tab.close()
    assert problems == []


def test_the_picture_is_saved_as_svg_and_png(open_page, tmp_path):
    tab = open_page(explore(example()))
    for button, start in (("#save-svg", b"<svg"), ("#save-png", b"\x89PNG")):
        with tab.expect_download() as saved:
            tab.locator(button).click()
        saved.value.save_as(tmp_path / "saved")
        assert (tmp_path / "saved").read_bytes().startswith(start)


def test_a_thousand_nodes_are_stepped_through(open_page):
    """That every step is drawn; how long it takes is for the benchmark, since no test depends on the clock."""
    x = [Value(0.01 * i, f"x{i}") for i in range(334)]
    total = x[0]
    for value in x[1:]:
        total = total * value + value
    tab = open_page(explore(total))
    assert tab.evaluate("graph.nodes.length") == 1000
    tab.evaluate("for (let s = 0; s < 60; s++) player.go(graph.backwardStart + s)")
    assert tab.locator(".node.now").count() == 1
    assert tab.locator(".edge.now").count() >= 1


def test_zoom_pan_and_fit(open_page):
    tab = open_page(explore(example()))
    before = tab.locator("#graph").get_attribute("viewBox")
    tab.keyboard.press("+")
    tab.mouse.move(300, 500)
    tab.mouse.down()
    tab.mouse.move(350, 520)
    tab.mouse.up()
    assert tab.locator("#graph").get_attribute("viewBox") != before
    tab.keyboard.press("f")
    assert tab.locator("#graph").get_attribute("viewBox") == before
