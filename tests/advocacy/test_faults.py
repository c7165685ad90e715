"""What readers see when something is broken: a sentence, and nothing of our insides."""

import pytest
from django.core.signals import got_request_exception
from django.db import InterfaceError, OperationalError, connections
from django.test import Client

from petitions import sealing
from petitions.models import Letter, Signature
from stories import places
from tests.advocacy.markup import elements
from tests.factories import honest, make_petition, make_signature, make_story, token_for

pytestmark = pytest.mark.django_db
SECRET = "host=10.0.0.7 password=tulip mira@example.org"
FORM = {"name": "Mira Novak", "email": "mira@example.org", "country": "DE"}


@pytest.fixture
def reader() -> Client:
    """A browser that shows what it is sent, whatever happens behind it."""
    return Client(raise_request_exception=False)


@pytest.fixture(params=[OperationalError, InterfaceError])
def break_database(request, monkeypatch):
    """Take the database away."""

    def fail(*args: object, **kwargs: object) -> None:
        raise request.param(SECRET)

    def take() -> None:
        monkeypatch.setattr(connections["default"], "cursor", fail)
        monkeypatch.setattr(connections["default"], "ensure_connection", fail)

    yield take
    monkeypatch.undo()


def assert_is_kind(response, status: int) -> None:
    """One heading, a sentence, and none of our secrets."""
    assert response.status_code == status
    page = response.content.decode()
    assert [e.tag for e in elements(page)].count("h1") == 1
    for word in ("password", "10.0.0.7", "Traceback", "Error", "Exception", "site-packages"):
        assert word not in page


@pytest.mark.parametrize(
    "address", ["/", "/stories/", "/stories/the-door/", "/defenders/", "/countries/", "/numbers/",
                "/petitions/", "/petitions/free-ana/", "/petitions/free-ana/signed/",
                "/petitions/free-ana/count.json", "/about/", "/readyz"]
)  # fmt: skip
def test_while_the_database_is_away_a_page_says_when_to_come_back(reader, break_database, address):
    make_story(slug="the-door")
    make_petition(slug="free-ana")
    break_database()
    response = reader.get(address)
    assert_is_kind(response, 503)
    assert response["Retry-After"] == "30"
    assert "no-store" in response["Cache-Control"]


@pytest.mark.parametrize("address", ["/nowhere/at/all/", "/media/photos/mira.jpg"])
def test_an_unknown_address_is_no_fault_of_ours_even_then(reader, break_database, address):
    break_database()
    assert_is_kind(reader.get(address), 404)


def test_a_letters_link_works_again_once_the_database_is_back(reader, break_database, monkeypatch):
    address = f"/signatures/{token_for(make_signature(make_petition()))}/"
    break_database()
    assert_is_kind(reader.get(address), 503)
    assert_is_kind(reader.post(f"{address}confirm/"), 503)
    monkeypatch.undo()
    assert reader.get(address).status_code == 200
    assert reader.post(f"{address}confirm/").status_code == 303


def test_what_mira_typed_is_kept_while_the_database_is_away(reader, break_database, monkeypatch):
    petition = make_petition(slug="free-ana")
    break_database()
    response = reader.post("/petitions/free-ana/sign/", FORM | honest())
    assert_is_kind(response, 503)
    page = response.content.decode()
    for words in ('value="Mira Novak"', 'value="mira@example.org"', '<option value="DE" selected>',
                  'action="/petitions/free-ana/sign/"', "nothing was stored"):  # fmt: skip
        assert words in page
    assert "no-store" in response["Cache-Control"]
    monkeypatch.undo()
    assert not petition.signatures.exists()
    assert not Letter.objects.exists()


def test_the_desk_says_it_too_while_the_database_is_away(reader, break_database, tomas):
    reader.force_login(tomas)
    break_database()
    assert_is_kind(reader.get("/admin/stories/story/"), 503)


def test_what_mira_typed_is_kept_while_the_keys_are_away(reader, settings, tmp_path):
    petition = make_petition(slug="free-ana")
    settings.KEYS_DIR = tmp_path
    sealing.forget_cached_keys()
    try:
        response = reader.post("/petitions/free-ana/sign/", FORM | honest())
    finally:
        sealing.forget_cached_keys()
    assert_is_kind(response, 503)
    assert b'value="Mira Novak"' in response.content
    assert not petition.signatures.exists()


