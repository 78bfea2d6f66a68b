/* A bar chart of an answer with one column of words and one of numbers; the table beside it says the same. */
const SVG = "http://www.w3.org/2000/svg";
const MOST = 40;
const [WIDTH, ROW, LABEL, VALUE] = [760, 24, 290, 60];

/** Return {label, value}, the columns of a chart, or null if the answer makes none. */
export function chartable({names, types, rows}) {
  const value = names.findLast((_, at) => types[at] === "number");
  const label = names.find((name, at) => types[at] === "text" && rows.every((row) => row[name]?.type === "literal"));
  const enough = rows.length > 1 && rows.length <= MOST && rows.every((row) => row[value] && row[value].value >= 0);
  return value && label && enough ? {label, value} : null;
}

function svg(name, attributes, text) {
  const made = document.createElementNS(SVG, name);
  for (const [key, one] of Object.entries(attributes)) made.setAttribute(key, one);
  if (text !== undefined) made.textContent = text;
  return made;
}

/** Return the chart as an SVG element. */
export function chart({rows}, {label, value}) {
  const height = rows.length * ROW;
  const most = Math.max(...rows.map((row) => Number(row[value].value)), Number.MIN_VALUE);
  const made = svg("svg", {viewBox: `0 0 ${WIDTH} ${height}`, role: "img", "aria-label": `${value} by ${label}, as in the table`});
  rows.forEach((row, at) => {
    const words = row[label].value;
    const length = (Number(row[value].value) / most) * (WIDTH - LABEL - VALUE);
    const middle = at * ROW + ROW / 2;
    made.append(
      svg("text", {x: LABEL - 8, y: middle, class: "label"}, words.length > 38 ? `${words.slice(0, 37)}…` : words),
      svg("rect", {x: LABEL, y: at * ROW + 4, width: Math.max(length, 1), height: ROW - 8}),
      svg("text", {x: LABEL + length + 6, y: middle}, row[value].value),
    );
  });
  return made;
}
