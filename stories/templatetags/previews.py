"""What the head of a page says to machines."""

from django import template
from django.conf import settings
from django.db.models import Model
from django.urls import translate_url
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from stories import cards, linked, translations

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
def own_address(context: template.Context) -> str:
    """The one address of the page's text: that of the original where it is not translated."""
    codes, here = _languages(context), get_language()
    return context["canonical"] if here in codes else _in(context, codes[0])


@register.simple_tag(takes_context=True)
def other_languages(context: template.Context) -> list[tuple[str, str]]:
    """The page in each language in which it can be read; nothing where there is only one."""
    codes = _languages(context)
    if len(codes) < 2:
        return []
    named = {code: code for code in codes} | {"x-default": codes[0]}
    return [(name, _in(context, code)) for name, code in named.items()]


def _languages(context: template.Context) -> list[str]:
    """Those of the row that the page is about, its own first; of lists all, ours first."""
    ours = [code for code, _name in settings.LANGUAGES]
    if "read_in" not in context:
        return [settings.LANGUAGE_CODE, *(code for code in ours if code != settings.LANGUAGE_CODE)]
    # What was written in a language that the site is not in stands under the site's own.
    return [translations.address_language(context["read_in"][0])] + [
        code for code in context["read_in"][1:] if code in ours
    ]


def _in(context: template.Context, code: str) -> str:
    here = context["canonical"].removeprefix(settings.SITE_URL)
    return settings.SITE_URL + translate_url(here, code)
