"""Two at once is once: threads, each with its own connection, on a real database.

They run on SQLite too, whose writers queue up; PostgreSQL's truly meet.
"""

import random
import threading
import time
from collections.abc import Callable

import pytest
from django.db import connection

from petitions import counting, integrity, letters, review, signing, stafflog
from petitions.models import Invalidation, LedgerEntry, Letter, Signature, Tally
from tests.factories import confirm, make_petition, make_signature, sign, signature_of

pytestmark = pytest.mark.django_db(transaction=True)

PATIENCE_SECONDS = 120  # longer than a database waits: the machine may be busy with other things


def all_at_once(*acts: Callable[[], object]) -> list[object]:
    """Do all acts at the same moment, each in a thread; returns what they returned."""
    start, results, errors = threading.Barrier(len(acts)), [], []

    def run(act: Callable[[], object]) -> None:
        try:
            start.wait(PATIENCE_SECONDS)
            results.append(act())
        except Exception as error:  # to be seen by the test, whichever it is
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_SECONDS)
    assert errors == []
    assert len(results) == len(acts)  # else somebody waits for somebody for good
    return results


def spellings(count: int) -> list[str]:
    """One mailbox, written in many ways."""
    name = "miranovak"
    dotted = [name[:i] + "." + name[i:] for i in range(1, len(name))]
    locals_ = [name, name.upper(), *dotted, *(f"{name}+{n}" for n in range(count))]
    domains = ["gmail.com", "googlemail.com", "GMail.com"]
    return [f"{locals_[n]}@{domains[n % 3]}" for n in range(count)]


def test_fifty_people_with_one_mailbox_are_one_signature():
    petition = make_petition()
    all_at_once(*(lambda a=a: sign(petition, a) for a in spellings(50)))
    assert Signature.objects.count() == 1
    assert Letter.objects.count() == 1


def test_fifty_people_with_fifty_mailboxes_are_fifty():
    petition = make_petition()
    all_at_once(*(lambda n=n: sign(petition, f"signer{n}@example.org") for n in range(50)))
    assert Signature.objects.count() == Letter.objects.count() == 50


def test_two_presses_at_once_count_once():
    signature = make_signature(make_petition())
    outcomes = all_at_once(*[lambda: confirm(signature)] * 8)
    assert set(outcomes) == {signing.Confirmation.COUNTED}
    assert LedgerEntry.objects.count() == 1


def test_confirming_while_somebody_signs_again_counts_what_the_letter_meant(keys):
    for _ in range(10):
        petition = make_petition()
        signature = make_signature(petition)
        claim = signing.claim_on(signature)
        all_at_once(
            lambda s=signature, c=claim: signing.confirm(s, c),
            lambda p=petition: sign(p, name="Somebody Else"),
        )
        now = signature_of(petition)
        if now.confirmed_on:
            assert signing.claim_on(now) == claim


@pytest.fixture
def slow_counters(monkeypatch):
    """Counters that stop for a moment in the middle, so that they surely meet."""
    add_up = counting._add_up

    def take_long(*args):
        time.sleep(random.uniform(0, 0.1))
        add_up(*args)

    monkeypatch.setattr(counting, "_add_up", take_long)


def test_two_who_withdraw_at_once_take_off_one():
    signature = make_signature(make_petition())
    confirm(signature)
    claim = signing.claim_on(signature)
    outcomes = all_at_once(*[lambda: signing.withdraw(signature, claim)] * 8)
    assert sorted(outcomes) == [False] * 7 + [True]
    assert sorted(LedgerEntry.objects.values_list("value", flat=True)) == [-1, 1]


def test_confirming_and_withdrawing_at_once_leaves_ledger_and_signatures_in_agreement():
    for _ in range(10):
        signature = make_signature(make_petition())
        claim = signing.claim_on(signature)
        all_at_once(
            lambda s=signature, c=claim: signing.confirm(s, c),
            lambda s=signature, c=claim: signing.withdraw(s, c),
        )
    assert all(difference.is_zero for difference in counting.differences())


def test_two_counters_at_once_count_everything_once(slow_counters):
    petition = make_petition()
    for number in range(60):
        confirm(make_signature(petition, f"signer{number}@example.org"))
    all_at_once(*[counting.count_all] * 6)
    counting.count_all()
    assert Tally.objects.get().total == 60
    positions = LedgerEntry.objects.values_list("position", flat=True)
    assert sorted(positions) == list(range(60))


def test_confirming_goes_on_while_others_count(slow_counters):
    petition = make_petition()
    signatures = [make_signature(petition, f"signer{n}@example.org") for n in range(40)]

    def confirm_late(signature) -> None:
        time.sleep(random.uniform(0, 0.3))
        confirm(signature)

    def count_often() -> None:
        for _ in range(5):
            counting.count_all()
            assert all(difference.is_zero for difference in counting.differences())

    confirms = [lambda s=s: confirm_late(s) for s in signatures]
    all_at_once(*confirms, *[count_often] * 4)
    counting.count_all()
    assert Tally.objects.get().total == 40
    positions = LedgerEntry.objects.values_list("position", flat=True)
    assert sorted(positions) == list(range(40))


