"""What readers find: every page with its content, and nothing before its day."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from stories.views import STORIES_PER_PAGE
from tests.factories import (
    make_country,
    make_defender,
    make_page,
    make_petition,
    make_photo,
    make_statistic,
    make_story,
    make_theme,
)

pytestmark = pytest.mark.django_db
HIDDEN = [{"status": "draft"}, {"published_at": timezone.now() + timedelta(days=1)}]
RUBBISH = ["zzz", "IR' OR 1=1 --", "IRAN", "💥", "%00", "%ff%fe", "a" * 5000, "-1", "../..", "[]"]


@pytest.fixture
def read(client):
    """A page's text."""

    def page(address: str) -> str:
        response = client.get(address)
        assert response.status_code == 200, address
        return response.content.decode()

    return page


def story_on(theme=None, country=None, **wish):
    story = make_story(**wish)
    if theme:
        story.themes.add(theme)
    if country:
        story.countries.add(country)
    return story


def test_a_story_is_read_with_all_that_belongs_to_it(read):
    photo = make_photo(alt="A closed door.", credit="Drawing: Ana", caption="Our street.")
    story = story_on(
        make_theme(name="Scapegoating"), make_country("MM"), title="The door", slug="the-door",
        body="<p>It stayed closed.</p>", photo=photo, content_note="Describes violence.",
    )  # fmt: skip
    story.sources.create(
        title="Annual report",
        publisher="A newspaper",
        published="2021",
        url="https://example.org/r",
    )
    story.defenders.add(make_defender(name="Ana Ruiz"))
    make_petition(title="Open the door").stories.add(story)
    page = read("/stories/the-door/")
    for words in ("The door", "<p>It stayed closed.</p>", "A closed door.", "Drawing: Ana",
                  "Our street.", "Describes violence.", "Annual report", "https://example.org/r",
                  "Ana Ruiz", "Myanmar", "Scapegoating", "Open the door"):  # fmt: skip
        assert words in page


def test_a_story_in_another_language_says_so(read):
    make_story(slug="die-tuer", title="Die Tür", language="de", body="<p>Zu.</p>")
    page = read("/stories/die-tuer/")
    assert page.count('lang="de"') >= 2


def test_a_profile_says_who_where_and_what_was_done(read):
    ana = make_defender(
        name="Ana Ruiz", slug="ana-ruiz", name_original="آنا", name_original_language="fa",
        country=make_country("HN"), condition="detained", condition_since=date(2026, 1, 2),
        story="<p>She stayed.</p>",
    )  # fmt: skip
    source = ana.sources.create(title="Verdict", publisher="The court", published="2026")
    ana.incidents.create(happened_on=date(2026, 1, 2), text="She was arrested.", source=source)
    ana.quotes.create(text="I stay.", speaker="Ana Ruiz", source_name="A letter")
    make_petition(title="Free Ana").defenders.add(ana)
    page = read("/defenders/ana-ruiz/")
    for words in ("Ana Ruiz", "آنا", 'lang="fa"', "Honduras", "Detained", "2 January 2026",
                  "She was arrested.", "<p>She stayed.</p>", "I stay.", "Verdict", "The court",
                  "3 November 2026", "Free Ana"):  # fmt: skip
        assert words in page


def test_a_profile_in_memory_has_no_button_to_sign(read):
    ana = make_defender(slug="ana-ruiz", condition="killed", condition_since=date(2026, 1, 2))
    make_petition(title="Investigate").defenders.add(ana)
    page = read("/defenders/ana-ruiz/")
    assert 'class="button' not in page
    assert "<button" not in page
    assert "/sign/" not in page
    assert "memorial" in page
    assert "Investigate" in page


def test_the_dead_stand_apart_in_the_list(read):
    make_defender(name="Ana Ruiz")
    make_defender(name="Berta Paz", condition="killed")
    page = read("/defenders/")
    assert page.index("Ana Ruiz") < page.index("In memory") < page.index("Berta Paz")
    assert page.count("Berta Paz") == 1


def test_a_country_shows_everything_on_it(read):
    country = make_country("IR")
    story_on(country=country, title="The door")
    make_defender(name="Ana Ruiz", country=country)
    make_petition(title="Free Ana").countries.add(country)
    make_statistic(label="people were counted", country=country)
    page = read("/countries/ir/")
    for words in ("Iran", "The door", "Ana Ruiz", "Free Ana", "people were counted"):
        assert words in page


