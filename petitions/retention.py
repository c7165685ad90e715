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
