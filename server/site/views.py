"""What the page of a thing shows first, by its class: the order of facts, and tables of what links to it.

A table is a SPARQL path from the thing to its rows, and one from a row to each column. The page
asks for all tables in one query; each table also has a query of its own, for people to go on from.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Column:
    """A column: its head, the path from the row to its values, and from a value to its text."""

    head: str
    path: str
    text: str = ""
    """"" where the values are literals."""


@dataclass(frozen=True)
class Table:
    """A table; `row` is the head of its first column, "" where the row itself is not shown."""

    title: str
    path: str
    columns: Sequence[Column]
    row: str = ""
    kind: str = ""
    """The class that rows must have, if the path leads to others too."""
    sort: str = ""
    """A path from the row to what orders it; otherwise rows go by what they show."""


_LABEL = "rdfs:label"
_NAME = "tcs:nameString"


def _thing(head: str, path: str) -> Column:
    return Column(head, path, _LABEL)


_PRIORITY = _thing("Priority", "cami:priority")
_SECTION = _thing("Section", "cami:inSection")
_DEADLINE = Column("Deadline", "cami:deadline")
_STATES = _thing("States", "cami:spansState")
_PLACE = Column("Place", "prov:hadPrimarySource/cami:locator")
_IN = _thing("Document", "prov:hadPrimarySource/cami:inDocument")
_SUMMARY = Column("Summary", "dcterms:description")
_RESPONSIBLE = _thing("Responsible", "cami:responsible")


def _activities(path: str, title: str = "Activities") -> Table:
    columns = (_PRIORITY, _DEADLINE, _SECTION, _thing("Programme", "cami:inProgramme"))
    return Table(title, path, columns, "Activity", "cami:Activity")


def _sections(path: str) -> Table:
    columns = (_thing("Programme", "cami:inProgramme"),)
    return Table("Sections", path, columns, "Section", "cami:Section")


def _regions(path: str) -> Table:
    kind = "cami:PriorityTransboundaryConservationRegion"
    return Table("Priority regions", path, (_STATES,), "Region", kind, "cami:ordinal")


_LISTING = (
    _thing("Appendix", "cami:appendix"),
    Column("Since", "cami:effectiveDate"),
    Column("Decided at", "cami:decidedAt"),
    Column("Coverage", "cami:coverage|cami:coverageNote"),
    _thing("Populations of", "cami:includesPopulationOf"),
    Column("Listed as", "cami:listedConcept/tcs:taxonName", _NAME),
)
_SLIPS = Table(
    "Slips in the documents",
    "^cami:anomalyAbout",
    (
        Column("Kind", "cami:anomalyKind"),
        Column("Printed", "cami:printed"),
        Column("Read as", "cami:readAs"),
        Column("Where", "cami:locator"),
    ),
)
_ROLES = (Column("Role", "cami:role"),)
_PROVISIONS = (
    Column("Kind", "cami:provisionKind"),
    Column("Verb", "cami:operativeVerb"),
    _SUMMARY,
    _thing("Addressed to", "cami:addressee"),
)

_TAXON = (
    Table(
        "Names elsewhere, and how they relate",
        "^tcs:subjectTaxonConcept",
        (
            Column("Name", "tcs:objectTaxonConcept/tcs:taxonName", _NAME),
            _thing("According to", "tcs:objectTaxonConcept/tcs:accordingTo"),
            Column("Relation", "tcs:mappingRelation", "LOCAL"),
            Column("Not", "cami:refutedRelation", "LOCAL"),
            Column("Status", "cami:mappingStatus"),
            Column("Evidence", "cami:evidence"),
        ),
    ),
    Table("Listings on Appendices", "^cami:listedTaxon", _LISTING, kind="cami:ListingEvent"),
    Table(
        "Not listed, according to the documents",
        "^cami:listedTaxon",
        (_thing("Convention", "cami:convention"), _thing("Document", "cami:inDocument")),
        kind="cami:ListingAbsence",
    ),
    Table(
        "Priority regions",
        "^cami:occurrenceTaxon",
        (
            _thing("Region", "cami:occurrenceRegion"),
            Column("Remark", "cami:qualifier"),
            _thing("Range States that the region spans", "cami:occurrenceRegion/cami:spansState"),
        ),
    ),
    _activities("^cami:concernsTaxon"),
    _sections("^cami:concernsTaxon"),
    Table(
        "As printed in the documents",
        "^cami:refersToConcept",
        (
            Column("Printed name", "cami:printedName"),
            Column("Common name", "cami:printedCommonName"),
            _thing("Appendix stated", "cami:statedAppendix"),
            _IN,
            _PLACE,
        ),
    ),
    Table(
        "Instruments", "^cami:coversTaxon", (Column("Kind", "cami:instrumentKind"),), "Instrument"
    ),
)
_ACTIVITY = (
    Table(
        "Responsible",
        "^cami:assignedActivity",
        (_thing("Actor", "cami:assignedActor"), Column("Remark", "cami:qualifier")),
        sort="cami:position",
    ),
    Table(
        "Deadlines",
        "^cami:deadlineOf",
        (
            Column("By", "cami:deadline"),
            Column("From", "cami:earliest"),
            Column("As stated", "cami:qualifier"),
        ),
        "What is due",
    ),
    Table("Indicators", "cami:indicator", (), "Indicator", sort="cami:position"),
    Table("Items", "^cami:partOfActivity", (_PRIORITY, _DEADLINE), "Item"),
    Table("Regions", "cami:concernsRegion", (_STATES,), "Region"),
    Table(
        "Part of other programmes",
        "cami:externalReference",
        (
            _thing("Programme", "cami:referencedResource"),
            Column("Part", "cami:referencedPart"),
        ),
    ),
    Table("Referred to by", "^cami:refersTo", (_SECTION,), "Activity"),
    Table(
        "Lineage from 2014 to 2026",
        "^cami:laterActivity|^cami:earlierActivity",
        (
            _thing("2014-2020", "cami:earlierActivity"),
            Column("Relation", "cami:lineageRelation"),
            _thing("2026-2032", "cami:laterActivity"),
            Column("Confidence", "cami:confidence"),
            Column("Reason", "cami:reason"),
        ),
    ),
    Table(
        "Decisions that act on it",
        "^cami:effectOn",
        (
            Column("Decision", "cami:effectOf/cami:partOfDecision", _LABEL),
            Column("Effect", "cami:effectKind"),
        ),
    ),
    _SLIPS,
)
_REGION = (
    Table(
        "Taxa",
        "^cami:occurrenceRegion",
        (
            _thing("Taxon", "cami:occurrenceTaxon"),
            Column("Scientific name", "cami:occurrenceTaxon/cami:scientificName"),
            Column("Remark", "cami:qualifier"),
        ),
    ),
    _activities("^cami:concernsRegion"),
    Table(
        "How it became a region",
        "^cami:changedRegion",
        (
            Column("Change", "a", _LABEL),
            _SUMMARY,
            _thing("From hotspot", "cami:usedHotspot"),
            _thing("Took in", "cami:includedSite"),
        ),
    ),
)
_STATE = (
    Table(
        "Treaties",
        "^cami:participant",
        (
            _thing("Treaty", "cami:treaty"),
            _thing("Status", "cami:participationStatus"),
            Column("Since", "cami:since"),
        ),
    ),
    _regions("^cami:spansState"),
    _activities("^cami:concernsState", "Activities that name it"),
    Table(
        "Activities in its regions",
        "^cami:spansState/^cami:concernsRegion",
        (_PRIORITY, _DEADLINE, _thing("Region", "cami:concernsRegion")),
        "Activity",
        "cami:Activity",
    ),
    Table("Sites", "^cami:siteState", (Column("Kind", "cami:siteKind"),), "Site"),
    Table("Landscapes of 2014", "^cami:spansState", (), "Landscape", "cami:TransboundaryLandscape"),
    Table("Actors", "^cami:representsState", (), "Actor"),
    Table("Events", "^cami:roleOf", (*_ROLES, _thing("Event", "cami:roleInEvent"))),
)
_SECTION_VIEW = (
    Table("Sections in it", "^cami:partOfSection", (), "Section"),
    Table(
        "Activities",
        "^cami:inSection",
        (_PRIORITY, _DEADLINE, _RESPONSIBLE),
        "Activity",
        "cami:Activity",
    ),
)
_PROGRAMME = (
    Table(
        "Sections",
        "^cami:inProgramme",
        (_thing("Region", "cami:sectionRegion"),),
        "Section",
        "cami:Section",
    ),
    Table("Came out of", "^cami:outputThing", (_thing("Event", "cami:outputOf"),)),
)
_ACTOR = (
    Table(
        "Activities",
        "^cami:assignedActor",
        (
            _thing("Activity", "cami:assignedActivity"),
            Column("Remark", "cami:qualifier"),
            _thing("Priority", "cami:assignedActivity/cami:priority"),
            Column("Deadline", "cami:assignedActivity/cami:deadline"),
            _thing("Programme", "cami:assignedActivity/cami:inProgramme"),
        ),
    ),
    Table("Addressed by", "^cami:addressee", (_SUMMARY,), "Provision or decision"),
    Table("Events", "^cami:roleOf", (*_ROLES, _thing("Event", "cami:roleInEvent"))),
    Table("Instruments", "^cami:carriedBy", (), "Instrument"),
)
_TARGET = (
    _activities("^cami:citesTarget"),
    Table("Targets in it", "skos:narrower", (), "Target"),
)
_DOCUMENT = (
    Table(
        "Taxon concepts",
        "^tcs:accordingTo",
        (Column("Name", "tcs:taxonName", _NAME),),
        "Concept",
    ),
    Table(
        "Slips in it",
        "^cami:inDocument",
        (
            Column("Kind", "cami:anomalyKind"),
            Column("Printed", "cami:printed"),
            Column("Read as", "cami:readAs"),
            Column("Where", "cami:locator"),
            _thing("About", "cami:anomalyAbout"),
        ),
        kind="cami:SourceAnomaly",
    ),
)
_INSTRUMENT = (
    _activities("^cami:citesInstrument"),
    _regions("^cami:hasInstrument"),
    Table("Came out of", "^cami:outputThing", (_thing("Event", "cami:outputOf"),)),
)
_DECISION = (
    Table(
        "Items",
        "^cami:partOfDecision",
        (
            Column("Verb", "cami:operativeVerb"),
            _SUMMARY,
            Column("Condition", "cami:condition"),
            _thing("Acts on", "cami:actsOn"),
        ),
        "Item",
    ),
)
_RESOLUTION = (
    Table("Versions", "^cami:versionOf", (), "Version"),
    Table("Provisions", "^eli:is_part_of", _PROVISIONS, "Provision", sort="cami:position"),
    Table(
        "Proposed changes",
        "^cami:proposesAmendmentTo",
        (
            _thing("Change", "cami:amendmentKind"),
            Column("Existing", "cami:existingProvision/dcterms:description"),
            Column("Proposed", "cami:proposedProvision/dcterms:description"),
            Column("Reason", "cami:reason"),
        ),
        sort="cami:position",
    ),
)
_EVENT = (
    Table("Who took part", "^cami:roleInEvent", (_thing("Who", "cami:roleOf"), *_ROLES)),
    Table(
        "What came out",
        "^cami:outputOf",
        (_thing("What", "cami:outputThing"), Column("How", "cami:outputKind")),
    ),
)
_NAME_VIEW = (
    Table(
        "Used for",
        "^tcs:taxonName",
        (_thing("According to", "tcs:accordingTo"),),
        "Taxon concept",
    ),
    Table(
        "Status",
        "^cami:statusOfName",
        (
            Column("Status", "cami:nameStatus"),
            Column("Accepted name", "cami:acceptedName", _NAME),
            _thing("According to", "tcs:accordingTo"),
            Column("Evidence", "cami:evidence"),
        ),
    ),
)
_CONCEPT = (
    Table(
        "Mappings",
        "^tcs:objectTaxonConcept",
        (
            _thing("Taxon in CAMI", "tcs:subjectTaxonConcept"),
            Column("Relation", "tcs:mappingRelation", "LOCAL"),
            Column("Not", "cami:refutedRelation", "LOCAL"),
            Column("Evidence", "cami:evidence"),
        ),
    ),
    Table("Listings on Appendices", "^cami:listedConcept", _LISTING),
)

VIEWS: Mapping[str, Sequence[Table]] = {
    "cami:TreatyTaxonConcept": _TAXON,
    "cami:OpenTaxonConcept": _TAXON,
    "cami:Activity": _ACTIVITY,
    "cami:SubActivity": _ACTIVITY,
    "cami:PriorityTransboundaryConservationRegion": _REGION,
    "cami:RangeState": _STATE,
    "cami:Section": _SECTION_VIEW,
    "cami:Objective": _SECTION_VIEW,
    "cami:Issue": _SECTION_VIEW,
    "cami:Programme": _PROGRAMME,
    "cami:SinglePriorityProgramme": _PROGRAMME,
    "cami:Actor": _ACTOR,
    "cami:ActorCategory": _ACTOR,
    "org:Organization": _ACTOR,
    "kmgbf:Target": _TARGET,
    "cami:StrategicGoal": _TARGET,
    "cami:StrategicTarget": _TARGET,
    "cami:Document": _DOCUMENT,
    "cami:Instrument": _INSTRUMENT,
    "cami:Decision": _DECISION,
    "cami:Resolution": _RESOLUTION,
    "cami:ResolutionVersion": _RESOLUTION,
    "cami:Event": _EVENT,
    "cami:Site": (_activities("^cami:concernsSite"),),
    "cami:ProtectedArea": (_activities("^cami:concernsSite"),),
    "cami:Treaty": (
        Table(
            "Range States",
            "^cami:treaty",
            (
                _thing("State", "cami:participant"),
                _thing("Status", "cami:participationStatus"),
                Column("Since", "cami:since"),
            ),
        ),
    ),
    "tcs:TaxonName": _NAME_VIEW,
    "tcs:TaxonConcept": _CONCEPT,
    "skos:ConceptScheme": (
        Table(
            "Concepts",
            "^skos:inScheme",
            (Column("Code", "skos:notation"), Column("Definition", "skos:definition")),
            "Concept",
        ),
    ),
    "cami:TransboundaryLandscape": (
        Table("Activities that name it", "^cami:concernsLandscape", (), "Item"),
    ),
    "cami:SourceLocation": (
        Table("States", "^prov:hadPrimarySource", (Column("Kind", "a", _LABEL),), "Thing"),
    ),
}

FACTS = (
    "cami:number",
    "cami:ordinal",
    "cami:abbreviation",
    "cami:scientificName",
    "tcs:taxonName",
    "tcs:synonym",
    "skos:altLabel",
    "tcs:accordingTo",
    "skos:notation",
    "skos:definition",
    "dcterms:description",
    "cami:inProgramme",
    "cami:inSection",
    "cami:partOfSection",
    "cami:partOfActivity",
    "cami:sectionRegion",
    "cami:priority",
    "cami:priorityNote",
    "cami:recurrence",
    "cami:citesTarget",
    "cami:citesInstrument",
    "cami:concernsTaxon",
    "cami:concernsRegion",
    "cami:concernsState",
    "cami:concernsSite",
    "cami:refersTo",
    "cami:spansState",
    "cami:hasTaxon",
    "cami:hasRangeState",
    "cami:hasInstrument",
    "cami:startYear",
    "cami:endYear",
    "cami:adoptionStatus",
    "cami:statusKnownOn",
    "cami:isoAlpha2",
    "cami:isoAlpha3",
    "cami:m49",
)
"""Facts that go first, in this order; the rest follow by name."""

SHOWN_BELOW: Mapping[str, Sequence[str]] = {
    "Responsible": ("cami:responsible",),
    "Deadlines": ("cami:deadline",),
    "Indicators": ("cami:indicator",),
    "Lineage from 2014 to 2026": ("cami:continues",),
    "Part of other programmes": ("cami:externalReference",),
    "Taxa": ("cami:hasTaxon",),
}
"""Facts that a table says more about, by its title."""
