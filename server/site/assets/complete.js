/* Completion from the vocabulary that this server offers: classes, properties, prefixes; and variables, keywords. */
import {syntaxTree} from "@codemirror/language";

const KEYWORDS = ("SELECT DISTINCT WHERE CONSTRUCT ASK DESCRIBE PREFIX FROM NAMED GRAPH OPTIONAL UNION MINUS FILTER EXISTS BIND VALUES UNDEF " +
  "GROUP HAVING ORDER ASC DESC LIMIT OFFSET COUNT SUM MIN MAX AVG SAMPLE GROUP_CONCAT SEPARATOR COALESCE IF STR LANG LANGMATCHES DATATYPE " +
  "BOUND REGEX REPLACE CONTAINS STRSTARTS STRENDS STRBEFORE STRAFTER CONCAT LCASE UCASE YEAR MONTH").split(" ");
const UNITED = {GROUP: "GROUP BY ", ORDER: "ORDER BY "};
const known = new Map();

/** Return the vocabulary, asked for once; an empty one if the server does not answer. */
function vocabulary(address) {
  if (!known.has(address)) {
    known.set(address, fetch(address).then((response) => {
      if (!response.ok) throw new Error(response.statusText);
      return response.json();
    }).catch(() => (known.delete(address), {prefixes: {}, terms: []})));
  }
  return known.get(address);
}

/** Return the prefixes that a text declares, and where the last declaration ends. */
function declared(state) {
  const names = new Set();
  let end = 0;
  for (const found of state.doc.toString().matchAll(/^[ \t]*PREFIX[ \t]+([\w-]*):[ \t]*<[^>\n]*>[ \t]*$/gim)) {
    names.add(found[1]);
    end = found.index + found[0].length;
  }
  return {names, end};
}

/** Return the changes that declare prefixes: after the declarations that are there, else at the top. */
function declarations(state, names, prefixes) {
  const there = declared(state);
  const missing = [...new Set(names)].filter((name) => name in prefixes && !there.names.has(name)).sort();
  if (!missing.length) return [];
  const lines = missing.map((name) => `PREFIX ${name}: <${prefixes[name]}>`).join("\n");
  return [there.names.size ? {from: there.end, insert: `\n${lines}`} : {from: 0, insert: `${lines}\n\n`}];
}

/** Declare every prefix that the query uses and the server knows. */
export async function declare(view, address) {
  const {prefixes} = await vocabulary(address);
  const used = [];
  syntaxTree(view.state).iterate({
    enter(node) {
      if (node.name === "PrefixDecl") return false;
      if (node.name === "PrefixedName") used.push(view.state.sliceDoc(node.from, node.to).split(":")[0]);
    },
  });
  const changes = declarations(view.state, used, prefixes);
  if (changes.length) view.dispatch({changes});
}

function insert(text, prefixes) {
  return (view, completion, from, to) => {
    const changes = declarations(view.state, text.includes(":") ? [text.split(":")[0]] : [], prefixes);
    const shift = changes.reduce((sum, one) => sum + (one.from <= from ? one.insert.length : 0), 0);
    view.dispatch({
      changes: [...changes, {from, to, insert: text}],
      selection: {anchor: from + shift + text.length},
      userEvent: "input.complete",
    });
  };
}

function option(term, prefixes) {
  return {
    label: `${term.name.split(":")[1]} ${term.name} ${term.label}`, // all of it is searched
    displayLabel: term.name,
    detail: term.label,
    info: term.definition || undefined,
    type: term.kind,
    apply: insert(term.name, prefixes),
  };
}

/** Return a completion source over the vocabulary at an address of this server. */
export function completer(address) {
  return async (context) => {
    const inside = syntaxTree(context.state).resolveInner(context.pos, -1).name;
    if (inside === "Comment" || inside === "String" || inside === "IriRef") return null;
    const word = context.matchBefore(/[?$]?[\w:.-]*/);
    if (!word.text && !context.explicit) return null;
    if (/^[?$]/.test(word.text)) return {from: word.from, options: variables(context), validFor: /^[?$]\w*$/};
    const {prefixes, terms} = await vocabulary(address);
    const before = context.state.doc.lineAt(word.from).text.slice(0, word.from - context.state.doc.lineAt(word.from).from);
    if (/PREFIX\s*$/i.test(before)) return {from: word.from, options: prefixOptions(prefixes)};
    const wanted = /(^|[\s;])(a|rdf:type)\s+$/.test(before) ? terms.filter((one) => one.kind === "class") : terms;
    const options = wanted.map((one) => option(one, prefixes));
    if (wanted === terms) options.push(...KEYWORDS.map((name) => ({label: name, type: "keyword", apply: UNITED[name] ?? `${name} `, boost: -30})));
    return {from: word.from, options, validFor: /^[\w:.-]*$/};
  };
}

function variables(context) {
  const found = new Set(context.state.doc.toString().match(/[?$]\w+/g));
  found.delete(context.matchBefore(/[?$]\w*/)?.text);
  return [...found].sort().map((label) => ({label, type: "variable"}));
}

function prefixOptions(prefixes) {
  return Object.entries(prefixes).map(([name, iri]) => ({label: `${name}:`, detail: iri, apply: `${name}: <${iri}>\n`}));
}
