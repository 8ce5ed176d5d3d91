// The words of a step: one sentence for everybody, the formula with its numbers, and the tables of the side panel.

/** @param {Graph} graph @param {number} step @param {boolean} hidden whether the answer is asked for and so left out */
function sentence(graph, step, hidden) {
  const { pass, node } = graph.steps[step];
  const name = node >= 0 ? graph.nodes[node].name : "";
  if (pass === "start") return `Forward pass: the leaves have their numbers. Step forward (right arrow) to compute, node by node.`;
  if (hidden && graph.nodes[node].neuron) return `Your turn: the blame has reached ${name}. What does it do with it?`;
  if (graph.nodes[node]?.neuron && (pass === "forward" || pass === "backward")) return neuronSentence(graph.nodes[node].neuron, pass);
  if (pass === "forward" && graph.nodes[node].also) return `Forward: ${name} = ${shown(graph.data[node])}, ${graph.nodes[node].also} computed.`;
  if (pass === "forward") return `Forward: ${name} = ${graph.formula(node)} = ${graph.numbers(node)} = ${shown(graph.data[node])}.`;
  if (pass === "seed" && graph.cost !== name) return `Backward pass: ${name} has received ${shown(graph.seed)} from downstream, and hands it on.`;
  if (pass === "seed") return `Backward pass: it starts at the output. ${name} changes by 1 where ${name} changes by 1, so its grad is 1.`;
  if (pass === "end") return `Done: every node knows its grad, that is how much ${graph.cost} changes for a small change of it.`;
  if (hidden) return `Your turn: ${name} has the adjoint ${shown(graph.adjoint[node])}. What does it hand back?`;
  const parts = graph.charged(node).map((edge) => {
    if (graph.nodes[node].sums) return `${graph.nodes[edge.node].name} is charged ${shown(edge.contribution)}`;
    return `${graph.nodes[edge.node].name} is charged ${shown(edge.adjoint)} × ${factor(edge.partial)} = ${shown(edge.contribution)}`;
  });
  return `Backward: ${name} passes on its grad of ${shown(graph.adjoint[node])}. ${parts.join("; ") || "Its operands are constants"}.`;
}

/** The step's formula in names and in numbers, one line for each edge. @param {Graph} graph @param {number} step
 * @param {boolean} hidden @returns {string[]} */
function formulaLines(graph, step, hidden) {
  const { pass, node } = graph.steps[step];
  if (node < 0) return [];
  if (hidden && graph.nodes[node].neuron) return ["delta = arrived · slope;  charge = delta · activation of the source"];
  if (graph.nodes[node].neuron) return neuronLines(graph.nodes[node].neuron, pass);
  const name = graph.nodes[node].name;
  const root = graph.cost;
  if (pass === "forward") return [`${name} = ${graph.formula(node)} = ${graph.numbers(node)} = ${shown(graph.data[node])}`];
  if (pass === "seed") return [`∂${root}/∂${name} = ${shown(graph.seed)}`];
  if (pass === "end" || graph.nodes[node].sums) return [];
  return graph.charged(node).map((edge) => {
    const to = graph.nodes[edge.node].name;
    const [symbols, numbers] = graph.slope(node, edge.operand);
    const given = `∂${root}/∂${name} · ∂${name}/∂${to} = ${shown(edge.adjoint)} · [${symbols}]`;
    if (hidden) return `${given} = ?`;
    const known = numbers === symbols || numbers === factor(edge.partial) ? "" : ` = ${shown(edge.adjoint)} · [${numbers}]`;
    return `${given}${known} = ${shown(edge.adjoint)} · ${factor(edge.partial)} = ${shown(edge.contribution)}`;
  });
}

/** The panel of a node: what it is, what it was charged, what it charged. @param {Graph} graph @param {number} node
 * @param {(node: number) => void} choose */
function nodePanel(graph, node, choose) {
  const { name, kind, op, carried } = graph.nodes[node];
  const link = (/** @type {number} */ i) =>
    element("button", { className: "link", onclick: () => choose(i), title: "Choose this node" }, graph.nodes[i].name);
  const root = graph.nodes[graph.root].name;
  if (graph.nodes[node].neuron) return neuronPanel(graph, node, link);
  const what = op ? `${graph.formula(node)} = ${graph.numbers(node)}` : (graph.nodes[node].also ?? kind);
  const facts = [element("h2", {}, name), element("p", { className: "what" }, what)];
  const numbers = element("dl", {}, element("dt", {}, "data"), element("dd", { id: "fact-data" }, shown(graph.data[node])));
  facts.push(numbers);
  if (graph.adjoint[node] === null) return [...facts, element("p", {}, "A constant: nothing is charged to it, so it has no grad.")];
  numbers.append(element("dt", {}, "grad"), element("dd", { id: "fact-grad" }, shown(graph.adjoint[node])));
  const received = graph.received(node);
  const paths = graph.paths(node);
  facts.push(element("p", {}, meaning(graph, node)));
  if (node === graph.root && graph.cost !== name) facts.push(element("p", {}, "What it received comes from downstream: go back to the network."));
  else if (node === graph.root) facts.push(element("p", {}, "The output: its grad is 1, and the blame starts here."));
  else {
    const rows = received.map((edge) => [link(edge.user), shown(edge.adjoint), slopeCell(graph, edge), shown(edge.contribution)]);
    if (received.length > 1) rows.push(["sum", "", "", shown(graph.adjoint[node])]);
    if (carried) rows.push(["carried over from other passes", "", "", shown(carried)], ["grad", "", "", shown(graph.adjoint[node] + carried)]);
    facts.push(table(["by", "its grad", "× partial", "= charged"], rows, `What was charged to ${name}`));
  }
  const charged = graph.charged(node).map((edge) => [link(edge.node), shown(edge.adjoint), slopeCell(graph, edge), shown(edge.contribution)]);
  if (charged.length) facts.push(table(["to", "grad", "× partial", "= charged"], charged, `What ${name} charged`));
  const count = paths === 1 ? "One path leads" : `${paths.toLocaleString("en")} paths lead`;
  if (node !== graph.root) facts.push(element("p", { className: "quiet", title: "Choose the node, and they are lit" }, `${count} from ${name} to ${root}.`));
  return facts;
}

