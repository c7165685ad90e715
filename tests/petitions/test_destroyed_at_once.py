"""Destroying, withdrawing and changing one's mind at the same moment; and a clock that is wrong."""

from datetime import timedelta

import pytest
from django.utils import timezone

from petitions import counting, letters, moderation, retention, signing
from petitions.models import Destruction, Letter, Signature, Tally
from tests.factories import confirm, make_petition, make_signature, sign
from tests.petitions.test_at_once import all_at_once

pytestmark = pytest.mark.django_db(transaction=True)


def over(signers_count):
    """A petition whose time is over, and the signatures that count under it."""
    petition = make_petition()
    signatures = [
        make_signature(petition, f"signer{number}@example.org") for number in range(signers_count)
    ]
    for signature in signatures:
        confirm(signature)
    petition.closes_at = timezone.now() - timedelta(days=31)
    petition.save()
    return petition, signatures


def test_several_workers_destroy_each_record_once(monkeypatch):
    monkeypatch.setattr(retention, "BATCH_COUNT", 3)
    over(30)
    all_at_once(*[retention.destroy_due] * 4)
    retention.destroy_due()
    record = Destruction.objects.get()
    assert (record.records_count, record.counted_count) == (30, 30)
    assert record.ended_on


def test_people_may_withdraw_while_it_is_destroyed(monkeypatch):
    monkeypatch.setattr(retention, "BATCH_COUNT", 4)
    _, signatures = over(24)
    withdrawals = [lambda s=s: signing.withdraw(s, signing.claim_on(s)) for s in signatures[::2]]
    all_at_once(retention.destroy_due, *withdrawals)
    retention.destroy_due()
    counting.count_all()
    assert not Signature.objects.exists()
    assert all(difference.is_zero for difference in counting.differences())


def test_withdrawing_and_changing_the_level_at_once_leaves_nothing_or_one():
    petition = make_petition(shows_names=True)
    for number in range(10):
        signature = make_signature(petition, f"signer{number}@example.org")
        confirm(signature)
        claim = signing.claim_on(signature)
        all_at_once(
            lambda s=signature, c=claim: signing.withdraw(s, c),
            lambda s=signature, c=claim: signing.change_level(
                s, c, level="public", shown_name="Mira"
            ),
        )
        assert not Signature.objects.filter(pk=signature.pk).exists()
    assert all(difference.is_zero for difference in counting.differences())


def test_an_editor_and_the_owner_at_once_show_no_name_that_nobody_read():
    petition = make_petition(shows_names=True)
    signature = make_signature(petition, level="public", shown_name="Mira")
    confirm(signature)
    claim = signing.claim_on(signature)
    for _ in range(10):
        signing.change_level(signature, claim, level="public", shown_name="Mira")
        choices = [row.choice for row in moderation.names(petition, "waiting", 9)]
        all_at_once(
            lambda c=choices: moderation.decide(petition, c, "shown"),
            lambda: signing.change_level(signature, claim, level="public", shown_name="Vile"),
        )
        assert [row.name for row in moderation.shown(petition)] in ([], ["Mira"])


# --- A clock that is wrong ------------------------------------------------------------------------


@pytest.fixture
def clock(monkeypatch):
    """Set the clock forward or back by so many days."""
    real_now = timezone.now

    def move(days):
        monkeypatch.setattr(timezone, "now", lambda: real_now() + timedelta(days=days))

    return move


def test_a_clock_moved_back_loses_nobody_and_counts_nobody_twice(clock, inbox):
    petition = make_petition()
    clock(+2)
    early = make_signature(petition, "early@example.org")
    while letters.send_waiting():
        pass
    counting.count_all()
    clock(0)
    assert confirm(early) == signing.Confirmation.COUNTED
    late = make_signature(petition, "late@example.org")
    while letters.send_waiting():
        pass
    assert confirm(late) == confirm(early) == signing.Confirmation.COUNTED
    retention.forget_expired()
    assert retention.destroy_due() == 0
    counting.count_all()
    assert Tally.objects.get().total == 2
    assert len(inbox.mails) == 2


def test_a_clock_moved_back_after_the_destruction_began_does_not_stop_it(clock, monkeypatch):
    petition, _ = over(5)
    monkeypatch.setattr(retention, "_destroy_batch", lambda *_: 0)
    retention.destroy_due()
    monkeypatch.undo()
    clock(-10)
    assert retention.destroy_due() == 5


def test_a_letter_written_by_a_fast_clock_leaves_when_the_clock_says_so(clock, inbox):
    petition = make_petition()
    clock(+1)
    sign(petition)
    clock(0)
    assert letters.send_waiting() == 0
    assert Letter.objects.count() == 1
    sign(petition)  # whoever signs again need not wait for it
    assert letters.send_waiting() == 1
