"""Where the feeds are."""

from django import template
from django.urls import reverse

from stories import feeds

register = template.Library()

NAMES = {"atom.xml": "Atom", "rss.xml": "RSS", "feed.json": "JSON Feed"}


@register.simple_tag
def feed_forms(view_name: str, *arguments: str) -> list[tuple[str, str]]:
    """A feed in each of its forms: what the form is called, and the address."""
    return [(name, reverse(view_name, args=[*arguments, form])) for form, name in NAMES.items()]


@register.simple_tag
def feed_languages() -> list[tuple[str, str]]:
    """The languages that have a feed of their own, if there are several: code and own name."""
    found = feeds.languages()
    return found if len(found) > 1 else []
