"""Which pages there are, for search engines: what is public and may be found."""

from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.sitemaps import Sitemap
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from petitions.models import Petition
from stories import translations
from stories.models import Country, Defender, Page, Story, Theme

MAX_AGE_SECONDS = 300
NEWS_DAYS = 2  # beyond which a story is no news to those who read news sitemaps
NEWS_COUNT = 1000
LISTS = (
    "home",
    "stories:story_list",
    "stories:defender_list",
    "stories:country_list",
    "stories:statistic_list",
    "petitions:petition_list",
)


class Addresses(Sitemap):
    """Addresses of this site, as SITE_URL says it, whatever the request called it.

    One for each language in which there is something to read, and each names the others.
    """

    protocol = urlsplit(settings.SITE_URL).scheme
    i18n = alternates = True

    def get_domain(self, site: object = None) -> str:
        """The site's name on the network."""
        return urlsplit(settings.SITE_URL).netloc

    def get_urls(self, *args: object, **kwargs: object) -> list[dict[str, object]]:
        """With where somebody should go who reads none of the languages: to the original."""
        urls = super().get_urls(*args, **kwargs)
        for url in urls:
            first, *others = url["alternates"]
            url["alternates"] = others and [first, *others, first | {"lang_code": "x-default"}]
        return urls


class Rows(Addresses):
    """The pages of some rows."""

    def __init__(self, rows: QuerySet) -> None:
        self.rows = rows

    def items(self) -> list[Model]:
        """In an order that stays, so that pages of a large sitemap do not overlap."""
        if not hasattr(self, "found"):
            self.found = list(self.rows.order_by("pk"))
            self.read_in = translations.languages_of(self.found)
        return self.found

    def get_languages_for_item(self, row: Model) -> list[str]:
        """Those in which it can be read, its own first."""
        own, *others = self.read_in[row.pk]
        ours = [code for code in others if code in dict(settings.LANGUAGES)]
        return [translations.address_language(own), *ours]


class Countries(Rows):
    """Countries, whose names are known in every language."""

    def get_languages_for_item(self, country: Country) -> list[str]:
        """All."""
        return _all_languages()


class Stories(Rows):
    """Stories, with the last change."""

    def lastmod(self, story: Story) -> datetime:
        """The last change; never before it was to be read."""
        return max(story.updated_at, story.published_at)


class Lists(Addresses):
    """The home page, and the lists that everything is found by."""

    def items(self) -> tuple[str, ...]:
        """By the names of their views."""
        return LISTS

    def get_languages_for_item(self, name: str) -> list[str]:
        """All."""
        return _all_languages()

    def location(self, name: str) -> str:
        """The address."""
        return reverse(name)


def _all_languages() -> list[str]:
    others = [code for code, _name in settings.LANGUAGES if code != settings.LANGUAGE_CODE]
    return [settings.LANGUAGE_CODE, *others]


def sections() -> dict[str, Sitemap]:
    """All sitemaps by name, asked anew each time."""
    rows: dict[str, QuerySet[Model]] = {
        "defenders": Defender.objects.for_engines(),
        "petitions": Petition.objects.for_engines(),
        "themes": Theme.objects.all(),
        "pages": Page.objects.published().exclude(slug="home"),
    }
    stories = Stories(Story.objects.for_engines())
    named = {"lists": Lists(), "stories": stories, "countries": Countries(Country.objects.all())}
    return named | {name: Rows(found) for name, found in rows.items()}


@require_safe
@cache_control(public=True, max_age=MAX_AGE_SECONDS)
def index(request: HttpRequest) -> HttpResponse:
    """The sitemaps, each of 50,000 addresses at most."""
    addresses = [
        f"{settings.SITE_URL}{reverse('sitemap', args=[name])}{f'?p={page}' if page > 1 else ''}"
        for name, sitemap in sections().items()
        for page in sitemap.paginator.page_range
    ]
    return _xml(request, "sitemaps/index.xml", {"addresses": addresses})


@require_safe
@cache_control(public=True, max_age=MAX_AGE_SECONDS)
def sitemap(request: HttpRequest, section: str) -> HttpResponse:
    """The addresses of one section."""
    from django.contrib.sitemaps.views import sitemap as answer

    return answer(request, sections(), section, template_name="sitemaps/addresses.xml").render()


@require_safe
@cache_control(public=True, max_age=MAX_AGE_SECONDS)
def news(request: HttpRequest) -> HttpResponse:
    """What was published within two days."""
    stories = Story.objects.for_engines().filter(
        published_at__gte=timezone.now() - timedelta(days=NEWS_DAYS)
    )
    context = {"stories": stories[:NEWS_COUNT], "site": settings}
    return _xml(request, "sitemaps/news.xml", context)


def _xml(request: HttpRequest, template: str, context: dict[str, object]) -> HttpResponse:
    response = render(request, template, context, content_type="application/xml")
    response.headers["X-Robots-Tag"] = "noindex"
    return response
