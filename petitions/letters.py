"""What do we write to those who sign, and how does it leave the house?

The outbox is drained in batches over one SMTP connection. A batch is leased, so that several
workers share the work and a killed worker's letters are sent by the next. Each letter is
settled as soon as the mail server has taken it: a kill can repeat one letter, never a batch, and
a repeated one carries the same Message-ID, by which mail programs recognise it.
"""

import hashlib
import hmac
import logging
import secrets
import smtplib
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from email.message import Message
from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection as database
from django.db import transaction
from django.db.models import Case, F, QuerySet, When
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation

from petitions import addresses, sealing, tokens
from petitions.models import Letter, Petition, Signature

log = logging.getLogger("petitions.letters")

# After how many minutes a letter is tried again that the mail server put off (4xx); the last
# one repeats until the letter is given up.
RETRY_AFTER_MINUTES = (1, 5, 15, 60, 240)

# A report on one of our letters has one recipient; anybody may send us a longer one.
MAX_BLOCKS = 10


class MailServerDown(Exception):
    """The mail server can't be reached or breaks off: no letter's fault, so none is blamed.

    Its words are the class of the error and the server's code, never the server's own words.
    """


def send_waiting() -> int:
    """Send one batch of letters; returns how many left the house. Raises MailServerDown."""
    lease, letters = _lease_batch()
    if not letters:
        return 0
    # Stop early enough that no letter is still being sent when its lease ends.
    stop_at = time.monotonic() + settings.LETTER_LEASE_SECONDS - 2 * settings.EMAIL_TIMEOUT
    sent_count = 0
    try:
        with _mail_server() as server:
            for letter in letters:
                if time.monotonic() > stop_at:
                    break
                sent_count += _send(letter, server)
    finally:
        _give_back(lease)
    return sent_count


def retry_refused() -> int:
    """Let letters that were given up go out again, now and for some days; returns how many."""
    now = timezone.now()
    hashes = [bytes(h) for h in Letter.objects.refused().values_list("duplicate_hash", flat=True)]
    with transaction.atomic():
        # The link in the letter will work for as long as the letter says.
        Signature.objects.pending().filter(duplicate_hash__in=hashes).update(signed_on=now.date())
        return Letter.objects.filter(duplicate_hash__in=hashes).update(
            refused_on=None,
            tries_count=0,
            send_after=now,
            give_up_after=now + timedelta(days=settings.LETTER_TRIES_DAYS),
        )


def take_bounce(report: Message) -> int:
    """Give up the reminders to whom a delivery report (RFC 3464) says can't be reached.

    Returns how many. Reminders only: anybody can forge a report, and must not stop a first letter
    by it. A report of a delay concerns nobody. Whoever signs again is written to again.
    """
    hashes = [h for address in _failed_recipients(report) for h in _hashes_of(address)]
    reminders = Letter.objects.filter(duplicate_hash__in=hashes, is_reminder=True, refused_on=None)
    return reminders.update(refused_on=timezone.now().date(), lease="", leased_until=None)


def _hashes_of(address: str) -> Iterator[bytes]:
    """What recognises a mailbox, petition by petition, as far as their keys are here."""
    for key_id in Petition.objects.exclude(duplicate_key_id="").values_list(
        "duplicate_key_id", flat=True
    ):
        with suppress(sealing.KeyMissing):
            yield sealing.duplicate_hash(key_id, addresses.canonical(address))


def _failed_recipients(report: Message) -> list[str]:
    failed = []
    for part in report.walk():
        if part.get_content_type() != "message/delivery-status":
            continue
        # One block of fields a recipient; the first is about the message as a whole.
        for fields in part.get_payload()[:MAX_BLOCKS]:
            recipient = str(fields.get("Final-Recipient", "")).rpartition(";")[2].strip()
            if str(fields.get("Action", "")).strip().lower() == "failed" and "@" in recipient:
                failed.append(recipient)
    return failed


def _lease_batch() -> tuple[str, list[Letter]]:
    now = timezone.now()
    lease = secrets.token_hex(16)
    with transaction.atomic():
        # Rows that another worker is just now leasing are passed over, not waited for.
        waiting = (
            Letter.objects.waiting(now)
            .order_by("send_after")
            .select_for_update(skip_locked=database.features.has_select_for_update_skip_locked)
        )
        ids = list(waiting.values_list("pk", flat=True)[: settings.LETTER_BATCH_COUNT])
        if ids:
            until = now + timedelta(seconds=settings.LETTER_LEASE_SECONDS)
            Letter.objects.filter(pk__in=ids).update(lease=lease, leased_until=until)
    # By the lease, not by the ids: a letter renewed since has none, and is for the next round.
    letters = Letter.objects.filter(lease=lease, pk__in=ids).select_related("petition")
    return lease, list(letters.order_by("send_after"))


def _give_back(lease: str) -> None:
    Letter.objects.filter(lease=lease).update(lease="", leased_until=None)


@contextmanager
def _mail_server() -> Iterator[BaseEmailBackend]:
    server = get_connection()
    try:
        server.open()
        yield server
    except (OSError, smtplib.SMTPException) as error:
        # What `_send` lets through refuses us as a whole: connection, greeting, login, sender.
        code = getattr(error, "smtp_code", "")
        raise MailServerDown(f"{type(error).__name__} {code}".strip()) from error
    finally:
        server.close()


