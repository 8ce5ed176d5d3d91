// The page starts here: read the data, draw it, and listen to buttons and keys.

const source = `<!DOCTYPE html>\n${document.documentElement.outerHTML}`;
const pageData = JSON.parse(byId("page-data").textContent);
const graph = new Graph(pageData.nodes, pageData.ops, pageData.formulas);
/** @type {Player} */
let player;
const picture = new Picture(byId("graph"), graph, pageData.layout, (node) => player.choose(node));
player = new Player(graph, picture);

byId("names").replaceChildren(...[...new Set(graph.nodes.map(({ name }) => name))].map((value) => element("option", { value })));
byId("slider").max = graph.steps.length - 1;
byId("slider").oninput = () => player.go(Number(byId("slider").value));
byId("search").oninput = () => find(byId("search").value, false);
byId("search").onchange = () => find(byId("search").value, true);
setText(byId("notice"), pageData.notice);
byId("tab-what-if").hidden = !pageData.arithmetic;
byId("tab-your-turn").hidden = graph.nodes.some(({ sums }) => sums);

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
  setText(byId("notice"), near < 0 && done ? `No node is called ${text}.` : pageData.notice);
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
window.addEventListener("hashchange", () => player.recall());
player.recall();
