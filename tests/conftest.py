"""The cast, and a mail server that keeps what it is given."""

import gc
import os
import time
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from django.conf import settings as django_settings
from django.core.cache import cache
from django.db import connection
from django.utils import translation

from petitions import letters, sealing, switches
from petitions.models import Switches
from tests import browser_program, html_checker, redis_server
from tests.advocacy import behind_nginx, programs

# Playwright keeps an event loop in this thread, which Django takes for a sign of danger.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Two processes can share the suite."""
    parser.addoption("--half", choices=("first", "second"), help="every other file only")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what this machine or this database can't do; scripts/test.py says so."""
    if half := config.getoption("half"):
        keep_half(config, items, half)
    is_postgres = bool(os.environ.get("TEST_DATABASE_URL"))
    left_out = {
        "browser": "" if browser_program.program() else "no Chromium",
        "html_checker": "" if html_checker.is_here() else "no HTML checker",
        "nginx": "" if behind_nginx.program() else "no nginx",
        "redis": "" if redis_server.program() else "no Redis",
        "once": "once is enough" if is_postgres else "",
        "postgres": "" if is_postgres else "not on PostgreSQL",
    }
    for item in items:
        reasons = [why for mark, why in left_out.items() if why and mark in item.keywords]
        if is_postgres and not may_ask_a_database(item):
            reasons.append("asks for no database")
        if reasons:
            item.add_marker(pytest.mark.skip(reason=reasons[0]))


def keep_half(config: pytest.Config, items: list[pytest.Item], half: str) -> None:
    """Every other file, whole, so that nothing that a file prepares is prepared twice."""
    files = sorted({item.path for item in items})
    chosen = set(files[half == "second" :: 2])
    config.hook.pytest_deselected(items=[item for item in items if item.path not in chosen])
    items[:] = [item for item in items if item.path in chosen]


def may_ask_a_database(item: pytest.Item) -> bool:
    """Whether a test has said that it needs one; any other is refused if it asks."""
    is_marked = item.get_closest_marker("django_db") is not None
    return is_marked or "django_db_setup" in item.fixturenames


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


@pytest.fixture(scope="session")
def collected(tmp_path_factory) -> Path:
    """The static files as a site serves them, small and under hashed names: made once."""
    data = tmp_path_factory.mktemp("collected")
    command = ("manage.py", "collectstatic", "--noinput", "--verbosity=0")
    done = programs.run(*command, **programs.PRODUCTION, DATA_DIR=data)
    assert done.returncode == 0, done.stderr
    return data / "static"


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
