"""The dataset of the process that forks workers: one held in memory, or a folder to be opened.

In memory, the engine finds the quads of a term in one list for all graphs. CAMI is there twice, in
its named graphs and whole in the default graph, so a query that asks the default graph alone would
look at twice as many: it has a store of its own, with nothing else in it.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from .builds import manifest_of
from .stores import form_of

_DEFAULT = ox.DefaultGraph()
_TOGETHER = 10_000  # quads that are read before they go into the stores
_WORTH = 0.9  # a default graph that is more of the dataset is not held twice
# By letters, not by words: the engine needs no blank between a keyword and what stands beside it.
_NAMED = re.compile(r"graph|from|\\u", re.IGNORECASE)
# What may be less-than to the engine is not one: a bracket, a quote or a blank comes before the next
# keyword then, even where a comment with ">" follows it. IRIs that hold brackets are rare.
_IRI = re.compile(r"""<[^<>"'(){}|^`\\\x00-\x20]*>""")


@dataclass(frozen=True, slots=True)
class Held:
    """A store with the whole dataset, and one with its default graph; they may be the same."""

    whole: ox.Store
    default: ox.Store

    def store(self, query: str, rest: dict[str, Any]) -> ox.Store:
        """Return a store with all that a query can see, `rest` being what else was asked.

        Without `GRAPH`, `FROM` or a dataset by the protocol, that is the default graph
        (https://www.w3.org/TR/sparql11-query/#rdfDataset).
        """
        if rest["default_graphs"] or rest["named_graphs"]:
            return self.whole
        seems = _NAMED.search(query) and _NAMED.search(_IRI.sub("<>", query))
        return self.whole if seems else self.default


def open_source(source: Path) -> Callable[[], Held]:
    """Return what gives a worker its dataset.

    Each worker opens an on-disk store itself, since its threads do not survive a fork.
    """
    if source.is_dir():
        ox.Store.read_only(str(source))  # a store that cannot be opened is said at the start
        return lambda: _one(ox.Store.read_only(str(source)))
    form = form_of(source)
    graphs = form and form.supports_datasets
    held = hold(_quads(source)) if graphs else _one(load_store(source))
    return lambda: held


def _one(store: ox.Store) -> Held:
    return Held(store, store)


def hold(quads: Iterable[ox.Quad]) -> Held:
    """Return a memory store of quads, with its default graph beside it if that is worth its memory.

    Both give solutions in the same order. They are filled together: a store that is made where
    much has just been freed lies scattered in memory, and is slower by a tenth.
    """
    whole, default, more = ox.Store(), ox.Store(), iter(quads)
    while some := list(islice(more, _TOGETHER)):
        whole.bulk_extend(some)
        default.bulk_extend(quad for quad in some if quad.graph_name == _DEFAULT)
    return Held(whole, default if len(default) < _WORTH * len(whole) else whole)


def load_store(source: Path) -> ox.Store:
    """Return a memory store of an RDF file, its named graphs and labels of blank nodes kept.

    The same labels in every process are what an entity tag over the dataset's digest promises.
    """
    store = ox.Store()
    store.bulk_extend(_quads(source))
    return store


def _quads(source: Path) -> Iterator[ox.Quad]:
    ours = manifest_of(source.parent) is not None  # what we wrote is checked by its digest
    return ox.parse(path=str(source), format=form_of(source), lenient=ours)
