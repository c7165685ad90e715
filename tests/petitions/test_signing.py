"""Sign, confirm: it does it, twice is once, and what it must not tell."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from petitions import counting, sealing, signing, tokens
from petitions.models import LedgerEntry, Letter, Petition, Signature, Tally
from tests.factories import (
    confirm,
    make_petition,
    make_signature,
    sign,
    signature_of,
    statements_to_sign,
    token_for,
)

pytestmark = pytest.mark.django_db


def test_signing_stores_one_pending_signature_and_one_letter():
    petition = make_petition()
    sign(petition)
    signature = Signature.objects.get()
    assert signature.confirmed_on is None
    assert signature.petition == petition
    assert Letter.objects.count() == 1
    assert not LedgerEntry.objects.exists()


def test_what_is_stored_names_nobody():
    petition = make_petition()
    sign(petition, "mira.novak@example.org", "Mira Novak")
    stored = repr([list(m.objects.values_list()) for m in (Signature, Letter)]).lower()
    for word in ("mira", "novak", "example.org"):
        assert word not in stored


def test_the_box_opens_with_the_private_key_only(keys):
    petition = make_petition()
    signature = make_signature(petition)
    assert sealing.unseal(signature.sealed_box, keys)["name"] == "Mira Novak"
    with pytest.raises(sealing.KeyMissing):
        sealing.unseal(signature.sealed_box, b"x" * 32)


def test_other_spellings_of_one_mailbox_are_one_signature():
    petition = make_petition()
    for address in ("mira.novak@gmail.com", "MiraNovak@gmail.com", "miranovak+x@googlemail.com"):
        sign(petition, address)
    assert Signature.objects.count() == 1
    assert Letter.objects.count() == 1


def test_one_mailbox_signs_two_petitions_and_the_rows_cannot_be_joined():
    first, second = make_signature(make_petition()), make_signature(make_petition())
    assert bytes(first.duplicate_hash) != bytes(second.duplicate_hash)


def test_signing_again_before_confirming_keeps_the_newer_version(keys):
    petition = make_petition()
    sign(petition, name="Mria Novak")
    sign(petition, name="Mira Novak")
    box = signature_of(petition).sealed_box
    assert sealing.unseal(box, keys)["name"] == "Mira Novak"


def test_signing_again_after_confirming_changes_nothing_but_the_outbox():
    petition = make_petition()
    signature = make_signature(petition)
    confirm(signature)
    before = bytes(signature.sealed_box)
    sign(petition, name="Somebody Else")
    signature.refresh_from_db()
    assert bytes(signature.sealed_box) == before
    assert signature.confirmed_on
    assert Letter.objects.count() == 1


def test_signing_again_makes_the_same_number_of_queries(django_assert_num_queries):
    petition = make_petition()
    with django_assert_num_queries(statements_to_sign()):
        sign(petition)
    with django_assert_num_queries(statements_to_sign()):
        sign(petition)
    confirm(signature_of(petition))
    with django_assert_num_queries(statements_to_sign()):
        sign(petition)


def test_without_its_keys_a_petition_stores_nothing():
    petition = make_petition()
    petition.sealing_key_id = "0" * 16
    with pytest.raises(sealing.KeyMissing):
        sign(petition)
    assert not Signature.objects.exists()
    assert not Letter.objects.exists()


def test_confirming_counts_once_however_often_the_button_is_pressed():
    signature = make_signature(make_petition())
    for _ in range(3):
        assert confirm(signature) == signing.Confirmation.COUNTED
    entry = LedgerEntry.objects.get()
    assert entry.value == 1
    assert entry.position is None
    signature.refresh_from_db()
    assert signature.confirmed_on == timezone.now().date()


def test_confirming_erases_the_address():
    signature = make_signature(make_petition())
    confirm(signature)
    assert not Letter.objects.exists()


def test_an_older_letter_does_not_confirm_what_was_signed_since():
    petition = make_petition()
    older = make_signature(petition, name="Mira Novak")
    sign(petition, name="Somebody Else")
    assert confirm(older) == signing.Confirmation.REPLACED
    assert not LedgerEntry.objects.exists()


def test_an_older_letter_says_counted_once_the_newer_one_was_answered():
    petition = make_petition()
    older = make_signature(petition)
    sign(petition)
    confirm(signature_of(petition))
    older_again = signature_of(petition)
    assert signing.state(older_again, signing.claim_on(older)) == signing.Confirmation.COUNTED
    assert confirm(older) == signing.Confirmation.COUNTED
    assert LedgerEntry.objects.count() == 1


def test_a_day_after_closing_what_was_signed_in_time_still_counts():
    petition = make_petition()
    signature = make_signature(petition)
    _close(petition, hours_ago=23)
    assert confirm(signature_of(petition)) == signing.Confirmation.COUNTED
    assert signature.petition_id == petition.pk


def test_later_than_a_day_after_closing_nothing_counts():
    petition = make_petition()
    make_signature(petition)
    _close(petition, hours_ago=25)
    assert confirm(signature_of(petition)) == signing.Confirmation.CLOSED
    assert not LedgerEntry.objects.exists()


def test_who_is_only_counted_leaves_an_empty_box_of_the_same_size(keys):
    petition = make_petition()
    sign(petition, level=Signature.Level.COUNT)
    sign(petition, "sam@example.org")
    counted, named = signature_of(petition), signature_of(petition, "sam@example.org")
    assert sealing.unseal(counted.sealed_box, keys) == {}
    assert len(counted.sealed_box) == len(named.sealed_box)
    assert confirm(counted) == signing.Confirmation.COUNTED


def withdraw(signature):
    return signing.withdraw(signature, signing.claim_on(signature))


def test_withdrawing_takes_one_off_the_count_and_leaves_no_row():
    petition = make_petition()
    signature = make_signature(petition)
    confirm(signature)
    counting.count_all()
    assert withdraw(signature) is True
    assert not Signature.objects.exists()
    assert [entry.value for entry in petition.ledger.order_by("pk")] == [1, -1]
    counting.count_all()
    assert Tally.objects.get().total == 0
    assert all(difference.is_zero for difference in counting.differences())


def test_withdrawing_twice_takes_off_one():
    signature = make_signature(make_petition())
    confirm(signature)
    assert [withdraw(signature), withdraw(signature)] == [True, False]
    assert LedgerEntry.objects.count() == 2


def test_withdrawing_before_confirming_erases_row_and_letter_and_counts_nothing():
    signature = make_signature(make_petition())
    assert withdraw(signature) is True
    assert not Signature.objects.exists()
    assert not Letter.objects.exists()
    assert not LedgerEntry.objects.exists()


def test_withdrawing_works_long_after_closing():
    petition = make_petition()
    confirm(make_signature(petition))
    _close(petition, hours_ago=24 * 100)
    assert withdraw(signature_of(petition)) is True


def test_who_has_withdrawn_can_sign_again_and_counts_once():
    petition = make_petition()
    signature = make_signature(petition)
    confirm(signature)
    withdraw(signature)
    again = make_signature(petition)
    assert confirm(again) == signing.Confirmation.COUNTED
    counting.count_all()
    assert Tally.objects.get().total == 1


def test_nobody_withdraws_the_signature_of_another_mailbox():
    petition = make_petition()
    lost = signing.claim_on(make_signature(petition))
    stranger = make_signature(petition, "sam@example.org")
    claim = lost._replace(signature_id=stranger.pk)
    assert signing.withdraw(stranger, claim) is False
    assert Signature.objects.filter(pk=stranger.pk).exists()


def test_asking_for_the_link_does_the_same_whether_or_not_there_is_a_signature(
    django_assert_num_queries,
):
    petition = make_petition()
    confirm(make_signature(petition))
    for address in ("mira@example.org", "sam@example.org"):
        with django_assert_num_queries(1):
            signing.ask_for_link(petition, address=address, language="en")
    assert Letter.objects.count() == 2
    assert Signature.objects.count() == 1


def test_an_erased_signature_is_gone():
    signature = make_signature(make_petition())
    claim = signing.claim_on(signature)
    assert signing.confirm(None, claim) == signing.Confirmation.GONE


def test_a_number_given_again_after_a_restore_tells_nothing_of_a_stranger():
    petition = make_petition()
    lost = signing.claim_on(make_signature(petition))
    stranger = make_signature(petition, "sam@example.org")
    confirm(stranger)
    stranger.refresh_from_db()
    claim = lost._replace(signature_id=stranger.pk)
    assert signing.state(stranger, claim) == signing.Confirmation.GONE
    assert signing.confirm(stranger, claim) == signing.Confirmation.GONE


def test_signing_again_gives_the_new_letter_its_whole_time():
    petition = make_petition()
    sign(petition)
    Signature.objects.update(signed_on=timezone.now().date() - timedelta(days=10))
    sign(petition)
    assert Signature.objects.get().signed_on == timezone.now().date()


def _close(petition, hours_ago):
    petition.closes_at = timezone.now() - timedelta(hours=hours_ago)
    petition.save()


def _as_it_is(signature):
    pass


def _again(signature):
    sign(signature.petition, name="Somebody Else")


def _pressed_before(signature):
    confirm(signature)


def _taken_back(signature):
    signing.withdraw(signature, signing.claim_on(signature))


def _moved(**values):
    return lambda signature: Signature.objects.filter(pk=signature.pk).update(**values)


def _with_petition(**values):
    return lambda signature: Petition.objects.filter(pk=signature.petition_id).update(**values)


def _ago(**times):
    return timezone.now() - timedelta(**times)


@pytest.mark.parametrize(
    ("happened", "is_counted"),
    [
        (_as_it_is, True),
        (_pressed_before, True),
        (_again, False),
        (_taken_back, False),
        (_moved(standing="held", standing_reason="throwaway"), True),
        (_moved(standing="removed", standing_reason="review"), True),
        (_moved(standing="removed", standing_reason="listed"), False),
        (_moved(signed_on=_ago(days=7).date()), True),
        (_moved(signed_on=_ago(days=8).date()), False),
        (_moved(duplicate_hash=b"of another mailb"), False),
        (_moved(sealed_box=b"another one"), False),
        (_with_petition(closes_at=_ago(hours=23)), True),
        (_with_petition(closes_at=_ago(hours=25)), False),
        (
            _with_petition(withdrawn_on=_ago().date(), status="draft", closes_at=_ago(hours=1)),
            False,
        ),
    ],
)
@pytest.mark.parametrize("wish", [False, True])
def test_a_press_is_judged_as_the_page_behind_the_link_says(happened, is_counted, wish):
    signature = make_signature(make_petition())
    token = token_for(signature)
    happened(signature)
    try:
        expected = signing.state(*signing.read_link(token)) or signing.Confirmation.COUNTED
    except tokens.BadToken:
        expected = None
    before = list(LedgerEntry.objects.values_list("pk", flat=True))
    try:
        outcome = signing.confirm_by_link(token, wants_updates=wish)
    except tokens.BadToken:
        outcome = None
    assert outcome == expected
    assert (outcome == signing.Confirmation.COUNTED) is is_counted
    row = Signature.objects.filter(pk=signature.pk).first()
    assert bool(row and row.confirmed_on) is is_counted
    is_new = is_counted and happened is not _pressed_before and row.standing == "counts"
    assert LedgerEntry.objects.exclude(pk__in=before).count() == is_new
    if is_new:
        entry = LedgerEntry.objects.latest("pk")
        assert (entry.value, entry.country, entry.position) == (1, row.country, None)
        assert not Letter.objects.filter(duplicate_hash=row.duplicate_hash).exists()


def test_a_press_costs_one_statement(django_assert_num_queries):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite can't do it in one")
    token = token_for(make_signature(make_petition()))
    with django_assert_num_queries(1):
        assert signing.confirm_by_link(token) == signing.Confirmation.COUNTED
