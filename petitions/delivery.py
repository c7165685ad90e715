"""How does an update reach those who asked for it? The only writer of deliveries.

An editor sends an update once. That writes one row for each subscriber; the worker sends them in
small batches, and only while no letter waits, so that nobody's confirmation stands behind them. A
row goes when the mail server has taken its mail, and the update counts it in the same transaction:
the numbers are exact after a kill, and nobody gets an update twice but for the one message that
was under way, which then carries the same Message-ID.

Whoever touches an update's row and its deliveries in one transaction takes the update's first.
"""

from datetime import timedelta
from email.message import Message

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation

from petitions import bounces, outbox, sealing, subscribing
from petitions.models import Delivery, Letter, Petition, Subscription, Update
from stories import plaintext, translations

# In the order of the hashes, which is no order of signing. PostgreSQL passes over whoever is
# unsubscribing at this moment; SQLite's writers come one after another anyway.
_INSERT_DELIVERIES = """
    INSERT INTO petitions_delivery
           (update_id, subscription_id, tries_count, send_after, give_up_after, lease)
    SELECT %s, id, 0, %s, %s, ''
      FROM petitions_subscription
     WHERE petition_id = %s AND undeliverable_on IS NULL
     ORDER BY duplicate_hash
"""


# --- What an editor does --------------------------------------------------------------------------


def recipients_count(petition: Petition) -> int:
    """How many would get an update now."""
    return Subscription.objects.filter(petition=petition, undeliverable_on=None).count()


def as_plain_words(update: Update) -> str:
    """What its readers read where mail is plain."""
    return plaintext.plain(_html(update))


@transaction.atomic
def begin(update: Update) -> int:
    """Put an update on its way to all who asked for news; returns how many.

    0, and nothing is done, for a draft, for one that was sent before, and where nobody asked.
    """
    now = timezone.now()
    # The WHERE clause is the lock: of two presses, one moves the row.
    fresh = Update.objects.published().filter(pk=update.pk, sending_began_at=None)
    if not fresh.filter(petition__in=Petition.objects.published()).update(sending_began_at=now):
        return 0
    moments = (now, now + timedelta(days=settings.LETTER_TRIES_DAYS))
    moments = [connection.ops.adapt_datetimefield_value(moment) for moment in moments]
    lock = " FOR KEY SHARE" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(_INSERT_DELIVERIES + lock, [update.pk, *moments, update.petition_id])
        count = cursor.rowcount
    Update.objects.filter(pk=update.pk).update(recipients_count=count)
    if not count:
        transaction.set_rollback(True)
    return count


@transaction.atomic
def stop(update: Update) -> bool:
    """Send no more of it for now. True if it was on its way."""
    on_its_way = Update.objects.sending().filter(pk=update.pk, sending_stopped_at=None)
    if not on_its_way.update(sending_stopped_at=timezone.now()):
        return False
    # Leases stay: what is leaving at this moment must not be taken up by somebody else.
    Delivery.objects.filter(update=update, refused_on=None).update(send_after=None)
    return True


@transaction.atomic
def resume(update: Update) -> bool:
    """Go on with what was stopped. True if it was."""
    stopped = Update.objects.filter(pk=update.pk).exclude(sending_stopped_at=None)
    if not stopped.update(sending_stopped_at=None):
        return False
    _let_go(Delivery.objects.filter(update=update, refused_on=None))
    return True


@transaction.atomic
def retry_refused() -> int:
    """Let deliveries that were given up go out again, if not stopped; returns how many."""
    refused = Delivery.objects.refused().filter(update__sending_stopped_at=None)
    Update.objects.filter(pk__in=refused.values("update")).update(sending_ended_at=None)
    return _let_go(refused)


def _let_go(deliveries) -> int:
    now = timezone.now()
    return deliveries.update(
        refused_on=None,
        tries_count=0,
        send_after=now,
        give_up_after=now + timedelta(days=settings.LETTER_TRIES_DAYS),
    )


# --- What the worker does -------------------------------------------------------------------------


def send_waiting() -> int:
    """Send one small batch, if no letter waits; returns how many left.

    Raises outbox.MailServerDown.
    """
    if Letter.objects.waiting(timezone.now()).exists():
        return 0
    sent_count = outbox.drain(Delivery, settings.DELIVERY_BATCH_COUNT, _send)
    _note_ended()
    return sent_count


