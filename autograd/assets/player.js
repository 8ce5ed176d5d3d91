// The player: which step is shown, how one moves between steps, and what the address bar remembers.

const VIEWS = ["why", "what-if", "your-turn", "film", "legend"];

class Player {
  /** @param {Graph} graph @param {Picture} picture */
  constructor(graph, picture) {
    [this.graph, this.picture] = [graph, picture];
    this.step = 0;
    this.selected = -1;
    this.view = "why";
    this.timer = 0;
    this.quiz = new Quiz(graph);
  }

  get hidden() {
    return this.view === "your-turn" && this.quiz.hides(this.step);
  }

  /** Draw everything for the step, the chosen node and the view of now. */
  show() {
    const { graph, step } = this;
    const said = sentence(graph, step, this.hidden);
    setText(byId("sentence"), said);
    byId("formula").replaceChildren(...formulaLines(graph, step, this.hidden).map((line) => element("div", {}, line)));
    byId("slider").value = step;
    byId("slider").setAttribute("aria-valuetext", said);
    setText(byId("counter"), `${step} / ${graph.steps.length - 1}`);
    byId("back").disabled = step === 0;
    byId("forward").disabled = step === graph.steps.length - 1;
    this.picture.light(step, this.selected, this.hidden);
    this.remember();
  }

  /** The side panel, made anew: after a step, a choice or another view. */
  showPanel() {
    const { graph } = this;
    for (const view of VIEWS) byId(`tab-${view}`).setAttribute("aria-selected", String(view === this.view));
    const choose = (/** @type {number} */ node) => this.choose(node);
    const panels = {
      why: () => {
        const node = this.selected >= 0 ? this.selected : graph.steps[this.step].node;
        if (node >= 0 && (this.selected >= 0 || graph.steps[this.step].pass !== "forward")) return nodePanel(graph, node, choose);
        return [element("h2", {}, "This step"), element("p", {}, sentence(graph, this.step, false)), element("p", { className: "quiet" }, "Choose a node to see who charged it, and why.")];
      },
      "what-if": () => whatIfPanel(graph, this.selected, () => this.show()),
      "your-turn": () => this.quiz.panel(this.step, () => this.refresh(), () => this.nextQuestion()),
      film: () => filmPanel(pageData.film, place.row, showRow),
      legend: () => legendPanel(),
    };
    byId("panel").replaceChildren(...panels[this.view]());
  }

  refresh() {
    this.show();
    this.showPanel();
    if (this.hidden) byId("answer")?.focus();
  }

  /** @param {number} step */
  go(step) {
    this.step = Math.max(0, Math.min(step, this.graph.steps.length - 1));
    if (this.step === this.graph.steps.length - 1) this.pause();
    if (this.hidden) this.quiz.reply = "";
    this.show();
    this.picture.follow(this.graph.steps[this.step].node);
    if (!["what-if", "film", "legend"].includes(this.view)) this.showPanel();
    if (this.hidden && !this.timer) byId("answer")?.focus({ preventScroll: true });
  }

  nextQuestion() {
    let step = Math.max(this.step + 1, this.graph.backwardStart + 1);
    while (step < this.graph.steps.length - 1 && !this.quiz.hides(step)) step += 1;
    this.go(step);
  }

  /** @param {number} node -1 lets go */
  choose(node) {
    const before = this.picture.nodes[this.selected]?.group;
    if (before) before.setAttribute("tabindex", "-1");
    this.selected = node;
    if (node >= 0) this.picture.nodes[node].group.setAttribute("tabindex", "0");
    if (node >= 0) this.picture.follow(node);
    if (node >= 0 && this.view === "legend") this.view = "why";
    this.show();
    if (this.view !== "your-turn") this.showPanel();
  }

  /** @param {string} view */
  open(view) {
    this.view = view;
    this.show();
    this.showPanel();
  }

  play() {
    if (this.timer) return this.pause();
    if (this.step === this.graph.steps.length - 1) this.go(0);
    const tick = () => {
      if (!this.hidden) this.go(this.step + 1);
      if (this.timer) this.timer = window.setTimeout(tick, Number(byId("speed").value));
    };
    this.timer = window.setTimeout(tick, 300);
    setText(byId("play"), "Pause");
    byId("play").setAttribute("aria-label", "Pause");
  }

  pause() {
    window.clearTimeout(this.timer);
    this.timer = 0;
    setText(byId("play"), "Play");
    byId("play").setAttribute("aria-label", "Play");
  }

  // -- the address bar ------------------------------------------------------------------------------------------------------
  remember() {
    const node = this.selected >= 0 ? `&node=${this.selected}` : "";
    const where = pageData.rows ? `&row=${place.row}${place.open >= 0 ? `&open=${place.open}` : ""}&flow=${this.picture.flow}` : "";
    const fragment = `#step=${this.step}${node}&view=${this.view}${where}`;
    try {
      if (location.hash !== fragment) history.replaceState(null, "", fragment);
    } catch {
      // a page inside a notebook's frame has no address of its own
    }
  }

  recall() {
    const wanted = new URLSearchParams(location.hash.slice(1));
    const node = Number(wanted.get("node") ?? -1);
    const view = wanted.get("view") ?? "";
    this.selected = this.graph.nodes[node] ? node : -1;
    if (VIEWS.includes(view) && !byId(`tab-${view}`).hidden) this.view = view;
    this.go(Number(wanted.get("step")) || 0);
    this.showPanel();
  }
}
