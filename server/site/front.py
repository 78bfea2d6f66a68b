"""The front page: what this is, search, the programmes at a glance, and questions with their answers."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import fastapi
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from ...graph.media import LICENCE, media_type
from ...ontology import BASE
from ...queries import FORMATS, catalogue
from ...queries.parameters import Things
from ..builds import Build
from ..exchange import OutOfMemory, QueryFault, QueryTimeout, Request, WorkerDied
from ..fairness import Busy
from ..files import root_of
from ..pool import Pool
from .frame import Links, language, page
from .kinds import KINDS
from .known import Known, Read
from .labels import in_words
from .shelf import Shelf
from .thing import Shown, embedded

ROWS = 5
_NO_ANSWER = (Busy, OutOfMemory, QueryFault, QueryTimeout, WorkerDied)
_TITLE = "Central Asian Mammals Initiative: knowledge graph"
_NAME = "The Central Asian Mammals Initiative as a knowledge graph"
_ABOUT = (
    "Activities, responsible actors, deadlines, targets, regions, Range States, taxa and listings of "
    "the Central Asian Mammals Initiative of the Convention on Migratory Species, as RDF."
)


@dataclass(frozen=True)
class Question:
    """A question in words, the canned query that answers it, and with which values."""

    text: str
    query: str
    values: Mapping[str, str]


@dataclass(frozen=True)
class Answered:
    """A question with the first rows of its answer; `count` is None when there was none in time."""

    question: Question
    heads: Sequence[str]
    rows: Sequence[Sequence[Shown]]
    count: int | None


QUESTIONS = (
    Question(
        "Which High-priority activities serve GBF Target 3 in regions that span a State that is no "
        "Party to CMS?",
        "activities-by-target-in-non-party-regions",
        {"target": "gbf/3", "priority": "High"},
    ),
    Question("What is due by the end of 2026?", "activities-due-by", {"day": "2026-12-31"}),
    Question(
        "Where do the Appendix that the Work Programme states and the listing differ?",
        "stated-and-legal-appendix",
        {},
    ),
)
_TILES = ("region", "state", "taxon", "actor", "target", "site", "instrument")


def add_front(
    app: fastapi.FastAPI,
    pool: Pool,
    things: Things,
    build: Build | None,
    known: Known | None,
    shelf: Shelf | None,
) -> None:
    """Add the front page to an application; without a build it is one of a file of one's own."""
    asked = _Questions(pool, things)

    @app.api_route("/", methods=["GET", "HEAD"], include_in_schema=False)
    async def front(request: HttpRequest) -> Response:  # pyright: ignore[reportUnusedFunction]
        if build is None or known is None or shelf is None:
            return page(request, "plain.html.j2", title="A SPARQL endpoint")
        read = await known.read()
        answers = [await asked.answered(one, request, read) for one in QUESTIONS]
        whole = all(one.count is not None for one in answers)
        return page(
            request,
            "front.html.j2",
            title=_TITLE,
            programmes=_programmes(read),
            tiles=_tiles(read),
            regions=(await shelf.records()).regions,
            answers=answers,
            triples=read.build.manifest["triples"],
            digest=read.build.digest[:12],
            described=embedded(_dataset(str(request.base_url), read.build)),
            headers={} if whole else {"Cache-Control": "no-store"},
        )


class _Questions:
    """Answers to the questions, kept as long as the data are the same."""

    def __init__(self, pool: Pool, things: Things):
        self.pool, self.things = pool, things
        self._kept: dict[tuple[str, str], bytes] = {}

    async def answered(self, question: Question, http: HttpRequest, read: Read) -> Answered:
        """Return a question with its answer, or without one when the engine is too busy."""
        key = (read.build.digest, question.query)
        if key not in self._kept:
            text = catalogue()[question.query].bind(question.values, self.things)
            try:
                reply = await self.pool.ask(Request(text, FORMATS["json"], None))
            except _NO_ANSWER:
                return Answered(question, (), (), None)
            self._kept = {one: body for one, body in self._kept.items() if one[0] == key[0]}
            self._kept[key] = reply.body
        return _read(question, self._kept[key], read, Links(root_of(http), language(http)))


def _read(question: Question, body: bytes, read: Read, links: Links) -> Answered:
    """Return the first rows of an answer; a thing that a row names is where its first cell leads."""
    found = json.loads(body)
    rows: list[dict[str, dict[str, str]]] = found["results"]["bindings"]
    things = {name for row in rows for name, value in row.items() if value["type"] == "uri"}
    heads = [name for name in found["head"]["vars"] if name not in things]
    shown: list[list[Shown]] = []
    for row in rows[:ROWS]:
        where = [links.iri(row[name]["value"]) for name in sorted(things & row.keys())]
        texts = [row[name]["value"] if name in row else "" for name in heads]
        cells = [
            Shown(text, (where or [""])[0] if at == 0 else "") for at, text in enumerate(texts)
        ]
        shown.append(cells)
    return Answered(question, [in_words(one).capitalize() for one in heads], shown, len(rows))


@dataclass(frozen=True)
class _Programme:
    name: str
    path: str
    activities: int
    sections: int
    draft: bool


def _programmes(read: Read) -> list[_Programme]:
    """Return what the front page says of each programme, the one to come first."""
    found: list[_Programme] = []
    counted = [one.iri for one in read.names.entities.values()]
    for slug, draft in (("wp-2026-2032", True), ("pow-2014-2020", False)):
        counts = [
            sum(one.startswith(f"{BASE}id/{kind}/{slug}/") for one in counted)
            for kind in ("activity", "section")
        ]
        name = read.labels.text(f"{BASE}id/programme/{slug}")
        found.append(_Programme(name, f"/id/programme/{slug}", counts[0], counts[1], draft))
    return found


def _tiles(read: Read) -> list[tuple[str, str, int]]:
    """Return type, words and number of the things that there are."""
    held = [one.type for one in read.names.entities.values()]
    return [(kind, KINDS[kind][1], held.count(kind)) for kind in _TILES if kind in held]


def _dataset(base: str, build: Build) -> dict[str, object]:
    """Return the dataset in the words of schema.org, for search engines."""
    dumps = [name for name in sorted(build.manifest["files"]) if name.startswith("cami.")]
    return {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "@id": f"{BASE}dataset",
        "name": _NAME,
        "description": _ABOUT,
        "url": base,
        "version": build.manifest["version"],
        "license": LICENCE,
        "isAccessibleForFree": True,
        "creator": {"@type": "Organization", "name": "The cami contributors"},
        "keywords": ["Convention on Migratory Species", "Central Asia", "mammals", "biodiversity"],
        "distribution": [
            {
                "@type": "DataDownload",
                "contentUrl": f"{base}dumps/{name}",
                "encodingFormat": media_type(name),
                "contentSize": f"{build.manifest['files'][name]['bytes']} B",
                "sha256": build.manifest["files"][name]["sha256"],
            }
            for name in dumps
        ],
    }
