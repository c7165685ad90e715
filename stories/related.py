"""What to read next, by a rule that anybody can check.

Of all other public stories those come first that tell of the same person; then those on the same
country and the same theme; then those on one of the two; then the rest. Among equals the newest
comes first. At most three, none twice.

For people the rule is the same, with another beginning: first those who are named in the same story
or petition. Among equals whoever was heard of last comes first.

Only what is public counts: nobody is led from one text to another by somebody whose profile is not.
"""

from django.db.models import Case, Exists, Model, OuterRef, Q, QuerySet, Value, When

from stories.models import Country, Defender, Story, Theme

RELATED_COUNT = 3


def stories(story: Story) -> QuerySet[Story]:
    """Other stories to read after this one, in one query."""
    same_people = _shares(Story.defenders, "story", defender__in=story.defenders.published())
    same_themes = _shares(Story.themes, "story", theme__in=story.themes.all())
    same_countries = _shares(Story.countries, "story", country__in=story.countries.all())
    rank = _rank(same_people, same_themes, same_countries)
    others = Story.objects.published().exclude(pk=story.pk).annotate(rank=rank)
    return others.order_by("rank", "-published_at", "-pk").with_photo()[:RELATED_COUNT]


def people(defender: Defender) -> QuerySet[Defender]:
    """Others to meet after this one, in one query."""
    same_texts = _shares(Story.defenders, "defender", story__in=defender.stories.published())
    same_asks = _shares(Defender.petitions, "defender", petition__in=defender.petitions.published())
    same_themes = _shares(Defender.themes, "defender", theme__in=defender.themes.all())
    rank = _rank(same_texts | same_asks, same_themes, Q(country=defender.country_id))
    others = Defender.objects.published().exclude(pk=defender.pk).annotate(rank=rank)
    nearest = others.order_by("rank", "-condition_confirmed_on", "name", "pk")
    return nearest.for_card()[:RELATED_COUNT]


def themes_of(country: Country) -> QuerySet[Theme]:
    """What has been told of from a country."""
    return Theme.objects.filter(
        Q(pk__in=_keys(country.stories.published(), "themes"))
        | Q(pk__in=_keys(country.defenders.published(), "themes"))
    )


def countries_of(theme: Theme) -> QuerySet[Country]:
    """Where something on a theme has been told of."""
    return Country.objects.filter(
        Q(pk__in=_keys(theme.stories.published(), "countries"))
        | Q(pk__in=_keys(theme.defenders.published(), "country"))
    )


def _rank(same_people: Q | Exists, same_themes: Q | Exists, same_countries: Q | Exists) -> Case:
    return Case(
        When(same_people, then=Value(0)),
        When(Q(same_themes) & Q(same_countries), then=Value(1)),
        When(Q(same_themes) | Q(same_countries), then=Value(2)),
        default=Value(3),
    )


def _shares(relation: object, name: str, **shared: object) -> Exists:
    """Whether a row has a relation to one of these. No join, so no row comes twice."""
    links: type[Model] = relation.through
    return Exists(links.objects.filter(**{f"{name}_id": OuterRef("pk")}, **shared))


def _keys(rows: QuerySet, name: str) -> QuerySet:
    return rows.order_by().values(name)
