// --- sections -------------------------------------------------------------------------------------------------------

const REASON_COLOURS = {
  quarantined: "plum", empty_text: "sand", exact_duplicate: "slate", near_duplicate: "brick", semantic_duplicate: "gold", kept: "moss",
};

function head() {
  const release = numbers.release;
  const known = release.settings_known
    ? null
    : paragraph("The configuration this page was made with is not the one of the release: what only its settings say is left out.", "note");
  return element("header", {}, element("h1", {}, "What became of the text"),
    element("p", { class: "quiet" }, "Brickyard release ", element("span", { class: "id" }, release.release_id), `, published ${release.published_at}, by version ${release.code_version}`,
      release.previous_release_id ? element("span", {}, ", after ", element("span", { class: "id" }, release.previous_release_id)) : null),
    known);
}

function funnelSection() {
  const funnel = numbers.funnel;
  const stages = [{ reason: "read", removed: 0, remaining: funnel.read }, ...funnel.steps];
  const plot = figure("funnel", "Records remaining after each reason", () => ({
    traces: [
      { ...bars("remaining", "moss", stages.map((step) => step.remaining), stages.map((step) => words(step.reason))), orientation: "h" },
      { ...bars("removed", "brick", stages.map((step) => step.removed), stages.map((step) => words(step.reason))), orientation: "h" },
    ],
    layout: { barmode: "stack", margin: { l: 130, r: 15, t: 30, b: 50 }, yaxis: { autorange: "reversed" }, xaxis: { title: { text: "records" } } },
  }));
  const rows = table("funnel", "Funnel", [
    column("after removing", (step) => words(step.reason), true),
    column("removed", (step) => step.removed),
    column("remaining", (step) => step.remaining),
    column("of all", (step) => percent(step.remaining, funnel.read)),
  ], stages);
  return section("funnel", "From what was read to what is kept",
    facts(fact("funnel.read", funnel.read, "records read"), fact("funnel.kept", funnel.kept, `kept (${percent(funnel.kept, funnel.read)})`),
      ...funnel.steps.map((step) => fact(`funnel.${step.reason}`, step.removed, words(step.reason)))),
    beside(plot, rows), funnel.quarantine.length ? quarantineTable(funnel.quarantine) : null);
}

function quarantineTable(rows) {
  return element("div", {}, element("h3", {}, "Why bytes could not become a record"),
    table("quarantine", "Quarantine", [column("reason", (row) => words(row.reason), true), column("pieces", (row) => row.rows)], rows));
}

function nearSection() {
  const near = numbers.near;
  const title = "Similar documents, and where the threshold lies";
  if (!near.thresholds.length) {
    return section("near", title, paragraph("No two documents of this release are similar enough to be a stored pair."));
  }
  const plot = figure("near", "Stored pairs by similarity", nearFigure);
  const rows = table("near", "Thresholds", [
    column("threshold", (row) => share(row.threshold)),
    column("pairs at or above", (row) => row.pairs),
    column("documents dropped", (row) => row.dropped_documents),
    column("records dropped", (row) => row.dropped_records),
    column("pairs up to the next", (row) => near.bins[near.thresholds.indexOf(row)].pairs),
  ], near.thresholds);
  return section("near", title,
    paragraph("Drag the line in the plot, or move the slider: the counts are the exact verdicts at that threshold, from the stored pairs. " +
      `Pairs below ${share(near.stored)} were not stored, so the line cannot go lower.`, "quiet"),
    facts(fact("near.threshold", near.stored, "threshold (Jaccard index)"), fact("near.dropped_documents", 0, "documents dropped as near duplicates"),
      fact("near.dropped_records", 0, "records of these documents"), fact("near.pairs", 0, "pairs at or above the threshold")),
    near.incomplete_pairs ? element("p", { class: "note", id: "near-bounds" }) : null,
    element("div", { class: "beside" }, element("div", {}, plot, slider()), rows));
}

