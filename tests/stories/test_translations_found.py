"""Translations are found, fed, mapped and drawn like originals, and go with them."""

import io
import json
import re

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.utils import timezone, translation
from lxml import etree
from PIL import Image

from stories import cards, search, withdrawal
from stories.mentions import as_text
from stories.models import SearchEntry, Story, Translation
from stories.withholding import sought
from tests.advocacy.test_sitemaps import places
from tests.factories import make_country, make_defender, make_petition, make_story, make_update
from tests.stories.test_translations import put_into

pytestmark = pytest.mark.django_db
SITE = "https://testserver"


@pytest.fixture
def story():
    """In English, in French, and as a draft in Russian."""
    story = make_story(title="The door", slug="the-door", summary="It opened.")
    put_into("fr", story, title="La porte", summary="Elle s’est ouverte.", body="<p>Oui.</p>")
    put_into("ru", story, title="Дверь", is_published=False)
    search.index_all()
    return story


def found(client, query: str, prefix: str = "") -> list[str]:
    """The titles on the page of results, without marks."""
    page = client.get(f"{prefix}/search/", {"q": query}).content.decode()
    titles = re.findall(r"<h2[^>]*><a[^>]*>(.*?)</a></h2>", page)
    return [re.sub(r"</?mark>", "", title) for title in titles]


# --- Search ---------------------------------------------------------------------------------------


def test_a_story_is_found_by_its_words_in_each_language(client, story):
    assert found(client, "door") == ["The door"]
    assert found(client, "porte") == ["La porte"]
    assert found(client, "porte", "/fr") == ["La porte"]
    assert found(client, "дверь", "/ru") == []


def test_what_is_found_in_two_languages_comes_once_in_the_readers(client):
    story = make_story(title="Ana and the river")
    for language, title in (("fr", "Ana et le fleuve"), ("es", "Ana y el río")):
        put_into(language, story, title=title)
    search.index_all()
    assert found(client, "ana", "/fr") == ["Ana et le fleuve"]
    assert found(client, "ana", "/es") == ["Ana y el río"]
    assert found(client, "ana") == found(client, "ana", "/ru") == ["Ana and the river"]
    assert b"1 result" in client.get("/search/?q=ana").content


def test_an_update_s_words_are_found_in_the_story_s_language(client, story):
    update = story.updates.create(title="Opened", text="<p>At last.</p>")
    put_into("fr", update, text="<p>Enfin.</p>")
    search.index(story)
    assert found(client, "enfin") == ["La porte"]


def test_the_worker_notices_what_is_translated_and_taken_back(client, story):
    put_into("es", story, title="La puerta")
    assert search.catch_up() == 1
    assert found(client, "puerta") == ["La puerta"]
    assert search.catch_up() == search.index_all() == 0
    story.translations.filter(language="fr").update(is_published=False)
    story.translations.filter(language="es").delete()
    assert search.catch_up() == 2
    assert found(client, "porte") == found(client, "puerta") == []
    assert found(client, "door") == ["The door"]


def test_a_story_whose_language_is_put_right_is_in_the_index_once(client, story):
    Story.objects.update(language="es")
    search.index_all()
    languages = SearchEntry.objects.filter(kind="story").values_list("language", flat=True)
    assert sorted(languages) == ["es", "fr"]
    assert search.catch_up() == 0


def test_what_goes_is_forgotten_in_all_languages(client, story):
    search.forget(story)
    assert not SearchEntry.objects.filter(kind="story").exists()
    search.index(story)
    assert SearchEntry.objects.filter(kind="story").count() == 2
    withdrawal.withdraw(story, "asked", "tomas")
    assert not SearchEntry.objects.filter(kind="story").exists()
    assert not Translation.objects.exists()


@pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite’s own index")
def test_sqlite_s_index_of_letters_follows_the_table(story):
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM search_by_part WHERE search_by_part MATCH '\"orte\"'")
        assert cursor.fetchone() == (1,)
        cursor.execute("SELECT count(*) FROM sqlite_master WHERE type = 'trigger'")
        assert cursor.fetchone() == (3,)


# --- Names ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["Zoe Quuxmary", "zoe quuxmary", "ZOE QUUXMARY", "Зоя Куксмари", "نرگس محمدی",
             "נרגס מוחמדי", "佐伊·库克斯玛丽"]
)  # fmt: skip
def test_a_name_behind_a_line_break_in_json_is_found(name):
    of = sought([name])
    assert of.stands_in(as_text({"body": f"One.\n{name}\twaits."}))
    assert of.stands_in(as_text(json.dumps([{"a": [f"One.\n{name}"]}])))


