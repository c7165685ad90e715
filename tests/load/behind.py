"""What happens behind the pages: letters leave, and entries are counted."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.load import busy, rows, sink
from tests.load.journey import ROOT, Site, is_listening, leaving_count, wait_until
from tests.load.wrk import SLUG

LETTERS_COUNT, ROUNDS = 2000, 5
ENTRIES_COUNT = 1_000_000


def worker(site: Site, data: Path, seconds: int) -> None:
    """How many letters a second one worker sends, over a real connection."""
    speeds = []
    for _ in range(ROUNDS):
        rows.empty_outbox()
        rows.add_letters(SLUG, LETTERS_COUNT)
        with working() as port:
            speeds.append(letters_per_second(port))
            megabytes = busy.peak_megabytes("manage.py work")
    least, middle, most = min(speeds), statistics.median(speeds), max(speeds)
    print(
        f"worker: {LETTERS_COUNT:,} letters, a second: {least:,.0f} / **{middle:,.0f}** / "
        f"{most:,.0f}; {megabytes} MB.",
        flush=True,
    )


def letters_per_second(mail_port: int) -> float:
    """How fast the letters leave that wait, once workers are at it."""
    wait_until(lambda: leaving_count() == 0, "all letters have left")
    taken = sink.taken(mail_port)
    return (taken.count - 1) / (taken.last_at - taken.first_at)


def count(site: Site, data: Path, seconds: int) -> None:
    """How long a million entries take that wait to be counted."""
    from django.db import connection

    from petitions import counting

    rows.add_entries(SLUG, ENTRIES_COUNT)
    started, counted = time.perf_counter(), 0
    while added := counting.count_all():
        counted += added
    seconds_spent = time.perf_counter() - started
    print(f"tally: {counted:,} entries in {seconds_spent:.1f} s.", flush=True)
    with connection.cursor() as cursor:  # or PostgreSQL does it beside what is measured next
        cursor.execute("VACUUM ANALYZE petitions_ledgerentry")


@contextmanager
def working(workers_count: int = 1) -> Iterator[int]:
    """Workers and a mail server for them, until the end; yields the port of the latter."""
    port = int(os.environ["EMAIL_URL"].rpartition(":")[2])
    with sink.running(port):
        wait_until(lambda: is_listening(port), "mail is taken")
        command = [sys.executable, "manage.py", "work"]
        processes = [subprocess.Popen(command, cwd=ROOT) for _ in range(workers_count)]
        try:
            yield port
        finally:
            for process in processes:
                process.terminate()
            for process in processes:
                process.wait(60)