def test_a_theme_shows_everything_on_it(read):
    theme = make_theme(slug="exile", name="Exile", definition="Having to leave.")
    story_on(theme, title="The door")
    make_defender(name="Ana Ruiz").themes.add(theme)
    make_petition(title="Free Ana").themes.add(theme)
    make_statistic(label="people were counted", theme=theme)
    page = read("/themes/exile/")
    for words in ("Exile", "Having to leave.", "The door", "Ana Ruiz", "Free Ana", "counted"):
        assert words in page


def test_every_number_stands_with_its_year_and_its_source(read):
    make_statistic(
        value=138_000_000, label="children worked", year=2024, compared_value=160_000_000,
        compared_year=2020, source_name="A yearbook", source_url="https://example.org/yearbook",
        source_year=2025, note="Aged 5 to 17.",
    )  # fmt: skip
    page = read("/numbers/")
    for words in (
        "138 million",
        "children worked",
        "2024",
        "160 million",
        "2020",
        "A yearbook",
        'href="https://example.org/yearbook"',
        "2025",
        "Aged 5 to 17.",
        "at least",
    ):
        assert words in page  # fmt: skip


def test_a_page_of_the_house_is_read_at_its_own_address(read):
    make_page(slug="about", title="About us", body="<h2>How we work</h2>")
    assert "<h2>How we work</h2>" in read("/about/")


def test_the_page_called_home_has_no_address_of_its_own(client):
    make_page(slug="home", title="Justice for all")
    assert client.get("/home/").status_code == 404
    assert "Justice for all" in client.get("/").content.decode()


LISTS = ["/", "/stories/", "/defenders/", "/countries/", "/numbers/", "/petitions/"]


@pytest.mark.parametrize("address", LISTS)
def test_lists_are_there_while_nothing_is_published(read, address):
    assert "<h1" in read(address)


@pytest.mark.parametrize("hidden", HIDDEN)
@pytest.mark.parametrize(
    ("make", "address"),
    [(make_story, "/stories/secret/"), (make_defender, "/defenders/secret/"),
     (make_page, "/secret/"), (make_petition, "/petitions/secret/")]
)  # fmt: skip
def test_what_is_not_public_has_no_page(client, make, address, hidden):
    make(slug="secret", **hidden)
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("hidden", HIDDEN)
def test_what_is_not_public_is_named_nowhere(read, hidden):
    country, theme = make_country("IR"), make_theme(slug="exile")
    public = {
        "story": story_on(theme, country, slug="the-door"),
        "defender": make_defender(slug="ana-ruiz"),
        "petition": make_petition(slug="free-ana"),
    }
    story = story_on(theme, country, title="Secret story", **hidden)
    defender = make_defender(name="Secret Person", **hidden)
    petition = make_petition(title="Secret petition", **hidden)
    make_page(title="Secret page", is_in_menu=True, **hidden)
    defender.themes.add(theme)
    for row in (public["defender"], defender):
        story.defenders.add(row)
        public["story"].defenders.add(row)
    for row in (petition, public["petition"]):
        row.stories.add(story, public["story"])
        row.defenders.add(defender, public["defender"])
        row.countries.add(country)
        row.themes.add(theme)
    pages = ["/stories/the-door/", "/defenders/ana-ruiz/", "/petitions/free-ana/",
             "/countries/ir/", "/themes/exile/"]  # fmt: skip
    for address in LISTS + pages:
        assert "Secret" not in read(address), address


@pytest.mark.parametrize("hidden", HIDDEN)
def test_a_filter_offers_no_country_or_theme_of_hidden_stories(read, hidden):
    story_on(make_theme(name="Exile"), make_country("MM"), **hidden)
    page = read("/stories/")
    assert "Exile" not in page
    assert "Myanmar" not in page


def test_stories_are_filtered_by_country_and_theme(read):
    iran, exile = make_country("IR"), make_theme(slug="exile")
    story_on(exile, iran, title="Both")
    story_on(exile, title="Theme only")
    story_on(None, iran, title="Country only")
    for query, found in (
        ("country=IR", {"Both", "Country only"}),
        ("theme=exile", {"Both", "Theme only"}),
        ("country=IR&theme=exile", {"Both"}),
        ("country=&theme=", {"Both", "Theme only", "Country only"}),
    ):
        page = read(f"/stories/?{query}")
        assert {t for t in ("Both", "Theme only", "Country only") if f">{t}</a>" in page} == found


@pytest.mark.parametrize("rubbish", RUBBISH)
@pytest.mark.parametrize("name", ["country", "theme"])
def test_rubbish_in_a_filter_finds_nothing_and_breaks_nothing(client, name, rubbish):
    story_on(make_theme(), make_country("IR"), title="The door")
    page = client.get(f"/stories/?{name}={rubbish}")
    assert page.status_code in (200, 400)
    assert b"The door" not in page.content


