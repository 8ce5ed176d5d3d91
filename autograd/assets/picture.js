// The picture: nodes and edges as Graphviz laid them out, what is lit, and the view's zoom and place.

const SVG = "http://www.w3.org/2000/svg";

/** An element with attributes and text. Labels only ever arrive here as text.
 * @param {string} name @param {Record<string, string | number>} attributes @param {string} text
 * @returns {SVGElement} */
function drawn(name, attributes = {}, text = "") {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  if (text) element.textContent = text;
  return element;
}

/** @typedef {{size: [number, number], boxes: number[][], routes: number[][]}} Layout: boxes are x, y of the middle, width
 * and height; a route is the index of the user, which operand, and the points of a chain of Bezier curves */

/** Sets what differs and leaves the rest: the browser redraws little. @param {Element} element @param {string} text */
function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** @type {WeakMap<Element, string>} */
const classes = new WeakMap();

/** @param {Element} element @param {string} name */
function setClass(element, name) {
  if (classes.get(element) === name) return;
  classes.set(element, name);
  element.setAttribute("class", name);
}

/** @param {number[]} points */
function bezier(points) {
  const [x, y, ...rest] = points;
  return `M${x} ${y}C${rest.join(" ")}`;
}

/** The place on a chain of Bezier curves, 0 at its start and 1 at its end. The browser's own way to ask for it lays the whole
 * picture out anew. @param {number[]} points @param {number} part @returns {[number, number]} */
