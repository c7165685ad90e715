"""A canary: names and addresses that exist nowhere else, and a search for them everywhere.

The real thing runs, web server, worker and commands, on a real database and with a real mail
server, and everything goes wrong at least once. Then every table, file, log and cache of the run is
searched, byte by byte and in the usual disguises. Nothing may be found but the mail that was sent.
"""

import base64
import html
import http.client
import itertools
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from django.apps import apps
from django.conf import settings as django_settings
from django.db import connection
from django.utils import timezone

from petitions import counting
from petitions.models import Letter, Petition, Signature, Subscription, Update
from tests.advocacy.programs import free_port
from tests.conftest import wait_for
from tests.factories import make_petition, make_update

pytestmark = pytest.mark.django_db(transaction=True)

ROOT = Path(__file__).resolve().parent.parent.parent
HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)"(?: value="([^"]*)")?')


class Person:
    """Somebody whose every word is unlike any other."""

    def __init__(self, number: int) -> None:
        self.word = f"Qx{number}zanary"
        self.name = f"{self.word}First {self.word}Last"
        self.shown_name = f"{self.word}Shown"
        self.address = f"{self.word}.Box+{self.word}tag@{self.word.lower()}-host.example"

    def form(self, **more: str) -> dict[str, str]:
        """What they type."""
        return {"name": self.name, "email": self.address, "country": "DE"} | more


class Run:
    """A site that runs in a folder of its own, and a visitor's hands."""

    def __init__(self, folder: Path, mail_port: int) -> None:
        self.folder, self.mail_port, self.port = folder, mail_port, free_port()
        self.data = folder / "data"
        self.keys = django_settings.KEYS_DIR
        self.statuses: list[int] = []
        self.hidden: dict[str, str] = {}  # what the petition's form hides

    def environment(self) -> dict[str, str]:
        """That of production, with as much in the log as can be."""
        kept = {k: v for k, v in os.environ.items() if k in ("PATH", "HOME")}
        return kept | {
            "READ_DOT_ENV": "0",
            "DEMO": "1",  # allows http://
            "SECRET_KEY": django_settings.SECRET_KEY,
            "SITE_URL": f"http://localhost:{self.port}",
            "PORT": str(self.port),
            "DATA_DIR": str(self.data),
            "KEYS_DIR": str(self.keys),
            "EMAIL_URL": f"smtp://127.0.0.1:{self.mail_port}",
            "LOG_LEVEL": "DEBUG",
            "WEB_CONCURRENCY": "2",
            "PYTHONPATH": f"{self.folder}:{ROOT}",
            "DJANGO_SETTINGS_MODULE": "canary_settings",
            "PYTHONUNBUFFERED": "1",
            "TMPDIR": str(self.folder),
        }

    def start(self, *command: str, typed: bytes = b"") -> subprocess.Popen:
        """Start a program whose every word goes into a file."""
        stdin = subprocess.PIPE if typed else subprocess.DEVNULL
        with (self.folder / f"{time.monotonic_ns()}.log").open("wb") as out:
            process = subprocess.Popen(
                command, cwd=ROOT, env=self.environment(), stdout=out, stderr=out, stdin=stdin
            )
        if typed:
            process.communicate(typed, 60)
        return process

    def manage(self, *arguments: str, typed: bytes = b"") -> int:
        """Run a command to its end; returns its status."""
        process = self.start(sys.executable, str(ROOT / "manage.py"), *arguments, typed=typed)
        return process.wait(60)

    def ask(self, method: str, path: str, form: object = None, **headers: str) -> bytes:
        """One request, as a browser would send it."""
        body = urlencode(form) if isinstance(form, dict) else form
        if form is not None:
            headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
        visit = http.client.HTTPConnection("localhost", self.port, timeout=60)
        try:
            visit.request(method, path, body, headers)
            answer = visit.getresponse()
            self.statuses.append(answer.status)
            return answer.read()
        finally:
            visit.close()

    def fill_in(self, page: str, form: dict[str, str]) -> dict[str, str]:
        """A form with what its page hides in it."""
        text = self.ask("GET", page).decode()
        return {name: html.unescape(value) for name, value in HIDDEN.findall(text)} | form

    def sign(self, petition: Petition, form: dict[str, str]) -> int:
        """Sign; returns the status."""
        if not self.hidden:
            self.hidden = self.fill_in(petition.get_absolute_url(), {})
            time.sleep(2.1)  # as people do, who have to type
        self.ask("POST", f"{petition.get_absolute_url()}sign/", self.hidden | form)
        return self.statuses[-1]


@pytest.fixture
def site(tmp_path, inbox, mail_server) -> Iterator[Run]:
    """Web server and worker on this test's database."""
    run = Run(tmp_path, mail_server.port)
    run.data.mkdir()
    database = {k: v for k, v in connection.settings_dict.items() if k != "TEST"}
    lines = [
        "from advocacy.settings import *",
        "from pathlib import PosixPath",
        f"DATABASES = {{'default': {database!r}}}",
        "STORAGES['staticfiles']['BACKEND'] = "
        "'django.contrib.staticfiles.storage.StaticFilesStorage'",
        "SECURE_SSL_REDIRECT = False",
        "COUNTED_ONE_IN = 1",  # no throw of a die decides about this test
        "SIGNATURES_PER_NETWORK_AND_ADDRESS_PER_HOUR = 99",
    ]
    (tmp_path / "canary_settings.py").write_text("\n".join(lines))
    gunicorn = str(Path(sys.executable).parent / "gunicorn")
    processes = [
        run.start(sys.executable, gunicorn, "advocacy.wsgi", "-c", str(ROOT / "gunicorn.conf.py")),
        run.start(sys.executable, str(ROOT / "manage.py"), "work"),
    ]
    wait_for(lambda: _is_up(run))
    yield run
    for process in processes:
        process.terminate()
    for process in processes:
        process.wait(30)


def _is_up(run: Run) -> bool:
    try:
        return run.ask("GET", "/healthz") == b"ok\n"
    except OSError:
        return False


def link_in(inbox, person: Person) -> str:
    """The path of the private page, from their newest letter."""
    mails = wait_for(lambda: inbox.to(person.address))
    text = mails[-1].get_body(("plain",)).get_content()
    return re.search(r"(/signatures/[^/\s]+/)", text)[1]


# --- Searching ------------------------------------------------------------------------------------


def disguises(word: str) -> Iterator[bytes]:
    """A word as it may lie about: in several encodings, alphabets and spellings."""
    for text in {word, word.lower(), word.upper(), word[::-1]}:
        plain = text.encode()
        yield from (plain, text.encode("utf-16-le"), plain.hex().encode(), quote(text).encode())
        # In base64 a word looks different at each of three offsets; the ends depend on neighbours.
        for offset in range(3):
            coded = base64.b64encode(b"\0" * offset + plain)
            yield coded[4 if offset else 0 : -4]


def everything_in_tables() -> Iterator[tuple[str, bytes]]:
    """Every value of every column of every table, also of tables that are not ours."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            for row in cursor.fetchall():
                for value in row:
                    is_blob = isinstance(value, bytes | memoryview)
                    yield f"table {table}", bytes(value) if is_blob else str(value).encode()


def everything_in_files(*folders: Path) -> Iterator[tuple[str, bytes]]:
    """Every file, whatever it is for."""
    for folder in folders:
        for file in folder.rglob("*") if folder.is_dir() else [folder]:
            if file.is_file():
                yield f"file {file.name}", _content(file)


def _content(file: Path) -> bytes:
    # By another process: whoever closes a file loses all locks on it that their process holds
    # (POSIX), SQLite's own among them.
    done = subprocess.run(["cat", str(file)], capture_output=True)
    assert done.returncode == 0 or not file.exists()  # one that has just gone is no matter
    return done.stdout


def places_of(run: Run) -> Iterator[tuple[str, bytes]]:
    """Everywhere that this run can have left anything."""
    yield from everything_in_tables()
    yield from everything_in_files(run.folder, run.keys, *_caches(), *_database_files())


def _caches() -> list[Path]:
    return [p for p in Path("/dev/shm").glob("advocacy*")] if Path("/dev/shm").is_dir() else []


def _database_files() -> list[Path]:
    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite":
        return [Path(name + end) for end in ("", "-wal", "-shm") if Path(name + end).exists()]
    log = Path(connection.settings_dict["HOST"]) / "log"  # of the throwaway cluster
    return [log] if log.exists() else []


def found(people: list[Person], places: Iterator[tuple[str, bytes]]) -> set[str]:
    """Where a canary sings: the place, the person, and the disguise."""
    words = [(p.word, d) for p in people for d in set(disguises(p.word)) if len(d) >= 8]
    return {
        f"{place}: {word} as {disguise!r}"
        for place, content in places
        for word, disguise in words
        if disguise in content
    }


def test_the_search_finds_what_is_there(tmp_path):
    person = Person(99)
    hidden = [
        person.address,
        person.address.lower(),
        person.name.encode().hex(),
        quote(person.name),
        base64.b64encode(b"x" + person.name.encode()).decode(),
        base64.b64encode(json.dumps({"name": person.name}).encode()).decode(),
    ]
    for number, text in enumerate(hidden):
        (tmp_path / f"{number}").write_text(text)
    (tmp_path / "wide").write_bytes(person.name.encode("utf-16-le"))
    petition = make_petition(occasion=f"met {person.name}")
    names = {line.split(":")[0] for line in found([person], everything_in_files(tmp_path))}
    assert names == {f"file {n}" for n in range(len(hidden))} | {"file wide"}
    assert any("petition" in line for line in found([person], everything_in_tables()))
    petition.delete()


# --- The run --------------------------------------------------------------------------------------


@contextmanager
def key_away(petition: Petition, folder: Path) -> Iterator[None]:
    """While a petition's own key is missing."""
    file = Path(folder) / "petitions" / f"{petition.duplicate_key_id}.key"
    file.rename(file.with_suffix(".away"))
    yield
    file.with_suffix(".away").rename(file)


@contextmanager
def broken_table() -> Iterator[None]:
    """While the database refuses every new signature, and quotes what it was given."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
                "$$BEGIN RAISE EXCEPTION 'refused %', NEW; END$$"
            )
            made = "BEFORE INSERT ON petitions_signature FOR EACH ROW EXECUTE FUNCTION refuse()"
        else:
            made = "BEFORE INSERT ON petitions_signature BEGIN SELECT RAISE(ABORT, 'refused'); END"
        cursor.execute(f"CREATE TRIGGER refusal {made}")
    yield
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("DROP TRIGGER refusal ON petitions_signature; DROP FUNCTION refuse()")
        else:
            cursor.execute("DROP TRIGGER refusal")


def bounce_of(person: Person) -> bytes:
    """What a mail server reports of a letter that it could not deliver."""
    return f"""From: MAILER-DAEMON@mail.example
To: petitions@localhost
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="x"

--x
Content-Type: text/plain

<{person.address}>: unknown user: {person.name}

--x
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example

Final-Recipient: rfc822; {person.address}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 <{person.address}> unknown

--x--
""".encode()


def test_nothing_is_found_of_anybody_but_the_mail_that_was_sent(site, inbox):
    petition = make_petition(shows_names=True)
    people = [Person(number) for number in range(8)]
    confirms, withdraws, repeats, bounces, subscribes, forgets, errs, stays = people

    everything_goes_right(site, inbox, petition, people)
    everything_goes_wrong(site, inbox, petition, errs)
    assert found(people, places_of(site)) == set()
    assert {303, 422, 404, 503} <= set(site.statuses)
    assert 500 not in site.statuses
    seen = " ".join(str(mail) for mail in inbox.mails)
    assert all(person.word in seen for person in people if person not in (bounces, errs))

    # The petition ends, and what is left of them is destroyed.
    counting.count_all()
    Signature.objects.pending().update(signed_on=timezone.now().date() - timedelta(days=9))
    Petition.objects.update(closes_at=timezone.now() - timedelta(days=31))
    assert site.manage("work", "--once") == 0
    assert not Signature.objects.exists()
    assert not Letter.objects.exists()
    assert not Subscription.objects.exists()
    assert site.manage("recount") == 0
    assert found(people, places_of(site)) == set()


def everything_goes_right(site, inbox, petition, people) -> None:
    """Sign, confirm, change, withdraw, repeat, subscribe, be forgotten."""
    confirms, withdraws, repeats, _, subscribes, forgets, _, stays = people
    shown = confirms.form(level="public", shown_name=confirms.shown_name)
    assert site.sign(petition, shown) == 303
    for person in (withdraws, repeats, forgets, stays):
        assert site.sign(petition, person.form(level="hand_in")) == 303
    assert site.sign(petition, subscribes.form(wants_updates="on")) == 303
    for person in (confirms, withdraws, repeats, stays):
        link = link_in(inbox, person)
        site.ask("POST", f"{link}confirm/", site.fill_in(link, {}))
    site.ask("POST", link_in(inbox, subscribes) + "confirm/", {"wants_updates": "on"})
    wait_for(lambda: Signature.objects.confirmed().count() == 5)
    site.ask("POST", link_in(inbox, confirms) + "level/", {"level": "hand_in"})
    public = {"level": "public", "shown_name": confirms.shown_name}
    site.ask("POST", link_in(inbox, confirms) + "level/", public)
    Signature.objects.filter(level="public").update(name_state="shown")
    assert confirms.shown_name in site.ask("GET", petition.get_absolute_url()).decode()
    site.ask("POST", link_in(inbox, withdraws) + "withdraw/", {})
    assert site.sign(petition, repeats.form()) == 303
    wait_for(lambda: len(inbox.to(repeats.address)) == 2)
    assert Subscription.objects.count() == 1
    update = make_update(petition)
    send_update(update)
    wait_for(lambda: len(inbox.to(subscribes.address)) == 2)


def send_update(update: Update) -> None:
    """As the desk does."""
    from petitions import delivery

    delivery.begin(update)


def everything_goes_wrong(site, inbox, petition, person) -> None:
    """Every kind of fault that we know, each with somebody's name in its hands."""
    url = petition.get_absolute_url()
    for form in (
        person.form(name=person.name + "<script>"),
        person.form(name=person.name * 20),
        person.form(email=person.address + "@@"),
        person.form(level="public", shown_name="https://" + person.shown_name),
    ):
        assert site.sign(petition, form) == 422
    body = json.dumps(person.form())
    site.ask("POST", f"{url}sign/", body, **{"Content-Type": "application/json"})
    site.ask("POST", f"{url}sign/", b"\xff\xfe" + body.encode("utf-16"))
    multipart = "multipart/form-data; boundary=nothing"
    site.ask("POST", f"{url}sign/", body, **{"Content-Type": multipart})
    foreign = {"Origin": f"https://{person.word}.example", "Referer": f"https://x/{person.word}"}
    site.ask("POST", f"{url}sign/", person.form(), **foreign)
    for path in (f"/petitions/{person.word}/", f"/signatures/{person.word}/", f"/{person.word}"):
        site.ask("GET", f"{path}?email={quote(person.address)}")
    site.ask("GET", url, **{"User-Agent": person.name, "X-Forwarded-For": person.address})
    for form in ({}, site.hidden):  # stopped by the guard, and let through
        site.ask("POST", f"{url}code/", form | person.form(code="ABCD-EFGH"))
        site.ask("POST", f"{url}link/", form | person.form())
    site.ask("POST", f"{url}sign/", site.hidden | person.form(website=person.address))
    with key_away(petition, site.keys):
        assert site.sign(petition, person.form()) == 503
    with broken_table():
        assert site.sign(petition, person.form()) == 503
    mail_goes_wrong(site, inbox, petition)


def mail_goes_wrong(site, inbox, petition) -> None:
    """A mail server that refuses, puts off and quotes, and a letter that comes back."""
    bounces = Person(3)
    inbox.answers[bounces.address] = f"450 4.2.1 <{bounces.address}> {bounces.name} is busy"
    assert site.sign(petition, bounces.form()) == 303
    wait_for(lambda: Letter.objects.filter(tries_count=1).exists())
    inbox.answers[bounces.address] = f"550 5.1.1 <{bounces.address}> {bounces.name} unknown"
    Letter.objects.filter(tries_count=1).update(send_after=timezone.now())
    wait_for(lambda: Letter.objects.refused().exists())
    assert site.manage("take_bounce", typed=bounce_of(bounces)) == 0
    garbage = bounce_of(bounces).replace(b"boundary", b"bound")[::-1]
    for report in itertools.chain([garbage], [b"Content-Type: \xff\xff\n\n" + garbage]):
        site.manage("take_bounce", typed=report)


def test_every_model_was_searched():
    """So that a table that is new is not left out."""
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor))
    assert {model._meta.db_table for model in apps.get_models()} <= tables
