"""All at once: people read, sign, confirm, letters leave, and all of it is counted.

Of 100 requests 95 read the petition's page or ask for its number, the others sign or confirm, half
and half; over ever more connections. Once without a proxy, and once through nginx as people install
it. What the cores were spent on stands beside, the asking itself included.
"""

import os
import shutil
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from urllib.parse import quote

from tests.load import busy, front, rows, sink
from tests.load.behind import working
from tests.load.journey import BIN, ROOT, Site, free_port, tally
from tests.load.wrk import SLUG, Run, written, wrk

CONNECTIONS = (4, 16, 64, 128)
CONFIRMATIONS_PER_SECOND = 500  # more than a step can use up
OF_REQUESTS_SIGN = 40  # one in so many, and as many confirm; see wrk.lua
PAGE = f"/petitions/{SLUG}/"
COLUMNS = (
    *("connections", "requests/s", "signed/s", "mailed/s", "confirmed/s", "p50 ms", "p99 ms"),
    *("p99.95 ms", "errors", "count behind at most s"),
    *(f"cores: {name}" for name in busy.WHO),
)


def without_proxy(site: Site, data: Path, seconds: int) -> None:
    """Everything asked of the web processes themselves."""
    print("\nAll at once, without a proxy:")
    rise(site, data, seconds)


def behind_nginx(site: Site, data: Path, seconds: int) -> None:
    """Everything asked of nginx, which keeps what is for everybody for a second."""
    if not shutil.which("nginx"):
        print("\nAll at once behind nginx: left out, nginx is not here.")
        return
    with ExitStack() as stack:
        port, page_port = free_port(), free_port()
        doors = f"127.0.0.1:{port},127.0.0.1:{page_port}"
        environment = os.environ | {"BIND": doors, "BEHIND_PROXY": "1"}
        # Five web processes together weigh half of what the worker does, as by the CPUWeight of
        # their units (deploy/systemd).
        command = ["nice", "-n", "10", str(BIN / "gunicorn"), "advocacy.wsgi"]
        web = subprocess.Popen(command, cwd=ROOT, env=environment)
        stack.callback(web.wait, 30)
        stack.callback(web.terminate)
        Site(port, 1).wait_until_open(SLUG)
        door = stack.enter_context(front.running([port], [page_port]))
        print("\nAll at once, behind nginx:")
        rise(Site(door.port, 1), data, seconds)


def rise(site: Site, data: Path, seconds: int) -> None:
    """Ever more connections; a line of the table for each."""
    from petitions import counting

    print(f"\n| {' | '.join(COLUMNS)} |\n{'|---' * len(COLUMNS)}|")
    extra = f"&shown_at={quote(site.shown_at(SLUG))}"
    while counting.count_all():
        pass
    busy.homes.add(os.environ["DATABASE_URL"].partition("host=")[2])
    errors_count = 0
    with working() as mail_port:
        for number, connections in enumerate((CONNECTIONS[-1], *CONNECTIONS)):
            # First for a moment, for each process to load its code.
            lasting = seconds if number else 2
            rows.empty_outbox()
            tokens = rows.pending(SLUG, lasting * CONFIRMATIONS_PER_SECOND)
            file = written(data, [f"/signatures/{token}/confirm/" for token in tokens])
            arguments = ("mixed", PAGE, f"m{time.time_ns():x}n", extra, file)
            before = Standing.now(mail_port)
            with watching_the_count() as behind:
                run = wrk(site, lasting, *arguments, connections=connections)
                after = Standing.now(mail_port)
            errors_count += run.errors
            if number:
                print(line(connections, run, before, after, behind), flush=True)
        megabytes = {name: busy.peak_megabytes(name) for name in ("gunicorn", "manage.py work")}
    print(f"\nPeak memory of a web process {megabytes['gunicorn']} MB, of the worker "
          f"{megabytes['manage.py work']} MB.", flush=True)  # fmt: skip
    if errors_count:
        raise SystemExit(f"mixed: {errors_count} errors.")


@dataclass
class Standing:
    """How many have signed, got their letter and confirmed, and what that has cost so far."""

    at: float
    signed: int
    mailed: int
    confirmed: int
    spent: Counter[str]  # seconds of the processor, by program

    @classmethod
    def now(cls, mail_port: int) -> "Standing":
        """As it is at this moment. Numbers that were given, since to count rows takes too long."""
        return cls(
            time.perf_counter(),
            rows.last_number("petitions_signature"),
            sink.taken(mail_port).count,
            rows.last_number("petitions_ledgerentry"),
            busy.seconds_by_program(),
        )


def line(connections: int, run: Run, before: Standing, after: Standing, behind: list[float]) -> str:
    """A line of the table. Ends where fewer signed or confirmed than were told so."""
    took = after.at - before.at
    names = ("signed", "mailed", "confirmed")
    done = {name: getattr(after, name) - getattr(before, name) for name in names}
    # Each connection may still wait for its last answer.
    least = 0.9 * run.per_second * took / OF_REQUESTS_SIGN - connections
    if not run.errors and min(done["signed"], done["confirmed"]) < least:
        raise SystemExit(f"mixed: {done}, where {least:.0f} were asked for.")
    per_second = [done[name] / took for name in names]
    cells = [f"{connections}", f"{run.per_second:,.0f}", *(f"{n:,.0f}" for n in per_second)]
    cells += [f"{n:.1f}" for n in (run.p50_ms, run.p99_ms, run.p99_95_ms)]
    cells += [f"{run.errors}", f"{max(behind, default=0):.1f}"]
    spent = after.spent - before.spent
    cells += [f"{spent[name] / took:.2f}" for name in busy.WHO]
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
