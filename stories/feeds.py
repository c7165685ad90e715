"""Whole texts for feed readers: where the site is blocked, a feed often still arrives.

No pictures: a feed is copied to places from which nobody can take one back. No editors either.
What was withdrawn comes once more under the same id with nothing in it, so that feed readers put
that in the place of their copy. An id is a number, since an address may hold a name.
"""

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from html import escape
from typing import IO
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.db.models import Model, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.feedgenerator import Atom1Feed, Rss201rev2Feed, SyndicationFeed, rfc3339_date
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import conditional_page, require_safe

from stories import figures, locales, translations
from stories.evidence import withheld
from stories.models import Country, Story, Theme, Withdrawal
from stories.plaintext import with_whole_links

ENTRIES_COUNT = 30
# For how long feed readers are told to drop what was withdrawn.
TOLD_DAYS = 60
MAX_AGE_SECONDS = 300
# XML has no way to write these.
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


class Atom(Atom1Feed):
    """Atom with the whole text beside the summary."""

    def add_item_elements(self, handler: object, item: dict) -> None:
        """All that Django writes, and the content."""
        super().add_item_elements(handler, item)
        handler.addQuickElement("content", item["content"], {"type": "html"})

    def item_attributes(self, item: dict) -> dict[str, str]:
        """The language of all that stands in the entry."""
        return super().item_attributes(item) | {"xml:lang": item["language"]}


class Rss(Rss201rev2Feed):
    """RSS 2.0 with the whole text beside the summary."""

    def rss_attributes(self) -> dict[str, str]:
        """With the namespace of `content:encoded`."""
        namespace = "http://purl.org/rss/1.0/modules/content/"
        return super().rss_attributes() | {"xmlns:content": namespace}

    def add_item_elements(self, handler: object, item: dict) -> None:
        """All that Django writes, and the content."""
        super().add_item_elements(handler, item)
        handler.addQuickElement("content:encoded", item["content"])


class Json(SyndicationFeed):
    """JSON Feed 1.1, https://www.jsonfeed.org/version/1.1/"""

    content_type = "application/feed+json; charset=utf-8"

    def write(self, outfile: IO, encoding: str) -> None:
        """One object."""
        feed = {
            "version": "https://jsonfeed.org/version/1.1",
            "title": self.feed["title"],
            "home_page_url": self.feed["link"],
            "feed_url": self.feed["feed_url"],
            "description": self.feed["description"],
            "language": self.feed["language"],
            "items": [
                {
                    "id": item["unique_id"],
                    "url": item["link"],
                    "title": item["title"],
                    "summary": item["description"],
                    "content_html": item["content"],
                    "date_published": rfc3339_date(item["pubdate"]),
                    "date_modified": rfc3339_date(item["updateddate"]),
                    "language": item["language"],
                    "tags": list(item["categories"]),
                }
                for item in self.items
            ],
        }
        outfile.write(json.dumps(feed, ensure_ascii=False, indent=1).encode(encoding))


FORMS = {"atom.xml": Atom, "rss.xml": Rss, "feed.json": Json}


@dataclass(frozen=True)
class Entry:
    """A text as feeds carry it. The link is a path of this site; the content is HTML."""

    kind: str  # one of Withdrawal.Kind
    number: int
    title: str
    summary: str
    link: str
    published_at: datetime
    updated_at: datetime
    content: str
    language: str
    themes: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """A name for ever (RFC 4151), and no address."""
        return f"tag:{urlsplit(settings.SITE_URL).hostname},2026:{self.kind}-{self.number}"


@dataclass(frozen=True)
class Carried:
    """A kind of row that feeds carry. It has countries and themes."""

    name: str | Promise
    description: str | Promise
    list_view: str
    rows: Callable[[], QuerySet]  # those that may be carried away, the newest first
    entry: Callable[[Model], Entry]
    # From a row to its language; empty where all are written in the site's own.
    language_path: str = ""

    def chosen(self, language: str, subject: dict[str, Model]) -> QuerySet:
        """The rows that can be read in a language, if one is given, and on a subject."""
        rows = self.rows().filter(**subject)
        if not language:
            return rows
        readable = translations.readable_in(language, rows.model)
        return rows.filter(self._written_in(language) | readable)

    def languages(self) -> set[str]:
        """Those in which any of the rows can be read."""
        rows = self.rows().order_by()
        found = translations.languages_into(rows)
        if self.language_path:
            return found | set(rows.values_list(self.language_path, flat=True).distinct())
        return found | ({settings.LANGUAGE_CODE} if rows.exists() else set())

    def _written_in(self, language: str) -> Q:
        if self.language_path:
            return Q(**{self.language_path: language})
        return ~Q(pk=None) if language == settings.LANGUAGE_CODE else Q(pk__in=[])


