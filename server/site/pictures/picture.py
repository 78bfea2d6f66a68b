"""What a picture is: a drawing of some records, and the same as a table."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from ....ontology import BASE
from ..records import Records, path_of
from .svg import Drawing

Cell = tuple[tuple[str, str], ...]
"""The texts of a cell of a table, each with the address that it links to, or ""."""


@dataclass(frozen=True)
class To:
    """Addresses of pages for the links of a drawing; `root` is where the server is found.

    Links lead on in the reader's language.
    """

    root: str
    lang: str = "en"

    def thing(self, iri: str) -> str:
        """Return the address of a thing: here if its IRI is ours."""
        if not iri.startswith(BASE):
            return iri
        asked = "" if self.lang == "en" else f"?lang={self.lang}"
        return f"{self.root}/{quote(iri.removeprefix(BASE))}{asked}"

    def value(self, facet: str, slug: str) -> str:
        """Return the address of a value of a facet, such as a region."""
        return self.thing(path_of(facet, slug))

    def activity(self, slug: str) -> str:
        """Return the address of an activity."""
        return self.thing(f"{BASE}id/activity/{slug}")

    def programme(self, *chosen: tuple[str, str]) -> str:
        """Return the address of the programme view with values of facets chosen."""
        kept = () if self.lang == "en" else (("lang", self.lang),)
        return f"{self.root}/programme?{urlencode((*chosen, *kept))}"


@dataclass(frozen=True)
class Table:
    """The content of a picture as rows; the first cell of each row is its head."""

    heads: Sequence[str]
    rows: Sequence[Sequence[Cell]]


def cell(text: str, address: str = "") -> Cell:
    """Return a cell of one text."""
    return ((text, address),)


@dataclass(frozen=True)
class Picture:
    """A kind of picture: `subjects` is what it can be of, by slug; empty where it is of all."""

    name: str
    title: str
    summary: str
    note: str
    draw: Callable[[Records, To, str], Drawing]
    table: Callable[[Records, To, str], Table]
    subjects: Callable[[Records], Mapping[str, str]] = lambda _: {}
    subject_name: str = ""
    default: str = ""
