"""How do we count? Confirmations write to the ledger; here the ledger becomes the tally.

No request ever touches a row that another signer also touches: a confirmation inserts an entry
without a position. One worker at a time gives new entries their positions and adds them up, in
one transaction; killed at any moment, it has done all of it or nothing.
"""

import hashlib
import secrets
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import Aggregate, Count, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from petitions.models import LedgerEntry, Milestone, Petition, Signature, Tally

# Bounds the length of one transaction, and with it the wait after a kill.
BATCH_COUNT = 50_000

# Shuffles the batch: a leaf is the hash of a random number, so the order of the leaves is random
# too, and positions do not tell the order in which people confirmed. PostgreSQL and SQLite alike.
_GIVE_POSITIONS = """
    UPDATE petitions_ledgerentry AS entry SET position = numbered.position
      FROM (SELECT id, %s - 1 + ROW_NUMBER() OVER (ORDER BY leaf) AS position
              FROM (SELECT id, leaf FROM petitions_ledgerentry
                     WHERE petition_id = %s AND position IS NULL
                     ORDER BY id LIMIT %s) AS batch) AS numbered
     WHERE entry.id = numbered.id
"""


class Difference(NamedTuple):
    """One petition's numbers, taken at one moment, that have to agree."""

    petition: str
    tally: int
    counted: int  # the ledger as far as it has positions
    ledger: int  # the whole ledger
    confirmed: int  # signatures that count, and those that did until they were destroyed

    @property
    def is_zero(self) -> bool:
        """Whether the tally is the counted ledger, and the ledger the confirmed signatures."""
        return self.tally == self.counted and self.ledger == self.confirmed


def record(signature: Signature, value: int) -> None:
    """Write to the ledger that a signature counts (+1) or no longer counts (−1).

    To be called in the transaction that moves the signature.
    """
    record_many([signature], value)


def record_many(signatures: Iterable[Signature], value: int) -> None:
    """Write the same of many signatures, in the transaction that moves them."""
    LedgerEntry.objects.bulk_create(
        LedgerEntry(
            petition_id=signature.petition_id,
            country=signature.country,
            value=value,
            leaf=new_leaf(),
        )
        for signature in signatures
    )


def new_leaf() -> bytes:
    """The leaf of a new entry: of a random number, so that it tells nothing of anybody."""
    return leaf_hash(secrets.token_bytes(32))


def leaf_hash(entry: bytes) -> bytes:
    """The hash of a Merkle tree's leaf (RFC 9162, section 2.1.1)."""
    return hashlib.sha256(b"\x00" + entry).digest()


def count_all() -> int:
    """Add what is new in the ledger to every tally; returns how many entries were added."""
    waiting = LedgerEntry.objects.filter(position=None).values_list("petition_id", flat=True)
    return sum(count(petition_id) for petition_id in waiting.distinct())


def count(petition_id: int) -> int:
    """Add one batch of a petition's new entries to its tally; returns how many.

    Returns 0 where another worker is counting this petition now.
    """
    Tally.objects.get_or_create(petition_id=petition_id)
    with transaction.atomic():
        # The row lock makes it one at a time; whoever comes second goes on to something else.
        # SQLite needs none: its transactions that write come one after another.
        unlocked = Tally.objects.select_for_update(
            skip_locked=connection.features.has_select_for_update_skip_locked
        )
        if not (tally := unlocked.filter(petition_id=petition_id).first()):
            return 0
        before = tally.entries_count
        with connection.cursor() as cursor:
            cursor.execute(_GIVE_POSITIONS, [before, petition_id, BATCH_COUNT])
        _add_up(tally, _entries(petition_id).filter(position__gte=before))
        tally.save()
        _reach_milestones(tally)
    return tally.entries_count - before


def differences() -> list[Difference]:
    """Compare every tally with the ledger, and the ledger with the confirmed signatures.

    One statement, so that all numbers are of one moment, however many are signing.
    """
    ledger = LedgerEntry.objects.filter(petition=OuterRef("pk"))
    signatures = Signature.objects.filter(petition=OuterRef("pk")).counting()
    rows = Petition.objects.order_by("slug").values_list(
        "slug",
        Coalesce("tally__total", 0),
        _total(ledger.filter(position__isnull=False), Sum("value")),
        _total(ledger, Sum("value")),
        _total(signatures, Count("pk")) + Coalesce("destruction__counted_count", 0),
    )
    return [Difference(*row) for row in rows]


def _total(rows: QuerySet, aggregate: Aggregate) -> Coalesce:
    grouped = rows.order_by().values("petition").annotate(total=aggregate)
    return Coalesce(Subquery(grouped.values("total")), 0)


@transaction.atomic
def mend(petition_id: int) -> None:
    """Make the tally again from the whole ledger."""
    tally, _ = Tally.objects.select_for_update().get_or_create(petition_id=petition_id)
    tally.total, tally.entries_count, tally.by_country = 0, 0, {}
    _add_up(tally, _entries(petition_id))
    tally.save()


def _entries(petition_id: int) -> QuerySet:
    return LedgerEntry.objects.filter(petition_id=petition_id, position__isnull=False)


def _add_up(tally: Tally, entries: QuerySet) -> None:
    by_country = Counter(tally.by_country)
    sums = entries.values("country").annotate(sum=Sum("value")).order_by()
    for country, value in sums.values_list("country", "sum"):
        by_country[country] += value
        tally.total += value
    tally.by_country = {country: n for country, n in by_country.items() if n}
    tally.entries_count += entries.count()


def _reach_milestones(tally: Tally) -> None:
    Milestone.objects.filter(
        petition_id=tally.petition_id, reached_on=None, count__lte=tally.total
    ).update(reached_on=timezone.now().date())