def _send(letter: Letter, server: BaseEmailBackend) -> bool:
    """Send one letter, then delete it or keep it for the reminder. True if it was sent."""
    signature = Signature.objects.filter(duplicate_hash=letter.duplicate_hash).first()
    # The row's lease is ours unless its writer has signed again; then the newer one stays.
    row = Letter.objects.filter(pk=letter.pk, lease=letter.lease)
    if not _is_wanted(letter, signature):
        row.delete()
        return False
    try:
        message = _write(letter, signature)
        message.connection = server
        message.send()
    except smtplib.SMTPRecipientsRefused as error:
        _put_off_or_give_up(letter, [code for code, _ in error.recipients.values()])
    except smtplib.SMTPDataError as error:
        _put_off_or_give_up(letter, [error.smtp_code])
    except (ValueError, sealing.WrongKey) as error:
        # An address that this mail server's protocol has no letters for, say, or one locked with
        # an older key. It must not keep the letters behind it waiting.
        log.error("letter unsendable", extra={"facts": {"class": type(error).__name__}})
        _put_off_or_give_up(letter, [])
    else:
        _note_sent(signature)
        if signature.confirmed_on or letter.is_reminder:
            row.delete()
        else:
            _keep_for_reminder(row)
        return True
    return False


def _is_wanted(letter: Letter, signature: Signature | None) -> bool:
    """Whether there is something to write about, and not enough was written today."""
    if signature is None:  # never signed, withdrawn, expired
        return False
    if signature.had_enough_letters(timezone.now().date()):
        return False
    return bool(signature.confirmed_on) or letter.petition.is_confirmable


def _note_sent(signature: Signature) -> None:
    today = timezone.now().date()
    Signature.objects.filter(pk=signature.pk).update(
        letters_count=Case(When(letters_on=today, then=F("letters_count") + 1), default=1),
        letters_on=today,
    )


def _keep_for_reminder(row: QuerySet[Letter]) -> None:
    """Let the row wait for some days; an answer in the meantime deletes it."""
    remind_at = timezone.now() + timedelta(days=settings.REMINDER_AFTER_DAYS)
    row.update(
        is_reminder=True,
        tries_count=0,
        send_after=remind_at,
        give_up_after=remind_at + timedelta(days=settings.LETTER_TRIES_DAYS),
        lease="",
        leased_until=None,
    )


def _put_off_or_give_up(letter: Letter, codes: list[int]) -> None:
    """A 5xx answer is final (RFC 5321, section 4.2.1), a 4xx one is not, for some days.

    What is given up keeps its address until the link would have expired: the fault may have been
    ours, and then the operator lets it go out again (`manage.py outbox --retry`).
    """
    row = Letter.objects.filter(pk=letter.pk, lease=letter.lease)
    now = timezone.now()
    is_final = min(codes, default=400) >= 500 or now > letter.give_up_after
    log.warning("letter refused", extra={"facts": {"codes": codes, "final": is_final}})
    if is_final:
        row.update(refused_on=now.date(), lease="", leased_until=None)
        return
    minutes = RETRY_AFTER_MINUTES[min(letter.tries_count, len(RETRY_AFTER_MINUTES) - 1)]
    row.update(
        tries_count=letter.tries_count + 1,
        send_after=now + timedelta(minutes=minutes),
        lease="",
        leased_until=None,
    )


def _write(letter: Letter, signature: Signature) -> EmailMultiAlternatives:
    """The letter, in the language in which they signed."""
    kind = "signature_counts" if signature.confirmed_on else "confirm_signature"
    is_reminder = letter.is_reminder and not signature.confirmed_on
    claim = tokens.claim_on(signature.pk, signature.duplicate_hash, signature.sealed_box)
    token = tokens.make(tokens.SIGNATURE, claim)
    with translation.override(letter.language):
        context = {
            "petition": letter.petition,
            "petition_url": settings.SITE_URL + letter.petition.get_absolute_url(),
            "link": settings.SITE_URL + reverse("petitions:signature", args=[token]),
            "code": tokens.short_code(claim),
            "code_url": settings.SITE_URL
            + reverse("petitions:enter_code", args=[letter.petition.slug]),
            "is_reminder": is_reminder,
            "days": settings.CONFIRMATION_DAYS,
            "site_name": settings.SITE_NAME,
            "site_url": settings.SITE_URL,
            "language": letter.language,
            "direction": "rtl" if translation.get_language_bidi() else "ltr",
        }
        message = EmailMultiAlternatives(
            subject=" ".join(render_to_string(f"emails/{kind}_subject.txt", context).split()),
            body=render_to_string(f"emails/{kind}.txt", context),
            to=[sealing.unlock(letter.locked_address)],
            headers={"Message-ID": _message_id(letter), "Auto-Submitted": "auto-generated"},
        )
        message.attach_alternative(render_to_string(f"emails/{kind}.html", context), "text/html")
    return message


def _message_id(letter: Letter) -> str:
    # The same for every try of one letter, and telling nothing of its number or its row.
    of_what = f"{letter.pk} {letter.give_up_after.timestamp()}"
    digest = hmac.digest(settings.SECRET_KEY.encode(), of_what.encode(), hashlib.sha256).hex()
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
    return f"<{digest[:32]}@{domain}>"