function nearFigure() {
  const { bins, thresholds } = numbers.near;
  const middle = bins.map((bin) => (bin.from + bin.to) / 2);
  const hover = bins.map((bin) => (bin.from === bin.to ? "exactly 1" : `${share(bin.from)} up to ${share(bin.to)}`));
  const width = bins.map((bin) => Math.max(bin.to - bin.from, 0.004));
  const trace = (name, tint, of) => bars(name, tint, middle, bins.map(of), { width, text: hover, hovertemplate: "%{text}: %{y:,} pairs<extra>%{fullData.name}</extra>", textposition: "none" });
  return {
    traces: [
      trace("pairs that dropped", "brick", (bin) => bin.chosen_pairs),
      trace("other pairs", "sand", (bin) => bin.pairs - bin.chosen_pairs),
      { type: "scatter", mode: "lines", name: "documents dropped at a threshold", yaxis: "y2", line: { color: colour("slate"), width: 2, shape: "linear" },
        x: thresholds.map((row) => row.threshold), y: thresholds.map((row) => row.dropped_documents), hovertemplate: "%{x}: %{y:,} documents<extra></extra>" },
    ],
    layout: {
      barmode: "stack", height: 360, bargap: 0, margin: { l: 60, r: 60, t: 40, b: 50 },
      xaxis: { title: { text: "Jaccard index" }, range: [numbers.near.stored - 0.01, 1.012] },
      yaxis: { title: { text: "pairs" }, rangemode: "tozero" },
      yaxis2: { ...axis(), overlaying: "y", side: "right", rangemode: "tozero", showgrid: false, title: { text: "documents" } },
      shapes: [thresholdLine()],
    },
  };
}

function thresholdLine() {
  const at = current().threshold;
  return { type: "line", x0: at, x1: at, y0: 0, y1: 1, yref: "paper", line: { color: colour("ink"), width: 3, dash: "dot" } };
}

function slider() {
  const input = element("input", { type: "range", id: "threshold", min: "0", max: String(numbers.near.thresholds.length - 1), step: "1", value: "0", "aria-describedby": "near-title" });
  input.addEventListener("input", () => choose(Number(input.value)));
  return element("div", { class: "slider" }, element("label", { for: "threshold" }, "threshold"), input, element("output", { for: "threshold", id: "threshold-shown" }));
}

function sizesSection() {
  const most = Math.max(1, ...numbers.groups.map((row) => row.groups)); // bars on a logarithmic axis begin at one half
  const plot = figure("groups", "Groups by their size", () => ({
    traces: [bars("groups", "slate", numbers.groups.map(range), numbers.groups.map((row) => row.groups))],
    layout: { xaxis: { type: "category", title: { text: "records that a kept document stands for" } }, yaxis: { type: "log", title: { text: "kept documents" }, dtick: 1, range: [-0.3, Math.log10(most) + 0.2] } },
  }));
  return section("groups", "How much each kept document stands for", beside(plot, table("groups", "Group sizes", [
    column("records each", range), column("kept documents", (row) => row.groups), column("records in all", (row) => row.records),
  ], numbers.groups)));
}

function sourcesSection() {
  const { rows, others } = numbers.sources;
  const all = others ? [...rows, { source: `${shown(others.sources)} other sources`, ...others }] : rows;
  const kinds = ["kept", "exact_duplicate", "near_duplicate", "semantic_duplicate", "empty_text", "quarantined"];
  const plot = figure("sources", "What became of each source", () => ({
    traces: kinds.map((kind) => ({ ...bars(words(kind), REASON_COLOURS[kind], all.map((row) => row[kind]), all.map((row) => short(row.source))), orientation: "h" })),
    layout: { barmode: "stack", height: 150 + 26 * all.length, yaxis: { type: "category", autorange: "reversed" }, xaxis: { title: { text: "records, and quarantined pieces" } }, margin: { l: 100, r: 15, t: 40, b: 50 } },
  }));
  return section("sources", "Sources", beside(plot, table("sources", "Sources", [
    column("source", (row) => row.source, true), column("records", (row) => row.records), ...kinds.map((kind) => column(words(kind), (row) => row[kind])),
  ], all), true));
}

// Plotly reads a little markup in labels (<b>, <a>): a name from the corpus must stay what it is.
function short(name) {
  const plain = name.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  return plain.length > 40 ? `${plain.slice(0, 39)}…` : plain;
}

function largestSection() {
  const groups = numbers.largest.map((group, place) => element("details", place === 0 ? { open: "" } : {},
    element("summary", {}, element("strong", {}, shown(group.records)), ` records, ${shown(group.documents)} distinct texts: `, element("span", {}, group.left.uri)),
    paragraph(`Left: the text that is kept. Right: the member least like the one that stands for it (${words(group.reason)}, similarity ${shown(group.similarity)}).`, "quiet"),
    texts(group)));
  return section("largest", "The largest groups", groups.length ? element("div", {}, ...groups) : paragraph("No kept document stands for another text."));
}

function texts(pair) {
  return element("div", { class: "texts" }, text(pair.left, pair.pieces, 1, "del"), text(pair.right, pair.pieces, 2, "ins"));
}

function text(document, pieces, side, mark) {
  const where = `${document.source} · ${document.uri} · ${shown(document.position)} · ${shown(document.word_count)} words`;
  return element("div", { class: "text", tabindex: "0", role: "region", "aria-label": where }, element("header", {}, where),
    element("pre", {}, ...pieces.map((piece) => pieceOf(piece, side, mark)), document.cut ? element("span", { class: "skipped" }, " … the text goes on") : null));
}