CARRIED: dict[str, Carried] = {}


def register(kind: str, carried: Carried) -> None:
    """Let feeds carry rows of this kind (one of Withdrawal.Kind). Apps above this bring theirs."""
    CARRIED[kind] = carried


class Newest(Feed):
    """The newest texts: all of them, or of one kind, country, theme or language."""

    item_guid_is_permalink = False

    def __init__(self, form: str, entries: list[Entry], about: "About") -> None:
        self.feed_type = FORMS[form]
        self.entries = entries
        self.title = f"{about.name} – {settings.SITE_NAME}" if about.name else settings.SITE_NAME
        self.link = settings.SITE_URL + about.link
        self.description = about.description
        self.language = about.language or settings.LANGUAGE_CODE

    def get_object(self, request: HttpRequest) -> str:
        """The feed's own address."""
        return settings.SITE_URL + request.path

    def feed_url(self, address: str) -> str:
        """Where this feed is."""
        return address

    def feed_guid(self, address: str) -> str:
        """What this feed is called for ever."""
        return address

    def items(self) -> list[Entry]:
        """What is to be dropped, then what feeds may carry, the newest first."""
        return self.entries

    def item_title(self, entry: Entry) -> str:
        """The headline."""
        return _clean(entry.title)

    def item_description(self, entry: Entry) -> str:
        """The summary."""
        return _clean(entry.summary)

    def item_link(self, entry: Entry) -> str:
        """The page."""
        return settings.SITE_URL + entry.link

    def item_categories(self, entry: Entry) -> tuple[str, ...]:
        """Its themes."""
        return entry.themes

    def item_pubdate(self, entry: Entry) -> datetime:
        """The moment of publication."""
        return entry.published_at

    def item_updateddate(self, entry: Entry) -> datetime:
        """The last change; never before it was to be read."""
        return max(entry.updated_at, entry.published_at)

    def item_guid(self, entry: Entry) -> str:
        """What it is called for ever."""
        return entry.id

    def item_extra_kwargs(self, entry: Entry) -> dict[str, object]:
        """The whole text."""
        return {"content": _clean(entry.content), "language": entry.language}


@dataclass(frozen=True)
class About:
    """What a feed is about, and the page that it belongs to."""

    name: str
    link: str
    description: str
    language: str = ""


@require_safe
@cache_control(public=True, max_age=MAX_AGE_SECONDS)
@conditional_page
def feed(request: HttpRequest, form: str, kind: str = "", **subject: str) -> HttpResponse:
    """Texts of a kind or on a subject (`code` of a country, `slug` of a theme, `language`)."""
    if form not in FORMS or kind and kind not in CARRIED:
        raise Http404
    kinds = {kind: CARRIED[kind]} if kind else CARRIED
    # In the site's own language, but for a feed of one of its others.
    ours = translations.address_language(subject.get("language", ""))
    with translation.override(ours):
        about, entries = _chosen(kinds, **subject)
        response = Newest(form, [*_withdrawn(kinds), *entries], about)(request)
    # Of a text that was taken back, the newest date says nothing, but the content's hash does.
    del response.headers["Last-Modified"]
    return response


def languages() -> list[tuple[str, str]]:
    """The languages that have a feed: code and own name."""
    codes = {code for carried in CARRIED.values() for code in carried.languages()}
    return sorted((code, locales.name(code)) for code in codes)


