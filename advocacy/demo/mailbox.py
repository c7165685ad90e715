"""The demo's mailbox: letters go into a folder instead of out into the world.

It stands in for a mail server only where no EMAIL_URL is set, and only in the demo.
"""

import mailbox
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

# A newcomer looks at the last few letters.
SHOWN_COUNT = 50


@dataclass(frozen=True)
class Mail:
    """A letter as its reader sees it."""

    to: str
    subject: str
    text: str
    received_at: datetime


class MailboxBackend(BaseEmailBackend):
    """A mail backend of Django's that delivers into a Maildir under DATA_DIR."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Deliver; returns how many."""
        folder = _maildir()
        for message in email_messages:
            folder.add(message.message().as_bytes())
        return len(email_messages)


def latest() -> list[Mail]:
    """The letters that came last, the newest first."""
    folder = _maildir()
    keys = sorted(folder.iterkeys(), key=lambda key: _received(folder, key), reverse=True)
    return [_read(folder, key) for key in keys[:SHOWN_COUNT]]


def _maildir() -> mailbox.Maildir:
    settings.DEMO_MAILBOX_DIR.parent.mkdir(parents=True, exist_ok=True)
    return mailbox.Maildir(settings.DEMO_MAILBOX_DIR, create=True)


def _received(folder: mailbox.Maildir, key: str) -> float:
    # A Maildir's keys begin with the time in seconds, and order within one second is by "M…".
    seconds, _, rest = key.partition(".")
    micro = rest[1:].split("P", 1)[0] if rest.startswith("M") else "0"
    return float(seconds) + int(micro) / 1_000_000


def _read(folder: mailbox.Maildir, key: str) -> Mail:
    message = message_from_bytes(folder.get_bytes(key), policy=policy.default)
    body = message.get_body(preferencelist=("plain",))
    return Mail(
        to=str(message["To"]),
        subject=str(message["Subject"]),
        text=body.get_content() if body else "",
        received_at=datetime.fromtimestamp(_received(folder, key), UTC),
    )
