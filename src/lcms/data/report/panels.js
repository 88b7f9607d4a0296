// Panels: one analyte over all runs, one run over all analytes, or whatever the filters leave.
"use strict";

const FILTERS = ["compound", "run", "batch", "type", "triage", "rule", "flag", "status", "quality"];
const PER_PAGE = 120; // panels laid out at a time; they are drawn when they come near the window
const PER_STEP = 12; // the same where the keyboard goes beyond them: more would be felt
const panels = { pairs: [], at: -1, grid: null, laidOut: 0, query: {} };

function panelsView(query) {
  panels.query = query;
  panels.pairs = sorted(chosenPairs(query), query.sort ?? "worst");
  panels.laidOut = 0;
  panels.grid = element("div", { class: "grid" });
  bench.holder = element("section", { class: "card", id: "bench", "aria-label": "Chosen peak" });
  const more = element("button", { type: "button", id: "more", onclick: () => layOut() }, "Show more");
  const cards = [filterBar(query)];
  if (query.run) cards.push(runCard(query.run));
  const split = element("div", { class: "split" }, bench.holder, element("section", { class: "list", "aria-label": "Panels" },
    element("p", { class: "count" }, plural(panels.pairs.length, "panel", "panels") + ", " + (query.sort === "injection" ? "by injection" : "worst first")), panels.grid, more));
  const list = panels.pairs.length ? split : element("section", { class: "card" }, element("p", {}, "No result passes the filters."));
  const target = query.compound;
  if (quantifierOf.has(target) && !query.run) {
    const slot = element("div");
    cards.push(...(query.at ? [list, slot] : [slot, list])); // what was asked for comes first
    ionData(quantifierOf.get(target)).then((data) => slot.replaceChildren(analyteCards(target, query.batch, data)));
  } else cards.push(list);
  requestAnimationFrame(() => {
    if (!panels.pairs.length) return;
    layOut();
    const asked = panels.pairs.findIndex(([, run]) => page.runs[run].sample_id === query.at);
    select(Math.max(0, asked));
  });
  return cards;
}

function chosenPairs(query) {
  const limit = query.quality ? Number(query.quality) * 100 : null;
  const runs = injected.filter((run) => matches(query.run, page.runs[run].sample_id) && matches(query.batch, page.runs[run].batch) && matches(query.type, typeOf(run)));
  const pairs = [];
  page.ions.forEach((ion, k) => {
    if (query.compound && ion.target_id !== query.compound) return;
    const sets = ["rule", "flag", "status"].filter((name) => query[name]).map((name) => new Set(ion[{ rule: "rules", flag: "flags", status: "statuses" }[name]][query[name]]));
    for (const run of runs) {
      if (query.triage && page.levels[level(k, run)] !== query.triage) continue;
      if (sets.some((set) => !set.has(run))) continue;
      if (limit !== null && !(ion.quality[run] >= 0 && ion.quality[run] < limit)) continue;
      pairs.push([k, run]);
    }
  });
  return pairs;
}

const matches = (wanted, value) => !wanted || wanted === value;

// Worst first: the graver triage, then the lower quality; what was not judged last.
function sorted(pairs, by) {
  if (by === "injection") return pairs.sort((a, b) => position[a[1]] - position[b[1]] || a[0] - b[0]);
  const gravity = ([ion, run]) => { const kind = level(ion, run); return kind === NOT_JUDGED ? -1 : kind; };
  const quality = ([ion, run]) => { const percent = page.ions[ion].quality[run]; return percent < 0 ? 101 : percent; };
  return pairs.sort((a, b) => gravity(b) - gravity(a) || quality(a) - quality(b) || position[a[1]] - position[b[1]]);
}

function filterBar(query) {
  const words = (name) => [...new Set(page.ions.flatMap((ion) => Object.keys(ion[name])))].sort();
  const choices = {
    batch: page.batches.map((batch) => [batch.name, batch.name]),
    type: page.types.filter((kind) => page.runs.some((run) => run.sample_type === kind)).map((kind) => [kind, word(kind)]),
    triage: page.levels.map((name) => [name, name]),
    rule: RULE_ORDER.filter((rule) => words("rules").includes(rule)).map((rule) => [rule, rulePhrase(rule)]),
    flag: words("flags").map((flag) => [flag, flagPhrase(flag)]),
    status: words("statuses").map((status) => [status, word(status)]),
    quality: ["0.5", "0.8", "0.95"].map((limit) => [limit, "below " + limit]),
    sort: [["injection", "by injection"]],
  };
  const labels = { sort: ["Order", "worst first"] };
  const pick = (name) => {
    const [label, all] = labels[name] ?? [name[0].toUpperCase() + name.slice(1), "all"];
    return element("label", {}, label, element("select", { name, autocomplete: "off", onchange: (event) => refilter({ [name]: event.target.value, at: "" }) },
      [["", all], ...choices[name]].map(([value, text]) => element("option", { value, selected: (query[name] ?? "") === value }, text))));
  };
  const set = FILTERS.filter((name) => query[name]).map((name) => element("button", { type: "button", class: "chip", title: "Remove this filter", onclick: () => refilter({ [name]: "" }) }, `${name}: ${chipText(name, query[name])} \u00d7`));
  return element("section", { class: "card filters" }, element("div", { class: "picks" }, Object.keys(choices).filter((name) => name !== "batch" || page.batches.length > 1).map(pick)), set.length ? element("p", { class: "chips" }, set) : null);
}

