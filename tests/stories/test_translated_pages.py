"""Pages in the reader's language: what they say, what they admit, and where else they lead."""

import re

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db.models.signals import pre_save
from django.utils import translation

from petitions import delivery, letters
from stories import search, translations
from tests.advocacy.markup import elements
from tests.advocacy.world import make_world
from tests.factories import (
    honest,
    make_country,
    make_defender,
    make_page,
    make_petition,
    make_signature,
    make_statistic,
    make_story,
    make_subscription,
    make_theme,
    make_update,
)
from tests.stories.test_translations import put_into

pytestmark = pytest.mark.django_db
UNTRANSLATED = "This is not translated yet. You are reading it in"
BY_MACHINE = "Translated by a machine and not checked yet."


@pytest.fixture(autouse=True)
def words_in_english(settings):
    """The words of the interface as they stand in the code, whichever catalogue is there."""
    settings.LOCALE_PATHS = []


def page(client, address: str) -> str:
    """A page as one line."""
    response = client.get(address)
    assert response.status_code == 200, address
    return " ".join(response.content.decode().split())


@pytest.fixture
def story():
    """In English, in French by a person, in Persian by a machine."""
    story = make_story(title="The door", slug="the-door", summary="It opened.")
    put_into("fr", story, title="La porte", summary="Elle s’est ouverte.", body="<p>Oui.</p>")
    put_into("fa", story, title="در", summary="باز شد.", body="<p>بله.</p>", is_by_machine=True)
    return story


def test_a_story_is_read_in_the_language_of_the_address(client, story):
    french = page(client, "/fr/stories/the-door/")
    assert "<h1>La porte</h1>" in french and "<p>Oui.</p>" in french
    assert UNTRANSLATED not in french and BY_MACHINE not in french
    for address in ("/fr/", "/fr/stories/"):
        assert "La porte" in page(client, address)
        assert "The door" not in page(client, address)


def test_what_is_not_translated_is_said_and_marked(client, story):
    arabic = page(client, "/ar/stories/the-door/")
    assert f"{UNTRANSLATED} الإنجليزية." in arabic or f"{UNTRANSLATED} English." in arabic
    assert '<h1 lang="en" dir="ltr">The door</h1>' in arabic
    assert '<div class="prose" lang="en" dir="ltr">' in arabic
    assert '<h2 class="card-title" lang="en" dir="ltr">' in page(client, "/ar/stories/")


def test_a_machine_s_work_is_called_so(client, story):
    persian = page(client, "/fa/stories/the-door/")
    assert BY_MACHINE in persian
    assert "<h1>در</h1>" in persian


def test_a_field_that_was_left_out_stays_in_its_language_and_says_so(client):
    story = make_story(title="The door", slug="the-door", summary="It opened.")
    put_into("ar", story, title="الباب")
    arabic = page(client, "/ar/stories/the-door/")
    assert "<h1>الباب</h1>" in arabic
    assert '<p class="lede" lang="en" dir="ltr">It opened.</p>' in arabic


def test_what_a_number_counts_is_read_in_the_order_of_its_language(client):
    """Two pieces of English on an Arabic line would stand in the order of Arabic."""
    whole, half = make_statistic(scope="worldwide"), make_statistic(scope="in Europe")
    put_into("ar", half, label="قُتلوا")
    arabic = page(client, "/ar/numbers/")
    assert '<span lang="en" dir="ltr">people were killed, worldwide</span>' in arabic
    assert f'قُتلوا, <span lang="en" dir="ltr">{half.scope}</span>' in arabic
    assert f'<p class="label">{whole.label}, {whole.scope}</p>' in page(client, "/numbers/")


def test_a_title_alone_makes_no_translation(client):
    """A card can be read then, its page can't: it says so, and machines are told the same."""
    story = make_story(title="The door", slug="the-door")
    put_into("fr", story, title="La porte", summary="Elle s’est ouverte.")
    assert "La porte" in page(client, "/fr/stories/")
    french = page(client, "/fr/stories/the-door/")
    assert "The text itself is not translated yet." in french
    assert UNTRANSLATED not in french
    assert links(client, "/fr/stories/the-door/") == (f"{SITE}/stories/the-door/", {})
    assert translations.languages(story) == ["en"]
    assert "/fr/stories/the-door/" not in client.get("/sitemap-stories.xml").content.decode()
    assert client.get("/feeds/languages/fr/atom.xml").status_code == 404
    search.index_all()
    assert "La <mark>porte</mark>" in page(client, "/fr/search/?q=porte")
    assert search.catch_up() == 0


