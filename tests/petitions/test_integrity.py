"""Held, let go again, taken off the count: the ledger agrees, and the signer is told the truth."""

import re

import pytest
from django.utils import timezone

from petitions import counting, integrity, review, signing, stafflog
from petitions.management.commands.work import Worker
from petitions.models import Invalidation, LedgerEntry, Signature, StaffAct
from tests.factories import confirm, make_petition, make_signature, sign, signature_of, token_for

pytestmark = pytest.mark.django_db


def counted(petition=None, address="mira@example.org"):
    """A signature that counts."""
    signature = make_signature(petition or make_petition(), address)
    confirm(signature)
    signature.refresh_from_db()
    return signature


def values():
    return list(LedgerEntry.objects.order_by("pk").values_list("value", flat=True))


def all_agree():
    counting.count_all()
    return all(difference.is_zero for difference in counting.differences())


@pytest.mark.parametrize("act", [integrity.hold, integrity.remove])
def test_a_signature_is_taken_off_the_count_and_put_back_once_each(act):
    signature = counted()
    assert [act(signature, "tomas"), act(signature, "tomas")] == [True, False]
    assert values() == [1, -1]
    assert all_agree()
    assert [integrity.release(signature, "tomas") for _ in range(2)] == [True, False]
    assert values() == [1, -1, 1]
    assert all_agree()


def test_what_is_held_and_then_taken_off_writes_nothing_more():
    signature = counted()
    integrity.hold(signature, "tomas")
    assert integrity.remove(signature, "tomas")
    assert integrity.hold(signature, "tomas")
    assert values() == [1, -1]
    assert all_agree()


def test_who_was_held_before_confirming_does_not_count_until_let_go():
    signature = make_signature(make_petition())
    integrity.hold(signature, "tomas")
    assert values() == []
    signature.refresh_from_db()
    assert confirm(signature) == signing.Confirmation.COUNTED
    assert values() == []
    integrity.release(signature, "tomas")
    assert values() == [1]
    assert all_agree()


def test_who_read_the_page_before_they_were_held_still_does_not_count():
    before = make_signature(make_petition())
    integrity.hold(before, "tomas")
    confirm(before)
    assert values() == []
    assert all_agree()


def test_who_is_held_can_withdraw_and_nothing_is_taken_off_twice():
    signature = counted()
    integrity.hold(signature, "tomas")
    assert signing.withdraw(signature, signing.claim_on(signature))
    assert values() == [1, -1]
    assert not Signature.objects.exists()
    assert all_agree()


def test_a_name_on_the_page_goes_with_the_signature_and_comes_back():
    signature = make_signature(make_petition(), level="public", shown_name="Mira")
    Signature.objects.update(name_state="shown")
    confirm(signature_of(signature.petition))
    assert Signature.objects.shown().count() == 1
    integrity.hold(signature, "tomas")
    assert Signature.objects.shown().count() == 0
    integrity.release(signature, "tomas")
    assert Signature.objects.shown().count() == 1


def test_each_move_of_one_signature_is_in_the_log_without_saying_which():
    signature = counted()
    integrity.hold(signature, "tomas")
    integrity.release(signature, "ana")
    lines = StaffAct.objects.order_by("number").values_list("who", "act", "about", "facts")
    about = f"petition {signature.petition_id}"
    assert list(lines) == [
        ("tomas", "signature held", about, {}),
        ("ana", "signature released", about, {}),
    ]


# --- What the signer reads ------------------------------------------------------------------------


def page_of(client, signature):
    answer = client.get(f"/signatures/{token_for(signature)}/")
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", answer.content.decode())


@pytest.mark.parametrize(
    ("act", "heading"),
    [(integrity.hold, "Your signature waits for an editor"),
     (integrity.remove, "Your signature was taken off the count")],
)  # fmt: skip
def test_the_private_page_says_how_it_stands_why_and_what_to_do(client, act, heading):
    signature = counted()
    act(signature, "tomas")
    page = page_of(client, signature)
    for words in (heading, "It came together with many others", signature.reference,
                  "petitions@testserver", "Take my signature back"):  # fmt: skip
        assert words in page
    assert "Your signature counts" not in page
    assert "taken off the count, and everything" not in page


def test_once_let_go_the_private_page_says_that_it_counts(client):
    signature = counted()
    integrity.hold(signature, "tomas")
    integrity.release(signature, "tomas")
    assert "Your signature counts" in page_of(client, signature)


