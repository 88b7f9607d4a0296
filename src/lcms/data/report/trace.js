// One chromatogram: trace, baseline, fit, components, internal standard, borders, expected time.
"use strict";

const FIT = "#d55e00", BASELINE = "#7a5195", COMPONENT = "#009e73", STANDARD = "#56b4e9", EXPECTED = "#b07400";
const PEAK = "#0072b2", REJECTED = "#8a949e";
const VIEW_WIDTHS = 4; // of the peak, shown on either side of it
const LEAST_VIEW = 12; // s, on either side

function viewOf(pair, trace) {
  const whole = [trace.x[0], trace.x[trace.x.length - 1]];
  const middle = pair.apex ?? pair.expected;
  if (middle === undefined) return whole;
  const width = pair.fwhm ?? 8;
  const half = Math.max(LEAST_VIEW, VIEW_WIDTHS * width, 1.6 * ((pair.right ?? 0) - (pair.left ?? 0)));
  return [Math.max(whole[0], middle - half), Math.min(whole[1], middle + half)];
}

// Times of the curves: those of the trace are too far apart for a smooth line.
function fineTimes([from, to]) {
  const n = 160;
  return Array.from({ length: n }, (_, k) => from + (to - from) * k / (n - 1));
}

// The columns of a plot: one common time axis, the trace and the curves, with gaps between.
function traceColumns(pair, trace, view, standard, ion) {
  const columns = [[trace.x, trace.y]];
  if (pair.components) {
    const x = fineTimes(view), baseline = straight(pair.baseline, x);
    const curves = pair.components.map((component) => componentCurve(component, x));
    const sum = x.map((_, k) => baseline[k] + curves.reduce((total, curve) => total + curve[k], 0));
    columns.push([x, baseline], [x, sum]);
    curves.forEach((curve, k) => {
      const isOwn = pair.components[k][0] === ion.ion_id && !isSum(ion);
      const isSeen = Math.max(...curve.map(Math.abs)) > 0.02 * Math.max(...sum);
      if (!isOwn && isSeen) columns.push([x, curve.map((value, j) => value + baseline[j])]);
    });
  }
  const n = columns.length;
  if (standard) columns.push([standard.x, scaledStandard(standard, peakHeight(pair, trace, view))]);
  return { joined: uPlot.join(columns), n, hasStandard: Boolean(standard) };
}

// The intensity axis: of the first view as high as the peak, which no neighbour flattens; after
// that it follows what is shown of the time axis.
function topOf(pair, trace, shown, view) {
  const highest = shown[0] === view[0] && shown[1] === view[1] ? 1.15 * peakHeight(pair, trace, view) : highestIn(trace, shown);
  return (highest || 1) * 1.12;
}

// Of what has no peak it is the height where one is expected, if there is anything.
function peakHeight(pair, trace, view) {
  if (pair.left !== undefined) return highestIn(trace, [pair.left, pair.right]);
  const near = pair.expected === undefined ? 0 : highestIn(trace, [pair.expected - LEAST_VIEW / 2, pair.expected + LEAST_VIEW / 2]);
  return near || highestIn(trace, view);
}

function highestIn({ x, y }, [from, to]) {
  let highest = 0;
  x.forEach((time, k) => { if (time >= from && time <= to) highest = Math.max(highest, y[k]); });
  return highest;
}

// The standard as high as the peak, so that their shapes and times can be compared.
function scaledStandard({ y, height }, peak) {
  return y.map((value) => value * peak / height);
}

// The trace of an internal standard with the height of its peak; null if it has none.
function standardOf(pair) {
  const trace = traceOf(pair);
  const height = trace && pair.left !== undefined ? highestIn(trace, [pair.left, pair.right]) : 0;
  return height > 0 ? { ...trace, height } : null;
}

