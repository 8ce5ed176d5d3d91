// Your turn: before a backward step is shown, its number is asked for, checked, and worked out.

class Quiz {
  /** @param {Graph} graph */
  constructor(graph) {
    this.graph = graph;
    this.right = 0;
    this.asked = 0;
    /** @type {Set<number>} the steps that have been answered */
    this.answered = new Set();
    this.reply = "";
  }

  /** Whether a step's numbers are still hidden. @param {number} step */
  hides(step) {
    const { pass, node } = this.graph.steps[step];
    return pass === "backward" && !this.answered.has(step) && this.graph.charged(node).length > 0;
  }

  /** The question of a step: which edge, or who is charged most. @param {number} step */
  question(step) {
    const edges = this.graph.charged(this.graph.steps[step].node);
    const sizes = edges.map((edge) => Math.abs(edge.contribution));
    const apart = edges.length === 2 && edges[0].node !== edges[1].node && Math.abs(sizes[0] - sizes[1]) > 1e-9 * Math.max(...sizes);
    if (apart && step % 2) return { edges, edge: null, most: edges[sizes[0] > sizes[1] ? 0 : 1] };
    return { edges, edge: edges[step % edges.length], most: null };
  }

  /** @param {number} step @param {boolean} right @param {string} worked */
  settle(step, right, worked) {
    this.answered.add(step);
    this.asked += 1;
    if (right) this.right += 1;
    this.reply = `${right ? "Right" : "Not quite"}: ${worked}.`;
  }

  /** @param {Edge} edge */
  worked(edge) {
    const [user, to] = [this.graph.nodes[edge.user].name, this.graph.nodes[edge.node].name];
    const [symbols] = this.graph.slope(edge.user, edge.operand);
    return `${user} → ${to}: ${shown(edge.adjoint)} × [${symbols}] = ${shown(edge.adjoint)} × ${factor(edge.partial)} = ${shown(edge.contribution)}`;
  }

  /** Within 1 % or half a unit of the third decimal place. @param {number} given @param {number} right */
  static near(given, right) {
    return Math.abs(given - right) <= Math.max(0.01 * Math.abs(right), right === 0 ? 0 : Math.min(5e-4, Math.abs(right) / 2));
  }

  /** @param {number} step @param {() => void} settled @param {() => void} onward */
  panel(step, settled, onward) {
    const score = element("p", { id: "score" }, `Score: ${this.right} of ${this.asked}`);
    const head = [element("h2", {}, "Your turn"), score];
    const reply = this.reply ? [element("p", { id: "reply", role: "status" }, this.reply)] : [];
    if (!this.hides(step)) {
      const next = element("button", { id: "onward", className: "wide", title: "To the next number that is asked for", onclick: onward }, "Next question");
      return [...head, ...reply, element("p", {}, "Each backward step asks for its number before it shows it."), next];
    }
    const { edges, edge, most } = this.question(step);
    const finish = (/** @type {boolean} */ right, /** @type {string} */ worked) => {
      this.settle(step, right, worked);
      settled();
    };
    if (most) {
      const buttons = edges.map((choice) => {
        const done = () => finish(choice === most, edges.map((e) => this.worked(e)).join("; "));
        return element("button", { className: "choice", onclick: done }, this.graph.nodes[choice.node].name);
      });
      const user = this.graph.nodes[most.user].name;
      return [...head, element("p", { className: "question" }, `Who is charged most by ${user}, by size?`), element("div", { className: "buttons" }, ...buttons)];
    }
    const [user, to] = [this.graph.nodes[edge.user].name, this.graph.nodes[edge.node].name];
    const field = element("input", { id: "answer", type: "text", inputMode: "decimal", autocomplete: "off", label: "Your answer", title: "A number; 1 % is near enough" });
    const form = element("form", { className: "answer" }, field, element("button", { type: "submit", title: "Check the number" }, "Check"));
    form.onsubmit = (/** @type {Event} */ event) => {
      event.preventDefault();
      const given = Number(field.value.trim().replace("−", "-").replace(",", "."));
      if (field.value.trim() === "" || Number.isNaN(given)) return field.setAttribute("aria-invalid", "true");
      finish(Quiz.near(given, edge.contribution), this.worked(edge));
    };
    const asked = `What does the edge from ${user} carry back to ${to}? ${user} has grad ${shown(edge.adjoint)}.`;
    return [...head, element("p", { className: "question" }, asked), form];
  }
}
