"""How are figures and days written? As in the reader's language, wherever people read them.

The CLDR says which a language has: Persian its own, Arabic the Western ones. Addresses, and what
machines read or somebody has to copy exactly, keep Western figures.
"""

import re
from datetime import date, datetime

from django.utils import formats
from django.utils.safestring import SafeData, mark_safe

from stories import locales

WESTERN = "0123456789"
# Noughts of the CLDR's numbering systems; the other nine figures follow each in Unicode.
_NOUGHTS = {"arab": "٠", "arabext": "۰", "beng": "০", "deva": "०", "mymr": "၀"}
_FORMAT_FOR_PEOPLE = re.compile(r"[A-Z_]+_FORMAT")
# Formats of our own, and what stands in their place where a language needs nothing special.
_INSTEAD = {
    "YEAR_FORMAT": "Y",
    "SINCE_DAY_FORMAT": "DATE_FORMAT",
    "SINCE_YEAR_FORMAT": "YEAR_FORMAT",
    "SINCE_MONTH_FORMAT": "YEAR_MONTH_FORMAT",
}
# What no format can say: the first of a month is an ordinal; Django has a month alone in capitals.
_FINISH = {
    "fr": lambda said: re.sub(r"(?<!\S)1(?=\s[^\W\d])", "1er", said),
    "ru": str.lower,
}


def written(words: str) -> str:
    """The words with their figures as the reader's language has them; safe HTML stays safe."""
    nought = _NOUGHTS.get(locales.here().default_numbering_system)
    if nought is None:
        return words
    figures = {ord(west): chr(ord(nought) + n) for n, west in enumerate(WESTERN)}
    found = words.translate(figures)
    return mark_safe(found) if isinstance(words, SafeData) else found  # noqa: S308 - no markup in figures


def day(value: date | datetime, form: str = "DATE_FORMAT") -> str:
    """A day or a moment as a named format writes it."""
    while formats.get_format(form) == form in _INSTEAD:
        form = _INSTEAD[form]
    said = formats.date_format(value, form)
    return written(_FINISH.get(locales.here().language, str)(said))


def is_for_people(form: str | None) -> bool:
    """Whether days in this format are for readers: DATE_FORMAT is, Y-m-d is for machines."""
    return form is None or bool(_FORMAT_FOR_PEOPLE.fullmatch(form))


def western(typed: str) -> str:
    """What somebody typed, with Western figures in place of those of any script."""
    return "".join(str(int(c)) if c.isdecimal() else c for c in typed)
