"""What must hold: SHACL shapes, one Turtle file per class, and the check that runs them."""

from .check import (
    Result,
    ShapesError,
    check,
    has_focus_nodes,
    has_shapes,
    load_shapes,
    shape_files,
)

__all__ = [
    "Result",
    "ShapesError",
    "check",
    "has_focus_nodes",
    "has_shapes",
    "load_shapes",
    "shape_files",
]
