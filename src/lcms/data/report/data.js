// The data of the page: runs, ions and batches at once; of each ion the runs when they are looked at.
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

// What is shown of an ion in some runs, in the order of `page.runs`: a block is unpacked when it is
// looked at, and forgotten when many others were since.
const MOST_BLOCKS = 64; // about 5 MB each
const unpacked = new Map();

function blockData(ion, block) {
  const name = `${ion}-${block}`;
  const data = unpacked.get(name) ?? packedText(ion, name).then(unpack);
  unpacked.delete(name);
  unpacked.set(name, data); // the last of the map is the last that was looked at
  if (unpacked.size > MOST_BLOCKS) unpacked.delete(unpacked.keys().next().value);
  data.catch(() => unpacked.delete(name));
  return data;
}

async function pairData(ion, run) {
  const { runs } = page.shards;
  return (await blockData(ion, Math.floor(run / runs)))[run % runs];
}

// What is shown of an ion in all runs.
async function ionData(ion) {
  const blocks = Array.from({ length: Math.ceil(page.runs.length / page.shards.runs) }, (_, block) => blockData(ion, block));
  return (await Promise.all(blocks)).flat();
}

// Packed data are in the page, or in a script beside it that calls `shard`.
const arriving = new Map();

function shard(name, text) { arriving.get(name)?.(text); }

function packedText(ion, name) {
  const { folder } = page.shards;
  if (folder === null) return Promise.resolve(document.getElementById("ion-" + ion).textContent);
  return new Promise((resolve, reject) => {
    const script = element("script", { src: `${folder}/${name}.js` });
    const end = () => { arriving.delete(name); script.remove(); };
    arriving.set(name, resolve);
    script.addEventListener("load", end);
    script.addEventListener("error", () => {
      end();
      document.getElementById("saved").textContent = `The folder ${folder} is not beside this page: chromatograms cannot be shown`;
      reject(new Error(`cannot load ${folder}/${name}.js`));
    });
    document.head.append(script);
  });
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
