"""What holds for every page: it is ours alone, it keeps nobody's trace, and it is well made."""

import base64
import hashlib
import re
from urllib.parse import urlsplit

import pytest
from django.contrib.sessions.models import Session
from django.core.handlers.base import BaseHandler
from django.http import HttpResponse
from django.test import Client, RequestFactory

from petitions import sealing
from tests.advocacy.markup import elements
from tests.advocacy.world import World, make_world
from tests.factories import honest, make_petition
from tests.stories.uploads import stored_photo

pytestmark = pytest.mark.django_db
POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)


@pytest.fixture
def world() -> World:
    """One of everything."""
    return make_world()


def test_the_home_page_shows_what_is_most_urgent(client, world):
    page = client.get("/").content.decode()
    for words in ("Justice for all", "Read and sign", world.defender.name, "281", "Iran",
                  "Writers’ House", 'href="/get-involved/"'):  # fmt: skip
        assert words in page


def test_the_home_page_is_there_before_anything_is_published(client):
    response = client.get("/")
    assert response.status_code == 200
    assert b"Nothing is published yet." in response.content


def test_robots_are_asked_to_leave_desks_and_private_pages_alone(client):
    response = client.get("/robots.txt")
    assert response["Content-Type"].startswith("text/plain")
    for line in ("Disallow: /admin/", "Disallow: /signatures/"):
        assert line in response.content.decode().splitlines()


def test_browsers_that_look_for_an_icon_find_it(client):
    response = client.get("/favicon.ico", follow=True)
    assert response.status_code == 200
    assert response["Content-Type"] == "image/svg+xml"
    assert response.getvalue().startswith(b"<svg")


