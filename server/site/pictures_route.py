"""`/pictures`: the pictures as pages with their tables, as SVG files, and their tables as CSV."""

import csv
import io
from collections.abc import Mapping

import fastapi
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from ...queries import ParameterError
from ..answers import Answers, tags
from ..files import missing
from .frame import Crumb, language, page, root_of
from .known import Known
from .pictures import PICTURES, Picture, Table, To
from .records import Records
from .shelf import Shelf
from .spoken import named
from .static import files
from .words import words

_TRAIL = [Crumb("Pictures", "/pictures")]
_FILE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"


def add_pictures(app: fastapi.FastAPI, shelf: Shelf, answers: Answers, known: Known) -> None:
    """Add the pages and files of the pictures to an application."""
    pages = _Pictures(shelf, answers, known)
    routes = {
        "/pictures": (pages.list, "The pictures"),
        "/pictures/{name}.svg": (pages.svg, "A picture as SVG"),
        "/pictures/{name}.csv": (pages.csv, "The table of a picture as CSV"),
        "/pictures/{name}": (pages.page, "A picture as a page, with its table"),
    }
    for path, (handler, summary) in routes.items():
        app.add_api_route(path, handler, methods=["GET", "HEAD"], summary=summary)


class _Pictures:
    """The handlers; all that they show is drawn from the records in memory."""

    def __init__(self, shelf: Shelf, answers: Answers, known: Known):
        self.shelf, self.answers, self.known = shelf, answers, known

    async def list(self, request: HttpRequest) -> Response:
        """Return the page that leads to every picture."""
        pictures = PICTURES.values()
        return page(request, "pictures.html.j2", title="Pictures", pictures=pictures)

    async def page(self, request: HttpRequest, name: str) -> Response:
        """Return the page of a picture: drawing, downloads, table."""
        one = _named(name)
        records = await self.shelf.records()
        subject = _subject(one, records, request)
        lang = language(request)
        to = To(root_of(request), lang)
        labels = (await self.known.read()).labels if lang != "en" else None
        subjects = {
            slug: named(labels, lang, one.subject_name, slug, label)
            for slug, label in one.subjects(records).items()
        }
        title = words(lang)(one.title)
        return page(
            request,
            "picture.html.j2",
            title=f"{title}: {subjects[subject][0]}" if subject else title,
            trail=_TRAIL,
            picture=one,
            drawing=one.draw(records, to, subject).as_part(),
            table=one.table(records, to, subject),
            subjects=subjects,
            subject=subject,
            query={one.subject_name: subject} if subject else {},
        )

    async def svg(self, request: HttpRequest, name: str) -> Response:
        """Return a picture as an SVG document; its links lead to this server by whole addresses."""
        one = _named(name)
        records = await self.shelf.records()
        subject = _subject(one, records, request)
        tag = self.answers.entity_tag(f"{request.url}")
        if {tag, "*"} & tags(request):
            return self.answers.unchanged(request, tag)
        drawn = one.draw(records, To(str(request.base_url).rstrip("/")), subject)
        text = drawn.as_file(files()["pictures.css"].decode())
        headers = self._headers(request, tag, f"cami-{_file_name(name, subject)}.svg")
        headers["Content-Security-Policy"] = _FILE_POLICY
        return Response(text, headers={**headers, "Content-Type": "image/svg+xml"})

    async def csv(self, request: HttpRequest, name: str) -> Response:
        """Return the table of a picture as CSV; texts of one cell are separated by "; "."""
        one = _named(name)
        records = await self.shelf.records()
        subject = _subject(one, records, request)
        tag = self.answers.entity_tag(f"{name}.csv {subject}")
        if {tag, "*"} & tags(request):
            return self.answers.unchanged(request, tag)
        headers = self._headers(request, tag, f"cami-{_file_name(name, subject)}.csv")
        text = _csv(one.table(records, To(""), subject))
        kind = "text/csv; charset=utf-8; header=present"
        return Response(text, headers={**headers, "Content-Type": kind})

    def _headers(self, request: HttpRequest, tag: str, name: str) -> dict[str, str]:
        headers = self.answers.headers(request, tag)
        return {**headers, "Content-Disposition": f'inline; filename="{name}"'}


def _named(name: str) -> Picture:
    if name not in PICTURES:
        raise missing(f"pictures/{name}")
    return PICTURES[name]


def _subject(one: Picture, records: Records, request: HttpRequest) -> str:
    """Return what a picture is to be of; raises `ParameterError` for what it cannot be of."""
    known: Mapping[str, str] = one.subjects(records)
    for name in request.query_params:
        if name not in (one.subject_name, "lang") or not name:
            raise ParameterError(f"{name[:80]!r} is no parameter of {one.name}.")
    asked = request.query_params.get(one.subject_name, "") if known else ""
    if asked and asked not in known:
        shown = ", ".join(known)
        raise ParameterError(f"Parameter {one.subject_name!r}: {asked[:80]!r} is none of {shown}.")
    return asked or one.default


def _file_name(name: str, subject: str) -> str:
    return f"{name}-{subject}" if subject else name


def _csv(table: Table) -> str:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(table.heads)
    for row in table.rows:
        writer.writerow("; ".join(text for text, _ in one) for one in row)
    return buffer.getvalue()
