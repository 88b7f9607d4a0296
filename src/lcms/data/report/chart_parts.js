// Charts over runs and over concentrations: uPlot with the colours and axes of the page.
"use strict";

// Colours of Okabe and Ito, which colour-blind people tell apart; hollow points hold no analyte.
const TYPE_COLOURS = {
  unknown: "#56606b", calibrator: "#0072b2", quality_control: "#d55e00", pooled_qc: "#009e73",
  zero: "#cc79a7", blank: "#e69f00", solvent: "#b8a000",
};
const HOLLOW = new Set(["zero", "blank", "solvent"]);
const INK = "#3a4652", GRID = "#e8ecef";

function axis(label, more = {}) {
  return { label, labelSize: 16, labelFont: "11px system-ui", font: "10px system-ui", stroke: INK, size: 46,
    grid: { stroke: GRID, width: 1 }, ticks: { stroke: "#aab4be", width: 1, size: 4 },
    values: (_, splits) => splits.map((value) => (value === null ? "" : number(value))), ...more };
}

const xAxis = (label, more = {}) => axis(label, { size: 30, ...more });

function pointSeries(label, colour, more = {}) {
  return { label, stroke: colour, width: 0, paths: () => null,
    points: { show: true, size: 6, width: 1.4, stroke: colour, fill: colour, ...more.points }, ...more.series };
}

// A chart that takes the width of its holder; `draws` are called with the chart behind its points.
function chart(holder, { title, height = 230, series, data, axes, scales, draws = [], onPoint, keep }) {
  const figure = element("figure", { class: "chart" }, element("figcaption", {}, title));
  const place = element("div", { class: "plot" });
  figure.append(place);
  holder.append(figure);
  const plot = new uPlot({
    width: Math.max(220, Math.floor(place.clientWidth || 300)), height, series, axes, scales,
    legend: { show: false }, padding: [6, 18, 0, 0], pxAlign: false,
    cursor: { points: { show: false }, drag: { x: true, y: true, uni: 30 }, focus: { prox: 12 } },
    hooks: { drawAxes: draws },
  }, data, place);
  if (onPoint) followPoints(plot, place, onPoint);
  keep?.(plot, place);
  resized.observe(place);
  place.plot = plot;
  return plot;
}

const resized = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    const width = Math.floor(target.clientWidth);
    if (target.plot && width > 0 && Math.abs(width - target.plot.width) > 1) target.plot.setSize({ width, height: target.plot.height });
  }
});

// The nearest point within a few pixels: its text beside the pointer, a click opens it.
function followPoints(plot, place, { text, open }) {
  const tip = element("div", { class: "tip", hidden: true });
  place.append(tip);
  let nearest = null;
  plot.over.addEventListener("mousemove", (event) => {
    nearest = nearestPoint(plot, event.offsetX, event.offsetY);
    tip.hidden = nearest === null;
    plot.over.style.cursor = nearest === null ? "crosshair" : "pointer";
    if (nearest === null) return;
    tip.textContent = text(nearest);
    const left = plot.over.offsetLeft + event.offsetX;
    tip.style.left = Math.min(left + 10, place.clientWidth - tip.offsetWidth - 4) + "px";
    tip.style.top = plot.over.offsetTop + event.offsetY + 14 + "px";
  });
  plot.over.addEventListener("mouseleave", () => { tip.hidden = true; nearest = null; });
  plot.over.addEventListener("click", () => { if (nearest !== null) open(nearest); });
}

function nearestPoint(plot, left, top) {
  let best = null, least = 12 ** 2;
  for (let s = 1; s < plot.series.length; s += 1) {
    if (!plot.series[s].points?.show || !plot.series[s].show) continue;
    const scale = plot.series[s].scale;
    plot.data[s].forEach((y, k) => {
      if (y === null || y === undefined) return;
      const away = (plot.valToPos(plot.data[0][k], "x") - left) ** 2 + (plot.valToPos(y, scale) - top) ** 2;
      if (away < least) { least = away; best = k; }
    });
  }
  return best;
}

// Functions for `draws`: a shaded band, and lines across the chart.
function band(low, high, colour) {
  return (plot) => {
    const top = plot.valToPos(high, "y", true), bottom = plot.valToPos(low, "y", true);
    const { left, width } = plot.bbox;
    plot.ctx.save();
    clipped(plot);
    plot.ctx.fillStyle = colour;
    plot.ctx.fillRect(left, top, width, bottom - top);
    plot.ctx.restore();
  };
}

function line(scale, value, colour, dash = [4, 3]) {
  return (plot) => {
    const at = plot.valToPos(value, scale, true), { left, top, width, height } = plot.bbox;
    plot.ctx.save();
    clipped(plot);
    plot.ctx.strokeStyle = colour;
    plot.ctx.lineWidth = devicePixelRatio * 1.2;
    plot.ctx.setLineDash(dash.map((part) => part * devicePixelRatio));
    plot.ctx.beginPath();
    if (scale === "x") { plot.ctx.moveTo(at, top); plot.ctx.lineTo(at, top + height); }
    else { plot.ctx.moveTo(left, at); plot.ctx.lineTo(left + width, at); }
    plot.ctx.stroke();
    plot.ctx.restore();
  };
}

function clipped(plot) {
  const { left, top, width, height } = plot.bbox;
  plot.ctx.beginPath();
  plot.ctx.rect(left, top, width, height);
  plot.ctx.clip();
}
