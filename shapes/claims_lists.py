"""The facets of what stands around the Work Programme: lists, Table 1, amendments, decisions."""

from ..ontology import CAMI
from . import reading
from .lexicon import STATES, named
from .paper import Paper, letters
from .view import Facet, View

PROGRAMME = "programme/wp-2026-2032"
TABLE_1 = "usage/cop15-cami-document/table-1/"
AMENDMENTS = "amendment/11.24/cop15/"
PROPOSAL = "provision/11.24/cop15-proposal/"


def facets(paper: Paper, view: View) -> list[Facet]:
    """Return the facets with the claims of both sides."""
    return [*_of_lists(paper, view), *_of_resolution(paper, view)]


def verbs(paper: Paper, view: View, version: str) -> Facet:
    """Return the facet of the operative verbs of one version of the resolution."""
    numbered = [
        one for one in view.things(CAMI.Provision, version) if one.rpartition("/")[2].isdecimal()
    ]
    return Facet(
        "verbs of paragraphs",
        {f"{version}{one.number}": [one.title] for one in paper.paragraphs},
        {
            one: [words.casefold() for words in view.texts(one, CAMI.operativeVerb)]
            for one in numbered
        },
        lambda text: reading.whole(text.casefold()),
        bool(numbered),
    )


def appendices(name: str, paper: Paper, view: View, prefix: str) -> Facet:
    """Return the facet of the Appendices that a document states for its species."""
    usages = view.things(CAMI.TreatyTaxonUsage, prefix)
    return Facet(
        name,
        {f"{prefix}{one.position}": list(one.appendices) for one in paper.species},
        {one: view.stated_appendices(one) for one in usages},
        reading.appendices,
        bool(usages),
    )


def range_states(paper: Paper, view: View, programme: str) -> Facet:
    """Return the facet of the Range States of a programme."""
    in_graph = view.slugs(programme, CAMI.hasRangeState)
    return Facet(
        "Range States",
        {f"state/{named(STATES, one)}": ["Range State"] for one in paper.range_states},
        {one: ["Range State"] for one in in_graph},
        reading.whole,
        bool(in_graph),
    )


def _of_lists(paper: Paper, view: View) -> list[Facet]:
    rows = view.things(CAMI.TreatyTaxonUsage, TABLE_1)
    places = [f"{PROGRAMME}#paragraph 2", f"{PROGRAMME}#complementary instruments"]
    states = {f"state/{named(STATES, name)}": name for name in paper.range_states}
    in_graph = view.slugs(PROGRAMME, CAMI.hasRangeState)
    return [
        Facet(
            "instruments of the programme",
            {
                place: [reading.instrument(one) for one in printed]
                for place, printed in zip(places, paper.instruments, strict=True)
            },
            {place: view.instruments(PROGRAMME) for place in places},
            reading.instruments,
            bool(view.things(CAMI.Programme, PROGRAMME)),
            kind="instrument",
        ),
        Facet(
            "names in Table 1",
            {f"{TABLE_1}{s.position}": [s.common_name, s.scientific_name] for s in paper.species},
            {
                row: view.texts(row, CAMI.printedCommonName) + view.texts(row, CAMI.printedName)
                for row in rows
            },
            reading.whole,
            bool(rows),
        ),
        appendices("Appendices in Table 1", paper, view, TABLE_1),
        range_states(paper, view, PROGRAMME),
        Facet(
            "Party status",
            {slug: [_status(name)] for slug, name in states.items() if slug in in_graph},
            {slug: _participation(view, slug) for slug in in_graph if slug in states},
            reading.whole,
            bool(view.things(CAMI.TreatyParticipation, "")),
        ),
    ]


def _status(printed: str) -> str:
    """Return what the letters of a name say: the names of CMS Parties are in capitals."""
    return "Party" if printed.split()[-1].isupper() else "NonParty"


def _participation(view: View, state: str) -> list[str]:
    return [
        status.rpartition("#")[2]
        for node in view.referring(CAMI.participant, state)
        if "treaty/cms" in view.slugs(node, CAMI.treaty) and view.texts(node, CAMI.printed)
        for status in view.texts(node, CAMI.participationStatus)
    ]


def _of_resolution(paper: Paper, view: View) -> list[Facet]:
    amendments = view.things(CAMI.AmendmentProposal, AMENDMENTS)
    decisions = view.things(CAMI.Decision, "decision/")
    items = view.things(CAMI.DecisionItem, "decision/")
    kinds = {f"{AMENDMENTS}{one.row}": [reading.amendment(one)] for one in paper.amendments}
    return [
        Facet(
            "amendments",
            kinds,
            {
                one: [kind.rpartition("#")[2] for kind in view.texts(one, CAMI.amendmentKind)]
                for one in amendments
            },
            reading.whole,
            bool(amendments),
        ),
        verbs(paper, view, PROPOSAL),
        Facet(
            "decisions",
            {f"decision/{one.number}": ["decision"] for one in paper.decisions},
            {one: ["decision"] for one in decisions},
            reading.whole,
            bool(decisions),
        ),
        Facet(
            "items of decisions",
            {f"decision/{one.number}": list(one.items) for one in paper.decisions},
            {
                one: [
                    letter
                    for item in items
                    if item.startswith(f"{one}/") and (letter := view.text(item, CAMI.number))
                ]
                for one in decisions
            },
            letters,
            bool(items),
        ),
    ]
