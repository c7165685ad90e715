"""Stories in full for feed readers: where the site is blocked, a feed often still arrives.

No pictures: a feed is copied to places from which nobody can take one back. No editors either.
What was withdrawn comes once more under the same id with nothing in it, so that feed readers put
that in the place of their copy. An id is a number, since an address may hold a name.
"""

import json
import re
from datetime import UTC, datetime, time, timedelta
from html import escape
from typing import IO
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.syndication.views import Feed
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.dateformat import format as date_format
from django.utils.feedgenerator import Atom1Feed, Rss201rev2Feed, SyndicationFeed, rfc3339_date
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import conditional_page, require_safe

from stories.evidence import withheld
from stories.models import Country, Story, Theme, Withdrawal
from stories.plaintext import with_whole_links

STORIES_COUNT = 30
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
        language = {"type": "html", "xml:lang": item["language"]}
        handler.addQuickElement("content", item["content"], language)


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


class Stories(Feed):
    """The newest stories: all of them, or of one country, theme or language."""

    def __init__(self, form: str, stories: QuerySet[Story], name: str, link: str) -> None:
        self.feed_type = FORMS[form]
        self.stories = stories
        self.title = f"{name} – {settings.SITE_NAME}" if name else settings.SITE_NAME
        self.link = settings.SITE_URL + link
        self.description = _("What happened, to whom, and how we know.")

    def get_object(self, request: HttpRequest) -> str:
        """The feed's own address."""
        return settings.SITE_URL + request.path

    def feed_url(self, address: str) -> str:
        """Where this feed is."""
        return address

    def feed_guid(self, address: str) -> str:
        """What this feed is called for ever."""
        return address

    def items(self) -> list[dict[str, object]]:
        """What is to be dropped, then what feeds may carry, the newest first."""
        stories = self.stories.prefetch_related("themes", "sources", "updates")[:STORIES_COUNT]
        return [*map(_gone, _withdrawn()), *map(_entry, stories)]

    def item_title(self, entry: dict[str, object]) -> str:
        """The headline."""
        return entry["title"]

    def item_description(self, entry: dict[str, object]) -> str:
        """The summary."""
        return entry["summary"]

    def item_link(self, entry: dict[str, object]) -> str:
        """The story's page."""
        return entry["link"]

    def item_categories(self, entry: dict[str, object]) -> list[str]:
        """Its themes."""
        return entry["themes"]

    def item_pubdate(self, entry: dict[str, object]) -> datetime:
        """The moment of publication."""
        return entry["published_at"]

    def item_updateddate(self, entry: dict[str, object]) -> datetime:
        """The last change."""
        return entry["updated_at"]

    def item_guid(self, entry: dict[str, object]) -> str:
        """What it is called for ever."""
        return entry["id"]

    item_guid_is_permalink = False

    def item_extra_kwargs(self, entry: dict[str, object]) -> dict[str, object]:
        """The whole text."""
        return {"content": entry["content"], "language": entry["language"]}


def _entry(story: Story) -> dict[str, object]:
    return {
        "id": _id(story.pk),
        "title": _clean(story.title),
        "summary": _clean(story.summary),
        "link": settings.SITE_URL + story.get_absolute_url(),
        "themes": [theme.name for theme in story.themes.all()],
        "published_at": story.published_at,
        # Never before it was to be read.
        "updated_at": max(story.updated_at, story.published_at),
        "content": _clean(_content(story)),
        "language": story.language,
    }


def _gone(withdrawal: Withdrawal) -> dict[str, object]:
    moment = datetime.combine(withdrawal.withdrawn_on, time(), UTC)
    words = _("This text was withdrawn.")
    return {
        "id": _id(withdrawal.number),
        "title": _("Withdrawn"),
        "summary": words,
        "link": f"{settings.SITE_URL}{reverse('stories:story_list')}",
        "themes": [],
        "published_at": moment,
        "updated_at": moment,
        "content": f"<p>{words}</p>",
        "language": settings.LANGUAGE_CODE,
    }


def _id(number: int) -> str:
    """A name for ever (RFC 4151), and no address."""
    return f"tag:{urlsplit(settings.SITE_URL).hostname},2026:story-{number}"


def _withdrawn() -> QuerySet[Withdrawal]:
    since = timezone.now().date() - timedelta(days=TOLD_DAYS)
    public = Withdrawal.objects.filter(kind=Withdrawal.Kind.STORY, was_public=True)
    return public.filter(withdrawn_on__gte=since).order_by("-withdrawn_on", "-pk")


@require_safe
@cache_control(public=True, max_age=MAX_AGE_SECONDS)
@conditional_page
def feed(request: HttpRequest, form: str, **subject: str) -> HttpResponse:
    """Stories on a subject (`code` of a country, `slug` of a theme, `language`) in one form."""
    if form not in FORMS:
        raise Http404
    stories, name, link = _chosen(Story.objects.for_engines(), **subject)
    response = Stories(form, stories, name, link)(request)
    # Of a story that was taken back, the newest date says nothing, but the content's hash does.
    del response.headers["Last-Modified"]
    return response


def _chosen(
    stories: QuerySet[Story], code: str = "", slug: str = "", language: str = ""
) -> tuple[QuerySet[Story], str, str]:
    """The stories of a feed, what they are about, and the page that they belong to."""
    if language:
        stories = stories.filter(language=language)
        if not stories.exists():
            raise Http404
        return stories, language, "/"
    if not code and not slug:
        return stories, "", "/"
    subject: Model = (
        get_object_or_404(Country, code=code.upper())
        if code
        else get_object_or_404(Theme, slug=slug)
    )
    path = "countries" if code else "themes"
    return stories.filter(**{path: subject}), str(subject), subject.get_absolute_url()


def _content(story: Story) -> str:
    """The text as it stands on the page: its warning first, then what is new, its sources last."""
    note = f"<p><em>{escape(story.content_note)}</em></p>" if story.content_note else ""
    text = with_whole_links(str(story.body), settings.SITE_URL)
    return note + text + _news(story) + _how_we_know(story)


def _news(story: Story) -> str:
    """What is new since, the newest first."""
    updates = "".join(
        f"<h3>{date_format(update.made_on, 'j F Y')}: {escape(update.title)}</h3>"
        f"{with_whole_links(str(update.text), settings.SITE_URL)}"
        for update in story.updates.all()
    )
    return updates and f"<h2>{_('What has happened since')}</h2>{updates}"


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
    return words and f"<h2>{_('How we know')}</h2>{words}"


def _clean(text: str) -> str:
    return _CONTROLS.sub("", text)
