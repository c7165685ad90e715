"""Letters that come back: their reminders stay at home."""

import io
import sys
from email import message_from_bytes, message_from_string
from types import SimpleNamespace

import pytest
from django.core.management import call_command
from django.utils import timezone

from petitions import delivery, letters
from petitions.models import Letter, Subscription
from tests.factories import make_petition, make_subscription, make_update, sign

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


# --- Updates that come back -----------------------------------------------------------------------

# As Postfix 3.7 writes it; `returned` is the mail, or its head only.
POSTFIX = """\
Return-Path: <>
Received: by mail.example.org (Postfix)
\tid 4C7A21F0A3; Sat, 21 Nov 2026 10:00:02 +0000 (UTC)
Date: Sat, 21 Nov 2026 10:00:02 +0000 (UTC)
From: MAILER-DAEMON@mail.example.org (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
To: petitions@testserver
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="9A3F61F09C.1795255202/mail.example.org"
Message-Id: <20261121100002.4C7A21F0A3@mail.example.org>

This is a MIME-encapsulated message.

--9A3F61F09C.1795255202/mail.example.org
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

This is the mail system at host mail.example.org.

I'm sorry to have to inform you that your message could not
be delivered to one or more recipients. It's attached below.

<{address}>: host mx.example.net[192.0.2.7] said: 550 5.1.1 <{address}>: User
    unknown (in reply to RCPT TO command)

--9A3F61F09C.1795255202/mail.example.org
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example.org
X-Postfix-Queue-ID: 9A3F61F09C
X-Postfix-Sender: rfc822; petitions@testserver
Arrival-Date: Sat, 21 Nov 2026 10:00:01 +0000 (UTC)

Final-Recipient: rfc822; {address}
Original-Recipient: rfc822;{address}
Action: {action}
Status: 5.1.1
Remote-MTA: dns; mx.example.net
Diagnostic-Code: smtp; 550 5.1.1 <{address}>: User unknown

--9A3F61F09C.1795255202/mail.example.org
Content-Description: Undelivered Message
Content-Type: {kind}

{returned}

--9A3F61F09C.1795255202/mail.example.org--
"""


@pytest.fixture
def sent(inbox):
    """Mira's copy of an update, as it left; Sam got one too."""
    update = make_update(make_petition())
    make_subscription(update.petition)
    make_subscription(update.petition, "sam@example.org")
    delivery.begin(update)
    delivery.send_waiting()
    [mail] = inbox.to("mira@example.org")
    return mail


def came_back(mail, address="mira@example.org", action="failed", kind="message/rfc822"):
    returned = mail.as_string()
    if "headers" in kind:
        returned = returned.partition("\n\n")[0]
    parts = {"address": address, "action": action, "kind": kind, "returned": returned}
    return message_from_bytes(POSTFIX.format(**parts).encode())


@pytest.mark.parametrize(
    "kind", ["message/rfc822", "text/rfc822-headers", "message/rfc822-headers", "message/global"]
)
def test_whose_update_came_back_gets_no_more_of_them(sent, kind):
    assert delivery.take_bounce(came_back(sent, kind=kind)) == 1
    [marked] = Subscription.objects.exclude(undeliverable_on=None)
    assert delivery.recipients_count(marked.petition) == 1
    assert delivery.take_bounce(came_back(sent, kind=kind)) == 0


def test_a_forged_report_ends_nobodys_updates(sent, inbox):
    [sams] = inbox.to("sam@example.org")
    assert delivery.take_bounce(came_back(sams)) == 0  # about Mira, but Sam's copy
    assert delivery.take_bounce(report()) == 0  # quotes nothing
    sent.replace_header("Message-ID", "<0123456789abcdef0123456789abcdef@testserver>")
    assert delivery.take_bounce(came_back(sent)) == 0
    assert not Subscription.objects.exclude(undeliverable_on=None).exists()


def test_a_message_id_in_the_reports_own_words_proves_nothing(sent):
    number = sent["Message-ID"]
    del sent["Message-ID"]
    forged = came_back(sent)
    forged["Message-ID"] = forged["In-Reply-To"] = number
    assert delivery.take_bounce(forged) == 0


def test_a_delay_of_an_update_concerns_nobody(sent):
    assert delivery.take_bounce(came_back(sent, action="delayed")) == 0


@pytest.mark.parametrize(
    "kind", ["message/rfc822", "text/rfc822-headers", "message/global-headers"]
)
def test_a_report_that_returns_nothing_is_no_fault(sent, kind):
    parts = {"address": "mira@example.org", "action": "failed", "kind": kind, "returned": ""}
    assert delivery.take_bounce(message_from_bytes(POSTFIX.format(**parts).encode())) == 0


def test_the_command_takes_an_update_that_came_back(sent, monkeypatch, capsys):
    piped = SimpleNamespace(buffer=io.BytesIO(came_back(sent).as_bytes()))
    monkeypatch.setattr(sys, "stdin", piped)
    call_command("take_bounce")
    assert capsys.readouterr().out == "0 letters given up, updates to 1 interrupted.\n"
