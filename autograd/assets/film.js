// The film of a training: a slider over epochs, the cost curve, the most charged connections and what the model answers.

/** One colour and one shape for each class: colour is never the only sign. Okabe and Ito's palette. */
const CLASSES = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"];
const SHAPES = ["M-4 0A4 4 0 1 0 4 0A4 4 0 1 0 -4 0Z", "M-4 -4H4V4H-4Z", "M0 -5L5 4H-5Z", "M0 -5L5 0L0 5L-5 0Z", "M-5 -4H5L0 5Z", "M-2 -5H2V5H-2Z"];

/** @typedef {{epochs: number[], costs: number[], row: number, of: number[], axes: string[], around: number[], points: number[][],
 *   charged: {name: string, by: string, weight: number, charge: number}[][], shades: (number[] | null)[]}} Film */

/** The film's panel; `change` shows another epoch. @param {Film} film @param {number} frame @param {(frame: number) => void} change */
function filmPanel(film, frame, change) {
  const tip = "Drag through the epochs";
  const slider = element("input", { id: "epoch", type: "range", min: 0, max: film.epochs.length - 1, step: 1, label: "Epoch", title: tip });
  slider.value = frame;
  const live = element("div", { id: "film" }, ...filmFrame(film, frame));
  slider.oninput = () => {
    change(Number(slider.value));
    live.replaceChildren(...filmFrame(film, Number(slider.value)));
  };
  return [element("h2", {}, "Training"), slider, live];
}

/** @param {Film} film @param {number} frame */
function filmFrame(film, frame) {
  const after = `After epoch ${film.epochs[frame]} of ${film.costs.length} the mean cost of the rows is ${shown(film.of[frame])}.`;
  const rows = film.charged[frame].map((c) => [c.name, c.by, shown(c.weight), shown(c.charge)]);
  return [
    element("p", { role: "status" }, `${after} The network shows row ${film.row}.`),
    costCurve(film, frame),
    table(["connection", "by", "weight", "mean |charge|"], rows, "Charged most, over all rows"),
    ...(film.shades[frame] ? [element("h2", {}, "What it answers"), boundaryPicture(film, frame)] : []),
  ];
}

/** The cost over epochs, with the epoch of now marked. @param {Film} film @param {number} frame */
function costCurve(film, frame) {
  const [width, height] = [340, 130];
  const top = Math.max(...film.costs) || 1;
  const x = (/** @type {number} */ epoch) => 10 + ((width - 20) * (epoch - 1)) / Math.max(1, film.costs.length - 1);
  const y = (/** @type {number} */ cost) => height - 22 - ((height - 40) * cost) / top;
  const svg = drawn("svg", { viewBox: `0 0 ${width} ${height}`, class: "plot", role: "img", "aria-label": "The cost over epochs" });
  const path = film.costs.map((cost, i) => `${i ? "L" : "M"}${x(i + 1).toFixed(1)} ${y(cost).toFixed(1)}`).join("");
  const at = x(film.epochs[frame]);
  svg.append(
    drawn("path", { d: `M10 ${height - 22}H${width - 10}`, class: "axis" }),
    drawn("path", { d: path, class: "curve" }),
    drawn("path", { d: `M${at} 14V${height - 22}`, class: "mark" }),
    drawn("circle", { cx: at, cy: y(film.costs[film.epochs[frame] - 1]), r: 5, class: "dot" }),
    drawn("text", { x: 10, y: 10 }, `cost in training, from 0 to ${shown(top)}`),
    drawn("text", { x: 10, y: height - 6 }, `epoch 1 to ${film.costs.length}`),
  );
  return svg;
}

/** The model's answers around the rows, and the rows, one shape for each class. @param {Film} film @param {number} frame */
function boundaryPicture(film, frame) {
  const [left, right, bottom, top] = film.around;
  const shades = /** @type {number[]} */ (film.shades[frame]);
  const steps = Math.sqrt(shades.length);
  const side = 300 / steps;
  const several = film.points.some(([, , c]) => c > 1);
  const most = Math.max(...shades.map(Math.abs)) || 1;
  const said = `${film.axes[0]} to the right, ${film.axes[1]} upward`;
  const svg = drawn("svg", { viewBox: "0 0 300 300", class: "plot square", role: "img", "aria-label": `What the model answers: ${said}` });
  shades.forEach((value, i) => {
    const fill = CLASSES[several ? value % CLASSES.length : Number(value > 0)];
    const strength = several ? 0.3 : 0.1 + (0.5 * Math.abs(value)) / most;
    const box = { x: (i % steps) * side, y: Math.floor(i / steps) * side, width: side + 0.3, height: side + 0.3 };
    svg.append(drawn("rect", { ...box, fill, "fill-opacity": strength.toFixed(2) }));
  });
  for (const [x, y, c] of film.points) {
    const transform = `translate(${(300 * (x - left)) / (right - left)} ${(300 * (top - y)) / (top - bottom)})`;
    svg.append(drawn("path", { d: SHAPES[c % SHAPES.length], transform, fill: CLASSES[c % CLASSES.length], class: "point" }));
  }
  const colours = several ? "The colour is the class that it answers." : "Orange: above the threshold; blue: below; stronger is farther.";
  return element("div", {}, svg, element("p", { className: "quiet" }, `${said}. ${colours} Each class has a shape.`));
}