def test_what_is_typed_into_the_address_is_not_put_into_the_page(read):
    evil = '"><script>alert(1)</script>'
    page = read(f"/stories/?country={evil}&theme={evil}&page={evil}&x={evil}")
    assert "<script>alert" not in page


def test_stories_come_page_by_page(read):
    for number in range(STORIES_PER_PAGE + 1):
        moment = timezone.now() - timedelta(days=number + 1)
        make_story(title=f"Story no. {number}.", published_at=moment)
    first, second = read("/stories/"), read("/stories/?page=2")
    assert "Story no. 0." in first
    assert f"Story no. {STORIES_PER_PAGE}." not in first
    assert f"Story no. {STORIES_PER_PAGE}." in second
    assert "Page 1 of 2" in first
    assert "Page 2 of 2" in second


def test_turning_the_page_keeps_the_filter(read):
    iran = make_country("IR")
    for _ in range(STORIES_PER_PAGE + 1):
        story_on(country=iran)
    page = read("/stories/?country=IR")
    assert 'href="?country=IR&amp;page=2"' in page
    assert 'href="?country=IR&amp;page=1"' in read("/stories/?country=IR&page=2")


@pytest.mark.parametrize("number", ["0", "-1", "99", "9" * 5000, "x", "1.5", "%00", "", "٢", "1e9"])
@pytest.mark.parametrize("address", ["/stories/", "/petitions/"])
def test_rubbish_page_numbers_break_nothing(read, address, number):
    make_story()
    make_petition(closes_at=timezone.now())
    assert "<h1" in read(f"{address}?page={number}")


@pytest.mark.parametrize("code", ["xx", "zz", "mm", "iran", "i", "0", "i_r"])
def test_an_unknown_country_is_not_found(client, code):
    make_country("IR")
    assert client.get(f"/countries/{code}/").status_code == 404


@pytest.mark.parametrize(
    "address", ["/stories/none/", "/defenders/none/", "/themes/none/", "/none/", "/stories/none",
                "/a/b/c/", "/stories/%00/", "/countries/%00/", "/%ff/", "/stories/a b/"]
)  # fmt: skip
def test_what_is_not_there_is_not_found(client, address):
    assert client.get(address, follow=True).status_code == 404


@pytest.mark.parametrize(
    "address", ["/stories/", "/stories/the-door/", "/defenders/", "/defenders/ana-ruiz/",
                "/countries/", "/countries/ir/", "/themes/exile/", "/numbers/", "/about/"]
)  # fmt: skip
def test_pages_are_for_reading_only(client, address):
    assert client.post(address).status_code == 405


def fill_the_house(theme, country):
    """Three of everything, each with a photo, a country, a theme and a milestone."""
    for _ in range(3):
        photo = make_photo()
        story = story_on(theme, country, photo=photo)
        defender = make_defender(photo=photo, country=country)
        defender.themes.add(theme)
        make_defender(condition="killed", photo=photo, country=country)
        story.defenders.add(defender)
        make_statistic(theme=theme, country=country, is_featured=True)
        make_page(is_in_menu=True)
        for ends in (None, timezone.now()):
            petition = make_petition(photo=photo, closes_at=ends)
            petition.milestones.create(count=10)
            petition.themes.add(theme)
            petition.countries.add(country)
            petition.defenders.add(*theme.defenders.all())
            petition.stories.add(*theme.stories.all())


@pytest.mark.parametrize(
    "address", [*LISTS, "/countries/ir/", "/themes/exile/", "/stories/the-door/",
                "/defenders/ana-ruiz/", "/petitions/free-ana/"]
)  # fmt: skip
def test_a_longer_list_asks_the_database_no_more(client, address):
    theme, country = make_theme(slug="exile"), make_country("IR")
    story_on(theme, country, slug="the-door")
    make_defender(slug="ana-ruiz").themes.add(theme)
    make_petition(slug="free-ana").themes.add(theme)
    fill_the_house(theme, country)
    few = questions(client, address)
    fill_the_house(theme, country)
    assert questions(client, address) == few


def questions(client, address: str) -> int:
    """How many queries a page takes."""
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def test_what_was_wrong_is_said_on_the_page_the_newest_first(client):
    for row in (make_story(), make_defender()):
        assert 'id="corrections"' not in client.get(row.get_absolute_url()).content.decode()
        row.corrections.create(made_on=date(2026, 1, 2), text="It was 2021, not 2020.")
        row.corrections.create(made_on=date(2026, 3, 4), text="Her name has an accent.")
        text = client.get(row.get_absolute_url()).content.decode()
        assert "2 January 2026</time>: It was 2021, not 2020." in text
        assert text.index("4 March 2026") < text.index("2 January 2026")
