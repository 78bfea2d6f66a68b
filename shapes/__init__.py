"""What must hold: SHACL shapes, the check that runs them, and the audit against the documents."""

from .audit import Difference, activities_of, audit, place_name
from .audit import Result as AuditResult
from .check import (
    ShapesError,
    check,
    has_focus_nodes,
    has_shapes,
    load_shapes,
    reference,
    shape_files,
)
from .engine import Result
from .paper import PaperError, read_text
from .profiles import PROFILES, Profile, shapes_of

__all__ = [
    "PROFILES",
    "AuditResult",
    "Difference",
    "PaperError",
    "Profile",
    "Result",
    "ShapesError",
    "activities_of",
    "audit",
    "check",
    "has_focus_nodes",
    "has_shapes",
    "load_shapes",
    "place_name",
    "read_text",
    "reference",
    "shape_files",
    "shapes_of",
]
