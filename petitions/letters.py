"""What do we write to those who sign?

What a letter says is decided when it is sent: whether its mailbox has signed before, is pending,
counted, held or not wanted is known here and to the inbox, and to nobody else.
"""

from datetime import timedelta
from email.message import Message
from functools import cache, partial

from django.conf import settings
from django.core.mail.backends.base import BaseEmailBackend
from django.db import DEFAULT_DB_ALIAS, connection, transaction
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation

from petitions import blocks, bounces, outbox, printing, sealing, statements, subscribing, tokens
from petitions.models import Letter, Signature
from stories import translations

_FIELDS = [field.attname for field in Signature._meta.concrete_fields]
# As many rows as the editors' list has lines about the address, and one where it has none.
# Nothing where the letter is not ours to send any more: renewed since, or leased by a worker whose
# clock said that our lease had ended.
_FIND_SIGNATURE = f"""
    SELECT {", ".join(f"signature.{name}" for name in _FIELDS)}, withdrawn_on, act, address_hash
      FROM petitions_letter AS letter
      JOIN petitions_signature AS signature ON signature.duplicate_hash = letter.duplicate_hash
      JOIN petitions_petition AS petition ON petition.id = signature.petition_id
      LEFT JOIN petitions_block ON {{condition}}
     WHERE letter.id = %s AND letter.lease = %s
"""  # noqa: S608
_NOTE_SENT = """
    UPDATE petitions_signature
       SET letters_count = CASE WHEN letters_on = %s THEN letters_count + 1 ELSE 1 END,
           letters_on = %s
     WHERE id = %s
"""
_TOKEN = "token-of-whoever-signed"  # noqa: S105
# An answer in the meantime deletes the row; signing again takes the lease from it.
_KEEP_FOR_REMINDER = """
    UPDATE petitions_letter
       SET is_reminder = true, tries_count = 0, send_after = %s, give_up_after = %s,
           lease = '', leased_until = NULL
           {after}
     WHERE id = %s AND lease = %s
"""
# The signature is locked first, as whoever answers does.
_NOTE_AND_KEEP = f"""
    WITH noted AS ({_NOTE_SENT} RETURNING 1)
    {_KEEP_FOR_REMINDER.format(after="FROM (SELECT count(*) FROM noted) AS before")}
"""  # noqa: S608


def send_waiting() -> int:
    """Send one batch of letters; returns how many left. Raises outbox.MailServerDown."""
    printed: dict[tuple, printing.Plate] = {}  # for one batch, so that an edit is in the next one
    send = partial(_send, printed=printed)
    return outbox.drain(Letter, settings.LETTER_BATCH_COUNT, send)


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


def _send(letter: Letter, server: BaseEmailBackend, printed: dict[tuple, printing.Plate]) -> bool:
    """Send one letter, then delete it or keep it for the answer. True if it was sent."""
    address = _address(letter)
    signature, lines = _find(letter, address)
    if not _is_wanted(letter, signature):
        outbox.held(letter).delete()
        return False
    write = partial(_judge_and_write, letter, address, signature, lines, printed)
    if not outbox.hand_over(letter, server, write):
        return False
    if not signature.confirmed_on and not letter.is_reminder and not signature.is_refused:
        _note_and_keep_for_reminder(letter, signature)
        return True
    statements.run(_NOTE_SENT, _noted(signature))
    # The row's lease is ours unless its writer has signed again; then the newer one stays.
    row = outbox.held(letter)
    if signature.is_refused:
        blocks.erase_refused(signature)
        row.delete()
    elif _asks_for_updates(letter, signature):
        _keep_for_answer(row)
    else:
        row.delete()
    return True


def _address(letter: Letter) -> str | None:
    """Where the letter goes; None where that is locked with another key than ours."""
    try:
        return sealing.unlock(letter.locked_address)
    except sealing.WrongKey:
        return None


def _find(letter: Letter, address: str | None) -> tuple[Signature | None, list[blocks.Line]]:
    """What the letter is about, and what the editors' list says of its address: as it stands now,
    which may be otherwise than a moment ago."""
    condition, values = blocks.about(address) if address else ("1 = 0", [])
    sql = _FIND_SIGNATURE.format(condition=condition)
    rows = statements.run(sql, [*values, letter.pk, letter.lease])
    if not rows:
        return None, []
    lines = [blocks.Line(*row[-2:]) for row in rows if row[-2] is not None]
    *values, withdrawn_on, _act, _address_hash = rows[0]
    signature = Signature.from_db(DEFAULT_DB_ALIAS, _FIELDS, values)
    signature.petition = letter.petition
    signature.petition.withdrawn_on = withdrawn_on
    return signature, lines


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