def _chosen(
    kinds: dict[str, Carried], code: str = "", slug: str = "", language: str = ""
) -> tuple[About, list[Entry]]:
    """What a feed is about, and the newest entries of these kinds on that."""
    subject: dict[str, Model] = {}
    if code:
        subject = {"countries": get_object_or_404(Country, code=code.upper())}
    elif slug:
        subject = {"themes": get_object_or_404(Theme, slug=slug)}
    entries = [
        carried.entry(row)
        for carried in kinds.values()
        for row in _in_words_of(language, carried.chosen(language, subject))[:ENTRIES_COUNT]
    ]
    if language and not entries:
        raise Http404
    entries.sort(key=lambda entry: entry.published_at, reverse=True)
    return _about(kinds, subject, language), entries[:ENTRIES_COUNT]


def _in_words_of(language: str, rows: QuerySet) -> QuerySet:
    """Translated for the feed of a language; elsewhere texts are carried as they were written."""
    return rows.translated() if language else rows


def _about(kinds: dict[str, Carried], subject: dict[str, Model], language: str) -> About:
    said = _("What happened, to whom, how we know, and what can be done.")
    if language:
        return About(locales.name(language), "/", said, language)
    for row in subject.values():
        return About(str(row), row.get_absolute_url(), said)
    if kinds is CARRIED:
        return About("", "/", said)
    (only,) = kinds.values()
    return About(str(only.name), reverse(only.list_view), str(only.description))


def _withdrawn(kinds: Iterable[str]) -> list[Entry]:
    since = timezone.now().date() - timedelta(days=TOLD_DAYS)
    public = Withdrawal.objects.filter(kind__in=list(kinds), was_public=True)
    told = public.filter(withdrawn_on__gte=since).order_by("-withdrawn_on", "-pk")
    return [_gone(withdrawal) for withdrawal in told]


def _gone(withdrawal: Withdrawal) -> Entry:
    moment = datetime.combine(withdrawal.withdrawn_on, time(), UTC)
    words = _("This text was withdrawn.")
    return Entry(
        kind=withdrawal.kind,
        number=withdrawal.number,
        title=_("Withdrawn"),
        summary=words,
        link=reverse(CARRIED[withdrawal.kind].list_view),
        published_at=moment,
        updated_at=moment,
        content=f"<p>{words}</p>",
        language=get_language(),
    )


def _clean(text: str) -> str:
    return _CONTROLS.sub("", text)


# --- Stories --------------------------------------------------------------------------------------


def _stories() -> QuerySet[Story]:
    return Story.objects.for_engines().prefetch_related("themes", "sources", "updates")


def _of_story(story: Story) -> Entry:
    return Entry(
        kind=Withdrawal.Kind.STORY,
        number=story.pk,
        title=story.title,
        summary=story.summary,
        link=story.get_absolute_url(),
        published_at=story.published_at,
        updated_at=max(filter(None, [story.updated_at, translations.changed_at(story)])),
        content=_content(story),
        language=translations.shown_language(story),
        themes=tuple(theme.name for theme in story.themes.all()),
    )


def _content(story: Story) -> str:
    """The text as it stands on the page: its warning first, then what is new, its sources last."""
    note = f"<p><em>{escape(story.content_note)}</em></p>" if story.content_note else ""
    text = with_whole_links(str(story.body), settings.SITE_URL)
    return note + text + _news(story) + _how_we_know(story)


def _news(story: Story) -> str:
    """What is new since, the newest first."""
    updates = "".join(
        f"<h3>{figures.day(update.made_on)}: {escape(update.title)}</h3>"
        f"{with_whole_links(str(update.text), settings.SITE_URL)}"
        for update in story.updates.all()
    )
    heading = _("What has happened since")
    return updates and f"<h2>{heading}</h2>{updates}"


def _how_we_know(story: Story) -> str:
    """The sources that may be named, and how many may not."""
    shown = [source for source in story.sources.all() if not source.is_withheld]
    sources = "".join(
        f"<li>{escape(f'{source.title}, {source.publisher}, {source.published}')}</li>"
        for source in shown
    )
    words = sources and f"<ol>{sources}</ol>"
    if withheld_count := len(story.sources.all()) - len(shown):
        words += f"<p>{withheld(withheld_count)}</p>"
    heading = _("How we know")
    return words and f"<h2>{heading}</h2>{words}"


register(
    Withdrawal.Kind.STORY,
    Carried(
        name=gettext_lazy("Stories"),
        description=gettext_lazy("What happened, to whom, and how we know."),
        list_view="stories:story_list",
        rows=_stories,
        entry=_of_story,
        language_path="language",
    ),
)