def test_health_is_answered_and_never_kept(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        response = client.get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok\n")
    assert "no-store" in response["Cache-Control"]


def as_sent(method: str, address: str) -> tuple[HttpResponse, bytes]:
    """An answer as a web server is given it; the test client takes a HEAD's body away by itself."""
    handler = BaseHandler()
    handler.load_middleware()
    response = handler.get_response(RequestFactory().generic(method, address))
    body = response.getvalue()
    for close in response._resource_closers:  # its files; the rest of close() ends the connection
        close()
    return response, body


@pytest.mark.parametrize("name", ["home", "media", "feeds:site", "nothing", "styles"])
def test_an_answer_to_head_has_the_headers_and_no_body(world, name):
    others = {"nothing": "/nothing-here/", "styles": "/static/css/tokens.css"}
    address = (world.addresses() | others)[name]
    (got, page), (asked, nothing) = as_sent("GET", address), as_sent("HEAD", address)
    assert page
    assert nothing == b""
    assert asked.status_code == got.status_code
    for header in ("Content-Type", "Content-Length", "Cache-Control"):
        assert asked.get(header) == got.get(header)


def test_a_site_with_database_and_keys_is_ready(client):
    response = client.get("/readyz")
    assert (response.status_code, response.content) == (200, b"ready\n")
    assert "no-store" in response["Cache-Control"]


@pytest.fixture
def without_keys(settings, tmp_path):
    """A server on which no keys were made."""
    settings.KEYS_DIR = tmp_path / "none"
    sealing.forget_cached_keys()
    yield
    sealing.forget_cached_keys()


def test_a_site_without_keys_is_not_ready(client, without_keys):
    response = client.get("/readyz")
    assert (response.status_code, response.content) == (503, b"keys missing\n")


@pytest.mark.once
def test_every_page_says_what_it_may_load(walk):
    for address, answer in walk.answers.items():
        assert answer["Content-Security-Policy"] == POLICY, address


def test_the_admin_lets_exactly_its_own_inline_script_through(desk, world):
    response = desk.get(f"/admin/stories/story/{world.story.pk}/change/")
    policy = response["Content-Security-Policy"]
    assert "unsafe" not in policy
    inline = [
        "".join(element.text)
        for element in elements(response.content.decode())
        if element.tag == "script"
        and "src" not in element.attributes
        and element.attributes.get("type") not in ("application/json",)
    ]
    assert len(inline) == 1
    digest = base64.b64encode(hashlib.sha256(inline[0].encode()).digest()).decode()
    assert f"script-src 'self' 'sha256-{digest}'" in policy


@pytest.mark.once
def test_no_page_allows_inline_scripts_or_styles(editors_walk):
    for address, answer in editors_walk.answers.items():
        assert "unsafe" not in answer["Content-Security-Policy"], address


@pytest.mark.once
def test_every_answer_carries_the_headers_that_protect_readers(client, walk):
    for address, response in [
        *walk.answers.items(),
        ("/admin/login/", client.get("/admin/login/")),
    ]:
        assert response["X-Frame-Options"] == "DENY", address
        assert response["X-Content-Type-Options"] == "nosniff", address
        assert response["Referrer-Policy"] == "same-origin", address
        assert response["Cross-Origin-Opener-Policy"] == "same-origin", address
        for power in ("camera=()", "geolocation=()", "microphone=()"):
            assert power in response["Permissions-Policy"], address


def test_browsers_are_told_to_come_back_encrypted(client, settings):
    settings.SECURE_SSL_REDIRECT = True
    response = client.get("/stories/")
    assert (response.status_code, response.url) == (301, "https://testserver/stories/")
    assert client.get("/healthz").status_code == 200
    year = "max-age=31536000; includeSubDomains; preload"
    assert client.get("/", secure=True)["Strict-Transport-Security"] == year


def test_no_public_page_sets_a_cookie(walk):
    for address, answer in walk.answers.items():
        assert not answer.cookies, address
    assert not walk.sessions_count


def test_signing_and_confirming_set_no_cookie(client, world):
    sign, confirm = (world.addresses()[f"petitions:{act}"] for act in ("sign", "confirm"))
    for form in ({}, honest() | {"name": "Mira Novak", "email": "mira@example.org"}):
        assert not client.post(sign, form).cookies
    assert not client.post(confirm).cookies
    assert not Session.objects.exists()


@pytest.mark.once
def test_not_even_an_editor_is_known_outside_the_desk(editors_walk):
    for address in editors_walk.pages:
        response = editors_walk.answers[address]
        assert not response.cookies, address
        assert "Cookie" not in response.get("Vary", ""), address
        assert b"tomas" not in response.content, address


def test_an_editors_cookies_stay_on_the_desk(tomas):
    browser = Client()
    login = browser.get("/admin/login/")
    token = login.cookies["csrftoken"]
    form = {"username": "tomas", "password": "a-long-pass-phrase",
            "csrfmiddlewaretoken": re.search(rb'csrfmiddlewaretoken" value="(\w+)"',
                                             login.content)[1].decode()}  # fmt: skip
    logged_in = browser.post("/admin/login/", form)
    assert logged_in.status_code == 302
    cookies = [token, *logged_in.cookies.values()]
    assert {cookie.key for cookie in cookies} == {"csrftoken", "sessionid"}
    for cookie in cookies:
        assert cookie["path"] == "/admin/"
        assert cookie["secure"]
        assert cookie["httponly"]
        assert cookie["samesite"] == "Strict"


def test_the_desk_refuses_forms_without_its_token(tomas):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(tomas)
    answers = {"name": "Exile", "slug": "exile", "definition": "Leaving."}
    response = browser.post("/admin/stories/theme/add/", answers)
    assert response.status_code == 403
    assert b"This form came from another website" in response.content


# Attributes by which a page makes the browser fetch or send something, without being asked.
FETCHED = {
    "img": ["src", "srcset"], "script": ["src"], "link": ["href"], "form": ["action"],
    "iframe": ["src"], "source": ["src", "srcset"], "video": ["src", "poster"], "audio": ["src"],
    "embed": ["src"], "object": ["data"], "use": ["href"], "image": ["href"],
    "live-count": ["src"], "button": ["formaction"],
}  # fmt: skip


@pytest.mark.once
def test_no_page_fetches_anything_from_elsewhere(walk):
    for address in walk.pages:
        for element in walk.elements(address):
            if element.attributes.get("rel") in ("canonical", "alternate"):
                continue  # for machines; no browser follows them
            for name in FETCHED.get(element.tag, []):
                for url in re.split(r"[\s,]+", element.attributes.get(name, "")):
                    assert not urlsplit(url).netloc, (address, url)


def test_no_style_sheet_or_script_fetches_anything_from_elsewhere(settings):
    files = [f for f in (settings.BASE_DIR / "static").rglob("*") if f.suffix in (".css", ".js")]
    assert len(files) > 5
    for file in files:
        words = file.read_text(encoding="utf-8")
        assert not re.search(r"@import|url\(\s*['\"]?(https?:)?//", words), file
        assert not re.search(r"(fetch|import)\(\s*['\"`](https?:)?//", words), file


@pytest.mark.once
def test_every_page_is_clean_markup(walk):
    for address in walk.pages:
        for element in walk.elements(address):
            if element.tag == "script":
                is_data = element.attributes.get("type") == "application/ld+json"
                assert element.attributes.get("src") or is_data, address
            assert element.tag != "style", address
            assert "style" not in element.attributes, (address, element)
            assert not [name for name in element.attributes if name.startswith("on")], address
            assert not element.attributes.get("href", "").startswith("javascript:"), address


@pytest.mark.once
def test_every_page_has_one_heading_a_language_and_a_title(walk):
    for address in walk.pages:
        found = walk.elements(address)
        assert [element.tag for element in found].count("h1") == 1, address
        html = next(element for element in found if element.tag == "html")
        assert (html.attributes["lang"], html.attributes["dir"]) == ("en", "ltr"), address
        title = next(element for element in found if element.tag == "title")
        assert "".join(title.text).strip(), address
        assert [element.tag for element in found].count("main") == 1, address


@pytest.mark.once
def test_no_two_elements_of_a_page_have_one_id(walk):
    for address in walk.pages:
        found = walk.elements(address)
        ids = [element.attributes["id"] for element in found if "id" in element.attributes]
        assert len(ids) == len(set(ids)), (address, sorted(i for i in ids if ids.count(i) > 1))


@pytest.mark.once
def test_headings_leave_out_no_level(walk):
    for address in walk.pages:
        found = walk.elements(address)
        levels = [int(e.tag[1]) for e in found if re.fullmatch(r"h[1-6]", e.tag)]
        steps = [b - a for a, b in zip([0, *levels], levels, strict=False)]
        assert max(steps) <= 1, (address, levels)


@pytest.mark.once
def test_every_picture_says_what_it_shows_and_how_large_it_is(walk):
    for address in walk.pages:
        for element in walk.elements(address):
            if element.tag == "img":
                assert element.attributes["alt"], address
                assert element.attributes["width"].isdigit(), address
                assert element.attributes["height"].isdigit(), address


def test_every_link_within_the_site_leads_somewhere(client, world):
    found = {
        urlsplit(element.attributes["href"]).path
        for address in world.pages()
        for element in elements(client.get(address).content.decode())
        if element.tag == "a" and element.attributes["href"].startswith("/")
    }
    assert len(found) > 10
    for address in found:
        response = client.get(address)
        assert response.status_code == 200, address
        response.getvalue()


def test_private_pages_are_kept_by_nobody(client, world):
    addresses = world.addresses()
    private = {n for n, a in addresses.items() if a.startswith(("/signatures/", "/updates/"))}
    private |= {f"petitions:{name}" for name in ("sign", "enter_code", "lost_link")}
    assert len(private) > 9
    for name in private:
        for answer in (client.get(addresses[name]), client.post(addresses[name])):
            if answer.status_code != 405:
                control = answer["Cache-Control"]
                assert control == "private, no-store", f"{name} {answer.status_code}"


def test_a_picture_is_served_for_good(client):
    response = client.get(stored_photo().url(640))
    assert response["Content-Type"] == "image/jpeg"
    assert response["Cache-Control"] == "public, max-age=31536000, immutable"
    assert response.getvalue().startswith(b"\xff\xd8")
    response.getvalue()


STEM = "0123456789abcdef" * 2


@pytest.mark.parametrize(
    "name",
    ["photos/", "photos/mira.jpg", f"photos/{STEM}-640.webp", f"photos/{STEM}-640.jpg",
     f"photos/{STEM.upper()}-640.webp", f"photos/{STEM}.webp", f"photos/../{STEM}-640.webp",
     "../keys/server.key", "%2e%2e/keys/server.key", "..%2fkeys%2fserver.key",
     "photos/../../keys/server.key", "photos//etc/passwd", "/etc/passwd",
     f"photos/{STEM}-640.webp%00.jpg", f"photos/{STEM}-640.webp%0a", f"photos/{STEM}-٦٤٠.webp",
     f"photos/{STEM}-{'6' * 300}.webp", "keys/server.key", "tests.sqlite3"]
)  # fmt: skip
def test_no_other_file_can_be_fetched(client, name):
    assert client.get(f"/media/{name}").status_code == 404


@pytest.mark.parametrize("address", ["/", "/petitions/", "/stories/"])
def test_a_host_that_is_not_ours_is_refused(client, address):
    make_petition()
    response = client.get(address, headers={"host": "evil.example"})
    assert response.status_code == 400
    assert b"evil.example" not in response.content


def test_whatever_can_be_read_can_be_asked_for_its_headers(client, world):
    addresses = world.addresses()
    del addresses["media"]  # a file, which the test client would leave open
    for name, address in addresses.items():
        assert client.head(address).status_code == client.get(address).status_code, name


def test_methods_that_nobody_needs_are_refused(client, world):
    for address in ("/", "/petitions/", world.addresses()["petitions:signature"], "/robots.txt"):
        for method in ("put", "patch", "delete"):
            assert getattr(client, method)(address).status_code == 405
