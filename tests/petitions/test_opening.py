"""The petition that is signed comes from memory, and is the one that editors last saved."""

import time
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.http import Http404
from django.utils import timezone

from petitions import opening
from petitions.models import Petition
from stories import generation, withdrawal
from tests.factories import make_petition

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def kept(settings):
    """As in life: what was found is kept until something is edited."""
    settings.PAGE_CACHE_SECONDS = 5
    generation.advance()


def find(slug: str) -> Petition:
    return opening.find(slug, generation.known())


def test_it_is_asked_for_once_and_everybody_gets_their_own(django_assert_num_queries):
    petition = make_petition(title="Free Ana")
    first = find(petition.slug)
    with django_assert_num_queries(0):
        second = find(petition.slug)
    assert first == second == petition
    first.title = "Changed by one request"
    assert find(petition.slug).title == second.title == "Free Ana"


def test_what_is_saved_is_found_at_once():
    petition = make_petition()
    assert find(petition.slug).is_open
    Petition.objects.update(closes_at=timezone.now() - timedelta(seconds=1))
    assert not find(petition.slug).is_open


def test_it_closes_and_opens_by_the_clock_though_nothing_is_saved(monkeypatch):
    now = timezone.now()
    closing = make_petition(slug="closing", closes_at=now + timedelta(minutes=1))
    coming = make_petition(slug="coming", published_at=now + timedelta(minutes=1))
    assert find(closing.slug).is_open
    with pytest.raises(Http404):
        find(coming.slug)
    monkeypatch.setattr(timezone, "now", lambda: now + timedelta(minutes=2))
    assert not find(closing.slug).is_open
    assert find(coming.slug).is_open


def test_one_that_is_withdrawn_or_was_never_there_is_not_found():
    petition = make_petition()
    find(petition.slug)
    withdrawal.withdraw(petition, "danger", "tomas")
    for slug in (petition.slug, "never-there"):
        with pytest.raises(Http404):
            find(slug)


def test_without_the_shared_word_the_database_is_asked(monkeypatch):
    petition = make_petition(title="Before")
    find(petition.slug)
    monkeypatch.setattr(cache, "get", _broken)
    Petition.objects.update(title="After")
    assert find(petition.slug).title == "After"


def test_an_edit_that_nobody_was_told_of_is_found_some_seconds_later(settings, monkeypatch):
    petition = make_petition(title="Before")
    find(petition.slug)
    monkeypatch.setattr(cache, "set", _broken)
    Petition.objects.update(title="After")
    later = time.monotonic() + settings.PAGE_CACHE_SECONDS + 1
    monkeypatch.setattr(opening.time, "monotonic", lambda: later)
    assert find(petition.slug).title == "After"


def test_no_more_are_kept_than_the_constant_says(monkeypatch):
    monkeypatch.setattr(opening, "MOST_KEPT", 3)
    opening._kept.clear()
    for number in range(5):
        find(make_petition(slug=f"petition-{number}").slug)
    assert list(opening._kept) == ["petition-2", "petition-3", "petition-4"]


def _broken(*args, **options):
    raise ConnectionError
