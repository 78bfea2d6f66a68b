"""The JSON that clients send to the reconciliation service, read field by field."""

import json
from typing import Any

from .problems import HttpProblem

MAX_LIMIT = 50  # candidates or suggestions
Json = dict[str, Any]


class Fields:
    """The fields of a JSON object that a client sent, of the kinds that they have to be."""

    def __init__(self, where: str, given: object):
        self.where = where
        if not isinstance(given, dict):
            raise self.wrong("", "is no JSON object")
        self.given: Json = given

    def wrong(self, name: str, what: str) -> HttpProblem:
        """Return the problem of a field."""
        detail = " ".join(filter(None, (f"{self.where}:", name, f"{what}.")))
        return HttpProblem(400, "reconciliation", "This is no reconciliation request", detail)

    def only(self, *names: str) -> None:
        """Raise `HttpProblem` for a field that is none of some."""
        for name in self.given:
            if name not in names:
                raise self.wrong(name[:40], f"is none of {', '.join(names)}")

    def text(self, name: str) -> str:
        """Return a text, empty when it is absent."""
        value = self.given.get(name, "")
        if not isinstance(value, str):
            raise self.wrong(name, "is no text")
        return value

    def count(self, name: str, default: int) -> int:
        """Return a number above 0, at most `MAX_LIMIT`."""
        value = self.given.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not value >= 1:
            raise self.wrong(name, "is no whole number above 0")
        return int(min(value, MAX_LIMIT))

    def list_of(self, name: str, kind: type[Any]) -> list[Any]:
        """Return a list, empty when it is absent; a lone text is a list of one."""
        value = self.given.get(name, [])
        value = [value] if isinstance(value, str) else value
        if not isinstance(value, list) or not all(isinstance(one, kind) for one in value):  # pyright: ignore[reportUnknownVariableType]
            raise self.wrong(name, "is no list of the right kind")
        return value  # pyright: ignore[reportUnknownVariableType]

    def setting(self, name: str) -> int:
        """Return a number of the settings, 0 when it is absent; clients send numbers as text."""
        given = self.given.get("settings", {})
        value = str(given.get(name, 0) or 0) if isinstance(given, dict) else "?"  # pyright: ignore
        if not value.isdecimal() or len(value) > 6:
            raise self.wrong("settings", f"{name} is no whole number")
        return int(value)


def read_object(text: str, name: str) -> Json:
    """Return the JSON object that a text is. Raises `HttpProblem`."""
    try:
        given = json.loads(text)
        if "\\ud" in text.lower():  # perhaps half of a character: what holds it cannot be answered
            json.dumps(given, ensure_ascii=False).encode()
        return Fields(name, given).given
    except UnicodeEncodeError:
        detail = f"{name}: holds a lone surrogate."
    except json.JSONDecodeError as error:
        detail = f"{name} is no JSON: {error.msg}."
    except (ValueError, RecursionError):
        detail = f"{name} is no JSON: it is nested too deep, or holds too long a number."
    raise HttpProblem(400, "reconciliation", "This is no reconciliation request", detail)
