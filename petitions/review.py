"""What stands out among the signatures of a petition, without looking at people?

They are grouped by the hour in which they came, by the kind of mail provider and by the network's
bucket of the day. A group of fewer than five is nowhere shown and can't be chosen, so that nobody
is singled out here. Only what still has its clues is looked at: see `retention.forget_clues`.
"""

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from statistics import median

from django.conf import settings
from django.db.models import Count, Max, Q, QuerySet
from django.utils import timezone

from petitions.models import Petition, Signature

SMALLEST_GROUP = 5
# A mark is a reason to look, so it had better be rare: the rule is said in words on the page.
SMALLEST_MARKED = 20
FAR_IN_SPREADS = 6
FAR_IN_TIMES = 3
FAR_IN_RATE = 0.25
FEWEST_TO_COMPARE = 5
# A share of at least so much is taken for the others', so that a rare thing is no surprise.
_LEAST_RATE = 0.05

HOURS, CLASSES, NETWORKS = "hours", "classes", "networks"
KINDS = (HOURS, CLASSES, NETWORKS)
_COUNTS = {
    "signed": Count("pk"),
    "confirmed": Count("confirmed_on"),
    "counting": Count(
        "pk", filter=Q(confirmed_on__isnull=False, standing=Signature.Standing.COUNTS)
    ),
    "held": Count("pk", filter=Q(standing=Signature.Standing.HELD)),
    "removed": Count("pk", filter=Q(standing=Signature.Standing.REMOVED)),
}


@dataclass
class Group:
    """Signatures that have one thing in common: an hour, a kind of provider, a bucket."""

    key: str
    signed: int
    confirmed: int
    counting: int
    held: int
    removed: int
    is_many: bool = False
    is_odd_rate: bool = False

    @property
    def pending_rate(self) -> float:
        """The share whose letter was not answered, from 0 to 1."""
        return 1 - self.confirmed / self.signed if self.signed else 0

    @property
    def pending_percent(self) -> int:
        """The same, for a table."""
        return round(100 * self.pending_rate)

    @property
    def is_marked(self) -> bool:
        """Whether it stands out in any way."""
        return self.is_many or self.is_odd_rate

    @property
    def day(self) -> str:
        """The day that it is of, where it is of one."""
        return self.key[:10] if self.key[:2] == "20" else ""

    def is_settled(self, now: datetime) -> bool:
        """Whether most who will answer their letter have done so: a day after an hour."""
        hour = datetime.strptime(self.key, "%Y-%m-%d %H").replace(tzinfo=UTC)
        return hour < now - timedelta(days=1)


@dataclass
class Review:
    """All groups of a petition by kind; of those too small to be shown, how many there are."""

    total: int = 0
    groups: dict[str, list[Group]] = field(default_factory=dict)
    others: dict[str, int] = field(default_factory=dict)

    def keys(self, kind: str) -> set[str]:
        """What may be chosen."""
        return {group.key for group in self.groups[kind]}


def reviewed(petition: Petition) -> QuerySet[Signature]:
    """The signatures of a petition that still have their clues."""
    since = timezone.now().date() - timedelta(days=settings.REVIEW_DAYS)
    return Signature.objects.filter(
        petition=petition, signed_on__gte=since, signed_hour__isnull=False
    )


def look(petition: Petition) -> Review:
    """Count everything and mark what stands out. Two statements, since each reads all rows."""
    review = Review()
    for kind, groups in _all_groups(petition).items():
        mark(kind, groups, timezone.now())
        large = [group for group in groups if group.signed >= SMALLEST_GROUP]
        total = sum(group.signed for group in groups)
        review.groups[kind] = large
        review.others[kind] = total - sum(group.signed for group in large)
        review.total = max(review.total, total)
    return review


def _all_groups(petition: Petition) -> dict[str, list[Group]]:
    rows = reviewed(petition).order_by()
    by_hour: dict[str, Group] = {}
    by_class: dict[str, Group] = {}
    for day, hour, name, *counts in _count(rows, "signed_on", "signed_hour", "mail_class"):
        _add(by_hour, f"{day.isoformat()} {hour:02}", counts)
        _add(by_class, name or "unknown", counts)
    networks = _count(rows.exclude(network_bucket=None), "signed_on", "network_bucket")
    by_network = [Group(f"{day.isoformat()} {number}", *n) for day, number, *n in networks]
    return {HOURS: list(by_hour.values()), CLASSES: list(by_class.values()), NETWORKS: by_network}


