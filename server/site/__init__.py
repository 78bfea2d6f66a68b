"""The pages for people: one frame, templates, style and scripts, all served from here alone."""

from .frame import NAVIGATION, Crumb, page, root_of
from .static import add_static, asset

__all__ = ["NAVIGATION", "Crumb", "add_static", "asset", "page", "root_of"]
