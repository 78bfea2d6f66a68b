"""The facets of Resolution 11.24 of 2014: what it claims and what the graph claims."""

import re
from collections.abc import Callable

from ..graph.terms import LABEL
from ..ontology import CAMI
from . import reading
from .claims_cop15 import by_activity, held_by
from .claims_lists import appendices, range_states, verbs
from .lexicon import STATES, actors, named, squeezed
from .paper import Activity, Paper, letters
from .paper_2014 import LANDSCAPES, item_priorities, items_of
from .view import Claims, Facet, View

PROGRAMME = "pow-2014-2020"
ACTIVITIES = f"activity/{PROGRAMME}/"
USAGES = "usage/resolution-11.24-2014/scope/"
PARAGRAPHS = "provision/11.24/2014/"


def facets(paper: Paper, view: View) -> list[Facet]:
    """Return the facets of the document with the claims of both sides."""
    return [*_of_activities(paper, view), *_of_scope(paper, view), *_of_areas(paper, view)]


def priorities(printed: str) -> list[str]:
    """Return the one or two priorities of a cell, or its words in small letters: a condition."""
    words = [one.strip().capitalize() for one in squeezed(printed).split("/")]
    known = all(one in ("High", "Medium", "Low") for one in words)
    return sorted(words) if known else [squeezed(printed).casefold()]


def _printed_priorities(activity: Activity) -> list[str]:
    return [] if item_priorities(activity.priority) else priorities(activity.priority)


def _conditions(view: View, slug: str) -> list[str]:
    """Return the printed conditions of a priority: what its note quotes, or the whole note."""
    notes = view.texts(slug, CAMI.priorityNote)
    return [quoted for note in notes for quoted in _quoted(note) or [note.casefold()]]


def _quoted(note: str) -> list[str]:
    return [words.casefold() for words in re.findall("\u201c(.+?)\u201d", note)]


def _of_activities(paper: Paper, view: View) -> list[Facet]:
    slugs = view.things(CAMI.Activity, ACTIVITIES)
    both = held_by(slugs, paper, ACTIVITIES)
    held = bool(slugs)
    by_item = {ACTIVITIES + a.number for a in paper.activities if item_priorities(a.priority)}

    def printed(read: Callable[[Activity], list[str]]) -> Claims:
        return by_activity(paper, ACTIVITIES, slugs, read)

    def said(slug: str) -> list[str]:
        if slug in by_item:
            return []  # the priorities of its items are compared instead
        return view.priorities(slug) or _conditions(view, slug)

    items = {slug: view.referring(CAMI.partOfActivity, slug) for slug in both}
    return [
        Facet(
            "activity numbers",
            {ACTIVITIES + one.number: [one.number] for one in paper.activities},
            {slug: view.texts(slug, CAMI.number) for slug in slugs},
            lambda text: re.findall(r"\d\.\d\.\d+", text),
            held,
        ),
        Facet(
            "priorities",
            printed(_printed_priorities),
            {slug: said(slug) for slug in both},
            priorities,
            held,
        ),
        Facet(
            "priorities of items",
            {
                f"{ACTIVITIES}{one.number}/{letter}": priorities(words)
                for one in paper.activities
                if ACTIVITIES + one.number in both
                for letter, words in item_priorities(one.priority).items()
            },
            {
                item: found
                for slug in both
                for item in items[slug]
                if (found := view.priorities(item))
            },
            priorities,
            held,
        ),
        Facet(
            "actors",
            printed(lambda one: actors(one.responsible)),
            {slug: view.responsible(slug) for slug in both},
            actors,
            held,
            ordered=True,
            kind="actor",
        ),
        Facet(
            "sub-item letters",
            printed(items_of),
            {
                slug: [view.text(item, CAMI.number) for item in found]
                for slug, found in items.items()
                if slug != ACTIVITIES + LANDSCAPES
            },
            letters,
            held,
        ),
    ]


def _of_scope(paper: Paper, view: View) -> list[Facet]:
    usages = view.things(CAMI.TreatyTaxonUsage, USAGES)
    return [
        Facet(
            "names of species",
            {f"{USAGES}{one.position}": [one.scientific_name] for one in paper.species},
            {one: view.texts(one, CAMI.printedName) for one in usages},
            reading.whole,
            bool(usages),
        ),
        appendices("Appendices of species", paper, view, USAGES),
        range_states(paper, view, f"programme/{PROGRAMME}"),
    ]


def _of_areas(paper: Paper, view: View) -> list[Facet]:
    landscapes = {
        view.text(one, CAMI.number): one
        for one in view.things(CAMI.TransboundaryLandscape, "landscape/")
    }
    prefix = f"{ACTIVITIES}{LANDSCAPES}#landscape "
    return [
        Facet(
            "landscapes",
            {f"{prefix}{one.number}": [one.title] for one in paper.landscapes},
            {f"{prefix}{n}": view.texts(one, LABEL) for n, one in landscapes.items()},
            reading.whole,
            bool(landscapes),
        ),
        Facet(
            "States of landscapes",
            {
                f"{prefix}{one.number}": [named(STATES, name) for name in one.items]
                for one in paper.landscapes
            },
            {
                f"{prefix}{n}": view.tails(one, CAMI.spansState, "state/")
                for n, one in landscapes.items()
            },
            reading.states,
            bool(landscapes),
            kind="state",
        ),
        verbs(paper, view, PARAGRAPHS),
    ]
