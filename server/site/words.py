"""Words of the interface in Russian; what is missing stays English, and is marked as such."""

from collections.abc import Callable

LANGUAGES = {"en": "English", "ru": "Русский"}
_RUSSIAN = {
    "Search": "Поиск",
    "Queries": "Запросы",
    "Reference": "Справка",
}


def words(lang: str) -> Callable[[str], str]:
    """Return the function from English words of the interface to those of a language."""
    table = _RUSSIAN if lang == "ru" else {}
    return lambda text: table.get(text, text)