def test_who_has_not_confirmed_reads_what_will_come_of_it(client):
    signature = make_signature(make_petition())
    integrity.hold(signature, "tomas")
    page = page_of(client, signature)
    assert "Then it waits until an editor has looked at it." in page
    assert "Yes, confirm my signature" in page
    assert "count my signature" not in page


def test_a_letter_to_somebody_taken_off_says_so(send_letters):
    petition = make_petition()
    integrity.remove(counted(petition), "tomas")
    sign(petition)
    [mail] = send_letters().mails
    text = mail.get_body(("plain",)).get_content()
    assert "taken it off the count" in text
    assert "counted already" not in text
    assert signature_of(petition).reference in text
    html = mail.get_body(("html",)).get_content()
    # In one piece, and from left to right in any letter.
    assert f'<bdi class="code" dir="ltr">{signature_of(petition).reference}</bdi>' in html


def test_a_letter_to_confirm_what_was_taken_off_says_so(send_letters):
    petition = make_petition()
    integrity.remove(make_signature(petition), "tomas")
    [mail] = send_letters().mails
    assert "taken it off the count, before you" in mail.get_body(("plain",)).get_content()


def test_a_decision_of_the_editors_outlives_the_list(send_letters):
    petition = make_petition()
    signature = make_signature(petition, "x@mailinator.com")
    integrity.hold(signature, "tomas")
    integrity.release(signature, "tomas")
    [mail] = send_letters().mails
    assert "To make it count" in mail.get_body(("plain",)).get_content()
    assert signature_of(petition, "x@mailinator.com").standing == "counts"


# --- References -----------------------------------------------------------------------------------


def test_a_reference_finds_its_signature_however_it_is_typed():
    signature = counted()
    typed = f" {signature.reference.lower()} "
    assert integrity.by_reference(signature.petition, typed) == signature


@pytest.mark.parametrize("typed", ["", "-", "AAAA", "MIRA-MIRA", "é-1", "A" * 200, "77777777-AAAA"])
def test_what_is_no_reference_finds_nothing(typed):
    assert integrity.by_reference(counted().petition, typed) is None


def test_a_reference_that_is_nearly_right_finds_nothing_nor_one_of_another_petition():
    signature = counted()
    wrong = signature.reference[:-1] + ("A" if signature.reference[-1] != "A" else "B")
    assert integrity.by_reference(signature.petition, wrong) is None
    assert integrity.by_reference(make_petition(), signature.reference) is None


def test_a_reference_tells_nothing_that_the_mailbox_could_be_known_by():
    petition = make_petition()
    one, two = counted(petition), counted(petition, "sam@example.org")
    for signature in (one, two):
        assert len(signature.reference) < 14
        assert bytes(signature.duplicate_hash).hex()[:4] not in signature.reference.lower()
    assert one.reference != two.reference


# --- Many at once ---------------------------------------------------------------------------------


@pytest.fixture
def flood():
    """Ten in one hour, two of them not confirmed; Mira an hour later."""
    petition = make_petition()
    for number in range(10):
        signature = make_signature(petition, f"robot{number}@example.net", network_bucket=7)
        if number < 8:
            confirm(signature)
    Signature.objects.update(signed_hour=3)
    mira = counted(petition)
    Signature.objects.filter(pk=mira.pk).update(signed_hour=4)
    return petition


def at_three():
    return {review.HOURS: [f"{timezone.now().date().isoformat()} 03"]}


def work():
    while integrity.carry_out():
        pass


def invalidate(petition, act="hold", criteria=None):
    chosen = integrity.count(petition, act, criteria or at_three(), "tomas")
    return integrity.invalidate(petition, chosen, "tomas")


def test_many_are_counted_first_and_nothing_moves(flood):
    chosen = integrity.count(flood, "hold", at_three(), "tomas")
    assert (chosen.count, chosen.confirmed_count, chosen.pending_count) == (10, 8, 2)
    assert Signature.objects.filter(standing="counts").count() == 11
    assert not Invalidation.objects.exists()


