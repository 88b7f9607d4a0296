// The chromatograms of each target without a listed time, and the peaks that may be its own.
"use strict";

// Blue to brown, as colour-blind people tell them apart: the first run has the most.
const RUN_COLOURS = ["#08306b", "#2171b5", "#6baed6", "#74a9a0", "#c9a227", "#a6611a"];
const colourOf = (run) => RUN_COLOURS[Math.min(run, RUN_COLOURS.length - 1)];
const targets = JSON.parse(document.getElementById("page").textContent);

document.querySelectorAll("i[data-run]").forEach((line) => {
  line.style.borderTop = "2px solid " + colourOf(Number(line.dataset.run));
});
document.querySelectorAll("div[data-target]").forEach((place) => draw(place, targets[Number(place.dataset.target)]));

function draw(place, target) {
  if (target.curves.length === 0) {
    place.textContent = "No run holds this ion.";
    return;
  }
  const axis = (label, size) => ({ label, labelSize: 16, labelFont: "11px system-ui", font: "10px system-ui", stroke: "#3a4652", size, grid: { stroke: "#e8ecef", width: 1 } });
  const plot = new uPlot({
    width: place.clientWidth, height: 240, legend: { show: false }, pxAlign: false,
    series: [{}, ...target.curves.map(({ run }) => ({ stroke: colourOf(run), width: 1.3, spanGaps: true, points: { show: false } }))],
    scales: { x: { time: false } },
    axes: [axis("retention time, s", 34), { ...axis("counts", 64), values: (_, ticks) => ticks.map((tick) => (tick ? tick.toExponential(1) : "0")) }],
    cursor: { points: { show: false }, drag: { x: true, y: false } },
    hooks: { draw: [(plot) => marks(plot, target)] },
  }, uPlot.join(target.curves.map(({ time, counts }) => [time, counts])), place);
  new ResizeObserver(() => plot.setSize({ width: place.clientWidth, height: 240 })).observe(place);
}

function marks({ ctx, bbox, valToPos, scales }, target) {
  const times = [...(target.time === null ? [] : [[target.time, []]]), ...target.rivals.map((time) => [time, [5, 4]])];
  ctx.save();
  ctx.strokeStyle = "#b2182b";
  ctx.lineWidth = 1.3 * devicePixelRatio;
  for (const [time, dash] of times) {
    if (time < scales.x.min || time > scales.x.max) continue;
    const at = valToPos(time, "x", true);
    ctx.setLineDash(dash.map((part) => part * devicePixelRatio));
    ctx.beginPath();
    ctx.moveTo(at, bbox.top);
    ctx.lineTo(at, bbox.top + bbox.height);
    ctx.stroke();
  }
  ctx.restore();
}
