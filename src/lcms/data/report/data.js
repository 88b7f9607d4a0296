// The data of the page: runs, ions and batches at once; of each ion the runs when it is looked at.
"use strict";

const page = JSON.parse(document.getElementById("page").textContent);
const VALID = 0, WARNING = 1, ERROR = 2, NOT_JUDGED = 3;

const runIndex = new Map(page.runs.map((run, k) => [run.sample_id, k]));
const ionIndex = new Map(page.ions.map((ion, k) => [ion.ion_id, k]));
const isQuantifier = (ion) => ion.role === "quantifier";
const isSum = (ion) => ion.kind === "isomer_sum";
const quantifierOf = new Map();
page.ions.forEach((ion, k) => { if (isQuantifier(ion)) quantifierOf.set(ion.target_id, k); });

// Runs in the order of injection, batch after batch: the x axis of every chart over runs.
const injected = page.runs.map((run, k) => k).sort((a, b) =>
  page.runs[a].batch === page.runs[b].batch
    ? page.runs[a].injection_order - page.runs[b].injection_order
    : (page.runs[a].batch < page.runs[b].batch ? -1 : 1));
const position = [];
injected.forEach((run, k) => { position[run] = k; });

const unpacked = new Map();

// What is shown of an ion in all runs, in the order of `page.runs`.
function ionData(ion) {
  if (!unpacked.has(ion)) unpacked.set(ion, unpack(document.getElementById("ion-" + ion).textContent));
  return unpacked.get(ion);
}

async function unpack(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(stream).json();
}

// Times in s and intensities in counts of a pair, unpacked once.
function traceOf(pair) {
  if (!pair.steps) return null;
  if (!pair.x) {
    let hundredths = 0;
    pair.x = pair.steps.map((step) => (hundredths += step) / 100);
    pair.y = pair.counts.map((count) => count * pair.unit);
  }
  return { x: pair.x, y: pair.y };
}

const level = (ion, run) => Number(page.ions[ion].levels[run]);
const word = (text) => page.words.status[text] ?? String(text).replaceAll("_", " ");
const flagPhrase = (flag) => page.words.flag[flag] ?? flag.replaceAll("_", " ");
const rulePhrase = (rule) => page.words.rule[rule] ?? flagPhrase(rule);
const typeOf = (run) => page.runs[run].sample_type;
const ionLabel = (ion) => ion.name + (isQuantifier(ion) ? "" : " (qualifier)");

// The rules that hold for a pair, the gravest first.
function rulesOf(ion, run) {
  return Object.keys(page.ions[ion].rules).filter((rule) => page.ions[ion].rules[rule].includes(run))
    .sort((a, b) => RULE_ORDER.indexOf(a) - RULE_ORDER.indexOf(b));
}
const RULE_ORDER = Object.keys(page.words.rule);

function curveOf(targetId, batch) {
  return page.curves.find((curve) => curve.target_id === targetId && curve.batch === batch);
}