@pytest.mark.parametrize("batch_count", [1000, 3])
def test_the_worker_holds_many_in_batches_and_carries_them_back(flood, monkeypatch, batch_count):
    monkeypatch.setattr(integrity, "BATCH_COUNT", batch_count)
    made = invalidate(flood)
    assert Signature.objects.filter(standing="held").count() == 0
    work()
    made.refresh_from_db()
    assert (made.moved_count, made.expected_count) == (10, 10)
    assert made.finished_at
    assert sum(values()) == 1
    assert all_agree()
    assert [integrity.undo(made, "tomas"), integrity.undo(made, "ana")] == [True, False]
    work()
    made.refresh_from_db()
    assert made.moved_count == 0
    assert made.finished_at
    assert sum(values()) == 9
    assert all_agree()
    assert set(Signature.objects.values_list("standing_reason", "invalidation")) == {("", None)}


def test_confirming_what_was_held_with_many_does_not_count(flood):
    invalidate(flood)
    work()
    pending = Signature.objects.pending().first()
    confirm(pending)
    assert sum(values()) == 1
    assert all_agree()


def test_pressing_the_button_twice_is_one_invalidation(flood):
    chosen = integrity.count(flood, "hold", at_three(), "tomas")
    both = [integrity.invalidate(flood, chosen, "tomas") for _ in range(2)]
    assert both[0] == both[1]
    assert Invalidation.objects.count() == 1
    assert StaffAct.objects.filter(act="invalidation made").count() == 1


def test_who_signs_after_the_decision_is_not_meant_by_it(flood):
    chosen = integrity.count(flood, "hold", at_three(), "tomas")
    late = counted(flood, "late@example.net")
    Signature.objects.filter(pk=late.pk).update(signed_hour=3)
    integrity.invalidate(flood, chosen, "tomas")
    work()
    late.refresh_from_db()
    assert late.is_counting


def test_undoing_leaves_what_was_decided_since(flood):
    made = invalidate(flood)
    work()
    one, two = Signature.objects.filter(standing="held").confirmed()[:2]
    integrity.remove(one, "tomas")
    integrity.release(two, "tomas")
    integrity.undo(made, "tomas")
    work()
    one.refresh_from_db()
    assert one.standing == "removed"
    assert sum(values()) == 8
    assert all_agree()


def test_undoing_while_the_worker_is_in_the_middle_leaves_nothing_behind(flood, monkeypatch):
    monkeypatch.setattr(integrity, "BATCH_COUNT", 3)
    made = invalidate(flood)
    integrity.carry_out()
    integrity.undo(made, "tomas")
    work()
    assert set(Signature.objects.values_list("standing", flat=True)) == {"counts"}
    assert sum(values()) == 9
    assert all_agree()


def test_who_is_held_can_be_let_go_or_taken_off_together(flood):
    invalidate(flood)
    work()
    removed = invalidate(flood, "remove_held")
    work()
    assert Signature.objects.filter(standing="removed").count() == 10
    integrity.undo(removed, "tomas")
    work()
    assert Signature.objects.filter(standing="held").count() == 10
    invalidate(flood, "release")
    work()
    assert sum(values()) == 9
    assert all_agree()


def test_fewer_than_five_are_neither_counted_nor_moved(flood):
    at_four = {review.HOURS: [at_three()[review.HOURS][0].replace("03", "04")]}
    with pytest.raises(integrity.TooFew):
        integrity.count(flood, "hold", at_four, "tomas")
    both = at_three() | {review.NETWORKS: [f"{timezone.now().date().isoformat()} 8"]}
    with pytest.raises(integrity.TooFew):
        integrity.count(flood, "hold", both, "tomas")


def test_counting_doing_and_undoing_stand_in_the_log_with_numbers(flood):
    made = invalidate(flood)
    integrity.undo(made, "ana")
    acts = StaffAct.objects.order_by("number").values_list("who", "act", "facts")
    hours = at_three()[review.HOURS]
    assert list(acts) == [
        ("tomas", "signatures counted", {"move": "hold", "hours": hours}),
        ("tomas", "invalidation made",
         {"invalidation": made.pk, "move": "hold", "count": 10, "hours": hours}),
        ("ana", "invalidation undone", {"invalidation": made.pk}),
    ]  # fmt: skip
    assert stafflog.verify() is None


def test_a_round_of_work_carries_on_until_all_is_done(flood, monkeypatch):
    monkeypatch.setattr(integrity, "BATCH_COUNT", 3)
    invalidate(flood)
    Signature.objects.update(letters_count=0)
    worker = Worker()
    assert worker.round() is True
    for _ in range(6):
        worker.round()
    assert Invalidation.objects.get().finished_at
    assert flood.tally.__class__.objects.get().total == 1