def multipart(body: bytes, boundary: str = "x") -> dict[str, object]:
    return {"data": body, "content_type": f"multipart/form-data; boundary={boundary}"}


@pytest.mark.parametrize(
    "request_",
    [multipart(b"--x\r\nContent-Disposition: form-data; name=", ""), multipart(b"x", "é" * 300),
     {"data": "&".join(f"f{n}=1" for n in range(2500)),
      "content_type": "application/x-www-form-urlencoded"},
     {"data": "name=" + "x" * 2_000_000, "content_type": "application/x-www-form-urlencoded"},
     {"data": "name=x", "content_type": "application/x-www-form-urlencoded; charset=utf-16"}]
)  # fmt: skip
def test_what_can_not_be_read_is_answered_with_a_sentence(reader, request_):
    petition = make_petition()
    response = reader.post(f"{petition.get_absolute_url()}sign/", **request_)
    assert_is_kind(response, 400)
    assert b"We could not read that" in response.content
    assert not Signature.objects.exists()


@pytest.mark.parametrize(
    "request_",
    [multipart(b"--x\r\nrubbish"), multipart(b"\x00\xff" * 500),
     {"data": b"name=%ff%fe&email=%00", "content_type": "application/x-www-form-urlencoded"}]
)  # fmt: skip
def test_a_form_without_sense_in_it_gets_the_form_again(reader, request_):
    petition = make_petition()
    response = reader.post(f"{petition.get_absolute_url()}sign/", **request_)
    assert response.status_code in (400, 422)
    assert not Signature.objects.exists()


@pytest.mark.parametrize("kind", ["application/json", "text/plain", ""])
def test_what_is_no_form_is_not_taken(reader, kind):
    petition = make_petition()
    response = reader.post(
        f"{petition.get_absolute_url()}sign/", data=b'{"name": "Mira"}', content_type=kind
    )
    assert response.status_code == 415
    assert not Signature.objects.exists()


def test_an_address_that_leads_nowhere_shows_ways_on(reader):
    response = reader.get("/nowhere/")
    assert_is_kind(response, 404)
    for way in ('href="/stories/"', 'href="/defenders/"', 'href="/petitions/"', "noindex"):
        assert way in response.content.decode()


def test_a_colleague_without_the_right_to_a_page_reads_why(reader, django_user_model):
    reader.force_login(django_user_model.objects.create_user("vera", is_staff=True))
    response = reader.get("/admin/stories/story/")
    assert_is_kind(response, 403)
    assert "This page is not open to you" in response.content.decode()


@pytest.fixture
def break_home(monkeypatch):
    """A fault in our own code, whose words quote somebody."""

    def fail() -> None:
        raise RuntimeError(SECRET)

    monkeypatch.setattr(places, "published_places", fail)


def test_a_fault_of_ours_tells_nothing_of_itself(reader, break_home):
    response = reader.get("/")
    assert_is_kind(response, 500)
    assert "Something broke on our side" in response.content.decode()


def test_a_fault_of_ours_asks_the_database_nothing_more(reader, break_home, monkeypatch):
    def fail(*args: object, **kwargs: object) -> None:
        raise OperationalError(SECRET)

    def take(**kwargs: object) -> None:
        monkeypatch.setattr(connections["default"], "cursor", fail)

    got_request_exception.connect(take)
    try:
        assert_is_kind(reader.get("/"), 500)
    finally:
        got_request_exception.disconnect(take)
        monkeypatch.undo()


def test_even_with_debugging_on_what_mira_typed_is_hidden(reader, settings, monkeypatch):
    settings.DEBUG = True
    petition = make_petition(slug="free-ana")
    monkeypatch.setattr("petitions.signing.sign", lambda *a, **k: 1 / 0)
    response = reader.post(f"{petition.get_absolute_url()}sign/", FORM | honest())
    assert response.status_code == 500
    parameters = response.content.decode().partition("POST")[2]
    assert 'value="Mira Novak"' not in parameters
