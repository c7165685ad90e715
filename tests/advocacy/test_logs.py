"""The log says what happened and never to whom."""

import json
import logging
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client

from advocacy.logs import JsonFormatter
from petitions import delivery, letters, subscribing
from petitions.models import LedgerEntry
from stories import places
from tests.advocacy.programs import PRODUCTION, code, free_port, run
from tests.conftest import wait_for
from tests.factories import (
    honest,
    make_petition,
    make_signature,
    make_subscription,
    make_update,
    token_for,
)

SECRET = "mira@example.org"


class Lines(logging.Handler):
    """The log as it would be written, line by line."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(JsonFormatter())
        self.lines: list[dict[str, object]] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line, unless the mail server that these tests bring along wrote it."""
        if not record.name.startswith(("mail.", "asyncio")):
            self.lines.append(json.loads(self.format(record)))

    def text(self) -> str:
        """All of it."""
        return "\n".join(json.dumps(line, ensure_ascii=False) for line in self.lines)

    def of(self, logger: str) -> list[dict[str, object]]:
        """What one logger wrote."""
        return [line for line in self.lines if line["logger"] == logger]


@pytest.fixture
def log():
    """Everything that any part of the program says, down to the last detail."""
    lines = Lines()
    loggers = [logging.getLogger(name) for name in ("", "django", "django.db", "petitions")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
    loggers[0].addHandler(lines)
    yield lines
    loggers[0].removeHandler(lines)
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)


def test_an_exception_is_its_class_and_the_places_it_passed_through(log):
    def passes_through() -> None:
        raise ValueError(f"{SECRET} is no address")

    try:
        passes_through()
    except ValueError:
        logging.getLogger("petitions.outbox").exception("letter not written")
    (line,) = log.lines
    assert line["exception"]["class"] == "builtins.ValueError"
    assert "passes_through" in line["exception"]["where"][-1]
    assert (line["event"], line["level"]) == ("letter not written", "error")
    assert SECRET not in log.text()


def test_nor_does_an_exception_quote_the_one_that_caused_it(log):
    try:
        try:
            raise KeyError(SECRET)
        except KeyError as cause:
            raise RuntimeError(f"for {SECRET}") from cause
    except RuntimeError as error:
        error.add_note(SECRET)
        logging.getLogger("petitions").error("broken", exc_info=error, stack_info=True)
    assert SECRET not in log.text()


def test_a_line_is_one_line_of_json_with_its_moment_and_facts(log):
    facts = {"facts": {"codes": [550], "final": True}}
    logging.getLogger("petitions.outbox").warning("two\nlines %s", "é", extra=facts)
    (line,) = log.lines
    assert line["event"] == "two\nlines é"
    assert line["codes"] == [550]
    assert line["at"].endswith("+00:00")
    assert "\n" not in log.text()


@pytest.mark.django_db
def test_a_request_is_logged_by_its_route_and_never_by_its_path(log, client):
    token = token_for(make_signature(make_petition(slug="free-ana")))
    client.get(f"/signatures/{token}/?from={SECRET}", headers={"user-agent": "Mira's phone"})
    (line,) = log.of("advocacy.requests")
    assert line["route"] == "signatures/<str:token>/"
    assert (line["method"], line["status"], line["event"]) == ("GET", 200, "request")
    assert line["ms"] > 0
    for secret in (token, token.split(".")[0], SECRET, "Mira's phone", "127.0.0.1"):
        assert secret not in log.text()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "status"),
    [(f"/{SECRET}/", 404), (f"/signatures/{SECRET}/", 404), (f"/a/b/c/{SECRET}", 404),
     (f"/signatures/{SECRET}/confirm/", 405), (f"/petitions/{SECRET}/count.json", 404)]
)  # fmt: skip
def test_a_refused_request_is_a_status_and_not_an_address(log, client, address, status):
    assert client.get(f"{address}?{SECRET}").status_code == status
    assert [line["event"] for line in log.of("django.request")] == [f"status {status}"]
    assert SECRET not in log.text()


@pytest.mark.django_db
def test_a_strange_host_and_a_strange_form_are_refused_without_quoting_them(log, client):
    client.get("/", headers={"host": "mira.example.org"})
    client.post("/petitions/", {SECRET: SECRET}, headers={"origin": f"https://{SECRET}"})
    client.post("/admin/login/", {"username": SECRET, "password": SECRET})
    Client(enforce_csrf_checks=True).post("/admin/login/", {"username": SECRET})
    assert len(log.of("django.security.DisallowedHost")) == 1
    assert len(log.of("django.security.csrf")) == 1
    assert SECRET not in log.text()
    assert "mira.example.org" not in log.text()


@pytest.mark.django_db
def test_a_fault_of_ours_is_logged_with_its_place_and_without_its_words(log, monkeypatch):
    def fail() -> None:
        raise RuntimeError(SECRET)

    monkeypatch.setattr(places, "published_places", fail)
    Client(raise_request_exception=False).get(f"/?{SECRET}")
    (line,) = log.of("django.request")
    assert line["event"] == "status 500"
    assert line["exception"]["class"] == "builtins.RuntimeError"
    assert any("home" in place for place in line["exception"]["where"])
    assert SECRET not in log.text()