def take_bounce(report: Message) -> int:
    """Send no more updates to whom a delivery report says can't be reached; returns how many.

    Only if it quotes the Message-ID of an update to that very mailbox, which nobody can guess: so
    nobody can end somebody's updates by a forged report.
    """
    quoted = bounces.quoted_message_ids(report)
    if not quoted:
        return 0
    found = Subscription.objects.filter(duplicate_hash__in=bounces.failed_mailboxes(report))
    return subscribing.mark_undeliverable(s for s in found if quoted & _message_ids_to(s))


def _send(delivery: Delivery, server: BaseEmailBackend) -> bool:
    # Stopped, or no longer wanted, since the batch was taken?
    if not outbox.held(delivery).exclude(send_after=None).exists():
        return False
    if not outbox.hand_over(delivery, server, lambda: _write(delivery)):
        _stay_stopped(delivery)
        return False
    _settle(delivery)
    return True


@transaction.atomic
def _settle(delivery: Delivery) -> None:
    """Delete what has left and count it: both or neither."""
    Update.objects.filter(pk=delivery.update_id).update(sent_count=F("sent_count") + 1)
    # By its number, not by its lease: what has left must not leave again, stopped or not.
    deleted_count, _ = Delivery.objects.filter(pk=delivery.pk).delete()
    if not deleted_count:  # ended by its reader while it left, or settled by another worker
        transaction.set_rollback(True)


@transaction.atomic
def _stay_stopped(delivery: Delivery) -> None:
    """What was put off while an editor stopped the update has no moment to leave any more."""
    stopped = Update.objects.filter(pk=delivery.update_id).exclude(sending_stopped_at=None)
    # An update that changes nothing locks the row, so that "resume" comes before or after.
    if stopped.update(sending_stopped_at=F("sending_stopped_at")):
        Delivery.objects.filter(pk=delivery.pk, refused_on=None).update(send_after=None)


def _note_ended() -> None:
    under_way = Delivery.objects.filter(update=OuterRef("pk"), refused_on=None)
    done = Update.objects.sending().filter(~Exists(under_way))
    done.update(sending_ended_at=timezone.now(), sending_stopped_at=None)


def _write(delivery: Delivery) -> EmailMultiAlternatives:
    """The mail, in the language of whoever asked for it, where the update is translated."""
    update, subscription = delivery.update, delivery.subscription
    token = subscribing.token_to_stop(subscription)
    # Without a language in its path, so that mail programs find it whatever languages there are.
    with translation.override(settings.LANGUAGE_CODE):
        one_click = settings.SITE_URL + reverse("petitions:stop_by_mail", args=[token])
    with translation.override(subscription.language):
        translations.translate([update])
        context = {
            "update": update,
            "html": _html(update),
            "text": as_plain_words(update),
            "petition": update.petition,
            "is_by_machine": translations.is_by_machine(update),
            "link": settings.SITE_URL + update.get_absolute_url(),
            "stop_link": settings.SITE_URL + reverse("petitions:stop_by_mail", args=[token]),
            "site_name": settings.SITE_NAME,
            "site_url": settings.SITE_URL,
            "language": subscription.language,
            "direction": "rtl" if translation.get_language_bidi() else "ltr",
        }
        message = EmailMultiAlternatives(
            subject=" ".join(render_to_string("emails/update_subject.txt", context).split()),
            body=render_to_string("emails/update.txt", context),
            to=[sealing.unlock(subscription.locked_address)],
            reply_to=outbox.reply_to(),
            headers={
                "Message-ID": _message_id(update.pk, subscription),
                "List-Unsubscribe": f"<{one_click}>",
                "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            },
        )
        message.attach_alternative(render_to_string("emails/update.html", context), "text/html")
    return message


def _html(update: Update) -> str:
    return plaintext.with_whole_links(update.text, settings.SITE_URL)


def _message_ids_to(subscription: Subscription) -> set[str]:
    sent = Update.objects.filter(petition=subscription.petition_id).exclude(sending_began_at=None)
    return {_message_id(number, subscription) for number in sent.values_list("pk", flat=True)}


def _message_id(update_id: int, subscription: Subscription) -> str:
    return outbox.message_id("update", update_id, bytes(subscription.duplicate_hash).hex())
