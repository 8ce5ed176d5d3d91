// The page starts here: read the data, draw it, and listen to buttons and keys.

const source = `<!DOCTYPE html>\n${document.documentElement.outerHTML}`;
const pageData = JSON.parse(byId("page-data").textContent);
/** @type {Graph} */
let graph;
/** @type {Picture} */
let picture;
/** @type {Player} */
let player;
/** Of a network: which row of the data, and which neuron is open, -1 for none. */
const place = { row: 0, open: -1 };

/** Show a graph: that of the page, or of a row or a neuron of a network. */
function showGraph() {
  const { rows, inside } = pageData;
  const data = !rows ? pageData : place.open >= 0 ? inside.graphs[rows[place.row][place.open].opens] : { ...pageData, nodes: rows[place.row] };
  picture?.close();
  player?.pause();
  graph = new Graph(data.nodes, data.ops, data.formulas);
  if (data.cost) graph.cost = data.cost;
  picture = new Picture(byId("graph"), graph, data.layout ?? inside.layouts[data.shape], (node) => player.choose(node));
  picture.flow = byId("flow").value;
  player = new Player(graph, picture);
  byId("names").replaceChildren(...[...new Set(graph.nodes.map(({ name }) => name))].map((value) => element("option", { value })));
  byId("slider").max = graph.steps.length - 1;
  setText(byId("notice"), data.notice);
  byId("tab-what-if").hidden = !data.arithmetic;
  byId("tab-your-turn").hidden = graph.nodes.some(({ sums }) => sums) && !graph.nodes.some(({ neuron }) => neuron);
  byId("whole").hidden = place.open < 0;
}

/** Unfold the scalar nodes of a neuron; -1 goes back to the network. @param {number} graphNumber */
function unfold(graphNumber) {
  const { step } = player;
  place.open = pageData.rows[place.row].findIndex(({ opens }) => opens === graphNumber);
  showGraph();
  player.go(place.open >= 0 ? 0 : step);
  player.showPanel();
}

byId("slider").oninput = () => player.go(Number(byId("slider").value));
byId("search").oninput = () => find(byId("search").value, false);
byId("search").onchange = () => find(byId("search").value, true);
byId("network").hidden = !pageData.rows;
byId("row").replaceChildren(...(pageData.titles ?? []).map((/** @type {string} */ title, /** @type {number} */ value) => element("option", { value }, title)));
byId("row").onchange = () => {
  showRow(Number(byId("row").value));
  player.showPanel();
};
byId("tab-film").hidden = !pageData.film;
if (pageData.film) setText(byId("row-name"), "Epoch");

/** Another row of the data, or another epoch of a film, at the same step. @param {number} row */
function showRow(row) {
  const { step, selected, view } = player;
  place.row = byId("row").value = row;
  showGraph();
  player.view = view;
  player.selected = selected;
  player.go(step);
}

byId("flow").onchange = () => {
  picture.flow = byId("flow").value;
  player.show();
};
byId("whole").onclick = () => {
  place.open = -1;
  showGraph();
  player.recall();
};

/** @type {Record<string, () => void>} */
const actions = {
  "to-start": () => player.go(0),
  back: () => player.go(player.step - 1),
  play: () => player.play(),
  forward: () => player.go(player.step + 1),
  "to-backward": () => player.go(graph.backwardStart),
  "to-end": () => player.go(graph.steps.length - 1),
  closer: () => picture.zoom(1.3),
  farther: () => picture.zoom(1 / 1.3),
  fit: () => picture.fit(),
  "save-svg": () => saveSvg(picture),
  "save-png": () => savePng(picture),
  alone: () => openAlone(source),
  "tab-why": () => player.open("why"),
  "tab-what-if": () => player.open("what-if"),
  "tab-your-turn": () => player.open("your-turn"),
  "tab-film": () => player.open("film"),
  "tab-legend": () => player.open("legend"),
};
for (const [id, action] of Object.entries(actions)) byId(id).onclick = action;
byId("alone").hidden = window === window.parent;

/** The first node of that label; while typing, the first that begins with it. @param {string} text @param {boolean} done */
function find(text, done) {
  const wanted = text.trim().toLowerCase();
  if (!wanted) return player.choose(-1);
  const names = graph.nodes.map(({ name }) => name.toLowerCase());
  const exact = names.indexOf(wanted);
  const near = exact >= 0 ? exact : names.findIndex((name) => name.includes(wanted));
  if (done || near >= 0) setText(byId("notice"), near < 0 ? `No node is called ${text}.` : place.open < 0 ? pageData.notice : "");
  if (near >= 0 && (done || exact >= 0)) player.choose(near);
}

/** @param {number} by */
function neighbour(by) {
  const node = player.selected < 0 ? (by > 0 ? 0 : graph.root) : (player.selected + by + graph.nodes.length) % graph.nodes.length;
  player.choose(node);
  picture.nodes[node].group.focus({ preventScroll: true });
}

/** @type {Record<string, () => void>} */
const keys = {
  ArrowRight: actions.forward,
  ArrowLeft: actions.back,
  Home: actions["to-start"],
  End: actions["to-end"],
  " ": actions.play,
  b: actions["to-backward"],
  f: actions.fit,
  "+": actions.closer,
  "-": actions.farther,
  "/": () => byId("search").focus(),
  ArrowDown: () => neighbour(1),
  ArrowUp: () => neighbour(-1),
  Escape: () => player.choose(-1),
};
document.addEventListener("keydown", (event) => {
  const at = /** @type {HTMLElement} */ (event.target);
  if (event.ctrlKey || event.metaKey || event.altKey || at.matches("input, select, textarea")) return;
  if (event.key === " " && at.matches("button")) return; // space presses the button that is focused
  if (at.id === "panel" && ["ArrowUp", "ArrowDown"].includes(event.key)) return; // they scroll the panel
  if (!(event.key in keys)) return;
  event.preventDefault();
  keys[event.key]();
});
window.addEventListener("hashchange", recall);

/** Go where the address says. */
function recall() {
  const wanted = new URLSearchParams(location.hash.slice(1));
  if (pageData.rows) {
    place.row = Math.min(Number(wanted.get("row")) || 0, pageData.rows.length - 1);
    place.open = Number(wanted.get("open") ?? -1);
    if (!(pageData.rows[place.row][place.open]?.opens >= 0)) place.open = -1;
    byId("row").value = place.row;
    if (["forward", "backward", "blame"].includes(wanted.get("flow"))) byId("flow").value = wanted.get("flow");
  }
  showGraph();
  player.recall();
}
recall();
