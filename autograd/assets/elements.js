// Small helpers for the panels. Everything that comes from the graph is set as text, never as markup.

/** @param {string} id @returns {any} */
const byId = (id) => document.getElementById(id);

/** An element with properties and children; strings become text.
 * @param {string} name @param {Record<string, any>} properties @param {(Node | string)[]} children
 * @returns {any} */
function element(name, properties = {}, ...children) {
  const { role, label, ...rest } = properties;
  const made = Object.assign(document.createElement(name), rest);
  if (role) made.setAttribute("role", role);
  if (label) made.setAttribute("aria-label", label);
  made.append(...children);
  return made;
}

/** @param {string[]} head @param {(string | Node)[][]} rows @param {string} caption */
function table(head, rows, caption) {
  const line = (/** @type {(string | Node)[]} */ cells, /** @type {string} */ kind) =>
    element("tr", {}, ...cells.map((cell) => element(kind, {}, cell)));
  return element(
    "div",
    { className: "scroll" },
    element("table", {}, element("caption", {}, caption), element("thead", {}, line(head, "th")), element("tbody", {}, ...rows.map((r) => line(r, "td")))),
  );
}
