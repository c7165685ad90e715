"""What the CLDR and Django know of a language: its rules, what it is called, which way it runs.

A language that nobody knows is written as English is; it is called by its code.
"""

import unicodedata

from babel import Locale, UnknownLocaleError
from django.utils.translation import get_language, get_language_info


def known(language: str) -> Locale | None:
    """The rules of a language, such as fa or zh-hans; None for one that nobody knows."""
    try:
        return Locale.parse(language, sep="-")
    except (UnknownLocaleError, ValueError):
        return None


def of(language: str) -> Locale:
    """The rules of a language, or those of English."""
    return known(language) or Locale("en")


def here() -> Locale:
    """The rules of the language now active."""
    return of(get_language() or "en")


def name(language: str, said_in: Locale | None = None) -> str:
    """What a language is called, by those who speak it unless another one is given."""
    locale = known(language)
    return (locale and locale.get_display_name(said_in)) or language


def direction_of(words: str) -> str:
    """Which way most letters of a text run; nothing where it has none."""
    kinds = [unicodedata.bidirectional(letter) for letter in words]
    to_left, to_right = kinds.count("R") + kinds.count("AL"), kinds.count("L")
    return ("rtl" if to_left > to_right else "ltr") if to_left or to_right else ""


def direction(language: str) -> str:
    """Which way a language runs; `auto` for one that Django does not know."""
    try:
        return "rtl" if get_language_info(language)["bidi"] else "ltr"
    except KeyError:
        return "auto"