def test_a_page_leads_only_to_languages_in_which_it_can_be_read(client, story):
    put_into("ru", story, title="Дверь", is_published=False)
    note = re.search(
        r'<div class="translation-note">.*?</div>', page(client, "/fr/stories/the-door/")
    )
    assert re.findall(r'hreflang="([\w-]+)"', note[0]) == ["en", "fa"]
    assert 'href="/stories/the-door/"' in note[0] and 'href="/fa/stories/the-door/"' in note[0]
    make_story(slug="alone")
    assert "translation-note" not in page(client, "/stories/alone/")


def links(client, address: str) -> tuple[str, dict[str, str]]:
    """The page's one address, and by language where else it stands."""
    found = [e.attributes for e in elements(page(client, address)) if e.tag == "link"]
    (canonical,) = [a["href"] for a in found if a["rel"] == "canonical"]
    others = {a["hreflang"]: a["href"] for a in found if "hreflang" in a and "type" not in a}
    return canonical, others


SITE = "https://testserver"


def test_machines_are_told_of_the_languages_that_there_are(client, story):
    others = {
        "en": f"{SITE}/stories/the-door/",
        "fr": f"{SITE}/fr/stories/the-door/",
        "fa": f"{SITE}/fa/stories/the-door/",
        "x-default": f"{SITE}/stories/the-door/",
    }
    assert links(client, "/stories/the-door/") == (others["en"], others)
    assert links(client, "/fr/stories/the-door/") == (others["fr"], others)
    # No translation: the page is the original in another frame.
    assert links(client, "/ru/stories/the-door/") == (others["en"], others)


def test_what_was_written_elsewhere_has_its_home_there(client):
    make_story(title="در", language="fa", slug="the-door")
    canonical, others = links(client, "/fr/stories/the-door/")
    assert (canonical, others) == (f"{SITE}/fa/stories/the-door/", {})
    story = make_story(title="တံခါး", language="my", slug="another-door")
    assert links(client, "/fr/stories/another-door/")[0] == f"{SITE}/stories/another-door/"
    put_into("fr", story, title="Une porte", body="<p>Oui.</p>")
    _, others = links(client, "/fr/stories/another-door/")
    assert set(others) == {"en", "fr", "x-default"}


def test_lists_name_all_languages(client, story):
    canonical, others = links(client, "/fr/stories/")
    assert canonical == f"{SITE}/fr/stories/"
    assert set(others) == {"en", "fr", "es", "ru", "ar", "zh-hans", "he", "fa", "x-default"}


def test_a_country_page_says_that_a_machine_translated_its_introduction(client):
    told = make_country("IR")
    make_country("GT")
    type(told).objects.filter(pk="IR").update(intro="We follow trials.")
    put_into("fa", told, intro="دادگاه‌ها را دنبال می‌کنیم.", is_by_machine=True)
    put_into("fr", told, intro="Nous suivons des procès.")
    assert BY_MACHINE in page(client, "/fa/countries/ir/")
    french = page(client, "/fr/countries/ir/")
    assert BY_MACHINE not in french and UNTRANSLATED not in french
    assert UNTRANSLATED in page(client, "/ru/countries/ir/")
    assert UNTRANSLATED not in page(client, "/ru/countries/gt/")  # where there is nothing to read


def test_the_list_of_numbers_says_that_a_machine_translated_some(client):
    one, other = make_statistic(label="were killed"), make_statistic(label="were freed")
    put_into("fa", one, label="کشته شدند", is_by_machine=True)
    put_into("fr", other, label="ont été libérés")
    assert BY_MACHINE in page(client, "/fa/numbers/")
    for address in ("/fr/numbers/", "/ru/numbers/", "/numbers/"):
        assert BY_MACHINE not in page(client, address)


