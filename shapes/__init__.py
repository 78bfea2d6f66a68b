"""What must hold: SHACL shapes, the check that runs them, and the audit against the documents."""

from .audit import Difference, activities_of, audit, place_name
from .audit import Result as AuditResult
from .check import (
    ShapesError,
    check,
    has_shapes,
    load_shapes,
    reference,
    shape_files,
)
from .engine import Result
from .focus import looking_at, target_nodes
from .paper import PaperError, read_text
from .profiles import PROFILES, Profile, of_profile, shapes_of
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
    "check",
    "columns",
    "has_shapes",
    "load_shapes",
    "looking_at",
    "of_profile",
    "place_name",
    "read_text",
    "reference",
    "shape_files",
    "shapes_of",
    "target_nodes",
    "template_files",
    "templates",
]
