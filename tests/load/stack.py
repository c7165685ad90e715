"""More than one machine: what does each part that can be added bring? Prints ratios, in markdown.

Starts PostgreSQL and the site, measures pages and signatures through the front door, then adds one
part after the other: nginx that keeps pages for a second, Valkey or Redis as the cache between
machines, PgBouncer in transaction mode, a streaming replica for pages, a second machine's web
processes, a second worker. With all of them a crowd signs beside slow clients, and the numbers must
agree. The machines share the cores of this one: so what is seen is what each part costs or saves,
not what more cores would bring.

    make stack                                or
    .venv/bin/python -m tests.load.stack [--seconds 3] [--rounds 3] [--letters 2000]
"""

import argparse
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import quote

from advocacy.memory_cache import folder_for
from tests import postgres, redis_server
from tests.load import behind, busy, front, rows
from tests.load.crowd import Crowd, slow_clients
from tests.load.journey import (
    BIN,
    ROOT,
    Site,
    free_port,
    is_listening,
    make_petition,
    manage,
    set_environment,
    wait_until,
)
from tests.load.mailserver import MailServer
from tests.load.night import check, has_settled
from tests.load.wrk import Run, wrk

SLUG = "stack"
PAGE = f"/petitions/{SLUG}/"
CONNECTIONS = 8
WEB_PROCESSES = 3  # of each machine
CROWD_SECONDS = 30
CROWD_PER_SECOND = 40
SLOW_CLIENTS_COUNT = 100
WORKERS_COUNT = 2
MOST_MINUTES = 15  # then something hangs
OPTIONS = "-c listen_addresses='' -c max_connections=80"


class Stack:
    """The parts that run, and the way in."""

    def __init__(self, exits: ExitStack) -> None:
        self.exits = exits
        self.data = Path(exits.enter_context(tempfile.TemporaryDirectory(prefix="stack-")))
        exits.callback(shutil.rmtree, folder_for(self.data), ignore_errors=True)
        self.primary = postgres.Cluster(OPTIONS)
        exits.callback(self.primary.remove)
        self.primary.make()
        self.primary.start()
        busy.homes.add(str(self.primary.home))
        exits.callback(self.primary.stop)
        self.ports = [free_port(), free_port()]
        self.door, self.machines_count = self.ports[0], 1
        self.front: front.Front | None = None
        set_environment(self.data, self.primary.url, free_port(), self.ports[0])
        os.environ["WEB_CONCURRENCY"] = str(WEB_PROCESSES)
        manage("migrate", "--verbosity=0")
        manage("keys", "make", "--private-key-file", str(self.data / "private"))
        manage("collectstatic", "--noinput", "--verbosity=0")

    # --- The parts --------------------------------------------------------------------------------

    def bare(self) -> None:
        """One machine: web processes and PostgreSQL."""

    def nginx(self) -> None:
        """nginx, which keeps a page for a second and asks once when many want it."""
        self.front = self.exits.enter_context(front.running(self.ports[:1]))
        self.door = self.front.port
        os.environ["SITE_URL"] = f"http://localhost:{self.door}"
        os.environ["BEHIND_PROXY"] = "1"

    def cache(self) -> None:
        """One cache between machines, in memory, written to no disk."""
        port = free_port()
        self._run([redis_server.program(), "--port", str(port), "--save", "", "--appendonly", "no",
                   "--dir", str(self.data)], port)  # fmt: skip
        os.environ["CACHE_URL"] = f"redis://127.0.0.1:{port}/0"

    def pool(self) -> None:
        """PgBouncer, which lends a few connections for the length of a transaction each."""
        port, user = free_port(), self.primary.user
        settings = f"""
            [databases]
            postgres = host={self.primary.home} port=5432 user=postgres
            [pgbouncer]
            listen_addr = 127.0.0.1
            listen_port = {port}
            unix_socket_dir =
            auth_type = any
            pool_mode = transaction
            default_pool_size = 6
            max_client_conn = 200
            ignore_startup_parameters = extra_float_digits,options
        """
        # In a folder that its user may enter; it does not run as root.
        file = self.primary.home / "pool.ini"
        file.write_text(re.sub(r"^ +", "", settings, flags=re.M))
        self._run(["pgbouncer", "-q", str(file)], port, user=user, stderr=subprocess.DEVNULL)
        os.environ["DATABASE_URL"] = f"postgres://postgres@127.0.0.1:{port}/postgres"
        os.environ["DATABASE_POOLED"] = "1"

    def replica(self) -> None:
        """A copy of the database, which pages are made from."""
        copy = postgres.Cluster(OPTIONS)
        self.exits.callback(copy.remove)
        copy.follow(self.primary)
        busy.homes.add(str(copy.home))
        self.exits.callback(copy.stop)
        os.environ["DATABASE_REPLICA_URL"] = copy.url

    def second_machine(self) -> None:
        """Web processes of another machine, behind the same nginx."""
        self.machines_count = 2
        self.front.lead_to(self.ports)

    def _run(self, command: list[str], port: int, **options: object) -> None:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, **options)
        self.exits.callback(process.wait, 10)
        self.exits.callback(process.terminate)
        wait_until(lambda: is_listening(port), f"{Path(command[0]).name} listens")

    # --- The site ---------------------------------------------------------------------------------

    @contextmanager
    def running(self, workers_count: int = 0) -> Iterator[Site]:
        """Web processes and workers, with the settings of this moment; yields the way in."""
        web, processes = [str(BIN / "gunicorn"), "advocacy.wsgi"], []
        worker = [sys.executable, "manage.py", "work"]
        ports = self.ports[: self.machines_count]
        try:
            for port in ports:
                environment = os.environ | {"PORT": str(port)}
                processes.append(subprocess.Popen(web, cwd=ROOT, env=environment))
            processes += [subprocess.Popen(worker, cwd=ROOT) for _ in range(workers_count)]
            for port in [*ports, self.door]:
                Site(port, CONNECTIONS).wait_until_open(SLUG)
            yield Site(self.door, CONNECTIONS)
        finally:
            for process in processes:
                process.terminate()
            for process in processes:
                process.wait(40)


