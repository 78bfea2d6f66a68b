"""The frame of every small page: plain HTML without scripts, under a strict content policy."""

import base64
import hashlib
from html import escape
from string import Template

_STYLE = """
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 1rem auto; padding: 0 1rem; }
nav a { margin-right: 1rem; }
table { border-collapse: collapse; width: 100%; margin: 1rem 0; }
caption { text-align: left; font-weight: bold; padding: .25rem 0; }
th, td { text-align: left; vertical-align: top; padding: .25rem .5rem; border-bottom: 1px solid #bbb; }
td, th, code { overflow-wrap: anywhere; }
"""
_DIGEST = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
PAGE_HEADERS = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_DIGEST}'; img-src data:; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
_PAGE = Template("""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<link rel="icon" href="data:,">
$head<style>$style</style>
</head>
<body>
<header><nav aria-label="Site"><a href="$root/">cami</a><a href="$root/queries">Queries</a><a
href="$root/ontology">Ontology</a><a href="$root/shapes">Shapes</a><a href="$root/dumps/">Files</a></nav></header>
<main>
$body
</main>
</body>
</html>
""")


def document(title: str, body: str, root: str, head: str = "") -> str:
    """Return a whole page; `title` is text, `head` and `body` are HTML, `root` leads to the front."""
    return _PAGE.substitute(
        title=escape(title), style=_STYLE, root=escape(root), head=head, body=body
    )
