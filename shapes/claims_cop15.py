"""The facets of the document on CAMI before COP15: what it claims and what the graph claims."""

from collections.abc import Callable

from ..graph.terms import LABEL
from ..ontology import CAMI, GBF_TARGET
from . import claims_lists, reading
from .lexicon import REGIONS, STATES, actors, key, named, squeezed
from .paper import Activity, Paper, Section, letters
from .view import Claims, Facet, View, qualified

PROGRAMME = "wp-2026-2032"
ACTIVITIES = f"activity/{PROGRAMME}/"
SECTIONS = f"section/{PROGRAMME}/"


def facets(paper: Paper, view: View) -> list[Facet]:
    """Return the facets of the document with the claims of both sides."""
    return [
        *_of_activities(paper, view),
        *_of_sections(paper, view),
        *claims_lists.facets(paper, view),
    ]


def by_activity(
    paper: Paper, prefix: str, slugs: list[str], read: Callable[[Activity], list[str]]
) -> Claims:
    """Return what a reading finds in each activity that the graph has too."""
    known = set(slugs)
    places = ((prefix + one.number, one) for one in paper.activities)
    return {place: read(one) for place, one in places if place in known}


def held_by(slugs: list[str], paper: Paper, prefix: str) -> list[str]:
    """Return the activities of the graph that the document has too."""
    printed = {prefix + one.number for one in paper.activities}
    return [slug for slug in slugs if slug in printed]


def _of_activities(paper: Paper, view: View) -> list[Facet]:
    slugs = view.things(CAMI.Activity, ACTIVITIES)
    both = held_by(slugs, paper, ACTIVITIES)

    def printed(read: Callable[[Activity], list[str]]) -> Claims:
        return by_activity(paper, ACTIVITIES, slugs, read)

    def said(read: Callable[[str], list[str]]) -> Claims:
        return {slug: read(slug) for slug in both}

    def items(slug: str) -> list[str]:
        return [view.text(one, CAMI.number) for one in view.referring(CAMI.partOfActivity, slug)]

    def any_of(activity: Activity) -> str:
        return f"{activity.text}\n{activity.responsible}\n{activity.indicator}"

    held = bool(slugs)
    numbers: Claims = {ACTIVITIES + one.number: [one.number] for one in paper.activities}
    return [
        Facet(
            "activity numbers",
            numbers,
            {slug: view.texts(slug, CAMI.number) for slug in slugs},
            reading.references,
            held,
        ),
        Facet(
            "priorities",
            printed(lambda one: [squeezed(one.priority)]),
            said(lambda slug: view.priorities(slug)),
            reading.whole,
            held,
        ),
        Facet(
            "actors",
            printed(lambda one: actors(one.responsible)),
            said(lambda slug: view.responsible(slug)),
            actors,
            held,
            ordered=True,
            kind="actor",
        ),
        Facet(
            "GBF targets",
            printed(lambda one: reading.gbf_targets(one.related)),
            said(lambda slug: view.tails(slug, CAMI.citesTarget, GBF_TARGET)),
            reading.gbf_targets,
            held,
        ),
        Facet(
            "SPMS goals",
            printed(lambda one: reading.spms_goals(one.related)),
            said(lambda slug: view.tails(slug, CAMI.citesTarget, "spms/goal-")),
            reading.spms_goals,
            held,
        ),
        Facet(
            "related programmes",
            printed(lambda one: reading.related(one.related)),
            said(lambda slug: view.tails(slug, CAMI.citesInstrument, "instrument/")),
            reading.related,
            held,
            kind="instrument",
        ),
        Facet(
            "dates",
            printed(lambda one: reading.dates(f"{one.text}\n{one.indicator}")),
            said(lambda slug: _deadlines(view, slug)),
            reading.dates,
            held,
        ),
        Facet(
            "cross references",
            printed(lambda one: reading.references(any_of(one))),
            said(lambda slug: view.tails(slug, CAMI.refersTo, ACTIVITIES)),
            reading.references,
            held,
        ),
        Facet(
            "sub-item letters", printed(lambda one: letters(one.text)), said(items), letters, held
        ),
    ]


def _deadlines(view: View, activity: str) -> list[str]:
    found: set[str] = set()
    for statement in view.referring(CAMI.deadlineOf, activity):
        found.update(view.texts(statement, CAMI.deadline))
        found.update(f"from {start}" for start in view.texts(statement, CAMI.earliest))
        found.update(reading.spans(view.text(statement, CAMI.qualifier)))
    return sorted(found)


def _of_sections(paper: Paper, view: View) -> list[Facet]:
    slugs = view.things(CAMI.Section, SECTIONS)
    printed = {SECTIONS + one.number: one for one in paper.sections}
    both = [slug for slug in slugs if slug in printed]
    held = bool(slugs)

    def heads(read: Callable[[Section], list[str]]) -> Claims:
        return {slug: read(printed[slug]) for slug in both}

    def said(read: Callable[[str], list[str]]) -> Claims:
        return {slug: read(slug) for slug in both}

    def of_region(section: str, read: Callable[[str], list[str]]) -> list[str]:
        return [one for region in view.slugs(section, CAMI.sectionRegion) for one in read(region)]

    def states(region: str) -> list[str]:
        return view.tails(region, CAMI.spansState, "state/")

    def ordinals(region: str) -> list[str]:
        return view.texts(region, CAMI.ordinal)

    listed: Claims = {
        f"region/{REGIONS.get(key(name), name)}#in the list": [n] for n, name in paper.regions
    }
    in_graph = view.things(CAMI.PriorityTransboundaryConservationRegion, "region/")
    return [
        Facet(
            "section numbers",
            {slug: [one.number] for slug, one in printed.items()},
            {slug: view.texts(slug, CAMI.number) for slug in slugs},
            reading.numbers,
            held,
        ),
        Facet(
            "section titles",
            heads(lambda one: [one.title]),
            said(lambda slug: view.texts(slug, LABEL)),
            reading.whole,
            held,
        ),
        Facet(
            "States of regions",
            heads(lambda one: [named(STATES, name) for name in one.states]),
            said(lambda slug: of_region(slug, states)),
            reading.states,
            held,
            kind="state",
        ),
        Facet(
            "ordinals of regions",
            {**heads(lambda one: [one.ordinal] if one.ordinal else []), **listed},
            {
                **said(lambda slug: of_region(slug, ordinals)),
                **{f"{slug}#in the list": ordinals(slug) for slug in in_graph},
            },
            reading.numbers,
            held,
        ),
        Facet(
            "species of regions",
            heads(lambda one: [reading.occurrence(name) for name in one.species]),
            said(lambda slug: of_region(slug, lambda region: _occurrences(view, region))),
            reading.occurrences,
            held,
            kind="taxon",
        ),
        Facet(
            "instruments of sections",
            heads(lambda one: [reading.instrument(title) for title in one.instruments]),
            said(lambda slug: view.instruments(slug)),
            reading.instruments,
            held,
            kind="instrument",
        ),
    ]


def _occurrences(view: View, region: str) -> list[str]:
    found: list[str] = []
    for node in view.referring(CAMI.occurrenceRegion, region):
        taxon = "".join(view.tails(node, CAMI.occurrenceTaxon, "taxon/"))
        found.append(qualified(taxon, view.text(node, CAMI.qualifier)))
    return found
