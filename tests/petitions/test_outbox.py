"""The outbox: each letter leaves once, and none is lost when the mail server is moody."""

import smtplib
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from petitions import letters, outbox, printing, sealing
from petitions.models import Letter
from tests.conftest import Sink
from tests.factories import make_petition, sign

pytestmark = pytest.mark.django_db


def test_many_letters_go_over_one_connection(send_letters):
    petition = make_petition()
    for number in range(30):
        sign(petition, f"signer{number}@example.org")
    inbox = send_letters()
    assert len(inbox.mails) == 30
    assert inbox.connections_count == 1


def test_a_letter_put_off_is_tried_again_later_and_not_before(inbox):
    sign(make_petition())
    inbox.answers["mira@example.org"] = "450 Try again later"
    assert letters.send_waiting() == 0
    letter = Letter.objects.get()
    assert letter.tries_count == 1
    assert letter.send_after > timezone.now() + timedelta(seconds=50)
    inbox.answers.clear()
    assert letters.send_waiting() == 0
    Letter.objects.update(send_after=timezone.now())
    assert letters.send_waiting() == 1
    assert len(inbox.mails) == 1


def test_tries_come_further_and_further_apart(inbox):
    sign(make_petition())
    inbox.answers["mira@example.org"] = "450 Try again later"
    waits = []
    for _ in range(7):
        Letter.objects.update(send_after=timezone.now())
        letters.send_waiting()
        waits.append((Letter.objects.get().send_after - timezone.now()).total_seconds())
    assert waits[:5] == sorted(waits[:5])
    assert waits[-1] == pytest.approx(waits[-2], abs=5)


def test_a_letter_put_off_for_days_is_given_up(inbox):
    sign(make_petition())
    inbox.answers["mira@example.org"] = "450 Try again later"
    Letter.objects.update(give_up_after=timezone.now() - timedelta(minutes=1))
    letters.send_waiting()
    assert Letter.objects.refused().count() == 1
    assert not Letter.objects.waiting(timezone.now() + timedelta(days=9)).exists()


def test_letters_given_up_by_mistake_can_be_let_go_again(inbox):
    sign(make_petition())
    inbox.answers["mira@example.org"] = "550 We do not relay"
    letters.send_waiting()
    inbox.answers.clear()
    assert letters.retry_refused() == 1
    assert letters.send_waiting() == 1


def test_a_refused_sender_is_our_fault_and_costs_no_letter(inbox, settings):
    sign(make_petition())
    settings.DEFAULT_FROM_EMAIL = "nobody@example.org"
    inbox.refused_senders = ["nobody@example.org"]
    with pytest.raises(outbox.MailServerDown):
        letters.send_waiting()
    assert Letter.objects.waiting(timezone.now()).count() == 1


def test_one_unsendable_letter_does_not_hold_up_the_others(inbox, monkeypatch):
    petition = make_petition()
    sign(petition)
    sign(petition, "sam@example.org")
    send = printing.Copy.send

    def choke_on_mira(message, *args, **kwargs):
        if message.to == ["mira@example.org"]:
            raise UnicodeError
        return send(message, *args, **kwargs)

    monkeypatch.setattr(printing.Copy, "send", choke_on_mira)
    assert letters.send_waiting() == 1
    assert Letter.objects.get(is_reminder=False).tries_count == 1


def test_a_letter_refused_for_good_stops_at_once_and_others_go_on(inbox):
    petition = make_petition()
    sign(petition)
    sign(petition, "sam@example.org")
    inbox.answers["mira@example.org"] = "550 No such mailbox"
    letters.send_waiting()
    assert Letter.objects.refused().count() == 1
    assert len(inbox.to("sam@example.org")) == 1
    inbox.answers.clear()
    assert letters.send_waiting() == 0


def test_signing_again_after_a_refusal_tries_again(inbox):
    petition = make_petition()
    sign(petition)
    inbox.answers["mira@example.org"] = "550 No such mailbox"
    letters.send_waiting()
    inbox.answers.clear()
    sign(petition)
    assert letters.send_waiting() == 1


def test_a_mail_server_that_is_down_costs_no_letter_a_try(inbox, settings):
    sign(make_petition())
    settings.EMAIL_PORT = 1  # nobody listens there
    with pytest.raises(outbox.MailServerDown):
        letters.send_waiting()
    letter = Letter.objects.get()
    assert (letter.tries_count, letter.lease, letter.leased_until) == (0, "", None)


