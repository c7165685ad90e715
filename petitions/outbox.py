"""How does mail leave the house, whatever it says?

Rows are drained in batches over one SMTP connection (of posting.py). A batch is leased, so that
several workers share the work and a killed worker's rows are sent by the next. Each row is settled
as soon as the mail server has taken its message: a kill can repeat one message, never a batch, and
a repeated one carries the same Message-ID, by which mail programs recognise it.
"""

import hashlib
import hmac
import logging
import secrets
import smtplib
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from email.utils import parseaddr
from functools import lru_cache

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection as database
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from petitions import measured, sealing
from petitions.models import Letter, Outgoing

log = logging.getLogger("petitions.outbox")

# After how many minutes a message is tried again that the mail server put off (4xx); the last
# one repeats until the message is given up.
RETRY_AFTER_MINUTES = (1, 5, 15, 60, 240)


class MailServerDown(Exception):
    """The mail server can't be reached or breaks off: no message's fault, so none is blamed.

    Its words are the class of the error and the server's code, never the server's own words.
    """


def drain(
    model: type[Outgoing], batch_count: int, send: Callable[[Outgoing, BaseEmailBackend], bool]
) -> int:
    """Lease a batch of rows and send each; returns how many left. Raises MailServerDown."""
    lease, rows = _lease_batch(model, batch_count)
    if not rows:
        return 0
    # Stop early enough that nothing is still being sent when its lease ends.
    stop_at = time.monotonic() + settings.LETTER_LEASE_SECONDS - 2 * settings.EMAIL_TIMEOUT
    sent_count = 0
    try:
        with _mail_server() as server:
            for row in rows:
                if time.monotonic() > stop_at:
                    break
                sent_count += send(row, server)
    finally:
        # By number and lease: the numbers find the rows, the lease says which are still ours.
        ours = model.objects.filter(pk__in=[row.pk for row in rows], lease=lease)
        ours.update(lease="", leased_until=None)
    return sent_count


def held(row: Outgoing) -> QuerySet:
    """The row in the database, as long as its lease is ours; a newer one is left alone."""
    return type(row).objects.filter(pk=row.pk, lease=row.lease)


def hand_over(row: Outgoing, server: BaseEmailBackend, write: Callable[[], EmailMessage]) -> bool:
    """Write a message and give it to the mail server. True if it was taken.

    What is refused is put off or given up. Lets through what refuses us as a whole.
    """
    try:
        message = write()
        message.connection = server
        message.send()
    except smtplib.SMTPRecipientsRefused as error:
        _put_off_or_give_up(row, [code for code, _ in error.recipients.values()])
    except smtplib.SMTPDataError as error:
        _put_off_or_give_up(row, [error.smtp_code])
    except (ValueError, sealing.WrongKey) as error:
        # An address that this mail server's protocol has no letters for, say, or one locked with
        # an older key. It must not keep the messages behind it waiting.
        log.error("letter unsendable", extra={"facts": {"class": type(error).__name__}})
        _put_off_or_give_up(row, [])
    else:
        measured.note(measured.MAILS, _kind(row), "sent")
        return True
    return False


def message_id(*of_what: object) -> str:
    """A Message-ID that is the same for every try of one message and tells nothing of its row."""
    text = " ".join(str(part) for part in of_what)
    digest = hmac.digest(settings.SECRET_KEY.encode(), text.encode(), hashlib.sha256).hex()
    return f"<{digest[:32]}@{sender(settings.DEFAULT_FROM_EMAIL).rpartition('@')[2]}>"


@lru_cache(maxsize=4)
def sender(words: str) -> str:
    """The address of a sender with a name before it; never asked about anybody else's."""
    return parseaddr(words)[1]


def reply_to() -> Iterable[str]:
    """Where answers go, if not to the sender."""
    return [settings.REPLY_TO_EMAIL] if settings.REPLY_TO_EMAIL else []


def _lease_batch(model: type[Outgoing], batch_count: int) -> tuple[str, list[Outgoing]]:
    now = timezone.now()
    lease = secrets.token_hex(16)
    with transaction.atomic():
        # Rows that another worker is just now leasing are passed over, not waited for.
        waiting = (
            model.objects.waiting(now)
            .order_by("send_after")
            .select_for_update(skip_locked=database.features.has_select_for_update_skip_locked)
        )
        ids = list(waiting.values_list("pk", flat=True)[:batch_count])
        if ids:
            until = now + timedelta(seconds=settings.LETTER_LEASE_SECONDS)
            model.objects.filter(pk__in=ids).update(lease=lease, leased_until=until)
    # By the lease, not by the ids: a row renewed since has none, and is for the next round.
    rows = model.objects.filter(lease=lease, pk__in=ids).select_related(*model.NEEDED_TO_SEND)
    return lease, list(rows.order_by("send_after"))


@contextmanager
def _mail_server() -> Iterator[BaseEmailBackend]:
    server = get_connection()
    try:
        server.open()
        yield server
    except (OSError, smtplib.SMTPException) as error:
        # What `hand_over` lets through refuses us as a whole: connection, greeting, login, sender.
        code = getattr(error, "smtp_code", "")
        raise MailServerDown(f"{type(error).__name__} {code}".strip()) from error
    finally:
        server.close()


def _kind(row: Outgoing) -> str:
    return "letter" if isinstance(row, Letter) else "update"


def _put_off_or_give_up(row: Outgoing, codes: list[int]) -> None:
    """A 5xx answer is final (RFC 5321, section 4.2.1), a 4xx one is not, for some days.

    What is given up keeps its address until its link would have expired: the fault may have been
    ours, and then the operator lets it go out again (`manage.py outbox --retry`).
    """
    now = timezone.now()
    is_final = min(codes, default=400) >= 500 or now > row.give_up_after
    log.warning("letter refused", extra={"facts": {"codes": codes, "final": is_final}})
    measured.note(measured.MAILS, _kind(row), "given up" if is_final else "put off")
    if is_final:
        held(row).update(refused_on=now.date(), lease="", leased_until=None)
        return
    minutes = RETRY_AFTER_MINUTES[min(row.tries_count, len(RETRY_AFTER_MINUTES) - 1)]
    held(row).update(
        tries_count=row.tries_count + 1,
        send_after=now + timedelta(minutes=minutes),
        lease="",
        leased_until=None,
    )
