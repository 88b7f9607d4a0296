// The views, by the address behind the #; the pickers and the keys.
"use strict";

const VIEWS = { summary: summaryView, map: mapView, panels: panelsView, help: helpView };

const KEYS = [..."arnpusmxclzi123456789"];

function route() {
  const [path, search] = location.hash.replace(/^#\/?/, "").split("?");
  const view = VIEWS[path] ? path : "summary", query = Object.fromEntries(new URLSearchParams(search));
  waiting.clear();
  nearWindow.disconnect();
  bench.plot?.destroy();
  Object.assign(bench, { ion: null, run: null, plot: null, holder: null });
  panels.grid = null;
  document.getElementById("main").replaceChildren(...VIEWS[view](query));
  document.title = "Report: " + [query.compound, query.run, view].find(Boolean);
  for (const link of document.querySelectorAll("nav a")) link.toggleAttribute("aria-current", link.dataset.view === view);
  document.getElementById("pick-ion").value = query.compound ?? "";
  document.getElementById("pick-run").value = query.run ?? "";
  scrollTo(0, 0);
}

function helpView() {
  const keys = [["a", "accept the peak, and go on"], ["r", "reject it: there is no peak of this compound, and go on"], ["n, p", "next, previous"], ["u", "undo the last decision"],
    ["1 to 9", "choose a rejected candidate instead"], ["s, m", "swap isomers; merge them (only their sum)"], ["x", "exclude the calibrator, or the sample"], ["c", "comment"],
    ["l, z, i", "log axis, whole trace, internal standard"], ["arrows", "on a border: move it by 0.1 s; Enter keeps it"]];
  return [element("section", { class: "card" }, element("h2", {}, "How to review"),
    element("p", {}, "Choose panels by the filters; the worst come first. Drag the borders of the large peak, or decide by a key. Drag sideways beside the borders to zoom, double click to see the whole trace. Decisions stay in this browser until they are undone; download them as review.tsv, or let `lcms review` save them, and name the file in the configuration: the next run applies it."),
    table(["Key", "What it does"], keys.map(([key, text]) => [element("kbd", {}, key), text]))),
  element("section", { class: "card" }, element("h2", {}, "Rules of the triage"), table(["Rule", "Meaning"], RULE_ORDER.map((rule) => [element("code", {}, rule), rulePhrase(rule)])))];
}

function fillPickers() {
  const fill = (id, entries, name) => {
    const picker = document.getElementById(id);
    picker.append(element("option", { value: "" }, "choose"), ...entries.map(([value, text]) => element("option", { value }, text)));
    picker.addEventListener("change", () => { location.hash = hash("panels", { [name]: picker.value }); });
  };
  fill("pick-ion", page.ions.filter(isQuantifier).map((ion) => [ion.target_id, ion.name === ion.target_id ? ion.name : `${ion.target_id}, ${ion.name}`]), "compound");
  fill("pick-run", injected.map((run) => [page.runs[run].sample_id, page.runs[run].sample_id]), "run");
}

function countDecisions() {
  const n = valid().length;
  document.getElementById("decided").textContent = n ? plural(n, "decision", "decisions") : "";
  document.getElementById("download").disabled = n === 0;
}

addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, select, textarea, dialog");
  if (typing || event.ctrlKey || event.metaKey || event.altKey || bench.ion === null || !KEYS.includes(event.key)) return;
  event.preventDefault(); // else the letter goes into the dialog that it opens
  act(event.key);
});
addEventListener("hashchange", route);
document.getElementById("download").addEventListener("click", downloadReview);
fillPickers();
countDecisions();
if (serving.isOn) loadReview().finally(route);
else route();
