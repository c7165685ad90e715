"""What Prometheus asks for at `/metrics`, whoever brings the token.

Sums of what all processes of this machine counted (petitions/measured.py), and what is asked of
database, cache, disk and kernel at this moment. What can't be asked is left out, and an `_up` says
so.
"""

import hmac
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, InterfaceError, connection
from django.db.models import Min
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry, exposition
from prometheus_client.core import GaugeMetricFamily, Metric

from petitions import measured, sealing
from petitions.management.commands.work import COUNTED_KEY, SEEN_KEY
from petitions.models import Delivery, LedgerEntry, Letter

PROC = Path("/proc")
# What stands in the command of each of our programs.
_PROGRAMS = {"web": b"advocacy.wsgi", "work": b"manage.py\0work"}


@require_safe
@cache_control(no_store=True)
def metrics(request: HttpRequest) -> HttpResponse:
    """All numbers, in Prometheus' text format."""
    if not settings.METRICS_TOKEN:
        raise Http404
    if not _has_token(request):
        return HttpResponse(
            "Bring the token: Authorization: Bearer …\n",
            status=401,
            headers={"WWW-Authenticate": "Bearer"},
            content_type="text/plain; charset=utf-8",
        )
    text = exposition.generate_latest(measured.sums()) + exposition.generate_latest(_now())
    return HttpResponse(text, content_type=exposition.CONTENT_TYPE_PLAIN_0_0_4)


def _has_token(request: HttpRequest) -> bool:
    kind, _blank, token = request.headers.get("Authorization", "").partition(" ")
    is_it = hmac.compare_digest(token.strip().encode(), settings.METRICS_TOKEN.encode())
    return is_it and kind.lower() == "bearer"


def _now() -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(_Now())
    return registry


class _Now:
    """What is so at this moment."""

    def collect(self) -> Iterator[Metric]:
        """Ask each, and go on where one does not answer."""
        yield from _database()
        yield from _worker()
        yield from _disks()
        yield from _memory()
        yield _gauge("keys_missing", "Keys that the site can't do without.", _missing_keys_count())


def _gauge(name: str, help_text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"advocacy_{name}", help_text, value=value)


def _database() -> Iterator[Metric]:
    began = time.perf_counter()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        seconds = time.perf_counter() - began
        found = [*_mails(), _ledger()]
    except (DatabaseError, InterfaceError):
        yield _gauge("database_up", "Whether the database answers.", 0)
        return
    yield _gauge("database_up", "Whether the database answers.", 1)
    yield _gauge("database_seconds", "How long it took to answer.", seconds)
    yield from found


def _mails() -> Iterator[Metric]:
    now = timezone.now()
    due = _family("mails_due", "What should have left by now.", "kind")
    age = _family("mails_due_seconds", "How long the oldest of it has been due.", "kind")
    given_up = _family("mails_given_up", "What no mail server took.", "kind")
    for kind, model in (("letter", Letter), ("update", Delivery)):
        leaving = model.objects.leaving(now)
        oldest = leaving.aggregate(Min("send_after"))["send_after__min"]
        due.add_metric([kind], leaving.count())
        age.add_metric([kind], (now - oldest).total_seconds() if oldest else 0)
        given_up.add_metric([kind], model.objects.refused().count())
    yield from (due, age, given_up)


def _ledger() -> Metric:
    waiting_count = LedgerEntry.objects.filter(position=None).count()
    return _gauge("ledger_waiting", "Entries that are not in a public number yet.", waiting_count)


def _worker() -> Iterator[Metric]:
    try:
        seen_at, counted_at = cache.get(SEEN_KEY), cache.get(COUNTED_KEY)
    except Exception:  # of whichever library the cache is
        yield _gauge("cache_up", "Whether the shared cache answers.", 0)
        return
    yield _gauge("cache_up", "Whether the shared cache answers.", 1)
    # Where nobody has left a moment, it is 0: long ago, so that an alert needs no second rule.
    yield _gauge("worker_seen_at", "When a worker last began a round.", seen_at or 0)
    yield _gauge("counted_at", "Up to when all is in the public numbers.", counted_at or 0)


def _disks() -> Iterator[Metric]:
    free = _family("disk_free_bytes", "Room left where a folder is.", "folder")
    size = _family("disk_bytes", "All the room there.", "folder")
    for name in ("DATA_DIR", "KEYS_DIR"):
        try:
            space = shutil.disk_usage(getattr(settings, name))
        except OSError:
            continue
        free.add_metric([name], space.free)
        size.add_metric([name], space.total)
    yield from (free, size)


def _memory() -> Iterator[Metric]:
    """Of our programs on this machine that the kernel lets us see; a container sees its own."""
    memory = _family("memory_bytes", "Memory in use, by program.", "program")
    count = _family("processes", "Processes, by program.", "program")
    for program, mark in _PROGRAMS.items():
        found = [_resident_bytes(folder) for folder in PROC.glob("[0-9]*") if _runs(folder, mark)]
        memory.add_metric([program], sum(found))
        count.add_metric([program], len(found))
    yield from (memory, count)


def _runs(folder: Path, mark: bytes) -> bool:
    try:
        is_ours = folder.stat().st_uid == os.geteuid()
        return is_ours and mark in (folder / "cmdline").read_bytes()
    except OSError:  # it has ended
        return False


def _resident_bytes(folder: Path) -> int:
    try:
        return int((folder / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError):
        return 0


def _missing_keys_count() -> int:
    return len(sealing.missing_keys())


def _family(name: str, help_text: str, label: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"advocacy_{name}", help_text, labels=[label])
