// What the reviewer decided: kept in this browser, taken back by undo, downloaded as review.tsv.
"use strict";

const REVIEW_COLUMNS = ["sample_id", "ion_id", "action", "other_ion_id", "old_left_s", "old_right_s",
  "new_left_s", "new_right_s", "who", "when", "why"];
const ACTION_WORDS = {
  accept: "accepted", reject: "rejected: no peak", borders: "borders moved", candidate: "another candidate chosen",
  swap: "swapped with its isomer", merge: "merged with its isomers", exclude_calibrator: "calibrator excluded",
  exclude_sample: "sample excluded", comment: "comment",
};
// Each of these replaces an earlier one of the same peak; the others stand beside it.
const ON_PEAK = new Set(["accept", "reject", "borders", "candidate", "swap", "merge"]);
const STORE = "lcms-review-" + fingerprint(document.getElementById("page").textContent);

// `valid` are those that count, `byRun` the same by run: made anew after a change.
const decisions = { list: stored(STORE, []), who: stored("lcms-reviewer", ""), valid: null, byRun: null, storing: null };

// FNV-1a: decisions of one page are not those of another.
function fingerprint(text) {
  let sum = 0x811c9dc5;
  for (let k = 0; k < text.length; k += 1) sum = Math.imul(sum ^ text.charCodeAt(k), 0x01000193);
  return (sum >>> 0).toString(16);
}

function stored(key, otherwise) {
  try { return JSON.parse(localStorage.getItem(key)) ?? otherwise; } catch { return otherwise; }
}

function store(key, value) {
  try { localStorage.setItem(key, JSON.stringify(value)); } catch { /* a browser may forbid it: the list is kept until the page is closed */ }
}

// Adds a decision on a pair; returns what is decided of it now.
function decide(ion, run, action, pair, more = {}) {
  const made = { sample_id: page.runs[run].sample_id, ion_id: page.ions[ion].ion_id, action,
    old_left_s: pair.left, old_right_s: pair.right, who: decisions.who, when: new Date().toISOString(), ...more };
  decisions.list.push(made);
  changed({ ion, run, moved: made.new_left_s !== undefined });
}

function undoDecision() {
  const last = decisions.list.pop();
  if (!last) return null;
  const undone = { ion: ionIndex.get(last.ion_id), run: runIndex.get(last.sample_id), moved: true };
  changed(undone);
  return undone;
}

// After a change of the list: `detail` names the pair, and whether its borders may have moved.
function changed(detail) {
  decisions.valid = null;
  document.dispatchEvent(new CustomEvent("decided", { detail }));
  clearTimeout(decisions.storing);
  decisions.storing = setTimeout(storeNow, 100); // once after a burst of keys
}

function storeNow() {
  decisions.storing = null;
  store(STORE, decisions.list);
}
addEventListener("pagehide", () => { if (decisions.storing) storeNow(); });

// The decisions that count: of each person the last on a peak, and the last of each other action.
function valid() {
  if (decisions.valid === null) {
    decisions.valid = lastOfEach();
    decisions.byRun = Map.groupBy(decisions.valid, (made) => made.sample_id);
  }
  return decisions.valid;
}

function lastOfEach() {
  const last = new Map();
  for (const made of decisions.list) {
    const kind = ON_PEAK.has(made.action) ? "peak" : made.action;
    const key = JSON.stringify([made.sample_id, made.action === "exclude_sample" ? "" : made.ion_id, kind, made.who]);
    last.delete(key);
    last.set(key, made);
  }
  return [...last.values()];
}

function decidedOn(ion, run) {
  const { sample_id } = page.runs[run], { ion_id } = page.ions[ion];
  valid();
  return (decisions.byRun.get(sample_id) ?? []).filter((made) => made.ion_id === ion_id || made.action === "exclude_sample");
}

// The borders that a reviewer gave a peak, or those of the program.
function bordersOf(ion, run, pair) {
  const moved = decidedOn(ion, run).find((made) => made.new_left_s !== undefined);
  return moved ? [moved.new_left_s, moved.new_right_s] : [pair.left, pair.right];
}

function reviewTable() {
  const cell = (value) => (typeof value === "number" ? value.toFixed(2) : String(value ?? "").replace(/[\t\r\n]+/g, " "));
  const rows = valid().map((made) => REVIEW_COLUMNS.map((name) => cell(made[name])).join("\t"));
  return [REVIEW_COLUMNS.join("\t"), ...rows].join("\n") + "\n";
}

function downloadReview() {
  const link = element("a", { download: "review.tsv", href: URL.createObjectURL(new Blob([reviewTable()], { type: "text/tab-separated-values" })) });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

// Asks for a text; null where it is cancelled.
function ask(question, value = "") {
  const dialog = document.getElementById("ask"), input = document.getElementById("ask-input");
  document.getElementById("ask-text").textContent = question;
  input.value = value;
  dialog.returnValue = "cancel";
  return new Promise((answer) => {
    dialog.addEventListener("close", () => answer(dialog.returnValue === "ok" ? input.value.trim() : null), { once: true });
    input.onkeydown = (event) => { if (event.key === "Enter") { event.preventDefault(); dialog.close("ok"); } };
    dialog.showModal();
    input.select();
  });
}

async function knowsReviewer() {
  if (decisions.who) return true;
  const name = await ask("Your name or initials: they stand beside each decision.");
  if (!name) return false;
  decisions.who = name;
  store("lcms-reviewer", name);
  return true;
}
