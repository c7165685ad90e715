"""The banner stands above every public page, in words that everybody's browser reads aright."""

import pytest

from tests.advocacy.markup import elements
from tests.advocacy.world import make_world
from tests.factories import make_petition, turn

pytestmark = pytest.mark.django_db
WORDS = {"en": "We move tonight. Letters <wait>.", "ar": "ننتقل الليلة."}


def banner(response) -> tuple[dict[str, str], dict[str, str]]:
    """The attributes of the banner's region and of its words."""
    found = elements(response.content.decode())
    places = [n for n, e in enumerate(found) if "banner" in e.attributes.get("class", "").split()]
    assert len(places) == 1
    return found[places[0]].attributes, found[places[0] + 1].attributes


@pytest.mark.parametrize("prefix", ["", "/lite"])
def test_it_stands_on_every_public_page(client, prefix):
    world = make_world()
    turn(banner_words=WORDS)
    for address in world.pages():
        if "/styleguide/" in address:
            continue
        page = client.get(f"{prefix}{address}").content.decode()
        assert page.count("Letters &lt;wait&gt;.") == 1, address


@pytest.mark.parametrize(
    ("prefix", "language", "direction"),
    [("", "en", "ltr"), ("/ar", "ar", "rtl"), ("/fa", "en", "ltr"), ("/lite/ar", "ar", "rtl")],
)
def test_its_language_is_said_where_it_is_another_one(client, prefix, language, direction):
    turn(banner_words=WORDS, banner_level="important")
    region, words = banner(client.get(f"{prefix}/petitions/"))
    assert region["aria-label"]
    assert "is-important" in region["class"]
    assert (words["lang"], words["dir"]) == (language, direction)


def test_it_stands_on_the_pages_for_faults_too(client):
    turn(banner_words=WORDS)
    assert banner(client.get("/nowhere/"))
    assert banner(client.get("/styleguide/faults/503/"))


def test_on_a_site_that_is_being_moved_every_page_says_so(client):
    turn(is_read_only=True)
    assert "takes nothing for some minutes" in client.get("/petitions/").content.decode()
    turn(banner_words=WORDS)
    page = client.get("/petitions/").content.decode()
    assert "takes nothing" not in page and "Letters" in page


@pytest.mark.django_db(transaction=True)
def test_a_page_that_is_kept_is_made_anew_with_it(client, settings):
    settings.PAGE_CACHE_SECONDS = 5
    make_petition()
    assert "We move" not in client.get("/petitions/").content.decode()
    turn(banner_words=WORDS)
    assert "We move" in client.get("/petitions/").content.decode()
    turn(banner_words={})
    assert "We move" not in client.get("/petitions/").content.decode()


def test_where_maps_are_left_out_the_list_stays_and_nothing_is_broken(client):
    world = make_world()
    before = client.get("/countries/").content.decode()
    assert "<svg" in before
    turn(hides_drawings=True)
    for address in ("/", "/countries/"):
        page = client.get(address).content.decode()
        assert 'class="map' not in page
        assert "after-map" not in page
        assert world.defender.country.get_absolute_url() in page
