"""Who reads us in Tor Browser learns of our onion address, and can do everything there."""

import pytest

from petitions.models import Signature
from tests.advocacy.programs import PRODUCTION, code, last_line, run
from tests.factories import honest, make_petition

pytestmark = pytest.mark.django_db
HOST = "a" * 56 + ".onion"
CLEAR = {"x-forwarded-proto": "https"}
# What its proxy says: Tor encrypts, so the site need not lead anybody to HTTPS.
ONION = {"host": HOST, "x-forwarded-proto": "https"}


@pytest.fixture(autouse=True)
def onion(settings):
    """A site with an onion address, which insists on HTTPS elsewhere."""
    settings.ONION_URL, settings.ONION_HOST = f"http://{HOST}", HOST
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, HOST]
    settings.SECURE_SSL_REDIRECT, settings.SECURE_HSTS_SECONDS = True, 3600
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")


@pytest.mark.parametrize(
    "path", ["/", "/stories/?country=IR", "/ar/petitions/", "/lite/", "/nowhere/"]
)
def test_pages_tell_of_the_onion_address_with_their_path(client, path):
    assert client.get(path, headers=CLEAR)["Onion-Location"] == f"http://{HOST}{path}"


@pytest.mark.parametrize("path", ["/feeds/atom.xml", "/robots.txt", "/admin/login/"])
def test_what_is_no_page_for_readers_does_not(client, path):
    assert "Onion-Location" not in client.get(path, headers=CLEAR)


def test_who_is_there_already_is_not_told_and_not_led_to_https(client):
    response = client.get("/petitions/", headers=ONION)
    assert response.status_code == 200
    assert "Onion-Location" not in response
    assert "Strict-Transport-Security" not in response
    assert b'rel="canonical" href="https://testserver/petitions/"' in response.content


def test_another_host_is_still_led_to_https_and_a_stranger_refused(client):
    assert client.get("/petitions/").status_code == 301
    for host in (f"{HOST}.evil.example", f"evil.{HOST}"):
        assert client.get("/petitions/", headers=CLEAR | {"host": host}).status_code == 400


@pytest.mark.parametrize(
    "said",
    [{"sec-fetch-site": "same-origin"}, {"origin": f"http://{HOST}"}],
    ids=["fetch", "origin"],
)
def test_a_form_is_taken_there_and_from_elsewhere_refused(client, said):
    petition = make_petition()
    address = f"{petition.get_absolute_url()}sign/"
    form = honest() | {"name": "Mira Novak", "email": "mira@example.org"}
    assert client.post(address, form, headers=ONION | said).status_code == 303
    assert Signature.objects.count() == 1
    for elsewhere in ({"sec-fetch-site": "cross-site"}, {"origin": "https://testserver"}):
        assert client.post(address, form, headers=ONION | elsewhere).status_code == 403


def test_without_the_setting_nobody_is_told(client, settings):
    settings.ONION_URL = settings.ONION_HOST = ""
    assert "Onion-Location" not in client.get("/", headers=CLEAR)


@pytest.mark.parametrize(
    ("name", "value"),
    [("ONION_URL", "https://example.org"), ("ONION_URL", "abc.onion"),
     ("QUICK_EXIT_URL", "http://weather.example"), ("QUICK_EXIT_URL", "javascript:alert(1)")]
)  # fmt: skip
def test_an_address_that_can_not_be_right_is_refused(name, value):
    done = run(*code("import advocacy.settings"), **PRODUCTION | {name: value})
    assert done.returncode
    assert name in last_line(done)


def test_the_onion_host_is_allowed_by_itself():
    lines = "from advocacy import settings; print(settings.ALLOWED_HOSTS)"
    done = run(*code(lines), **PRODUCTION | {"ONION_URL": f"http://{HOST}/"})
    assert done.stdout.strip() == f"['example.org', '{HOST}']"
