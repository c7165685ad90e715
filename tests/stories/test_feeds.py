"""Feeds as their readers see them: parsed by feedparser, which is not ours."""

import json
from datetime import UTC, date, datetime, timedelta

import feedparser
import pytest
from django.utils import timezone

from stories import withdrawal
from stories.models import Withdrawal
from tests.advocacy.markup import elements
from tests.factories import make_country, make_petition, make_story, make_theme, make_update
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
    petition = make_petition(title="Free them")
    petition.countries.add(make_country("IR"))
    make_story(title="Elsewhere")
    assert {e["title"] for e in entries(client, f"/feeds/languages/en/{form}")} == {
        "Elsewhere", "Free them"
    }  # fmt: skip
    assert {e["title"] for e in entries(client, f"/feeds/countries/ir/{form}")} == {
        "Here", "Free them"
    }  # fmt: skip
    for address in ("themes/land", "languages/fa"):
        assert [e["title"] for e in entries(client, f"/feeds/{address}/{form}")] == ["Here"]
    assert len(entries(client, f"/feeds/{form}")) == 3
    assert len(entries(client, f"/feeds/stories/{form}")) == 2
    assert [e["title"] for e in entries(client, f"/feeds/petitions/{form}")] == ["Free them"]


@pytest.mark.parametrize("form", FORMS)
def test_a_feed_of_nothing_is_a_feed(client, form):
    make_country("IR")
    assert entries(client, f"/feeds/{form}") == []
    assert entries(client, f"/feeds/countries/ir/{form}") == []


def test_what_is_not_public_or_not_to_be_carried_away_is_in_no_feed(client):
    make_story(status="draft")
    make_story(published_at=timezone.now() + timedelta(hours=1))
    make_story(visibility="not_found")
    make_petition(status="draft")
    make_petition(visibility="not_found")
    shown = make_story(visibility="no_picture")
    assert [e["title"] for e in entries(client, "/feeds/atom.xml")] == [shown.title]
    assert entries(client, "/feeds/petitions/atom.xml") == []


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


def announced(client, address: str) -> dict[str, str]:
    """The feeds that a page's head names: title by address."""
    return {
        element.attributes["href"]: element.attributes["title"]
        for element in elements(client.get(address).content.decode())
        if element.tag == "link" and element.attributes.get("type") == "application/atom+xml"
    }


def test_pages_say_where_their_feed_is(client):
    theme, country = make_theme(slug="land"), make_country("IR")
    assert announced(client, "/").keys() == {"/feeds/atom.xml"}
    assert "/feeds/themes/land/atom.xml" in announced(client, theme.get_absolute_url())
    assert "/feeds/countries/ir/atom.xml" in announced(client, country.get_absolute_url())
    assert "/feeds/petitions/atom.xml" in announced(client, "/petitions/")
    assert b'href="/feeds/petitions/feed.json"' in client.get("/petitions/").content


def test_each_language_has_a_feed_that_is_found_and_bears_its_own_name(client):
    for language in ("en", "fa", "zh"):
        make_story(language=language)
    make_story(language="ru", visibility="not_found")
    feeds = announced(client, "/stories/")
    assert feeds["/feeds/languages/fa/atom.xml"] == "فارسی – The Persecuted"
    assert feeds["/feeds/languages/zh/atom.xml"] == "中文 – The Persecuted"
    assert "/feeds/languages/ru/atom.xml" not in feeds
    for address, title in feeds.items():
        feed = feedparser.parse(client.get(address).content).feed
        assert feed.title == title
        assert feed.language == (address.split("/")[3] if "languages" in address else "en")


@pytest.mark.parametrize("form", FORMS)
def test_a_petition_is_told_in_full(client, form):
    petition = make_petition(
        title="Free <all> poets",
        text='<p>She wrote. <a href="/about/">Us</a></p>',
        occasion="The council & its meeting",
        occasion_on=date(2031, 3, 2),
        closes_at=datetime(2031, 3, 9, 23, 0, tzinfo=UTC),
        photo=stored_photo(),
    )
    petition.demands.create(text="Let her <go>.", addressee="The minister")
    make_update(petition, title="She was heard", text="<p>At last.</p>")
    make_update(petition, title="Not yet", status="draft")
    (entry,) = entries(client, f"/feeds/petitions/{form}")
    assert entry["title"] == "Free <all> poets"
    assert entry["link"] == f"https://testserver{petition.get_absolute_url()}"
    assert entry["id"] == f"tag:testserver,2026:petition-{petition.pk}"
    for words in ("<strong>The minister</strong>: Let her &lt;go&gt;.", "The council &amp; its",
                  "2 March 2031", 'href="https://testserver/about/"', "She was heard", "At last.",
                  "until 9 March 2031", f'href="{entry["link"]}#sign"'):  # fmt: skip
        assert words in entry["text"], words
    assert "Not yet" not in entry["text"]
    assert petition.photo.stem not in client.get(f"/feeds/petitions/{form}").content.decode()


def test_a_petition_that_has_closed_tells_what_came_of_it_and_is_new_again(client):
    closed_at = timezone.now() - timedelta(days=1)
    make_petition(
        closes_at=closed_at, published_at=closed_at - timedelta(days=9), result="<p>Free.</p>"
    )
    (entry,) = json.loads(client.get("/feeds/petitions/feed.json").content)["items"]
    assert "Free." in entry["content_html"] and "has closed" in entry["content_html"]
    assert "#sign" not in entry["content_html"]
    assert datetime.fromisoformat(entry["date_modified"]) == closed_at


def test_stories_and_petitions_come_in_the_order_of_their_days(client):
    now = timezone.now()
    for days, make in enumerate((make_story, make_petition, make_story, make_petition)):
        make(title=f"{days} days old", published_at=now - timedelta(days=days))
    titles = [e["title"] for e in entries(client, "/feeds/atom.xml")]
    assert titles == [f"{days} days old" for days in range(4)]


def test_a_feed_asks_the_database_no_more_for_more_texts(client, django_assert_max_num_queries):
    for _ in range(4):
        make_story()
        make_petition().demands.create(text="Go.", addressee="All")
    with django_assert_max_num_queries(9):
        client.get("/feeds/atom.xml")


def test_a_withdrawn_petition_comes_once_more_with_nothing_in_it(client):
    Withdrawal.objects.create(
        kind="petition", number=7, path_hash=b"x" * 32, withdrawn_on=timezone.now().date(),
        reason="asked", was_public=True,
    )  # fmt: skip
    for form in FORMS:
        for address in (f"/feeds/{form}", f"/feeds/petitions/{form}"):
            (gone,) = entries(client, address)
            assert gone["id"] == "tag:testserver,2026:petition-7"
            assert (gone["title"], gone["link"]) == ("Withdrawn", "https://testserver/petitions/")
        assert entries(client, f"/feeds/stories/{form}") == []


def test_a_json_feed_has_what_its_standard_asks_for(client):
    make_story(language="fa").themes.add(make_theme())
    make_petition()
    feed = json.loads(client.get("/feeds/feed.json").content)
    assert isinstance(feed["title"], str) and feed["home_page_url"] == "https://testserver/"
    for item in feed["items"]:
        assert isinstance(item["id"], str) and isinstance(item["content_html"], str)
        assert item["url"].startswith("https://")
        assert all(isinstance(tag, str) for tag in item["tags"])
        for moment in (item["date_published"], item["date_modified"]):
            assert datetime.fromisoformat(moment).tzinfo
    assert {item["language"] for item in feed["items"]} == {"fa", "en"}


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
