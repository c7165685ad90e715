"""Countries by their ISO 3166 codes, named in the reader's language from the CLDR."""

from functools import lru_cache
from unicodedata import combining, normalize

from django.utils.translation import get_language

from stories import locales

# The CLDR also names continents, groupings and codes set aside; none of them is a country.
_NOT_COUNTRIES = {
    "EU",
    "EZ",
    "UN",
    "QO",
    "XA",
    "XB",
    "ZZ",
    "AC",
    "CP",
    "CQ",
    "DG",
    "EA",
    "IC",
    "TA",
}


def name(code: str) -> str:
    """The country's name in the language now active, or the code where there is none."""
    return _names(get_language() or "en").get(code, code)


def choices() -> list[tuple[str, str]]:
    """Every country as (code, name), in the order of its names in the language now active."""
    return list(_names(get_language() or "en").items())


def is_known(code: str) -> bool:
    """Whether there is a country with this code."""
    return code in _names("en")


def sort_key(text: str) -> str:
    """What to order names by, so that accents send none of them to the end."""
    # Å stands with A and not behind Z; a collation for each language would be better still.
    return "".join(c for c in normalize("NFKD", text.casefold()) if not combining(c))


@lru_cache(maxsize=32)
def _names(language: str) -> dict[str, str]:
    territories = locales.of(language).territories
    names = {c: n for c, n in territories.items() if len(c) == 2 and c not in _NOT_COUNTRIES}
    return dict(sorted(names.items(), key=lambda item: sort_key(item[1])))
