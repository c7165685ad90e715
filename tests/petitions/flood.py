"""A petition with small limits, a clock that stands, and people who send its forms."""

import json
import time

import pytest
from altcha.v2 import Challenge, Payload, solve_challenge
from django.test import Client
from django.urls import reverse

from tests.advocacy.markup import elements
from tests.factories import honest, make_petition

LIMIT = 3


@pytest.fixture(autouse=True)
def ten_past(monkeypatch):
    """A clock that stands at ten past the hour until a test lets time pass.

    Limits begin anew with each hour and minute, and what somebody waits for grows shorter: on a
    busy machine a second goes by between two pages.
    """
    now = time.time()
    still = now + 610 - now % 3600
    monkeypatch.setattr(time, "time", lambda: still)


@pytest.fixture(autouse=True)
def small_numbers(settings):
    """Limits that a test can reach, and calculations that take no time."""
    settings.SIGNATURES_PER_NETWORK_AND_PETITION_PER_HOUR = LIMIT
    settings.PROOF_TRIES, settings.PROOF_MOST_TRIES = 4, 20


@pytest.fixture
def petition():
    """What everybody here signs."""
    return make_petition()


@pytest.fixture
def wait(monkeypatch):
    """Let time pass for the guard and the cache."""

    def pass_time(seconds: float) -> None:
        later = time.time() + seconds
        monkeypatch.setattr(time, "time", lambda: later)

    return pass_time


def form_of(name: str, **more: str) -> dict[str, str]:
    """What somebody types."""
    return honest() | {"name": name, "email": f"{name.lower()}@example.org"} | more


def send(petition, name="Mira", ip="192.0.2.7", **more):
    """Sign over the network."""
    url = reverse("petitions:sign", args=[petition.slug])
    return Client(REMOTE_ADDR=ip).post(url, form_of(name, **more))


def fill(petition, count=LIMIT, ip="192.0.2.7"):
    """As many neighbours as are let through."""
    for number in range(count):
        assert send(petition, f"Neighbour{number}", ip).status_code == 303


def mark(answer, name: str) -> str:
    """What the form on a page carries."""
    return next(
        e.attributes["value"]
        for e in elements(answer.content.decode())
        if e.tag == "input" and e.attributes.get("name") == name
    )


def solved(answer) -> str:
    """What a browser would put into the form of this page."""
    (element,) = [e for e in elements(answer.content.decode()) if e.tag == "proof-of-work"]
    challenge = Challenge.from_dict(json.loads(element.attributes["data-challenge"]))
    return Payload(challenge, solve_challenge(challenge)).to_base64()


def post(petition, view: str, ip="192.0.2.7", **form):
    """Send another of its forms."""
    url = reverse(f"petitions:{view}", args=[petition.slug])
    return Client(REMOTE_ADDR=ip).post(url, honest() | form)
