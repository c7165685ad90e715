"""What do we write to those who sign?

What a letter says is decided when it is sent: whether its mailbox has signed before, is pending,
counted, held or not wanted is known here and to the inbox, and to nobody else.
"""

from datetime import timedelta
from email.message import Message

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import Case, F, QuerySet, When
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation

from petitions import blocks, bounces, outbox, sealing, subscribing, tokens
from petitions.models import Letter, Signature
from stories import translations


def send_waiting() -> int:
    """Send one batch of letters; returns how many left. Raises outbox.MailServerDown."""
    return outbox.drain(Letter, settings.LETTER_BATCH_COUNT, _send)


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
    mailboxes = bounces.failed_mailboxes(report)
    reminders = Letter.objects.filter(
        duplicate_hash__in=mailboxes, is_reminder=True, refused_on=None
    )
    return reminders.update(refused_on=timezone.now().date(), lease="", leased_until=None)


def _send(letter: Letter, server: BaseEmailBackend) -> bool:
    """Send one letter, then delete it or keep it for the answer. True if it was sent."""
    signature = (
        Signature.objects.select_related("petition")
        .filter(duplicate_hash=letter.duplicate_hash)
        .first()
    )
    # The row's lease is ours unless its writer has signed again; then the newer one stays.
    row = outbox.held(letter)
    if not _is_wanted(letter, signature):
        row.delete()
        return False
    if not outbox.hand_over(letter, server, lambda: _judge_and_write(letter, signature)):
        return False
    _note_sent(signature)
    if signature.is_refused:
        blocks.erase_refused(signature)
        row.delete()
    elif not signature.confirmed_on and not letter.is_reminder:
        _keep_for_reminder(row)
    elif _asks_for_updates(letter, signature):
        _keep_for_answer(row)
    else:
        row.delete()
    return True


def _is_wanted(letter: Letter, signature: Signature | None) -> bool:
    """Whether there is something to write about, and not enough was written today."""
    if signature is None or signature.is_erased:  # never signed, withdrawn, expired, not taken
        return False
    if signature.petition.is_withdrawn:  # since the letter was taken up, perhaps
        return False
    if signature.had_enough_letters(timezone.now().date()):
        return False
    return bool(signature.confirmed_on) or signature.petition.is_confirmable


def _asks_for_updates(letter: Letter, signature: Signature) -> bool:
    """Whether a wish is still to be confirmed in the inbox."""
    return letter.wants_updates and not subscribing.is_on(signature)


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


def _keep_for_answer(row: QuerySet[Letter]) -> None:
    """Let the row wait unsent: who asked for updates has to say so once more, in their inbox."""
    row.update(send_after=None, give_up_after=timezone.now(), lease="", leased_until=None)


def _judge_and_write(letter: Letter, signature: Signature) -> EmailMultiAlternatives:
    """The letter, once the editors' list was asked about its address."""
    address = sealing.unlock(letter.locked_address)
    blocks.settle(signature, address)
    return _write(letter, signature, address)


def _kind(signature: Signature) -> str:
    """Which letter it is, by how the signature stands."""
    if signature.is_refused:
        return "signature_not_taken"
    if not signature.confirmed_on:
        return "confirm_signature"
    return "signature_counts" if signature.is_counting else "signature_held"


def _write(letter: Letter, signature: Signature, address: str) -> EmailMultiAlternatives:
    """The letter, in the language in which they signed."""
    kind = _kind(signature)
    is_reminder = letter.is_reminder and not signature.confirmed_on
    claim = tokens.claim_on(signature.pk, signature.duplicate_hash, signature.sealed_box)
    token = tokens.make(tokens.SIGNATURE, claim)
    with translation.override(letter.language):
        translations.translate([letter.petition])
        context = {
            "petition": letter.petition,
            "signature": signature,
            "petition_url": settings.SITE_URL + letter.petition.get_absolute_url(),
            "link": settings.SITE_URL + reverse("petitions:signature", args=[token]),
            "code": tokens.short_code(claim),
            "code_url": settings.SITE_URL
            + reverse("petitions:enter_code", args=[letter.petition.slug]),
            "is_reminder": is_reminder,
            "asks_for_updates": _asks_for_updates(letter, signature),
            "days": settings.CONFIRMATION_DAYS,
            "last_day": signature.last_day,
            "site_name": settings.SITE_NAME,
            "site_url": settings.SITE_URL,
            "language": letter.language,
            "direction": "rtl" if translation.get_language_bidi() else "ltr",
        }
        message = EmailMultiAlternatives(
            subject=" ".join(render_to_string(f"emails/{kind}_subject.txt", context).split()),
            body=render_to_string(f"emails/{kind}.txt", context),
            to=[address],
            reply_to=outbox.reply_to(),
            headers={
                "Message-ID": _message_id(letter),
                "Auto-Submitted": "auto-generated",
            },
        )
        message.attach_alternative(render_to_string(f"emails/{kind}.html", context), "text/html")
    return message


def _message_id(letter: Letter) -> str:
    return outbox.message_id("letter", letter.pk, letter.give_up_after.timestamp())
