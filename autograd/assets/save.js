// Saving: the picture as SVG and PNG, the page as a file or in a tab of its own.

/** @param {Blob} blob @param {string} name */
function download(blob, name) {
  const link = element("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** The picture as it is seen now, on its own: the whole graph, with the styles that it needs. @param {Picture} picture */
function standalone(picture) {
  const copy = /** @type {SVGSVGElement} */ (picture.svg.cloneNode(true));
  const [width, height] = picture.layout.size;
  copy.setAttribute("xmlns", SVG);
  copy.setAttribute("viewBox", `-12 -12 ${width + 24} ${height + 24}`);
  copy.setAttribute("width", String(width + 24));
  copy.setAttribute("height", String(height + 24));
  const style = drawn("style");
  const colours = [...getComputedStyle(document.documentElement)].filter((name) => name.startsWith("--"));
  const set = colours.map((name) => `${name}:${getComputedStyle(document.documentElement).getPropertyValue(name)}`).join(";");
  const rules = [...document.styleSheets[0].cssRules].map((rule) => rule.cssText).filter((rule) => rule.startsWith(":is(#graph"));
  style.textContent = `svg{${set}}\n${rules.join("\n")}`;
  const paper = drawn("rect", { x: -12, y: -12, width: width + 24, height: height + 24, fill: "var(--paper)" });
  copy.prepend(style, paper);
  return new XMLSerializer().serializeToString(copy);
}

/** @param {Picture} picture */
function saveSvg(picture) {
  download(new Blob([standalone(picture)], { type: "image/svg+xml" }), "graph.svg");
}

/** @param {Picture} picture */
async function savePng(picture) {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(standalone(picture))}`;
  await image.decode();
  const scale = Math.min(2, 8000 / Math.max(image.width, image.height));
  const canvas = element("canvas", { width: image.width * scale, height: image.height * scale });
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  canvas.toBlob((/** @type {Blob} */ blob) => download(blob, "graph.png"));
}

/** @param {string} source the page's own text */
function openAlone(source) {
  const blob = new Blob([source], { type: "text/html" });
  if (!window.open(URL.createObjectURL(blob))) download(blob, "page.html");
}
