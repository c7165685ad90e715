"""What happens behind the pages: letters leave, entries are counted, and both while people sign."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from urllib.parse import quote

from tests.load import busy, rows, sink
from tests.load.journey import ROOT, Site, is_listening, leaving_count, tally, wait_until
from tests.load.wrk import SLUG, Run, written, wrk

LETTERS_COUNT = 5000
ENTRIES_COUNT = 1_000_000
CONNECTIONS = (4, 16, 64)
CONFIRMATIONS_PER_SECOND = 1000  # more than a step can use up


def worker(site: Site, data: Path, seconds: int) -> None:
    """How many letters a second one worker sends, over a real connection."""
    rows.empty_outbox()
    rows.add_letters(SLUG, LETTERS_COUNT)
    with working() as port:
        wait_until(lambda: leaving_count() == 0, "all letters have left")
        taken = sink.taken(port)
        megabytes = busy.peak_megabytes("manage.py work")
    per_second = (taken.count - 1) / (taken.last_at - taken.first_at)
    print(
        f"worker: {taken.count:,} letters, {per_second:,.0f} a second, {megabytes} MB.", flush=True
    )


def count(site: Site, data: Path, seconds: int) -> None:
    """How long a million entries take that wait to be counted."""
    from petitions import counting

    rows.add_entries(SLUG, ENTRIES_COUNT)
    started, counted = time.perf_counter(), 0
    while added := counting.count_all():
        counted += added
    print(f"tally: {counted:,} entries in {time.perf_counter() - started:.1f} s.", flush=True)


def mixed(site: Site, data: Path, seconds: int) -> None:
    """95 of 100 read the page or ask for the number, the others sign or confirm; ever more."""
    from petitions import counting

    print(
        "\n| connections | requests a second | signed | mailed | confirmed | p50 ms | p99 ms "
        "| count behind at most s |\n|---|---|---|---|---|---|---|---|"
    )
    extra = f"&shown_at={quote(site.shown_at(SLUG))}"
    rows.empty_outbox()
    while counting.count_all():
        pass
    with working() as port:
        for connections in CONNECTIONS:
            tokens = rows.pending(SLUG, seconds * CONFIRMATIONS_PER_SECOND)
            file = written(data, [f"/signatures/{token}/confirm/" for token in tokens])
            mark = f"m{time.time_ns():x}n"
            before, started = Standing.now(port), time.perf_counter()
            with watching_the_count() as behind:
                arguments = ("mixed", f"/petitions/{SLUG}/", mark, extra, file)
                run = wrk(site, seconds, *arguments, connections=connections)
                took = time.perf_counter() - started
                after = Standing.now(port)
            print(step(connections, run, before, after, took, behind), flush=True)
    megabytes = {name: busy.peak_megabytes(name) for name in ("gunicorn", "manage.py work")}
    print(f"\nPeak memory of a web process {megabytes['gunicorn']} MB, of the worker "
          f"{megabytes['manage.py work']} MB.", flush=True)  # fmt: skip


class Standing:
    """How many have signed, got their letter and confirmed."""

    def __init__(self, signed: int, mailed: int, confirmed: int) -> None:
        self.signed, self.mailed, self.confirmed = signed, mailed, confirmed

    @classmethod
    def now(cls, port: int) -> "Standing":
        """As it is at this moment. Numbers that were given, since to count rows takes too long."""
        return cls(
            rows.last_number("petitions_signature"),
            sink.taken(port).count,
            rows.last_number("petitions_ledgerentry"),
        )


def step(
    connections: int, run: Run, before: Standing, after: Standing, took: float, behind: list[float]
) -> str:
    """A line of the table. Ends where an answer was not as it must be."""
    if run.errors or set(run.statuses) - {"200", "303"}:
        raise SystemExit(f"mixed: {run.errors} errors, statuses {run.statuses}")
    names = ("signed", "mailed", "confirmed")
    per_second = [(getattr(after, name) - getattr(before, name)) / took for name in names]
    cells = [f"{connections}", f"{run.per_second:,.0f}", *(f"{n:,.0f}" for n in per_second)]
    cells += [f"{run.p50_ms:.1f}", f"{run.p99_ms:.1f}", f"{max(behind, default=0):.1f}"]
    return f"| {' | '.join(cells)} |"


@contextmanager
def watching_the_count() -> Iterator[list[float]]:
    """Look twice a second how old the public number is."""
    behind: list[float] = []
    stop = Event()
    thread = Thread(target=_watch, args=(behind, stop))
    thread.start()
    try:
        yield behind
    finally:
        stop.set()
        thread.join()


def _watch(behind: list[float], stop: Event) -> None:
    from django.db import connection

    confirmed = rows.last_number("petitions_ledgerentry")
    offset = confirmed - tally(SLUG)
    seen = [(time.monotonic(), confirmed)]
    while not stop.wait(0.5):
        counted, now = tally(SLUG) + offset, time.monotonic()
        seen.append((now, rows.last_number("petitions_ledgerentry")))
        # As old as the first moment at which there was more than is counted now.
        late = [moment for moment, there in seen if there > counted]
        behind.append(now - late[0] if late else 0)
    connection.close()


@contextmanager
def working() -> Iterator[int]:
    """A worker and a mail server for it, until the end; yields the port of the latter."""
    port = int(os.environ["EMAIL_URL"].rpartition(":")[2])
    with sink.running(port):
        wait_until(lambda: is_listening(port), "mail is taken")
        process = subprocess.Popen([sys.executable, "manage.py", "work"], cwd=ROOT)
        try:
            yield port
        finally:
            process.terminate()
            process.wait(60)
