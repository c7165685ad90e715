"""Below /lite/ stands the whole site once more, without anything that has to be fetched."""

import re
from urllib.parse import urlsplit

import brotli
import pytest
from django.urls import get_script_prefix

from advocacy import lite
from petitions.models import Signature
from stories.models import Page
from tests.advocacy.markup import elements
from tests.advocacy.world import World, make_world
from tests.factories import honest, make_page, make_petition, make_story
from tests.stories.uploads import stored_photo

pytestmark = pytest.mark.django_db
MOST_BYTES = 20_000
NOT_THERE = {"img", "picture", "source", "script", "svg", "video", "audio", "iframe", "object"}


@pytest.fixture
def world() -> World:
    """One of everything."""
    return make_world()


def page(client, address: str) -> list:
    """The elements of a light page."""
    return elements(client.get(address).content.decode())


def test_every_page_is_there_once_more_and_answers_alike(client, world):
    for address in world.pages():
        if "/styleguide/" in address:  # is for those who make the pages
            continue
        full, light = client.get(address), client.get(f"/lite{address}")
        assert light.status_code == full.status_code, address
        for name in ("Cache-Control", "X-Robots-Tag", "Referrer-Policy", "X-Frame-Options"):
            assert light.get(name) == full.get(name), (address, name)
        assert not light.cookies, address
        heading = re.compile(r"<h1[^>]*>(.*?)</h1>", re.S)
        said = [heading.search(answer.content.decode())[1] for answer in (light, full)]
        assert said[0] == said[1], address


@pytest.mark.once
def test_no_light_page_makes_the_browser_fetch_anything(light_walk):
    for address in light_walk.pages:
        found = light_walk.elements(address)
        assert not NOT_THERE & {element.tag for element in found}, address
        assert [element.tag for element in found].count("style") == 1, address
        for element in found:
            assert "style" not in element.attributes, address
            if element.tag == "link":
                rel = element.attributes["rel"]
                is_empty_icon = (rel, element.attributes["href"]) == ("icon", "data:,")
                assert is_empty_icon or rel == "canonical", (address, element)


