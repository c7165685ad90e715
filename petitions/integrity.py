"""Which signatures do not count, though they are confirmed? Held, let go again, taken off.

Every move is a guarded update of locked rows with its ledger entries in the same transaction. A
signature that is not confirmed yet writes nothing to the ledger; `signing.confirm` will see how
it stands.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import Count, QuerySet
from django.utils import timezone

from petitions import counting, review, stafflog, tokens
from petitions.models import Invalidation, Petition, Signature

# Bounds the length of one transaction, and with it how long a signer's own act may wait.
BATCH_COUNT = 1000

_Standing = Signature.Standing

# What can be done to many at once: how they stand before, and after.
ACTS = {
    "hold": (_Standing.COUNTS, _Standing.HELD),
    "remove": (_Standing.COUNTS, _Standing.REMOVED),
    "remove_held": (_Standing.HELD, _Standing.REMOVED),
    "release": (_Standing.HELD, _Standing.COUNTS),
}


class TooFew(ValueError):
    """Fewer signatures than can be chosen without singling somebody out."""


@dataclass(frozen=True)
class Chosen:
    """What an editor chose, as it was counted: what is confirmed is what was counted."""

    act: str
    criteria: dict[str, list[str]]
    last_signature_id: int
    count: int
    confirmed_count: int

    @property
    def pending_count(self) -> int:
        """Those whose letter is not answered yet."""
        return self.count - self.confirmed_count


# --- One signature --------------------------------------------------------------------------------


def by_reference(petition: Petition, typed: str) -> Signature | None:
    """The signature whose owner named us its reference."""
    number = tokens.read_reference(typed)
    signature = Signature.objects.filter(pk=number, petition=petition).first()
    if signature is None or signature.is_refused:
        return None
    is_named = signature.reference == "".join(typed.split()).upper()
    return signature if is_named else None


def hold(signature: Signature, who: str) -> bool:
    """Take a signature off the count until an editor has looked. True the first time."""
    return _move_one(signature, _Standing.HELD, who, "signature held")


def release(signature: Signature, who: str) -> bool:
    """Let a signature count that was held or taken off. True the first time."""
    return _move_one(signature, _Standing.COUNTS, who, "signature released")


def remove(signature: Signature, who: str) -> bool:
    """Take a signature off the count. True the first time."""
    return _move_one(signature, _Standing.REMOVED, who, "signature removed")


@transaction.atomic
def _move_one(signature: Signature, standing: _Standing, who: str, act: str) -> bool:
    rows = Signature.objects.filter(pk=signature.pk).exclude(standing=standing)
    moved_count = _move(rows, standing, Signature.Reason.REVIEW, None)
    if moved_count:
        # Which one it was is not written down: the log outlives signatures.
        stafflog.record(who, act, f"petition {signature.petition_id}")
    return bool(moved_count)


# --- Many at once ---------------------------------------------------------------------------------


def count(petition: Petition, act: str, criteria: dict[str, list[str]], who: str) -> Chosen:
    """How many signatures an act would move. Raises TooFew.

    Written to the staff log, since somebody who counts often enough, with one group more each
    time, could learn something of a single signature.
    """
    last_id = review.newest_id(petition)
    rows = _meant(petition, act, criteria, last_id)
    found = rows.aggregate(all=Count("pk"), confirmed=Count("confirmed_on"))
    about = f"petition {petition.pk}"
    stafflog.record(who, "signatures counted", about, move=act, **_as_facts(criteria))
    if found["all"] < review.SMALLEST_GROUP:
        raise TooFew
    return Chosen(act, criteria, last_id, found["all"], found["confirmed"])


@transaction.atomic
def invalidate(petition: Petition, chosen: Chosen, who: str) -> Invalidation:
    """Have the worker move what was counted. Twice the same is once."""
    # Of two presses of one button, the second waits here and then finds what the first has made.
    Petition.objects.select_for_update(no_key=True).get(pk=petition.pk)
    what = {
        "petition": petition,
        "standing": ACTS[chosen.act][1],
        "criteria": chosen.criteria | {"act": chosen.act},
        "last_signature_id": chosen.last_signature_id,
    }
    made = Invalidation.objects.filter(**what, is_undone=False).first()
    if made:
        return made
    made = Invalidation.objects.create(**what, expected_count=chosen.count)
    facts = _as_facts(chosen.criteria)
    stafflog.record(
        who, "invalidation made", f"petition {petition.pk}",
        invalidation=made.pk, move=chosen.act, count=chosen.count, **facts,
    )  # fmt: skip
    return made


@transaction.atomic
def undo(invalidation: Invalidation, who: str) -> bool:
    """Have the worker carry back what an invalidation moved. True the first time."""
    first = Invalidation.objects.filter(pk=invalidation.pk, is_undone=False)
    undone = bool(first.update(is_undone=True, finished_at=None))
    if undone:
        about = f"petition {invalidation.petition_id}"
        stafflog.record(who, "invalidation undone", about, invalidation=invalidation.pk)
    return undone


def carry_out() -> int:
    """Move one batch of every invalidation that is not finished; returns how many signatures."""
    waiting = Invalidation.objects.filter(finished_at=None).order_by("pk")
    return sum(_carry_out_batch(pk) for pk in waiting.values_list("pk", flat=True))


@transaction.atomic
def _carry_out_batch(invalidation_id: int) -> int:
    # The row lock makes it one worker at a time; killed here, the next one goes on.
    unlocked = Invalidation.objects.select_for_update(
        skip_locked=connection.features.has_select_for_update_skip_locked
    )
    invalidation = unlocked.filter(pk=invalidation_id, finished_at=None).first()
    if invalidation is None:
        return 0
    if invalidation.is_undone:
        moved_count = _carry_back(invalidation)
        invalidation.moved_count -= moved_count
    else:
        rows = _still_meant(invalidation)
        reason = Signature.Reason.REVIEW
        moved_count = _move(rows, invalidation.standing, reason, invalidation)
        invalidation.moved_count += moved_count
    if not moved_count:
        invalidation.finished_at = timezone.now()
    invalidation.save(update_fields=["moved_count", "finished_at"])
    return moved_count


def _carry_back(invalidation: Invalidation) -> int:
    """Move back what this very invalidation moved and nobody has moved since."""
    before, after = ACTS[invalidation.criteria["act"]]
    rows = Signature.objects.filter(invalidation=invalidation, standing=after)
    reason = "" if before == _Standing.COUNTS else Signature.Reason.REVIEW
    return _move(rows, before, reason, None)


def _still_meant(invalidation: Invalidation) -> QuerySet[Signature]:
    criteria = invalidation.criteria
    last_id = invalidation.last_signature_id
    return _meant(invalidation.petition, criteria["act"], criteria, last_id)


def _meant(
    petition: Petition, act: str, criteria: dict[str, list[str]], last_id: int
) -> QuerySet[Signature]:
    return review.chosen(petition, criteria).filter(pk__lte=last_id, standing=ACTS[act][0])


def _as_facts(criteria: dict[str, list[str]]) -> dict[str, list[str]]:
    return {kind: criteria[kind] for kind in review.KINDS if criteria.get(kind)}


# --- Moving ---------------------------------------------------------------------------------------


def _move(
    rows: QuerySet[Signature], standing: str, reason: str, invalidation: Invalidation | None
) -> int:
    """Move the first batch of rows; returns how many. Within the caller's transaction."""
    # Locked before they are looked at: whoever confirms or withdraws at this moment comes before
    # or after. In the order of their numbers, so that two who lock many don't wait in a circle.
    locked = list(rows.select_for_update().order_by("pk")[:BATCH_COUNT])
    if standing == _Standing.COUNTS:
        counting.record_many(_confirmed(locked), +1)
    else:
        counting.record_many((row for row in _confirmed(locked) if row.is_counting), -1)
    Signature.objects.filter(pk__in=[row.pk for row in locked]).update(
        standing=standing, standing_reason=reason, invalidation=invalidation
    )
    return len(locked)


def _confirmed(rows: Iterable[Signature]) -> Iterable[Signature]:
    return (row for row in rows if row.confirmed_on)
