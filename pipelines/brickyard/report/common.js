"use strict";
// What all pages have in common: they draw themselves from the JSON in the element `numbers`. Text reaches the page as text nodes only, never as HTML.

const numbers = JSON.parse(document.getElementById("numbers").textContent);
const page = document.getElementById("page");
const figures = []; // [element, function that gives its traces and layout]: drawn again when the colours change

// --- elements -------------------------------------------------------------------------------------------------------

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}

function section(id, title, ...children) {
  return element("section", { id, "aria-labelledby": `${id}-title` }, element("h2", { id: `${id}-title` }, title), ...children);
}

function paragraph(text, kind = "") {
  return element("p", kind ? { class: kind } : {}, text);
}

// A number that tests and people find by its name.
function fact(name, value, meaning) {
  return element("div", { class: "fact" }, element("strong", { "data-number": name }, shown(value)), element("span", {}, meaning));
}

function facts(...children) {
  return element("div", { class: "facts" }, ...children);
}

function table(name, label, columns, rows) {
  const head = element("tr", {}, ...columns.map((column) => element("th", { scope: "col", ...kindOf(column) }, column.title)));
  const body = rows.map((row) => element("tr", {}, ...columns.map((column) => cell(column, row))));
  const whole = element("table", { "data-table": name }, element("thead", {}, head), element("tbody", {}, ...body));
  return element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": label }, whole);
}

function cell(column, row) {
  const value = column.of(row);
  return element("td", { ...kindOf(column) }, typeof value === "string" ? value : shown(value));
}

function kindOf(column) {
  return column.word ? { class: "word" } : {};
}

function column(title, of, word = false) {
  return { title, of, word };
}

function beside(plot, rows, stacked = false) {
  return element("div", { class: stacked ? "beside stacked" : "beside" }, plot, rows);
}

// --- numbers as people read them ------------------------------------------------------------------------------------

function shown(value) {
  if (value === null || value === undefined) return "–";
  if (typeof value !== "number") return String(value);
  return Number.isInteger(value) ? value.toLocaleString("en-US") : String(Math.round(value * 1e6) / 1e6);
}

function percent(part, whole) {
  return whole ? `${((100 * part) / whole).toFixed(1)} %` : "–";
}

function share(value) {
  return value.toFixed(2) === String(value) || Math.abs(value * 100 - Math.round(value * 100)) < 1e-9 ? value.toFixed(2) : shown(value);
}

function words(reason) {
  return reason === null ? "kept" : reason.replaceAll("_", " ");
}

function range(row) {
  return row.from === row.to ? shown(row.from) : `${shown(row.from)} – ${shown(row.to)}`;
}

// --- plots ----------------------------------------------------------------------------------------------------------

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

function figure(id, label, build) {
  const made = element("div", { class: "plot", id: `plot-${id}`, role: "img", "aria-label": `${label}; the table beside it has the numbers` });
  figures.push([made, build]);
  return made;
}

function draw([place, build]) {
  const { traces, layout } = build();
  return Plotly.react(place, traces, { ...baseLayout(), ...layout, xaxis: { ...axis(), ...layout.xaxis }, yaxis: { ...axis(), ...layout.yaxis } }, {
    displayModeBar: false,
    responsive: true,
  });
}

function baseLayout() {
  return {
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { color: colour("ink"), family: "system-ui, Segoe UI, Roboto, DejaVu Sans, sans-serif", size: 13 },
    margin: { l: 60, r: 15, t: 30, b: 50 },
    height: 300,
    bargap: 0.08,
    dragmode: false,
    legend: { orientation: "h", y: 1.02, yanchor: "bottom", x: 0, traceorder: "normal" },
    hoverlabel: { bgcolor: colour("card"), font: { color: colour("ink") } },
  };
}

function axis() {
  return { gridcolor: colour("line"), linecolor: colour("line"), zerolinecolor: colour("line"), fixedrange: true, automargin: true };
}

function bars(name, tint, x, y, more = {}) {
  return { type: "bar", name, x, y, marker: { color: colour(tint) }, ...more };
}

function navigation(sections) {
  return element("nav", { "aria-label": "Sections" }, ...sections.map((one) => element("a", { href: `#${one.id}` }, one.querySelector("h2").textContent)));
}

async function show(heading, sections) {
  page.append(heading, navigation(sections), ...sections);
  await Promise.all(figures.map(draw));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => figures.forEach(draw));
}

