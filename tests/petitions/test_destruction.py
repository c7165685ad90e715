"""After a petition: what says who signed it is destroyed, and everybody can read that it was."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from petitions import classification, counting, retention, sealing, signing
from petitions.models import Destruction, LedgerEntry, Letter, Petition, Signature, StaffAct
from tests.factories import (
    confirm,
    make_petition,
    make_signature,
    make_subscription,
    make_update,
    sign,
    token_for,
)
from tests.stories.desk import fill

pytestmark = pytest.mark.django_db


def key_file(petition):
    return Path(settings.KEYS_DIR) / "petitions" / f"{petition.duplicate_key_id}.key"


def signed_petition(signers_count=3, days_ago=31, **wish):
    """A petition that closed some days ago, with signers, and one who never confirmed."""
    petition = make_petition(**wish)
    for number in range(signers_count):
        confirm(make_signature(petition, f"signer{number}@example.org"))
    sign(petition, "never@example.org")
    petition.closes_at = timezone.now() - timedelta(days=days_ago)
    petition.save()
    counting.count_all()
    return petition


def left_of(petition):
    """Rows that still say something of signers."""
    return sum(
        model.objects.filter(**{classification.petition_path(model): petition}).count()
        for model in classification.about_signers()
    )


def page(client, petition):
    return client.get(petition.get_absolute_url()).content.decode()


def test_when_its_time_is_over_everything_that_says_who_signed_is_destroyed(client):
    petition = signed_petition()
    subscription = make_subscription(petition)
    make_update(petition).deliveries.create(subscription=subscription, give_up_after=timezone.now())
    before = left_of(petition)
    assert retention.destroy_due() == before == 4 + 1 + 1 + 1  # signatures, letter, subscription
    assert left_of(petition) == 0
    assert not key_file(petition).exists()
    record = petition.destruction
    assert (record.records_count, record.counted_count) == (before, 3)
    assert record.ended_on == timezone.now().date()


def test_the_number_stays_and_agrees_with_the_ledger(client):
    petition = signed_petition()
    retention.destroy_due()
    assert LedgerEntry.objects.filter(petition=petition).count() == 3
    assert counting.differences() == [(petition.slug, 3, 3, 3, 3)]
    assert '<b class="count">3</b>' in page(client, petition)


def test_the_page_says_how_many_records_were_destroyed_and_when(client):
    petition = signed_petition()
    assert "destroyed" not in page(client, petition).replace("will be destroyed on", "")
    retention.destroy_due()
    text = page(client, petition)
    today = timezone.now().date()
    assert f"On {today.day} {today:%B %Y} we destroyed 5 records" in text
    assert reverse("petitions:lost_link", args=[petition.slug]) not in text


def test_the_staff_log_says_how_many_once():
    petition = signed_petition()
    for _ in range(2):
        retention.destroy_due()
    [line] = StaffAct.objects.all()
    assert (line.who, line.act) == ("the worker", "records destroyed")
    assert (line.about, line.facts) == (f"petition {petition.pk}", {"count": 5})


def test_the_form_says_beforehand_how_long_names_are_kept(client):
    assert "45 days after the petition has closed" in page(client, make_petition(retention_days=45))


@pytest.mark.parametrize(("days_ago", "is_destroyed"), [(29, False), (30, True), (400, True)])
def test_it_happens_after_the_days_that_were_promised_and_not_before(days_ago, is_destroyed):
    petition = signed_petition(days_ago=days_ago)
    assert bool(retention.destroy_due()) is is_destroyed
    assert key_file(petition).exists() is not is_destroyed


def test_a_petition_without_an_end_is_left_alone():
    petition = make_petition()
    confirm(make_signature(petition))
    assert retention.destroy_due() == 0


def test_a_postponed_petition_says_so_and_holds_up_no_other(client):
    exempt = signed_petition(
        days_ago=99,
        postponed_until=timezone.now().date() + timedelta(days=9),
        postponed_because="the minister asked for two more weeks",
    )
    other = signed_petition(days_ago=40)
    retention.destroy_due()
    assert left_of(exempt) == 5
    assert left_of(other) == 0
    assert "the minister asked for two more weeks" in page(client, exempt)
    Petition.objects.filter(pk=exempt.pk).update(postponed_until=timezone.now().date())
    retention.destroy_due()
    assert left_of(exempt) == 0


def test_a_key_that_can_not_be_removed_holds_up_no_other_and_is_tried_again(monkeypatch):
    first, second = signed_petition(days_ago=50), signed_petition(days_ago=40)
    destroy = sealing.destroy_duplicate_key

    def fails_for_the_first(key_id):
        if key_id == first.duplicate_key_id:
            raise PermissionError
        destroy(key_id)

    monkeypatch.setattr(sealing, "destroy_duplicate_key", fails_for_the_first)
    retention.destroy_due()
    assert left_of(first) == left_of(second) == 0
    assert Destruction.objects.get(petition=first).ended_on is None
    assert Destruction.objects.get(petition=second).ended_on
    monkeypatch.undo()
    retention.destroy_due()
    assert Destruction.objects.get(petition=first).ended_on
    assert not key_file(first).exists()


def test_interrupted_anywhere_it_goes_on_and_counts_each_record_once(monkeypatch):
    petition = signed_petition(signers_count=10)
    monkeypatch.setattr(retention, "BATCH_COUNT", 3)
    batch = retention._destroy_batch
    calls = []

    def dies_after_two(*arguments):
        calls.append(arguments)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return batch(*arguments)

    monkeypatch.setattr(retention, "_destroy_batch", dies_after_two)
    with pytest.raises(KeyboardInterrupt):
        retention.destroy_due()
    assert 0 < left_of(petition) < 12
    record = Destruction.objects.get(petition=petition)
    assert record.ended_on is None
    assert record.records_count == 12 - left_of(petition)
    assert counting.differences() == [(petition.slug, 10, 10, 10, 10)]
    # Begun is begun: the key is gone, so nothing makes it wait.
    Petition.objects.update(closes_at=timezone.now() - timedelta(days=1))
    monkeypatch.setattr(retention, "_destroy_batch", batch)
    retention.destroy_due()
    record.refresh_from_db()
    assert (record.records_count, record.counted_count) == (12, 10)
    assert record.ended_on
    assert counting.differences() == [(petition.slug, 10, 10, 10, 10)]


def test_twice_is_once():
    petition = signed_petition()
    assert retention.destroy_due() == 5
    assert retention.destroy_due() == 0
    assert petition.destruction.records_count == 5


def test_other_petitions_keep_everything():
    signed_petition()
    other = signed_petition(days_ago=1)
    retention.destroy_due()
    assert left_of(other) == 5
    assert key_file(other).exists()


def test_without_its_key_nobody_can_be_recognised_any_more():
    petition = signed_petition()
    key_id = petition.duplicate_key_id
    assert sealing.duplicate_hash(key_id, "signer0@example.org")  # and so it is in memory
    retention.destroy_due()
    with pytest.raises(sealing.KeyMissing):
        sealing.duplicate_hash(key_id, "signer0@example.org")


def test_the_key_is_overwritten_before_it_is_removed(tmp_path):
    petition = signed_petition()
    copy = tmp_path / "the same blocks on the disk"
    copy.hardlink_to(key_file(petition))
    assert any(copy.read_bytes())
    retention.destroy_due()
    assert not any(copy.read_bytes())


def test_the_private_page_and_the_lost_link_say_that_nothing_is_left(client):
    petition = signed_petition()
    token = token_for(Signature.objects.first())
    retention.destroy_due()
    answer = client.get(reverse("petitions:signature", args=[token]))
    assert answer.status_code == 410
    assert "names were destroyed" in answer.content.decode()
    for name in ("petitions:lost_link", "petitions:enter_code"):
        url = reverse(name, args=[petition.slug])
        form = {"email": "signer0@example.org", "code": "ABCD-EFGH"}
        for answer in (client.get(url), client.post(url, form)):
            assert answer.status_code == 410
            assert "Nothing is left" in answer.content.decode()
    assert not Letter.objects.exists()


def test_withdrawing_while_it_is_being_destroyed_keeps_the_numbers_right(monkeypatch):
    petition = signed_petition()
    signature = Signature.objects.confirmed().first()
    monkeypatch.setattr(retention, "_destroy_batch", lambda *_: 0)
    retention.destroy_due()
    monkeypatch.undo()
    assert signing.withdraw(signature, signing.claim_on(signature))
    retention.destroy_due()
    counting.count_all()
    assert counting.differences() == [(petition.slug, 2, 2, 2, 2)]


# --- On the desk ----------------------------------------------------------------------------------


def change(desk, petition, **answers):
    return fill(desk, reverse("admin:petitions_petition_change", args=[petition.pk]), **answers)


def test_names_are_never_kept_longer_than_signers_were_told(desk):
    petition = make_petition()
    assert change(desk, petition, retention_days="60").status_code == 200
    assert change(desk, petition, retention_days="10").status_code == 302
    petition.refresh_from_db()
    assert petition.retention_days == 10


def test_a_draft_may_promise_another_number(desk):
    petition = make_petition(status="draft")
    assert change(desk, petition, retention_days="60").status_code == 302


def test_postponing_needs_a_reason_that_can_be_published(desk):
    petition = make_petition()
    day = str(date.today() + timedelta(days=99))
    assert change(desk, petition, postponed_until=day).status_code == 200
    answers = {"postponed_until": day, "postponed_because": "The hand-in was moved."}
    assert change(desk, petition, **answers).status_code == 302


def test_what_is_destroyed_can_not_be_opened_again(desk):
    petition = signed_petition()
    retention.destroy_due()
    tomorrow = timezone.now() + timedelta(days=1)
    opened = {"closes_at_0": str(tomorrow.date()), "closes_at_1": "12:00:00"}
    assert change(desk, petition, **opened).status_code == 200
    assert change(desk, petition, closes_at_0="", closes_at_1="").status_code == 200
    petition.refresh_from_db()
    assert not petition.is_open
