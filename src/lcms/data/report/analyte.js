// The charts of one analyte: calibration and accuracy, and its values over the injections.
"use strict";

function analyteCards(targetId, batch, data) {
  const ion = quantifierOf.get(targetId);
  const card = element("section", { class: "card" });
  card.append(element("h2", {}, ionLabel(page.ions[ion]), page.ions[ion].name === targetId ? null : element("small", {}, targetId)), ionFacts(page.ions[ion]));
  const batches = page.batches.map((row) => row.name).filter((name) => !batch || name === batch);
  requestAnimationFrame(() => {
    for (const name of batches) calibrationCharts(card, targetId, name);
    injectionCharts(card, ion, batch, data);
  });
  return card;
}

function ionFacts(ion) {
  const mz = `m/z ${ion.mz}` + (ion.product_mz ? ` \u2192 ${ion.product_mz}` : "");
  const standard = ion.standard === null ? "no internal standard" : `internal standard ${page.ions[ion.standard].target_id}`;
  const facts = [mz, ion.adduct, word(ion.kind),
    ion.listed_s === null ? "no listed time" : `listed at ${number(ion.listed_s, 5)} s (${number(ion.listed_s / 60, 4)} min)`,
    ion.kind === "internal_standard" ? null : standard,
    isSum(ion) ? "never add it to its isomers" : null,
    ion.isomers.length ? "integrated together with " + ion.isomers.map((k) => page.ions[k].target_id).join(", ") : null];
  return element("p", { class: "facts" }, facts.filter(Boolean).map((fact) => element("span", {}, fact)));
}

function calibrationCharts(card, targetId, batch) {
  const curve = curveOf(targetId, batch);
  if (!curve) return;
  const passes = curve.verdict === "pass";
  card.append(element("h3", {}, `Calibration, batch ${batch} `, element("span", { class: "mark " + (passes ? "valid" : "error") }, passes ? "passes" : "fails"), curve.verdict_why ? " " + curve.verdict_why.replaceAll("_", " ") : ""));
  card.append(element("p", { class: "facts" }, curveFacts(curve).map((fact) => element("span", {}, fact))));
  const holder = element("div", { class: "charts" });
  card.append(holder);
  curveChart(holder, targetId, curve);
  accuracyChart(holder, targetId, curve);
  excludedTable(card, targetId, curve);
}

function curveFacts(curve) {
  const { quality } = curve;
  const cv = quality.pooled_qc_cv_percent;
  return [
    `${curve.model.replaceAll("_", " ")}, weights ${curve.weighting}`,
    curve.lloq === null ? "no range" : `range ${number(curve.lloq)} to ${number(curve.uloq)} ${page.unit}`,
    curve.lod === null ? null : `limit of detection ${number(curve.lod)} ${page.unit}`,
    driftFact(curve),
    cv === undefined ? null : `CV of pooled QCs ${number(cv)} %` + (curve.drift === "not_judged" ? "" : ` (${number(quality.pooled_qc_cv_raw_percent)} % before drift correction)`),
    quality.blank_percent === undefined ? null : `blanks ${number(quality.blank_percent)} % of the LLOQ`,
    quality.carry_over_percent === undefined ? null : `carry-over ${number(quality.carry_over_percent)} % of the LLOQ`,
  ].filter(Boolean);
}

function driftFact({ drift, drift_percent }) {
  if (drift === "not_judged") return "no drift correction: too few replicates";
  return (drift === "none" ? "most probably no drift" : `most probably a ${drift} drift`) + `; ${Math.abs(drift_percent) < 0.05 ? "less than 0.05" : number(drift_percent)} % corrected over the batch`;
}

const responseAt = (curve, x) => (curve.intercept ?? 0) + (curve.slope ?? 0) * x + (curve.curvature ?? 0) * x * x;
const openPanel = (targetId, run) => { location.hash = hash("panels", { compound: targetId, batch: page.runs[run].batch, at: page.runs[run].sample_id }); };

// The calibrators, sorted by concentration; those of concentration 0 have no place on a log axis.
const plotted = (curve) => curve.calibrators.filter((point) => point.nominal > 0).sort((a, b) => a.nominal - b.nominal);

function curveChart(holder, targetId, curve) {
  const points = plotted(curve);
  if (!points.length) return;
  const low = points[0].nominal, high = points[points.length - 1].nominal;
  const grid = Array.from({ length: 60 }, (_, k) => low * (high / low) ** (k / 59));
  const pick = (used) => points.map((point) => (point.used === used && point.corrected > 0 ? point.corrected : null));
  const above = (value) => (value > 0 ? value : null);
  const joined = uPlot.join([[points.map((point) => point.nominal), pick(true), pick(false)],
    ...(curve.slope === null ? [] : [[grid, grid.map((x) => above(responseAt(curve, x)))]])].map(uniqueX));
  const limits = [curve.lloq, curve.uloq].filter((value) => value > 0).map((value) => line("x", value, "#7a5195"));
  chart(holder, {
    title: "Response, drift-corrected, against nominal concentration; hollow: not in the fit; dashed: LLOQ and ULOQ",
    series: [{}, pointSeries("in the fit", TYPE_COLOURS.calibrator), pointSeries("not in the fit", "#b2182b", { points: { fill: "#fff" } }),
      { label: "curve", stroke: INK, width: 1.4, points: { show: false } }].slice(0, joined.length),
    data: joined, scales: { x: { time: false, distr: 3 }, y: { distr: 3 } },
    axes: [xAxis(page.unit), axis("response")], draws: limits,
  });
}

