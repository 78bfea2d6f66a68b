"""`cami query --limit --offset`: one page of a canned query's answer."""

import argparse
import sys

import pyoxigraph as ox

from ..queries import (
    FORMATS,
    Answer,
    Format,
    Page,
    ParameterError,
    catalogue,
    evaluate,
    read_page,
)
from .commands import Unusable


def page_of(options: argparse.Namespace) -> Page | None:
    """Return the page of a canned query that the options ask for, None for all rows.

    Raises `Unusable` for a page that there cannot be.
    """
    try:
        page = read_page(options.limit, options.offset)
    except ParameterError as error:
        raise Unusable(str(error)) from None
    if page is None:
        return None
    if options.query not in catalogue() or catalogue()[options.query].is_graph:
        raise Unusable("--limit and --offset go with a canned query whose answer has rows")
    return page


def answer_page(store: ox.Store, text: str, page: Page, form: Format | None) -> Answer:
    """Return one page of an answer, and say on standard error when more rows follow."""
    if form is None:
        raise Unusable("--limit and --offset go with a format for rows, not for a graph")
    whole = evaluate(store, page.window(text), FORMATS["json"], None)
    body, more = page.cut(whole.body, form)
    if more:
        print(f"cami: more rows follow: --offset {page.next.offset}", file=sys.stderr)
    return Answer(body, form)
