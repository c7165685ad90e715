"""Counting: every entry once, in an order that tells nothing, and checkable."""

import pytest

from petitions import counting
from petitions.models import LedgerEntry, Milestone, Signature, Tally
from tests.factories import confirm, make_petition, make_signature

pytestmark = pytest.mark.django_db


def confirmed(petition, count, country=""):
    for number in range(count):
        signature = make_signature(petition, f"{country}{number}@example.org")
        Signature.objects.filter(pk=signature.pk).update(country=country)
        signature.refresh_from_db()
        confirm(signature)


def test_counting_adds_new_entries_to_the_tally_once():
    petition = make_petition()
    confirmed(petition, 3)
    assert counting.count_all() == 3
    assert counting.count_all() == 0
    assert Tally.objects.get().total == 3


def test_positions_are_gapless_and_never_change():
    petition = make_petition()
    confirmed(petition, 3)
    counting.count_all()
    before = dict(LedgerEntry.objects.values_list("pk", "position"))
    confirmed(petition, 2, "DE")
    counting.count_all()
    after = dict(LedgerEntry.objects.values_list("pk", "position"))
    assert sorted(after.values()) == [0, 1, 2, 3, 4]
    assert after.items() >= before.items()


def test_positions_do_not_tell_the_order_of_confirming():
    petition = make_petition()
    confirmed(petition, 40)
    counting.count_all()
    positions = list(LedgerEntry.objects.order_by("pk").values_list("position", flat=True))
    assert positions != sorted(positions)
    leaves = [
        bytes(b) for b in LedgerEntry.objects.order_by("position").values_list("leaf", flat=True)
    ]
    assert leaves == sorted(leaves)


def test_a_large_backlog_is_counted_in_batches(monkeypatch):
    monkeypatch.setattr(counting, "BATCH_COUNT", 2)
    petition = make_petition()
    confirmed(petition, 5)
    assert [counting.count(petition.pk) for _ in range(4)] == [2, 2, 1, 0]
    assert Tally.objects.get().total == 5


def test_countries_are_tallied():
    petition = make_petition()
    confirmed(petition, 2, "DE")
    confirmed(petition, 1, "FR")
    counting.count_all()
    assert Tally.objects.get().by_country == {"DE": 2, "FR": 1}


def test_each_petition_has_a_tally_and_positions_of_its_own():
    first, second = make_petition(), make_petition()
    confirmed(first, 2)
    confirmed(second, 1)
    counting.count_all()
    assert first.tally.total == 2
    assert second.tally.total == 1
    assert list(second.ledger.values_list("position", flat=True)) == [0]


def test_one_less_is_counted_too():
    petition = make_petition()
    confirmed(petition, 2, "DE")
    counting.record(petition.signatures.first(), -1)
    counting.count_all()
    tally = Tally.objects.get()
    assert tally.total == 1
    assert tally.by_country == {"DE": 1}
    assert tally.entries_count == 3


def test_a_milestone_is_reached_on_the_day_and_stays_reached():
    petition = make_petition()
    petition.milestones.create(count=2)
    petition.milestones.create(count=3)
    confirmed(petition, 2)
    counting.count_all()
    assert Milestone.objects.get(count=2).reached_on
    assert not Milestone.objects.get(count=3).reached_on
    counting.record(petition.signatures.first(), -1)
    counting.count_all()
    assert Milestone.objects.get(count=2).reached_on


def test_differences_are_zero_before_and_after_counting():
    petition = make_petition()
    confirmed(petition, 2)
    assert all(d.is_zero for d in counting.differences())
    counting.count_all()
    assert counting.differences() == [(petition.slug, 2, 2, 2, 2)]


def test_a_wrong_tally_is_found_and_mended():
    petition = make_petition()
    confirmed(petition, 2, "DE")
    counting.count_all()
    Tally.objects.update(total=7, by_country={"XX": 7})
    assert not counting.differences()[0].is_zero
    counting.mend(petition.pk)
    assert counting.differences()[0].is_zero
    assert Tally.objects.get().by_country == {"DE": 2}


def test_a_leaf_is_hashed_as_rfc_9162_says():
    # Section 2.1.1: HASH(0x00 || d). The empty entry's leaf, as in the Certificate Transparency
    # test vectors.
    empty = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert counting.leaf_hash(b"").hex() == empty
