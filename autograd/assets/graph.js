// The graph and its arithmetic: the forward pass, the backward pass, and what each step of them does.

/** @typedef {{name: string, kind: "leaf" | "input" | "parameter" | "constant" | "value" | "output", op: string | null, parents: number[],
 *   data: number | string, grad: number | string | null, partials: (number | string | null)[], formulas: number[],
 *   carried: number, sums?: number[], also?: string, neuron?: any, opens?: number}} NodeData: `formulas` says which of the page's formulas gives each
 * partial; a node that stands for many has `sums`, what its edges carry in all, and what else is in it */
/** @typedef {{symbol: string, formula: string}} OpData: ⟨0⟩, ⟨1⟩ and ⟨out⟩ in a formula stand for operands and result */
/** @typedef {{pass: "start" | "forward" | "seed" | "backward" | "end", node: number}} Step */
/** @typedef {{user: number, operand: number, node: number, adjoint: number, partial: number, contribution: number}} Edge */

class Graph {
  /** @param {NodeData[]} nodes in topological order, the root last
   * @param {Record<string, OpData>} ops
   * @param {string[]} formulas */
  constructor(nodes, ops, formulas) {
    this.nodes = nodes;
    this.ops = ops;
    this.formulas = formulas;
    this.root = nodes.length - 1;
    this.data = nodes.map((node) => /** @type {number} */ (parsed(node.data)));
    this.adjoint = nodes.map((node) => /** @type {number | null} */ (parsed(node.grad)));
    this.partials = nodes.map((node) => node.partials.map(parsed));
    this.seed = /** @type {number} */ (this.adjoint[this.root]); // 1, but for a part of a larger graph
    this.cost = nodes[this.root].name; // what is differentiated
    this.start = { data: [...this.data], adjoint: [...this.adjoint], partials: this.partials };
    /** @type {[number, number][][]} who uses a node: [user, which operand of it] */
    this.users = nodes.map(() => []);
    nodes.forEach((node, user) => node.parents.forEach((x, i) => this.users[x].push([user, i])));
    this.steps = this.listSteps();
    this.backwardStart = this.steps.findIndex((step) => step.pass === "seed");
  }

  /** @returns {Step[]} */
  listSteps() {
    const computed = this.nodes.map((node, i) => i).filter((i) => this.nodes[i].parents.length > 0);
    return [
      { pass: "start", node: -1 },
      ...computed.map((node) => ({ pass: /** @type {const} */ ("forward"), node })),
      { pass: "seed", node: this.root },
      ...computed.reverse().map((node) => ({ pass: /** @type {const} */ ("backward"), node })),
      { pass: "end", node: this.root },
    ];
  }

  /** Both passes again from the leaves' data, by the rules of the op table.
   * @returns {string} what went wrong, or "": then the numbers stay as they were */
  recompute() {
    const data = [...this.data];
    for (const [i, node] of this.nodes.entries()) {
      if (!node.op || !node.parents.length) continue;
      data[i] = rules[node.op].forward(...node.parents.map((x) => data[x]));
      if (!Number.isFinite(data[i])) return `${this.describe(i, data)} has no finite value`;
    }
    const adjoint = this.nodes.map((node) => (node.grad === null ? null : 0));
    const partials = this.nodes.map(() => /** @type {(number | null)[]} */ ([]));
    adjoint[this.root] = this.seed;
    for (let i = this.root; i >= 0; i--) {
      const node = this.nodes[i];
      if (!node.op || !node.parents.length) continue;
      const at = [...node.parents.map((x) => data[x]), data[i]];
      partials[i] = node.parents.map((x, k) => (adjoint[x] === null ? null : rules[node.op].partials[k](...at)));
      for (const [k, x] of node.parents.entries()) {
        if (adjoint[x] === null) continue;
        adjoint[x] += adjoint[i] * partials[i][k];
        if (!Number.isFinite(adjoint[x])) return `the derivative at ${this.describe(i, data)} is not a finite number`;
      }
    }
    [this.data, this.adjoint, this.partials] = [data, adjoint, partials];
    return "";
  }

  /** Give a leaf another number, and all that follows from it.
   * @param {number} leaf
   * @param {number} value
   * @returns {string} what went wrong, or "" */
  set(leaf, value) {
    const before = this.data[leaf];
    this.data[leaf] = value;
    const problem = Number.isFinite(value) ? this.recompute() : "a leaf must be a finite number";
    if (problem) this.data[leaf] = before;
    return problem;
  }

  /** The engine's own numbers again. */
  reset() {
    [this.data, this.adjoint, this.partials] = [[...this.start.data], [...this.start.adjoint], this.start.partials];
  }