def test_updates_of_a_persian_story_are_persian(client):
    story = make_story(title="در", language="fa", slug="the-door")
    update = story.updates.create(title="باز شد", text="<p>بله.</p>")
    assert translations.original_language(update) == "fa"
    put_into("en", update, title="It opened")
    assert "It opened" in page(client, "/stories/the-door/")
    assert "It opened" not in page(client, "/fa/stories/the-door/")


def test_whoever_can_read_the_words_gets_no_translation_of_them(client):
    story = make_story(slug="the-door")
    quote = story.quotes.create(
        text="می‌مانیم.", language="fa", translation="We stay.", speaker="S", source_name="N"
    )
    assert "Translated (English): <q>We stay.</q>" in page(client, "/stories/the-door/")
    assert "We stay." not in page(client, "/fa/stories/the-door/")
    assert '<q lang="en" dir="ltr">We stay.</q>' in page(client, "/fr/stories/the-door/")
    put_into("fr", quote, translation="Nous restons.")
    assert "<q>Nous restons.</q>" in page(client, "/fr/stories/the-door/")


def test_a_short_title_is_not_mixed_with_another_language():
    petition = make_petition(title="Free them", short_title="Free")
    put_into("fr", petition, title="Libérez-les")
    with translation.override("fr"):
        translations.translate([petition])
    assert petition.card_title == "Libérez-les"


def translate_all(world, language: str, mark: str) -> None:
    """Give every row of a world words in a language, all with a mark in them."""
    for model in translations.translatable():
        for row in model._base_manager.all():
            words = {name: mark for name in model.translated_fields if getattr(row, name)}
            if words and not row.translations.filter(language=language).exists():
                put_into(language, row, **words)


PAGES = ("home", "stories:story_list", "stories:story_detail", "stories:defender_list",
         "stories:defender_detail", "stories:country_detail", "stories:theme_detail",
         "stories:statistic_list", "stories:page_detail", "petitions:petition_list",
         "petitions:petition_detail", "petitions:signed", "petitions:signature",
         "petitions:enter_code", "petitions:lost_link", "petitions:stop_by_mail")  # fmt: skip


def test_no_page_shows_an_original_where_there_is_a_translation(client):
    """Every text of every row is translated into one word: then nothing else of them is left."""
    world = make_world()
    addresses = world.addresses()
    translate_all(world, "fr", "traduit")
    for name in PAGES:
        text = page(client, f"/fr{addresses[name]}")
        left = re.findall(r'lang="en" dir="ltr">[^<]*', text)
        assert left == [], name
        assert "traduit" in text, name


@pytest.mark.parametrize("language", ["ar", "zh-hans"])
def test_every_page_is_well_made_in_every_language(client, language):
    world = make_world()
    translate_all(world, "ar", "ترجمة")
    for address in world.pages():
        response = client.get(f"/{language}{address}")
        assert response.status_code in (200, 400, 404, 410), address
        assert not response.cookies
        found = elements(response.content.decode())
        html = next(element for element in found if element.tag == "html")
        assert html.attributes["lang"] == language
        assert html.attributes["dir"] == ("rtl" if language == "ar" else "ltr")
        assert [element.tag for element in found].count("h1") == 1, address
        ids = [element.attributes["id"] for element in found if "id" in element.attributes]
        assert len(ids) == len(set(ids)), address
        for element in found:
            if element.attributes.get("lang") == "en" and "hreflang" not in element.attributes:
                assert element.attributes.get("dir") in ("ltr", "auto"), address


@pytest.mark.parametrize("address", ["/stories/the-door/", "/defenders/ana/", "/"])
def test_translations_cost_the_same_however_many_there_are(
    client, address, django_assert_max_num_queries
):
    theme = make_theme()
    story, defender = make_story(slug="the-door"), make_defender(slug="ana")
    make_page(slug="home")
    defender.stories.add(story)
    make_statistic(is_featured=True, theme=theme)
    ContentType.objects.clear_cache()
    client.get(f"/fr{address}")

    def count() -> int:
        with django_assert_max_num_queries(60) as questions:
            client.get(f"/fr{address}")
        return len(questions)

    first = count()
    for row in (story, defender, theme):
        put_into("fr", row, **dict.fromkeys(row.translated_fields, "x"))
    for _number in range(3):
        other = make_story()
        put_into("fr", other, title="Titre")
        other.themes.add(theme)
        other.defenders.add(defender)
        incident = defender.incidents.create(happened_on="2026-01-02", text="Arrested.")
        put_into("fr", incident, text="Arrêtée.")
    assert count() <= first + 2  # what was empty before is asked for once


