// The first screen: what was run, the verdict of each batch, what needs attention.
"use strict";

function summaryView() {
  return [studyCard(), attentionCard(), ...page.batches.map(batchCard), methodsCard()];
}

function studyCard() {
  const { study } = page;
  const facts = [
    plural(study.n_runs, "run", "runs"),
    `${plural(study.n_compounds, "compound", "compounds")}, ${plural(study.n_ions, "ion", "ions")}`,
    study.first && `acquired ${study.first.replace("T", " ")} to ${study.last.replace("T", " ")}`,
    study.instruments.join(", "),
    `concentrations in ${page.unit}`,
    "lcms " + (study.software.lcms ?? ""),
  ].filter(Boolean);
  const settings = element("details", {}, element("summary", {}, "Settings and versions"),
    table(["Setting", "Value"], study.settings.map(([name, value]) => [element("code", {}, name), value])),
    element("p", { class: "facts" }, Object.entries(study.software).map(([name, version]) => `${name} ${version}`).join(", ")));
  return element("section", { class: "card" }, element("h2", {}, "What was run"),
    element("p", { class: "facts" }, facts.map((fact) => element("span", {}, fact))), page.batches.map(verdictLine), togetherLine(), settings);
}

function methodsCard() {
  return element("section", { class: "card" }, element("h2", {}, "Methods, for a paper"),
    element("details", {}, element("summary", {}, "Made from what ran; also in methods.txt"), page.methods.map((text) => element("p", { class: "prose" }, text))));
}

const MOST_LINES = 14; // on the first screen; the others open on a click

function attentionCard() {
  const items = page.attention.map((item) => {
    const target = Object.keys(item.query).length ? hash("panels", item.query) : null;
    return element("li", { class: item.level }, element("span", { class: "mark " + item.level }, item.level),
      element("span", {}, target ? element("a", { href: target }, item.title) : element("b", {}, item.title),
        item.detail ? element("small", {}, item.detail) : null,
        item.links.length ? element("small", {}, item.links.map(([text, query]) => [element("a", { href: hash("panels", query) }, text), " "]).flat()) : null));
  });
  const first = items.slice(0, MOST_LINES), more = items.slice(MOST_LINES);
  const card = element("section", { class: "card" }, element("h2", {}, "What needs attention"),
    items.length ? element("ol", { class: "attention" }, first) : element("p", {}, "Nothing: every result is valid."));
  if (more.length) card.append(element("details", {}, element("summary", {}, plural(more.length, "more line", "more lines")), element("ol", { class: "attention" }, more)));
  return card;
}

function verdictMark({ acceptance: { rejected, not_judged } }) {
  const [kind, said] = rejected.length ? ["error", "rejected"] : not_judged.length ? ["warning", "not judged"] : ["valid", "accepted"];
  return element("span", { class: "mark " + kind }, said);
}

// The verdict of a batch in one line, for the top of the first screen.
function verdictLine(batch) {
  const { accepted, rejected, not_judged } = batch.acceptance;
  const [n_valid, n_warnings, n_errors] = Object.values(batch.counts).reduce((sum, counts) => sum.map((n, k) => n + counts[k]), [0, 0, 0]);
  return element("p", { class: "facts" }, element("b", {}, `Batch ${batch.name}`), verdictMark(batch),
    ` analytes: ${accepted.length} accepted, ${rejected.length} rejected, ${not_judged.length} not judged; results: ${n_valid} valid, ${plural(n_warnings, "warning", "warnings")}, ${plural(n_errors, "error", "errors")}`);
}

// The verdict over all batches: a profile for validations has rules for them.
function togetherLine() {
  const { accepted, rejected, not_judged } = page.together.acceptance;
  if (!(accepted.length + rejected.length + not_judged.length)) return null;
  return element("p", { class: "facts" }, element("b", {}, "All batches together"), verdictMark(page.together),
    ` analytes: ${accepted.length} accepted, ${rejected.length} rejected, ${not_judged.length} not judged`);
}

function batchCard(batch) {
  const { accepted, rejected, not_judged } = batch.acceptance;
  const verdict = batch.profile === null ? "no rule was judged"
    : `${batch.profile}: ${accepted.length} accepted, ${rejected.length} rejected, ${not_judged.length} not judged`;
  const runs = Object.entries(batch.verdicts).map(([name, n]) => `${plural(n, "run", "runs")} ${name === "null" ? "not judged" : name}`);
  const rows = Object.entries(batch.counts).map(([kind, counts]) => [
    element("a", { href: hash("panels", { batch: batch.name, type: kind }) }, badge(kind)),
    ...counts.map((n, k) => (n ? element("a", { href: hash("panels", { batch: batch.name, type: kind, triage: page.levels[k] }) }, String(n)) : "")),
    shares(counts),
  ]);
  const section = element("section", { class: "card" },
    element("h2", {}, `Batch ${batch.name}`, verdictMark(batch)),
    element("p", { class: "facts" }, element("span", {}, verdict), runs.map((text) => element("span", {}, text))));
  section.append(compoundsOf("Rejected", rejected, batch), compoundsOf("Not judged", not_judged, batch), element("div", { class: "columns" },
    element("div", {}, element("h3", {}, "Results by sample type"), table(["Type", "Valid", "Warning", "Error", ""], rows, { class: "counts" })),
    element("div", { class: "map" }, element("h3", {}, "Heat map"), heatMap(batch.name))));
  return section;
}

function compoundsOf(title, names, batch) {
  return names.length ? element("p", { class: "facts" }, element("b", {}, title + ": "), names.map((name) => [element("a", { href: hash("panels", { compound: name, batch: batch.name }) }, name), " "]).flat()) : "";
}

function shares(counts) {
  const sum = counts.reduce((total, n) => total + n, 0) || 1;
  return element("span", { class: "shares", "aria-hidden": "true" },
    counts.map((n, k) => element("i", { class: page.levels[k], style: `width:${100 * n / sum}%` })));
}
