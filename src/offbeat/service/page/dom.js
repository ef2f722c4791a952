// Elements made in one line. Text goes in as text: keys and names of others are never read as markup.

const SVG = "http://www.w3.org/2000/svg";

export const element = (id) => document.getElementById(id);

function filled(made, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

export const make = (tag, attributes = {}, ...children) => filled(document.createElement(tag), attributes, children);

export const draw = (tag, attributes = {}, ...children) => filled(document.createElementNS(SVG, tag), attributes, children);

// Write text only where it is another one, so that readers of the screen are not told the same again.
export function write(where, text) {
  if (where.textContent !== text) where.textContent = text;
}

const SHAPES = {
  normal: ["circle", { cx: 8, cy: 8, r: 5 }],
  watch: ["path", { d: "M8 2 L15 14 H1 Z" }],
  alarm: ["path", { d: "M8 0.5 L15.5 8 L8 15.5 L0.5 8 Z" }],
  silent: ["path", { d: "M3 3 L13 13 M13 3 L3 13" }],
  warming_up: ["circle", { cx: 8, cy: 8, r: 5 }], // a ring
};

export const wordOf = (light) => light.replace("_", " ");

// The mark of a light: a diamond, a triangle, a cross, a ring or a disc, so that the colour is not all that tells them apart.
export function mark(light) {
  const [tag, shape] = SHAPES[light] || SHAPES.normal;
  return draw("svg", { class: `mark ${light}`, viewBox: "0 0 16 16", "aria-hidden": "true" }, draw(tag, shape));
}

// Let the children of a node be these, in this order, without moving what is in its place.
export function arrange(parent, children) {
  const focused = parent.contains(document.activeElement) ? document.activeElement : null;
  let at = parent.firstChild;
  for (const child of children) {
    if (child === at) at = at.nextSibling;
    else parent.insertBefore(child, at);
  }
  while (at) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
  if (focused && focused !== document.activeElement && parent.contains(focused)) focused.focus({ preventScroll: true });
}