def test_a_mail_server_that_breaks_off_loses_nothing(inbox, monkeypatch):
    petition = make_petition()
    for number in range(3):
        sign(petition, f"signer{number}@example.org")
    send, tries = printing.Copy.send, iter([None, smtplib.SMTPServerDisconnected])

    def break_off_at_the_second(message, *args, **kwargs):
        if error := next(tries, None):
            raise error("gone")
        return send(message, *args, **kwargs)

    monkeypatch.setattr(printing.Copy, "send", break_off_at_the_second)
    with pytest.raises(outbox.MailServerDown):
        letters.send_waiting()
    assert Letter.objects.waiting(timezone.now()).count() == 2
    assert letters.send_waiting() == 2
    assert len({mail["To"] for mail in inbox.mails}) == len(inbox.mails) == 3


def test_leased_letters_are_left_alone_until_the_lease_ends(inbox):
    sign(make_petition())
    Letter.objects.update(lease="another", leased_until=timezone.now() + timedelta(minutes=1))
    assert letters.send_waiting() == 0
    Letter.objects.update(leased_until=timezone.now() - timedelta(seconds=1))
    assert letters.send_waiting() == 1


def test_a_letter_renewed_right_after_it_was_leased_is_left_to_the_next_round(inbox, monkeypatch):
    petition = make_petition()
    sign(petition, name="Mira")
    atomic = transaction.atomic

    class ThenSignAgain(transaction.Atomic):
        def __exit__(self, *error):
            super().__exit__(*error)
            monkeypatch.setattr(transaction, "atomic", atomic)
            sign(petition, name="Mira Novak")

    monkeypatch.setattr(transaction, "atomic", lambda: ThenSignAgain(None, True, False))
    assert letters.send_waiting() == 0
    assert letters.send_waiting() == 1
    assert len(inbox.mails) == 1


def test_signing_again_while_a_letter_is_being_sent_sends_the_newer_one_too(inbox, monkeypatch):
    petition = make_petition()
    sign(petition, name="Mira")
    send = printing.Copy.send

    def sign_meanwhile(message, *args, **kwargs):
        monkeypatch.setattr(printing.Copy, "send", send)
        sent = send(message, *args, **kwargs)
        sign(petition, name="Mira Novak")
        return sent

    monkeypatch.setattr(printing.Copy, "send", sign_meanwhile)
    letters.send_waiting()
    assert Letter.objects.count() == 1
    letters.send_waiting()
    first, second = (mail.get_body(("plain",)).get_content() for mail in inbox.mails)
    assert first != second


def test_a_letter_tried_twice_has_one_message_id(inbox, monkeypatch):
    sign(make_petition())
    letter = Letter.objects.get()
    assert letters._message_id(letter) == letters._message_id(Letter.objects.get())
    assert "mira" not in letters._message_id(letter)


def test_without_the_servers_key_letters_wait(send_letters, settings, tmp_path):
    sign(make_petition())
    kept = settings.KEYS_DIR
    settings.KEYS_DIR = tmp_path
    sealing.forget_cached_keys()
    with pytest.raises(sealing.KeyMissing):
        letters.send_waiting()
    settings.KEYS_DIR = kept
    sealing.forget_cached_keys()
    assert len(send_letters().mails) == 1


def test_one_letter_locked_with_an_older_key_does_not_hold_up_the_others(inbox):
    petition = make_petition()
    sign(petition)
    Letter.objects.update(locked_address=b"x" * 100)
    sign(petition, "sam@example.org")
    assert letters.send_waiting() == 1
    assert Letter.objects.get(is_reminder=False).tries_count == 1


def test_a_mail_server_that_is_down_is_named_by_class_and_code_only(inbox, settings):
    sign(make_petition())
    settings.EMAIL_PORT = 1
    with pytest.raises(outbox.MailServerDown, match="^ConnectionRefusedError$"):
        letters.send_waiting()


def test_the_sink_of_these_tests_is_a_real_server(inbox):
    assert isinstance(inbox, Sink)
    sign(make_petition())
    letters.send_waiting()
    assert inbox.connections_count == 1
