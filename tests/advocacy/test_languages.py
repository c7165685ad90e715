"""Other languages have their own addresses, and what machines read stays as it is."""

import re

import pytest

from petitions.models import Tally
from tests.advocacy.markup import elements
from tests.advocacy.world import make_world
from tests.factories import honest, make_petition, make_story

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def three_languages(settings):
    """The site as it will be once it is translated."""
    settings.LANGUAGES = [("en", "English"), ("de", "Deutsch"), ("fa", "فارسی")]


@pytest.mark.parametrize(
    ("address", "language", "direction"),
    [("/", "en", "ltr"), ("/de/", "de", "ltr"), ("/fa/", "fa", "rtl"),
     ("/fa/petitions/", "fa", "rtl")]
)  # fmt: skip
def test_a_page_says_its_language_and_where_a_line_begins(client, address, language, direction):
    page = elements(client.get(address).content.decode())
    html = next(element for element in page if element.tag == "html")
    assert (html.attributes["lang"], html.attributes["dir"]) == (language, direction)


def test_what_a_browser_prefers_does_not_change_an_address(client):
    response = client.get("/", headers={"accept-language": "de"})
    assert response.status_code == 200
    assert b'<html lang="en"' in response.content


def test_a_language_that_we_do_not_have_is_not_found(client):
    assert client.get("/fr/").status_code == 404
    assert client.get("/fr/petitions/").status_code == 404


def test_whoever_signs_in_german_goes_on_in_german(client):
    petition = make_petition(slug="free-ana")
    form = honest() | {"name": "Mira Novak", "email": "mira@example.org"}
    response = client.post("/de/petitions/free-ana/sign/", form)
    assert response.url == "/de/petitions/free-ana/signed/"
    assert petition.letters.get().language == "de"


# Numbers in these attributes are read by programs, in whatever language the page is.
NUMBERS = {"progress": ["value", "max"], "data": ["value"], "circle": ["cx", "cy", "r"],
           "img": ["width", "height"], "svg": ["viewbox"]}  # fmt: skip


@pytest.mark.parametrize("language", ["en", "de", "fa"])
def test_numbers_for_machines_are_written_as_machines_read_them(client, language):
    world = make_world()
    world.story.countries.create(code="SG")
    Tally.objects.update_or_create(petition=world.open, defaults={"total": 1234})
    prefix = "" if language == "en" else f"/{language}"
    found = set()
    for address in ("/", "/countries/", "/numbers/", world.open.get_absolute_url()):
        for element in elements(client.get(f"{prefix}{address}").content.decode()):
            for name in NUMBERS.get(element.tag, []):
                found.add(element.tag)
                value = element.attributes[name]
                assert re.fullmatch(r"[0-9. ]+", value), (address, element.tag, name, value)
    assert found >= {"progress", "circle", "img", "svg"}


@pytest.mark.parametrize("language", ["de", "fa"])
def test_moments_for_machines_are_written_as_machines_read_them(client, language):
    world = make_world()
    for address in ("/", world.story.get_absolute_url(), world.defender.get_absolute_url()):
        for element in elements(client.get(f"/{language}{address}").content.decode()):
            if element.tag == "time":
                assert re.fullmatch(r"\d{4}(-\d\d){0,2}", element.attributes["datetime"]), address


def test_a_text_in_another_language_than_the_page_says_so(client):
    make_story(slug="the-door", language="en")
    assert 'lang="en"' in client.get("/de/stories/the-door/").content.decode()
