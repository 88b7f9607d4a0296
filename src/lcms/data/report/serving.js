// Under `lcms review` the page is served: decisions are read from the review sheet and saved to it.
"use strict";

const serving = { isOn: location.protocol === "http:", version: null, queue: Promise.resolve() };
const REVIEW_SHEET = "review.tsv";

// The decisions of a review sheet: blank cells are left out, borders are numbers.
function readReview(text) {
  const [head, ...lines] = text.split("\n").filter(Boolean).map((line) => line.replace(/\r$/, "").split("\t"));
  return lines.map((cells) => Object.fromEntries(head.map((name, k) => [name, cells[k]]).filter(([, cell]) => cell)
    .map(([name, cell]) => [name, name.endsWith("_s") ? Number(cell) : cell])));
}

const identity = ({ sample_id, ion_id, action, who, when }) => [sample_id, ion_id, action, who, when].join("\t");

async function loadReview() {
  const answer = await fetch(REVIEW_SHEET);
  serving.version = answer.headers.get("ETag");
  const saved = readReview(await answer.text());
  const here = new Set(decisions.list.map(identity));
  decisions.list = [...saved.filter((made) => !here.has(identity(made))), ...decisions.list];
  decisions.valid = null;
  if (decisions.list.length > saved.length) saveReview();
  else said(saved.length ? "all in review.tsv" : "");
}

// One after the other: each save names the version that the one before made.
function saveReview() {
  serving.queue = serving.queue.then(async () => {
    const answer = await fetch(REVIEW_SHEET, { method: "PUT", body: reviewTable(), headers: { "If-Match": serving.version } });
    if (!answer.ok) throw new Error(answer.status === 412 ? "review.tsv was changed meanwhile: open the page again" : `error ${answer.status}`);
    serving.version = answer.headers.get("ETag");
    said("saved to review.tsv");
  }).catch((error) => said(`not saved: ${error.message}`));
}

function said(text) {
  countDecisions();
  document.getElementById("saved").textContent = text;
}

if (serving.isOn) {
  document.getElementById("download").hidden = true;
  document.addEventListener("decided", saveReview);
}
