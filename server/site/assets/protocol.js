/* The SPARQL Protocol, as far as the editor speaks it; always with the server that the page is from. */
const ACCEPT = "application/sparql-results+json, text/turtle;q=0.9";

export class Problem extends Error {
  constructor(about) {
    super(about.detail);
    this.about = about;
  }
}

/** Return {kind: "rows" | "boolean" | "graph", ...} for a query. Throws `Problem` for an answer that is an error. */
export async function ask(action, query, signal) {
  const began = performance.now();
  const headers = {Accept: ACCEPT, "Content-Type": "application/sparql-query"};
  const response = await fetch(action, {method: "POST", body: query, headers, signal});
  const type = response.headers.get("content-type") ?? "";
  if (!response.ok) throw new Problem(await described(response, type));
  const timed = (answer) => ({...answer, seconds: (performance.now() - began) / 1000});
  if (!type.startsWith("application/sparql-results+json")) return timed({kind: "graph", text: await response.text()});
  const found = await response.json();
  if ("boolean" in found) return timed({kind: "boolean", value: found.boolean});
  return timed({kind: "rows", names: found.head.vars, rows: found.results.bindings});
}

async function described(response, type) {
  if (type.startsWith("application/problem+json")) return response.json();
  return {title: `The server answered ${response.status}`, detail: response.statusText};
}

export function problemOf(error) {
  if (error instanceof Problem) return error.about;
  return {title: "The server cannot be reached", detail: String(error.message || error)};
}

/** Return the address at which a query is answered in a format, or "" if it is too long for one. */
export function addressOf(action, query, format) {
  const address = new URL(action);
  address.search = new URLSearchParams({query, format});
  return address.href.length < 30000 ? address.href : "";
}
