"""Letters: what they say, to whom, and how many; over a real connection."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from petitions import letters, outbox, signing, tokens
from petitions.models import Letter, Signature
from tests.factories import confirm, make_petition, make_signature, sign, signature_of

pytestmark = pytest.mark.django_db


def test_a_signer_gets_one_letter_with_the_link(send_letters):
    petition = make_petition()
    sign(petition)
    inbox = send_letters()
    [mail] = inbox.to("mira@example.org")
    text = mail.get_body(("plain",)).get_content()
    assert "https://testserver/signatures/" in text
    assert petition.title in text
    last_day = timezone.now().date() + timedelta(days=7)
    assert f"until {last_day.day} {last_day:%B %Y}" in text
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["From"] == "The Persecuted <petitions@testserver>"


def test_the_subject_does_not_name_the_petition_or_the_signer(send_letters):
    petition = make_petition(title="Free Narges")
    sign(petition)
    [mail] = send_letters().mails
    assert "Narges" not in mail["Subject"]
    assert "Mira" not in mail.as_string()


def test_plain_text_comes_first_and_the_html_loads_nothing(send_letters):
    sign(make_petition())
    [mail] = send_letters().mails
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    html = mail.get_body(("html",)).get_content()
    assert "<img" not in html
    assert "<link" not in html


def test_of_many_who_read_the_same_each_has_a_link_and_a_code_of_their_own(send_letters):
    petition = make_petition()
    people = {"mira@example.org": "DE", "sam@example.org": "FR"}
    for address, country in people.items():
        sign(petition, address, country=country, level="count" if country == "FR" else "hand_in")
    inbox = send_letters()
    rest = set()
    for address in people:
        signature = signature_of(petition, address)
        claim = signing.claim_on(signature)
        for part in ("plain", "html"):
            text = inbox.to(address)[0].get_body((part,)).get_content()
            link = re.search(r"/signatures/([^/]+)/", text)[1]
            assert tokens.read(tokens.SIGNATURE, link) == claim
            assert tokens.short_code(claim) in text
            rest.add((part, text.replace(link, "").replace(tokens.short_code(claim), "")))
    assert len(rest) == 2


def test_what_has_been_sent_is_not_sent_again(send_letters):
    sign(make_petition())
    send_letters()
    assert len(send_letters().mails) == 1


def in_days(days):
    """Let so many days pass for the outbox."""
    for letter in Letter.objects.all():
        letter.send_after -= timedelta(days=days)
        letter.give_up_after -= timedelta(days=days)
        letter.save()


def test_a_worker_whose_clock_is_ahead_takes_letters_over_and_nobody_gets_two(inbox, monkeypatch):
    petition = make_petition()
    for who in ("mira", "sam", "noor"):
        sign(petition, f"{who}@example.org")
    now, hand_over, others = timezone.now(), outbox.hand_over, []

    def while_another_is_at_it(*arguments):
        if not others:
            others.append("here")
            with monkeypatch.context() as patch:
                patch.setattr(timezone, "now", lambda: now + timedelta(hours=2))
                letters.send_waiting()
        return hand_over(*arguments)

    monkeypatch.setattr(outbox, "hand_over", while_another_is_at_it)
    letters.send_waiting()
    # The first was on its way already; of the others none is sent twice.
    recipients = sorted(mail["To"] for mail in inbox.mails)
    assert recipients == sorted(["mira@example.org"] * 2 + ["noor@example.org", "sam@example.org"])


def test_who_does_not_answer_is_reminded_once(send_letters):
    petition = make_petition()
    sign(petition)
    send_letters()
    in_days(1.9)
    assert len(send_letters().mails) == 1
    in_days(0.2)
    first, reminder = send_letters().mails
    assert "our one reminder" in reminder.get_body(("plain",)).get_content()
    assert "our one reminder" not in first.get_body(("plain",)).get_content()
    assert first["Message-ID"] != reminder["Message-ID"]
    assert not Letter.objects.exists()


def test_who_has_answered_is_not_reminded_and_the_address_is_gone(send_letters):
    petition = make_petition()
    sign(petition)
    send_letters()
    confirm(signature_of(petition))
    assert not Letter.objects.exists()


def test_who_was_told_that_they_count_is_not_reminded_of_it(send_letters):
    petition = make_petition()
    confirm(make_signature(petition))
    sign(petition)
    send_letters()
    assert not Letter.objects.exists()


def test_nobody_is_reminded_of_what_can_no_longer_be_confirmed(send_letters):
    petition = make_petition()
    sign(petition)
    send_letters()
    petition.closes_at = timezone.now() - timedelta(hours=25)
    petition.save()
    in_days(2)
    assert len(send_letters().mails) == 1
    assert not Letter.objects.exists()


def test_who_signs_again_gets_a_letter_and_not_a_reminder(send_letters):
    petition = make_petition()
    sign(petition)
    send_letters()
    sign(petition)
    _, second = send_letters().mails
    assert "our one reminder" not in second.get_body(("plain",)).get_content()
    assert Letter.objects.get().is_reminder


def test_who_has_signed_already_is_told_in_their_inbox(send_letters):
    petition = make_petition()
    confirm(make_signature(petition))
    sign(petition, "MIRA@example.org")
    [mail] = send_letters().mails
    assert "already" in mail.get_body(("plain",)).get_content()


def test_nobody_can_be_flooded_with_letters(send_letters, settings):
    petition = make_petition()
    for number in range(settings.LETTERS_PER_DAY + 5):
        sign(petition, name=f"Mira {number}")
        inbox = send_letters()
    assert len(inbox.mails) == settings.LETTERS_PER_DAY
    signing.ask_for_link(petition, address="mira@example.org", language="en")
    assert len(send_letters().mails) == settings.LETTERS_PER_DAY
    assert not Letter.objects.exists()


def test_a_flood_does_not_make_the_last_letter_worthless(send_letters, settings):
    petition = make_petition()
    for number in range(settings.LETTERS_PER_DAY):
        sign(petition, name=f"Mira {number}")
        send_letters()
    meant = signing.claim_on(signature_of(petition))
    sign(petition, name="Somebody Else")
    assert signing.claim_on(signature_of(petition)) == meant
    assert confirm(signature_of(petition)) == signing.Confirmation.COUNTED


def test_the_next_day_letters_go_out_again(send_letters, settings):
    petition = make_petition()
    sign(petition)
    yesterday = timezone.now().date() - timedelta(days=1)
    Signature.objects.update(letters_on=yesterday, letters_count=settings.LETTERS_PER_DAY)
    sign(petition, name="Mira N.")
    assert len(send_letters().mails) == 1
    assert Signature.objects.get().letters_count == 1


def test_a_flood_on_one_petition_leaves_the_others_their_letters(send_letters, settings):
    petition, other = make_petition(), make_petition()
    for _ in range(settings.LETTERS_PER_DAY + 1):
        sign(petition)
        send_letters()
    sign(other)
    assert len(send_letters().mails) == settings.LETTERS_PER_DAY + 1


def test_who_lost_the_link_gets_it_again(send_letters):
    petition = make_petition()
    signature = make_signature(petition)
    confirm(signature)
    signing.ask_for_link(petition, address="mira@example.org", language="en")
    [mail] = send_letters().mails
    text = mail.get_body(("plain",)).get_content()
    assert "counted already" in text
    assert "/signatures/" in text


def test_who_asks_for_a_link_without_having_signed_gets_no_letter(send_letters):
    signing.ask_for_link(make_petition(), address="sam@example.org", language="en")
    assert send_letters().mails == []
    assert not Letter.objects.exists()


def test_no_letter_asks_to_confirm_what_can_no_longer_be_confirmed(send_letters):
    petition = make_petition()
    sign(petition)
    petition.closes_at = timezone.now() - timedelta(hours=25)
    petition.save()
    assert send_letters().mails == []
    assert not Letter.objects.exists()


def test_a_letter_written_since_the_last_one_has_a_working_link(send_letters):
    petition = make_petition()
    sign(petition)
    send_letters()
    sign(petition, name="Mira N.")
    newest = send_letters().mails[-1].get_body(("plain",)).get_content()
    signature = signature_of(petition)
    link = next(line for line in newest.split() if "/signatures/" in line)
    token = link.rstrip("/").rpartition("/")[2]
    claim = tokens.read(tokens.SIGNATURE, token, timedelta(days=1))
    assert claim == signing.claim_on(signature)


def test_a_letter_about_an_erased_signature_is_dropped(send_letters):
    sign(make_petition())
    Signature.objects.all().delete()
    assert send_letters().mails == []
    assert not Letter.objects.exists()


def test_a_letter_is_in_the_language_in_which_they_signed(send_letters, settings):
    settings.LANGUAGES = [("en", "English"), ("ar", "Arabic")]
    sign(make_petition())
    Letter.objects.update(language="ar")
    [mail] = send_letters().mails
    html = mail.get_body(("html",)).get_content()
    assert 'dir="rtl"' in html
    # Else the slash at an address’s end would stand before it.
    assert re.search('<a href="[^"]*/signatures/[^"]*" dir="ltr"', html)
    assert re.search('<bdi dir="ltr">https://[^<]*/code/</bdi>', html)
    assert "https://testserver/ar/signatures/" in mail.get_body(("plain",)).get_content()


def test_sender_and_reply_address_are_the_sites(send_letters, settings):
    settings.DEFAULT_FROM_EMAIL = "Our Petitions <post@petitions.example>"
    sign(make_petition())
    assert send_letters().mails[0]["Reply-To"] is None
    settings.REPLY_TO_EMAIL = "people@petitions.example"
    sign(make_petition(), "sam@example.org")
    mail = send_letters().to("sam@example.org")[0]
    assert mail["From"] == "Our Petitions <post@petitions.example>"
    assert mail["Reply-To"] == "people@petitions.example"
    assert mail["Message-ID"].endswith("@petitions.example>")
