"""What a query may not hold, whoever sends it: checked on its tokens before any engine sees it.

The engine would send HTTP requests for `SERVICE`, and its parser can be crashed by deep nesting;
neither can be switched off there. Where an operator allows some servers, they are named whole. The reading is on the safe side: the engine needs no blank
between a keyword and what follows, so the letters of SERVICE are refused in every bare word.
https://www.w3.org/TR/sparql11-query/#sparqlGrammar
"""

import re
from collections.abc import Collection, Container, Iterable, Iterator

MAX_BYTES = 100_000
MAX_DEPTH = 100
MAX_OPERATORS = 2_000

# Each alternative takes a whole run, so that no text is read twice: linear in its length.
_TOKEN = re.compile(
    r"""
    (?P<comment>\#[^\n\r]*)
  | (?P<long>\"\"\"(?:\"{0,2}(?:[^\"\\]|\\.))*+\"\"\"|'''(?:'{0,2}(?:[^'\\]|\\.))*+''')
  | (?P<unclosed>\"\"\"|''')
  | (?P<string>\"(?:[^\"\\\n\r]|\\.)*\"|'(?:[^'\\\n\r]|\\.)*')
  | (?P<broken>[\"'])
  | (?P<iri><(?:[^<>\"{}|^`\\\x00-\x20]|\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8})*>)
  | (?P<variable>[?$]\w+)
  | (?P<language>@[A-Za-z]+(?:-[A-Za-z0-9]+)*)
  | (?P<word>[\w.-]+)(?P<local>:(?:[\w:.-]|%[0-9A-Fa-f]{2}|\\[^\w\s])*)?
  | (?P<empty>:(?:[\w:.-]|%[0-9A-Fa-f]{2}|\\[^\w\s])*)
  | (?P<datatype>\^\^)
  | (?P<open>[{(\[])
  | (?P<close>[})\]])
  | (?P<operator>[+*/|&!^=])
    """,
    re.VERBOSE | re.DOTALL,
)
_PLAIN_IRI = re.compile(r"<[A-Za-z][\w+.-]*:")
_UPDATES = {"INSERT", "DELETE", "LOAD", "CLEAR", "DROP", "CREATE", "COPY", "MOVE", "ADD"}


class RefusedQuery(Exception):
    """The query breaks a rule of this service; `rule` is its short name."""

    def __init__(self, rule: str, message: str):
        self.rule = rule
        super().__init__(message)


def refuse(text: str, services: Collection[str] = ()) -> None:
    """Raise `RefusedQuery` if a query is too large, too deep, or would reach outside the dataset.

    `services` are the IRIs of servers that `SERVICE` may name, as `<IRI>` and to the letter.
    """
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise RefusedQuery("query-size", f"The query is longer than {MAX_BYTES:,} bytes.")
    if "\x00" in text or any("\ud800" <= char <= "\udfff" for char in text):
        raise RefusedQuery("query-text", "The query holds characters that no RDF term can hold.")
    named = "service" in text.lower()
    depth = operators = 0
    for token in _tokens(text):
        if word := token["word"]:
            asks = word.upper() == "SERVICE" and not token["local"]
            if not asks or _server(text, token.end()) not in services:
                _refuse_word(word.upper(), token["local"] is not None, services)
            operators += word.count("-")
        elif token["broken"] or token["unclosed"]:
            raise RefusedQuery("query-text", "A string of the query is not closed.")
        elif token["iri"] and not _PLAIN_IRI.match(token["iri"]):
            depth += _hidden(token["iri"], named)
        elif token["open"]:
            depth += 1
        elif token["close"]:
            depth -= 1
        elif token["operator"]:
            operators += 1
        if depth > MAX_DEPTH:
            raise RefusedQuery("query-depth", f"The query nests deeper than {MAX_DEPTH} brackets.")
        if operators > MAX_OPERATORS:
            raise RefusedQuery(
                "query-operators", f"The query has more than {MAX_OPERATORS:,} operators."
            )


