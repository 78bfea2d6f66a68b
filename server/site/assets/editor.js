/* The query editor: turns the form of the page into an editor; without this script the form works alone. */
import {autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap} from "@codemirror/autocomplete";
import {defaultKeymap, history, historyKeymap} from "@codemirror/commands";
import {HighlightStyle, bracketMatching, indentOnInput, syntaxHighlighting} from "@codemirror/language";
import {setDiagnostics} from "@codemirror/lint";
import {EditorState} from "@codemirror/state";
import {EditorView, drawSelection, highlightActiveLine, keymap, lineNumbers} from "@codemirror/view";
import {tags} from "@lezer/highlight";
import {sparql} from "codemirror-lang-sparql";
import {completer, declare} from "./complete.js";
import {ask, problemOf} from "./protocol.js";
import {show, showProblem} from "./results.js";

const form = document.querySelector("form[data-editor]");
const field = form.elements.query;
const status = document.getElementById("status");
const results = document.getElementById("results");

// The rules are those of the page's style, whose variables reach into the shadow tree.
const look = EditorView.theme({
  "&": {color: "var(--ink)", backgroundColor: "var(--ground)", fontSize: ".95rem"},
  "&.cm-focused": {outline: ".2rem solid var(--accent)", outlineOffset: ".12rem"},
  ".cm-scroller": {fontFamily: "ui-monospace, 'Liberation Mono', Menlo, Consolas, monospace", lineHeight: "1.5", minHeight: "16rem", maxHeight: "60vh"},
  ".cm-content": {caretColor: "var(--ink)"},
  ".cm-cursor": {borderLeftColor: "var(--ink)", borderLeftWidth: "2px"},
  ".cm-gutters": {backgroundColor: "var(--raised)", color: "var(--muted)", borderRight: "1px solid var(--line)"},
  ".cm-activeLine": {backgroundColor: "color-mix(in srgb, var(--line) 25%, transparent)"},
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground":
    {backgroundColor: "color-mix(in srgb, var(--accent) 30%, transparent)"},
  "&.cm-focused .cm-matchingBracket": {backgroundColor: "var(--mark)", outline: "1px solid var(--firm)"},
  ".cm-tooltip": {color: "var(--ink)", backgroundColor: "var(--ground)", border: "1px solid var(--firm)", maxWidth: "min(34rem, 90vw)"},
  ".cm-tooltip.cm-tooltip-autocomplete > ul": {fontFamily: "inherit", maxHeight: "none", overflow: "hidden"},
  ".cm-completionListIncompleteTop::before, .cm-completionListIncompleteBottom::after": {textAlign: "center"},
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": {padding: ".25rem .5rem"},
  ".cm-tooltip-autocomplete ul li[aria-selected]": {background: "var(--accent)", color: "var(--on-accent)"},
  ".cm-completionDetail": {fontStyle: "normal", opacity: "1"},
  ".cm-completionInfo": {padding: ".5rem .75rem"},
  ".cm-lintRange-error": {backgroundImage: "none", textDecoration: "underline wavy var(--wrong)"},
  ".cm-lintPoint-error::after": {borderBottomColor: "var(--wrong)"},
  ".cm-diagnostic-error": {borderLeftColor: "var(--wrong)"},
});
const colours = HighlightStyle.define([
  {tag: [tags.keyword, tags.operatorKeyword, tags.controlKeyword, tags.definitionKeyword], color: "var(--link)", fontWeight: "600"},
  {tag: [tags.variableName, tags.special(tags.variableName)], color: "var(--seen)"},
  {tag: [tags.string, tags.number, tags.bool], color: "var(--wrong)"},
  {tag: tags.comment, color: "var(--muted)", fontStyle: "italic"},
]);

// Left to itself, the browser gives what replaces several lines an inline style, which the content policy refuses.
const replacing = EditorView.domEventHandlers({
  beforeinput(event, made) {
    const {from, to, empty} = made.state.selection.main;
    if (empty || event.inputType !== "insertText" || event.isComposing || !event.data) return false;
    event.preventDefault();
    const typed = () => made.state.update(made.state.replaceSelection(event.data), {userEvent: "input.type", scrollIntoView: true});
    const handled = made.state.facet(EditorView.inputHandler).some((handle) => handle(made, from, to, event.data, typed));
    if (!handled) made.dispatch(typed());
    return true;
  },
});

function makeView() {
  const host = document.createElement("div");
  host.className = "editor";
  field.before(host);
  // In a shadow tree CodeMirror adopts its style sheets, so that the content policy stays strict.
  const root = host.attachShadow({mode: "open"});
  const made = new EditorView({
    parent: root,
    root,
    state: EditorState.create({
      doc: field.value,
      extensions: [
        lineNumbers(), history(), drawSelection(), indentOnInput(), bracketMatching(), closeBrackets(),
        highlightActiveLine(), replacing, EditorView.lineWrapping, sparql(), syntaxHighlighting(colours), look,
        autocompletion({override: [completer(form.dataset.vocabulary)], maxRenderedOptions: 10, icons: false}),
        EditorView.contentAttributes.of({"aria-label": field.labels[0].textContent, "aria-describedby": "keys", spellcheck: "false"}),
        keymap.of([
          {key: "Mod-Enter", run: () => (run(), true)},
          ...closeBracketsKeymap, ...completionKeymap, ...historyKeymap, ...defaultKeymap,
        ]),
        EditorView.updateListener.of((update) => { if (update.docChanged) field.value = made.state.doc.toString(); }),
      ],
    }),
  });
  field.hidden = true;
  field.labels[0].addEventListener("click", () => made.focus());
  return made;
}

function mark({line, column, detail}) {
  if (!line || line > view.state.doc.lines) return view.dispatch(setDiagnostics(view.state, []));
  const found = view.state.doc.line(line);
  const to = Math.min(found.from + Math.max(column || 1, 1), found.to);
  const from = Math.max(to - 1, found.from); // the last character where the line ends too soon
  view.dispatch(setDiagnostics(view.state, [{from, to, severity: "error", message: detail}]));
  view.dispatch({selection: {anchor: to}, scrollIntoView: true});
}

let asking = null;
async function run() {
  await declare(view, form.dataset.vocabulary);
  const query = view.state.doc.toString();
  asking?.abort();
  asking = new AbortController();
  const mine = asking;
  const address = new URL(form.action); // with the reader's language, if it names one
  address.searchParams.set("query", query);
  const title = document.title;
  if (address.href.length < 30000 && address.href !== location.href) window.history.pushState(null, title, address);
  status.textContent = form.dataset.running;
  results.setAttribute("aria-busy", "true");
  try {
    const answer = await ask(form.action, query, mine.signal);
    mark({});
    status.textContent = show(results, answer, {query, action: form.action, root: form.dataset.root});
  } catch (error) {
    if (mine.signal.aborted) return;
    const problem = problemOf(error);
    mark(problem);
    status.textContent = showProblem(results, problem);
  } finally {
    if (asking === mine) results.removeAttribute("aria-busy");
  }
}

const view = makeView();
document.documentElement.classList.add("scripted");
form.addEventListener("submit", (event) => {
  event.preventDefault();
  run();
});
window.addEventListener("popstate", () => {
  const query = new URLSearchParams(location.search).get("query");
  if (query !== null) view.dispatch({changes: {from: 0, to: view.state.doc.length, insert: query}});
});
