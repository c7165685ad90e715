"""What a page is about, in JSON-LD: texts, who publishes them, and where they stand.

No persons: whoever is persecuted is told about here in sentences, and is not entered into the
databases of others by name, place and employer.
"""

import json

from django.conf import settings
from django.db.models import Model
from django.urls import reverse
from django.utils import translation
from django.utils.functional import Promise
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from stories import cards, translations
from stories.models import Defender, Story

# The list that a row's page belongs to: its name and its view. Apps above this one add theirs.
LISTS: dict[type[Model], tuple[Promise, str]] = {
    Story: (_("Stories"), "stories:story_list"),
    Defender: (_("Defenders"), "stories:defender_list"),
}
# So that nothing in a text can end the script.
_ESCAPES = {ord(">"): "\\u003E", ord("<"): "\\u003C", ord("&"): "\\u0026"}


def script(row: Model | str) -> SafeString:
    """A block of data for the head of a row's page; empty where there is nothing to say."""
    if type(row) not in LISTS:
        return mark_safe("")
    things = [_article(row)] if isinstance(row, Story) else []
    things.append(_trail(row))
    graph = {"@context": "https://schema.org", "@graph": things}
    data = json.dumps(graph, ensure_ascii=False).translate(_ESCAPES)
    return mark_safe(f'<script type="application/ld+json">{data}</script>')  # noqa: S308 - escaped


def _article(story: Story) -> dict[str, object]:
    us = {"@type": "Organization", "name": settings.SITE_NAME, "url": f"{settings.SITE_URL}/"}
    article = {
        "@type": "NewsArticle" if story.kind == Story.Kind.NEWS else "Article",
        "headline": story.title,
        "description": story.summary,
        "inLanguage": translations.shown_language(story),
        "datePublished": story.published_at.isoformat(),
        "dateModified": max(story.updated_at, story.published_at).isoformat(),
        "mainEntityOfPage": settings.SITE_URL + _address(story),
        "author": us,
        "publisher": us,
    }
    if cards.may_have_card(story):
        article["image"] = settings.SITE_URL + cards.address(story)
    return article


def _address(row: Model) -> str:
    """Where the words that are shown stand at home."""
    language = translations.address_language(translations.shown_language(row))
    with translation.override(language):
        return row.get_absolute_url()


def _trail(row: Model) -> dict[str, object]:
    name, view_name = LISTS[type(row)]
    steps = [(str(name), reverse(view_name)), (str(row), row.get_absolute_url())]
    items = [
        {"@type": "ListItem", "position": n, "name": name, "item": settings.SITE_URL + path}
        for n, (name, path) in enumerate(steps, start=1)
    ]
    return {"@type": "BreadcrumbList", "itemListElement": items}
