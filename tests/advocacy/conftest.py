"""Every page of one world, asked for once and looked at by many tests."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import brotli
import pytest
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.utils import translation

from petitions import switches
from petitions.models import Switches
from tests.advocacy.markup import Element, elements
from tests.advocacy.world import make_world


@dataclass
class Walk:
    """What one reader was answered at every address."""

    answers: dict[str, HttpResponse]
    pages: list[str]  # those of the addresses where HTML is
    sessions_count: int
    _elements: dict[str, list[Element]] = field(default_factory=dict)

    def elements(self, page: str) -> list[Element]:
        """The elements of a page."""
        if page not in self._elements:
            answer = self.answers[page]
            is_small = answer.get("Content-Encoding") == "br"
            body = brotli.decompress(answer.content) if is_small else answer.content
            self._elements[page] = elements(body.decode())
        return self._elements[page]


@pytest.fixture(scope="session")
def walk(in_a_world) -> Walk:
    """Where anybody may go, without having logged in."""
    return in_a_world(lambda world: _asked(Client(), world.pages(), world.addresses().values()))


@pytest.fixture(scope="session")
def editors_walk(in_a_world) -> Walk:
    """The public pages as an editor is answered who has logged in."""

    def go(world) -> Walk:
        client = Client()
        client.force_login(get_user_model().objects.create_superuser("tomas"))
        return _asked(client, world.pages(), ["/admin/", "/admin/login/"])

    return in_a_world(go)


@pytest.fixture(scope="session")
def light_walk(in_a_world) -> Walk:
    """The light pages as they travel, by the addresses of the full ones.

    Without the style guide, which is for those who make the pages.
    """

    def go(world) -> Walk:
        pages = [address for address in world.pages() if "/styleguide/" not in address]
        client = Client(headers={"accept-encoding": "br"})
        walked = _asked(client, [f"/lite{page}" for page in pages])
        answers = dict(zip(pages, walked.answers.values(), strict=True))
        return Walk(answers, pages, walked.sessions_count)

    return in_a_world(go)


@pytest.fixture(scope="session")
def in_a_world(keys, django_db_setup, django_db_blocker):
    """Do something in a world of its own, of which nothing is left afterwards."""

    def do(act) -> Walk:
        with django_db_blocker.unblock(), translation.override("en"), transaction.atomic():
            switches.remember(Switches())
            try:
                return act(make_world())
            finally:
                transaction.set_rollback(True)

    return do


def _asked(client: Client, pages: list[str], others: Iterable[str] = ()) -> Walk:
    answers = {}
    for address in [*pages, *others]:
        answers[address] = client.get(address)
        answers[address].getvalue()  # so that its file is closed
    return Walk(answers, list(pages), Session.objects.count())
