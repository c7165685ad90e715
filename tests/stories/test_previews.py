"""What networks and search engines are told of a page, and what they are not."""

import io
import json
import re
from datetime import datetime

import pytest
from PIL import Image

from stories import cards
from tests.advocacy.markup import elements
from tests.factories import make_country, make_defender, make_petition, make_story, make_theme
from tests.stories.desk import save
from tests.stories.uploads import stored_photo

pytestmark = pytest.mark.django_db


def head(client, address: str) -> dict[str, str]:
    """What the meta and link elements of a page say, by their names."""
    said = {}
    for element in elements(client.get(address).content.decode()):
        attributes = element.attributes
        if element.tag == "meta" and "content" in attributes:
            said[attributes.get("property") or attributes.get("name", "")] = attributes["content"]
        if element.tag == "link" and attributes.get("rel") == "canonical":
            said["canonical"] = attributes["href"]
    return said


def linked(client, address: str) -> list[dict]:
    """The JSON-LD of a page."""
    found = [
        json.loads("".join(element.text))
        for element in elements(client.get(address).content.decode())
        if element.attributes.get("type") == "application/ld+json"
    ]
    return [thing for graph in found for thing in graph["@graph"]]


def card(client, address: str) -> Image.Image:
    """A page's share picture."""
    picture = head(client, address)["og:image"]
    response = client.get(picture.removeprefix("https://testserver"))
    assert response.status_code == 200
    assert response["Content-Type"] == "image/png"
    assert response["Cache-Control"] == "public, max-age=86400"
    assert len(response.content) <= 60_000
    return Image.open(io.BytesIO(response.content))


def test_every_kind_of_page_has_a_preview_and_one_address(client):
    for row in (make_story(), make_defender(), make_petition(), make_country(), make_theme()):
        said = head(client, row.get_absolute_url() + "?utm=x&page=1")
        assert said["canonical"] == said["og:url"] == f"https://testserver{row.get_absolute_url()}"
        assert said["og:title"] == str(row)
        assert said["og:site_name"] == "The Persecuted"
        assert card(client, row.get_absolute_url()).size == (1200, 630)


def test_a_page_of_a_list_is_a_page_of_its_own(client):
    assert head(client, "/stories/?country=IR&page=2")["canonical"].endswith("/stories/?page=2")
    assert head(client, "/stories/?page=x%22")["canonical"] == "https://testserver/stories/"


def test_what_is_not_for_machines_says_nothing_to_them(client):
    for address in ("/search/?q=x", "/nowhere/", "/signatures/unknown/"):
        said = head(client, address)
        assert said["robots"] == "noindex"
        assert not {"canonical", "og:url", "og:title"} & said.keys()


def test_no_card_shows_a_photograph(client):
    without, photographed = make_story(title="One"), make_story(title="One", photo=stored_photo())
    pictures = [card(client, row.get_absolute_url()) for row in (without, photographed)]
    assert pictures[0].tobytes() == pictures[1].tobytes()
    assert photographed.photo.stem not in str(head(client, photographed.get_absolute_url()))


def test_a_title_in_a_script_that_our_font_lacks_is_left_out_rather_than_drawn_as_boxes():
    site_alone = cards.draw("نرگس محمدی", "The Persecuted")
    assert site_alone == cards.draw("中国人权律师", "The Persecuted")
    assert site_alone != cards.draw("Narges Mohammadi", "The Persecuted")


@pytest.mark.parametrize("title", ["", "A", "W" * 160, "Wide words " * 14])
def test_every_title_fits_on_its_card(title):
    picture = Image.open(io.BytesIO(cards.draw(title, "The Persecuted"))).convert("L")
    paper = picture.getpixel((600, 40))
    margins = [picture.crop(box) for box in ((0, 20, 70, 630), (1140, 20, 1200, 630))]
    assert all(margin.getextrema() == (paper, paper) for margin in margins)


def test_a_card_is_gone_with_the_title_that_it_shows(client):
    story = make_story(title="The name of a witness")
    address = cards.address(story)
    assert client.get(address).status_code == 200
    story.title = "A witness"
    story.save()
    assert client.get(address).status_code == 404
    assert client.get(cards.address(story)).status_code == 200
    story.status = "draft"
    story.save()
    assert client.get(cards.address(story)).status_code == 404


@pytest.mark.parametrize(
    "address",
    ["story/1-x", "nothing/1-x", "story/999999999999999999999999-x", "story/a-x", "country/zz-x"],
)
def test_a_card_of_nothing_is_not_found(client, address):
    assert client.get(f"/share/{address}.png").status_code == 404


