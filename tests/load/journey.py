"""The whole journey with the real thing: gunicorn, PostgreSQL, worker, SMTP, over HTTP.

Signs as many different people, reads their mail, opens each link, presses the button, and checks
that the tally is their number, that no answer was an error and that the outbox is empty. Then all
of it again on a second petition with every request sent twice.

    .venv/bin/python -m tests.load.journey [--people 2000] [--connections 16]
"""

import argparse
import http.client
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from email import message_from_bytes, policy
from pathlib import Path
from urllib.parse import urlencode

from aiosmtpd.controller import Controller

from advocacy.memory_cache import folder_for
from tests import postgres

ROOT = Path(__file__).resolve().parent.parent.parent
BIN = Path(sys.executable).parent
SHOWN_AT = re.compile(rb'name="shown_at" value="([^"]+)"')
LINK = re.compile(r"https?://[^/\s]+(/signatures/[^/\s]+/)")
PATIENCE_SECONDS = 300


class Sink:
    """Keeps the link of each letter by its recipient; the newest one is the one to use."""

    def __init__(self) -> None:
        self.links: dict[str, str] = {}
        self.letters_count = 0

    async def handle_DATA(self, server, session, envelope):
        """Take a letter."""
        text = message_from_bytes(envelope.content, policy=policy.default).get_body(("plain",))
        self.letters_count += 1
        if found := LINK.search(text.get_content()):  # a letter that says no has none
            self.links[envelope.rcpt_tos[0]] = found[1]
        return "250 OK"


class Site:
    """A running site, spoken to over HTTP from several connections."""

    def __init__(self, port: int, connections_count: int) -> None:
        self.port, self.connections_count = port, connections_count
        self.statuses: Counter[tuple[str, int]] = Counter()

    def ask(self, method: str, path: str, form: dict[str, str] | None = None) -> bytes:
        """One request; its status is remembered by what was asked."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            headers = {"Host": f"localhost:{self.port}"}
            if form is not None:
                headers["Content-Type"] = "application/x-www-form-urlencoded"
            connection.request(method, path, urlencode(form) if form is not None else None, headers)
            answer = connection.getresponse()
            body = answer.read()
        finally:
            connection.close()
        self.statuses[f"{method} {re.sub('[^/]{40,}', '…', path)}", answer.status] += 1
        return body

    def shown_at(self, slug: str) -> str:
        """What the form of a petition says of when it was shown, once a person could have typed."""
        found = SHOWN_AT.search(self.ask("GET", f"/petitions/{slug}/"))[1].decode()
        time.sleep(2)
        return found

    def wait_until_open(self, slug: str) -> None:
        """Wait until a petition shows its form: a port listens before anybody is there."""
        page = f"/petitions/{slug}/"
        wait_until(lambda: is_listening(self.port), "the site answers")
        wait_until(lambda: SHOWN_AT.search(self.ask("GET", page)), "the petition has its form")

    def each(self, act: Callable[[object], object], things: Iterable[object]) -> float:
        """Do an act for each thing over all connections; returns the seconds it took."""
        started = time.perf_counter()
        with ThreadPoolExecutor(self.connections_count) as pool:
            for _ in pool.map(act, things):
                pass
        return time.perf_counter() - started


def main() -> None:
    """Two journeys; the status is 0 only if both end as they must."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=2000)
    parser.add_argument("--connections", type=int, default=16)
    options = parser.parse_args()
    with running_site(options.connections) as (site, sink):
        for times in (1, 2):
            journey(site, sink, options.people, times)
    print("Both journeys ended as they must.")


def journey(site: Site, sink: Sink, people_count: int, times: int) -> None:
    """From the first page to the tally, each request sent `times` times."""
    slug = f"journey-{times}"
    make_petition(slug)
    site.statuses.clear()
    people = [f"signer{number}@{slug}.example.org" for number in range(people_count)]
    again = [person for person in people for _ in range(times)]
    path = f"/petitions/{slug}/"

    shown_at = site.shown_at(slug)

    def sign(person: str) -> None:
        form = {"name": f"Person {person[:12]}", "email": person, "country": "DE"}
        form["shown_at"] = shown_at
        site.ask("POST", f"{path}sign/", form)

    def open_link(person: str) -> None:
        if b"<form" not in site.ask("GET", sink.links[person]):
            raise SystemExit("The page behind a link has no button.")

    signing = site.each(sign, again)
    mailing = wait_until(lambda: leaving_count() == 0, "all letters have left")
    missing = [person for person in people if person not in sink.links]
    if missing:
        raise SystemExit(f"{len(missing)} people got no letter.")
    site.each(open_link, people)
    confirming = site.each(lambda p: site.ask("POST", sink.links[p] + "confirm/", {}), again)
    counting = wait_until(lambda: tally(slug) == people_count, "everybody is counted")
    report(site, slug, people_count, times, (signing, mailing, confirming, counting))


