"""The cast, and a mail server that keeps what it is given."""

import gc
import os
import time
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from aiosmtpd.controller import Controller
from django.conf import settings as django_settings
from django.core.cache import cache
from django.db import connection
from django.utils import translation

from petitions import letters, sealing, switches
from petitions.models import Switches
from tests import browser_program, html_checker, redis_server
from tests.advocacy import behind_nginx

# Playwright keeps an event loop in this thread, which Django takes for a sign of danger.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out what this machine or this database can't do; scripts/test.py says so."""
    is_postgres = bool(os.environ.get("TEST_DATABASE_URL"))
    for item in items:
        if "browser" in item.keywords and not browser_program.program():
            item.add_marker(pytest.mark.skip(reason="no Chromium"))
        if "html_checker" in item.keywords and (is_postgres or not html_checker.is_here()):
            item.add_marker(pytest.mark.skip(reason="no HTML checker, or done on SQLite"))
        if "nginx" in item.keywords and not behind_nginx.program():
            item.add_marker(pytest.mark.skip(reason="no nginx"))
        if "redis" in item.keywords and not redis_server.program():
            item.add_marker(pytest.mark.skip(reason="no Redis"))
        if "once" in item.keywords and is_postgres:
            item.add_marker(pytest.mark.skip(reason="once is enough"))
        if "postgres" in item.keywords and not is_postgres:
            item.add_marker(pytest.mark.skip(reason="not on PostgreSQL"))


def pytest_collection_finish() -> None:
    """Spare the collector of garbage what stays: going through it again and again took a tenth."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


@pytest.fixture(autouse=True, scope="session")
def keys():
    """The organisation's keys, and the private one that in life is elsewhere."""
    private = django_settings.DATA_DIR / "organisation.private"
    sealing.make_sealing_pair(private)
    sealing.make_server_key()
    return private.read_bytes()


@pytest.fixture(autouse=True)
def forgetful():
    """What the guard has counted is forgotten before the next test."""
    cache.clear()


@pytest.fixture(autouse=True)
def nothing_switched_off():
    """All switches are off, and it is known, so that no page has to ask."""
    switches.remember(Switches())


@pytest.fixture(autouse=True)
def english():
    """A page in another language does not leave its language to the next test."""
    with translation.override("en"):
        yield


@dataclass
class Sink:
    """A mail server's end: keeps letters, or refuses them as it is told."""

    mails: list[EmailMessage] = field(default_factory=list)
    connections_count: int = 0
    answers: dict[str, str] = field(default_factory=dict)  # by recipient: what RCPT gets
    refused_senders: list[str] = field(default_factory=list)
    delay_seconds: float = 0

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        """Count greetings: one a connection."""
        self.connections_count += 1
        session.host_name = hostname
        return [*responses[:-1], "250-PIPELINING", responses[-1]]

    async def handle_MAIL(self, server, session, envelope, address, options):
        """Take or refuse a sender."""
        if address in self.refused_senders:
            return "550 Not you"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        """Take or refuse a recipient."""
        if answer := self.answers.get(address):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        """Keep a letter."""
        if self.delay_seconds:
            import asyncio

            await asyncio.sleep(self.delay_seconds)
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"

    def to(self, address: str) -> list[EmailMessage]:
        """What somebody found in their inbox."""
        return [mail for mail in self.mails if mail["To"] == address]


@pytest.fixture(scope="session")
def mail_server():
    """A real SMTP server on a free port, for the whole run."""
    controller = Controller(Sink(), hostname="127.0.0.1", port=_free_port())
    controller.start()
    yield controller
    controller.stop()


@pytest.fixture
def inbox(mail_server, settings) -> Sink:
    """All letters that arrive during a test, over a real connection."""
    sink = mail_server.handler
    sink.__init__()
    settings.EMAIL_BACKEND = "petitions.posting.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", mail_server.port
    return sink


@pytest.fixture
def send_letters(inbox):
    """Let the worker send all that waits; returns the inbox."""

    def send() -> Sink:
        while letters.send_waiting():
            pass
        return inbox

    return send


@pytest.fixture
def tomas(django_user_model):
    """An editor."""
    return django_user_model.objects.create_superuser("tomas", password="a-long-pass-phrase")


@pytest.fixture
def desk(client, tomas):
    """The admin, with Tomas logged in."""
    client.force_login(tomas)
    return client


@pytest.fixture
def is_postgres() -> bool:
    """Whether this run is on PostgreSQL."""
    return connection.vendor == "postgresql"


def wait_for(condition, seconds: float = 40):
    """Wait until something is so; returns it."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if found := condition():
            return found
        time.sleep(0.02)
    raise AssertionError(f"did not happen within {seconds} seconds")


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