function traceSeries(n, hasStandard, hasFit) {
  const plain = (label, stroke, more = {}) => ({ label, stroke, width: 1.2, points: { show: false }, ...more });
  const series = [{}, plain("trace", INK, { points: { show: true, size: 3.4, fill: INK, stroke: INK } })];
  if (hasFit) {
    series.push(plain("baseline", BASELINE, { dash: [5, 3] }), plain("fit", FIT, { width: 1.6 }));
    for (let k = 3; k < n; k += 1) series.push(plain("component", COMPONENT, { dash: [2, 2] }));
  }
  if (hasStandard) series.push(plain("internal standard", STANDARD, { dash: [6, 3], width: 1.4 }));
  return series;
}

// Draws a pair. `options`: height, isLog, standard (a trace), whole (not zoomed to the peak).
function drawTrace(holder, pair, ion, options) {
  const trace = traceOf(pair);
  if (!trace || trace.x.length < 2) {
    holder.replaceChildren(element("p", { class: "nothing" }, word(pair.status)));
    return null;
  }
  const view = options.whole ? [trace.x[0], trace.x[trace.x.length - 1]] : viewOf(pair, trace);
  const { joined, n, hasStandard } = traceColumns(pair, trace, view, options.standard, ion);
  let shown = view;
  const floor = lowestPositive(trace.y) || 1;
  const plot = new uPlot({
    width: Math.max(160, Math.floor(holder.clientWidth)), height: options.height, legend: { show: false },
    padding: [8, 8, 0, 0], series: traceSeries(n, hasStandard, Boolean(pair.components)),
    scales: {
      x: { time: false, range: (_, from, to) => (shown = [from, to]) },
      y: { distr: options.isLog ? 3 : 1, range: () => [options.isLog ? floor : 0, topOf(pair, trace, shown, view)] },
    },
    axes: [xAxis("", { size: 24, labelSize: 0 }), axis("", { size: 42, labelSize: 0, space: 28, values: (_, splits) => splits.map(tick) })],
    cursor: { show: Boolean(options.isBig), points: { show: false }, drag: { x: Boolean(options.isBig), y: false } },
    hooks: { drawClear: [(plot) => drawMarks(plot, pair)] },
  }, options.isLog ? positive(joined) : joined, holder);
  plot.setScale("x", { min: view[0], max: view[1] });
  return plot;
}

const tick = (value) => (value === null || value === undefined ? "" : value >= 1e4 ? value.toExponential(1).replace(/\.?0?e\+/, "e") : number(value));
const lowestPositive = (values) => values.reduce((least, value) => (value > 0 && value < least ? value : least), Infinity);
const positive = ([x, ...columns]) => [x, ...columns.map((column) => column.map((value) => (value > 0 ? value : null)))];

// Behind the curves: the borders, shaded, the expected time, and the rejected candidates.
function drawMarks(plot, pair) {
  const { ctx } = plot, { left, top, width, height } = plot.bbox;
  ctx.save();
  clipped(plot);
  if (pair.left !== undefined) {
    const from = plot.valToPos(pair.left, "x", true), to = plot.valToPos(pair.right, "x", true);
    ctx.fillStyle = "rgba(0,114,178,.13)";
    ctx.fillRect(from, top, to - from, height);
    for (const at of [from, to]) stroke(ctx, PEAK, at, top, height, []);
  }
  if (pair.expected !== undefined) stroke(ctx, EXPECTED, plot.valToPos(pair.expected, "x", true), top, height, [3, 3]);
  ctx.fillStyle = REJECTED;
  for (const [time] of pair.rejected ?? []) {
    const at = plot.valToPos(time, "x", true), size = 4 * devicePixelRatio;
    ctx.beginPath();
    ctx.moveTo(at - size, top);
    ctx.lineTo(at + size, top);
    ctx.lineTo(at, top + 1.6 * size);
    ctx.fill();
  }
  ctx.restore();
}

function stroke(ctx, colour, at, top, height, dash) {
  ctx.strokeStyle = colour;
  ctx.lineWidth = 1.3 * devicePixelRatio;
  ctx.setLineDash(dash.map((part) => part * devicePixelRatio));
  ctx.beginPath();
  ctx.moveTo(at, top);
  ctx.lineTo(at, top + height);
  ctx.stroke();
}
