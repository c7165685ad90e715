"""Where it happens: what is published is counted, and nothing else."""

from datetime import timedelta

import pytest
from django.utils import timezone, translation

from stories import places, worldmap
from tests.factories import make_country, make_defender, make_petition, make_story

pytestmark = pytest.mark.django_db


def story_in(*codes, **wish):
    story = make_story(**wish)
    story.countries.set(make_country(code) for code in codes)
    return story


def counts() -> dict[str, tuple[int, int, int]]:
    return {
        place.country.code: (place.stories_count, place.defenders_count, place.petitions_count)
        for place in places.published_places()
    }


def test_stories_and_defenders_are_counted_by_country():
    story_in("IR")
    story_in("IR", "MM")
    make_defender(country=make_country("IR"))
    make_defender(country=make_country("HN"))
    make_petition().countries.add(make_country("HN"), make_country("SG"))
    assert counts() == {"IR": (2, 1, 0), "MM": (1, 0, 0), "HN": (0, 1, 1), "SG": (0, 0, 1)}


def test_drafts_and_what_is_scheduled_are_not_counted():
    tomorrow = timezone.now() + timedelta(days=1)
    story_in("IR")
    for wish in ({"status": "draft"}, {"published_at": tomorrow}):
        story_in("IR", "MM", **wish)
        make_defender(country=make_country("HN"), **wish)
        make_petition(**wish).countries.add(make_country("SG"))
    assert counts() == {"IR": (1, 0, 0)}


def test_a_story_without_a_country_is_nowhere():
    make_story()
    make_country("IR")
    assert counts() == {}


def test_places_stand_in_the_order_of_their_names():
    story_in("DE", "AT", "IR")
    assert [place.name for place in places.published_places()] == ["Austria", "Germany", "Iran"]


@pytest.mark.parametrize(("language", "order"), [("en", ["CI", "HR"]), ("de", ["AT", "PK"])])
def test_accents_do_not_send_a_place_to_the_end(language, order):
    story_in(*order)
    with translation.override(language):
        assert [place.country.code for place in places.published_places()] == order


def test_every_place_can_be_seen_on_the_map():
    story_in("IR", "SG", "HN", "MV", "RU", "PS", "XK", "VA", "TV")
    for place in places.published_places():
        assert place.shape or place.dot, place.name


def test_the_map_shows_no_country_twice():
    story_in("IR", "MM", "SG")
    drawing = places.world_map(places.published_places())
    shapes = worldmap.country_shapes()
    for code, shape in shapes.items():
        times = drawing.land.count(shape) + [p.shape for p in drawing.places].count(shape)
        assert times == 1, code


def test_on_an_empty_site_the_map_is_all_quiet_land():
    drawing = places.world_map([])
    assert drawing.places == []
    assert all(shape in drawing.land for shape in worldmap.country_shapes().values())


def test_a_place_says_in_words_what_there_is():
    story_in("IR", "MM")
    story_in("IR")
    make_petition().countries.add(make_country("IR"))
    words = {place.country.code: place.counts for place in places.published_places()}
    assert words == {"IR": ["2 stories", "1 petition"], "MM": ["1 story"]}


def test_however_many_stories_there_are_four_questions_answer(django_assert_num_queries):
    for code in ("IR", "MM", "HN"):
        for _ in range(4):
            story_in(code)
            make_defender(country=make_country(code))
    with django_assert_num_queries(4):
        places.published_places()
