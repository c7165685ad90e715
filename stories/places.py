"""Where is it happening? The map of the world and the same as a list."""

from collections import Counter
from dataclasses import dataclass

from django.utils.translation import ngettext

from stories import countries, worldmap
from stories.models import Country, Defender, Story
from stories.templatetags.numbers import grouped


@dataclass(frozen=True)
class Place:
    """A country with what is published about it, ready to be drawn or listed."""

    country: Country
    stories_count: int
    defenders_count: int
    petitions_count: int
    shape: str
    dot: tuple[float, float] | None

    @property
    def name(self) -> str:
        """The country's name in the reader's language."""
        return self.country.name

    @property
    def counts(self) -> list[str]:
        """How much there is of what, in words; nothing of what there is none."""
        stories, defenders = self.stories_count, self.defenders_count
        petitions = self.petitions_count
        counted = [
            (stories, ngettext("%(count)s story", "%(count)s stories", stories)),
            (defenders, ngettext("%(count)s defender", "%(count)s defenders", defenders)),
            (petitions, ngettext("%(count)s petition", "%(count)s petitions", petitions)),
        ]
        return [words % {"count": grouped(count)} for count, words in counted if count]


@dataclass(frozen=True)
class Map:
    """All that the template draws: places with links, and the quiet rest of the land."""

    view_box: str
    land: str
    places: list[Place]


def published_places() -> list[Place]:
    """Countries about which something is published, by name, with how much."""
    stories = Story.objects.published().values_list("pk", "countries")
    defenders = Defender.objects.published().values_list("pk", "country")
    # By the reverse name, since petitions know of stories and not the other way round.
    petitions = Country.petitions.rel.related_model.objects.published()
    by_story = Counter(country for _, country in stories if country)
    by_defender = Counter(country for _, country in defenders)
    by_petition = Counter(petitions.values_list("countries", flat=True))
    shapes, dots = worldmap.country_shapes(), worldmap.country_dots()
    places = [
        Place(
            country=country,
            stories_count=by_story[country.code],
            defenders_count=by_defender[country.code],
            petitions_count=by_petition[country.code],
            shape=shapes.get(country.code, ""),
            dot=dots.get(country.code),
        )
        for country in Country.objects.filter(pk__in={*by_story, *by_defender, *by_petition})
    ]
    return sorted(places, key=lambda place: countries.sort_key(place.name))


def world_map(places: list[Place]) -> Map:
    """The map on which these places can be seen."""
    seen = {place.country.code for place in places}
    shapes = worldmap.country_shapes()
    land = [worldmap.rest_of_world(), *(d for code, d in shapes.items() if code not in seen)]
    return Map(view_box=worldmap.view_box(), land="".join(land), places=places)
