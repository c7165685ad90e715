"""More than one machine: what does each part that can be added bring? Prints ratios, in markdown.

Starts PostgreSQL and the site, measures pages and signatures through the front door, then adds one
part after the other: nginx that keeps pages for a second, Valkey or Redis as the cache between
machines, PgBouncer in transaction mode, a streaming replica for pages, a second machine's web
processes. With all of them a crowd signs, and the numbers must agree. The machines share the cores
of this one: so what is seen is what each part costs or saves, not what more cores would bring.

    make stack                                or
    .venv/bin/python -m tests.load.stack [--seconds 3] [--rounds 3]
"""

import argparse
import os
import re
import shutil
import statistics
import subprocess
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import quote

from advocacy.memory_cache import folder_for
from tests import postgres
from tests.load.crowd import Crowd, slow_clients
from tests.load.journey import (
    BIN,
    ROOT,
    SHOWN_AT,
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
CONNECTIONS = 8
WEB_PROCESSES = 3
CROWD_SECONDS = 30
SLOW_CLIENTS_COUNT = 100
OPTIONS = "-c listen_addresses='' -c max_connections=80"
CACHE_PORT, POOL_PORT = "6399", "6499"
PAGE = f"/petitions/{SLUG}/"


class Stack:
    """The parts that run, and the way in."""

    def __init__(self, stack: ExitStack) -> None:
        self.stack = stack
        self.data = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="stack-")))
        self.data.chmod(0o755)
        stack.callback(shutil.rmtree, folder_for(self.data), ignore_errors=True)
        self.primary = postgres.Cluster(OPTIONS)
        stack.callback(self.primary.remove)
        self.primary.make()
        self.primary.start()
        stack.callback(self.primary.stop)
        self.mails = MailServer(free_port())
        stack.callback(self.mails.close)
        self.ports = [free_port(), free_port()]
        self.door = self.ports[0]
        self.front: int | None = None
        self.web: dict[int, subprocess.Popen] = {}
        self.worker: subprocess.Popen | None = None
        set_environment(self.data, self.primary.url, self.mails.port, self.ports[0])
        os.environ["WEB_CONCURRENCY"] = str(WEB_PROCESSES)
        manage("migrate", "--verbosity=0")
        manage("keys", "make", "--private-key-file", str(self.data / "private"))
        manage("collectstatic", "--noinput", "--verbosity=0")

    # --- The parts --------------------------------------------------------------------------------

    def bare(self) -> None:
        """One machine: web processes, a worker, PostgreSQL."""

    def nginx(self) -> None:
        """nginx, which keeps a page for a second and asks once when many want it."""
        self.front = self.door = free_port()
        os.environ["SITE_URL"] = f"http://localhost:{self.front}"
        self._write_nginx()
        process = subprocess.Popen(["nginx", "-c", str(self.data / "nginx.conf")])
        self.stack.callback(process.terminate)

    def cache(self) -> None:
        """One cache between machines, in memory, written to no disk."""
        program = shutil.which("valkey-server") or shutil.which("redis-server")
        command = [program, "--port", CACHE_PORT, "--save", "", "--appendonly", "no",
                   "--loglevel", "warning"]  # fmt: skip
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        self.stack.callback(process.terminate)
        wait_until(lambda: is_listening(int(CACHE_PORT)), "the cache answers")
        os.environ["CACHE_URL"] = f"redis://127.0.0.1:{CACHE_PORT}/0"

    def pool(self) -> None:
        """PgBouncer, which lends a few connections for the length of a transaction each."""
        settings = f"""
            [databases]
            postgres = host={self.primary.home} port=5432 user=postgres
            [pgbouncer]
            listen_addr = 127.0.0.1
            listen_port = {POOL_PORT}
            unix_socket_dir =
            auth_type = any
            pool_mode = transaction
            default_pool_size = 6
            max_client_conn = 200
            ignore_startup_parameters = extra_float_digits,options
            logfile = {self.data}/pool/log
            pidfile = {self.data}/pool/pid
        """
        file = self.data / "pool" / "pool.ini"
        file.parent.mkdir()
        file.write_text(re.sub(r"^ +", "", settings, flags=re.M))
        for path in (file.parent, file):
            shutil.chown(path, self.primary.user or os.getuid())
        command = ["pgbouncer", "-q", str(file)]
        user = self.primary.user
        process = subprocess.Popen(command, user=user, stderr=subprocess.DEVNULL)
        self.stack.callback(process.terminate)
        wait_until(lambda: is_listening(int(POOL_PORT)), "the pool answers")
        os.environ["DATABASE_URL"] = f"postgres://postgres@127.0.0.1:{POOL_PORT}/postgres"
        os.environ["DATABASE_POOLED"] = "1"

    def replica(self) -> None:
        """A copy of the database, which pages are made from."""
        copy = postgres.Cluster(OPTIONS)
        self.stack.callback(copy.remove)
        copy.follow(self.primary)
        self.stack.callback(copy.stop)
        os.environ["DATABASE_REPLICA_URL"] = copy.url

    def second_machine(self) -> None:
        """Web processes of another machine, behind the same nginx."""
        self.start_web(self.ports[1])
        self._write_nginx()
        subprocess.run(["nginx", "-c", str(self.data / "nginx.conf"), "-s", "reload"], check=True)
        time.sleep(1)

    # --- The site ---------------------------------------------------------------------------------

    def start_site(self) -> None:
        """Start web processes and the worker with the settings of this moment."""
        for port in list(self.web) or [self.ports[0]]:
            self.start_web(port)
        self.worker = subprocess.Popen([str(BIN / "python"), "manage.py", "work"], cwd=ROOT)
        wait_until(lambda: is_listening(self.door), "the door opens")

    def start_web(self, port: int) -> None:
        """Web processes of one machine."""
        environment = os.environ | {"PORT": str(port)}
        command = [str(BIN / "gunicorn"), "advocacy.wsgi"]
        self.web[port] = subprocess.Popen(command, cwd=ROOT, env=environment)
        wait_until(lambda: is_listening(port), "the site answers")

    def stop_site(self) -> None:
        """End web processes and worker."""
        for process in [*self.web.values(), *([self.worker] if self.worker else [])]:
            process.terminate()
            process.wait(30)

    def _write_nginx(self) -> None:
        machines = "\n".join(f"server 127.0.0.1:{port};" for port in self.web or [self.ports[0]])
        text = (ROOT / "deploy" / "nginx" / "nginx.conf").read_text()
        (self.data / "nginx.conf").write_text(nginx_here(text, self.data, self.front, machines))


