// The network: its graph has neurons as nodes. What is said of a neuron, what its connections show, and opening one.

/** @typedef {{source: string, name: string, weight: number, activation: number, charge: number, share: number,
 *   passed_on: number}} Connection */
/** @typedef {{name: string, activation: string, z: number, a: number, slope: number | null, arrived: number | null,
 *   delta: number, saturated: boolean, dead: boolean, connections: Connection[], bias: Connection}} Neuron */

/** @param {Neuron} neuron @param {string} pass */
function neuronSentence(neuron, pass) {
  const { name, z, a, delta, connections } = neuron;
  if (pass === "forward") {
    return `Forward: ${name} adds its bias and its weighted inputs to z = ${shown(z)}, and answers ${neuron.activation} of it: ${shown(a)}.`;
  }
  const most = connections.reduce((x, y) => (Math.abs(y.charge) > Math.abs(x.charge) ? y : x));
  const error = neuron.arrived === null ? `The cost takes its z itself: its delta is ${shown(delta)}` : `${shown(neuron.arrived)} arrived at ${name}, times its slope ${factor(neuron.slope)} is its delta, ${shown(delta)}`;
  if (!connections.some(({ charge }) => charge !== 0)) return `Backward: ${error}. It charges nobody.`;
  return `Backward: ${error}. It charges ${most.source} most, by ${shown(most.charge)}: ${percent(most.share)} of its charges.`;
}

/** @param {number} share */
function percent(share) {
  return `${Math.round(100 * share)} %`;
}

/** @param {Neuron} neuron @param {string} pass @returns {string[]} */
function neuronLines(neuron, pass) {
  const { connections, bias } = neuron;
  const many = connections.length > 6;
  const terms = connections.slice(0, many ? 5 : 6).map((c) => `${factor(c.weight)} · ${factor(c.activation)}`);
  if (pass === "forward") return [`z = ${shown(bias.weight)} + ${terms.join(" + ")}${many ? " + …" : ""} = ${shown(neuron.z)}`, `a = ${neuron.activation}(z) = ${shown(neuron.a)}`];
  if (pass !== "backward") return [];
  const error = neuron.arrived === null ? `delta = ${shown(neuron.delta)}` : `delta = arrived · slope = ${shown(neuron.arrived)} · ${factor(neuron.slope)} = ${shown(neuron.delta)}`;
  return [error, "charge = delta · activation of the source;  passed on = delta · weight"];
}

/** @param {Graph} graph @param {number} node @param {(i: number) => HTMLElement} link */
function neuronPanel(graph, node, link) {
  const { neuron, parents, name, opens } = graph.nodes[node];
  const fact = (/** @type {string} */ term, /** @type {string} */ value, /** @type {string} */ tip) => [
    element("dt", { title: tip }, term),
    element("dd", { title: tip }, value),
  ];
  const facts = element(
    "dl",
    {},
    ...fact("z", shown(neuron.z), "pre-activation: bias + the sum of weight × activation"),
    ...fact("a", shown(neuron.a), `activation: ${neuron.activation}(z)`),
    ...(neuron.arrived === null ? [] : fact("arrived", shown(neuron.arrived), "dC/da: the sum of what the neurons downstream passed to it")),
    ...(neuron.slope === null ? [] : fact("slope", shown(neuron.slope), "f'(z), the slope of the activation")),
    ...fact("delta", shown(neuron.delta), "dC/dz = arrived × slope: the neuron's error"),
    ...fact("bias", `${shown(neuron.bias.weight)}, charged ${shown(neuron.bias.charge)}`, "the bias is charged delta × 1"),
  );
  const state = neuron.dead ? "Dead: its slope is 0, so nothing gets through." : neuron.saturated ? "Saturated: its slope is below 0.01." : "";
  const rows = neuron.connections.map((c, i) => [link(parents[i]), brief(c.weight), brief(c.activation), brief(c.charge), percent(c.share), brief(c.passed_on)]);
  const open = element("button", { id: "unfold", title: "Its scalar nodes, one by one", onclick: () => unfold(opens) }, `Open ${name}`);
  return [
    element("h2", {}, name),
    open,
    facts,
    ...(state ? [element("p", {}, state)] : []),
    six(["from", "weight", "act.", "charge", "share", "passed on"], rows, "Its connections"),
    element("p", { className: "quiet" }, "charge = delta × activation = dC/dw; share of the charges by size; passed on = delta × weight. A gradient is a sensitivity, not a verdict."),
  ];
}

/** A table of many columns, set smaller. @param {string[]} head @param {any[][]} rows @param {string} caption */
function six(head, rows, caption) {
  const made = table(head, rows, caption);
  made.classList.add("six");
  return made;
}

/** What a connection shows in a view: its number, and what is written on it. @param {Connection} connection
 * @param {string} flow @returns {[number, string]} */
function flowing(connection, flow) {
  const { weight, activation, passed_on, charge, share } = connection;
  if (flow === "forward") return [weight, `${shown(weight)} · ${factor(activation)}`];
  if (flow === "backward") return [passed_on, brief(passed_on)];
  return [charge, `${brief(charge)} (${percent(share)})`];
}
