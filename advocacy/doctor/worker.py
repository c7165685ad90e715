"""Is a worker there that sends, counts and forgets?"""

import time
from collections.abc import Iterator

from django.core.cache import cache

from advocacy.doctor.finding import Finding, ok, warn
from petitions.management.commands.work import SEEN_KEY
from petitions.models import LedgerEntry

UNSEEN_SECONDS = 120
MANY_ENTRIES_COUNT = 5000


def look() -> Iterator[Finding]:
    """When one was last seen, and what waits for it."""
    seen = heartbeat(cache.get(SEEN_KEY), time.time())
    yield seen
    yield ledger(LedgerEntry.objects.filter(position=None).count(), seen.level == "ok")


def heartbeat(seen_at: float | None, now: float) -> Finding:
    """When a worker last began a round, by what it leaves in the cache."""
    if seen_at is None:
        return warn("no worker has been seen for an hour", "systemctl start advocacy-work")
    age = max(0, round(now - seen_at))
    if age <= UNSEEN_SECONDS:
        return ok(f"a worker was seen {age} seconds ago")
    return warn(
        f"no worker has been seen for {age // 60} minutes",
        "systemctl start advocacy-work; if it runs, journalctl -u advocacy-work says what keeps it "
        "(a slow mail server can, for five minutes).",
    )


def ledger(waiting_count: int, is_worker_seen: bool) -> Finding:
    """What is not yet in the public number. Entries have no time, on purpose: only how many."""
    words = f"{waiting_count} ledger entries are not counted yet"
    if waiting_count > MANY_ENTRIES_COUNT or (waiting_count and not is_worker_seen):
        return warn(words, "The worker counts them: see above, and ask again in a minute.")
    return ok(words)