def nginx_here(text: str, data: Path, port: int, machines: str) -> str:
    """deploy/nginx/nginx.conf, at a port without TLS and in folders that a test may use."""
    text = re.sub(r"server \{\s+listen 80;.+?\n    \}\n", "", text, count=1, flags=re.S)
    text = re.sub(r"\n *listen \[::\]:.+", "", text)
    text = text.replace("listen 443 ssl http2;", f"listen 127.0.0.1:{port};")
    text = re.sub(r"\n *ssl_certificate.+", "", text)
    text = text.replace("petitions.example.org", "localhost").replace("user www-data;", "")
    text = text.replace("X-Forwarded-Proto https", "X-Forwarded-Proto http")
    text = text.replace("server 127.0.0.1:8000;", machines)
    for place in ("/run", "/var/log/nginx", "/var/lib/nginx"):
        text = text.replace(f"{place}/", f"{data}/")
    temporary = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    paths = "".join(f"{kind}_temp_path {data}/nginx-{kind};\n" for kind in temporary)
    return "daemon off;\n" + text.replace("http {", f"http {{\n{paths}", 1)


def main() -> None:
    """Add the parts, measure, and let a crowd try the whole; the status is 0 if all agreed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    needed = ("wrk", "nginx", "pgbouncer", "redis-server")
    if missing := [name for name in needed if not shutil.which(name)]:
        raise SystemExit(f"This needs {', '.join(missing)}, of Debian's packages.")
    with ExitStack() as exits:
        stack = Stack(exits)
        try:
            grow(stack, options)
            crowd(stack)
        finally:
            stack.stop_site()  # before what it needs


def grow(stack: Stack, options: argparse.Namespace) -> None:
    """Add the parts one by one, and measure with each."""
    import django

    django.setup()
    make_petition(SLUG)
    print("| with | pages/s | to the one before | signatures/s | to the one before |")
    print("|---|---|---|---|---|")
    before: tuple[float, float] | None = None
    for part in (stack.bare, stack.nginx, stack.cache, stack.pool, stack.replica):
        stack.stop_site()
        part()
        stack.start_site()
        now = measure(stack, options)
        print(row(part.__name__, now, before), flush=True)
        before = now
    stack.second_machine()
    print(row("second machine", measure(stack, options), before), flush=True)


def measure(stack: Stack, options: argparse.Namespace) -> tuple[float, float]:
    """Pages and signatures a second through the door; medians."""
    site = Site(stack.door, CONNECTIONS)
    if not SHOWN_AT.search(site.ask("GET", PAGE)):
        raise SystemExit("The petition has no form.")
    extra = f"&shown_at={quote(site.shown_at(SLUG))}"
    pages, signatures = [], []
    for number in range(options.rounds):
        pages.append(expect("200", wrk(site, options.seconds, "get", PAGE)))
        mark = f"s{time.time_ns():x}n{number}t"
        run = wrk(site, options.seconds, "form", f"{PAGE}sign/", mark, extra)
        signatures.append(expect("303", run))
    return statistics.median(pages), statistics.median(signatures)


def expect(status: str, run: Run) -> float:
    """A run's speed, if nothing but this was answered."""
    if run.errors or set(run.statuses) != {status}:
        raise SystemExit(f"{run.errors} errors, statuses {run.statuses}")
    return run.per_second


def row(name: str, now: tuple[float, float], before: tuple[float, float] | None) -> str:
    """A line of the table."""
    cells = [name.replace("_", " ")]
    for number, speed in enumerate(now):
        ratio = f"{speed / before[number]:.2f}" if before else ""
        cells += [f"{speed:,.0f}", ratio]
    return f"| {' | '.join(cells)} |"


def crowd(stack: Stack) -> None:
    """People sign through all of it; afterwards the numbers agree."""
    from petitions.models import Letter, Signature

    # Those of the measuring have no mailbox.
    Letter.objects.all().delete()
    Signature.objects.all().delete()
    people = Crowd(stack.door, SLUG, stack.mails, 40)
    people.start()
    people.is_signing = True
    with slow_clients(stack.door, f"{PAGE}sign/", SLOW_CLIENTS_COUNT):
        time.sleep(CROWD_SECONDS)
    people.is_signing = False
    wait_until(lambda: has_settled(people), "everybody is counted")
    people.is_over = True
    check(stack, people)
    if wrong := people.told.statuses["no answer"] + people.told.statuses["503"]:
        raise SystemExit(f"{wrong} people were not answered.")
    print(f"\n{len(people.told.counted)} people signed and confirmed through all of it, beside "
          f"{SLOW_CLIENTS_COUNT} slow ones: tally = ledger = confirmed.")  # fmt: skip


if __name__ == "__main__":
    main()
