"""Typed parameters of canned queries: a client's text becomes an RDF term, or a clear error.

A query declares a parameter as `VALUES ?name { default }`, so its text runs as it stands. Binding
puts a term made by the engine's validating constructors in the place of that default; the client's
text itself never becomes part of a query.
"""

import datetime
import re
from collections.abc import Mapping

import pyoxigraph as ox

from ..ontology import GBF_TARGET, ID

Things = Mapping[str, Mapping[str, str]]
"""Slug to label of every thing, by kind: what a client may name."""

PRIORITIES = ("High", "Medium", "Low")
KINDS = (
    "activity",
    "actor",
    "document",
    "instrument",
    "programme",
    "region",
    "scheme",
    "section",
    "site",
    "state",
    "taxon",
    "treaty",
)
TYPES = (*KINDS, "date", "priority", "target", "text")
_XSD = "http://www.w3.org/2001/XMLSchema#"
_PROGRAMME = "wp-2026-2032/"  # what an activity or section number means without a programme


class ParameterError(Exception):
    """A parameter has no usable value; the message says what would be one."""


def choices(kind: str, things: Things) -> list[str]:
    """Return the values that a parameter of a type takes; an empty list means: not enumerable."""
    if kind == "priority":
        return list(PRIORITIES)
    if kind in ("activity", "section"):
        return [slug.removeprefix(_PROGRAMME) for slug in things.get(kind, {})]
    return list(things.get(kind, {}))


def spoken(default: str) -> str:
    """Return the default of a parameter as a client would write it: "gbf/9", "altai", "High"."""
    if default.startswith('"'):
        return default.split('"')[1]
    slug = default.strip("<>").removeprefix(ID)
    if slug.startswith("gbf:target_"):
        return slug.replace(":target_", "/")
    kind, _, rest = slug.partition("/")
    return rest.removeprefix(_PROGRAMME) if kind in KINDS else slug


def to_term(name: str, kind: str, value: str, things: Things) -> ox.NamedNode | ox.Literal:
    """Return the RDF term that a client's text means for a parameter of a type.

    Raises `ParameterError` when the text is no value of that type.
    """
    if kind == "priority":
        return ox.Literal(_one_of(name, value, PRIORITIES))
    if kind == "date":
        return _date(name, value)
    if kind == "text":
        return ox.Literal(value)
    slug = value.removeprefix(ID).removeprefix(f"{kind}/") if kind in KINDS else value
    known = things.get(kind, {})
    if slug not in known and _PROGRAMME + slug in known:
        slug = _PROGRAMME + slug
    _one_of(name, slug, tuple(known))
    return ox.NamedNode(_target_iri(slug) if kind == "target" else f"{ID}{kind}/{slug}")


def _target_iri(slug: str) -> str:
    framework, _, number = slug.partition("/")
    if framework == "gbf":
        return GBF_TARGET + number
    return f"{ID}{slug}"


def _one_of(name: str, value: str, known: tuple[str, ...]) -> str:
    if value in known:
        return value
    shown = ", ".join(known[:20]) + (", ..." if len(known) > 20 else "")
    raise ParameterError(f"Parameter {name!r}: {value[:80]!r} is not one of {shown}.")


def _date(name: str, value: str) -> ox.Literal:
    if re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        try:
            day = datetime.date.fromisoformat(value)
        except ValueError:
            pass
        else:
            return ox.Literal(day.isoformat(), datatype=ox.NamedNode(f"{_XSD}date"))
    raise ParameterError(f"Parameter {name!r}: {value[:80]!r} is not a day such as 2026-12-31.")