@pytest.fixture
def saved_translated():
    """The rows that were saved with a reader's words in them: there should be none."""
    found = []

    def note(sender, instance, **more):
        if hasattr(instance, "_translation"):
            found.append(instance)

    pre_save.connect(note)
    yield found
    pre_save.disconnect(note)


def test_nothing_saves_a_row_with_a_readers_words(client, send_letters, saved_translated):
    petition = make_petition(slug="free-ana", title="Free Ana")
    put_into("fr", petition, title="Libérez Ana")
    update = make_update(petition)
    put_into("fr", update, title="Elle est libre")
    form = honest() | {"name": "Mira Novak", "email": "mira@example.org", "level": "hand_in"}
    assert client.post("/fr/petitions/free-ana/sign/", form).status_code == 303
    (letter,) = send_letters().to("mira@example.org")
    link = re.search(
        r"https://testserver(/fr/signatures/\S+)", letter.get_body(("plain",)).get_content()
    )
    for act in ("confirm", "level", "withdraw"):
        client.get(link[1])
        client.post(f"{link[1]}{act}/", {"level": "count"})
    client.post("/fr/petitions/free-ana/sign/", {})
    make_subscription(petition, language="fr")
    delivery.begin(update)
    delivery.send_waiting()
    assert letters.send_waiting() == 0
    petition.refresh_from_db()
    assert petition.title == "Free Ana"
    assert saved_translated == []


def test_a_letter_names_the_petition_in_the_signers_language(send_letters):
    petition = make_petition(title="Free Ana")
    put_into("fr", petition, title="Libérez Ana")
    make_signature(petition, "mira@example.org", language="fr")
    make_signature(petition, "li@example.org", language="ru")
    inbox = send_letters()
    (mira,), (li,) = inbox.to("mira@example.org"), inbox.to("li@example.org")
    for part in ("plain", "html"):
        assert "Libérez Ana" in mira.get_body((part,)).get_content()
        assert "Free Ana" not in mira.get_body((part,)).get_content()
        assert "Free Ana" in li.get_body((part,)).get_content()
    assert 'lang="en" dir="ltr">Free Ana' in li.get_body(("html",)).get_content()


def test_an_update_arrives_in_each_readers_language(inbox):
    petition = make_petition(title="Free Ana")
    put_into("fr", petition, title="Libérez Ana")
    update = make_update(petition, title="She is free", text="<p>She came home.</p>")
    put_into("fr", update, title="Elle est libre", text="<p>Elle est rentrée.</p>")
    put_into("fa", update, title="او آزاد است", text="<p>به خانه آمد.</p>", is_by_machine=True)
    for name, language in (("mira", "fr"), ("noor", "fa"), ("li", "ru")):
        make_subscription(petition, f"{name}@example.org", language=language)
    assert delivery.begin(update) == 3
    delivery.send_waiting()
    said = {}
    for name in ("mira", "noor", "li"):
        (mail,) = inbox.to(f"{name}@example.org")
        said[name] = mail.get_body(("plain",)).get_content()
    assert "Elle est rentrée." in said["mira"] and "Libérez Ana" in said["mira"]
    assert "به خانه آمد." in said["noor"] and BY_MACHINE in said["noor"]
    assert "She came home." in said["li"]
    assert "She" not in said["mira"] and BY_MACHINE not in said["mira"]


def test_signing_in_another_language_asks_and_answers_the_same(client):
    petition = make_petition(slug="free-ana", title="Free Ana")
    put_into("fr", petition, title="Libérez Ana")
    answers = [
        client.post("/fr/petitions/free-ana/sign/", honest() | {"email": "x"}).content.decode()
        for _time in range(2)
    ]
    assert all("Libérez Ana" in answer for answer in answers)