def test_a_name_is_withheld_in_a_translation_only_where_it_stands():
    them = make_defender(name="Zoe Quuxmary", slug="zoe")
    put_into("ru", them, name="Зоя Куксмари")
    other = make_story(title="The river")
    one = put_into("fr", other, title="Avec Zoe Quuxmary", body="<p>Elle,\nZoe Quuxmary.</p>")
    put_into("ru", other, title="С Зоей", body="<p>Зоя Куксмари.</p>")
    draft = put_into("he", other, title="Zoe Quuxmary", is_published=False)
    seen = withdrawal.outlook(them)
    assert {place.mention.row.pk for place in seen.places} >= {one.pk, draft.pk}
    assert {place.text for place in seen.places} == {other}
    withdrawal.withdraw(them, "danger", "tomas")
    one.refresh_from_db()
    assert "Zoe" not in str(one.words) and one.words["body"].startswith("<p>Elle,\n[")
    said = str(list(Translation.objects.values_list("words", flat=True)))
    assert "Zoe" not in said and "Куксмари" not in said
    assert "С Зоей" in said
    assert Translation.objects.count() == 3  # theirs is gone


def test_a_text_that_grows_stays_as_short_as_its_field():
    them = make_defender(name="Zoe Quux", slug="zoe")
    story = make_story()
    one = put_into("fr", story, title=" ".join(["Zoe Quux et nous"] * 9))
    assert len(one.words["title"]) < 160
    withdrawal.withdraw(them, "danger", "tomas")
    one.refresh_from_db()
    assert "Zoe" not in one.words["title"]
    assert len(one.words["title"]) <= 160


def test_nothing_is_left_of_the_translations_of_a_withdrawn_petition():
    petition = make_petition(title="Free the river")
    for row in (
        petition,
        petition.demands.create(text="Free.", addressee="All"),
        petition.milestones.create(count=10, text="We go."),
        make_update(petition),
    ):
        put_into("fr", row, **{row.translated_fields[0]: "Libre"})
    withdrawal.withdraw(petition, "asked", "tomas")
    assert not Translation.objects.exists()


# --- Feeds ----------------------------------------------------------------------------------------


ATOM = {"a": "http://www.w3.org/2005/Atom"}
LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def feed(client, address: str) -> etree._Element:
    """A feed in Atom."""
    return etree.fromstring(client.get(address).content)


def test_the_feed_of_a_language_carries_originals_and_translations(client, story):
    make_story(title="Ici", language="fr", slug="ici")
    petition = make_petition(title="Free Ana")
    demand = petition.demands.create(text="Free her.", addressee="All")
    put_into("fr", petition, title="Libérez Ana", text="<p>Oui.</p>")
    put_into("fr", demand, text="Libérez-la.")
    make_story(title="Only in English")
    tree = feed(client, "/feeds/languages/fr/atom.xml")
    titles = tree.xpath("//a:entry/a:title/text()", namespaces=ATOM)
    assert sorted(titles) == ["Ici", "La porte", "Libérez Ana"]
    assert tree.get(LANG) == "fr"
    assert {entry.get(LANG) for entry in tree.findall("a:entry", ATOM)} == {"fr"}
    whole = " ".join(tree.xpath("//a:content/text()", namespaces=ATOM))
    assert "Libérez-la." in whole and "<p>Oui.</p>" in whole
    links = tree.xpath("//a:entry/a:link/@href", namespaces=ATOM)
    assert f"{SITE}/fr/stories/the-door/" in links
    assert client.get("/feeds/languages/ru/atom.xml").status_code == 404  # a draft only


def test_a_text_has_one_id_in_all_feeds(client, story):
    ids = {
        entry.findtext("a:title", namespaces=ATOM): entry.findtext("a:id", namespaces=ATOM)
        for address in ("/feeds/atom.xml", "/feeds/languages/fr/atom.xml")
        for entry in feed(client, address).findall("a:entry", ATOM)
    }
    assert set(ids) == {"The door", "La porte"}
    assert len(set(ids.values())) == 1


def test_a_feed_says_which_entries_are_in_another_language(client):
    make_story(title="در", language="fa")
    tree = feed(client, "/feeds/atom.xml")
    assert (tree.get(LANG), tree.find("a:entry", ATOM).get(LANG)) == ("en", "fa")


