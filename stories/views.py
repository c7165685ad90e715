"""Lists and pages of stories, people, places and themes."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from stories import countries, finding, places, related, translations
from stories.evidence import withheld
from stories.models import Country, Defender, Page, Statistic, Story, Theme
from stories.publishing import for_everybody, with_visibility

STORIES_PER_PAGE = 12
FOUND_PER_PAGE = 10


@require_safe
@for_everybody
def story_list(request: HttpRequest) -> HttpResponse:
    """All stories, the newest first, by country and theme if so asked."""
    published = Story.objects.published()
    offered_countries = Country.objects.filter(stories__in=published).distinct()
    offered_themes = Theme.objects.filter(stories__in=published).distinct().translated()
    country, theme = request.GET.get("country", ""), request.GET.get("theme", "")
    stories = published.with_photo().prefetch_related("countries").translated()
    # Compared here, not in the database, which would choke on some of what may stand in a URL.
    if country:
        stories = stories.filter(countries__in=[c for c in offered_countries if c.code == country])
    if theme:
        stories = stories.filter(themes__in=[t for t in offered_themes if t.slug == theme])
    context = {
        "stories": Paginator(stories, STORIES_PER_PAGE).get_page(request.GET.get("page")),
        "countries": sorted(offered_countries, key=lambda c: countries.sort_key(c.name)),
        "themes": offered_themes,
        "chosen_country": country,
        "chosen_theme": theme,
    }
    return render(request, "stories/story_list.html", context)


@require_safe
@for_everybody
def story_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """One story, what is new since, how we know, and what can be done."""
    story = get_object_or_404(Story.objects.published().with_photo().translated(), slug=slug)
    context = {
        "story": story,
        "read_in": translations.languages(story),
        "quotes": story.quotes.select_related("defender").translated(),
        "countries": story.countries.all(),
        "themes": story.themes.translated(),
        "defenders": story.defenders.published().for_card().translated(),
        "petitions": story.petitions.published().open_first().for_card().translated(),
        "related": related.stories(story).translated(),
        **_known_of(story),
    }
    return with_visibility(render(request, "stories/story_detail.html", context), story)


def _known_of(row: Story | Defender) -> dict[str, object]:
    """What became of a text, and where it is from; of sources that we protect only how many."""
    sources = list(row.sources.all())
    withheld_count = sum(source.is_withheld for source in sources)
    return {
        "updates": row.updates.translated(),
        "corrections": row.corrections.translated(),
        "sources": [source for source in sources if not source.is_withheld],
        "withheld": withheld(withheld_count) if withheld_count else "",
    }


@require_safe
@for_everybody
def defender_list(request: HttpRequest) -> HttpResponse:
    """Everybody whose profile is published; the dead apart, in memory."""
    defenders = Defender.objects.published().for_card().translated()
    context = {"defenders": defenders.alive(), "remembered": defenders.remembered()}
    return render(request, "stories/defender_list.html", context)


@require_safe
@for_everybody
def defender_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """One person: what they defend, what was done to them, what can be done for them."""
    defenders = Defender.objects.published().for_card().select_related("condition_source")
    defender = get_object_or_404(defenders.translated(), slug=slug)
    context = {
        "defender": defender,
        "read_in": translations.languages(defender),
        "incidents": defender.incidents.select_related("source").translated(),
        "quotes": defender.quotes.select_related("story").translated(),
        "themes": defender.themes.translated(),
        "petitions": defender.petitions.published().open_first().for_card().translated(),
        "stories": defender.stories.published().with_photo().translated(),
        "related": related.people(defender).translated(),
        **_known_of(defender),
    }
    return with_visibility(render(request, "stories/defender_detail.html", context), defender)


@require_safe
@for_everybody
def country_list(request: HttpRequest) -> HttpResponse:
    """Where it is happening: a list, and the same as a map."""
    found = places.published_places()
    context = {"places": found, "map": places.world_map(found)}
    return render(request, "stories/country_list.html", context)


@require_safe
@for_everybody
def country_detail(request: HttpRequest, code: str) -> HttpResponse:
    """Everything on one country."""
    country = get_object_or_404(Country.objects.translated(), code=code.upper())
    context = {"country": country, "themes": related.themes_of(country).translated()}
    return _everything_on(request, country, "stories/country_detail.html", context)


@require_safe
@for_everybody
def theme_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """Everything on one theme."""
    theme = get_object_or_404(Theme.objects.translated(), slug=slug)
    found = sorted(related.countries_of(theme), key=lambda c: countries.sort_key(c.name))
    context = {"theme": theme, "countries": found, "read_in": translations.languages(theme)}
    return _everything_on(request, theme, "stories/theme_detail.html", context)


def _everything_on(
    request: HttpRequest, subject: Country | Theme, template: str, context: dict[str, object]
) -> HttpResponse:
    context |= {
        "stories": subject.stories.published().with_photo().translated(),
        "defenders": subject.defenders.published().for_card().translated(),
        "statistics": subject.statistics.current().translated(),
        "petitions": subject.petitions.published().open_first().for_card().translated(),
    }
    return render(request, template, context)


@require_safe
@for_everybody
def statistic_list(request: HttpRequest) -> HttpResponse:
    """Every number with its year and its source."""
    statistics = Statistic.objects.current().select_related("theme", "country")
    context = {"statistics": statistics.prefetch_related("supersedes").translated()}
    return render(request, "stories/statistic_list.html", context)


@require_safe
@cache_control(no_store=True)  # what somebody looked for stays with them
def search(request: HttpRequest) -> HttpResponse:
    """What there is on a few words, or where to begin."""
    offers = finding.offers()
    asked = finding.Question(
        query=request.GET.get("q", "").strip()[: finding.QUERY_LENGTH],
        kind=request.GET.get("kind", ""),
        country=request.GET.get("country", ""),
        theme=request.GET.get("theme", ""),
    )
    # Compared here, not in the database, which would choke on some of what may stand in a URL.
    question = asked.among(offers)
    page = Paginator(finding.find(question), FOUND_PER_PAGE).get_page(request.GET.get("page"))
    is_elsewhere = question.is_narrow and not page.paginator.count
    everywhere = finding.find(finding.Question(question.query)) if is_elsewhere else None
    context = {
        "question": question,
        "page": page,
        "found": finding.present(list(page), question),
        "kinds": offers.kinds,
        "countries": offers.countries,
        "themes": offers.themes,
        "everywhere_count": everywhere.count() if everywhere is not None else 0,
    }
    return render(request, "stories/search.html", context)


@require_safe
@for_everybody
def page_detail(request: HttpRequest, slug: str) -> HttpResponse:
    """A page that editors wrote."""
    pages = Page.objects.published().exclude(slug="home").translated()
    page = get_object_or_404(pages, slug=slug)
    context = {"page": page, "read_in": translations.languages(page)}
    return render(request, "stories/page_detail.html", context)
