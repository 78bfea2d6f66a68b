"""`/ontology`, `/shapes`, `/schemes`, `/dumps` and `/.well-known/void`: the files of the build."""

import re
from collections.abc import Iterable
from html import unescape

import fastapi
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, RedirectResponse, Response

from ..graph.media import media_type
from ..queries import GRAPH_FORMATS
from .builds import Build
from .files import Current, file_response, missing, root_of
from .negotiate import field, negotiate, prefers_html
from .problems import HttpProblem
from .site.frame import Crumb, page

_ENDINGS = {"turtle": "ttl", "ntriples": "nt", "jsonld": "jsonld", "rdfxml": "rdf"}
_FORMATS = tuple(form for form in GRAPH_FORMATS if form.name in _ENDINGS)
_VARY = {"Vary": "Accept"}


def add_files(app: fastapi.FastAPI, current: Current) -> None:
    """Add the routes of the build's files to an application."""
    methods = ["GET", "HEAD"]
    for path in ("/dumps", "/schemes"):
        app.add_api_route(
            f"{path}/", _index(path[1:], current), methods=methods, summary=_SAID[path]
        )

    @app.api_route("/ontology", methods=methods, summary="The ontology: page, or RDF by Accept")
    async def ontology(request: HttpRequest) -> Response:  # pyright: ignore[reportUnusedFunction]
        return _negotiated(request, current(), "ontology/cami", page="ontology/index.html")

    @app.api_route("/ontology/{name:path}", methods=methods, summary="A version, or a file of it")
    async def ontology_file(request: HttpRequest, name: str) -> Response:  # pyright: ignore[reportUnusedFunction]
        return _version(request, current(), name)

    @app.api_route("/shapes", methods=methods, summary="The shapes: page, or RDF by Accept")
    async def shapes(request: HttpRequest) -> Response:  # pyright: ignore[reportUnusedFunction]
        return _negotiated(request, current(), "shapes/shapes", page="shapes/index.html")

    @app.api_route("/shapes/{name:path}", methods=methods, summary="A file of the shapes")
    async def shapes_file(request: HttpRequest, name: str) -> Response:  # pyright: ignore[reportUnusedFunction]
        return _file(request, current(), f"shapes/{name}")

    @app.api_route("/schemes/{name:path}", methods=methods, summary="A SKOS scheme as Turtle")
    async def scheme(request: HttpRequest, name: str) -> Response:  # pyright: ignore[reportUnusedFunction]
        file = f"schemes/{name.removesuffix('.ttl')}.ttl"
        return file_response(request, current(), file)

    @app.api_route("/.well-known/void", methods=methods, summary="VoID and DCAT 3 of the dataset")
    async def void(request: HttpRequest) -> Response:  # pyright: ignore[reportUnusedFunction]
        return _negotiated(request, current(), "void")

    @app.api_route("/dumps/{name:path}", methods=methods, summary="A file, with its digest; ranges")
    async def dump(request: HttpRequest, name: str) -> Response:  # pyright: ignore[reportUnusedFunction]
        return file_response(request, current(), name)


_SAID = {
    "/dumps": "Every file of the build with size and digest",
    "/schemes": "The files of the SKOS schemes",
}


def _negotiated(request: HttpRequest, build: Build, stem: str, page: str = "") -> Response:
    """Return a file in the format that the client accepts; a browser is sent to the page."""
    named, accept = request.query_params.get("format"), field(request.headers, "accept")
    if page and named is None and prefers_html(accept):
        return RedirectResponse(f"{root_of(request)}/{page}", 303, _VARY)
    _, form = negotiate(accept, named, _FORMATS)
    if form is None:
        detail = f"This is RDF: ask for {', '.join(_ENDINGS)}."
        raise HttpProblem(406, "not-acceptable", "Not acceptable", detail)
    name = f"{stem}.{_ENDINGS[form.name]}"
    where = f"{root_of(request)}/{name if '/' in name else f'dumps/{name}'}"
    return file_response(request, build, name, {**_VARY, "Content-Location": where})


def _version(request: HttpRequest, build: Build, name: str) -> Response:
    """Return a version by its number, in the format that the client accepts, or a named file."""
    if name == build.manifest["ontology"]["version"]:
        return _negotiated(request, build, "ontology/cami", page="ontology/index.html")
    if f"ontology/{name}/cami.ttl" in build.manifest["files"]:
        return _negotiated(request, build, f"ontology/{name}/cami")
    return _file(request, build, f"ontology/{name}")


def _file(request: HttpRequest, build: Build, name: str) -> Response:
    """Return a file that people may open: a page in the frame of the site, other files to take."""
    if not name.endswith(".html") or name not in build.manifest["files"]:
        return file_response(request, build, name)
    text = (build.folder / name).read_text(encoding="utf-8")
    found = re.search(r"<title>(.*?)</title>.*<main[^>]*>(.*)</main>", text, re.DOTALL)
    if found is None:
        return file_response(request, build, name)
    title, content, trail = unescape(found[1]), found[2], (Crumb("Reference", "/reference"),)
    return page(request, "document.html.j2", title=title, trail=trail, content=content)


def _index(folder: str, current: Current):
    """Return the handler of an index of files, as a page or as JSON."""

    async def index(request: HttpRequest) -> Response:
        build = current()
        prefix = "" if folder == "dumps" else f"{folder}/"
        entries = list(_entries(build, prefix))
        if not entries:
            raise missing(folder)
        if prefers_html(field(request.headers, "accept")):
            return page(
                request,
                "files.html.j2",
                title="Files of the dataset" if folder == "dumps" else "SKOS schemes",
                trail=(Crumb("Reference", "/reference"),),
                entries=entries,
                version=build.manifest["version"],
                digest=build.digest,
            )
        listed = [
            {"name": name, "mediaType": kind, "bytes": size, "sha256": digest}
            for name, kind, size, digest in entries
        ]
        body = {"version": build.manifest["version"], "digest": build.digest, "files": listed}
        return JSONResponse(body, headers={**_VARY, "Cache-Control": "no-cache"})

    return index


def _entries(build: Build, prefix: str) -> Iterable[tuple[str, str, int, str]]:
    for name, facts in sorted(build.manifest["files"].items()):
        if name.startswith(prefix):
            yield name.removeprefix(prefix), media_type(name), facts["bytes"], facts["sha256"]