def main() -> None:
    """Add the parts, measure, and let a crowd try the whole; the status is 0 if all agreed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--letters", type=int, default=2000)
    options = parser.parse_args()
    missing = [name for name in ("wrk", "nginx", "pgbouncer") if not shutil.which(name)]
    if missing or not redis_server.program() or not postgres.programs():
        raise SystemExit("This needs wrk, nginx, pgbouncer, redis-server (or valkey-server) and "
                         "postgresql, of Debian's packages.")  # fmt: skip
    for number in (signal.SIGTERM, signal.SIGALRM):
        signal.signal(number, lambda *_: sys.exit("Stopped, or something hangs."))
    signal.alarm(MOST_MINUTES * 60)
    with ExitStack() as exits:
        stack = Stack(exits)
        import django

        django.setup()
        make_petition(SLUG)
        grow(stack, options)
        more_workers(options.letters)
        crowd(stack)


def grow(stack: Stack, options: argparse.Namespace) -> None:
    """Add the parts one by one, and measure with each."""
    parts: dict[str, Callable[[], None]] = {
        "one machine: gunicorn, PostgreSQL": stack.bare,
        "nginx, which keeps pages for a second": stack.nginx,
        "Redis in place of the machine’s own memory": stack.cache,
        "PgBouncer, in transaction mode": stack.pool,
        "a streaming replica for pages": stack.replica,
        "a second machine’s web processes": stack.second_machine,
    }
    print(f"{time.strftime('%Y-%m-%d %H:%M')}, {os.cpu_count()} cores for everything, "
          f"{WEB_PROCESSES} web processes a machine, {CONNECTIONS} connections.\n")  # fmt: skip
    print("| with | pages a second | to the one before | signatures a second | to the one before "
          "| ms of a core for one | others used |\n|---|---|---|---|---|---|---|")  # fmt: skip
    before: tuple[float, ...] | None = None
    for name, add in parts.items():
        add()
        with stack.running() as site, busy.watch() as others:
            now = measure(site, options)
        print(f"{row(name, now, before)} {others.percent:.0f} % |", flush=True)
        before = now


def measure(site: Site, options: argparse.Namespace) -> tuple[float, float, float]:
    """Pages and signatures a second through the door, and what one of the latter costs all parts
    together, in milliseconds of a core. Medians, once all are warm."""
    extra = f"&shown_at={quote(site.shown_at(SLUG))}"
    pages, signatures, costs = [], [], []
    for number in range(options.rounds + 1):
        seconds = options.seconds if number else 2
        pages.append(expect("200", wrk(site, seconds, "get", PAGE)))
        mark = f"s{time.time_ns():x}n{number}t"
        spent = busy.seconds_of_site()
        run = wrk(site, seconds, "form", f"{PAGE}sign/", mark, extra)
        spent = busy.seconds_of_site() - spent
        signatures.append(expect("303", run))
        costs.append(1000 * spent / (run.per_second * seconds))
    return tuple(statistics.median(found[1:]) for found in (pages, signatures, costs))


def expect(status: str, run: Run) -> float:
    """A run's speed, if nothing but this was answered."""
    if run.errors or set(run.statuses) != {status}:
        raise SystemExit(f"{run.errors} errors, statuses {run.statuses}")
    return run.per_second