def _tokens(text: str, start: int = 0) -> Iterator[re.Match[str]]:
    """Yield the tokens of a text up to a string that is not closed; else it would be read again."""
    for token in _TOKEN.finditer(text, start):
        yield token
        if token["broken"] or token["unclosed"]:
            return


def refuse_outside(text: str, named: Iterable[str], known: Container[str]) -> None:
    """Raise `RefusedQuery` if `FROM` of a query, or `named`, names a graph that is not `known`.

    The engine fetches no graph and takes such a one as empty; an answer from it would be wrong
    without a word. Only IRIs that are absolute, or by a prefix, are looked at.
    """
    for iri in (*named, *_datasets(text)):
        if iri not in known:
            raise RefusedQuery(
                "no-such-graph",
                f"<{iri[:200]}> is no graph of this dataset, and graphs from elsewhere are never "
                "fetched: SELECT DISTINCT ?g { GRAPH ?g {} } lists those that there are.",
            )


def _datasets(text: str) -> Iterator[str]:
    """Yield the IRIs of `FROM` and `FROM NAMED`; nothing is lost when one is missed."""
    if "from" not in text.lower():
        return
    prefixes: dict[str, str] = {}
    earlier, last = "", ""  # the two tokens before this one
    for token in _tokens(text):
        if token["comment"]:
            continue
        iri, name = token["iri"], token[0]
        after_from = last.upper() == "FROM" or (last.upper(), earlier.upper()) == ("NAMED", "FROM")
        if iri and earlier.upper() == "PREFIX":
            prefixes[last[:-1]] = iri[1:-1]
        elif iri and after_from and _PLAIN_IRI.match(iri):
            yield iri[1:-1]
        elif after_from and ":" in name and (prefix := name.partition(":")[0]) in prefixes:
            yield prefixes[prefix] + name.partition(":")[2]
        earlier, last = last, name


def holds_word(text: str, word: str) -> bool:
    """Return whether a keyword stands in a query, outside strings, IRIs, comments and prefixes."""
    return word in text.upper() and any(
        token["word"] and token["local"] is None and token["word"].upper() == word
        for token in _tokens(text)
    )


def refuse_extensions(text: str) -> None:
    """Raise `RefusedQuery` if a query names functions of one store's own, beyond SPARQL.

    Virtuoso maps `bif:` and `sql:` to procedures of its database.
    """
    for token in _tokens(text):
        iri = re.sub(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})", _decoded, token["iri"] or "")
        if iri[1:].lower().startswith(("bif:", "sql:")):
            raise RefusedQuery(
                "store-extension", "Functions of a store's own are refused: use those of SPARQL."
            )


def _decoded(escape: re.Match[str]) -> str:
    number = int(escape[1] or escape[2], 16)
    return chr(number) if number < 0x110000 else ""


def _server(text: str, start: int) -> str:
    """Return the IRI of the server that `SERVICE` names, its keyword ending at `start`; "" if none."""
    for token in _tokens(text, start):
        if token["iri"]:
            return token["iri"][1:-1]
        if not token["comment"] and token[0].upper() != "SILENT":
            break
    return ""


def _refuse_word(word: str, is_prefix: bool, services: Collection[str]) -> None:
    if "SERVICE" in word:
        hint = " Rename the prefix." if is_prefix else ""
        where = "other servers"
        if services:
            where += f" than <{'>, <'.join(services)}>, to be named so"
        raise RefusedQuery(
            "no-service", f"SERVICE is refused: this endpoint sends no requests to {where}.{hint}"
        )
    if word in _UPDATES and not is_prefix:
        raise RefusedQuery("read-only", f"{word} is refused: this endpoint is read only.")


def _hidden(iri: str, named: bool) -> int:
    """Return the brackets inside what looks like an IRI but may be a less-than to the engine.

    `named` says whether the letters of SERVICE stand anywhere in the query.
    """
    if "#" in iri and named:  # a comment could hide what follows it
        raise RefusedQuery(
            "no-service", "A relative IRI with # beside the letters of SERVICE is refused."
        )
    return len(re.findall(r"[(\[]", iri)) - len(re.findall(r"[)\]]", iri))
