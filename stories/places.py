"""Where is it happening? The map of the world and the same as a list."""

from dataclasses import dataclass

from stories import countries, worldmap
from stories.models import Country, Defender, Story


@dataclass(frozen=True)
class Place:
    """A country with what is published about it, ready to be drawn or listed."""

    country: Country
    stories_count: int
    defenders_count: int
    shape: str
    dot: tuple[float, float] | None

    @property
    def name(self) -> str:
        """The country's name in the reader's language."""
        return self.country.name


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
    by_story = _numbers([country for _, country in stories if country])
    by_defender = _numbers([country for _, country in defenders])
    shapes, dots = worldmap.country_shapes(), worldmap.country_dots()
    places = [
        Place(
            country=country,
            stories_count=by_story.get(country.code, 0),
            defenders_count=by_defender.get(country.code, 0),
            shape=shapes.get(country.code, ""),
            dot=dots.get(country.code),
        )
        for country in Country.objects.filter(code__in=by_story.keys() | by_defender.keys())
    ]
    return sorted(places, key=lambda place: countries.sort_key(place.name))


def world_map(places: list[Place]) -> Map:
    """The map on which these places can be seen."""
    seen = {place.country.code for place in places}
    shapes = worldmap.country_shapes()
    land = [worldmap.rest_of_world(), *(d for code, d in shapes.items() if code not in seen)]
    return Map(view_box=worldmap.view_box(), land="".join(land), places=places)


def _numbers(codes: list[str]) -> dict[str, int]:
    return {code: codes.count(code) for code in set(codes)}
