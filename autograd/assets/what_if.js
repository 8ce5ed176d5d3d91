// What if: leaves are dragged or typed, and both passes run again, here in the page.

/** @param {Graph} graph @param {number} selected @param {() => void} changed */
function whatIfPanel(graph, selected, changed) {
  const leaves = graph.nodes.map((_, i) => i).filter((i) => !graph.nodes[i].parents.length && graph.nodes[i].grad !== null);
  const first = leaves.includes(selected) ? [selected] : [];
  const listed = [...first, ...leaves.filter((i) => i !== selected)].slice(0, 40);
  const verdict = element("div", { id: "verdict", role: "status" });
  const rows = listed.map((leaf) => leafControl(graph, leaf, (problem) => (changed(), verdict.replaceChildren(...foretelling(graph, problem)))));
  const reset = element("button", { id: "reset", title: "The engine's own numbers again" }, "Reset");
  reset.onclick = () => {
    graph.reset();
    for (const row of rows) row.refresh();
    changed();
    verdict.replaceChildren(...foretelling(graph, ""));
  };
  verdict.append(...foretelling(graph, ""));
  const more = leaves.length > listed.length ? [element("p", { className: "quiet" }, `${leaves.length - listed.length} more: choose one in the picture.`)] : [];
  const frozen = graph.nodes.some(({ op }) => op === "where") ? [element("p", { className: "quiet" }, "Conditions of where stay as they were.")] : [];
  return [element("h2", {}, "What if a leaf were another number?"), verdict, ...rows.map((row) => row.element), ...more, ...frozen, reset];
}

/** A slider and a field for one leaf. @param {Graph} graph @param {number} leaf @param {(problem: string) => void} done */
function leafControl(graph, leaf, done) {
  const { name } = graph.nodes[leaf];
  const start = graph.start.data[leaf];
  const reach = Math.max(1, 2 * Math.abs(start));
  const tip = `${name} was ${shown(start)}`;
  const slider = element("input", { type: "range", min: start - reach, max: start + reach, step: reach / 200, title: tip, label: `${name}, slider` });
  const field = element("input", { type: "number", step: "any", title: tip, label: name });
  field.dataset.leaf = String(leaf);
  const refresh = () => ([slider.value, field.value] = [graph.data[leaf], graph.data[leaf]]);
  const give = (/** @type {string} */ text) => {
    const problem = text === "" ? "type a number" : graph.set(leaf, Number(text));
    field.setAttribute("aria-invalid", String(problem !== ""));
    if (!problem) slider.value = text;
    done(problem);
  };
  slider.oninput = () => ((field.value = slider.value), give(slider.value));
  field.oninput = () => give(field.value);
  refresh();
  return { element: element("label", { className: "leaf" }, element("span", {}, name), slider, field), refresh };
}

/** What the gradient foretold beside what came. @param {Graph} graph @param {string} problem */
function foretelling(graph, problem) {
  if (problem) return [element("p", { className: "problem" }, `${problem}: the numbers stay as they were.`)];
  const root = graph.nodes[graph.root].name;
  const [before, foretold, now] = [graph.start.data[graph.root], graph.foretold(), graph.data[graph.root]];
  const rows = [
    ["was", shown(before)],
    ["foretold by the gradient", shown(foretold)],
    ["computed", shown(now)],
    ["the gradient was off by", shown(now - foretold)],
  ];
  return [
    element(
      "dl",
      { title: `foretold: ${root} + the sum of grad × change over the leaves` },
      ...rows.flatMap(([term, text], k) => [element("dt", {}, k < 3 ? `${root} ${term}` : term), element("dd", { id: `what-if-${k}` }, text)]),
    ),
  ];
}