def _noted(signature: Signature) -> list[object]:
    today = timezone.now().date()
    return [today, today, signature.pk]


def _note_and_keep_for_reminder(letter: Letter, signature: Signature) -> None:
    """Count a first letter, and let its row wait for some days."""
    remind_at = timezone.now() + timedelta(days=settings.REMINDER_AFTER_DAYS)
    moments = (remind_at, remind_at + timedelta(days=settings.LETTER_TRIES_DAYS))
    moments = [connection.ops.adapt_datetimefield_value(moment) for moment in moments]
    kept = [*moments, letter.pk, letter.lease]
    if connection.vendor == "postgresql":
        statements.run(_NOTE_AND_KEEP, [*_noted(signature), *kept])
        return
    with transaction.atomic():
        statements.run(_NOTE_SENT, _noted(signature))
        statements.run(_KEEP_FOR_REMINDER.format(after=""), kept)


def _keep_for_answer(row: QuerySet[Letter]) -> None:
    """Let the row wait unsent: who asked for updates has to say so once more, in their inbox."""
    row.update(send_after=None, give_up_after=timezone.now(), lease="", leased_until=None)


def _judge_and_write(
    letter: Letter,
    address: str | None,
    signature: Signature,
    lines: list[blocks.Line],
    printed: dict[tuple, printing.Plate],
) -> printing.Copy:
    """The letter, once it is known what the editors' list says. Raises sealing.WrongKey."""
    if address is None:
        raise sealing.WrongKey
    blocks.settle(signature, address, lines)
    return _write(letter, signature, address, printed)


def _kind(signature: Signature) -> str:
    """Which letter it is, by how the signature stands."""
    if signature.is_refused:
        return "signature_not_taken"
    if not signature.confirmed_on:
        return "confirm_signature"
    return "signature_counts" if signature.is_counting else "signature_held"


def _write(
    letter: Letter, signature: Signature, address: str, printed: dict[tuple, printing.Plate]
) -> printing.Copy:
    """The letter, in the language in which they signed."""
    claim = tokens.claim_on(signature.pk, signature.duplicate_hash, signature.sealed_box)
    with translation.override(letter.language):
        token = tokens.make(tokens.SIGNATURE, claim)
        return _plate(letter, signature, printed).copy(
            to=address,
            message_id=_message_id(letter),
            link=settings.SITE_URL + _path(letter.language).replace(_TOKEN, token),
            code=tokens.short_code(claim),
        )


@cache
def _path(language: str) -> str:
    """Where the link of a letter leads, with a mark for the token: to ask for it takes as long as
    to print the letter."""
    return reverse("petitions:signature", args=[_TOKEN])


def _plate(
    letter: Letter, signature: Signature, printed: dict[tuple, printing.Plate]
) -> printing.Plate:
    """What the letter says, but for link and code; made once for all who read the same."""
    if (signature.standing, signature.standing_reason) != (Signature.Standing.COUNTS, ""):
        return _render(letter, signature, signature)  # with a reference of their own
    is_reminder = letter.is_reminder and not signature.confirmed_on
    same = (
        letter.petition_id, letter.language, is_reminder, _kind(signature),
        _asks_for_updates(letter, signature), signature.last_day,
    )  # fmt: skip
    if same not in printed:
        # Of whoever is the first, the template can learn nothing that others would then read.
        printed[same] = _render(letter, signature, {"standing": signature.standing})
    return printed[same]


def _render(
    letter: Letter, signature: Signature, shown: Signature | dict[str, str]
) -> printing.Plate:
    translations.translate([letter.petition])
    petition = letter.petition
    context = {
        "petition": petition,
        "signature": shown,
        "petition_url": settings.SITE_URL + petition.get_absolute_url(),
        "link": printing.LINK,
        "code": printing.CODE,
        "code_url": settings.SITE_URL + reverse("petitions:enter_code", args=[petition.slug]),
        "is_reminder": letter.is_reminder and not signature.confirmed_on,
        "asks_for_updates": _asks_for_updates(letter, signature),
        "days": settings.CONFIRMATION_DAYS,
        "last_day": signature.last_day,
        "site_name": settings.SITE_NAME,
        "site_url": settings.SITE_URL,
        "language": letter.language,
        "direction": "rtl" if translation.get_language_bidi() else "ltr",
    }
    kind = _kind(signature)
    subject = " ".join(render_to_string(f"emails/{kind}_subject.txt", context).split())
    endings = ("txt", "html")
    return printing.Plate(
        subject, *(render_to_string(f"emails/{kind}.{end}", context) for end in endings)
    )


def _message_id(letter: Letter) -> str:
    return outbox.message_id("letter", letter.pk, letter.give_up_after.timestamp())
