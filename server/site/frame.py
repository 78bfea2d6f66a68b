"""The frame of every page: head, navigation, breadcrumbs, language, content policy, caching."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import jinja2
from markupsafe import Markup
from starlette.requests import Request as HttpRequest
from starlette.responses import HTMLResponse, Response

from ...ontology import BASE
from ..answers import PUBLIC
from ..files import root_of
from .static import asset
from .words import LANGUAGES, words

_VERSION = installed_version("cami")  # read from disk, so once
TEMPLATES = Path(__file__).parent / "templates"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
SECURITY = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


@dataclass(frozen=True)
class Crumb:
    """A step of the way to a page: a text, a path below the root of the site, and a query string."""

    text: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict[str, str])
    lang: str = ""
    """The language of the text, where it is not a word of the interface."""


NAVIGATION: list[Crumb] = [
    Crumb("Search", "/search"),
    Crumb("Programme", "/programme"),
    Crumb("Pictures", "/pictures"),
    Crumb("Queries", "/queries"),
    Crumb("SPARQL", "/sparql"),
    Crumb("Reference", "/reference"),
]
"""The main navigation; each path leads to a page of this server."""
CLOSING: list[Crumb] = [
    Crumb("How to cite", "/reference/cite"),
    Crumb("Licence", "/reference/licence"),
    Crumb("API", "/reference/api"),
    Crumb("Files", "/dumps/"),
]
"""The links at the foot of each page."""


def page(
    request: HttpRequest,
    template: str,
    *,
    title: str,
    trail: Sequence[Crumb] = (),
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **values: Any,
) -> Response:
    """Return a page made from a template that extends `base.html.j2`.

    `trail` leads from the front page to the page above this one. Templates have `url(path, ...)`
    and `iri(iri)` for addresses on this server, `asset(name)` for files, `t(words)` for words of the
    interface in the reader's language, `lang` and `title`, and `english`, an attribute for what is
    English in every language. Answers are tagged when they are sent, so
    that a client that has them gets 304; `headers` go before the usual ones.
    """
    text = render(request, template, title=title, trail=trail, **values)
    kept = {"Cache-Control": PUBLIC, "Vary": "Accept", **SECURITY}
    return HTMLResponse(text, status, {**kept, **(headers or {})})


def render(
    request: HttpRequest, template: str, *, title: str, trail: Sequence[Crumb] = (), **values: Any
) -> str:
    """Return the HTML of a page."""
    links = Links(root_of(request), language(request))
    return (
        _environment()
        .get_template(template)
        .render(
            {
                "title": title,
                "trail": trail,
                "navigation": _served(request, NAVIGATION),
                "closing": _served(request, CLOSING),
                "searchable": bool(_served(request, [Crumb("", "/search")])),
                "asked": "",
                "large": False,
                "here": request.url.path.removeprefix(links.root),
                "lang": links.lang,
                "english": "" if links.lang == "en" else Markup(' lang="en"'),
                "languages": _languages(request, links.root),
                "version": _VERSION,
                "url": links.url,
                "iri": links.iri,
                "asset": links.asset,
                "t": words(links.lang),
                **values,
            }
        )
    )


@dataclass(frozen=True)
class Links:
    """Addresses on this server, wherever it is mounted, which keep the reader's language."""

    root: str
    lang: str = "en"

    def url(self, path: str, **query: str | int) -> str:
        """Return the address of a path below the root, with a query string if any."""
        asked = {name: value for name, value in query.items() if value != ""}
        if self.lang != "en" and not path.startswith(_ENGLISH) and "format" not in query:
            asked.setdefault("lang", self.lang)
        return f"{self.root}{quote(path)}{'?' if asked else ''}{urlencode(asked)}"

    def iri(self, iri: str) -> str:
        """Return where a thing is found: here if its IRI is ours, else where it lives; "" if nowhere.

        What is no web address gives no link: it could be of a scheme that does something.
        """
        if iri.startswith(BASE):
            path, hash, fragment = iri.removeprefix(BASE).partition("#")
            return f"{self.url('/' + path)}{hash}{quote(fragment)}"
        return iri if iri.startswith(("http://", "https://")) else ""

    def asset(self, name: str) -> str:
        """Return the address of a style or script."""
        return f"{self.root}{asset(name)}"


# What is data, or refuses parameters that it does not know.
_ENGLISH = (
    "/data/",
    "/dumps/",
    "/licences",
    "/ontology",
    "/openapi.json",
    "/shapes",
    "/vocabulary",
)


def language(request: HttpRequest) -> str:
    """Return the language that the address asks for; English unless it is one that we have."""
    asked = request.query_params.get("lang", "en")
    return asked if asked in LANGUAGES else "en"


def _languages(request: HttpRequest, root: str) -> list[tuple[str, str, str]]:
    """Return code, name and address of this page in each language, if it has more than one."""
    if request.url.path.removeprefix(root).startswith(_ENGLISH):
        return []
    kept = [(k, v) for k, v in request.query_params.multi_items() if k != "lang"]
    path = quote(request.url.path.removeprefix(root))
    found: list[tuple[str, str, str]] = []
    for code, name in LANGUAGES.items():
        asked = urlencode([*kept, *([("lang", code)] if code != "en" else [])])
        found.append((code, name, f"{root}{path}{'?' if asked else ''}{asked}"))
    return found


def _served(request: HttpRequest, crumbs: Sequence[Crumb]) -> list[Crumb]:
    """Return those that this server has: one of another dataset has fewer pages."""
    paths = {getattr(route, "path", "") for route in request.app.routes}
    return [one for one in crumbs if one.path in paths]


@cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
