"""Content negotiation: which format and which coding a client gets (RFC 9110 section 12.5)."""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from starlette.datastructures import Headers

from ..queries.formats import FORMATS, GRAPH_FORMATS, RESULT_FORMATS, Format
from .cache import remember

CODINGS = ("zstd", "br", "gzip")  # in order of preference
IDENTITY = "identity"
# A comma or semicolon inside a quoted string separates nothing; one that is not closed ends the field.
_PART = re.compile(r'(?:"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|[^,"])++')
_PIECE = re.compile(r'(?:"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|[^;"])++')
_TAG = re.compile(r'((?:W/)?"[^"]*")')
_QUALITY = re.compile(r"0(\.\d{0,3})?|1(\.0{0,3})?")
_Parameters = frozenset[tuple[str, str]]
_EVERYWHERE = ("charset", "utf-8")  # true of all that is sent


class UnknownFormat(Exception):
    """`?format=` names no format; the message lists those that exist."""


class _Range(NamedTuple):
    name: str
    parameters: _Parameters
    quality: float


def field(headers: Headers, name: str) -> str | None:
    """Return a list-valued header, its lines joined (RFC 9110 section 5.3), or None."""
    lines = headers.getlist(name)
    return ", ".join(lines) if lines else None


def entity_tags(headers: Headers, name: str = "if-none-match") -> list[str]:
    """Return the tags of a condition as they stand, or `*` alone (RFC 9110 section 13.1)."""
    given = field(headers, name) or ""
    return ["*"] if given.strip() == "*" else _TAG.findall(given)


@remember
def negotiate(
    accept: str | None, named: str | None = None, graphs: tuple[Format, ...] = GRAPH_FORMATS
) -> tuple[Format | None, Format | None]:
    """Return the format for solutions and the one for graphs; None where the client accepts none.

    `named` is the value of `?format=` and goes before the Accept header. `graphs` are the formats
    that there are, where not all of them are.
    Raises `UnknownFormat` when it is no name of a format.
    """
    if named is not None:
        if named not in FORMATS:
            raise UnknownFormat(f"format={named[:40]!r} is not one of {', '.join(FORMATS)}.")
        chosen = FORMATS[named]
        graph = chosen if chosen in graphs else None
        return (None, graph) if chosen.is_graph else (chosen, None)
    ranges = _parse(accept or "*/*")
    return _best(RESULT_FORMATS, ranges), _best(graphs, ranges)


@remember
def prefers_html(accept: str | None) -> bool:
    """Return whether a client would rather have a page than data: a browser does."""
    ranges = _parse(accept or "*/*")
    best = max(_quality(form, ranges) for form in (*RESULT_FORMATS, *GRAPH_FORMATS))
    html = _type_quality("text/html", frozenset(), ranges)
    return html > 0 and html >= best and any(one.name == "text/html" for one in ranges)


@remember
def coding(accept: str | None) -> str | None:
    """Return the content coding for an Accept-Encoding header; None when it refuses every one.

    Without a header, and where nothing better is accepted, it is `identity`.
    """
    if accept is None:
        return IDENTITY
    given = {one.name: one.quality for one in _parse(accept)}
    qualities = {name: given.get(name, given.get("*", 0.0)) for name in CODINGS}
    best = max(CODINGS, key=lambda name: qualities[name])
    identity = given.get(IDENTITY, given.get("*"))
    if qualities[best] > 0 and qualities[best] >= (given.get(IDENTITY) or 0):
        return best
    return None if identity == 0 else IDENTITY


def choose(accept: str | None, media_types: Sequence[str]) -> str | None:
    """Return the media type that a client likes best, the first of equals; None if it likes none."""
    ranges = _parse(accept or "*/*")
    best = max(media_types, key=lambda one: _type_quality(one, frozenset(), ranges))
    return best if _type_quality(best, frozenset(), ranges) > 0 else None


def _parse(accept: str) -> list[_Range]:
    ranges: list[_Range] = []
    for part in _PART.findall(accept):
        name, _, rest = part.partition(";")  # a media type holds no quoted string
        parameters = dict(_parameter(piece) for piece in _PIECE.findall(rest) if piece.strip())
        quality = _q(parameters.pop("q", "1"))
        if name := name.strip():
            ranges.append(_Range(name.lower(), frozenset(parameters.items()), quality))
    return ranges


def _parameter(piece: str) -> tuple[str, str]:
    name, _, value = piece.partition("=")
    return name.strip().lower(), re.sub(r"\\(.)", r"\1", value.strip().strip('"')).lower()


def _q(text: str) -> float:
    """Return a quality; what is none refuses, since the client meant something else than yes."""
    return float(text) if _QUALITY.fullmatch(text) else 0.0


def _best(formats: Sequence[Format], ranges: Sequence[_Range]) -> Format | None:
    best = max(formats, key=lambda form: _quality(form, ranges))  # the first of equals
    return best if _quality(best, ranges) > 0 else None


def _quality(form: Format, ranges: Sequence[_Range]) -> float:
    satisfied = frozenset(form.parameters)
    if any(
        one.name == form.media_type and not one.parameters and not one.quality for one in ranges
    ):
        return 0.0  # refused by its own name, whatever its other names get
    named = [
        one for one in ranges if one.name in form.aliases and not one.parameters - {_EVERYWHERE}
    ]
    own = _type_quality(form.media_type, satisfied, ranges)
    return max([own, *(one.quality for one in named)])


def _type_quality(media_type: str, satisfied: _Parameters, ranges: Sequence[_Range]) -> float:
    """Return the quality of the most specific range that matches a media type; 0 without one."""
    kinds: Mapping[str, int] = {"*/*": 0, media_type.partition("/")[0] + "/*": 1, media_type: 2}
    matching = [
        ((kinds[one.name], len(one.parameters)), one.quality)
        for one in ranges
        if one.name in kinds and _satisfies(one.parameters, satisfied)
    ]
    return max(matching)[1] if matching else 0.0


def _satisfies(wanted: _Parameters, satisfied: _Parameters) -> bool:
    """Whether a representation has every parameter; of a list of profiles, one is enough."""
    for name, value in wanted - {_EVERYWHERE}:
        if not any((name, word) in satisfied for word in value.split()):
            return False
    return True
