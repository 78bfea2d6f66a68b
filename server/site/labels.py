"""What each thing of a build is called on a page: its label, or words made of what is said of it.

Records such as a responsibility or a mapping have no label of their own; `_PATTERNS` says which of
their values name them. All is read once a build, so that no page asks for it.
"""

import re
from dataclasses import dataclass, field

import pyoxigraph as ox

from ...graph.terms import LABEL, A
from ...ontology import BASE, CAMI, ELI, GRAPH, ID, SKOS, TCS
from ..builds import Build
from ..description import short
from .words import LANGUAGES

_CAMI, _TCS = str(CAMI), str(TCS)
_NUMBER = f"{_CAMI}number"
_NAMING = (str(LABEL), str(SKOS.prefLabel), f"{_TCS}nameString", f"{_CAMI}locator")
_OTHER, _SPOKEN = str(SKOS.altLabel), set(LANGUAGES) - {"en"}  # labels are English only
_PLAIN = {"cami": _CAMI, "tcs": _TCS, "eli": str(ELI), "dcterms": "http://purl.org/dc/terms/"}
_NOTATION = str(SKOS.notation)
_PART_OF = f"{_CAMI}partOfActivity"
_WIDER = "http://www.w3.org/2000/01/rdf-schema#subClassOf"
_NUMBERED = (f"{ID}activity/", f"{ID}section/")  # others are numbered within something
_DEPTH = 3  # of records named after records
_PATTERNS = {
    "cami:AmendmentProposal": "Proposal {cami:position} on {cami:proposesAmendmentTo}",
    "cami:DecisionEffect": "{cami:effectOf} {cami:effectKind} {cami:effectOn}",
    "cami:DecisionItem": "{cami:partOfDecision} ({cami:number})",
    "cami:EventOutput": "{cami:outputThing}: {cami:outputKind}",
    "cami:EventRole": "{cami:roleOf}: {cami:role}, {cami:roleInEvent}",
    "cami:ExternalReference": "{cami:referencedResource}: {cami:referencedPart}",
    "cami:LineageStatement": "{cami:earlierActivity} \u2192 {cami:laterActivity}: {cami:lineageRelation}",
    "cami:ListingAbsence": "{cami:listedTaxon}: not listed by {cami:convention}",
    "cami:ListingEvent": "{cami:listedTaxon}: {cami:appendix}",
    "cami:NameStatus": "{cami:statusOfName}: {cami:nameStatus}",
    "cami:NegativeMapping": "Not so: {tcs:subjectTaxonConcept} {cami:refutedRelation} {tcs:objectTaxonConcept}",
    "cami:Provision": "{eli:is_part_of}, {cami:provisionKind} {cami:position}",
    "cami:QualifiedSpan": "{cami:spanOf}: {cami:qualifier} {cami:spanState}",
    "cami:RedListAssessment": "{cami:assessedConcept}: {cami:redListCategory}",
    "cami:RegionChange": "{dcterms:description}",
    "cami:RegionalOccurrence": "{cami:occurrenceTaxon}: {cami:occurrenceRegion}",
    "cami:Responsibility": "{cami:assignedActor}: {cami:assignedActivity}",
    "cami:TaxonMention": "{cami:printedName}: {cami:mentionedIn}",
    "cami:TreatyParticipation": "{cami:participant}: {cami:treaty}",
    "cami:TreatyTaxonUsage": "{cami:printedCommonName} ({cami:printedName})",
    "tcs:TaxonConcept": "{tcs:taxonName} according to {tcs:accordingTo}",
    "tcs:TaxonConceptMapping": "{tcs:subjectTaxonConcept} {tcs:mappingRelation} {tcs:objectTaxonConcept}",
}
# Terms of others have no labels here; those that their names do not tell.
_WORDS = {
    "dcterms:description": "summary",
    "dcterms:source": "seen at",
    "eli:is_part_of": "part of",
    "http://metadata.cbd.int/kmgbf/ontology#Target": "Target of the Global Biodiversity Framework",
    "prov:generated": "generated",
    "prov:hadPrimarySource": "stated in",
    "rdf:type": "kind",
    "rdfs:label": "label",
    "skos:altLabel": "other name",
    "skos:broader": "wider concept",
    "skos:closeMatch": "close match elsewhere",
    "skos:Concept": "Concept",
    "skos:exactMatch": "exact match elsewhere",
    "skos:narrower": "narrower concept",
    "skos:notation": "code",
    "skos:prefLabel": "preferred label",
    "tcs:accordingTo": "according to",
    "tcs:mappingAccordingTo": "mapping according to",
    "tcs:objectTaxonConcept": "other taxon concept",
    "tcs:subjectTaxonConcept": "taxon concept",
    "tcs:taxonName": "scientific name",
    "tcs:taxonRank": "rank",
}
_PLACES = ("eu-country:", "gbf:")  # prefixes of things, not of terms
_QUIET = ("ontology", "shapes", "queries", "description", "inferred")
_SLOT = re.compile(r"\{([\w:]+)\}")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def _names() -> dict[str, list[ox.Literal]]:
    return {}


