// Elements of the page. Texts go in as text, never as HTML: a name of a sheet may hold anything.
"use strict";

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return made;
}

function hash(view, query = {}) {
  const given = Object.entries(query).filter(([, value]) => value !== "" && value !== null && value !== undefined);
  return "#/" + view + (given.length ? "?" + new URLSearchParams(given) : "");
}

function number(value, digits = 3) {
  if (value === null || value === undefined) return "";
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e5 || size < 1e-3)) return value.toExponential(digits - 1).replace(/\.?0*e\+?/, "e");
  return Number(value.toPrecision(digits)).toString();
}

const badge = (kind) => element("span", { class: "type " + kind }, word(kind));
const mark = (index) => element("span", { class: "mark " + (page.levels[index] ?? "none") },
  { [VALID]: "valid", [WARNING]: "warning", [ERROR]: "error" }[index] ?? "not judged");
const plural = (n, one, many) => `${n} ${n === 1 ? one : many}`;

function table(head, rows, attributes = {}) {
  return element("div", { class: "scroll" }, element("table", attributes,
    element("thead", {}, element("tr", {}, head.map((cell) => element("th", { scope: "col" }, cell)))),
    element("tbody", {}, rows.map((cells) => element("tr", {}, cells.map((cell) => element("td", {}, cell)))))));
}