def test_a_light_page_may_load_its_one_style_and_nothing_else(client, world):
    policy = client.get("/lite/")["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert "'sha256-" not in client.get("/")["Content-Security-Policy"]
    assert len(lite.style().encode()) < 3000


@pytest.mark.once
def test_every_light_page_travels_in_twenty_kilobytes(light_walk):
    for address in light_walk.pages:
        assert len(light_walk.answers[address].content) < MOST_BYTES, address


def test_a_long_story_is_not_cut_and_still_travels_light(client):
    words = " ".join(f"{number} people{number % 97} said so" for number in range(2500))
    story = make_story(body=f"<p>{words}</p>")
    sent = client.get(f"/lite{story.get_absolute_url()}", headers={"accept-encoding": "br"})
    assert words in brotli.decompress(sent.content).decode()
    assert len(sent.content) < MOST_BYTES


@pytest.mark.once
def test_who_is_on_light_pages_stays_on_them(light_walk):
    pictures = 0
    for address in light_walk.pages:
        for element in light_walk.elements(address):
            target = element.attributes.get("href", "") or element.attributes.get("action", "")
            if not target.startswith("/") or target.startswith("/lite/"):
                continue
            if target.startswith("/media/"):
                pictures += 1
            else:
                assert "".join(element.text) == "Full version, with pictures", (address, target)
    assert pictures


@pytest.mark.once
def test_every_link_of_a_light_page_leads_somewhere(client, world):
    found = {
        urlsplit(element.attributes["href"]).path
        for address in world.pages()
        for element in page(client, f"/lite{address}")
        if element.tag == "a" and element.attributes["href"].startswith("/")
    }
    for address in found:
        response = client.get(address, follow=True)
        assert response.status_code == 200, address
        response.getvalue()


def test_both_versions_lead_to_each_other_and_machines_to_the_full_one(client, world):
    address = world.story.get_absolute_url()
    for here, there in ((address, f"/lite{address}"), (f"/lite{address}", address)):
        found = page(client, here)
        assert [e for e in found if e.tag == "a" and e.attributes["href"] == there], here
        canonical = [e for e in found if e.attributes.get("rel") == "canonical"]
        assert [e.attributes["href"] for e in canonical] == [f"https://testserver{address}"]


def test_what_was_chosen_is_kept_on_the_way_to_the_other_version(client, world):
    found = page(client, "/stories/?country=IR&page=1")
    assert "/lite/stories/?country=IR&page=1" in [e.attributes.get("href") for e in found]


def test_an_address_that_is_not_there_is_not_repeated(client):
    for address in ("/nowhere/at/all", "/lite/nowhere/at/all"):
        assert b"nowhere" not in client.get(address).content


def test_pictures_are_told_of_and_can_be_asked_for(client, world):
    text = client.get(f"/lite{world.story.get_absolute_url()}").content.decode()
    assert f"[{world.photo.alt}]" in text
    link = re.search(r'href="(/media/[^"]+)">Show the picture, (\d+)\xa0bytes', text)
    assert len(client.get(link[1]).getvalue()) == int(link[2])


def test_a_picture_whose_file_is_missing_has_no_size(client, settings, tmp_path):
    story = make_story(photo=stored_photo())
    settings.MEDIA_ROOT = tmp_path
    text = client.get(f"/lite{story.get_absolute_url()}").content.decode()
    assert "Show the picture</a>" in text


def test_other_languages_have_light_pages_with_the_language_behind_the_prefix(client):
    found = page(client, "/lite/ar/stories/")
    html = next(element for element in found if element.tag == "html")
    assert (html.attributes["lang"], html.attributes["dir"]) == ("ar", "rtl")
    links = [e.attributes["href"] for e in found if e.tag == "a"]
    assert {"/lite/fr/stories/", "/lite/stories/", "/ar/stories/"} <= set(links)
    assert not [link for link in links if link.startswith("/ar/lite/")]


def test_editors_links_keep_to_light_pages_too(client):
    make_page(
        slug="about",
        body='<p><a href="/stories/">S</a> <a href="//example.org/">E</a> <a href="#x">X</a></p>',
    )
    text = client.get("/lite/about/").content.decode()
    for link in ('<a href="/lite/stories/"', '<a href="//example.org/"', '<a href="#x"'):
        assert link in text
    assert '<a href="/stories/"' in client.get("/about/").content.decode()


def test_mira_signs_on_light_pages_from_first_to_last(client, send_letters):
    petition = make_petition()
    form = honest() | {"name": "Mira Novak", "email": "mira@example.org"}
    start = f"/lite{petition.get_absolute_url()}"
    assert client.post(f"{start}sign/", form | {"email": "mira@"}).status_code == 422
    response = client.post(f"{start}sign/", form, follow=True)
    assert response.redirect_chain == [(f"{start}signed/", 303)]
    # Letters know nothing of how somebody reads: it is not stored.
    [link] = re.findall(r"https://testserver(/signatures/\S+)", str(send_letters().mails[0]))[:1]
    response = client.post(f"/lite{link}confirm/", follow=True)
    assert response.redirect_chain == [(f"/lite{link}", 303)]
    assert b"Your signature counts" in response.content
    response = client.post(f"/lite{link}withdraw/", follow=True)
    assert response.redirect_chain == [(f"{start}withdrawn/", 303)]
    assert not Signature.objects.exists()


def test_who_is_stopped_on_a_light_page_waits_and_does_not_calculate(client, settings):
    settings.SIGNATURES_PER_NETWORK_AND_PETITION_PER_HOUR = 1
    petition = make_petition()
    address = f"/lite{petition.get_absolute_url()}sign/"
    for number in range(2):
        form = honest() | {"name": "Mira Novak", "email": f"m{number}@example.org"}
        response = client.post(address, form)
    assert response.status_code == 429
    text = response.content.decode()
    assert "Please wait 20 seconds" in text
    assert 'name="ticket"' in text
    assert "<script" not in text and "calculation" not in text


@pytest.mark.parametrize(
    "path",
    ["/admin/", "/admin/login/?next=/admin/", "/feeds/atom.xml", "/robots.txt", "/sitemap.xml",
     "/healthz", "/favicon.ico", "/static/css/base.css", "/media/photos/x.jpg"]
)  # fmt: skip
def test_what_is_no_page_has_one_address_only(client, path):
    response = client.get(f"/lite{path}")
    assert (response.status_code, response["Location"]) == (301, path)


@pytest.mark.parametrize(
    "path", ["/lite//evil.example/", "/lite//evil.example", "/lite/\\evil.example/", "/lite/lite/"]
)
def test_nobody_is_led_to_another_site_or_round_in_circles(client, path):
    response = client.get(path, follow=True)
    assert response.status_code == 404
    assert all(
        url.startswith(("/lite/", "http://testserver/")) for url, _ in response.redirect_chain
    )


def test_an_address_without_its_slash_stays_light(client):
    assert client.get("/lite/stories")["Location"] == "/lite/stories/"
    assert client.get("/lite")["Location"] == "/lite/"


def test_the_prefix_is_gone_after_the_answer(client):
    for address in ("/lite/", "/lite/nowhere/", "/lite/admin/"):
        client.get(address)
        assert get_script_prefix() == "/"
    assert Page(slug="about").get_absolute_url() == "/about/"


def test_robots_leave_light_private_pages_alone_too(client):
    assert b"Disallow: /lite/signatures/" in client.get("/robots.txt").content
