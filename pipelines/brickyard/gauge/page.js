// The gauge's page: its verdict first, then a section for each part with its figures, curves, and what could not be said.

const TINTS = ["brick", "slate", "moss", "gold", "plum", "sand"];

function head() {
  const release = numbers.release;
  return element("header", {}, element("h1", {}, "What this data supports"),
    element("p", { class: "quiet" }, "Brickyard release ", element("span", { class: "id" }, release.release_id), `, published ${release.published_at}, by version ${release.code_version}`));
}

function titleOf(name) {
  const found = numbers.sections.find((one) => one.name === name);
  return found ? found.title : words(name);
}

function verdictSection() {
  const rows = numbers.findings;
  if (!rows.length) return section("verdict", "Verdict", paragraph("No section found anything to act on; what could not be measured is said in each."));
  return section("verdict", "Verdict", table("findings", "Findings", [
    column("verdict", (row) => row.verdict, true), column("because", (row) => row.reason, true), column("next", (row) => row.next_step, true), column("section", (row) => titleOf(row.section), true),
  ], rows));
}

function significant(value) {
  if (value === null || value === undefined) return "–";
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return value.toLocaleString("en-US");
  return String(Number(value.toPrecision(4)));
}

function interval(row) {
  return row.low === null && row.high === null ? "" : `${significant(row.low)} – ${significant(row.high)}`;
}

function figuresTable(name, rows) {
  const whole = table(`figures-${name}`, `${titleOf(name)}: figures`, [
    column("figure", (row) => words(row.name), true), column("of", (row) => row.subject, true), column("value", (row) => significant(row.value)),
    column("interval", interval), column("unit", (row) => row.unit, true), column("where it holds", (row) => row.valid, true),
  ], rows);
  return whole;
}

function refusals(rows) {
  const sentences = new Map();
  for (const row of rows) {
    const names = sentences.get(row.refusal) || [];
    sentences.set(row.refusal, names.concat(row.subject ? `${words(row.name)} of ${row.subject}` : words(row.name)));
  }
  if (!sentences.size) return null;
  const lines = [...sentences].map(([sentence, names]) => element("li", {}, `${sentence} (${names.slice(0, 12).join(", ")}${names.length > 12 ? ", …" : ""})`));
  return element("div", { class: "note" }, element("p", {}, "Not given:"), element("ul", {}, ...lines));
}

function plotOf(part, name, rows) {
  const series = [...new Set(rows.map((row) => row.series))];
  if (numbers.heat_maps.includes(name)) return heatMap(part, name, rows, series);
  const positive = rows.every((row) => row.x > 0 && row.y > 0);
  const scale = (of) => (positive && Math.max(...rows.map(of)) / Math.min(...rows.map(of)) > 30 ? "log" : "linear");
  const drawn = series.slice(0, 12); // the table beside it has all
  const [across, up] = axesOf(name);
  return figure(`${part}-${name}`, words(name), () => ({
    traces: drawn.map((one, place) => trace(one, TINTS[place % TINTS.length], rows.filter((row) => row.series === one))),
    layout: { xaxis: { type: scale((row) => row.x), title: { text: across } }, yaxis: { type: scale((row) => row.y), title: { text: up } } },
  }));
}

function axesOf(name) {
  const key = Object.keys(numbers.axes).find((one) => name.startsWith(one));
  return key ? numbers.axes[key] : ["", ""];
}

function heatMap(part, name, rows, series) {
  const columns = [...new Set(rows.map((row) => row.x))].sort((one, other) => one - other);
  const value = (one, x) => rows.find((row) => row.series === one && row.x === x)?.y ?? null;
  return figure(`${part}-${name}`, words(name), () => ({
    traces: [{ type: "heatmap", x: columns.map((x) => series[x] ?? x), y: series, z: series.map((one) => columns.map((x) => value(one, x))), colorscale: [[0, colour("card")], [1, colour("brick")]], zmin: 0, zmax: 1 }],
    layout: { xaxis: { title: { text: "the neighbour's class" }, type: "category" }, yaxis: { autorange: "reversed", type: "category" } },
  }));
}

function trace(name, tint, rows) {
  const sorted = [...rows].sort((one, other) => one.x - other.x);
  const bounded = sorted.some((row) => row.low !== null && row.high !== null);
  const bars = bounded ? { error_y: { type: "data", symmetric: false, array: sorted.map((row) => (row.high ?? row.y) - row.y), arrayminus: sorted.map((row) => row.y - (row.low ?? row.y)), thickness: 1 } } : {};
  return { type: "scatter", mode: "lines+markers", name: words(name), x: sorted.map((row) => row.x), y: sorted.map((row) => row.y), line: { color: colour(tint) }, ...bars };
}

function pointsTable(part, name, rows) {
  return table(`points-${part}-${name}`, words(name), [
    column("curve", (row) => words(row.series), true), column("x", (row) => significant(row.x)), column("y", (row) => significant(row.y)), column("interval", interval),
  ], rows);
}

function partSection(part) {
  const rows = numbers.figures.filter((row) => row.section === part.name);
  const given = rows.filter((row) => row.value !== null);
  const points = numbers.points.filter((row) => row.section === part.name);
  const plots = [...new Set(points.map((row) => row.plot))];
  const drawn = plots.flatMap((name) => {
    const mine = points.filter((row) => row.plot === name);
    return [element("h3", {}, words(name)), beside(plotOf(part.name, name, mine), pointsTable(part.name, name, mine))];
  });
  return section(part.name, part.title, paragraph(part.question, "quiet"), given.length ? figuresTable(part.name, given) : null,
    refusals(rows.filter((row) => row.value === null)), ...drawn);
}

async function start() {
  await show(head(), [verdictSection(), ...numbers.sections.map(partSection)]);
  document.documentElement.dataset.ready = "yes";
}

start();
