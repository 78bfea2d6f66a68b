"""What must hold: SHACL shapes, the check that runs them, and the audit against the documents."""

from .audit import Difference, activities_of, audit, place_name
from .audit import Result as AuditResult
from .check import (
    Result,
    ShapesError,
    check,
    has_focus_nodes,
    has_shapes,
    load_shapes,
    shape_files,
)
from .paper import PaperError, read_text

__all__ = [
    "AuditResult",
    "Difference",
    "PaperError",
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
    "shape_files",
]
