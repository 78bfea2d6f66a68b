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
from .focus import PROFILES, Profile, bound_to, of_profile, target_nodes
from .paper import PaperError, read_text
from .template import FORMATS as TEMPLATE_FORMATS
from .template import RECORD_SHAPES, columns, template_files, templates

__all__ = [
    "PROFILES",
    "RECORD_SHAPES",
    "TEMPLATE_FORMATS",
    "AuditResult",
    "Difference",
    "PaperError",
    "Profile",
    "Result",
    "ShapesError",
    "activities_of",
    "audit",
    "bound_to",
    "check",
    "columns",
    "has_focus_nodes",
    "has_shapes",
    "load_shapes",
    "of_profile",
    "place_name",
    "read_text",
    "shape_files",
    "target_nodes",
    "template_files",
    "templates",
]
