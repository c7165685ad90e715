"""Who has asked for updates, and said so in their own inbox? The only writer of subscriptions.

A tick in a form subscribes nobody, since anybody can type anybody's address: it is kept with the
letter, and becomes a subscription when somebody presses a button behind the letter's link. It goes
with one press, from the private page or from any mail that it brought.
"""

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from petitions import tokens
from petitions.models import Letter, Petition, Signature, Subscription


def waiting_letter(signature: Signature) -> Letter | None:
    """The letter that holds the address of whoever signed, if it is still there."""
    return Letter.objects.filter(duplicate_hash=signature.duplicate_hash).first()


def was_told_of_wish(signature: Signature) -> bool:
    """Whether a letter has told this mailbox that somebody asked for updates in its name."""
    letter = waiting_letter(signature)
    return bool(letter and letter.wants_updates and letter.has_left)


def of(signature: Signature) -> Subscription | None:
    """The subscription of whoever signed."""
    return Subscription.objects.filter(duplicate_hash=signature.duplicate_hash).first()


def knows(duplicate_hash: bytes) -> bool:
    """Whether there is a subscription of a mailbox."""
    return Subscription.objects.filter(duplicate_hash=duplicate_hash).exists()


def is_on(signature: Signature) -> bool:
    """Whether updates go to whoever signed."""
    subscription = of(signature)
    return bool(subscription) and not subscription.undeliverable_on


def subscribe(signature: Signature) -> bool:
    """Take the address over from the letter that waits. False where it has gone.

    Whoever calls this holds the signature's row, so that nobody withdraws it meanwhile.
    """
    letter = waiting_letter(signature)
    if letter is None:
        return False
    subscription = Subscription(
        petition_id=signature.petition_id,
        duplicate_hash=signature.duplicate_hash,
        locked_address=letter.locked_address,
        language=letter.language,
    )
    Subscription.objects.bulk_create(
        [subscription],
        update_conflicts=True,
        unique_fields=["duplicate_hash"],
        update_fields=["locked_address", "language", "undeliverable_on"],
    )
    return True


@transaction.atomic
def unsubscribe(duplicate_hash: bytes) -> bool:
    """Erase a subscription and what is still on its way to it. True the first time."""
    # Locked before it is looked at: an update that is being sent out at this moment has either
    # written its deliveries, and they go along, or will not write any.
    row = Subscription.objects.select_for_update().filter(duplicate_hash=duplicate_hash).first()
    if row is None:
        return False
    row.delete()
    return True


def mark_undeliverable(subscriptions: Iterable[Subscription]) -> int:
    """Send no more updates there until somebody asks again; returns how many."""
    reached = Subscription.objects.filter(pk__in=[row.pk for row in subscriptions])
    return reached.filter(undeliverable_on=None).update(undeliverable_on=timezone.now().date())


def token_to_stop(subscription: Subscription) -> str:
    """What stands in each update's link to end it."""
    return tokens.make_stop(subscription.petition_id, subscription.duplicate_hash)


def read_token_to_stop(token: str) -> tuple[Petition | None, bytes]:
    """Which petition, and whose mailbox, a link to end updates is about. Raises BadToken."""
    petition_id, duplicate_hash = tokens.read_stop(token)
    return Petition.objects.filter(pk=petition_id).first(), duplicate_hash