// uPlot joins columns by their x: replicates of one level are moved apart by less than is seen.
function uniqueX([x, ...columns]) {
  const times = new Map();
  return [x.map((value) => { const n = times.get(value) ?? 0; times.set(value, n + 1); return value * (1 + n * 1e-6); }), ...columns];
}

function accuracyChart(holder, targetId, curve) {
  const points = plotted(curve).filter((point) => point.accuracy_percent !== null);
  if (!points.length) return;
  const { accuracy, accuracy_lloq } = page.limits;
  const data = uniqueX([points.map((point) => point.nominal), points.map((point) => (point.used ? point.accuracy_percent : null)),
    points.map((point) => (point.used ? null : point.accuracy_percent))]);
  const most = Math.max(1.4 * accuracy_lloq, ...points.map((point) => Math.min(150, Math.abs(point.accuracy_percent - 100) * 1.1)));
  const clip = (column) => column.map((value) => (value === null ? null : Math.max(100 - most, Math.min(100 + most, value))));
  chart(holder, {
    title: `Accuracy (residuals); bands \u00b1${accuracy} % and \u00b1${accuracy_lloq} % at the LLOQ; click a point for its peak`,
    series: [{}, pointSeries("in the fit", TYPE_COLOURS.calibrator), pointSeries("not in the fit", "#b2182b", { points: { fill: "#fff" } })],
    data: [data[0], clip(data[1]), clip(data[2])],
    scales: { x: { time: false, distr: 3 }, y: { range: [100 - most, 100 + most] } },
    axes: [xAxis(page.unit), axis("accuracy, %")],
    draws: [band(100 - accuracy_lloq, 100 + accuracy_lloq, "rgba(0,114,178,.08)"), band(100 - accuracy, 100 + accuracy, "rgba(0,114,178,.14)"), line("y", 100, "#8a949e", [])],
    onPoint: { text: (k) => `${page.runs[points[k].run].sample_id}: ${number(points[k].accuracy_percent, 4)} %`, open: (k) => openPanel(targetId, points[k].run) },
  });
}

function excludedTable(card, targetId, curve) {
  const rows = curve.calibrators.filter((point) => !point.used).map((point) => [
    element("a", { href: hash("panels", { compound: targetId, at: page.runs[point.run].sample_id }) }, page.runs[point.run].sample_id),
    number(point.nominal), number(point.back_calculated), point.accuracy_percent === null ? "" : number(point.accuracy_percent) + " %",
    page.words.exclusion[point.excluded_why] ?? point.excluded_why ?? ""]);
  if (!rows.length) return;
  card.append(element("details", { open: rows.length <= 4 }, element("summary", {}, plural(rows.length, "calibrator is", "calibrators are") + " not in the fit"),
    table(["Run", `Nominal, ${page.unit}`, `Back-calculated, ${page.unit}`, "Accuracy", "Why"], rows)));
}

// Charts over the injections: each is a value of the pair, by sample type.
const OVER_RUNS = [
  { title: "Response before drift correction", label: "response", value: (pair) => pair.response, isLog: true },
  { title: "Response after drift correction", label: "response", value: (pair) => pair.corrected, isLog: true },
  { title: "Concentration", label: () => page.unit, value: (pair) => pair.concentration, isLog: true },
  { title: "Area; blanks and carry-over are at the bottom", label: "count s", value: (pair) => pair.area, isLog: true },
  { title: "Retention time", label: "s", value: (pair) => pair.apex },
  { title: "m/z error less the mass offset of the run", label: "ppm", value: (pair) => pair.mz_error },
  { title: "Width at half height", label: "s", value: (pair) => pair.fwhm },
  { title: "Ion ratio", label: "", value: (pair) => pair.ion_ratio },
];

function injectionCharts(card, ion, batch, data) {
  const runs = injected.filter((run) => !batch || page.runs[run].batch === batch);
  const kinds = page.types.filter((kind) => runs.some((run) => typeOf(run) === kind));
  card.append(element("h3", {}, "Over the injections"), element("p", { class: "legend" }, kinds.map((kind) =>
    element("span", {}, element("i", { class: "dot", style: `border-color:${TYPE_COLOURS[kind]};background:${HOLLOW.has(kind) ? "#fff" : TYPE_COLOURS[kind]}` }), word(kind)))));
  const holder = element("div", { class: "charts" });
  card.append(holder);
  const starts = runs.filter((run, k) => k && page.runs[run].batch !== page.runs[runs[k - 1]].batch).map((run) => line("x", position[run] + 0.5, "#8a949e"));
  for (const { title, label, value, isLog } of OVER_RUNS) {
    const shown = (kind) => runs.map((run) => {
      const number = typeOf(run) === kind ? value(data[run]) : undefined;
      return number === undefined || (isLog && number <= 0) ? null : number;
    });
    const columns = kinds.map(shown);
    if (!columns.some((column) => column.some((number) => number !== null))) continue;
    chart(holder, {
      title, height: 190, data: [runs.map((run) => position[run] + 1), ...columns],
      series: [{}, ...kinds.map((kind) => pointSeries(word(kind), TYPE_COLOURS[kind], HOLLOW.has(kind) ? { points: { fill: "#fff" } } : {}))],
      scales: { x: { time: false }, y: isLog ? { distr: 3 } : {} }, draws: starts,
      axes: [xAxis("injection"), axis(typeof label === "function" ? label() : label)],
      onPoint: { text: (k) => `${page.runs[runs[k]].sample_id}: ${number(value(data[runs[k]]), 4)}`, open: (k) => openPanel(page.ions[ion].target_id, runs[k]) },
    });
  }
}