def row(name: str, now: tuple[float, ...], before: tuple[float, ...] | None) -> str:
    """A line of the table, but for its end."""
    cells = [name]
    for number in (0, 1):
        ratio = f"{now[number] / before[number]:.2f}" if before else ""
        cells += [f"{now[number]:,.0f}", ratio]
    cells.append(f"{now[2]:.1f}")
    return f"| {' | '.join(cells)} |"


def more_workers(letters_count: int) -> None:
    """How much faster letters leave with a second worker."""
    os.environ["EMAIL_URL"] = f"smtp://127.0.0.1:{free_port()}"
    speeds = []
    for workers_count in (1, 2):
        rows.empty_outbox()
        rows.add_letters(SLUG, letters_count)
        with behind.working(workers_count) as port:
            speeds.append(behind.letters_per_second(port))
    one, two = speeds
    print(f"\nOne worker sends {one:,.0f} letters a second through all of it, two {two:,.0f}: "
          f"{two / one:.2f} ×.", flush=True)  # fmt: skip


def crowd(stack: Stack) -> None:
    """People sign through all of it, beside slow ones; afterwards the numbers agree."""
    from petitions.models import Letter, Signature

    # Those of the measuring have no mailbox.
    Letter.objects.all().delete()
    Signature.objects.all().delete()
    mails = MailServer(free_port())
    stack.exits.callback(mails.close)
    os.environ["EMAIL_URL"] = f"smtp://127.0.0.1:{mails.port}"
    with stack.running(WORKERS_COUNT) as site:
        people = Crowd(site.port, SLUG, mails, CROWD_PER_SECOND)
        people.start()
        people.is_signing = True
        with slow_clients(site.port, f"{PAGE}sign/", SLOW_CLIENTS_COUNT):
            time.sleep(CROWD_SECONDS)
        people.is_signing = False
        settled = wait_until(lambda: has_settled(people), "everybody is counted")
        people.is_over = True
        check(people)
    told = people.told
    if silent := told.statuses["no answer"]:
        raise SystemExit(f"{silent} people were not answered.")
    print(f"\n{len(told.counted):,} people signed and confirmed through all of it with "
          f"{WORKERS_COUNT} workers, beside {SLOW_CLIENTS_COUNT} slow ones; {told.statuses['503']} "
          "answers were “not just now”, and whoever got one came again. Settled after "
          f"{settled:.0f} s: tally = ledger = confirmed = told.")  # fmt: skip


if __name__ == "__main__":
    main()
