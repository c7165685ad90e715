"""A reader's complaint finds its lines in the log, and no other answer carries a mark."""

import json
import logging
import re

import pytest
from django.test import Client

from advocacy.logs import JsonFormatter
from stories import places
from tests.factories import make_petition, make_story

pytestmark = pytest.mark.django_db
NUMBER = r"[2-9a-km-np-z]{4}(?:-[2-9a-km-np-z]{4}){2}"


class Lines(logging.Handler):
    """What the log says, as it would be written."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(JsonFormatter())
        self.lines: list[dict[str, object]] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line."""
        self.lines.append(json.loads(self.format(record)))


@pytest.fixture
def log():
    """All lines of the log."""
    root, lines = logging.getLogger(), Lines()
    level = root.level
    root.addHandler(lines)
    root.setLevel(logging.INFO)
    yield lines.lines
    root.removeHandler(lines)
    root.setLevel(level)


@pytest.fixture
def reader() -> Client:
    """A browser that shows what it is sent, whatever happens behind it."""
    return Client(raise_request_exception=False)


@pytest.fixture
def break_home(monkeypatch):
    """A fault in our own code."""

    def fail() -> None:
        logging.getLogger("stories").warning("about to fail")
        raise RuntimeError

    monkeypatch.setattr(places, "published_places", fail)


def test_who_meets_a_fault_of_ours_can_quote_the_number_that_stands_in_the_log(
    reader, log, break_home
):
    response = reader.get("/")
    assert response.status_code == 500
    (quoted,) = re.findall(rf">({NUMBER})</bdi>", response.content.decode())
    assert response["X-Request-ID"] == quoted
    events = [line["event"] for line in log if line.get("request") == quoted]
    assert events == ["about to fail", "status 500", "request"]


def test_a_page_with_such_a_number_is_kept_nowhere(reader, break_home):
    assert "no-store" in reader.get("/")["Cache-Control"]


def test_each_request_has_a_number_of_its_own_and_nothing_after_it_has(reader, log):
    reader.get("/healthz")
    reader.get("/healthz")
    logging.getLogger("petitions").warning("a worker, say")
    first, second, after = log
    assert first["request"] != second["request"]
    assert re.fullmatch(NUMBER, first["request"])
    assert "request" not in after


def test_no_number_comes_from_outside_also_not_by_a_proxy(reader, log, break_home, settings):
    settings.BEHIND_PROXY = True
    sent = "abcd-2345-abcd"
    page = reader.get("/", headers={"x-request-id": sent}).content.decode()
    assert sent not in page
    assert sent not in json.dumps(log)


def test_answers_that_are_no_fault_carry_no_number(reader):
    make_story(slug="the-door")
    make_petition(slug="free-ana")
    for address in ("/", "/stories/the-door/", "/petitions/free-ana/", "/nowhere/", "/healthz"):
        assert "X-Request-ID" not in reader.get(address).headers


def test_a_page_that_is_kept_keeps_no_number(reader, log, settings):
    settings.PAGE_CACHE_SECONDS = 60
    make_story(slug="the-door")
    pages = [reader.get("/stories/the-door/") for _ in range(2)]
    assert "Age" in pages[1].headers
    assert pages[0].content == pages[1].content
    numbers = {line["request"] for line in log if line["event"] == "request"}
    assert len(numbers) == 2
    assert not any(number in pages[1].serialize().decode() for number in numbers)