@pytest.mark.django_db
def test_the_whole_journey_of_a_signature_leaves_no_trace_of_mira(log, client, inbox, settings):
    settings.DEBUG = True  # so that even the database's own log is written
    sign = f"{make_petition().get_absolute_url()}sign/"
    mira = honest() | {"name": "Mira Novak", "email": SECRET, "country": "DE"}
    client.post(sign, mira | {"email": f"{SECRET} typo"})
    assert client.post(sign, mira).status_code == 303
    inbox.answers[SECRET] = f"450 {SECRET} try later"
    letters.send_waiting()
    inbox.answers.clear()
    client.post(sign, mira)
    assert letters.send_waiting() == 1
    (letter,) = inbox.to(SECRET)
    words = letter.get_body(("plain",)).get_content().split()
    (link,) = [word for word in words if "/signatures/" in word]
    path = link.removeprefix("https://testserver")
    assert client.get(path).status_code == 200
    assert client.post(f"{path}confirm/").status_code == 303
    client.post(sign, mira)
    letters.send_waiting()
    assert LedgerEntry.objects.count() == 1
    assert len(log.of("advocacy.requests")) == 6
    token = path.split("/")[2]
    for secret in ("Mira", "Novak", SECRET, "example.org", token, token.partition(".")[0]):
        assert secret.lower() not in log.text().lower(), secret


@pytest.mark.django_db
def test_a_letter_that_is_refused_is_a_code_and_no_address(log, client, inbox):
    petition = make_petition()
    inbox.answers[SECRET] = f"550 no such user {SECRET}"
    form = honest() | {"name": "Mira Novak", "email": SECRET}
    client.post(f"{petition.get_absolute_url()}sign/", form)
    letters.send_waiting()
    (line,) = log.of("petitions.outbox")
    assert (line["event"], line["codes"], line["final"]) == ("letter refused", [550], True)
    assert SECRET not in log.text()


@pytest.mark.django_db
def test_updates_leave_no_trace_of_their_readers(log, client, inbox):
    petition = make_petition()
    subscription = make_subscription(petition, SECRET)
    make_subscription(petition, f"other-{SECRET}")
    inbox.answers[SECRET] = f"550 no such user {SECRET}"
    delivery.begin(make_update(petition))
    assert delivery.send_waiting() == 1
    (line,) = log.of("petitions.outbox")
    assert (line["event"], line["codes"], line["final"]) == ("letter refused", [550], True)
    token = subscribing.token_to_stop(subscription)
    client.post(f"/updates/{token}/stop/", headers={"origin": f"https://{SECRET}"})
    for trace in (SECRET, token, bytes(subscription.duplicate_hash).hex()):
        assert trace not in log.text()


def test_the_web_server_does_not_write_down_who_sent_it_rubbish(settings):
    port = free_port()
    environment = os.environ | {"BIND": f"127.0.0.1:{port}", "WEB_CONCURRENCY": "1"}
    server = subprocess.Popen(
        [Path(sys.executable).with_name("gunicorn"), "wsgiref.simple_server:demo_app"],
        cwd=settings.BASE_DIR,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        for rubbish in (b"mira@example.org\r\n\r\n", b"GET / HTTP/1.1\r\nmira@example.org\r\n\r\n"):
            wait_for(lambda sent=rubbish: answer_to(port, sent))
    finally:
        server.terminate()
    said = server.communicate(timeout=15)[0]
    assert "127.0.0.1" not in said.replace(f"127.0.0.1:{port}", "")
    assert SECRET not in said


def test_the_web_server_says_which_process_got_which_signal_and_no_path():
    def line(words: str, *arguments: object) -> str:
        record = logging.LogRecord("gunicorn.error", 40, "", 0, words, arguments, None)
        return json.loads(JsonFormatter().format(record))["event"]

    killed = line("Worker (pid:%s) was sent %s! Perhaps out of memory?", 812, "SIGKILL")
    assert killed == "Worker (pid:812) was sent SIGKILL! Perhaps out of memory?"
    assert line("Error handling request %s %s", "GET", "/s/SIGNED") == "Error handling request … …"
    assert line("%d bytes too many", "/s/SIGNED") == "%d bytes too many"
    assert line("Shutting down, 100%") == "Shutting down, 100%"


def answer_to(port: int, request: bytes) -> bytes:
    """What the web server says to some bytes; nothing while it is not up."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as visitor:
            visitor.sendall(request)
            return visitor.recv(100)
    except OSError:
        return b""


def test_a_command_that_fails_quotes_nobody(tmp_path):
    """The worker, say: what it was about to send to whom is in the words of many exceptions."""
    done = run(
        *code(
            "import sys, django, manage; django.setup(); from petitions import counting\n"
            "def fails(): raise RuntimeError('mira@example.org is not a number')\n"
            "sys.argv = ['manage.py', 'recount']; counting.differences = fails; manage.main()"
        ),
        DJANGO_SETTINGS_MODULE="advocacy.settings",
        DATA_DIR=tmp_path,
        **PRODUCTION,
    )
    assert done.returncode == 1
    assert "RuntimeError" in done.stderr
    assert "mira" not in done.stderr + done.stdout
    assert "Traceback" not in done.stderr