def report(site: Site, slug: str, people: int, times: int, seconds: tuple[float, ...]) -> None:
    """Say how it went, and end where anything was not as it must be."""
    signing, mailing, confirming, counting = seconds
    time.sleep(2)  # would more be counted than there are people?
    print(f"{people} people, every request sent {times} time(s):")
    print(f"  {people * times / signing:7.0f} signatures a second ({signing:.1f} s)")
    print(f"  {people * times / confirming:7.0f} confirmations a second ({confirming:.1f} s)")
    print(f"  the last letter left {mailing:.1f} s after the last signature")
    print(f"  the last one was counted {counting:.1f} s after the last confirmation")
    print(f"  tally {tally(slug)}, letters left in the outbox {outbox_count()}")
    for (what, status), count in sorted(site.statuses.items()):
        print(f"  {count:6} × {status} {what}")
    wrong = [status for _, status in site.statuses if status not in (200, 303)]
    if wrong or tally(slug) != people or outbox_count():
        raise SystemExit("That is not as it must be.")
    print(manage("recount").splitlines()[-1])


def wait_until(condition: Callable[[], bool], what: str) -> float:
    """Wait until something is so; returns the seconds it took."""
    started = time.perf_counter()
    while not condition():
        if time.perf_counter() - started > PATIENCE_SECONDS:
            raise SystemExit(f"Waited {PATIENCE_SECONDS} seconds in vain until {what}.")
        time.sleep(0.1)
    return time.perf_counter() - started


# --- The site and what it needs ------------------------------------------------------------------


@contextmanager
def running_site(connections_count: int) -> Iterator[tuple[Site, Sink]]:
    """A database, a mail server, a web server and a worker, all real, until the end."""
    if not postgres.programs():
        raise SystemExit(
            "This needs PostgreSQL's own programs (Debian: apt-get install postgresql)."
        )
    with ExitStack() as stack:
        data = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="journey-")))
        stack.callback(shutil.rmtree, folder_for(data), ignore_errors=True)
        # Unlike in the tests, what is committed reaches the disk.
        url = stack.enter_context(postgres.cluster("-c listen_addresses=''"))
        sink, mail_port, port = Sink(), free_port(), free_port()
        controller = Controller(sink, hostname="127.0.0.1", port=mail_port)
        controller.start()
        stack.callback(controller.stop)
        set_environment(data, url, mail_port, port)
        manage("migrate", "--verbosity=0")
        manage("keys", "make", "--private-key-file", str(data / "private"))
        manage("collectstatic", "--noinput", "--verbosity=0")
        for command in ([BIN / "gunicorn", "advocacy.wsgi"], [sys.executable, "manage.py", "work"]):
            process = subprocess.Popen([str(part) for part in command], cwd=ROOT)
            stack.callback(process.wait, 30)
            stack.callback(process.terminate)
        import django

        django.setup()
        site = Site(port, connections_count)
        wait_until(lambda: is_listening(port), "the site answers")
        yield site, sink


def set_environment(data: Path, url: str, mail_port: int, port: int) -> None:
    """What production would have in its environment, but for HTTPS."""
    os.environ.update(
        READ_DOT_ENV="0",
        DEMO="1",  # allows http://; with EMAIL_URL set there is no demo mailbox
        SECRET_KEY="only-for-this-journey-" + "x" * 50,
        SITE_URL=f"http://localhost:{port}",
        PORT=str(port),
        DATA_DIR=str(data),
        DATABASE_URL=url,
        EMAIL_URL=f"smtp://127.0.0.1:{mail_port}",
        DJANGO_SETTINGS_MODULE="advocacy.settings",
        LOG_LEVEL="WARNING",
        # All of them come from one network.
        SIGNATURES_PER_NETWORK_AND_PETITION_PER_HOUR="1000000",
        SIGNATURES_PER_NETWORK_AND_ADDRESS_PER_HOUR="1000000",
        SIGNATURES_PER_PETITION_PER_MINUTE="1000000",
        SIGNATURES_PER_MINUTE="1000000",
    )


def make_petition(slug: str) -> None:
    """A petition to sign."""
    from tests import factories

    factories.make_petition(slug=slug, title="Let the journey end well")


def leaving_count() -> int:
    """Letters that should have left by now."""
    from django.utils import timezone

    from petitions.models import Letter

    return Letter.objects.leaving(timezone.now()).count()


def outbox_count() -> int:
    """Letters of any kind, reminders included."""
    from petitions.models import Letter

    return Letter.objects.count()


def tally(slug: str) -> int:
    """The public number."""
    from petitions.models import Tally

    return Tally.objects.filter(petition__slug=slug).values_list("total", flat=True).first() or 0


def manage(*arguments: str) -> str:
    """One manage.py command; returns what it printed."""
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def is_listening(port: int) -> bool:
    """Whether somebody answers there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


if __name__ == "__main__":
    main()