function pieceOf(piece, side, mark) {
  if (piece[0] === "skipped") return element("span", { class: "skipped" }, `\n… ${shown(Number(piece[1]))} equal words …\n`);
  if (piece[0] === "same") return new Text(piece[side]);
  if (!piece[side]) return null;
  const [, before, inner, after] = /^(\s*)([^]*?)(\s*)$/.exec(piece[side]); // white space is not struck through
  return element("span", {}, before, element(mark, {}, inner), after);
}

function chainsSection() {
  const chains = numbers.chains;
  const shownRows = chains.rows.map((row) => element("div", {}, element("h3", {}, row.right.uri === row.left.uri ? row.left.uri : `${row.left.uri} – not a copy of ${row.right.uri}`),
    paragraph(`Jaccard index to the best of its ${shown(row.members)} connected documents: ${row.jaccard_to_best === null ? "below the threshold" : shown(row.jaccard_to_best)}. The chain that joins them:`),
    element("ol", { class: "chain" }, ...row.chain.map((document, place) => link(document, row.links[place], place < row.links.length))),
    texts(row)));
  return section("chains", "What chained matching would have deleted wrongly",
    paragraph("Tools that keep one document of each connected group of pairs delete documents that resemble nothing that is kept. Here each dropped document resembles the one that stands for it.", "quiet"),
    facts(fact("chains.wrongly_deleted", chains.wrongly_deleted, "documents that chains would have deleted, kept here"), fact("chains.components", chains.components, "connected groups of pairs"),
      fact("chains.documents", chains.documents, "documents in them"), fact("chains.kept", chains.kept, "of these kept as no near duplicate")),
    shownRows.length ? element("div", {}, ...shownRows) : paragraph("In this release there is none: each connected group has one kept document."));
}

function link(document, similarity, joined) {
  const onward = !joined ? null : element("div", { class: "link" }, similarity === null ? "↓ …" : `↓ Jaccard ${shown(similarity)}`);
  return element("li", {}, element("strong", {}, document.uri), ` – ${document.begins.replace(/\s+/g, " ").trim()}`, onward);
}

function cellsSection() {
  const cells = numbers.cells;
  const title = "Semantic cells";
  if (!cells.rows.length) return section("cells", title, paragraph("The semantic stage was off: there are no cells."));
  const all = cells.others ? [...cells.rows, { cell: `${shown(cells.others.cells)} other cells`, ...cells.others }] : cells.rows;
  const plot = figure("cells", "Documents and pairs of each cell", () => ({
    traces: [bars("documents", "slate", all.map((row) => String(row.cell)), all.map((row) => row.documents)), bars("pairs", "gold", all.map((row) => String(row.cell)), all.map((row) => row.pairs))],
    layout: { barmode: "group", xaxis: { type: "category", title: { text: "cell" } } },
  }));
  return section("cells", title, paragraph("Vectors are grouped into cells by K-means; cosines are compared within a cell and its neighbours.", "quiet"),
    facts(fact("cells.pairs", cells.pairs, "semantic pairs"), fact("cells.cells", cells.rows.length + (cells.others ? cells.others.cells : 0), "cells")),
    beside(plot, table("cells", "Cells", [column("cell", (row) => String(row.cell)), column("documents", (row) => row.documents), column("pairs", (row) => row.pairs)], all)),
    cells.bins.length ? cosines(cells.bins) : null);
}

function cosines(bins) {
  const plot = figure("cosines", "Semantic pairs by cosine", () => ({
    traces: [bars("chosen", "brick", bins.map((bin) => (bin.from + bin.to) / 2), bins.map((bin) => bin.chosen_pairs)), bars("others", "sand", bins.map((bin) => (bin.from + bin.to) / 2), bins.map((bin) => bin.pairs - bin.chosen_pairs))],
    layout: { barmode: "stack", xaxis: { title: { text: "cosine" } }, yaxis: { title: { text: "pairs" } } },
  }));
  return element("div", {}, element("h3", {}, "Pairs by cosine"), beside(plot, table("cosines", "Cosines", [
    column("from", (bin) => bin.from.toFixed(4)), column("to", (bin) => bin.to.toFixed(4)), column("pairs", (bin) => bin.pairs), column("that dropped a document", (bin) => bin.chosen_pairs),
  ], bins)));
}