/** @param {Graph} graph @param {Edge} edge */
function slopeCell(graph, edge) {
  const [symbols] = graph.slope(edge.user, edge.operand);
  const number = shown(edge.partial);
  if (graph.nodes[edge.user].sums) return "in all";
  const plain = symbols.replace("-", "−");
  return plain === number || symbols.length > 28 ? element("span", { title: symbols }, number) : `${symbols} = ${number}`;
}

/** @param {Graph} graph @param {number} node */
function meaning(graph, node) {
  const [name, root] = [graph.nodes[node].name, graph.cost];
  const change = graph.adjoint[node] * 0.01;
  if (graph.adjoint[node] === 0) return `A small change of ${name} does not change ${root}.`;
  return `If ${name} grows by 0.01, ${root} ${change > 0 ? "grows" : "falls"} by about ${shown(Math.abs(change))}.`;
}

/** What every mark and key means. */
function legendPanel() {
  const marks = [
    ["leaf", "a leaf: a number that you gave, such as an input"],
    ["parameter", "a weight or a bias of a model"],
    ["value", "computed: an operation on its operands"],
    ["constant", "a plain number in the formula; it has no grad"],
    ["output", "the output; of a network, its answer"],
    ["now forward", "computed at this step; what it reads is lit on the edges"],
    ["now backward", "passes its grad on at this step; red is the backward flow"],
    ["path", "on a path from the chosen node to the output"],
    ["waiting", "not computed yet"],
  ];
  if (pageData.rows) marks.splice(2, 0, ["first", "a neuron of the first hidden layer"], ["further", "a neuron of a further hidden layer"]);
  const lines = [
    ["M2 9H44", "", "an edge, from an operand to the node that uses it"],
    ["M2 9H44", "now forward", "thick blue: numbers flow to the step's node"],
    ["M2 9H44", "now backward", "thick red, marching: contributions flow back"],
    ["M2 9H44", "dashed", "dashed: from a constant, nothing flows back"],
  ];
  if (pageData.rows) {
    lines.push(
      ["M2 9H44", "weighed forward", "a connection: teal, as wide as its weight is large"],
      ["M2 9H44", "weighed blame", "red: as wide as what is passed on, or charged, upstream"],
      ["M2 9H44", "weighed forward minus", "long dashes: the number is negative"],
      ["M2 9H44", "weighed blame nothing", "dots: the number is 0, nobody is charged"],
    );
  }
  const keys = [
    ["← →", "step back, step forward"],
    ["space", "play or pause"],
    ["Home, b, End", "start of the forward pass, of the backward pass, end"],
    ["↑ ↓", "choose the node before or after"],
    ["/", "find a node"],
    ["+ − f", "zoom in, out, fit"],
    ["Esc", "let go of the chosen node"],
  ];
  const swatch = (/** @type {string} */ kind) => {
    const svg = drawn("svg", { viewBox: "0 0 46 26", class: "swatch" });
    const group = drawn("g", { class: `node ${kind}`, "data-kind": kind.split(" ")[0], transform: "translate(23 13)" });
    group.append(drawn("rect", { x: -19, y: -9, width: 38, height: 18, rx: kind === "constant" ? 9 : 5 }));
    svg.append(group);
    return svg;
  };
  const line = (/** @type {string[]} */ [d, kind]) => {
    const svg = drawn("svg", { viewBox: "0 0 46 18", class: "swatch" });
    const group = drawn("g", { class: `edge ${kind}` });
    if (kind === "dashed") group.setAttribute("data-constant", "");
    group.style.setProperty("--wide", "3.5");
    group.append(drawn("path", { d, class: "line" }));
    svg.append(group);
    return svg;
  };
  const list = (/** @type {[any, string][]} */ rows) =>
    element("dl", { className: "legend" }, ...rows.flatMap(([mark, text]) => [element("dt", {}, mark), element("dd", {}, text)]));
  return [
    element("h2", {}, "Nodes"),
    list(marks.map(([kind, text]) => [swatch(kind), text])),
    element("h2", {}, "Edges"),
    list(lines.map((row) => [line(row), row[2]])),
    element("p", {}, "A pill on an edge carries a number: forward the operand's data, backward the contribution, the node's grad times the partial."),
    element("p", {}, "grad: how much the output changes for a small change of this node. It is a sensitivity, not a verdict."),
    element("h2", {}, "Keys"),
    list(keys.map(([key, text]) => [element("kbd", {}, key), text])),
  ];
}
