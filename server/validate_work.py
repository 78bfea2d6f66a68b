"""What a validation is asked for; what does it is slow to import, and runs in a process of its own."""

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..shapes import Profile

SEVERITIES = ("violation", "warning", "info")  # from the highest
PROFILES: "tuple[Profile, ...]" = ("core", "strict", "advisory")
MEDIA_TYPES = {
    "json": "application/json",
    "sarif": "application/sarif+json",
    "turtle": "text/turtle",
    "html": "text/html",
    "text": "text/plain",
    "junit": "application/xml",
    "github": "text/plain",
}


@dataclass(frozen=True)
class Work:
    """What one validation is asked for, and what it may take."""

    graph: str  # the N-Quads file of a build
    name: str
    input_format: str
    profile: "Profile"
    severity: str
    report: str
    seconds: float
    memory_bytes: int

    def text(self) -> str:
        """Return the work as one command-line argument."""
        return json.dumps(asdict(self))