const chipText = (name, value) => ({ rule: rulePhrase, flag: flagPhrase, type: word, status: word, quality: (limit) => "below " + limit }[name] ?? String)(value);

function refilter(change) { location.hash = hash("panels", { ...panels.query, ...change }); }

function runCard(sampleId) {
  const run = page.runs[runIndex.get(sampleId)];
  if (!run) return element("section", { class: "card" }, "No such run.");
  const facts = [`batch ${run.batch}`, `injection ${run.injection_order}`, run.level && `level ${run.level}`,
    run.verdict && `as a whole ${run.verdict}`, ...(run.verdict_reasons ?? []).map((reason) => reason.replaceAll("_", " ")), run.error,
    run.retention_shift_s !== undefined && `retention shift ${number(run.retention_shift_s)} s`, run.mz_error_ppm !== undefined && `mass offset ${number(run.mz_error_ppm)} ppm`];
  return element("section", { class: "card" }, element("h2", {}, run.sample_id, " ", badge(run.sample_type)),
    element("p", { class: "facts" }, facts.filter(Boolean).map((fact) => element("span", {}, fact))));
}

function layOut(n = PER_PAGE) {
  const next = panels.pairs.slice(panels.laidOut, panels.laidOut + n);
  panels.grid.append(...next.map(([ion, run], k) => panel(ion, run, panels.laidOut + k)));
  panels.laidOut += next.length;
  document.getElementById("more").hidden = panels.laidOut >= panels.pairs.length;
}

function panel(ion, run, index) {
  const injection = page.runs[run], rules = rulesOf(ion, run);
  const made = element("button", { type: "button", class: "panel " + (page.levels[level(ion, run)] ?? "none"), "data-index": String(index), "data-run": String(run), onclick: () => select(index) },
    element("span", { class: "title" }, element("b", {}, injection.sample_id), badge(injection.sample_type)),
    element("span", { class: "title" }, element("span", {}, ionLabel(page.ions[ion])), mark(level(ion, run))),
    element("div", { class: "plot small" }), element("span", { class: "why" }, rules.map(rulePhrase).join("; ")), element("span", { class: "done" }));
  markDecided(made, ion, run);
  nearWindow.observe(made);
  return made;
}

function markDecided(made, ion, run) {
  made.querySelector(".done").textContent = decidedOn(ion, run).map((one) => ACTION_WORDS[one.action]).join("; ");
}

// Panels are drawn when they come near the window, a few per frame, and erased far from it.
const waiting = new Set();
const nearWindow = new IntersectionObserver((entries) => {
  const wasIdle = waiting.size === 0;
  for (const { target, isIntersecting } of entries) {
    if (isIntersecting) waiting.add(target);
    else { waiting.delete(target); erase(target); }
  }
  if (wasIdle && waiting.size) requestAnimationFrame(drawSome);
}, { rootMargin: "500px 0px" });

async function drawSome() {
  const until = performance.now() + 8;
  for (const target of waiting) {
    waiting.delete(target);
    await drawPanel(target);
    if (performance.now() > until) break;
  }
  if (waiting.size) requestAnimationFrame(drawSome);
}

async function drawPanel(target) {
  const [ion, run] = panels.pairs[Number(target.dataset.index)] ?? [];
  if (target.plot || ion === undefined) return;
  const pair = await pairData(ion, run);
  if (target.plot || !target.isConnected) return;
  const [left, right] = bordersOf(ion, run, pair);
  target.plot = drawTrace(target.querySelector(".plot"), { ...pair, left, right }, page.ions[ion], { height: 112 });
}

function erase(target) {
  target.plot?.destroy();
  target.plot = null;
}

function select(index) {
  if (index < 0 || index >= panels.pairs.length) return;
  while (index >= panels.laidOut) layOut(PER_STEP);
  panels.grid.querySelector(".chosen")?.classList.remove("chosen");
  const chosen = panels.grid.children[index], [ion, run] = panels.pairs[index];
  panels.at = index;
  chosen.classList.add("chosen");
  if (matchMedia("(min-width: 1000px)").matches) chosen.scrollIntoView({ block: "nearest" });
  showBench(ion, run);
}

function step(by) { select(panels.at + by); }

function goTo(ion, run) {
  const index = panels.pairs.findIndex(([k, j]) => k === ion && j === run);
  if (index >= 0) select(index); else showBench(ion, run);
}

// A decision shows at once: in its panels, on the bench, and in the count at the top.
document.addEventListener("decided", ({ detail: { ion, run, moved } }) => {
  countDecisions();
  if (!panels.grid?.isConnected) return;
  for (const target of panels.grid.querySelectorAll(`[data-run="${run}"]`)) {
    const [k, j] = panels.pairs[Number(target.dataset.index)];
    markDecided(target, k, j);
    if (k === ion && moved) { erase(target); target.querySelector(".plot").replaceChildren(); drawPanel(target); }
  }
  requestAnimationFrame(() => { if (bench.ion === ion && bench.run === run) showBench(ion, run); }); // not if it goes on
});
