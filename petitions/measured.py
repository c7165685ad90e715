"""Numbers for whoever runs the site, counted as things happen: how many, and never who.

Nothing is counted apart by petition, network or person. Each process counts in a file of its own
in the machine's memory, and `/metrics` adds the files up. A process that ends leaves its file to
the next one: so there are no more files than there were processes at once, and no sum goes down.
"""

import fcntl
import functools
import itertools
import logging
import os
from typing import TextIO

from django.conf import settings
from prometheus_client import CollectorRegistry, Counter, values
from prometheus_client.metrics import MetricWrapperBase
from prometheus_client.multiprocess import MultiProcessCollector

log = logging.getLogger("petitions.measured")

# Without a token nobody can ask, so nothing is shared and nothing written.
IS_SHARED = bool(settings.METRICS_TOKEN)
FILE_BYTES = 128 * 1024

REGISTRY = CollectorRegistry()
# All have a label: what has none would open its file in every command that only imports us.
SIGNATURES = Counter(
    "advocacy_signatures", "Forms that were taken, and signatures that count since.",
    ["step"], registry=REGISTRY,
)  # fmt: skip
MAILS = Counter(
    "advocacy_mails", "Letters and updates, by what the mail server said.",
    ["kind", "outcome"], registry=REGISTRY,
)  # fmt: skip
OBSTACLES = Counter(
    "advocacy_obstacles", "How often the guard asked for a calculation or a wait.",
    ["act"], registry=REGISTRY,
)  # fmt: skip

_place: dict[int, tuple[str, TextIO]] = {}  # by process: its number, and the lock on it
_has_failed = False


def note(metric: MetricWrapperBase, *labels: object, value: float = 1) -> None:
    """Count one, or observe a value. What can't be counted keeps nobody from anything."""
    global _has_failed
    if _has_failed:
        return
    try:
        _share()
        child = _child(metric, *labels)
        child.inc(value) if isinstance(child, Counter) else child.observe(value)
    except Exception as error:
        _has_failed = True  # else every request would say so
        log.error("not measured", exc_info=error)


@functools.cache
def _child(metric: MetricWrapperBase, *labels: object) -> MetricWrapperBase:
    # The library looks for it behind a lock; there are no more of them than we have words for.
    return metric.labels(*labels)


def sums() -> CollectorRegistry:
    """All that was counted on this machine, by whichever process."""
    if not IS_SHARED:
        return REGISTRY
    _share()
    registry = CollectorRegistry()
    MultiProcessCollector(registry, str(settings.METRICS_DIR))
    return registry


@functools.cache
def _share() -> None:
    """Let the library count in files, by numbers of ours.

    By its own, those of the processes, each process would leave its files for ever.
    """
    if not IS_SHARED:
        return
    settings.METRICS_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(settings.METRICS_DIR)
    values.ValueClass = values.MultiProcessValue(_number)


def _number() -> str:
    """The least number that no other living process has; the kernel frees it when we end."""
    if held := _place.get(os.getpid()):
        return held[0]
    _place.clear()  # of the process that we were forked from, which keeps it
    for number in itertools.count():
        lock = (settings.METRICS_DIR / f"{number}.lock").open("a")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            continue
        _make_room(str(number))
        _place[os.getpid()] = (str(number), lock)
        return str(number)


def _make_room(number: str) -> None:
    # A page of a mapped file that finds no room kills the process: so it is asked for before.
    for kind in ("counter", "histogram"):
        with (settings.METRICS_DIR / f"{kind}_{number}.db").open("ab") as file:
            os.posix_fallocate(file.fileno(), 0, FILE_BYTES)