def test_a_better_translation_is_new_to_feed_readers(client, story):
    Translation.objects.filter(language="fr").update(updated_at=timezone.now())
    Story.objects.update(updated_at=timezone.now() - timezone.timedelta(days=3))
    (updated,) = feed(client, "/feeds/languages/fr/atom.xml").xpath(
        "//a:entry/a:updated/text()", namespaces=ATOM
    )
    assert updated[:10] == f"{timezone.now():%Y-%m-%d}"


def test_readers_are_offered_the_feeds_of_all_languages_that_there_are(client, story):
    page = client.get("/stories/").content.decode()
    assert 'href="/feeds/languages/fr/atom.xml"' in page
    assert "/feeds/languages/ru/" not in page


# --- Sitemaps, previews, JSON-LD ------------------------------------------------------------------


def test_sitemaps_name_each_language_that_there_is(client, story):
    found = places(client)
    for path in ("/stories/the-door/", "/fr/stories/the-door/", "/fr/stories/", "/zh-hans/"):
        assert f"{SITE}{path}" in found
    assert f"{SITE}/ru/stories/the-door/" not in found
    xml = client.get("/sitemap-stories.xml").content.decode()
    entry = f"<loc>{SITE}/fr/stories/the-door/</loc>"
    others = re.findall(r'hreflang="([\w-]+)"', xml.partition(entry)[2].partition("</url>")[0])
    assert others == ["en", "fr", "x-default"]
    default = f'hreflang="x-default" href="{SITE}/stories/the-door/"'
    assert default in xml


def test_sitemaps_lead_to_the_original_wherever_it_is(client):
    make_story(title="در", language="fa", slug="the-door")
    found = places(client)
    assert f"{SITE}/fa/stories/the-door/" in found
    assert f"{SITE}/stories/the-door/" not in found


def head(client, address: str) -> str:
    """The head of a page."""
    return client.get(address).content.decode().partition("<body")[0]


@pytest.mark.parametrize(
    ("language", "title"),
    [("fr", "Libérez-les, où qu’ils soient"), ("es", "¡Liberen a los niños!"),
     ("ru", "Освободите их"), ("ar", "أطلقوا سراحهم"), ("zh-hans", "释放他们"),
     ("he", "שחררו אותם"), ("fa", "آزادشان کنید")]
)  # fmt: skip
def test_a_card_carries_the_translated_title_and_never_boxes(client, language, title):
    petition = make_petition(title="Free them")
    put_into(language, petition, title=title)
    page = head(client, f"/{language}{petition.get_absolute_url()}")
    (card,) = re.findall(r'og:image" content="https://testserver([^"]+)"', page)
    response = client.get(card)
    assert response.status_code == 200
    assert Image.open(io.BytesIO(response.content)).size == (1200, 630)
    drawn = response.content
    if cards._is_writable(title):
        assert drawn == cards.draw(title, django_settings.SITE_NAME)
    else:  # then with our name alone, as for any title that our font can't write
        assert drawn == cards.draw("\uffff", django_settings.SITE_NAME)
    petition.translations.update(is_published=False)
    assert client.get(card).status_code == 404


def test_a_country_s_card_is_there_in_every_language(client):
    country = make_country("DE")
    page = head(client, f"/fr{country.get_absolute_url()}")
    (card,) = re.findall(r'og:image" content="https://testserver([^"]+)"', page)
    assert client.get(card).status_code == 200
    with translation.override("fr"):
        assert cards.address(country) == card


def test_json_ld_says_the_language_of_what_is_shown(client, story):
    french, russian = (head(client, f"/{code}/stories/the-door/") for code in ("fr", "ru"))
    assert '"inLanguage": "fr"' in french
    assert f'"mainEntityOfPage": "{SITE}/fr/stories/the-door/"' in french
    assert '"inLanguage": "en"' in russian
    assert f'"mainEntityOfPage": "{SITE}/stories/the-door/"' in russian


def test_what_is_not_translated_runs_its_own_way_under_a_title_that_is(client):
    story = make_story(title="The door", summary="A summary.", body="<p>A rusty handle.</p>")
    put_into("ar", story, title="الباب", summary="انفتح الباب.")
    search.index_all()
    page = client.get("/ar/search/", {"q": "rusty"}).content.decode()
    assert re.search(r'<h2 lang="ar" dir="rtl">.*الباب', page)
    assert '<p lang="" dir="auto">A <mark>rusty</mark> handle' in page
