"""What a page offers to whoever wants to pass it on."""

import re

from django import template
from django.conf import settings
from django.urls import get_script_prefix
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from stories import sharing
from stories.publishing import WithVisibility

register = template.Library()


@register.simple_tag
def whole_address(row: WithVisibility) -> str:
    """The address of a row's page in the reader's language, to be given away."""
    # A light page is no address of its own.
    before = get_script_prefix().rstrip("/")
    return settings.SITE_URL + row.get_absolute_url().removeprefix(before)


@register.filter
def breakable(address: str) -> SafeString:
    """An address whose line may end behind a slash, rather than within a word."""
    parts = re.split(r"(?<=[^:/]/)", address)
    return format_html_join("", "{}<wbr>", ([part] for part in parts if part))


@register.simple_tag
def qr_code(row: WithVisibility) -> sharing.QrCode | None:
    """The address of a row's page as a code, or nothing where it asks for no readers."""
    return sharing.qr_code(whole_address(row)) if sharing.may_be_shared(row) else None


@register.inclusion_tag("components/share.html", takes_context=True)
def share(
    context: template.Context,
    row: WithVisibility,
    words: str,
    heading: str = "",
    says_nothing_of_signing: bool = False,
) -> dict[str, object]:
    """Links, buttons and the bare address of a row's page, with words of one line."""
    if not sharing.may_be_shared(row):
        return {}
    address = whole_address(row)
    return {
        "address": address,
        "words": words,
        "ways": sharing.ways(words, address),
        "heading": heading,
        "says_nothing_of_signing": says_nothing_of_signing,
        "is_lite": context.get("is_lite", False),
    }
