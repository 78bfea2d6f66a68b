/* Results: a table that can be sorted, a chart of it, the text of a graph, and links to the same answer as files. */
import {chart, chartable} from "./chart.js";
import {addressOf} from "./protocol.js";

const STEP = 500; // rows added at a time: a page of all rows of a large answer cannot be used
const NUMBER = /#(integer|decimal|double|float|int|long|short|byte|nonNegativeInteger|positiveInteger)$/;
const FILES = {
  rows: [["csv", "CSV"], ["csv-excel", "CSV for spreadsheets"], ["tsv", "TSV"], ["json", "JSON"], ["xml", "XML"]],
  boolean: [["json", "JSON"], ["xml", "XML"]],
  graph: [["turtle", "Turtle"], ["ntriples", "N-Triples"], ["jsonld", "JSON-LD"], ["rdfxml", "RDF/XML"]],
};
const ENDINGS = {"csv-excel": "csv", turtle: "ttl", ntriples: "nt", rdfxml: "rdf"};

export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** Show an answer in the place for results; return what to say of it. */
export function show(place, answer, about) {
  place.replaceChildren();
  if (answer.kind === "boolean") place.append(element("p", {class: "lead"}, answer.value ? "Yes" : "No"));
  if (answer.kind === "graph") place.append(region("Triples", element("pre", {}, element("code", {}, answer.text))));
  if (answer.kind === "rows") place.append(...rows(answer, about.root));
  place.prepend(files(answer.kind, about));
  const time = `${answer.seconds.toFixed(2)} s`;
  if (answer.kind !== "rows") return `Answered in ${time}`;
  const count = answer.rows.length;
  return `${count.toLocaleString("en")} ${count === 1 ? "row" : "rows"} in ${time}`;
}

/** Show what is wrong; return what to say of it. */
export function showProblem(place, problem) {
  const where = problem.line ? `Line ${problem.line}, column ${problem.column}: ` : "";
  place.replaceChildren(element("div", {class: "problem"}, element("p", {}, element("strong", {}, problem.title)), element("p", {}, where + problem.detail)));
  return `No answer: ${problem.title}`;
}

function region(label, ...children) {
  return element("div", {class: "scroll", role: "region", "aria-label": label, tabindex: "0"}, ...children);
}

function files(kind, {query, action}) {
  const list = element("ul", {class: "files", "aria-label": "Download"});
  for (const [format, text] of FILES[kind]) {
    const href = addressOf(action, query, format);
    const name = `query.${ENDINGS[format] ?? format}`;
    if (href) list.append(element("li", {}, element("a", {href, download: name, class: "button plain"}, text)));
  }
  if (list.children.length) return list;
  return element("p", {class: "note"}, "The query is too long for a link: send it by POST for a file.");
}

function rows(answer, root) {
  const table = element("table", {class: "results"});
  const found = {...answer, types: answer.names.map((name) => typeOf(answer.rows, name))};
  if (!answer.rows.length) return [element("p", {}, "No rows: nothing in the data is so.")];
  const more = element("button", {type: "button", class: "plain"}, "Show more rows");
  const body = element("tbody");
  let shown = 0;
  const fill = () => {
    body.append(...found.rows.slice(shown, shown + STEP).map((row) => line(found, row, root)));
    shown = Math.min(shown + STEP, found.rows.length);
    more.hidden = shown >= found.rows.length;
  };
  const sort = (name, down) => {
    found.rows = [...answer.rows].sort((one, two) => compare(one[name], two[name]) * (down ? -1 : 1));
    body.replaceChildren();
    shown = 0;
    fill();
  };
  more.addEventListener("click", fill);
  table.append(head(found, sort), body);
  fill();
  const made = [region("Results", table), more];
  const drawn = chartable(found);
  if (drawn) {
    const picture = element("details", {class: "chart"}, element("summary", {}, `Chart: ${drawn.value} by ${drawn.label}`));
    picture.addEventListener("toggle", () => picture.childElementCount > 1 || picture.append(chart(found, drawn)), {once: true});
    made.unshift(picture);
  }
  return made;
}

function head(found, sort) {
  const line = element("tr");
  found.names.forEach((name, at) => {
    const button = element("button", {type: "button"}, name);
    const cell = element("th", {scope: "col", class: found.types[at]}, button);
    button.addEventListener("click", () => {
      const down = cell.getAttribute("aria-sort") === "ascending";
      for (const other of line.children) other.removeAttribute("aria-sort");
      cell.setAttribute("aria-sort", down ? "descending" : "ascending");
      sort(name, down);
    });
    line.append(cell);
  });
  return element("thead", {}, line);
}

function line(found, row, root) {
  const made = element("tr");
  found.names.forEach((name, at) => made.append(element("td", {class: found.types[at]}, ...shownTerm(row[name], root))));
  return made;
}

function typeOf(all, name) {
  const values = all.slice(0, 200).map((row) => row[name]).filter(Boolean);
  return values.length && values.every((one) => NUMBER.test(one.datatype ?? "")) ? "number" : "text";
}

function compare(one, two) {
  if (!one || !two) return (one ? 1 : 0) - (two ? 1 : 0);
  if (NUMBER.test(one.datatype ?? "") && NUMBER.test(two.datatype ?? "")) return one.value - two.value;
  return one.value.localeCompare(two.value, "en", {numeric: true});
}

const OURS = "https://w3id.org/cami/";
function shownTerm(term, root) {
  if (!term) return [];
  if (term.type === "bnode") return [element("code", {}, `_:${term.value}`)];
  if (term.type !== "uri") return term["xml:lang"] ? [element("span", {lang: term["xml:lang"]}, term.value)] : [term.value];
  if (!/^https?:\/\//.test(term.value)) return [element("code", {}, term.value)]; // a link could be of a scheme that does something
  const ours = term.value.startsWith(OURS);
  const text = ours ? term.value.slice(OURS.length) : term.value.replace(/^https?:\/\//, "");
  return [element("a", {href: ours ? `${root}/${text}` : term.value, title: term.value}, text)];
}
