"""How is a number written? In the reader's language, with no more precision than it has."""

from decimal import Decimal

from babel.numbers import format_compact_decimal
from django import template
from django.utils.formats import number_format

from stories import locales

register = template.Library()

MILLION = 1_000_000


@register.filter
def grouped(value: Decimal | int) -> str:
    """The whole number with its groups of digits apart: 8,214."""
    return number_format(_plain(value), force_grouping=True)


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
    return format_compact_decimal(plain, format_type=form, locale=locale, fraction_digits=digits)


def _plain(value: Decimal | int) -> Decimal | int:
    # 281.00 in the database is 281 on the page; 2.50 is 2.5.
    return int(value) if value == int(value) else Decimal(value).normalize()
