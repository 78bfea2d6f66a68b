"""Labels of what the programme pages are about, in the reader's language where the data have one."""

from collections.abc import Callable, Mapping

from markupsafe import Markup, escape

from .labels import Labels
from .records import path_of


def named(labels: Labels | None, lang: str, facet: str, slug: str, english: str) -> tuple[str, str]:
    """Return what to call a value of a facet, and the language of that; English without another."""
    iri = path_of(facet, slug)
    if labels is None or not iri or labels.lang(iri, lang) == "en":
        return english, "en"
    return labels.plain(iri, lang), lang


def speaker(
    labels: Labels | None, lang: str, english: Mapping[str, Mapping[str, str]]
) -> Callable[[str, str], Markup]:
    """Return the function from facet and slug to a label as HTML, inside what is marked as English.

    `english` has the labels by facet and slug; `labels` is None for a reader of English.
    """

    def spoken(facet: str, slug: str) -> Markup:
        text, of = named(labels, lang, facet, slug, english[facet][slug])
        return escape(text) if of == "en" else Markup('<span lang="{}">{}</span>').format(of, text)

    return spoken
