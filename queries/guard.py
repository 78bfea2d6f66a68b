"""What a query may not hold, whoever sends it: checked on its tokens before any engine sees it.

The engine would send HTTP requests for `SERVICE` and `LOAD`, and its parser can be crashed by deep
nesting; neither can be switched off there. https://www.w3.org/TR/sparql11-query/#sparqlGrammar
"""

import re

MAX_BYTES = 100_000
MAX_DEPTH = 100
MAX_OPERATORS = 2_000

_TOKEN = re.compile(
    r"""
    (?P<comment>\#[^\n\r]*)
  | (?P<long>\"\"\"(?:\"{0,2}(?:[^\"\\]|\\.))*\"\"\"|'''(?:'{0,2}(?:[^'\\]|\\.))*''')
  | (?P<string>\"(?:[^\"\\\n\r]|\\.)*\"|'(?:[^'\\\n\r]|\\.)*')
  | (?P<iri><[^<>\"{}|^`\\\x00-\x20]*>)
  | (?P<variable>[?$]\w+)
  | (?P<language>@[A-Za-z]+(?:-[A-Za-z0-9]+)*)
  | (?P<prefixed>[\w.-]*:(?:[\w:.-]|%[0-9A-Fa-f]{2}|\\[^\w\s])*)
  | (?P<word>[A-Za-z_]\w*)
  | (?P<open>[{(\[])
  | (?P<close>[})\]])
  | (?P<operator>[-+*/|&!^=])
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8}")


class RefusedQuery(Exception):
    """The query breaks a rule of this service; `rule` is its short name."""

    def __init__(self, rule: str, message: str):
        self.rule = rule
        super().__init__(message)


def refuse(text: str) -> None:
    """Raise `RefusedQuery` if a query is too large, too deep, or would reach outside the dataset."""
    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise RefusedQuery("query-size", f"The query is longer than {MAX_BYTES:,} bytes.")
    if "\x00" in text or any("\ud800" <= char <= "\udfff" for char in text):
        raise RefusedQuery("query-text", "The query holds characters that no RDF term can hold.")
    if _ESCAPE.search(text):  # codepoint escapes could spell a keyword; write the character itself
        text = _ESCAPE.sub(_unescape, text)
    depth = deepest = operators = 0
    for match in _TOKEN.finditer(text):
        kind, token = match.lastgroup, match.group()
        if kind == "word":
            _refuse_word(token.upper())
        elif kind == "prefixed":  # a parser may read SERVICE:x as SERVICE followed by :x
            for part in re.split(r"[.-]", token.partition(":")[0]):
                if part.upper() == "SERVICE":
                    _refuse_word("SERVICE")
        elif kind == "open":
            depth += 1
            deepest = max(deepest, depth)
        elif kind == "close":
            depth -= 1
        elif kind == "operator":
            operators += 1
    if deepest > MAX_DEPTH:
        raise RefusedQuery("query-depth", f"The query nests deeper than {MAX_DEPTH} brackets.")
    if operators > MAX_OPERATORS:
        raise RefusedQuery(
            "query-operators", f"The query has more than {MAX_OPERATORS:,} operators."
        )


def _unescape(match: re.Match[str]) -> str:
    code = int(match.group().lstrip("\\uU"), 16)
    return chr(code) if code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF else " "


_UPDATES = {"INSERT", "DELETE", "LOAD", "CLEAR", "DROP", "CREATE", "COPY", "MOVE", "ADD"}


def _refuse_word(word: str) -> None:
    if word == "SERVICE":
        raise RefusedQuery(
            "no-service", "SERVICE is refused: this endpoint sends no requests to other servers."
        )
    if word in _UPDATES:
        raise RefusedQuery("read-only", f"{word} is refused: this endpoint is read only.")
