"""Pictures of the data as SVG, drawn from the records of a build; each has the same as a table."""

from .lineage import LINEAGE
from .matrix import MATRIX
from .names import NAMES
from .picture import Picture, Table, To
from .range_map import MAP
from .timeline import TIMELINE

PICTURES = {one.name: one for one in (MAP, MATRIX, TIMELINE, NAMES, LINEAGE)}

__all__ = ["PICTURES", "Picture", "Table", "To"]
