"""What do we forget, and when?"""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from petitions.models import Letter, Signature

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

    In batches, as above; returns how many signatures were left without clues.
    """
    before = timezone.now().date() - timedelta(days=settings.REVIEW_DAYS)
    old = Signature.objects.filter(signed_on__lt=before, signed_hour__isnull=False)
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
