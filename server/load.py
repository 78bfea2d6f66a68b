"""`cami load`: put the graphs of a build into a store by the Graph Store Protocol.

https://www.w3.org/TR/sparql11-http-rdf-update/
"""

import os
from collections.abc import Iterator

import httpx
import pyoxigraph as ox

from ..ontology import DCTERMS
from .builds import Build
from .remote import DEFAULT, LOADED

AUTH = "CAMI_STORE_AUTH"
_CHUNK = 20_000  # triples in one request: some stores take no large bodies


class LoadFailed(Exception):
    """A store did not take a graph; the message says which and what to do."""


def sign_in(url: str, scheme: str) -> httpx.Auth | None:
    """Return how to sign in at a store: by what the environment names, never by its URL.

    Raises `LoadFailed` for a URL that is none of HTTP, or that holds a password.
    """
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise LoadFailed(f"{url!r} is not a URL: {error}") from None
    if parsed.userinfo:
        raise LoadFailed(f"a URL with a password shows in process lists: set {AUTH}=USER:PASSWORD")
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise LoadFailed(f"{url!r} is not an http or https URL")
    if AUTH not in os.environ:
        return None
    user, _, password = os.environ[AUTH].partition(":")
    kind = httpx.DigestAuth if scheme == "digest" else httpx.BasicAuth
    return kind(user, password)


def load(build: Build, url: str, auth: httpx.Auth | None) -> dict[str, int]:
    """Replace the graphs of a build in a store; return how many triples each got.

    The digest is written last, so a load that broke off is not served. Raises `LoadFailed`.
    """
    counts: dict[str, int] = {}
    with httpx.Client(auth=auth, trust_env=False, timeout=300) as client:
        _send(client, "DELETE", url, LOADED, b"", missing_is_fine=True)
        for name, triples in _graphs(build).items():
            for number, content in enumerate(_chunks(triples)):
                _send(client, "POST" if number else "PUT", url, name, content)
            counts[name] = len(triples)
        mark = ox.Triple(
            ox.NamedNode(LOADED), ox.NamedNode(str(DCTERMS.identifier)), ox.Literal(build.digest)
        )
        _send(client, "PUT", url, LOADED, next(_chunks([mark])))
    return counts


def _graphs(build: Build) -> dict[str, list[ox.Triple]]:
    graphs: dict[str, list[ox.Triple]] = {}
    for quad in ox.parse(path=str(build.nquads), format=ox.RdfFormat.N_QUADS):
        name = quad.graph_name
        key = name.value if isinstance(name, ox.NamedNode) else DEFAULT
        graphs.setdefault(key, []).append(quad.triple)
    return graphs


def _chunks(triples: list[ox.Triple]) -> Iterator[bytes]:
    for start in range(0, len(triples), _CHUNK):
        content = ox.serialize(triples[start : start + _CHUNK], format=ox.RdfFormat.N_TRIPLES)
        assert content is not None
        yield content


def _send(
    client: httpx.Client,
    method: str,
    url: str,
    graph: str,
    content: bytes,
    *,
    missing_is_fine: bool = False,
) -> None:
    headers = {"Content-Type": "text/turtle"}  # N-Triples is Turtle, and every store knows Turtle
    try:
        response = client.request(
            method, url, params={"graph": graph}, content=content, headers=headers
        )
    except httpx.HTTPError as error:
        raise LoadFailed(f"{graph}: the store cannot be reached: {error}") from None
    if response.status_code == 401:
        raise LoadFailed(f"the store wants a password: set {AUTH}=USER:PASSWORD, and see --auth")
    if not (response.is_success or (missing_is_fine and response.status_code == 404)):
        words = response.text[:200].strip().partition("\n")[0]
        raise LoadFailed(f"{graph}: the store answered {response.status_code}: {words}")
