"""Somebody looks over Mira's shoulder: she is elsewhere at once, and knows what stays behind."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESK, PHONE
from tests.factories import make_petition, make_signature, make_story, token_for

pytestmark = [pytest.mark.browser, pytest.mark.once, pytest.mark.django_db(transaction=True)]
ELSEWHERE = "https://weather.example/"
ASKED = re.compile("Press Shift 2 more times")
ENLARGED = {"width": 320, "height": 256}  # 400 % of 1280 × 1024
WORDS_AND_BUTTON = (".exit-words p", ".quick-exit .button")


@pytest.fixture(autouse=True)
def elsewhere(settings):
    """A harmless page."""
    settings.QUICK_EXIT_URL = ELSEWHERE


def open_page(new_page, url: str, viewport=DESK, **options):
    """A page from which the harmless one can be reached; keeps what is asked of that."""
    page = new_page(viewport, **options)
    page.asked = []

    def answer(route):
        page.asked.append(route.request.headers)
        route.fulfill(body="<title>Weather</title><h1>Sunny</h1>", content_type="text/html")

    page.route(f"{ELSEWHERE}**", answer)
    page.goto(url)
    return page


def where_being_seen_is_a_danger(site: str) -> list[str]:
    """Signing, all its steps, and searching."""
    petition = make_petition()
    start = site + petition.get_absolute_url()
    private = f"{site}/signatures/{token_for(make_signature(petition))}/"
    return [start, *(f"{start}{step}" for step in ("signed/", "code/", "link/", "link/sent/",
            "withdrawn/", "updates/asked/")), private, f"{site}/search/",
            f"{site}/browser-history/", f"{site}/signatures/unknown/"]  # fmt: skip


@pytest.mark.parametrize("has_javascript", [True, False], ids=["javascript", "no javascript"])
@pytest.mark.parametrize("part", ["", "/lite"], ids=["full", "light"])
def test_one_press_leads_away_and_says_nothing_of_where_from(site, new_page, has_javascript, part):
    petition = make_petition()
    url = f"{site}{part}{petition.get_absolute_url()}"
    page = open_page(new_page, url, PHONE, java_script_enabled=has_javascript)
    page.get_by_role("link", name="Leave this page").click()
    expect(page.get_by_role("heading", name="Sunny")).to_be_visible()
    assert "referer" not in page.asked[0]
    page.go_back()
    if has_javascript and not part:
        assert page.url == "about:blank"  # what was open before the petition


def test_the_way_out_is_the_first_thing_after_the_skip_link_and_always_in_view(site, new_page):
    for url in where_being_seen_is_a_danger(site):
        page = open_page(new_page, url, PHONE)
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        way_out = page.get_by_role("link", name="Leave this page")
        expect(way_out).to_be_focused()
        page.evaluate("scrollTo(0, document.body.scrollHeight)")
        expect(way_out).to_be_in_viewport()
        page.context.close()


def test_it_never_covers_what_has_the_focus(site, new_page):
    url = site + make_petition().get_absolute_url()
    page = open_page(new_page, url, PHONE, reduced_motion="reduce")
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    bar = page.locator(".quick-exit")
    for _ in range(30):  # backwards through the page, so that it scrolls up
        page.keyboard.press("Shift+Tab")
        if page.evaluate("document.activeElement.closest('.quick-exit')"):
            break
        focused = page.evaluate("document.activeElement.getBoundingClientRect().top")
        edge = bar.bounding_box()
        is_at_the_top = page.evaluate("scrollY < 100")
        assert is_at_the_top or focused >= edge["y"] + edge["height"]


def test_shift_three_times_leaves_and_is_announced(site, new_page):
    page = open_page(new_page, site + make_petition().get_absolute_url())
    status = page.locator("quick-exit").get_by_role("status")
    for words in (ASKED, re.compile("Press Shift 1 more time")):
        page.keyboard.press("Shift")
        expect(status).to_have_text(words)
    page.keyboard.press("Shift")
    expect(page.get_by_role("heading", name="Sunny")).to_be_visible()


def test_who_types_capitals_stays(site, new_page):
    page = open_page(new_page, site + make_petition().get_absolute_url())
    page.get_by_label("Your name").focus()
    for key in "MNRKQ":
        page.keyboard.press(f"Shift+{key}")
    expect(page.get_by_label("Your name")).to_have_value("MNRKQ")
    for _ in range(2):  # two alone, then a word, are not three
        page.keyboard.press("Shift")
    page.keyboard.press("a")
    page.keyboard.press("Shift")
    assert page.asked == []


def test_who_marks_words_with_the_mouse_stays(site, new_page):
    page = open_page(new_page, site + make_petition().get_absolute_url())
    for _ in range(4):
        page.get_by_role("heading", level=1).click(modifiers=["Shift"])
    assert page.asked == []


def test_three_presses_in_a_long_time_are_no_wish_to_leave(site, new_page):
    page = new_page()
    page.clock.install()
    page.goto(site + make_petition().get_absolute_url())
    for _ in range(2):
        page.keyboard.press("Shift")
    page.clock.run_for(5100)
    expect(page.locator("quick-exit").get_by_role("status")).to_have_text("Not left.")
    page.keyboard.press("Shift")
    expect(page.locator("quick-exit").get_by_role("status")).to_have_text(ASKED)


def test_the_page_is_empty_before_the_other_one_answers(site, new_page):
    page = new_page()
    page.route(f"{ELSEWHERE}**", lambda route: route.fulfill(status=204))  # nothing comes of it
    page.goto(site + make_petition(title="Free the river").get_absolute_url())
    page.get_by_role("link", name="Leave this page").click(no_wait_after=True)
    expect(page.locator("body > *")).to_have_count(0)
    assert "river" not in page.title()


def test_titles_tell_nothing_and_there_is_no_icon(site, new_page, settings):
    for url in where_being_seen_is_a_danger(site)[1:]:
        page = open_page(new_page, url, PHONE)
        title = page.title().lower()
        for word in (settings.SITE_NAME.lower(), "sign", "petition", "free", "persecut"):
            assert word not in title, url
        assert page.locator("link[rel=icon]").get_attribute("href") == "data:,", url
        page.context.close()


def test_honest_words_about_history_stand_beside_it(site, new_page):
    page = open_page(new_page, site + make_petition().get_absolute_url(), PHONE)
    page.get_by_role("link", name="This does not delete your history.").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("What your browser remembers")
    expect(page.get_by_text("shows weather.example in the place of the page")).to_be_visible()


@pytest.mark.parametrize("spacing", ["normal", "0.12em"])  # as some set it, and wide as other fonts
@pytest.mark.parametrize("viewport", [PHONE, ENLARGED], ids=["phone", "enlarged"])
def test_the_words_beside_it_have_room_in_every_language(
    site, new_page, settings, viewport, spacing
):
    path = make_petition().get_absolute_url()
    page = new_page(viewport)
    for code, _name in settings.LANGUAGES:
        page.goto(site + (path if code == "en" else f"/{code}{path}"))
        page.evaluate("spacing => document.body.style.letterSpacing = spacing", spacing)
        words, button = (page.locator(part).bounding_box() for part in WORDS_AND_BUTTON)
        end = page.locator(".site-header").bounding_box()["y"]
        assert words["y"] >= 0, code
        assert words["y"] + words["height"] <= end, code
        is_beside = words["y"] < button["y"] + button["height"]
        left, right = sorted((words, button), key=lambda box: box["x"])
        assert not is_beside or left["x"] + left["width"] <= right["x"], code


def test_pages_that_anybody_may_read_are_not_cluttered_with_it(site, new_page):
    page = new_page()
    for path in ("/", "/stories/", make_story().get_absolute_url()):
        page.goto(site + path)
        assert page.get_by_role("link", name="Leave this page").count() == 0
