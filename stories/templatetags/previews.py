"""What the head of a page says to machines."""

from django import template
from django.conf import settings
from django.db.models import Model
from django.urls import translate_url
from django.utils.safestring import SafeString

from stories import cards, linked

register = template.Library()


@register.simple_tag
def share_card(row: Model | str) -> str:
    """The address of the card of a row, or nothing."""
    may_have_card = isinstance(row, Model) and cards.may_have_card(row)
    return settings.SITE_URL + cards.address(row) if may_have_card else ""


@register.simple_tag
def linked_data(row: Model | str) -> SafeString:
    """The row in JSON-LD, or nothing."""
    return linked.script(row)


@register.simple_tag(takes_context=True)
def other_languages(context: template.Context) -> list[tuple[str, str]]:
    """The page in each language, itself included; nothing where there is one language only."""
    if len(settings.LANGUAGES) < 2:
        return []
    here = context["canonical"].removeprefix(settings.SITE_URL)
    codes = {code: code for code, _name in settings.LANGUAGES}
    codes |= {"x-default": settings.LANGUAGE_CODE}
    return [(name, settings.SITE_URL + translate_url(here, code)) for name, code in codes.items()]
