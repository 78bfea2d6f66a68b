"""Names of countries in many languages: those of ISO 3166 and those of Unicode's CLDR.

ISO 3166 (package `pycountry`) has the formal names, CLDR (package `babel`) those in daily use.
"""

import gettext
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache

import pycountry
from babel import Locale
from pycountry.db import Country

from .entities import Entity, Name
from .names import fold

LANGUAGES = (  # of the United Nations and of the Range States, as far as the package has them
    *("ar", "es", "fr", "ru", "zh_CN"),
    *("de", "dz", "fa", "hi", "kk", "ky", "mn", "ne", "ps", "tg", "tk", "ug", "ur", "uz"),
)
_CLDR = (  # the same as CLDR writes them, and the other languages of the G20
    *("ar", "es", "fr", "ru", "zh_Hans", "zh_Hant"),
    *(
        "de",
        "dz",
        "fa",
        "hi",
        "kk",
        "ky",
        "mn",
        "ne",
        "ps",
        "tg",
        "tk",
        "ug",
        "ur",
        "uz",
        "uz_Cyrl",
    ),
    *("id", "it", "ja", "ko", "pt", "tr"),
)


def with_countries(entities: Iterable[Entity]) -> list[Entity]:
    """Return the entities, those of type state with the names of ISO 3166 beside their own."""
    return [_named(one) if one.type == "state" else one for one in entities]


@cache
def others(states: tuple[str, ...]) -> frozenset[str]:
    """Return names in every language, and codes, of all countries but some; folded."""
    found = [one for one in pycountry.countries if one.alpha_3 not in states]
    return frozenset(
        fold(text)
        for one in found
        for text in (
            *_english(one),
            *(translated for language in LANGUAGES for translated in _translated(one, language)),
            *(_in_daily_use(one, language) for language in _CLDR),
            *(one.alpha_2, one.alpha_3, one.numeric),
        )
    )


def _named(state: Entity) -> Entity:
    country = pycountry.countries.get(alpha_3=state.iri.rpartition("/")[2])
    if country is None:
        return state
    english = [Name(text, "en", "label") for text in _english(country)]
    spoken = [
        Name(text, language.replace("_CN", "-Hans"), "label")
        for language in LANGUAGES
        for text in _translated(country, language)
        if len(_called(language)[fold(text)]) == 1  # the package has some names twice
    ]
    daily = [
        Name(text, language.replace("_", "-"), "label")
        for language in _CLDR
        if (text := _in_daily_use(country, language))
    ]
    return replace(state, names=tuple(dict.fromkeys([*state.names, *english, *spoken, *daily])))


def _english(country: Country) -> list[str]:
    names = (getattr(country, key, None) for key in ("name", "common_name", "official_name"))
    return [name for name in names if name]


def _translated(country: Country, language: str) -> list[str]:
    texts = _english(country)
    return [text for text in map(_catalogue(language).gettext, texts) if text not in texts]


def _in_daily_use(country: Country, language: str) -> str:
    """Return the name of a country in a language, "" where CLDR has none."""
    return _territories(language).get(country.alpha_2, "")


@cache
def _territories(language: str) -> Mapping[str, str]:
    return dict(Locale.parse(language).territories)


@cache
def _called(language: str) -> Mapping[str, set[str]]:
    """Return which countries go by each folded name in a language."""
    called: dict[str, set[str]] = defaultdict(set)
    for country in pycountry.countries:
        for text in _translated(country, language):
            called[fold(text)].add(country.alpha_3)
    return called


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    return gettext.translation("iso3166-1", pycountry.LOCALES_DIR, [language])