function recallSection() {
  const rows = numbers.recall;
  const title = "Recall meter";
  if (!rows.length) {
    return section("recall", title, element("p", {}, "This run did not measure its recall. Run ", element("code", {}, "brickyard curate --measure-recall N"),
      ": it plants N edited copies of a known similarity and counts those that are found."));
  }
  const edits = [...new Set(rows.map((row) => row.edit))];
  const of = (edit) => rows.filter((row) => row.edit === edit);
  const tints = ["brick", "slate", "moss", "gold", "plum", "sand"];
  const middle = (row) => (row.similarity_from + row.similarity_to) / 2;
  const plot = figure("recall", "Recall by similarity", () => ({
    traces: edits.map((edit, place) => ({ type: "scatter", mode: "lines+markers", name: short(words(edit)), line: { color: colour(tints[place % tints.length]) },
      x: of(edit).map(middle), y: of(edit).map((row) => (row.planted ? row.found / row.planted : null)) })).concat([{
        type: "scatter", mode: "markers", name: "expected", marker: { color: colour("ink"), symbol: "line-ew-open", size: 12 }, x: rows.map(middle), y: rows.map((row) => row.expected) }]),
    layout: { xaxis: { title: { text: "Jaccard index of the planted copy" } }, yaxis: { title: { text: "share found" }, rangemode: "tozero" } },
  }));
  return section("recall", title, beside(plot, table("recall", "Recall", [
    column("edit", (row) => words(row.edit), true), column("similarity", (row) => `${share(row.similarity_from)} – ${share(row.similarity_to)}`), column("planted", (row) => row.planted),
    column("found", (row) => row.found), column("share", (row) => (row.planted ? shown(row.found / row.planted) : "–")), column("expected", (row) => row.expected),
  ], rows)));
}

// --- the threshold --------------------------------------------------------------------------------------------------

let chosen = 0;

function current() {
  return numbers.near.thresholds[chosen];
}

function nearest(threshold) {
  const distances = numbers.near.thresholds.map((row) => Math.abs(row.threshold - threshold));
  return distances.indexOf(Math.min(...distances));
}

function choose(step) {
  chosen = step;
  const row = current();
  for (const name of ["threshold", "dropped_documents", "dropped_records", "pairs"]) {
    document.querySelector(`[data-number="near.${name}"]`).textContent = name === "threshold" ? share(row.threshold) : shown(row[name]);
  }
  const input = document.getElementById("threshold");
  input.value = String(step);
  input.setAttribute("aria-valuetext", `${share(row.threshold)}: ${shown(row.dropped_documents)} documents dropped`);
  document.getElementById("threshold-shown").textContent = share(row.threshold);
  markRow(document.querySelector('[data-table="near"]'), step);
  sayBounds(row);
  Plotly.relayout("plot-near", { shapes: [thresholdLine()] });
}

function markRow(rows, step) {
  const lines = [...rows.tBodies[0].rows];
  lines.forEach((line, place) => line.classList.toggle("current", place === step));
  const view = rows.parentElement;
  view.scrollTop = lines[step].offsetTop - view.clientHeight / 2;
}

function sayBounds(row) {
  const note = document.getElementById("near-bounds");
  if (!note) return;
  const stored = `${shown(numbers.near.incomplete_pairs)} pairs lie in groups so large that members were compared with kept ones only. `;
  note.textContent = chosen === 0
    ? `${stored}At the stored threshold the documents dropped are exact all the same; the pairs are a lower bound.`
    : `${stored}Above the stored threshold, pairs is a lower bound; of the documents dropped, ${shown(row.certain_documents)} lie outside such groups and are exact: a lower bound. The rest is an estimate from the pairs that were stored.`;
}

function dragThreshold(place) {
  const follow = (event) => {
    const axis = place._fullLayout.xaxis;
    choose(nearest(axis.p2d(event.clientX - place.getBoundingClientRect().left - axis._offset)));
  };
  place.style.touchAction = "pan-y";
  place.style.cursor = "ew-resize";
  place.addEventListener("pointerdown", (event) => {
    if (event.target.closest(".legend")) return;
    place.setPointerCapture(event.pointerId);
    place.addEventListener("pointermove", follow);
    follow(event);
  });
  for (const end of ["pointerup", "pointercancel"]) {
    place.addEventListener(end, () => place.removeEventListener("pointermove", follow));
  }
}

// `#threshold=0.8` opens the page at that threshold.
function fromAddress() {
  const asked = /^#threshold=([0-9.]+)$/.exec(location.hash);
  choose(asked ? nearest(Number(asked[1])) : 0);
}

// --- start ----------------------------------------------------------------------------------------------------------

async function start() {
  const sections = [funnelSection(), nearSection(), sizesSection(), sourcesSection(), largestSection(), chainsSection(), cellsSection(), recallSection()];
  await show(head(), sections);
  if (numbers.near.thresholds.length) {
    fromAddress();
    window.addEventListener("hashchange", fromAddress);
    dragThreshold(document.getElementById("plot-near"));
  }
  document.documentElement.dataset.ready = "yes";
}

start();