def _count(rows: QuerySet[Signature], *fields: str) -> Iterable[tuple]:
    return rows.values_list(*fields).annotate(**_COUNTS).iterator()


def _add(groups: dict[str, Group], key: str, counts: list[int]) -> None:
    group = groups.setdefault(key, Group(key, 0, 0, 0, 0, 0))
    for name, number in zip(_COUNTS, counts, strict=True):
        setattr(group, name, getattr(group, name) + number)


# --- What stands out ------------------------------------------------------------------------------


def mark(kind: str, groups: list[Group], now: datetime) -> None:
    """Mark groups that are much larger than the others, or far from the others' pending rate."""
    # Most people are with a few large providers, and what is thrown away is held already.
    alike = [g for g in groups if kind != CLASSES or g.key.startswith("other")]
    limit = far_above([group.signed for group in alike])
    for group in alike:
        group.is_many = limit is not None and group.signed >= limit
    _mark_rates(kind, groups, now)


def far_above(counts: list[int]) -> float | None:
    """From how many on a group is much larger than the others; None where there are too few.

    Six spreads above the median and three times the median. The spread is the median distance
    from the median (as large as a standard deviation where that has a meaning), and no less than
    chance alone would make it. Neither is moved by the few groups that are sought.
    """
    if len(counts) < FEWEST_TO_COMPARE:
        return None
    middle = median(counts)
    spread = max(1.4826 * median(abs(n - middle) for n in counts), math.sqrt(middle), 1)
    return max(SMALLEST_MARKED, middle + FAR_IN_SPREADS * spread, FAR_IN_TIMES * middle)


def _mark_rates(kind: str, groups: list[Group], now: datetime) -> None:
    """Compare each with the others of its day: how many have answered depends on the time since.

    Hours are compared once they are a day old.
    """
    signed, pending = defaultdict(int), defaultdict(int)
    for group in groups:
        signed[group.day] += group.signed
        pending[group.day] += group.signed - group.confirmed
    for group in groups:
        if kind == HOURS and not group.is_settled(now):
            continue
        others = signed[group.day] - group.signed
        if min(group.signed, others) >= SMALLEST_MARKED:
            rate = (pending[group.day] - group.signed + group.confirmed) / others
            group.is_odd_rate = _is_far(group.pending_rate, rate, group.signed)


def _is_far(rate: float, usual: float, count: int) -> bool:
    """Whether a share is far from the usual one, and by more than chance would have it."""
    safe = min(max(usual, _LEAST_RATE), 1 - _LEAST_RATE)
    by_chance = math.sqrt(safe * (1 - safe) / count)
    return abs(rate - usual) >= max(FAR_IN_RATE, FAR_IN_SPREADS * by_chance)


# --- Choosing -------------------------------------------------------------------------------------


def newest_id(petition: Petition) -> int:
    """The newest signature: what comes later is not meant by what is decided now."""
    return reviewed(petition).aggregate(newest=Max("pk"))["newest"] or 0


def chosen(petition: Petition, criteria: dict[str, list[str]]) -> QuerySet[Signature]:
    """The signatures that groups have in common: any of the hours, and any of the classes, …"""
    rows = reviewed(petition)
    if hours := criteria.get(HOURS):
        rows = rows.filter(_on_days("signed_hour", hours))
    if networks := criteria.get(NETWORKS):
        rows = rows.filter(_on_days("network_bucket", networks))
    if classes := criteria.get(CLASSES):
        rows = rows.filter(mail_class__in=["" if name == "unknown" else name for name in classes])
    return rows


def _on_days(field_name: str, keys: Iterable[str]) -> Q:
    numbers = defaultdict(list)
    for key in keys:
        day, _, number = key.partition(" ")
        numbers[date.fromisoformat(day)].append(int(number))
    condition = Q()
    for day, of_that_day in sorted(numbers.items()):
        condition |= Q(signed_on=day, **{f"{field_name}__in": of_that_day})
    return condition
