"""What the types of things that people look for are called."""

from collections.abc import Mapping

KINDS: Mapping[str, tuple[str, str]] = {
    "taxon": ("Taxon", "Taxa"),
    "state": ("Range State", "Range States"),
    "region": ("Priority region", "Priority regions"),
    "activity": ("Activity", "Activities"),
    "target": ("Target", "Targets"),
    "actor": ("Actor", "Actors"),
    "site": ("Site", "Sites"),
    "instrument": ("Instrument", "Instruments"),
    "landscape": ("Landscape of 2014", "Landscapes of 2014"),
    "hotspot": ("Hotspot", "Hotspots"),
    "treaty": ("Treaty", "Treaties"),
    "programme": ("Programme", "Programmes"),
    "section": ("Section", "Sections"),
}
"""What a type of the index is called, one and many."""