@dataclass
class Labels:
    """The names of all things of one build."""

    named: dict[str, list[ox.Literal]] = field(default_factory=_names)
    kinds: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    parts: dict[tuple[str, str], list[str]] = field(
        default_factory=dict[tuple[str, str], list[str]]
    )
    numbers: dict[str, str] = field(default_factory=dict[str, str])
    wider: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])

    def text(self, iri: str, lang: str = "en") -> str:
        """Return what to call a thing, with its number if it has one; never a bare IRI of ours."""
        number = self.numbers.get(iri, "") if iri in self.named else ""
        name = self._text(iri, lang, _DEPTH)
        return f"{number} {name}" if number and not name.startswith(number) else name

    def brief(self, iri: str, lang: str = "en") -> str:
        """Return what to call a thing in a cell of a table, where some names are too long."""
        years = [self.parts.get((iri, _CAMI + name), []) for name in ("startYear", "endYear")]
        if self.kinds.get(iri) and any(f"{_CAMI}Programme" == one for one in self.classes(iri)):
            return "-".join(year[0] for year in years if year) or self.text(iri, lang)
        if iri.startswith(f"{ID}priority/"):
            return next(iter(self.parts.get((iri, _NOTATION), [])), "") or self.text(iri, lang)
        return self.text(iri, lang)

    def plain(self, iri: str, lang: str = "en") -> str:
        """Return what to call a thing, without its number."""
        return self._text(iri, lang, _DEPTH)

    def lang(self, iri: str, lang: str) -> str:
        """Return the language that `text` answers in."""
        return lang if any(one.language == lang for one in self.named.get(iri, ())) else "en"

    def kind(self, iri: str, lang: str = "en") -> str:
        """Return what a thing is: the label of its narrowest class, or ""."""
        narrow = self.classes(iri)[:1]
        return self._text(narrow[0], lang, 1) if narrow else ""

    def classes(self, iri: str) -> list[str]:
        """Return the classes that are asserted of a thing, those that hold another one last."""
        held = self.kinds.get(iri, [])
        above = {wide for one in held for wide in held if (one, wide) in self.wider}
        return sorted(held, key=lambda one: (one in above, not one.startswith(BASE), one))

    def _text(self, iri: str, lang: str, depth: int) -> str:
        held = self.named.get(iri)
        if held:
            same = [one.value for one in held if one.language == lang]
            english = [one.value for one in held if one.language in ("en", None)]
            return min(same or english or [one.value for one in held])
        if depth and (pattern := self._pattern(iri)):
            return self._filled(iri, pattern, lang, depth)
        return _spoken(iri)

    def _pattern(self, iri: str) -> str:
        found = [_PATTERNS.get(short(kind), "") for kind in self.kinds.get(iri, ())]
        return max(found, default="")

    def _filled(self, iri: str, pattern: str, lang: str, depth: int) -> str:
        def fill(slot: re.Match[str]) -> str:
            prefix, _, name = slot[1].partition(":")
            values = self.parts.get((iri, _PLAIN[prefix] + name), [])
            shown = [
                self.numbers.get(one) or self._text(one, lang, depth - 1) if "://" in one else one
                for one in values
            ]
            return ", ".join(shown) or "\u2013"

        return _SLOT.sub(fill, pattern)


def read_labels(build: Build) -> Labels:
    """Return the names of all things of a build; it takes about half a second."""
    found = Labels()
    wanted = {
        _PLAIN[prefix] + name
        for pattern in _PATTERNS.values()
        for prefix, _, name in (slot.partition(":") for slot in _SLOT.findall(pattern))
    }
    wanted |= {_PART_OF, _NOTATION, f"{_CAMI}startYear", f"{_CAMI}endYear"}
    quiet = {GRAPH + name for name in _QUIET}
    for quad in ox.parse(path=str(build.nquads), format=ox.RdfFormat.N_QUADS):
        origin, subject = quad.graph_name, quad.subject
        if isinstance(origin, ox.NamedNode) and isinstance(subject, ox.NamedNode):
            _note(found, quad, subject.value, wanted, origin.value in quiet)
    for (part, name), wholes in found.parts.items():
        if name == _PART_OF:
            found.numbers[part] = f"{found.numbers[wholes[0]]}({found.numbers[part]})"
    return found


def _note(found: Labels, quad: ox.Quad, subject: str, wanted: set[str], quiet: bool) -> None:
    name, value = quad.predicate.value, quad.object
    spoken = name == _OTHER and isinstance(value, ox.Literal) and value.language in _SPOKEN
    if (name in _NAMING or spoken) and isinstance(value, ox.Literal):
        held = found.named.setdefault(subject, [])
        if value not in held:
            held.append(value)
    if name == _WIDER and isinstance(value, ox.NamedNode):
        found.wider.add((subject, value.value))
    if quiet:
        return
    if name == str(A) and isinstance(value, ox.NamedNode):
        _once(found.kinds.setdefault(subject, []), value.value)
    elif isinstance(value, ox.NamedNode | ox.Literal):
        if name in wanted:
            _once(found.parts.setdefault((subject, name), []), value.value)
        if name == _NUMBER and subject.startswith(_NUMBERED):
            found.numbers[subject] = value.value


def _once(values: list[str], value: str) -> None:
    if value not in values:
        values.append(value)


def _spoken(iri: str) -> str:
    """Return words for an IRI that nobody has labelled: those that its last part is made of."""
    name = short(iri)
    if name in _WORDS or iri in _WORDS:
        return _WORDS.get(name) or _WORDS[iri]
    if iri.startswith(ID):
        return iri.removeprefix(ID).replace("/", " ").replace("-", " ")
    if iri.startswith(BASE):
        return iri.removeprefix(BASE)
    if name != iri and not name.startswith(_PLACES):  # a term of a vocabulary that we know
        return in_words(name.partition(":")[2]) or name
    host, _, path = iri.partition("://")[2].partition("/")
    last = re.split(r"[/#]", path.rstrip("/"))[-1]
    return f"{last} ({host})" if last else host


def in_words(name: str) -> str:
    """Return the words that a name such as taxonName is made of."""
    return _CAMEL.sub(" ", name).replace("_", " ").lower()
