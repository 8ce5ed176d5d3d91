"""Plain sentences about a blame report, with the numbers in them; what the gradient foretells beside what happens."""

from typing import TYPE_CHECKING, Any

from autograd import Value
from autograd.formula import partial
from autograd.ops import TABLE
from autograd.table import Table, printable, shown
from nn.passage import layers_of, run

if TYPE_CHECKING:
    from nn.charges import Connection, NeuronBlame
    from nn.ledger import Blame

WHY_LOGITS = (
    "The cost takes the pre-activation (the logit) of {} itself: there is no activation in between, so no dC/da arrives and there "
    "is no slope; delta is dC/dz, straight from the cost."
)
STEP = 0.01  # how far a weight is moved to see what happens
TRIED = 3  # weights that are moved
_VANISHED = 0.01


def heard(report: "Blame") -> str:
    """How the error faded (or grew) on its way to the first layer."""
    if len(report.layers) < 2:
        return ""
    first, last = report.layers[0], report.layers[-1]
    if not last.delta:
        return "The output's error is 0: there is nothing to hear."
    ratio = first.delta / last.delta
    if not ratio:
        return f"{first.name} hears nothing of what the output said: the gradient has vanished."
    how = f"1/{_round(1.0 / ratio)} of" if ratio < 1.0 else f"{_round(ratio)} times"
    vanished = " The gradient vanishes on its way." if ratio < _VANISHED else ""
    deltas = f"mean |delta| {shown(first.delta)} against {shown(last.delta)}"
    return f"{first.name} hears {how} what the output said: {deltas}.{vanished}"


def _round(x: float) -> str:
    return f"{x:,.3g}" if x < 1000.0 else f"{x:,.0f}"


def _in(x: float | None) -> str:
    """A number as a factor."""
    return f"({shown(x)})" if x is not None and x < 0.0 else shown(x)


# -- one neuron -------------------------------------------------------------------------------------------------------------
def on_neuron(report: "Blame", neuron: "NeuronBlame") -> str:
    """What it was handed, how much of that is its error, whom it charges."""
    lines = [_was_handed(report, neuron), *_charged(neuron), *_escaped(neuron)]
    if len(neuron.deltas) > 1:
        lines.append(_rows(neuron))
    return printable("\n".join(lines))


def _was_handed(report: "Blame", n: "NeuronBlame") -> str:
    many = len(n.deltas) > 1
    mean = "mean |{}|" if many else "{}"
    if n.slope is None or n.arrived is None:
        numbers = [f"{mean.format(name)} = {shown(x)}" for name, x in (("z", n.z), ("delta", n.delta))]
        return f"{n.name}: {', '.join(numbers)}. {WHY_LOGITS.format(n.name)}"
    active = f"it was active in {n.active:.0%} of {len(n.deltas):,} rows; " if many else ""
    what = f"{n.name} = {n.activation}(z)" if n.activation != "linear" else f"{n.name} is linear, a = z"
    state = f"{what}: {active}{mean.format('z')} = {shown(n.z)}, {mean.format('a')} = {shown(n.a)}."
    handed = f"What arrived from {_downstream(report, n)}: {mean.format('dC/da')} = {shown(n.arrived)}."
    if many:
        error = f"With slopes of {shown(n.slope)} in the mean its error is mean |delta| = {shown(n.delta)}."
        return f"{state}\n{handed} {error}{_state(n)}"
    formula = f" = {_slope(n)}" if n.activation in TABLE else ""
    product = f"{_in(n.arrived)} * {_in(n.slope)} = {shown(n.delta)}"
    return f"{state}\n{handed} Its slope is f'(z){formula} = {shown(n.slope)}, so its error is delta = {product}.{_state(n)}"


def _slope(n: "NeuronBlame") -> str:
    return str(partial(TABLE[n.activation], 0, ["z"], "a", (n.z, n.a)))


def _state(n: "NeuronBlame") -> str:
    if n.dead:
        where = "on every row" if len(n.deltas) > 1 else "here"
        return f" It is dead: its slope is 0 {where}, so no error gets through and nobody upstream is charged by it."
    return " It is saturated: its slope is below 0.01, so next to no error gets through." if n.saturated else ""


def _downstream(report: "Blame", n: "NeuronBlame") -> str:
    k = next(k for k, layer in enumerate(report.layers) if n in layer.neurons)
    if k + 1 == len(report.layers):
        return "the cost"
    i = report.layers[k].neurons.index(n)
    passed = [(m.name, m.connections[i].passed_on) for m in report.layers[k + 1].neurons]
    largest = sorted(passed, key=lambda item: -abs(item[1]))[:TRIED]
    more = f" and {len(passed) - TRIED:,} more" if len(passed) > TRIED else ""
    return ", ".join(f"{name} ({shown(x)})" for name, x in largest) + more


