"""Names of countries from ISO 3166, in many languages, by the package `pycountry`."""

import gettext
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache

import pycountry
from pycountry.db import Country

from .entities import Entity, Name

LANGUAGES = (  # of the United Nations and of the Range States, as far as the package has them
    *("ar", "es", "fr", "ru", "zh_CN"),
    *("de", "dz", "fa", "hi", "kk", "ky", "mn", "ne", "ps", "tg", "tk", "ug", "ur", "uz"),
)


def with_countries(entities: Iterable[Entity]) -> list[Entity]:
    """Return the entities, those of type state with the names of ISO 3166 beside their own."""
    return [_named(one) if one.type == "state" else one for one in entities]


@cache
def others(states: tuple[str, ...]) -> frozenset[str]:
    """Return the English names and the codes of all countries but some, in lower case."""
    found = [one for one in pycountry.countries if one.alpha_3 not in states]
    return frozenset(
        text.casefold()
        for one in found
        for text in (*_english(one), one.alpha_2, one.alpha_3, one.numeric)
    )


def _named(state: Entity) -> Entity:
    country = pycountry.countries.get(alpha_3=state.iri.rpartition("/")[2])
    if country is None:
        return state
    english = [Name(text, "en", "label") for text in _english(country)]
    found = dict.fromkeys([*state.names, *english, *_translated(country)])
    return replace(state, names=tuple(found))


def _english(country: Country) -> list[str]:
    names = (getattr(country, key, None) for key in ("name", "common_name", "official_name"))
    return [name for name in names if name]


def _translated(country: Country) -> Iterator[Name]:
    for language in LANGUAGES:
        catalogue = _catalogue(language)
        for text in _english(country):
            if (translated := catalogue.gettext(text)) != text:
                yield Name(translated, language.replace("_CN", "-Hans"), "label")


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    return gettext.translation("iso3166-1", pycountry.LOCALES_DIR, [language])
