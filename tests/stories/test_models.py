"""What is public, and what the database refuses whoever asks."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from stories import figures
from stories.models import Defender, Incident, Page, Source, Story
from tests.factories import (
    make_country,
    make_defender,
    make_page,
    make_petition,
    make_photo,
    make_statistic,
    make_story,
)

pytestmark = pytest.mark.django_db
MAKERS = [make_story, make_defender, make_page, make_petition]


def tomorrow():
    return timezone.now() + timedelta(days=1)


@pytest.mark.parametrize("make", MAKERS)
def test_what_is_published_can_be_seen(make):
    row = make()
    assert list(type(row).objects.published()) == [row]


@pytest.mark.parametrize("make", MAKERS)
def test_drafts_can_not_be_seen_whatever_their_moment(make):
    row = make(status="draft")
    make(status="draft", published_at=None)
    assert not type(row).objects.published().exists()


@pytest.mark.parametrize("make", MAKERS)
def test_what_is_scheduled_for_tomorrow_can_be_seen_tomorrow(make):
    row = make(published_at=tomorrow())
    assert not type(row).objects.published().exists()
    row.published_at -= timedelta(days=1, seconds=1)
    row.save()
    assert type(row).objects.published().exists()


@pytest.mark.parametrize("make", MAKERS)
def test_nothing_is_published_without_a_moment(make):
    with refused("has_a_moment"):
        make(published_at=None)


@pytest.mark.parametrize(("field", "name"), [("alt", "alt_text"), ("credit", "a_credit")])
def test_a_photo_needs_words_for_the_blind_and_the_name_of_its_maker(field, name):
    with refused(f"a_photo_has_{name}"):
        make_photo(**{field: ""})


@pytest.mark.parametrize("field", ["source_name", "source_url"])
def test_a_number_needs_its_source(field):
    with refused("a_number_names_its_source"):
        make_statistic(**{field: ""})


@pytest.mark.parametrize("half", [{"compared_value": 130}, {"compared_year": 2014}])
def test_a_comparison_needs_both_its_value_and_its_year(half):
    with refused("a_comparison_has_value_and_year"):
        make_statistic(**half)


def test_a_whole_comparison_and_none_are_both_taken():
    make_statistic(compared_value=130, compared_year=2014)
    make_statistic()


def test_a_source_belongs_to_one_text():
    story, defender = make_story(), make_defender()
    for texts in ({}, {"story": story, "defender": defender}):
        with refused("a_source_belongs_to_one_text"):
            make_source(**texts)
    make_source(story=story)
    make_source(defender=defender)


@pytest.mark.parametrize("make", MAKERS)
def test_no_two_have_one_address(make):
    make(slug="narges-mohammadi")
    with refused("slug"):
        make(slug="narges-mohammadi")


def test_stories_come_newest_first():
    now = timezone.now()
    older, newer = (make_story(published_at=now - timedelta(days=d)) for d in (3, 2))
    assert list(Story.objects.all()) == [newer, older]


def test_the_dead_and_the_released_are_no_longer_at_risk():
    for condition in Defender.Condition:
        make_defender(condition=condition)
    at_risk = {defender.condition for defender in Defender.objects.at_risk()}
    assert at_risk == {*Defender.Condition} - {"killed", "died", "released"}


def test_only_the_dead_are_remembered():
    for condition in Defender.Condition:
        make_defender(condition=condition)
    assert {d.condition for d in Defender.objects.remembered()} == {"killed", "died"}
    assert {d.condition for d in Defender.objects.all() if d.is_remembered} == {"killed", "died"}


@pytest.mark.parametrize(
    ("precision", "written"), [("day", "3 November 2026"), ("month", "November 2026"),
                               ("year", "2026")]
)  # fmt: skip
def test_an_incident_says_no_more_of_its_day_than_is_known(precision, written):
    incident = Incident(happened_on=make_defender().condition_confirmed_on, precision=precision)
    assert figures.day(incident.happened_on, incident.known_to.date_format) == written


def test_the_menu_names_pages_in_their_order():
    make_page(title="Third", is_in_menu=True, position=3)
    make_page(title="First", is_in_menu=True, position=1)
    make_page(title="Nowhere")
    make_page(title="Draft", is_in_menu=True, status="draft")
    assert [p.title for p in Page.objects.published().in_menu()] == ["First", "Third"]


def test_a_country_that_a_profile_names_can_not_be_deleted():
    country = make_country("HN")
    make_defender(country=country)
    with pytest.raises(IntegrityError), transaction.atomic():
        country.delete()


def make_source(**texts):
    return Source.objects.create(
        title="A report", publisher="A newspaper", published="2021", **texts
    )


@contextmanager
def refused(name: str) -> Iterator[None]:
    """The database refuses, and its words name the constraint or the column."""
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        yield
