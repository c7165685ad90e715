"""Feeds as their readers see them: parsed by feedparser, which is not ours."""

import json
from datetime import timedelta

import feedparser
import pytest
from django.utils import timezone

from stories import withdrawal
from stories.models import Withdrawal
from tests.factories import make_country, make_story, make_theme
from tests.stories.uploads import stored_photo

pytestmark = pytest.mark.django_db
FORMS = ["atom.xml", "rss.xml", "feed.json"]


def entries(client, address: str) -> list[dict]:
    """Title, id, link and text of each entry, whatever the form."""
    response = client.get(address)
    assert response.status_code == 200, address
    if address.endswith(".json"):
        assert response["Content-Type"].startswith("application/feed+json")
        feed = json.loads(response.content)
        assert feed["version"] == "https://jsonfeed.org/version/1.1"
        assert feed["feed_url"] == f"https://testserver{address}"
        return [
            {"title": e["title"], "id": e["id"], "link": e["url"], "text": e["content_html"]}
            for e in feed["items"]
        ]
    headers = {"content-type": response["Content-Type"]}
    feed = feedparser.parse(response.content, response_headers=headers)
    assert not feed.bozo, feed.get("bozo_exception")
    return [
        {"title": e.title, "id": e.id, "link": e.link, "text": e.content[0].value}
        for e in feed.entries
    ]


@pytest.mark.parametrize("form", FORMS)
def test_a_feed_carries_the_whole_text_with_whole_links(client, form):
    story = make_story(
        title="Fish & <rivers>",
        body='<p>A <strong>river</strong>. <a href="/about/">Us</a></p>',
        content_note="Describes violence.",
        photo=stored_photo(),
    )
    story.sources.create(title="T", publisher="P & Q", published="2021", url="https://example.org")
    (entry,) = entries(client, f"/feeds/{form}")
    assert entry["title"] == "Fish & <rivers>"
    assert entry["link"] == f"https://testserver{story.get_absolute_url()}"
    assert entry["id"] == f"tag:testserver,2026:story-{story.pk}"
    assert entry["text"].startswith("<p><em>Describes violence.</em></p>")
    assert "<strong>river</strong>" in entry["text"]
    assert 'href="https://testserver/about/"' in entry["text"]
    assert "T, P &amp; Q, 2021" in entry["text"]
    assert story.photo.stem not in client.get(f"/feeds/{form}").content.decode()


@pytest.mark.parametrize("form", FORMS)
def test_there_is_a_feed_for_each_country_theme_and_language(client, form):
    here = make_story(title="Here", language="fa")
    here.countries.add(make_country("IR"))
    here.themes.add(make_theme(slug="land", name="Land"))
    make_story(title="Elsewhere")
    for address in ("countries/ir", "themes/land", "languages/fa"):
        assert [e["title"] for e in entries(client, f"/feeds/{address}/{form}")] == ["Here"]
    assert len(entries(client, f"/feeds/{form}")) == 2


@pytest.mark.parametrize("form", FORMS)
def test_a_feed_of_nothing_is_a_feed(client, form):
    make_country("IR")
    assert entries(client, f"/feeds/{form}") == []
    assert entries(client, f"/feeds/countries/ir/{form}") == []


def test_what_is_not_public_or_not_to_be_carried_away_is_in_no_feed(client):
    make_story(status="draft")
    make_story(published_at=timezone.now() + timedelta(hours=1))
    make_story(visibility="not_found")
    shown = make_story(visibility="no_picture")
    assert [e["title"] for e in entries(client, "/feeds/atom.xml")] == [shown.title]


def test_whoever_asks_again_is_told_that_nothing_is_new_until_something_is_taken_back(client):
    make_story()
    newest = make_story()
    first = client.get("/feeds/atom.xml")
    assert first["Cache-Control"] == "public, max-age=300"
    asked_again = {"if-none-match": first["ETag"]}
    assert client.get("/feeds/atom.xml", headers=asked_again).status_code == 304
    newest.delete()
    assert client.get("/feeds/atom.xml", headers=asked_again).status_code == 200
    assert "Last-Modified" not in first


def test_a_character_that_xml_can_not_carry_does_not_break_the_feed(client):
    make_story(title="A\x0bB", body="<p>C\x0cD</p>")
    assert entries(client, "/feeds/rss.xml")[0]["title"] == "AB"


@pytest.mark.parametrize(
    "address",
    ["feed.xml", "countries/xx/atom.xml", "themes/none/atom.xml", "languages/xx/atom.xml",
     "countries/ir/none"]
)  # fmt: skip
def test_a_feed_that_is_not_there_is_not_found(client, address):
    assert client.get(f"/feeds/{address}").status_code == 404


def test_pages_say_where_their_feed_is(client):
    theme = make_theme(slug="land")
    assert b'href="/feeds/atom.xml"' in client.get("/").content
    page = client.get(theme.get_absolute_url()).content
    assert b'type="application/atom+xml"' in page and b'href="/feeds/themes/land/atom.xml"' in page


@pytest.mark.parametrize("form", FORMS)
def test_what_was_withdrawn_comes_once_more_with_nothing_in_it(client, form):
    story = make_story(title="Ana Ruiz is free", slug="ana-ruiz-is-free")
    draft = make_story(title="Never public", status="draft", published_at=None)
    (before,) = entries(client, f"/feeds/{form}")
    for row in (story, draft):
        withdrawal.withdraw(row, "asked", "tomas")
    (after,) = entries(client, f"/feeds/{form}")
    assert after["id"] == before["id"]
    assert after["title"] == "Withdrawn"
    assert "This text was withdrawn." in after["text"]
    assert "ruiz" not in client.get(f"/feeds/{form}").content.decode().lower()
    Withdrawal.objects.update(withdrawn_on=timezone.now().date() - timedelta(days=61))
    assert entries(client, f"/feeds/{form}") == []
