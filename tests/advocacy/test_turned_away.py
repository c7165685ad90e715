"""Who has waited too long is told so at the door, in the words in which Django would say it."""

import time
from urllib.parse import urlencode

import pytest
from django.core.signals import request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.http import HttpResponse

from advocacy import given_back, traffic, turned_away
from advocacy.turned_away import TurnedAway
from petitions.models import Letter, Signature
from tests.factories import honest, make_petition, turn
from tests.load.instructions import environment

FORM = {"name": 'Mira "<b>', "email": "mira@example.org", "country": "DE", "note": "", "a b": "ü&="}


class Counted:
    """Django, and how often it was asked."""

    def __init__(self) -> None:
        self.django, self.asked_count = get_wsgi_application(), 0

    def __call__(self, environ, start_response):
        self.asked_count += 1
        return self.django(environ, start_response)


@pytest.fixture
def site(settings):
    """The site as gunicorn has it, with a Django that counts."""
    settings.BEHIND_PROXY = True
    settings.SECURE_PROXY_SSL_HEADER = None
    settings.ALLOWED_HOSTS = ["localhost"]
    request_started.disconnect(close_old_connections)  # as Django's own test client does
    yield TurnedAway(Counted())
    request_started.connect(close_old_connections)


def ask(site, path, form=FORM, *, waited=7.0, **environ):
    """Status, headers and page; what gunicorn would hand over, of one who has waited so long."""
    body = form if isinstance(form, bytes) else urlencode(form).encode()
    told = []
    late = {"HTTP_X_REQUEST_START": f"t={time.time() - waited:.3f}"}
    environ = environment(path, body) | late | environ
    answer = site(environ, lambda status, headers, *_: told.append((status, dict(headers))))
    page = b"".join(answer).decode()
    return *told[0], page


@pytest.mark.django_db
@pytest.mark.parametrize("form", [FORM, {}, {"wants_updates": "on"}])
@pytest.mark.parametrize(
    "path",
    ["/petitions/a/sign/", "/fr/petitions/a/sign/", "/lite/ar/petitions/a/link/",
     "/lite/petitions/a/sign/", "/zh-hans/petitions/a/code/", "/signatures/abc/confirm/"],
)  # fmt: skip
def test_the_door_says_what_django_says(site, path, form):
    """But for the number of the request, which each has of its own."""
    said = [ask(site, path, form, waited=12) for _ in range(3)]
    assert site.application.asked_count == 1
    numbers = {headers.pop("X-Request-ID") for _, headers, _ in said}
    assert len(numbers) == 3
    assert said[0] == said[1] == said[2]
    status, headers, page = said[1]
    assert status == "503 Service Unavailable"
    assert int(headers["Content-Length"]) == len(page.encode())
    assert headers["Retry-After"] == "30"
    assert "Content-Security-Policy" in headers
    assert page.count('type="hidden"') == len(form)


@pytest.mark.django_db
def test_everybody_gets_back_what_they_typed_and_nobody_else_does(site):
    path = "/petitions/a/sign/"
    ask(site, path)
    page = ask(site, path, {"email": "sam@example.org"})[2]
    assert site.application.asked_count == 1
    assert 'value="sam@example.org"' in page
    assert "ira" not in page
    assert "mira" not in repr(site._kept)


@pytest.mark.django_db
def test_who_has_not_waited_too_long_signs(site):
    petition = make_petition()
    path = f"{petition.get_absolute_url()}sign/"
    form = {"name": "Mira", "email": "mira@example.org", "country": "DE"} | honest()
    assert ask(site, path, form)[0].startswith("503")
    assert not Signature.objects.exists()
    assert ask(site, path, form, waited=1)[0].startswith("303")
    assert (Signature.objects.count(), Letter.objects.count()) == (1, 1)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "form", "environ"),
    [
        ("/petitions/a/sign/", FORM, {"HTTP_SEC_FETCH_SITE": "cross-site"}),
        ("/petitions/a/sign/", FORM, {"HTTP_ORIGIN": "https://elsewhere.example"}),
        ("/petitions/a/sign/", b"--b\r\n", {"CONTENT_TYPE": "multipart/form-data; boundary=b"}),
        ("/petitions/a/sign/", b"name=\xff", {}),
        ("/petitions/a/sign/", b"&".join([b"a=1"] * 3001), {}),
        ("/petitions/a/sign/", b"a=" + b"x" * 20_000, {}),
        ("/admin/petitions/signatures/", FORM, {}),
        ("/stories/", FORM, {}),
        ("/petitions/a/sign/", FORM, {"HTTP_HOST": "elsewhere.example"}),
    ],
)
def test_what_is_out_of_the_ordinary_goes_on_to_django(site, path, form, environ):
    ask(site, "/petitions/a/sign/")
    said = [ask(site, path, form, waited=12, **environ)[0] for _ in range(2)]
    assert site.application.asked_count == 3
    assert said[0] == said[1]
    assert said[0][0] in "45"


@pytest.mark.django_db
def test_what_has_changed_is_said_a_second_later(site, monkeypatch):
    path, words = "/petitions/a/sign/", "Please come back at nine."
    assert words not in ask(site, path)[2]
    turn(banner_words={"en": words})
    assert words not in ask(site, path)[2]
    monkeypatch.setattr(turned_away, "KEPT_SECONDS", 0)
    assert words in ask(site, path)[2]
    assert site.application.asked_count == 2


@pytest.mark.django_db
def test_it_is_counted_and_logged_without_a_path(site, caplog):
    caplog.set_level("INFO", logger="advocacy.requests")
    counted = traffic.REQUESTS.labels("nowhere", "503")._value.get
    before = counted()
    for _ in range(2):
        ask(site, "/signatures/abc/confirm/", {}, waited=12)
    assert site.application.asked_count == 1
    assert counted() == before + 2
    facts = [record.facts for record in caplog.records if record.name == "advocacy.requests"]
    assert len(facts) == 2
    assert all(one | {"ms": 0} == {"route": "", "method": "POST", "status": 503, "ms": 0}
               for one in facts)  # fmt: skip


def test_a_board_that_is_full_of_hosts_is_wiped(site):
    said = HttpResponse(status=503)
    said.given_back = given_back.GivenBack("busy", b"", b"")
    for number in range(3 * turned_away.MOST_KEPT_COUNT):
        site._remember((False, None, True, f"{number}.example.org", "https"), said)
    assert len(site._kept) <= turned_away.MOST_KEPT_COUNT