def test_what_shows_no_picture_in_previews_has_none(client):
    for row in (make_defender(visibility="no_picture"), make_petition(visibility="no_picture")):
        address = row.get_absolute_url()
        said = head(client, address)
        assert said["robots"] == client.get(address)["X-Robots-Tag"] == "max-image-preview:none"
        assert said["og:title"] == str(row)
        assert "og:image" not in said
        assert client.get(cards.address(row)).status_code == 404


def test_what_is_not_for_search_engines_says_so_and_tells_them_nothing(client):
    for make in (make_story, make_defender, make_petition):
        row = make(visibility="not_found")
        address = row.get_absolute_url()
        said = head(client, address)
        assert said["robots"] == client.get(address)["X-Robots-Tag"] == "noindex"
        assert not [name for name in said if name.startswith(("og:", "twitter:"))]
        assert linked(client, address) == []
        assert client.get(cards.address(row)).status_code == 404


def test_nor_does_the_page_of_a_petition_that_refuses_a_form(client):
    petition = make_petition(visibility="not_found")
    refused = client.post(f"{petition.get_absolute_url()}sign/", {})
    assert (refused.status_code, refused["X-Robots-Tag"]) == (422, "noindex")


def test_an_editor_chooses_how_far_a_profile_or_a_petition_is_carried(desk):
    for row, kind in (
        (make_defender(), "stories/defender"),
        (make_petition(), "petitions/petition"),
    ):
        save(desk, f"/admin/{kind}/{row.pk}/change/", visibility="not_found")
        row.refresh_from_db()
        assert row.visibility == "not_found"


def test_a_story_is_told_in_json_ld_with_us_as_its_author(client):
    story = make_story(title="</script><b>", byline="Ines B.")
    page = client.get(story.get_absolute_url()).content.decode()
    assert not re.search(r"ld\+json[^<]*</script><b>", page)
    article, trail = linked(client, story.get_absolute_url())
    assert (article["@type"], article["headline"]) == ("NewsArticle", "</script><b>")
    assert article["author"]["name"] == article["publisher"]["name"] == "The Persecuted"
    assert [step["name"] for step in trail["itemListElement"]] == ["Stories", "</script><b>"]
    assert "Ines" not in json.dumps(article)


def test_nobody_is_entered_into_databases_of_persons(client):
    defender = make_defender(name="Narges Mohammadi")
    assert [thing["@type"] for thing in linked(client, defender.get_absolute_url())] == [
        "BreadcrumbList"
    ]


def test_a_petitions_page_says_where_it_stands(client):
    petition = make_petition(title="Free the poet")
    (trail,) = linked(client, petition.get_absolute_url())
    assert [step["name"] for step in trail["itemListElement"]] == ["Petitions", "Free the poet"]
    assert trail["itemListElement"][0]["item"] == "https://testserver/petitions/"


# What schema.org's readers ask of the types that we write; dates as ISO 8601, addresses whole.
REQUIRED = {
    "Article": {"headline", "datePublished", "dateModified", "author", "publisher", "inLanguage"},
    "BreadcrumbList": {"itemListElement"},
    "ListItem": {"position", "name", "item"},
    "Organization": {"name", "url"},
}
REQUIRED["NewsArticle"] = REQUIRED["Article"]


def test_all_that_is_told_in_json_ld_is_whole(client):
    rows = [make_story(), make_story(kind="article"), make_defender(), make_petition()]
    for row in rows:
        for thing in parts(linked(client, row.get_absolute_url())):
            assert REQUIRED[thing["@type"]] <= thing.keys(), row
            for name in ("datePublished", "dateModified"):
                assert datetime.fromisoformat(thing.get(name, "2026-01-01T00:00Z")).tzinfo
            for name in ("url", "item", "image", "mainEntityOfPage"):
                assert thing.get(name, "https://testserver/").startswith("https://testserver/")


def parts(thing: object) -> list[dict]:
    """All things with a type, within each other."""
    if isinstance(thing, list):
        return [part for one in thing for part in parts(one)]
    if not isinstance(thing, dict):
        return []
    return [thing, *parts(list(thing.values()))]


def test_other_languages_are_named_where_there_are_any(client, settings):
    path = "/stories/"
    settings.LANGUAGES = [("en", "English")]
    previews = client.get(path).content.partition(b"<body")[0]
    assert b'hreflang="x-default"' not in previews
    settings.LANGUAGES = [("en", "English"), ("fa", "فارسی")]
    page = client.get(f"/fa{path}").content.decode()
    for code, prefix in (("en", ""), ("fa", "/fa"), ("x-default", "")):
        address = f"https://testserver{prefix}{path}"
        assert f'hreflang="{code}" href="{address}"' in page
