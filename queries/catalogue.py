"""The canned queries: each `.rq` file beside this one, with its metadata in leading comments.

Metadata lines start with `#+` and are YAML: `summary`, `description`, `tags`, and `parameters`
(name -> `type`, `summary`). A parameter `p` needs exactly one `VALUES ?p { default }` in the text;
the default `UNDEF` makes it optional.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import pyoxigraph as ox

from ..ontology import BASE, ID, PREFIXES
from .parameters import TYPES, ParameterError, Things, to_term

HERE = Path(__file__).parent
RESERVED = ("format", "limit", "offset")


def _values(names: Iterable[str]) -> re.Pattern[str]:
    """Return the pattern of the VALUES block of some parameters: head, name, default, end."""
    named = "|".join(map(re.escape, names))
    return re.compile(rf"(VALUES\s+\?({named})\s*\{{)([^{{}}]*)(\}})")


class CatalogueError(Exception):
    """A query file cannot be used; the message names the file and what to do."""


@dataclass(frozen=True)
class Parameter:
    """A typed parameter; `optional` means that leaving it out means: any."""

    name: str
    type: str
    summary: str
    default: str
    optional: bool


@dataclass(frozen=True)
class Query:
    """A canned query; `text` runs as it stands, with the defaults of its parameters."""

    name: str
    summary: str
    description: str
    tags: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    text: str

    @property
    def form(self) -> str:
        """The query form: select, ask, construct or describe."""
        body = re.sub(r"#[^\n]*|<[^>]*>", " ", self.text)
        found = re.search(r"\b(SELECT|ASK|CONSTRUCT|DESCRIBE)\b", body)
        return found[1].lower() if found else "select"

    @property
    def is_graph(self) -> bool:
        """Whether the answer is a graph."""
        return self.form in ("construct", "describe")

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The variables that the rows of the answer have; a graph has none."""
        found = ox.Store().query(self.text)  # nothing is stored there: only the engine's reading
        if not isinstance(found, ox.QuerySolutions):
            return ()
        return tuple(name.value for name in found.variables)

    def bind(self, values: Mapping[str, str], things: Things) -> str:
        """Return the query text for some parameter values; the rest keep their defaults.

        Its ORDER BY ends with every column, so that rows that are otherwise equal keep their order
        from one page, engine or day to the next.

        Raises `ParameterError` for a name that is no parameter, or a value of the wrong type.
        """
        known = {parameter.name: parameter for parameter in self.parameters}
        for name in values:
            if name not in known:
                shown = ", ".join(known) or "none"
                raise ParameterError(
                    f"{name[:80]!r} is no parameter of {self.name}: it has {shown}."
                )
        terms = {
            name: str(to_term(name, known[name].type, value, things))
            for name, value in values.items()
        }
        text = self.text
        if terms:
            text = _values(terms).sub(  # one pass: no term is read again
                lambda found: f"{found[1]} {terms[found[2]]} {found[4]}", text
            )
        if not self.columns or "ORDER BY" not in self.text:
            return text
        return f"{text.rstrip()} {' '.join(f'?{name}' for name in self.columns)}\n"


def load(path: Path) -> Query:
    """Return the query of one file.

    Raises `CatalogueError` when its metadata or a parameter's VALUES block is missing or wrong.
    """
    from .metadata import MetadataError, read_metadata

    lines = path.read_text(encoding="utf-8").splitlines()
    head = [line for line in lines if line.startswith("#+")]
    text = "\n".join(line for line in lines if not line.startswith("#+")).strip() + "\n"
    try:
        metadata = read_metadata("\n".join(line[2:].removeprefix(" ") for line in head))
    except MetadataError as error:
        raise CatalogueError(f"{path.name}: the #+ lines are wrong: {error}") from None
    parameters = tuple(
        _parameter(path, name, entry.type, entry.summary, text)
        for name, entry in metadata.parameters.items()
    )
    return Query(
        name=path.stem,
        summary=metadata.summary,
        description=metadata.description,
        tags=tuple(metadata.tags),
        parameters=parameters,
        text=text,
    )


def _parameter(path: Path, name: str, kind: str, summary: str, text: str) -> Parameter:
    blocks = _values([name]).findall(text)
    if len(blocks) != 1:
        raise CatalogueError(
            f"{path.name}: parameter {name!r} needs one 'VALUES ?{name} {{ default }}', "
            f"the text has {len(blocks)}"
        )
    if name in RESERVED:
        raise CatalogueError(f"{path.name}: parameter {name!r}: every query has one of that name")
    if kind not in TYPES:
        raise CatalogueError(
            f"{path.name}: parameter {name!r}: {kind!r} is none of {', '.join(TYPES)}"
        )
    default = blocks[0][2].strip()
    return Parameter(name, kind, summary, default, default == "UNDEF")


def query_files() -> list[Path]:
    """Return the files of the canned queries, in alphabetical order of their names."""
    return sorted(HERE.glob("*.rq"), key=lambda path: path.stem)


@cache
def catalogue() -> Mapping[str, Query]:
    """Return every canned query by name, in alphabetical order."""
    return {path.stem: load(path) for path in query_files()}


# SHACL has no term for DESCRIBE; SIB's collection of examples has.
_SPEX = "https://purl.expasy.org/sparql-examples/ontology#"
_SH = PREFIXES["sh"]
_EXECUTABLE = {
    "select": (f"{_SH}SPARQLSelectExecutable", f"{_SH}select"),
    "ask": (f"{_SH}SPARQLAskExecutable", f"{_SH}ask"),
    "construct": (f"{_SH}SPARQLConstructExecutable", f"{_SH}construct"),
    "describe": (f"{_SPEX}SPARQLDescribeExecutable", f"{_SPEX}describe"),
}
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_RDFS = "http://www.w3.org/2000/01/rdf-schema#"
_SCHEMA = "https://schema.org/"


def triples() -> Iterator[ox.Triple]:
    """Yield the catalogue as `sh:SPARQLExecutable` things, which SPARQL editors read as examples.

    The vocabulary is that of SIB's sparql-examples; the prefixes are those that the dataset declares.
    """
    for query in catalogue().values():
        kind, text = _EXECUTABLE[query.form]
        said: list[tuple[str, ox.NamedNode | ox.Literal]] = [
            (f"{_RDF}type", ox.NamedNode(f"{_SH}SPARQLExecutable")),
            (f"{_RDF}type", ox.NamedNode(kind)),
            (f"{_RDFS}label", ox.Literal(query.summary, language="en")),
            (f"{_RDFS}comment", ox.Literal(query.description, language="en")),
            (text, ox.Literal(query.text)),
            (f"{_SH}prefixes", ox.NamedNode(f"{BASE}dataset")),
            (f"{_SCHEMA}target", ox.NamedNode(f"{BASE}sparql")),
            *((f"{_SCHEMA}keywords", ox.Literal(tag)) for tag in query.tags),
        ]
        for name, value in said:
            yield ox.Triple(ox.NamedNode(f"{ID}query/{query.name}"), ox.NamedNode(name), value)
