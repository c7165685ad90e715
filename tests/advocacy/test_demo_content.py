"""What the demo shows: a small believable world in which everything has its source."""

import io
import re
from collections import Counter
from html import unescape
from unicodedata import digit

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from django.utils import translation

from advocacy.demo import load
from petitions import counting, sealing
from petitions.models import Letter, Petition, Signature, Update
from stories.models import (
    Country,
    Defender,
    Incident,
    Page,
    Partner,
    Photo,
    Quote,
    Source,
    Statistic,
    Story,
    Theme,
    Translation,
)
from tests.advocacy.markup import elements

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    """The demo's content, loaded once for this module, with a few signers only."""
    patch = pytest.MonkeyPatch()
    patch.setattr(load, "SIGNERS", {"protect-human-rights-defenders": 12})
    patch.setattr(load, "SIGNERS_OF_OTHERS", 3)
    with django_db_blocker.unblock(), transaction.atomic():
        load.load()
        yield
        transaction.set_rollback(True)
    patch.undo()


def test_the_demo_holds_something_of_everything(world):
    for model in (Story, Defender, Country, Theme, Photo, Statistic, Quote, Page, Partner):
        assert model.objects.count() >= 2, model
    files = len(list((load.CONTENT / "stories").glob("*.toml")))
    assert Story.objects.published().count() == files
    for model in (Defender, Page, Petition):
        assert model.objects.published().count() == model.objects.count()
    assert Petition.objects.open().exists()
    assert Petition.objects.closed().exists()


def test_every_tally_of_the_demo_is_what_its_ledger_says(world):
    differences = counting.differences()
    assert len(differences) == len(list((load.CONTENT / "petitions").glob("*.toml")))
    assert all(difference.is_zero for difference in differences)
    assert sorted(difference.tally for difference in differences)[-1] == 12
    assert not Letter.objects.exists()


def test_the_demo_has_news_and_has_written_to_nobody(world):
    assert Update.objects.published().count() == Update.objects.count() >= 2
    assert not Update.objects.exclude(sending_began_at=None).exists()
    for update in Update.objects.all():
        assert update.petition.published_at < update.published_at


def test_nobody_in_the_demo_could_be_anybody(world, keys):
    boxes = [sealing.unseal(signature.sealed_box, keys) for signature in Signature.objects.all()]
    boxes = [box for box in boxes if box]  # the others are only counted
    assert boxes
    assert all(box["address"].endswith("@example.org") for box in boxes)
    assert all(box["name"].startswith("Invented Person") for box in boxes)


def test_every_picture_number_and_quote_of_the_demo_names_its_source(world):
    for photo in Photo.objects.all():
        assert photo.alt.endswith(".")
        assert photo.credit
    for statistic in Statistic.objects.all():
        assert statistic.source_url.startswith("https://")
        assert statistic.source_name
        assert statistic.source_year >= statistic.year
    for quote in Quote.objects.all():
        assert quote.source_name
    for row in [*Story.objects.all(), *Defender.objects.all()]:
        assert row.sources.exists(), row


def test_the_demo_shows_what_is_known_and_how(world):
    told = Story.objects.get(slug="the-court-will-hear-the-case")
    assert told.is_old and told.kicker and told.checked_on and told.updates.count() == 2
    for update in told.updates.all():
        assert update.made_on > told.published_at.date()
    sombath = Defender.objects.get(slug="sombath-somphone")
    assert sombath.days_count > 4000
    assert sombath.shown_condition_source.publisher == "Voice of America"
    older = Statistic.objects.get(value=207)
    assert older.superseded_by.value == 201
    assert {"person", "organisation"} == {one.kind for one in Defender.objects.all()}
    assert Defender.objects.remembered().get().updates.exists()
    assert Defender.objects.exclude(other_names="").count() >= 4
    assert Theme.objects.exclude(method="").exists()
    assert Country.objects.exclude(boundary_note="").exists()


def test_nobody_invented_could_be_taken_for_somebody_real(world):
    """A changed name, a protected source and a doubt are shown by one who says that she is none."""
    invented = Defender.objects.get(is_pseudonym=True)
    assert "invented" in invented.name
    assert "invented" in invented.summary
    assert invented.robots == "noindex"
    assert not invented.stories.exists() and not invented.petitions.exists()
    assert {source.defender for source in Source.objects.filter(is_withheld=True)} == {invented}
    doubtful = Incident.objects.filter(verification="checking")
    assert {incident.defender for incident in doubtful} == {invented}
    browser = Client()
    assert invented.name not in browser.get("/").content.decode()
    assert "invented" in browser.get("/about/").content.decode()


# Tests of their own see to these; here one of them stands for all.
NOT_AGAIN = ("/static/", "/lite/", *(f"/{code}/" for code, _ in settings.LANGUAGES if code != "ar"))