def test_several_mailers_share_the_letters_and_send_each_once(inbox, settings):
    settings.LETTER_BATCH_COUNT = 5
    petition = make_petition()
    for number in range(40):
        sign(petition, f"signer{number}@example.org")

    def send_all() -> None:
        while letters.send_waiting():
            pass

    all_at_once(*[send_all] * 4)
    send_all()
    assert len(inbox.mails) == 40
    assert len({mail["To"] for mail in inbox.mails}) == 40
    assert Letter.objects.filter(is_reminder=True).count() == 40


# --- Editors and signers ------------------------------------------------------------------------


def look_slowly(monkeypatch):
    """Editors and workers who stop between looking and writing, so that they surely meet."""
    record_many = counting.record_many

    def take_long(rows, value):
        time.sleep(random.uniform(0, 0.05))
        record_many(rows, value)

    monkeypatch.setattr(counting, "record_many", take_long)


def all_agree() -> bool:
    return all(difference.is_zero for difference in counting.differences())


@pytest.mark.parametrize("act", [integrity.hold, integrity.remove])
def test_holding_and_withdrawing_at_once_takes_off_one(monkeypatch, act):
    look_slowly(monkeypatch)
    for _ in range(10):
        signature = make_signature(make_petition())
        confirm(signature)
        claim = signing.claim_on(signature)
        all_at_once(
            lambda s=signature: act(s, "tomas"),
            lambda s=signature, c=claim: signing.withdraw(s, c),
        )
        entries = LedgerEntry.objects.filter(petition=signature.petition)
        assert sorted(entries.values_list("value", flat=True)) == [-1, 1]
    assert all_agree()


def test_holding_and_confirming_at_once_agree_on_whether_it_counts(monkeypatch):
    look_slowly(monkeypatch)
    for _ in range(15):
        signature = make_signature(make_petition())
        claim = signing.claim_on(signature)
        all_at_once(
            lambda s=signature: integrity.hold(s, "tomas"),
            lambda s=signature, c=claim: signing.confirm(s, c),
        )
        now = signature_of(signature.petition)
        assert now.confirmed_on
        assert now.standing == "held"
    assert all_agree()


def test_two_editors_who_decide_at_once_move_it_once(monkeypatch):
    look_slowly(monkeypatch)
    signature = make_signature(make_petition())
    confirm(signature)
    for act in (integrity.hold, integrity.release, integrity.remove):
        outcomes = all_at_once(*[lambda a=act: a(signature, "tomas")] * 6)
        assert sorted(outcomes) == [False] * 5 + [True]
    assert all_agree()
    assert stafflog.verify() is None


def many_signatures(count: int):
    """A petition with many, every second one confirmed."""
    petition = make_petition()
    signatures = [make_signature(petition, f"signer{n}@example.org") for n in range(count)]
    for signature in signatures[::2]:
        confirm(signature)
    return petition, signatures


def chosen_of(petition):
    hours = [group.key for group in review.look(petition).groups[review.HOURS]]
    return integrity.count(petition, "hold", {review.HOURS: hours}, "tomas")


def carry_out_all() -> None:
    """What a worker does, round after round."""
    while Invalidation.objects.filter(finished_at=None).exists():
        integrity.carry_out()


def test_several_workers_carry_out_one_invalidation_once(monkeypatch):
    look_slowly(monkeypatch)
    monkeypatch.setattr(integrity, "BATCH_COUNT", 4)
    petition, _ = many_signatures(40)
    made = integrity.invalidate(petition, chosen_of(petition), "tomas")
    all_at_once(*[carry_out_all] * 4)
    made.refresh_from_db()
    assert made.moved_count == 40
    assert LedgerEntry.objects.filter(value=-1).count() == 20
    assert all_agree()
    integrity.undo(made, "tomas")
    all_at_once(*[carry_out_all] * 4)
    made.refresh_from_db()
    assert made.moved_count == 0
    assert Signature.objects.counting().count() == 20
    assert all_agree()


def test_people_confirm_and_withdraw_while_workers_hold_them(monkeypatch):
    look_slowly(monkeypatch)
    monkeypatch.setattr(integrity, "BATCH_COUNT", 5)
    petition, signatures = many_signatures(30)
    integrity.invalidate(petition, chosen_of(petition), "tomas")

    def withdraw(signature) -> None:
        time.sleep(random.uniform(0, 0.1))
        signing.withdraw(signature, signing.claim_on(signature))

    def press(signature) -> None:
        time.sleep(random.uniform(0, 0.1))
        confirm(signature)

    acts = [lambda s=s: withdraw(s) for s in signatures[::4]]
    acts += [lambda s=s: press(s) for s in signatures[1::2]]
    all_at_once(*acts, *[carry_out_all] * 3)
    assert all_agree()
    assert Signature.objects.counting().count() == 0


def test_two_presses_on_the_editors_button_are_one_invalidation():
    petition, _ = many_signatures(6)
    chosen = chosen_of(petition)
    made = all_at_once(*[lambda: integrity.invalidate(petition, chosen, "tomas").pk] * 6)
    assert len(set(made)) == 1
    outcomes = all_at_once(*[lambda: integrity.undo(Invalidation.objects.get(), "tomas")] * 6)
    assert sorted(outcomes) == [False] * 5 + [True]
