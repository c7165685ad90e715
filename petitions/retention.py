"""What do we forget, and when?

Every hour: signatures never confirmed, letters that came to nothing, clues that are no longer
needed; and, once a petition's time is over, everything that says who signed it. What that is comes
from `classification.py`, so a field that is new there is destroyed without another word here.
"""

import logging
from collections.abc import Iterator
from datetime import date, timedelta

from django.conf import settings
from django.db import connection, models, transaction
from django.db.models import F
from django.utils import timezone

from petitions import classification, sealing, stafflog
from petitions.models import Destruction, Letter, Petition, Signature

log = logging.getLogger("petitions.retention")

BATCH_COUNT = 1000


def forget_expired() -> int:
    """Erase signatures never confirmed and their letters; returns how many signatures.

    In batches, each in a transaction of its own: stopped anywhere, it goes on the next time.
    """
    today = timezone.now().date()
    forgotten_count = 0
    _forget_old_letters()
    while batch := list(
        Signature.objects.expired(today).values_list("pk", "duplicate_hash")[:BATCH_COUNT]
    ):
        with transaction.atomic():
            # Still pending? Someone may have pressed the button since the batch was read.
            pending = Signature.objects.expired(today).filter(pk__in=[pk for pk, _ in batch])
            forgotten_count += pending.delete()[0]
            Letter.objects.filter(duplicate_hash__in=[bytes(h) for _, h in batch]).delete()
    return forgotten_count


def _forget_old_letters() -> None:
    # Given up, to somebody who had confirmed already: no expired signature takes them along.
    before = timezone.now() - timedelta(days=settings.CONFIRMATION_DAYS)
    Letter.objects.filter(give_up_after__lt=before).delete()


def forget_clues() -> int:
    """Erase hour, kind of provider and network bucket of what no review looks at any more.

    In batches, as above; returns how many signatures were left without clues. What is pending
    still, because nobody came by for days, is erased with its clues, by which it is found.
    """
    before = timezone.now().date() - timedelta(days=settings.REVIEW_DAYS)
    old = Signature.objects.confirmed().filter(signed_on__lt=before, signed_hour__isnull=False)
    forgotten_count = 0
    while batch := list(old.values_list("pk", flat=True)[:BATCH_COUNT]):
        forgotten_count += old.filter(pk__in=batch).update(
            signed_hour=None, mail_class="", network_bucket=None
        )
    return forgotten_count


def forget_refused() -> int:
    """Erase what is left of signatures that were not taken, once it is another day.

    Until then it keeps count of the letters to that mailbox. Returns how many.
    """
    today = timezone.now().date()
    told = Signature.objects.refused().filter(sealed_box=b"", letters_on__lt=today)
    return told.delete()[0]


def destroy_due() -> int:
    """Destroy what is known of the signers of petitions whose time is over; returns how many rows.

    A petition whose turn has not come, or whose key can't be removed, holds up no other.
    """
    return sum(_destroy(petition) for petition in due())


def destroy_again() -> int:
    """After a backup was restored: destroy what it brought back and whose key is gone already.

    A key that is here is left to the worker: the backup may be restored aside, and know a deadline
    that has been moved since. Returns how many rows.
    """
    keyless = (p for p in due() if not sealing.has_duplicate_key(p.duplicate_key_id))
    return sum(_destroy(petition) for petition in keyless)


def due() -> Iterator[Petition]:
    """Petitions whose signers' records are to be destroyed by now, the first to close first."""
    ended = Petition.objects.filter(destruction__ended_on__isnull=False)
    closed = Petition.objects.filter(closes_at__lte=timezone.now()).exclude(pk__in=ended)
    return (petition for petition in closed.order_by("closes_at") if _is_due(petition))


def _is_due(petition: Petition) -> bool:
    # What was begun is finished, whatever the clock or an editor says since: the key is gone.
    is_begun = Destruction.objects.filter(petition=petition).exists()
    return is_begun or petition.destroys_on <= timezone.now().date()


def _destroy(petition: Petition) -> int:
    """Destroy the key, then the rows in batches: stopped anywhere, it goes on the next time."""
    today = timezone.now().date()
    Destruction.objects.get_or_create(petition=petition, defaults={"began_on": today})
    is_key_gone = _destroy_key(petition)
    destroyed_count = 0
    for model in classification.about_signers():
        while count := _destroy_batch(petition, model):
            destroyed_count += count
    if is_key_gone and not _is_anything_left(petition):
        _wipe()
        _note_ended(petition, today)
    return destroyed_count


@transaction.atomic
def _note_ended(petition: Petition, today: date) -> None:
    record = Destruction.objects.filter(petition=petition)
    if record.filter(ended_on=None).update(ended_on=today):
        count = record.get().records_count
        stafflog.record("the worker", "records destroyed", f"petition {petition.pk}", count=count)


def _destroy_key(petition: Petition) -> bool:
    try:
        sealing.destroy_duplicate_key(petition.duplicate_key_id)
    except OSError as error:
        log.error("key not destroyed", exc_info=error, extra={"facts": {"petition": petition.pk}})
        return False
    return True


def _destroy_batch(petition: Petition, model: type[models.Model]) -> int:
    with transaction.atomic():
        # Whoever holds the record's row does the work; a second worker goes on to something else.
        record = Destruction.objects.select_for_update(
            skip_locked=connection.features.has_select_for_update_skip_locked
        ).filter(petition=petition)
        if not record:
            return 0
        # Locked before they are counted: one that is withdrawn at this moment is not ours to count.
        locked = _rows(petition, model).select_for_update(of=("self",)).order_by("pk")
        ids = list(locked.values_list("pk", flat=True)[:BATCH_COUNT])
        if not ids:
            return 0
        counted = 0
        if model is Signature:
            counted = Signature.objects.counting().filter(pk__in=ids).count()
        model.objects.filter(pk__in=ids).delete()
        Destruction.objects.filter(petition=petition).update(
            records_count=F("records_count") + len(ids),
            counted_count=F("counted_count") + counted,
        )
    return len(ids)


def _is_anything_left(petition: Petition) -> bool:
    return any(_rows(petition, model).exists() for model in classification.about_signers())


def _wipe() -> None:
    """Have PostgreSQL free the room of what is deleted; SQLite overwrites it by itself."""
    if connection.vendor != "postgresql" or connection.in_atomic_block:
        return
    with connection.cursor() as cursor:
        for model in classification.about_signers():
            cursor.execute(f'VACUUM "{model._meta.db_table}"')


def _rows(petition: Petition, model: type[models.Model]) -> models.QuerySet:
    return model.objects.filter(**{classification.petition_path(model): petition})
