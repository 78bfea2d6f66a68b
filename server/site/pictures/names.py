"""The name-concept diagram: how one taxon of CAMI relates to the taxa of other authorities (RCC-5)."""

from collections.abc import Mapping, Sequence
from itertools import groupby

from ....ontology import BASE
from ..records import Records, TaxonMapping
from .picture import Picture, Table, To, cell
from .svg import Drawing, Point, clipped

WIDTH, TOP, STEP_Y, HEAD = 940.0, 30.0, 62.0, 34.0
_OURS = (12.0, 220.0)  # left edge and width of the box of our taxon
_GLYPH, _WORDS = 370.0, 452.0
_LETTER, _SMALL_LETTER = 8.0, 6.8  # width of one, in the widest of the fonts that browsers take
WORDS: Mapping[str, tuple[str, str]] = {
    "isCongruentWith": ("=", "is the same as"),
    "includes": ("⊃", "includes"),
    "isIncludedIn": ("⊂", "is included in"),
    "partiallyOverlaps": ("∩", "partly overlaps"),
    "isDisjointFrom": ("≠", "shares nothing with"),
    "intersects": ("?", "overlaps, how far is open:"),
}
# Two circles, ours and theirs, each as offset from the middle and radius.
_CIRCLES: Mapping[str, tuple[tuple[float, float], tuple[float, float]]] = {
    "isCongruentWith": ((0, 21), (0, 17.5)),
    "includes": ((0, 23), (6, 11)),
    "isIncludedIn": ((6, 11), (0, 23)),
    "partiallyOverlaps": ((-11, 18), (11, 18)),
    "isDisjointFrom": ((-16, 13), (16, 13)),
    "intersects": ((-8, 18), (8, 18)),
}


def draw(records: Records, to: To, taxon: str) -> Drawing:
    """Return our taxon on the left, and a row for each stated relation on the right."""
    stated = of(records, taxon)
    groups = [(name, list(rows)) for name, rows in groupby(stated, key=lambda one: one.authority)]
    height = TOP + sum(HEAD + STEP_Y * len(rows) for _, rows in groups) + 44
    label = records.taxa[taxon].label
    made = Drawing(
        WIDTH, max(height, 200), f"{NAMES.title}: {label}", f"{NAMES.summary} {NAMES.note}"
    )
    middle = (TOP + height - 44) / 2
    places: list[tuple[TaxonMapping, float]] = []
    y = TOP
    for _, rows in groups:
        y += HEAD
        for one in rows:
            places.append((one, y + STEP_Y / 2))
            y += STEP_Y
    edge = _OURS[0] + _OURS[1]
    for _, at in places:
        bend = (edge + _GLYPH - 40) / 2
        made.path(
            f"M{edge:g},{middle:g}C{bend:g},{middle:g} {bend:g},{at:g} {_GLYPH - 36:g},{at:g}",
            "link",
        )
    _ours(made, records, to, taxon, middle)
    y = TOP
    for name, rows in groups:
        made.text((_GLYPH - 30, y + 22), clipped(name, 66), "strong")
        y += HEAD + STEP_Y * len(rows)
        made.line((_GLYPH - 30, y), (WIDTH - 12, y), "line")
    for one, at in places:
        _relation(made, one, at, to)
    made.text(
        (20, height - 14),
        "Solid circle: the taxon of CAMI. Dashed circle: the other. Crossed out: checked, does not hold.",
        "small",
    )
    return made


def table(records: Records, to: To, taxon: str) -> Table:
    """Return the relations with what they rest on."""
    return Table(
        ("Authority", "Relation", "Name there", "Stated by", "Status", "Rests on"),
        [
            (
                cell(one.authority),
                cell(phrase(one), to.thing(BASE + one.path)),
                cell(one.name),
                cell(one.by),
                cell(one.status),
                cell(one.evidence),
            )
            for one in of(records, taxon)
        ],
    )


def of(records: Records, taxon: str) -> Sequence[TaxonMapping]:
    """Return the stated relations of a taxon, by authority."""
    return [one for one in records.mappings if one.taxon == taxon]


def subjects(records: Records) -> Mapping[str, str]:
    """Return the taxa that have a stated relation: slug to label."""
    known = {one.taxon for one in records.mappings}
    return {slug: taxon.label for slug, taxon in records.taxa.items() if slug in known}


def phrase(one: TaxonMapping) -> str:
    """Return a relation in words: "the taxon of CAMI ..." that of the authority."""
    words = WORDS.get(one.relation, ("", one.relation))[1].rstrip(":")
    return f"not: {words}" if one.refuted else words


def _ours(made: Drawing, records: Records, to: To, taxon: str, middle: float) -> None:
    left, width = _OURS
    with made.link(to.value("taxon", taxon)):
        made.box((left, middle - 42), width, 84, "ours", 8)
        made.text((left + width / 2, middle - 10), records.taxa[taxon].label, "strong", "middle")
        made.text((left + width / 2, middle + 12), records.taxa[taxon].name, "name", "middle")
        made.text((left + width / 2, middle + 31), "as CAMI means it", "small", "middle")


def _relation(made: Drawing, one: TaxonMapping, y: float, to: To) -> None:
    sign, words = WORDS.get(one.relation, ("", one.relation))
    with made.link(to.thing(BASE + one.path), one.evidence):
        _glyph(made, one, (_GLYPH, y))
        made.text((_WORDS - 32, y + 8), sign, "sign", "middle")
        made.text((_WORDS, y - 6), f"not: {words}" if one.refuted else words)
        made.text((_WORDS, y + 15), one.name, "name")
        made.text((WIDTH - 14, y - 6), one.status, "small", "end")
        room = WIDTH - 28 - _WORDS - _LETTER * len(one.name)  # beside the name, however long it is
        made.text((WIDTH - 14, y + 15), clipped(one.by, int(room / _SMALL_LETTER)), "small", "end")


def _glyph(made: Drawing, one: TaxonMapping, at: Point) -> None:
    ours, theirs = _CIRCLES.get(one.relation, _CIRCLES["intersects"])
    drawn = [(ours, "ours"), (theirs, "theirs")]
    for (offset, radius), look in sorted(drawn, key=lambda pair: -pair[0][1]):
        made.circle((at[0] + offset, at[1]), radius, look)
    if one.refuted:
        made.line((at[0] - 22, at[1] + 20), (at[0] + 22, at[1] - 20), "refuted")


NAMES = Picture(
    name="names",
    title="One taxon, several authorities",
    summary="How the taxon that CAMI means relates to the taxa that other authorities name: the same, wider, narrower, "
    "overlapping or apart (RCC-5).",
    note="The relations are proposals of this project; nobody outside it has reviewed them, and each says on what it rests. "
    "A taxon of another authority is never taken to be the same thing.",
    draw=draw,
    table=table,
    subjects=subjects,
    subject_name="taxon",
    default="saiga",
)
