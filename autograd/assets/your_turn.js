// Your turn: before a backward step is shown, its number is asked for, checked, and worked out.

/** Of the whole page: another row or an opened neuron goes on counting. */
const score = { right: 0, asked: 0 };

class Quiz {
  /** @param {Graph} graph */
  constructor(graph) {
    this.graph = graph;
    /** @type {Set<number>} the steps that have been answered */
    this.answered = new Set();
    this.reply = "";
  }

  /** Whether a step's numbers are still hidden. @param {number} step */
  hides(step) {
    const { pass, node } = this.graph.steps[step];
    if (pass !== "backward" || this.answered.has(step)) return false;
    const { neuron, sums } = this.graph.nodes[node];
    return neuron ? neuron.connections.some((/** @type {Connection} */ c) => c.charge !== 0) : !sums && this.graph.charged(node).length > 0;
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
    score.asked += 1;
    if (right) score.right += 1;
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
    const head = [element("h2", {}, "Your turn"), element("p", { id: "score" }, `Score: ${score.right} of ${score.asked}`)];
    const reply = this.reply ? [element("p", { id: "reply", role: "status" }, this.reply)] : [];
    if (!this.hides(step)) {
      const next = element("button", { id: "onward", className: "wide", title: "To the next number that is asked for", onclick: onward }, "Next question");
      return [...head, ...reply, element("p", {}, "Each backward step asks for its number before it shows it."), next];
    }
    const finish = (/** @type {boolean} */ right, /** @type {string} */ worked) => {
      this.settle(step, right, worked);
      settled();
    };
    const { neuron } = this.graph.nodes[this.graph.steps[step].node];
    return [...head, ...(neuron ? this.askNeuron(neuron, step, finish) : this.askEdge(step, finish))];
  }

  /** Who is charged most by a node, or what one of its edges carries back.
   * @param {number} step @param {(right: boolean, worked: string) => void} finish */
  askEdge(step, finish) {
    const { edges, edge, most } = this.question(step);
    const name = (/** @type {number} */ node) => this.graph.nodes[node].name;
    if (most) {
      const worked = edges.map((e) => this.worked(e)).join("; ");
      return choices(`Who is charged most by ${name(most.user)}, by size?`, edges.map((e) => [name(e.node), e === most]), (right) => finish(right, worked));
    }
    const asked = `What does the edge from ${name(edge.user)} carry back to ${name(edge.node)}? ${name(edge.user)} has grad ${shown(edge.adjoint)}.`;
    return field(asked, (given) => finish(Quiz.near(given, edge.contribution), this.worked(edge)));
  }

  /** Whom a neuron charges most, or its delta. @param {Neuron} neuron @param {number} step
   * @param {(right: boolean, worked: string) => void} finish */
  askNeuron(neuron, step, finish) {
    const { name, arrived, slope, delta, connections } = neuron;
    if (arrived !== null && (step % 2 || connections.length > 12)) {
      const worked = `delta = arrived × slope = ${shown(arrived)} × ${factor(slope)} = ${shown(delta)}`;
      return field(`${shown(arrived)} arrived at ${name}. Its slope is ${shown(slope)}. What is its delta?`, (given) => finish(Quiz.near(given, delta), worked));
    }
    const largest = Math.max(...connections.map(({ charge }) => Math.abs(charge)));
    const worked = connections.map((c) => `${c.source}: ${shown(delta)} × ${factor(c.activation)} = ${shown(c.charge)}`).join("; ");
    const offered = connections.map((c) => /** @type {[string, boolean]} */ ([`${c.source}, a = ${shown(c.activation)}`, Math.abs(c.charge) === largest]));
    return choices(`Whom does ${name} charge most, by size? Its delta is ${shown(delta)}.`, offered, (right) => finish(right, worked));
  }
}

/** A question with a button for each answer. @param {string} asked @param {[string, boolean][]} offered each with whether it is right
 * @param {(right: boolean) => void} done */
function choices(asked, offered, done) {
  const buttons = offered.map(([words, right]) => element("button", { className: "choice", onclick: () => done(right) }, words));
  return [element("p", { className: "question" }, asked), element("div", { className: "buttons" }, ...buttons)];
}

/** A question for a number. @param {string} asked @param {(given: number) => void} done */
function field(asked, done) {
  const input = element("input", { id: "answer", type: "text", inputMode: "decimal", autocomplete: "off", label: "Your answer", title: "A number; 1 % is near enough" });
  const form = element("form", { className: "answer" }, input, element("button", { type: "submit", title: "Check the number" }, "Check"));
  form.onsubmit = (/** @type {Event} */ event) => {
    event.preventDefault();
    const given = Number(input.value.trim().replace("−", "-").replace(",", "."));
    if (input.value.trim() === "" || Number.isNaN(given)) return input.setAttribute("aria-invalid", "true");
    done(given);
  };
  return [element("p", { className: "question" }, asked), form];
}