def test_every_link_of_the_demo_leads_somewhere(world):
    browser, seen, waiting = Client(), set(), ["/"]
    while waiting:
        address = waiting.pop()
        seen.add(address)
        response = browser.get(address)
        assert response.status_code == 200, address
        if response.streaming:
            assert response.getvalue()
            continue
        for element in elements(response.content.decode()):
            url = element.attributes.get("href") or element.attributes.get("src") or ""
            url = url.partition("#")[0]
            if url.startswith("/") and url not in seen and not url.startswith(NOT_AGAIN):
                waiting.append(url)
                seen.add(url)
    assert len(seen) > 50


LANGUAGES = [code for code, _name in settings.LANGUAGES if code != "en"]
# A number may be written 1,234 or 1 234, and in Chinese also 2.46亿, which is 246 million.
GROUPED = re.compile(r"(?<!\d)\d{1,3}(?:[,\u00a0٬]\d{3})+(?!\d)|\d+(?:\.\d+)?[万亿]|\d+")
MILLION, CHINESE = 1_000_000, {"万": 10_000, "亿": 100_000_000}


def numbers(text: str) -> Counter[int]:
    """The numbers in a text and how often each, in whatever digits and groups they are written."""
    plain = "".join(str(digit(c)) if c.isdecimal() else c for c in text)
    return Counter(_number(words) for words in GROUPED.findall(plain))


def _number(words: str) -> int:
    if words[-1] not in CHINESE:
        return int(re.sub(r"\D", "", words))
    value = round(float(words[:-1]) * CHINESE[words[-1]])
    # Others write the word “million” behind it.
    return value if value % MILLION else value // MILLION


def tags(text: str) -> list[str]:
    """What is opened and closed in a text, in its order."""
    return re.findall(r"</?\w+", text)


def links(text: str, language: str) -> list[str]:
    """Where a text leads, whichever language's part of the site that is in."""
    return [url.removeprefix(f"/{language}") for url in re.findall(r'href="([^"]*)"', text)]


def left_in_english(page: str) -> list[str]:
    """The words of a page that are marked as the original's."""
    return re.findall(r'lang="en" dir="ltr">(?:<[^>]*>|\s)*[^<]+', page)


@pytest.mark.parametrize("language", LANGUAGES)
def test_home_one_petition_and_one_profile_can_be_read_in_every_language(world, language):
    browser = Client()
    for path in ("/", "/petitions/protect-human-rights-defenders/", "/defenders/narges-mohammadi/"):
        page = " ".join(browser.get(f"/{language}{path}").content.decode().split())
        assert left_in_english(page) == [], path
        assert page.count('role="note"') >= 1, path  # nobody has checked it yet, and it says so
        assert re.search(r'<link rel="canonical" href="[^"]+"', page)[0].endswith(
            f'/{language}{path}"'
        )


@pytest.mark.parametrize("language", LANGUAGES)
def test_lists_and_the_sites_own_pages_can_be_read_in_every_language(world, language):
    browser = Client()
    rows = [*Page.objects.exclude(slug="home"), *Theme.objects.all(), *Country.objects.all()]
    lists = ("/stories/", "/defenders/", "/petitions/", "/countries/", "/numbers/")
    for path in [*lists, *(row.get_absolute_url() for row in rows)]:
        page = browser.get(f"/{language}{path}").content.decode()
        assert left_in_english(page) == [], path


@pytest.mark.parametrize("language", LANGUAGES)
def test_whoever_is_invented_is_called_so_in_every_language(world, language):
    """Her name begins with the word by which the page about us speaks of it."""
    browser = Client()
    with translation.override(language):
        invented = Defender.objects.translated().get(is_pseudonym=True)
    beginning = re.match(r"\w+", invented.name)[0]
    assert beginning != "Example"
    assert beginning in browser.get(f"/{language}/about/").content.decode()
    page = browser.get(f"/{language}/defenders/example/").content.decode()
    assert invented.name in unescape(page)
    assert left_in_english(page) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_number_tag_or_link_is_lost_in_translation(world, language):
    for one in Translation.objects.filter(language=language):
        for name, text in one.words.items():
            original = getattr(one.row, name)
            if name != "translation":  # a quote's original words may be in any language
                assert numbers(original) <= numbers(text), (one.row, name)
                assert tags(text) == tags(original), (one.row, name)
                assert links(text, language) == links(original, language), (one.row, name)


def test_the_same_is_translated_into_every_language(world):
    by_language = {
        language: {
            (one.content_type_id, one.object_id, *sorted(one.words))
            for one in Translation.objects.filter(language=language)
        }
        for language in LANGUAGES
    }
    first = by_language["fr"]
    assert first
    for language, rows in by_language.items():
        assert rows == first, language


def test_a_second_load_keeps_what_is_there(world, settings):
    settings.DEMO = True
    Story.objects.filter(pk=Story.objects.first().pk).update(title="Changed by a visitor")
    before = Petition.objects.count(), Signature.objects.count()
    said = io.StringIO()
    call_command("load_demo", stdout=said)
    assert said.getvalue() == "Kept what is here.\n"
    assert Story.objects.filter(title="Changed by a visitor").exists()
    assert (Petition.objects.count(), Signature.objects.count()) == before
