"""Letters that come back: their reminders stay at home."""

import io
import sys
from email import message_from_bytes, message_from_string
from types import SimpleNamespace

import pytest
from django.core.management import call_command
from django.utils import timezone

from petitions import letters
from petitions.models import Letter
from tests.factories import make_petition, sign

pytestmark = pytest.mark.django_db

REPORT = """\
From: MAILER-DAEMON@mail.example.org
To: petitions@testserver
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

I'm sorry to have to inform you that your message could not be delivered.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example.org
Arrival-Date: Sat, 21 Nov 2026 10:00:00 +0000

Final-Recipient: rfc822; {address}
Action: {action}
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 No such mailbox

--b--
"""


def report(address="mira@example.org", action="failed"):
    return message_from_string(REPORT.format(address=address, action=action))


def test_who_can_not_be_reached_is_not_reminded(send_letters):
    sign(make_petition())
    send_letters()
    assert letters.take_bounce(report()) == 1
    assert Letter.objects.refused().count() == 1
    Letter.objects.update(send_after=timezone.now())
    assert len(send_letters().mails) == 1


def test_a_report_concerns_every_petition_and_every_spelling(send_letters):
    for _ in range(2):
        sign(make_petition(), "mira@gmail.com")
    sign(make_petition(), "sam@example.org")
    send_letters()
    assert letters.take_bounce(report("M.I.R.A@googlemail.com")) == 2
    assert Letter.objects.filter(refused_on=None).count() == 1


@pytest.mark.parametrize("action", ["delayed", "delivered", "relayed", ""])
def test_a_report_of_anything_but_failure_concerns_nobody(send_letters, action):
    sign(make_petition())
    send_letters()
    assert letters.take_bounce(report(action=action)) == 0


@pytest.mark.parametrize(
    "mail",
    [
        b"",
        b"hello",
        b"Content-Type: message/delivery-status\n\n",
        b"Final-Recipient: x\n\n",
        b"\xff",
    ],
)
def test_what_is_no_report_concerns_nobody(send_letters, mail):
    sign(make_petition())
    send_letters()
    assert letters.take_bounce(message_from_bytes(mail)) == 0


def test_a_forged_report_does_not_stop_a_first_letter(send_letters):
    sign(make_petition())
    assert letters.take_bounce(report()) == 0
    assert len(send_letters().mails) == 1


def test_a_petition_whose_key_is_gone_does_not_stop_a_report(send_letters):
    lost = make_petition()
    type(lost).objects.filter(pk=lost.pk).update(duplicate_key_id="0" * 16)
    sign(make_petition())
    send_letters()
    assert letters.take_bounce(report()) == 1


def test_whoever_signs_again_is_written_to_again(send_letters):
    petition = make_petition()
    sign(petition)
    send_letters()
    letters.take_bounce(report())
    sign(petition)
    assert len(send_letters().mails) == 2


def test_the_mail_server_pipes_a_report_in_and_nothing_names_anybody(
    send_letters, monkeypatch, capsys
):
    sign(make_petition())
    send_letters()
    piped = SimpleNamespace(buffer=io.BytesIO(report().as_bytes()))
    monkeypatch.setattr(sys, "stdin", piped)
    call_command("take_bounce")
    said = capsys.readouterr()
    assert said.out == "1 letters given up, updates to 0 interrupted.\n"
    assert said.err == ""