  /** The cost that the gradient at the starting point foretells for the leaves' data of now: C + sum of grad * change. */
  foretold() {
    let cost = this.start.data[this.root];
    for (const [i, node] of this.nodes.entries()) {
      if (!node.parents.length && this.start.adjoint[i] !== null) {
        cost += this.start.adjoint[i] * (this.data[i] - this.start.data[i]);
      }
    }
    return cost;
  }

  /** @param {number} user @param {number} i which operand @returns {Edge} */
  edge(user, i) {
    const [adjoint, partial] = [this.adjoint[user], this.partials[user][i]];
    const contribution = this.nodes[user].sums?.[i] ?? adjoint * partial;
    return { user, operand: i, node: this.nodes[user].parents[i], adjoint, partial, contribution };
  }

  /** What a node hands to its operands that are no constants. @param {number} node @returns {Edge[]} */
  charged(node) {
    const operands = this.nodes[node].parents.map((_, i) => i);
    return operands.filter((i) => typeof this.partials[node][i] === "number").map((i) => this.edge(node, i));
  }

  /** What a node was handed, in the order of the backward pass. @param {number} node @returns {Edge[]} */
  received(node) {
    if (this.adjoint[node] === null) return [];
    const users = [...this.users[node]].sort(([a, i], [b, k]) => b - a || i - k);
    return users.filter(([user, i]) => typeof this.partials[user][i] === "number").map(([user, i]) => this.edge(user, i));
  }

  /** What each node's adjoint has summed to after a step; null where nothing has arrived yet. @param {number} step */
  running(step) {
    /** @type {(number | null)[]} */
    const sum = this.nodes.map(() => null);
    if (step < this.backwardStart) return sum;
    sum[this.root] = this.seed;
    for (let s = this.backwardStart + 1; s <= step; s++) {
      if (this.steps[s].pass !== "backward") continue;
      const user = this.steps[s].node;
      const [adjoint, partials, { parents, sums }] = [this.adjoint[user], this.partials[user], this.nodes[user]];
      for (let i = 0; i < parents.length; i++) {
        if (partials[i] !== null) sum[parents[i]] = (sum[parents[i]] ?? 0) + (sums?.[i] ?? adjoint * partials[i]);
      }
    }
    return sum;
  }

  /** Every node on some path from this one to the root, this one included. @param {number} node @returns {Set<number>} */
  downstream(node) {
    const found = new Set([node]);
    for (let i = node; i <= this.root; i++) if (found.has(i)) this.users[i].forEach(([user]) => found.add(user));
    return found;
  }

  /** How many paths lead from a node to the root. @param {number} node @returns {number} */
  paths(node) {
    const count = this.nodes.map(() => 0);
    count[this.root] = 1;
    for (let i = this.root - 1; i >= node; i--) for (const [user] of this.users[i]) count[i] += count[user];
    return count[node];
  }

  /** A formula of the table with other words for its operands and its result.
   * @param {string} template @param {number} node @param {(i: number) => string} word */
  fill(template, node, word) {
    const { parents } = this.nodes[node];
    return template.replace(/⟨(\w+)⟩/g, (_, key) => word(key === "out" ? node : parents[Number(key)]));
  }

  /** `c = a*b`, or the name alone for a leaf. @param {number} node */
  formula(node) {
    const { op, parents, also } = this.nodes[node];
    if (also) return parents.length ? also : "";
    return op && parents.length ? this.fill(this.ops[op].formula, node, (i) => this.word(i)) : "";
  }

  /** A node's name inside a formula: `a + b` needs parentheses there, `w[2,1]` does not. @param {number} node */
  word(node) {
    const { name } = this.nodes[node];
    return /[\s+\-*/^%<>=,|&]/.test(name.replace(/\[[^\]]*\]|\([^)]*\)|e-\d+$/g, "")) ? `(${name})` : name;
  }

  /** The partial of an edge as a formula, in names and in numbers. @param {number} user @param {number} i which operand */
  slope(user, i) {
    const template = this.formulas[this.nodes[user].formulas[i]] ?? "";
    return [this.fill(template, user, (x) => this.word(x)), this.fill(template, user, (x) => factor(this.data[x]))];
  }

  /** The same with numbers. @param {number} node @param {number[]} data */
  numbers(node, data = this.data) {
    const { op, parents } = this.nodes[node];
    return op && parents.length ? this.fill(this.ops[op].formula, node, (i) => factor(data[i])) : "";
  }

  /** @param {number} node @param {number[]} data */
  describe(node, data) {
    return `${this.nodes[node].name} = ${this.numbers(node, data)}`;
  }
}