function along(points, part) {
  const curves = (points.length - 2) / 6;
  const which = Math.min(Math.floor(part * curves), curves - 1);
  const t = part * curves - which;
  const weights = [(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t ** 3];
  const sum = (/** @type {number} */ axis) => weights.reduce((total, w, k) => total + w * points[6 * which + 2 * k + axis], 0);
  return [sum(0), sum(1)];
}

class Picture {
  /** @param {SVGSVGElement} svg @param {Graph} graph @param {Layout} layout @param {(node: number) => void} choose */
  constructor(svg, graph, layout, choose) {
    [this.svg, this.graph, this.layout, this.choose] = [svg, graph, layout, choose];
    this.flow = "forward";
    /** @type {[number | null, number | null][]} the data and grad that each node shows now */
    this.seen = [];
    this.camera = { x: 0, y: 0, width: layout.size[0], height: layout.size[1] };
    this.wires = drawn("g", { class: "wires" });
    this.tokens = drawn("g", { class: "tokens", "aria-hidden": "true" });
    this.edges = new Map(layout.routes.map(([user, i, ...points]) => [`${user} ${i}`, this.drawEdge(user, i, points)]));
    this.nodes = graph.nodes.map((_, i) => this.drawNode(i));
    const boxes = drawn("g", { class: "boxes" });
    boxes.append(...this.nodes.map((node) => node.group));
    svg.replaceChildren(this.wires, boxes, this.tokens);
    /** In pixels; kept, because asking for it would lay the picture out anew at every step. */
    this.view = svg.getBoundingClientRect();
    this.listen();
    this.fit();
  }

  /** @param {number} user @param {number} i @param {number[]} points */
  drawEdge(user, i, points) {
    const path = drawn("path", { d: bezier(points), class: "line" });
    const [x, y] = points.slice(-2);
    const [px, py] = points.slice(-4, -2);
    const angle = (Math.atan2(y - py, x - px) * 180) / Math.PI;
    const head = drawn("path", { d: "M0 0L-8 3.6L-8 -3.6Z", class: "head", transform: `translate(${x} ${y}) rotate(${angle})` });
    const [x0, y0, x1, y1] = points;
    const back = (Math.atan2(y0 - y1, x0 - x1) * 180) / Math.PI;
    const tail = drawn("path", { d: "M0 0L-8 3.6L-8 -3.6Z", class: "tail", transform: `translate(${x0} ${y0}) rotate(${back})` });
    const group = drawn("g", { class: "edge" });
    group.append(path, head, tail);
    if (this.graph.nodes[this.graph.nodes[user].parents[i]].grad === null) group.setAttribute("data-constant", "");
    this.wires.append(group);
    return { group, user, i, points };
  }

  /** @param {number} i */
  drawNode(i) {
    const node = this.graph.nodes[i];
    const [x, y, width, height] = this.layout.boxes[i];
    const { kind } = node;
    const group = drawn("g", { "data-kind": kind, id: `n${i}`, transform: `translate(${x} ${y})`, tabindex: -1, role: "button" });
    const tip = drawn("title");
    const box = drawn("rect", { x: -width / 2, y: -height / 2, width, height, rx: kind === "constant" ? height / 2 : 7 });
    const room = Math.floor(width / 7.4);
    const name = node.name.length > room ? `${node.name.slice(0, room - 1)}…` : node.name;
    const top = kind === "constant" ? 4 : -height / 2 + 17;
    const title = drawn("text", { y: top, class: "name" }, name);
    const lines = kind === "constant" ? [] : ["op", "data", "grad"].map((line, k) => drawn("text", { y: top + 15.5 * (k + 1), class: line }));
    group.append(tip, box, title, ...lines);
    if (lines.length) {
      const written = this.graph.formula(i) || (node.also ?? node.kind);
      lines[0].textContent = written.length > room + 3 ? node.op : written;
    }
    group.addEventListener("pointerenter", () => setText(tip, this.tooltip(i)));
    return { group, data: lines[1], grad: lines[2] };
  }

  /** @param {number} i */
  tooltip(i) {
    const { graph } = this;
    const node = graph.nodes[i];
    const formula = node.op && node.parents.length ? ` = ${graph.formula(i)} = ${graph.numbers(i)}` : "";
    const grad = graph.adjoint[i] === null ? "a constant: it has no grad" : `grad ${shown(graph.adjoint[i])}`;
    return `${node.name}${formula} = ${shown(graph.data[i])}\n${grad}`;
  }

  /** Light what a step shows. @param {number} step @param {number} selected @param {boolean} hidden whether to hide answers */
  light(step, selected, hidden) {
    const { graph } = this;
    const now = graph.steps[step];
    const running = graph.running(hidden ? step - 1 : step);
    const operands = new Set(now.node >= 0 ? graph.nodes[now.node].parents : []);
    const onPath = selected >= 0 ? graph.downstream(selected) : new Set();
    graph.nodes.forEach((node, i) => {
      const known = !node.parents.length || step >= graph.backwardStart || this.stepOf(i) <= step;
      const { group, data, grad } = this.nodes[i];
      const states = ["node"];
      if (now.node === i) states.push("now", now.pass);
      else if (operands.has(i) && !(now.pass === "backward" && node.grad === null)) states.push("touched", now.pass);
      if (!known) states.push("waiting");
      if (selected === i) states.push("selected");
      else if (onPath.has(i)) states.push("path");
      setClass(group, states.join(" "));
      const [seenData, seenGrad] = [known ? graph.data[i] : null, running[i]];
      if (data && this.seen[i]?.[0] !== seenData) setText(data, known ? `data ${shown(seenData)}` : "data ·");
      if (grad && this.seen[i]?.[1] !== seenGrad) setText(grad, seenGrad !== null ? `grad ${shown(seenGrad)}` : node.grad === null ? "no grad" : "grad ·");
      this.seen[i] = [seenData, seenGrad];
    });
    for (const { group, user, i } of this.edges.values()) {
      const states = ["edge"];
      const flows = now.pass === "forward" || (now.pass === "backward" && graph.partials[user][i] !== null);
      if (user === now.node && flows) states.push("now", now.pass);
      if (onPath.has(graph.nodes[user].parents[i])) states.push("path");
      setClass(group, [...states, ...this.weigh(user, i, group)].join(" "));
    }
    this.carry(now, hidden);
  }

  /** How a connection of a network looks: as wide as its number of this view is large, dashed where it is negative.
   * @param {number} user @param {number} i @param {SVGElement} group @returns {string[]} */
  weigh(user, i, group) {
    const { neuron } = this.graph.nodes[user];
    if (!neuron) return [];
    const [number] = flowing(neuron.connections[i], this.flow);
    group.style.setProperty("--wide", String(0.6 + (5.4 * Math.abs(number)) / (this.largest() || 1)));
    return ["weighed", this.flow, number < 0 ? "minus" : number === 0 ? "nothing" : "plus"];
  }

  /** The largest number of a view, by size. */
  largest() {
    const all = this.graph.nodes.flatMap(({ neuron }) => (neuron ? neuron.connections : []));
    this.most ??= {};
    return (this.most[this.flow] ??= Math.max(...all.map((connection) => Math.abs(flowing(connection, this.flow)[0]))));
  }

  /** Which step of the forward pass computes a node. @param {number} i */
  stepOf(i) {
    this.order ??= new Map(this.graph.steps.slice(0, this.graph.backwardStart).map((step, s) => [step.node, s]));
    return this.order.get(i) ?? 0;
  }

  /** What travels along the edges of the step's node: values to it, or contributions away from it.
   * @param {Step} now @param {boolean} hidden */
  carry(now, hidden) {
    const { graph } = this;
    const backward = now.pass === "backward";
    if (!backward && now.pass !== "forward") return this.tokens.replaceChildren();
    const carried = backward
      ? graph.charged(now.node).map(({ operand, contribution }) => ({ operand, text: hidden ? "?" : shown(contribution) }))
      : graph.nodes[now.node].parents.map((x, operand) => ({ operand, text: shown(graph.data[x]) }));
    const { neuron } = graph.nodes[now.node];
    if (neuron) {
      const flow = !backward ? "forward" : this.flow === "blame" ? "blame" : "backward";
      carried.forEach((token) => (token.text = hidden ? "?" : flowing(neuron.connections[token.operand], flow)[1]));
    }
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.tokens.replaceChildren(
      ...carried.flatMap(({ operand, text }, k) => {
        const found = this.edges.get(`${now.node} ${operand}`);
        if (!found) return [];
        const token = drawn("g", { class: `token ${now.pass}` });
        const width = text.length * 7.8 + 14;
        token.append(drawn("rect", { x: -width / 2, y: -10, width, height: 20, rx: 10 }), drawn("text", { y: 4.5 }, text));
        const twins = carried.filter((other) => graph.nodes[now.node].parents[other.operand] === graph.nodes[now.node].parents[operand]);
        const rest = twins.length > 1 ? 0.3 + 0.4 * twins.findIndex((twin) => twin.operand === operand) : 0.5;
        this.travel(token, found.points, backward ? 1 : 0, rest, still, this.tokens);
        return [token];
      }),
    );
  }

  /** @param {SVGElement} token @param {number[]} points @param {number} from @param {number} to @param {boolean} still
   * @param {SVGElement} layer */
  travel(token, points, from, to, still, layer) {
    const place = (/** @type {number} */ part) => {
      const [x, y] = along(points, part);
      token.setAttribute("transform", `translate(${x} ${y})`);
    };
    place(still ? to : from);
    if (still) return;
    const start = performance.now();
    const frame = (/** @type {number} */ time) => {
      const part = Math.min(1, Math.max(0, (time - start) / 500));
      place(from + (to - from) * part * (2 - part));
      if (part < 1 && token.parentNode === layer) requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  }

  // -- zoom, pan, fit -------------------------------------------------------------------------------------------------------
  show() {
    const { x, y, width, height } = this.camera;
    this.svg.setAttribute("viewBox", `${x} ${y} ${width} ${height}`);
  }

  /** The whole graph in view. */
  fit() {
    const [width, height] = this.layout.size;
    this.camera = { x: -12, y: -12, width: width + 24, height: height + 24 };
    this.show();
  }

  /** @param {number} by above 1 comes closer @param {number} px where, as a part of the view @param {number} py */
  zoom(by, px = 0.5, py = 0.5) {
    const c = this.camera;
    const width = Math.min(Math.max(c.width / by, 120), this.layout.size[0] * 4 + 400);
    const height = (c.height * width) / c.width;
    this.camera = { x: c.x + (c.width - width) * px, y: c.y + (c.height - height) * py, width, height };
    this.show();
  }

  /** Pixels per unit of the drawing. */
  scale() {
    const { width, height } = this.view;
    return Math.min(width / this.camera.width, height / this.camera.height) || 1;
  }

  /** Come close enough to read, and keep the step's node and its operands in view. @param {number} node */
  follow(node) {
    if (node < 0) return;
    const { width, height } = this.view;
    if (!width || !height) return;
    if (this.scale() < 0.62) {
      const [x, y] = this.layout.boxes[node];
      this.camera = { x: x - width / 1.8, y: y - height / 2, width, height };
    }
    const boxes = [...this.graph.nodes[node].parents, node].map((i) => this.layout.boxes[i]);
    const [x, y, w, h] = this.layout.boxes[node];
    const c = this.camera;
    const scale = this.scale();
    const [vw, vh] = [width / scale, height / scale];
    const [cx, cy] = [c.x + c.width / 2, c.y + c.height / 2];
    const out = boxes.some(([bx, by, bw, bh]) => Math.abs(bx - cx) + bw / 2 > vw / 2 || Math.abs(by - cy) + bh / 2 > vh / 2);
    if (out) {
      const left = Math.max(Math.min(...boxes.map((b) => b[0] - b[2] / 2)), x + w / 2 - vw + 20);
      const top = Math.max(Math.min(...boxes.map((b) => b[1] - b[3] / 2)), y + h / 2 - vh + 20);
      const bottom = Math.min(Math.max(...boxes.map((b) => b[1] + b[3] / 2)), y - h / 2 + vh - 20);
      c.x = (left + x + w / 2) / 2 - c.width / 2;
      c.y = (top + bottom) / 2 - c.height / 2;
    }
    this.show();
  }

  /** Let go of the mouse and the keys, before another picture takes this one's place. */
  close() {
    this.resizing.disconnect();
    this.closing.abort();
  }

  listen() {
    const { svg } = this;
    this.closing = new AbortController();
    const { signal } = this.closing;
    this.resizing = new ResizeObserver(() => (this.view = svg.getBoundingClientRect()));
    this.resizing.observe(svg);
    /** @type {{x: number, y: number, moved: boolean} | null} */
    let drag = null;
    svg.addEventListener("pointerdown", (event) => (drag = { x: event.clientX, y: event.clientY, moved: false }), { signal });
    window.addEventListener("pointermove", (event) => {
      if (!drag) return;
      const [dx, dy] = [event.clientX - drag.x, event.clientY - drag.y];
      if (!drag.moved && Math.hypot(dx, dy) < 4) return;
      const scale = this.scale();
      this.camera.x -= dx / scale;
      this.camera.y -= dy / scale;
      drag = { x: event.clientX, y: event.clientY, moved: true };
      this.show();
    }, { signal });
    window.addEventListener("pointerup", (event) => {
      const group = event.target instanceof Element && svg.contains(event.target) ? event.target.closest(".node") : null;
      if (drag && !drag.moved) this.choose(group ? Number(group.id.slice(1)) : -1);
      drag = null;
    }, { signal });
    window.addEventListener("pointercancel", () => (drag = null), { signal });
    svg.addEventListener(
      "wheel",
      (event) => {
        event.preventDefault();
        const box = svg.getBoundingClientRect();
        this.zoom(Math.exp(-event.deltaY / 500), (event.clientX - box.x) / box.width, (event.clientY - box.y) / box.height);
      },
      { passive: false, signal },
    );
    svg.addEventListener("focusin", (event) => {
      const group = event.target instanceof Element ? event.target.closest(".node") : null;
      if (group && group.matches(":focus-visible")) this.choose(Number(group.id.slice(1)));
    }, { signal });
  }
}
