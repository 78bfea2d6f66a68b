"""Templates of what users validate: a filled-in example each, as tables and as Turtle."""

from pathlib import Path

_FOLDER = Path(__file__).parent / "templates"
RECORD_SHAPES = _FOLDER / "shapes.ttl"  # of records that users have and the graph has not
FORMATS = {"tsv": ".tsv", "turtle": ".ttl"}


def templates() -> dict[str, str]:
    """Return the names of the templates, each with what it is for."""
    lines = (_FOLDER / "README.md").read_text(encoding="utf-8").splitlines()
    heads = [n for n, line in enumerate(lines) if line.startswith("## ")]
    return {lines[n].removeprefix("## "): lines[n + 2] for n in heads}


def template_files(name: str, form: str) -> list[Path]:
    """Return the files of a template in one of `FORMATS`; a template may have several tables."""
    return sorted((_FOLDER / name).glob(f"*{FORMATS[form]}"))


def columns(name: str) -> str:
    """Return what is said about a template: its purpose, and every column of its tables."""
    text = (_FOLDER / "README.md").read_text(encoding="utf-8")
    return text.partition(f"\n## {name}\n")[2].partition("\n## ")[0].strip()
