"""Where in JSON-LD or RDF/XML each named node and each of its properties stands."""

import io
import re
import xml.sax
import xml.sax.handler
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin

from .positions import Lines, Place

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
Found = tuple[str, str, Place]  # subject IRI, predicate IRI or "" for the node itself, place

_JSON = re.compile(r'\s+|(?P<string>"(?:[^"\\]|\\.)*")|(?P<mark>[{}\[\]:,])|[^\s{}\[\]:,"]+')


def json_places(text: str) -> Iterator[Found]:
    """Yield the places of the nodes of a JSON-LD text that have an @id.

    Names are expanded by the prefixes, terms, @base and @vocab of its contexts as far as these are
    written in the text; a name that is expanded in another way is not found.
    """
    import json

    names = _Names()
    for context in _contexts(json.loads(text)):
        names.learn(context)
    lines = Lines(text)
    for members in _objects(text):
        ids = [value for name, _, value in members if names.key(name) == "@id" and value]
        if not ids:
            continue
        subject = names.expand(ids[0], vocab=False)
        for name, offset, _ in members:
            predicate = names.key(name)
            if predicate == "@id":
                yield subject, "", lines.place(offset)
            elif predicate == "@type":
                yield subject, f"{RDF}type", lines.place(offset)
            elif not predicate.startswith("@"):
                yield subject, predicate, lines.place(offset)


def _contexts(node: Any) -> Iterator[dict[str, Any]]:
    stack = [node]
    while stack:
        one = stack.pop()
        if isinstance(one, dict):
            context: Any = one.get("@context")  # pyright: ignore
            for each in context if isinstance(context, list) else [context]:  # pyright: ignore
                if isinstance(each, dict):
                    yield each  # pyright: ignore
            stack.extend(one.values())  # pyright: ignore
        elif isinstance(one, list):
            stack.extend(one)  # pyright: ignore


class _Names:
    """The names that the contexts of a text define."""

    def __init__(self) -> None:
        self.terms: dict[str, str] = {}
        self.base = self.vocab = ""

    def learn(self, context: dict[str, Any]) -> None:
        for name, value in context.items():
            target = value.get("@id") if isinstance(value, dict) else value  # pyright: ignore
            if not isinstance(target, str):
                continue
            if name == "@base":
                self.base = target
            elif name == "@vocab":
                self.vocab = target
            elif not name.startswith("@"):
                self.terms.setdefault(name, target)

    def key(self, name: str) -> str:
        return self.expand(self.terms.get(name, name), vocab=True)

    def expand(self, name: str, *, vocab: bool) -> str:
        if name.startswith("@"):
            return name
        prefix, colon, local = name.partition(":")
        if colon and prefix in self.terms and not local.startswith("//"):
            return self.expand(self.terms[prefix], vocab=True) + local
        if colon:
            return name
        return self.vocab + name if vocab else urljoin(self.base, name)


def _objects(text: str) -> Iterator[list[tuple[str, int, str]]]:
    """Yield the members of each object: name, offset of the name, value if it is a string."""
    import json

    stack: list[list[tuple[str, int, str]] | None] = []
    last: tuple[str, int] | None = None
    awaiting = False  # whether a name and its colon have been read
    for match in _JSON.finditer(text):
        if match["string"]:
            word = str(json.loads(match["string"]))
            if awaiting and stack and stack[-1]:
                name, offset, _ = stack[-1][-1]
                stack[-1][-1] = (name, offset, word)
            last, awaiting = (word, match.start()), False
        elif match["mark"] == ":" and last and stack and stack[-1] is not None:
            stack[-1].append((*last, ""))
            awaiting = True
        elif match["mark"] in ("{", "["):
            stack.append([] if match["mark"] == "{" else None)
            awaiting = False
        elif match["mark"] in ("}", "]") and stack:
            members = stack.pop()
            if members is not None:
                yield members
        elif match["mark"] == ",":
            awaiting = False


def xml_places(text: str) -> list[Found]:
    """Return the places of the nodes of an RDF/XML text that have an IRI."""
    handler = _XmlPlaces()
    reader = xml.sax.make_parser()  # external entities are off by default
    reader.setFeature(xml.sax.handler.feature_namespaces, True)
    reader.setContentHandler(handler)
    try:
        reader.parse(io.BytesIO(text.encode()))
    except xml.sax.SAXException:  # the engine allows what this reader does not
        return handler.found
    return handler.found


class _XmlPlaces(xml.sax.handler.ContentHandler):
    """Collects places; node elements and property elements take turns from rdf:RDF downwards."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[Found] = []
        self.stack: list[tuple[str, str, str]] = []  # kind of element, its node, its base
        self.place: Any = None

    def setDocumentLocator(self, locator: Any) -> None:
        self.place = locator

    def startElementNS(self, name: Any, qname: Any, attrs: Any) -> None:
        kind, node, base = self.stack[-1] if self.stack else ("root", "", "")
        at = Place(self.place.getLineNumber(), self.place.getColumnNumber() + 1)
        base = attrs.get(("http://www.w3.org/XML/1998/namespace", "base"), base)
        if kind == "root" and name == (RDF, "RDF"):
            self.stack.append(("root", "", base))
        elif kind == "node":
            self._say(node, f"{name[0] or ''}{name[1]}", at)
            inner = "node" if attrs.get((RDF, "parseType")) == "Resource" else "property"
            self.stack.append((inner, "" if inner == "node" else node, base))
        else:
            self.stack.append(("node", self._node(name, attrs, base, at), base))

    def endElementNS(self, name: Any, qname: Any) -> None:
        self.stack.pop()

    def _node(self, name: Any, attrs: Any, base: str, at: Place) -> str:
        about, identifier = attrs.get((RDF, "about")), attrs.get((RDF, "ID"))
        if about is None and identifier is None:
            return ""
        node = (
            urljoin(base, about) if about is not None else f"{base.partition('#')[0]}#{identifier}"
        )
        self._say(node, "", at)
        if name != (RDF, "Description"):
            self._say(node, f"{RDF}type", at)
        for space, local in attrs.getNames():
            if space and space != "http://www.w3.org/XML/1998/namespace" and space != RDF:
                self._say(node, f"{space}{local}", at)
        return node

    def _say(self, node: str, predicate: str, at: Place) -> None:
        if node:
            self.found.append((node, predicate, at))