def _charged(n: "NeuronBlame") -> list[str]:
    if not any(c.share for c in n.connections):
        why = "its error is 0" if not n.delta else "nothing came in over any connection"
        return [f"Nobody is charged: {why}."]
    ranked = sorted((c for c in n.connections if c.share), key=lambda c: -c.share)
    lines = []
    for c in ranked[:TRIED]:
        how = (
            f"{_in(n.delta)} * {_in(c.activation)} = {shown(c.charge)}" if len(n.deltas) == 1 else f"{shown(c.charge)} in the mean"
        )
        lines.append(f"It charges {c.source} over {c.name}: {how}, a share of {c.share:.1%}, and passes on {shown(c.passed_on)}.")
    if len(ranked) > TRIED:
        lines.append(f"{len(ranked) - TRIED:,} more share the remaining {sum(c.share for c in ranked[TRIED:]):.1%}.")
    return [*lines, f"Its bias is charged {shown(n.bias.charge)}."]


def _escaped(n: "NeuronBlame") -> list[str]:
    idle = [c.source for c in n.connections if not c.activation]
    return [f"{', '.join(idle)} carried nothing (a = 0), and so escaped."] if idle and n.delta else []


def _rows(n: "NeuronBlame") -> str:
    c = max(n.connections, key=lambda c: c.share)
    pulls = c.pulls
    up, down = [p for p in pulls if p < 0.0], [p for p in pulls if p > 0.0]
    hardest = max(range(len(pulls)), key=lambda r: abs(pulls[r]))
    return (
        f"{c.name} was pulled up by {len(up):,} rows ({shown(sum(up))}) and down by {len(down):,} ({shown(sum(down))}), "
        f"which sum to its gradient {shown(c.gradient)}; hardest by row {hardest} ({shown(pulls[hardest])})."
    )


# -- one mistake --------------------------------------------------------------------------------------------------------------
def on_mistake(report: "Blame") -> str:
    """The verdict on one example."""
    if len(report.rows) > 1:
        how_many = f"this report has {len(report.rows)} rows"
        raise ValueError(f"a verdict is on one example, and {how_many}: blame(model, x[r], y[r], cost)")
    if [p.data for p in report.model.parameters()] != report.parameters:
        raise ValueError("the model's parameters have changed since this report was made: make it again with blame(...)")
    answers = ", ".join(f"{n.name} = {shown(n.a)}" for n in report.layers[-1].neurons)
    said = f"The output: {answers}; the target was {_target(report.targets[0])}, which costs {shown(report.cost)}."
    lines = [said, "", "Who was charged"]
    charges = _ranked(report)
    if not charges:
        return printable("\n".join([said, "", "Nobody: every charge is 0."]))
    for n, c in charges[: 2 * TRIED]:
        product = f"{_in(n.delta)} * {_in(c.activation)} = {shown(c.charge)}"
        lines.append(f"  {n.name} charged {c.source} over {c.name}: {product}, {c.share:.1%} of what it charges")
    lines += ["", "Who passed it on", *(_passed_on(report) or ["  nobody"])]
    lines += ["", "Who escaped, and why", *(_escapes(report) or ["  nobody"])]
    lines += ["", f"What if the most charged weights were moved {STEP:g} against their charge?", str(foretold(report))]
    return printable("\n".join(lines))


def _target(y: Any) -> str:
    return shown(y) if isinstance(y, int | float) else str(y)


def _ranked(report: "Blame") -> list[tuple["NeuronBlame", "Connection"]]:
    """Charges of connections, the largest first."""
    return sorted(((n, c) for n in report.neurons for c in n.connections if c.charge), key=lambda pair: -abs(pair[1].charge))


def _passed_on(report: "Blame") -> list[str]:
    heard_by = [n for layer in report.layers[-2::-1] for n in sorted(layer.neurons, key=lambda n: -abs(n.delta))[:TRIED]]
    return [
        f"  {n.name} was handed {shown(n.arrived)}; times its slope {shown(n.slope)} that is {shown(n.delta)}, and it charged on"
        for n in heard_by
        if n.arrived and n.delta
    ]


def _escapes(report: "Blame") -> list[str]:
    closed = [
        (n, "0", "nothing") if n.dead else (n, shown(n.slope), "next to nothing") for n in report.neurons if n.dead or n.saturated
    ]
    idle = dict.fromkeys(c.source for n in report.neurons for c in n.connections if n.delta and not c.activation)
    lines = [f"  behind {n.name}: its slope is {slope}, so it passes on {whom}" for n, slope, whom in closed]
    lines += [f"  {name}: it carried nothing (a = 0), so no connection from it is charged" for name in idle]
    more = len(lines) - 4 * TRIED
    return lines if more <= 1 else [*lines[: 4 * TRIED], f"  ... and {more:,} more"]


def foretold(report: "Blame") -> Table:
    """For the largest charges: what the gradient foretells for a small change of that weight, and what the cost really does."""
    rows: list[list[Any]] = []
    for _, c in _ranked(report)[:TRIED]:
        change = -STEP if c.charge > 0.0 else STEP
        rows.append([c.name, shown(c.weight), f"{change:+g}", c.charge * change, _computed(report, c.parameter, change)])
    return Table(["weight", "is", "moved by", "foretold", "computed change of the cost"], rows)


def _computed(report: "Blame", weight: Value, change: float) -> float:
    """What the cost does when that weight is moved; it is put back."""
    before = weight.data
    try:
        weight.data = before + change
        return run(layers_of(report.model), report.rows[0], report.targets[0], report.cost_function, 0).cost - report.cost
    finally:
        weight.data = before
