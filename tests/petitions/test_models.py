"""Petitions: when they are open, and what they aim at."""

from datetime import timedelta

import pytest
from django.db import IntegrityError
from django.utils import timezone

from petitions.models import LedgerEntry, Petition, Signature, Tally
from tests.factories import make_petition, make_signature

pytestmark = pytest.mark.django_db


def in_days(days):
    return timezone.now() + timedelta(days=days)


def test_a_petition_is_open_from_its_moment_until_it_closes():
    make_petition(slug="without-end")
    make_petition(slug="until-tomorrow", closes_at=in_days(1))
    make_petition(slug="closed", closes_at=in_days(-1))
    make_petition(slug="scheduled", published_at=in_days(1))
    make_petition(slug="draft", status="draft")
    assert set(Petition.objects.open().values_list("slug", flat=True)) == {
        "without-end",
        "until-tomorrow",
    }
    assert [p.slug for p in Petition.objects.closed()] == ["closed"]


def test_what_can_be_signed_comes_before_what_can_not():
    make_petition(slug="closed", closes_at=in_days(-1))
    make_petition(slug="without-end")
    make_petition(slug="soon", closes_at=in_days(1))
    slugs = Petition.objects.published().open_first().values_list("slug", flat=True)
    assert list(slugs) == ["soon", "without-end", "closed"]


def test_days_left_are_counted_as_on_a_calendar_and_end_at_zero():
    midnight = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    assert make_petition().days_left is None
    for days, left in ((1, 0), (2, 1), (3.5, 3), (4, 3)):
        assert make_petition(closes_at=midnight + timedelta(days=days)).days_left == left
    assert make_petition(closes_at=in_days(-3)).days_left == 0


def test_hours_left_are_whole_ones():
    assert make_petition().hours_left is None
    assert make_petition(closes_at=in_days(0.51)).hours_left == 12
    assert make_petition(closes_at=in_days(0.03)).hours_left == 0
    assert make_petition(closes_at=in_days(-3)).hours_left == 0


@pytest.mark.parametrize(
    ("count", "goal"), [(0, 100), (99, 100), (100, 250), (250, 500), (999, 1000)]
)
def test_the_goal_is_the_next_milestone_and_then_the_next_round_number(count, goal):
    petition = make_petition()
    petition.milestones.create(count=250)
    petition.milestones.create(count=100)
    Tally.objects.create(petition=petition, total=count)
    assert petition.goal == goal


def test_a_published_petition_without_keys_is_refused_by_the_database():
    petition = make_petition()
    with pytest.raises(IntegrityError):
        Petition.objects.filter(pk=petition.pk).update(sealing_key_id="")


def test_an_outcome_needs_an_end():
    with pytest.raises(IntegrityError):
        make_petition(outcome="won")


def test_one_mailbox_can_not_be_stored_twice_whatever_the_code_does():
    signature = make_signature(make_petition())
    signature.pk = None
    with pytest.raises(IntegrityError):
        signature.save(force_insert=True)


@pytest.mark.parametrize("value", [0, 2, -2])
def test_the_ledger_knows_only_one_more_and_one_less(value):
    with pytest.raises(IntegrityError):
        LedgerEntry.objects.create(petition=make_petition(), value=value, leaf=b"x")


def test_no_two_entries_share_a_position():
    petition = make_petition()
    LedgerEntry.objects.create(petition=petition, value=1, leaf=b"x", position=0)
    with pytest.raises(IntegrityError):
        LedgerEntry.objects.create(petition=petition, value=1, leaf=b"y", position=0)


def test_a_petition_with_signatures_can_not_be_deleted():
    petition = make_petition()
    make_signature(petition)
    with pytest.raises(Exception, match="protected"):
        petition.delete()
    assert Signature.objects.exists()
