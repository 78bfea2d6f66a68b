"""Where things come from that no row of their own says it of, and what counts as a source.

In the graph of each document, in that of facts from elsewhere and in that of the lineage, each
thing has its source in the same graph as what is said of it: so every triple of these graphs has
the sources that its subject has there.
"""

from collections.abc import Iterable, Iterator, Mapping

import pyoxigraph as ox

from ..ontology import CAMI, DCTERMS, PROV, TCS
from .history import Event, EventOutput, EventParticipant
from .tables import Row

# A place in a document; where it was seen elsewhere; the document according to which it holds.
SOURCES = (
    PROV.hadPrimarySource,
    DCTERMS.source,
    TCS.accordingTo,
    TCS.mappingAccordingTo,
    CAMI.inDocument,
)
_NAMED_BY = {str(TCS.taxonName), str(TCS.synonym), str(CAMI.statusOfName), str(CAMI.acceptedName)}
_ACCORDING_TO, _SOURCE = ox.NamedNode(str(TCS.accordingTo)), ox.NamedNode(str(DCTERMS.source))


def home(row: Row, tables: Mapping[type[Row], list[Row]]) -> str:
    """Return the origin of a row; who took part in an event is said where the event is."""
    if isinstance(row, EventParticipant | EventOutput):
        for event in tables.get(Event, ()):
            if isinstance(event, Event) and event.id == row.event:
                return event.where()
    return row.where()


def sources_of_names(triples: Iterable[ox.Triple]) -> Iterator[ox.Triple]:
    """Yield for each scientific name the documents that use it: a name is seen where it is used."""
    held = list(triples)
    user = {t.subject: t.object for t in held if t.predicate == _ACCORDING_TO}
    for t in held:
        if t.predicate.value in _NAMED_BY and t.subject in user:
            yield ox.Triple(t.object, _SOURCE, user[t.subject])  # type: ignore[arg-type]
