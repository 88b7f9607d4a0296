// The bench: one peak, large, with its reasons and the means to decide on it.
"use strict";

const bench = { ion: null, run: null, plot: null, holder: null, isLog: false, isWhole: false, withStandard: true };
const LEAST_WIDTH = 0.2; // s, between two borders
const KEY_STEP = 0.1; // s, of a border moved by an arrow key

async function showBench(ion, run) {
  Object.assign(bench, { ion, run });
  const pair = await pairData(ion, run), standardIon = page.ions[ion].standard;
  const standard = standardIon === null || !bench.withStandard ? null : standardOf(await pairData(standardIon, run));
  if (bench.ion !== ion || bench.run !== run || !bench.holder) return; // another peak was chosen meanwhile
  drawBench(pair, standard);
}

function drawBench(pair, standard) {
  const { ion, run, holder } = bench, facts = page.ions[ion], injection = page.runs[run];
  const [left, right] = bordersOf(ion, run, pair);
  const shown = { ...pair, left, right };
  bench.plot?.destroy();
  const place = element("div", { class: "plot big" });
  const parts = [
    element("header", {},
      element("h2", {}, element("a", { href: hash("panels", { compound: facts.target_id, at: injection.sample_id }) }, ionLabel(facts)),
        " in ", element("a", { href: hash("panels", { run: injection.sample_id }) }, injection.sample_id)),
      badge(injection.sample_type), injection.level ? element("span", {}, `level ${injection.level}`) : null, mark(level(ion, run)),
      element("span", { class: "facts" }, element("span", {}, `injection ${injection.injection_order}`), element("span", {}, `batch ${injection.batch}`))),
    reasons(ion, run, pair), place, keyOfCurves(pair, standard), numbers(shown), candidates(pair), buttons(pair), decided()];
  holder.replaceChildren(...parts.filter(Boolean));
  bench.plot = drawTrace(place, shown, facts, { height: bench.holder.clientWidth < 500 ? 200 : 270, isLog: bench.isLog, whole: bench.isWhole, standard, isBig: true });
  if (bench.plot && left !== undefined && !isSum(facts)) borderHandles(bench.plot, pair, [left, right]);
}

function reasons(ion, run, pair) {
  const rules = rulesOf(ion, run).map((rule) => element("li", {}, rulePhrase(rule)));
  const flags = (pair.flags ?? []).filter((flag) => !page.ions[ion].rules[flag]?.includes(run)).map((flag) => element("li", { class: "minor" }, flagPhrase(flag)));
  const { error } = page.runs[run];
  return element("ul", { class: "reasons" }, error ? element("li", {}, error) : null, rules, flags);
}

function numbers(pair) {
  const range = pair.low === undefined ? "" : ` (${number(pair.low)} to ${number(pair.high)})`;
  const facts = [word(pair.result ?? pair.status),
    pair.concentration === undefined ? null : `${number(pair.concentration)} ${page.unit}${range}`,
    pair.accuracy === undefined ? null : `accuracy ${number(pair.accuracy)} %`,
    pair.quality === undefined ? null : `quality ${number(pair.quality, 2)}`,
    pair.apex === undefined ? null : `apex ${number(pair.apex, 5)} s`,
    pair.left === undefined ? null : `borders ${number(pair.left, 5)} to ${number(pair.right, 5)} s`,
    pair.expected === undefined ? null : `expected ${number(pair.expected, 5)} s`,
    pair.area === undefined ? null : `area ${number(pair.area)} \u00b1 ${number(pair.area_sd, 2)} count s (${pair.method})`,
    pair.area_automatic === undefined ? null : `before the review ${number(pair.area_automatic)} count s`,
    pair.signal_to_noise === undefined ? null : `S/N ${number(pair.signal_to_noise)}`,
    pair.resolution === undefined ? null : `resolution ${number(pair.resolution, 2)} (${word(pair.isomers ?? "")})`,
    pair.ion_ratio === undefined ? null : `ion ratio ${number(pair.ion_ratio)}, expected ${number(pair.ion_ratio_expected)}`,
    pair.lod === undefined || pair.concentration !== undefined ? null : `limit of detection ${number(pair.lod)} ${page.unit}`];
  return element("p", { class: "facts" }, facts.filter(Boolean).map((fact) => element("span", {}, fact)));
}

function keyOfCurves(pair, standard) {
  const line = (colour, dash, name) => element("span", {}, element("i", { class: "line", style: `border-top:2px ${dash} ${colour}` }), name);
  return element("p", { class: "legend" }, line(INK, "solid", "trace (counts against s)"), pair.components ? line(FIT, "solid", "fit") : null,
    pair.components ? line(BASELINE, "dashed", "baseline") : null, pair.components?.length > 1 ? line(COMPONENT, "dotted", "other components") : null,
    standard ? line(STANDARD, "dashed", "internal standard, scaled") : null, line(EXPECTED, "dotted", "expected time"), line(PEAK, "solid", "borders"));
}

// The rejected candidates: each can be chosen instead, by its number.
function candidates(pair) {
  const rows = choices(pair).map(([time, , , reason], k) => element("li", {},
    element("button", { type: "button", onclick: () => choose(k) }, `${k + 1}`), ` ${number(time, 5)} s: ${page.words.rejection[reason] ?? reason}`));
  return rows.length ? element("details", { open: rows.length <= 3 }, element("summary", {}, plural(rows.length, "rejected candidate", "rejected candidates")), element("ol", { class: "candidates" }, rows)) : null;
}

const choices = (pair) => (pair.rejected ?? []).filter(([, left]) => left !== null);

// A sum has no peak to decide on: its isomers have.
const DECIDING = new Set([..."arsmxc123456789"]);

