// Compound by run, coloured by triage; a cell leads to its panel. A canvas: a thousand runs are quick.
"use strict";

const LEVEL_COLOURS = ["#9ecae1", "#f2b134", "#b2182b", "#e4e7ea"];
const ROW_HEIGHT = 18, LEAST_CELL = 2, MOST_CELL = 22;

function heatMap(batch) {
  const runs = injected.filter((run) => page.runs[run].batch === batch);
  const rows = page.ions.map((_, k) => k).filter((k) => isQuantifier(page.ions[k]));
  const names = element("div", { class: "names" }, rows.map((ion) =>
    element("a", { href: hash("panels", { compound: page.ions[ion].target_id, batch }) }, page.ions[ion].target_id)));
  const canvas = element("canvas", { tabindex: "0", role: "application",
    "aria-label": `Triage of ${rows.length} compounds in ${runs.length} runs; move with the arrow keys, open with Enter` });
  const told = element("p", { class: "told", "aria-live": "polite" });
  const holder = element("div", { class: "heat" }, names, element("div", { class: "cells" }, canvas));
  const state = { row: 0, column: 0, cell: LEAST_CELL, has: false };
  const paint = () => {
    const room = canvas.parentElement.clientWidth;
    if (!room) return;
    state.cell = Math.min(MOST_CELL, Math.max(LEAST_CELL, Math.floor(room / runs.length)));
    paintCells(canvas, rows, runs, state);
  };
  new ResizeObserver(paint).observe(holder);
  const open = () => { location.hash = hash("panels", { compound: page.ions[rows[state.row]].target_id, batch, at: page.runs[runs[state.column]].sample_id }); };
  const tell = () => {
    const ion = rows[state.row], run = runs[state.column];
    const rules = rulesOf(ion, run).map(rulePhrase).join("; ");
    told.textContent = `${page.ions[ion].target_id}, ${page.runs[run].sample_id} (${word(typeOf(run))}): ${page.levels[level(ion, run)] ?? "not judged"}${rules ? ": " + rules : ""}`;
  };
  const point = (event) => {
    state.column = Math.min(runs.length - 1, Math.floor(event.offsetX / state.cell));
    state.row = Math.min(rows.length - 1, Math.floor(event.offsetY / ROW_HEIGHT));
    state.has = true;
    tell();
    paint();
  };
  canvas.addEventListener("mousemove", point);
  canvas.addEventListener("click", (event) => { point(event); open(); });
  canvas.addEventListener("focus", () => { state.has = true; tell(); paint(); });
  canvas.addEventListener("keydown", (event) => {
    const [down, right] = { ArrowDown: [1, 0], ArrowUp: [-1, 0], ArrowRight: [0, 1], ArrowLeft: [0, -1] }[event.key] ?? [];
    if (event.key === "Enter") open();
    else if (down !== undefined) {
      state.row = (state.row + down + rows.length) % rows.length;
      state.column = (state.column + right + runs.length) % runs.length;
      event.preventDefault();
      tell();
      paint();
    }
  });
  return element("div", {}, legend(), holder, told);
}

function paintCells(canvas, rows, runs, { cell, row, column, has }) {
  const width = runs.length * cell, height = rows.length * ROW_HEIGHT, scale = devicePixelRatio;
  canvas.width = width * scale;
  canvas.height = height * scale;
  canvas.style.width = width + "px";
  canvas.style.height = height + "px";
  const ctx = canvas.getContext("2d");
  ctx.scale(scale, scale);
  const gap = cell > 5 ? 1 : 0;
  rows.forEach((ion, i) => runs.forEach((run, j) => {
    const kind = level(ion, run);
    ctx.fillStyle = LEVEL_COLOURS[kind];
    ctx.fillRect(j * cell, i * ROW_HEIGHT, cell - gap, ROW_HEIGHT - 1);
    if (kind === ERROR && cell > 8) { // told apart without colour
      ctx.fillStyle = "#fff";
      ctx.fillRect(j * cell + cell / 2 - 2, i * ROW_HEIGHT + ROW_HEIGHT / 2 - 2, 4, 4);
    }
  }));
  if (has) {
    ctx.lineWidth = 2;
    ctx.strokeRect(column * cell, row * ROW_HEIGHT, Math.max(cell - gap, 3), ROW_HEIGHT - 1);
  }
}

function legend() {
  return element("p", { class: "legend" }, ["valid", "warning", "error", "not judged"].map((name, k) =>
    element("span", {}, element("i", { style: `background:${LEVEL_COLOURS[k]}` }), name)));
}

function mapView() {
  return page.batches.map((batch) => element("section", { class: "card" }, element("h2", {}, `Batch ${batch.name}`), heatMap(batch.name)));
}
