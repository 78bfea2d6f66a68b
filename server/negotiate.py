"""Content negotiation: which format a client gets (RFC 9110 section 12.5.1)."""

from collections.abc import Sequence
from typing import NamedTuple

from ..queries.formats import FORMATS, GRAPH_FORMATS, RESULT_FORMATS, Format


class UnknownFormat(Exception):
    """`?format=` names no format; the message lists those that exist."""


class _Range(NamedTuple):
    media_type: str
    quality: float


def negotiate(accept: str | None, named: str | None = None) -> tuple[Format | None, Format | None]:
    """Return the format for solutions and the one for graphs; None where the client accepts none.

    `named` is the value of `?format=` and goes before the Accept header.
    Raises `UnknownFormat` when it is no name of a format.
    """
    if named is not None:
        if named not in FORMATS:
            raise UnknownFormat(f"format={named[:40]!r} is not one of {', '.join(FORMATS)}.")
        chosen = FORMATS[named]
        return (None, chosen) if chosen.is_graph else (chosen, None)
    ranges = _parse(accept or "*/*")
    return _best(RESULT_FORMATS, ranges), _best(GRAPH_FORMATS, ranges)


def prefers_html(accept: str | None) -> bool:
    """Return whether a client would rather have a page than data: a browser does."""
    ranges = _parse(accept or "*/*")
    best = max(_quality(form, ranges) for form in (*RESULT_FORMATS, *GRAPH_FORMATS))
    return _type_quality("text/html", ranges) >= best and "html" in (accept or "")


def choose(accept: str | None, media_types: Sequence[str]) -> str | None:
    """Return the media type that a client likes best, the first of equals; None if it likes none."""
    ranges = _parse(accept or "*/*")
    best = max(media_types, key=lambda media_type: _type_quality(media_type, ranges))
    return best if _type_quality(best, ranges) > 0 else None


def _parse(accept: str) -> list[_Range]:
    ranges: list[_Range] = []
    for part in accept.split(","):
        media_type, *parameters = (piece.strip().lower() for piece in part.split(";"))
        if media_type:
            ranges.append(_Range(media_type, _q(parameters)))
    return ranges


def _q(parameters: Sequence[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                quality = float(value)
            except ValueError:
                return 0.0
            return min(quality, 1.0) if quality > 0 else 0.0  # NaN is no quality either
    return 1.0


def _best(formats: Sequence[Format], ranges: Sequence[_Range]) -> Format | None:
    best = max(formats, key=lambda form: _quality(form, ranges))  # the first of equals
    return best if _quality(best, ranges) > 0 else None


def _quality(form: Format, ranges: Sequence[_Range]) -> float:
    named = [one.quality for one in ranges if one.media_type in form.aliases]
    return max([_type_quality(form.media_type, ranges), *named])


def _type_quality(media_type: str, ranges: Sequence[_Range]) -> float:
    """Return the quality of the most specific range that matches a media type; 0 without one."""
    for wanted in (media_type, media_type.partition("/")[0] + "/*", "*/*"):
        found = [one.quality for one in ranges if one.media_type == wanted]
        if found:
            return max(found)
    return 0.0
