"""Links that editors wrote, in templates."""

import re

from django import template
from django.urls import get_script_prefix
from django.utils.safestring import SafeString, mark_safe

register = template.Library()


@register.filter
def within_here(html: str) -> SafeString:
    """Clean HTML whose links to our own pages stay in the part of the site where the reader is."""
    # A function puts the prefix in, so that nothing in it is read as a pattern.
    prefix = get_script_prefix()
    html = re.sub(r'(<a [^>]*?\bhref=")/(?!/)', lambda m: m[1] + prefix, html)
    return mark_safe(html)  # noqa: S308 - cleaned by nh3 on its way into the database
