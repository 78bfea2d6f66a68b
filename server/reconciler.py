"""The answers of the Reconciliation Service API 0.2, apart from HTTP.

https://www.w3.org/community/reports/reconciliation/CG-FINAL-specs-0.2-20230410/
"""

from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version as installed_version
from typing import TYPE_CHECKING, Any

from ..ontology import BASE, CAMI
from ..queries.entities import Entity
from ..queries.names import MAX_TEXT, fold
from ..queries.properties import Value, Values, properties_of, property_names
from .fields import Fields, Json, read_object
from .problems import HttpProblem

if TYPE_CHECKING:  # slow to import, so not at the start of the server
    from ..queries.matching import Candidate, Matcher

BATCH = 50  # queries in one request
MAX_IDS = 1000
MAX_VALUES = 100  # of a property in a query, and properties of one
PREVIEW = (420, 220)  # width and height in pixels
STRICT = ("any", "should", "all")


class Reconciler:
    """A service over the names and properties of one build."""

    def __init__(self, matcher: "Matcher", values: Values):
        self.matcher, self.values = matcher, values
        self.index = matcher.index
        self.names = property_names()

    def manifest(self, root: str) -> Json:
        """Return what the service offers (section 3.1); `root` is its address."""

        def service(what: str) -> Json:
            return {
                "service_url": root,
                "service_path": f"/suggest/{what}",
                "flyout_service_url": root,
                "flyout_service_path": f"/flyout/{what}?id=${{id}}",
            }

        width, height = PREVIEW
        return {
            "versions": ["0.2"],
            "name": "Central Asian Mammals Initiative",
            "identifierSpace": BASE,
            "schemaSpace": str(CAMI),
            "documentation": f"{root.removesuffix('/reconcile')}/",
            "serviceVersion": installed_version("cami"),
            "defaultTypes": [self.type(kind) for kind in self.index.types()],
            "view": {"url": f"{root}/view?id={{{{id}}}}"},
            "preview": {
                "url": f"{root}/preview?id={{{{id}}}}",
                "width": width,
                "height": height,
            },
            "suggest": {what: service(what) for what in ("entity", "property", "type")},
            "extend": {
                "propose_properties": {"service_url": root, "service_path": "/extend/propose"},
                "property_settings": [
                    {
                        "name": "limit",
                        "label": "Limit",
                        "type": "number",
                        "default": 0,
                        "help_text": "At most so many values; 0 for all",
                    }
                ],
            },
            "batchSize": BATCH,
        }

    def type(self, kind: str) -> Json:
        """Return a type as the API shows it."""
        return {"id": kind, "name": kind.capitalize()}

    def batch(self, text: str) -> Json:
        """Return the candidates for each query of a batch (sections 4.1 and 4.2).

        Raises `HttpProblem`: 413 for too many queries, 400 for anything that is no batch.
        """
        asked = read_object(text, "queries")
        if len(asked) > BATCH:
            detail = f"{len(asked)} queries: send at most {BATCH} at once (batchSize)."
            raise HttpProblem(413, "batch-size", "Too many queries", detail)
        return {name: {"result": self._query(name, query)} for name, query in asked.items()}

    def _query(self, name: str, query: object) -> list[Json]:
        told = Fields(f"query {name[:40]!r}", query)
        told.only("query", "type", "limit", "properties", "type_strict")
        text = told.text("query")
        types = self._types(told)
        limit = told.count("limit", 5)
        wanted = self._wanted(told)
        if not text.strip() and not wanted:
            raise told.wrong("query", "is missing: give a name, or properties")
        if types is None:
            return []
        if text.strip():
            found = self._match(text, types, limit, wanted)
        else:
            found = self._by_properties(types, limit, wanted)
        return [self._candidate(one, wanted) for one in found]

    def _match(
        self, text: str, types: tuple[str, ...], limit: int, wanted: Mapping[str, set[str]]
    ) -> Sequence["Candidate"]:
        if not wanted:
            return self.matcher.match(text, types, limit)
        return self.matcher.match_with(text, types, limit, self._fits(wanted))

    def _types(self, told: "Fields") -> tuple[str, ...] | None:
        """Return the types that are asked for, none for all; None when nothing can have them."""
        given, known = told.list_of("type", str), self.index.types()
        if len(given) > len(known):
            raise told.wrong("type", f"names more than the {len(known)} types that there are")
        for kind in given:
            if kind not in known:
                raise told.wrong("type", f"{kind[:40]!r} is none of {', '.join(known)}")
        strict = told.text("type_strict") or "any"
        if strict not in STRICT:
            raise told.wrong("type_strict", f"is none of {', '.join(STRICT)}")
        return None if strict == "all" and len(set(given)) > 1 else tuple(sorted(set(given)))

    def _wanted(self, told: "Fields") -> dict[str, set[str]]:
        """Return what the values of properties must be, folded, by property."""
        wanted: dict[str, set[str]] = {}
        asked = told.list_of("properties", dict)
        if len(asked) > MAX_VALUES:
            raise told.wrong("properties", f"has more than {MAX_VALUES} members")
        for one in asked:
            given = Fields(f"{told.where}: properties", one)
            name = given.text("pid")
            if name not in self.names:
                raise given.wrong("pid", f"{name[:40]!r} is none of {', '.join(self.names)}")
            values: list[Any] = one["v"] if isinstance(one.get("v"), list) else [one.get("v")]
            if len(values) > MAX_VALUES:
                raise given.wrong("v", f"has more than {MAX_VALUES} values")
            wanted.setdefault(name, set()).update(_texts_asked(given, values))
        return wanted

    def _fits(self, wanted: Mapping[str, set[str]]) -> Callable[[Entity], bool]:
        return lambda entity: all(self._has(entity, name, wanted[name]) for name in wanted)

    def _has(self, entity: Entity, name: str, texts: set[str]) -> bool:
        held = {text for value in self._held(entity.iri, name) for text in _texts_held(value)}
        return not held.isdisjoint(texts)

    def _held(self, iri: str, name: str) -> Sequence[Value]:
        return self.values.get(iri, {}).get(name, ())

    def _by_properties(
        self, types: tuple[str, ...], limit: int, wanted: Mapping[str, set[str]]
    ) -> Sequence["Candidate"]:
        from ..queries.matching import Candidate

        fits = self._fits(wanted)
        found = [
            Candidate(one, one.label, 50.0, False, "", "has the properties")
            for one in self.index.entities.values()
            if (not types or one.type in types) and fits(one)
        ]
        return found[:limit]

    def _candidate(self, one: "Candidate", wanted: Mapping[str, set[str]]) -> Json:
        own = {f"property-{name}": self._has(one.entity, name, wanted[name]) for name in wanted}
        features = {
            "similarity": round(one.similarity, 1),
            "slips": one.slips,
            "congruent": one.relation in ("names", "isCongruentWith"),
            **own,
        }
        relation = f" [{one.relation}]" if one.relation else ""
        return {
            "id": one.entity.iri,
            "name": one.entity.label,
            "description": f"{one.reason}{relation}",
            "type": [self.type(one.entity.type)],
            "score": round(one.score, 1),
            "match": one.match,
            "features": [{"id": name, "value": value} for name, value in features.items()],
        }

    def extend(self, text: str) -> Json:
        """Return values of properties of entities (section 7.3). Raises `HttpProblem`."""
        told = Fields("extend", read_object(text, "extend"))
        told.only("ids", "properties")
        ids = told.list_of("ids", str)
        asked = [Fields("extend: properties", one) for one in told.list_of("properties", dict)]
        if len(ids) > MAX_IDS:
            detail = f"{len(ids)} ids: send at most {MAX_IDS} at once."
            raise HttpProblem(413, "batch-size", "Too many entities", detail)
        limits = {self._property(one): one.setting("limit") for one in asked}
        return {
            "meta": [{"id": name, "name": self.names[name]} for name in limits],
            "rows": {
                iri: {
                    name: [_shown(value) for value in self._held(iri, name)[: limit or None]]
                    for name, limit in limits.items()
                }
                for iri in ids
            },
        }

    def _property(self, told: "Fields") -> str:
        name = told.text("id")
        if name not in self.names:
            raise told.wrong("id", f"{name[:40]!r} is none of {', '.join(self.names)}")
        return name

    def propose(self, kind: str, limit: int) -> Json:
        """Return the properties of a type (section 7.2); of all types when the type is empty."""
        listed = [{"id": name, "name": self.names[name]} for name in properties_of(kind)[:limit]]
        return {"properties": listed, "type": kind, "limit": limit}

    def suggest(self, what: str, prefix: str, kind: str, skip: int, limit: int) -> Json:
        """Return what a beginning of a name leads to (section 6.3), of a type if one is given."""
        if what == "entity":
            found = self.index.suggest(prefix, (kind,) if kind else (), limit, skip)
            return {
                "result": [
                    {
                        "id": one.entity.iri,
                        "name": one.entity.label,
                        "description": one.name.text,
                        "notable": [self.type(one.entity.type)],
                    }
                    for one in found
                ]
            }
        known = {one: one.capitalize() for one in self.index.types()}
        if what == "property":
            known = {name: self.names[name] for name in properties_of(kind)}
        typed = fold(prefix)
        alike = [
            {"id": name, "name": label}
            for name, label in known.items()
            if typed in fold(label) or prefix.strip() == name
        ]
        return {"result": alike[skip : skip + limit]}


def _texts_asked(told: Fields, values: list[Any]) -> list[str]:
    texts: list[str] = []
    for value in values:
        given = value.get("id") if isinstance(value, dict) else value  # pyright: ignore
        if not isinstance(given, str | int | float):
            raise told.wrong("v", "is no text, number or entity with an id")
        if len(text := str(given)) <= MAX_TEXT:  # nothing that we hold is longer
            texts.append(fold(text))
    return texts


def _texts_held(value: Value) -> list[str]:
    given = list(value.values()) if isinstance(value, dict) else [str(value)]
    return [fold(text) for text in given]


def _shown(value: Value) -> Json:
    if isinstance(value, dict):
        return dict(value)
    return {"int": value} if isinstance(value, int) else {"str": value}