function buttons(pair) {
  const { ion, run } = bench, isomers = page.ions[ion].isomers.length > 0, whole = isSum(page.ions[ion]);
  const button = (key, text, act, title) => element("button", { type: "button", onclick: act, title }, element("kbd", {}, key), text);
  const excludes = typeOf(run) === "calibrator" ? "Exclude calibrator" : "Exclude sample";
  return element("div", { class: "buttons" },
    whole ? membersLine(ion, run) : [button("a", "Accept", () => act("a")), button("r", "Reject", () => act("r"), "There is no peak of this compound")],
    button("p", "Previous", () => act("p")), button("n", "Next", () => act("n")), button("u", "Undo", () => act("u")),
    isomers ? button("s", "Swap isomers", () => act("s")) : null, isomers ? button("m", "Merge isomers", () => act("m"), "Report only their sum") : null,
    whole ? null : [button("x", excludes, () => act("x")), button("c", "Comment", () => act("c"))],
    button("l", bench.isLog ? "Linear axis" : "Log axis", () => act("l")), button("z", bench.isWhole ? "Zoom to peak" : "Whole trace", () => act("z")),
    page.ions[ion].standard === null ? null : button("i", "Internal standard", () => act("i")));
}

function membersLine(ion, run) {
  const links = page.ions[ion].members.map((k) => [element("a", { href: hash("panels", { compound: page.ions[k].target_id, at: page.runs[run].sample_id }) }, page.ions[k].target_id), " "]);
  return element("span", { class: "facts" }, "decide on its isomers: ", links.flat());
}

function decided() {
  const made = decidedOn(bench.ion, bench.run);
  if (!made.length) return null;
  return element("ul", { class: "decided" }, made.map((one) => element("li", {},
    `${ACTION_WORDS[one.action]} by ${one.who}` + (one.new_left_s === undefined ? "" : `: ${one.new_left_s.toFixed(2)} to ${one.new_right_s.toFixed(2)} s`) + (one.why ? `: ${one.why}` : ""))));
}

// Borders that can be dragged, or moved by the arrow keys.
function borderHandles(plot, pair, borders) {
  const handles = borders.map((at, side) => {
    const name = side ? "right border" : "left border";
    const handle = element("div", { class: "border", role: "slider", tabindex: "0", "aria-label": name, "aria-valuenow": at.toFixed(2), "data-side": String(side) });
    plot.over.append(handle);
    return handle;
  });
  const place = () => handles.forEach((handle, side) => { handle.style.left = plot.valToPos(borders[side], "x") + "px"; });
  const move = (side, to) => {
    borders[side] = side ? Math.max(to, borders[0] + LEAST_WIDTH) : Math.min(to, borders[1] - LEAST_WIDTH);
    handles[side].setAttribute("aria-valuenow", borders[side].toFixed(2));
    place();
  };
  const done = () => decideAfterAsking("borders", { new_left_s: borders[0], new_right_s: borders[1] });
  handles.forEach((handle, side) => {
    handle.addEventListener("mousedown", (event) => event.stopPropagation()); // uPlot would begin to zoom
    handle.addEventListener("pointerdown", (event) => { handle.setPointerCapture(event.pointerId); event.stopPropagation(); });
    handle.addEventListener("pointermove", (event) => {
      if (!handle.hasPointerCapture(event.pointerId)) return;
      move(side, plot.posToVal(event.clientX - plot.over.getBoundingClientRect().left, "x"));
    });
    handle.addEventListener("pointerup", (event) => { handle.releasePointerCapture(event.pointerId); done(); });
    handle.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -KEY_STEP, ArrowRight: KEY_STEP }[event.key];
      if (step) { move(side, borders[side] + step); event.preventDefault(); event.stopPropagation(); }
      if (event.key === "Enter") { done(); event.stopPropagation(); }
    });
  });
  (plot.hooks.setScale ??= []).push(place);
  place();
}

async function decideAfterAsking(action, more) {
  const { ion, run } = bench;
  if (!await knowsReviewer()) { showBench(ion, run); return false; }
  decide(ion, run, action, await pairData(ion, run), more);
  return true;
}

async function choose(k) {
  const pair = await pairData(bench.ion, bench.run);
  const chosen = choices(pair)[k];
  if (chosen) await decideAfterAsking("candidate", { new_left_s: chosen[1], new_right_s: chosen[2] });
}

// What the keys and the buttons do.
async function act(key) {
  if (isSum(page.ions[bench.ion]) && DECIDING.has(key)) return;
  const isomer = page.ions[page.ions[bench.ion].isomers[0]];
  if (key === "a" || key === "r") { if (await decideAfterAsking({ a: "accept", r: "reject" }[key])) step(1); }
  else if (key === "n") step(1);
  else if (key === "p") step(-1);
  else if (key === "u") { const undone = undoDecision(); if (undone) goTo(undone.ion, undone.run); }
  else if (key === "s" && isomer) await decideAfterAsking("swap", { other_ion_id: isomer.ion_id });
  else if (key === "m" && isomer) await decideAfterAsking("merge", { other_ion_id: isomer.ion_id });
  else if (key === "x" || key === "c") await explained(key);
  else if (key === "l" || key === "z" || key === "i") {
    const switched = { l: "isLog", z: "isWhole", i: "withStandard" }[key];
    bench[switched] = !bench[switched];
    await showBench(bench.ion, bench.run);
  } else if (/^[1-9]$/.test(key)) await choose(Number(key) - 1);
}

async function explained(key) {
  const excludes = typeOf(bench.run) === "calibrator" ? "exclude_calibrator" : "exclude_sample";
  const why = await ask(key === "x" ? "Why is it excluded?" : "Comment");
  if (why) await decideAfterAsking(key === "x" ? excludes : "comment", { why });
}
