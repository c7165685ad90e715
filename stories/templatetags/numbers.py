"""How is a number written? In the reader's language, with no more precision than it has.

The site's settings load these filters into every template. They take the place of Django's own
`date`, `time` and `filesizeformat`, which know Western figures only.
"""

from datetime import date as Day
from datetime import datetime
from datetime import time as Clock
from decimal import Decimal

from babel.numbers import format_compact_decimal, format_percent
from django import template
from django.template import defaultfilters
from django.utils.formats import number_format

from stories import figures, locales

register = template.Library()

MILLION = 1_000_000


@register.filter
def grouped(value: Decimal | int) -> str:
    """The whole number with its groups of digits apart: 8,214."""
    return figures.written(number_format(_plain(value), force_grouping=True))


@register.filter
def spoken(value: Decimal | int) -> str:
    """As one would say it: 138 million, but 1,168,000, which no shorter word says exactly."""
    plain = _plain(value)
    if plain < MILLION:
        return grouped(plain)
    unit = 1000 ** ((len(str(int(plain))) - 1) // 3)  # a million, a billion …
    if plain % (unit // 10):
        return grouped(plain)
    locale = locales.here()
    # Chinese counts in steps of ten thousand, and has one way to say so.
    form, digits = ("long", 1) if "long" in locale.compact_decimal_formats else ("short", 4)
    said = format_compact_decimal(
        plain, format_type=form, locale=locale, fraction_digits=digits, numbering_system="default"
    )
    return figures.written(said)


@register.filter
def percent(value: Decimal | int) -> str:
    """A share of a hundred, with the sign where the language puts it: 75%, 75 %, ۷۵٪."""
    locale = locales.here()
    said = format_percent(
        Decimal(value) / 100, locale=locale, decimal_quantization=False, numbering_system="default"
    )
    sign = locale.number_symbols[locale.default_numbering_system]["percentSign"]
    return figures.written(said.replace("%", sign))


@register.filter(name="figures", is_safe=True)
def with_figures(value: str | int) -> str:
    """A year, a page's number: no groups, but the figures of the reader's language."""
    return figures.written(value if isinstance(value, str) else str(value))


@register.filter(expects_localtime=True, is_safe=False)
def date(value: Day | datetime | None, form: str | None = None) -> str:
    """A day: for people by a named format such as DATE_FORMAT, for machines by Y-m-d."""
    if value and figures.is_for_people(form):
        return figures.day(value, form or "DATE_FORMAT")
    return defaultfilters.date(value, form)


@register.filter(expects_localtime=True, is_safe=False)
def time(value: Clock | datetime | None, form: str | None = None) -> str:
    """A time of day: for people by TIME_FORMAT."""
    said = defaultfilters.time(value, form)
    return figures.written(said) if figures.is_for_people(form) else said


@register.filter(is_safe=True)
def filesizeformat(value: int) -> str:
    """How large a file is."""
    return figures.written(defaultfilters.filesizeformat(value))


def _plain(value: Decimal | int) -> Decimal | int:
    # 281.00 in the database is 281 on the page; 2.50 is 2.5.
    return int(value) if value == int(value) else Decimal(value).normalize()
