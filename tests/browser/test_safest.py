"""Tor Browser's level "Safest": no script, no font, no SVG, nothing that plays. All of it works."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from petitions import counting
from petitions.models import Signature, Tally
from tests.browser.conftest import DESK, PHONE
from tests.factories import make_country, make_defender, make_petition, make_story, make_theme
from tests.stories.uploads import stored_photo

pytestmark = [pytest.mark.browser, pytest.mark.once, pytest.mark.django_db(transaction=True)]
REFUSED_TYPES = {"script", "font", "media", "websocket", "eventsource", "manifest"}


def refuse(route: Route) -> None:
    """What the level does not load."""
    request = route.request
    if request.resource_type in REFUSED_TYPES or request.url.split("?")[0].endswith(".svg"):
        route.abort()
    else:
        route.continue_()


@pytest.fixture
def safest(new_page):
    """Open a browser as Tor Browser is at that level. Drawings in the page itself are not shown."""

    def open_browser(viewport=PHONE) -> Page:
        page = new_page(viewport, java_script_enabled=False)
        page.route("**/*", refuse)
        return page

    return open_browser


def hide_drawings(page: Page) -> None:
    """Take SVG out of the page, as Tor Browser shows none."""
    page.locator("svg").evaluate_all("found => found.forEach(svg => svg.remove())")


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_the_whole_journey_works(site, safest, send_letters, viewport):
    story = make_story(title="The river people", photo=stored_photo())
    petition = make_petition(title="Free Narges Mohammadi")
    petition.stories.add(story)
    page = safest(viewport)
    page.goto(site)
    page.get_by_role("link", name="The river people").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("The river people")
    page.get_by_role("link", name="Free Narges Mohammadi").click()
    page.get_by_label("Your name").fill("Mira Novak")
    page.get_by_label("Your e-mail address").fill("mira@example.org")
    page.get_by_role("button", name="Sign").click()
    expect(page).to_have_url(re.compile("/signed/$"))

    text = send_letters().to("mira@example.org")[0].get_body(("plain",)).get_content()
    page.goto(re.search(r"http\S+/signatures/\S+", text)[0])
    page.get_by_role("button", name="Yes, count my signature").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("counts")
    counting.count_all()
    assert Tally.objects.get().total == 1
    page.get_by_text("Take my signature back").click()
    page.get_by_role("button", name="Yes, take it back").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("taken back")
    assert not Signature.objects.exists()
    assert [c for c in page.complaints if "ERR_FAILED" not in c] == []


def test_nothing_that_is_needed_is_a_drawing(site, safest):
    country, theme = make_country("IR"), make_theme()
    make_defender(country=country, name="Narges Mohammadi").themes.add(theme)
    make_petition()
    page = safest()
    for path in ("/", "/countries/", "/defenders/"):
        page.goto(site + path)
        before = page.locator("main").inner_text()
        hide_drawings(page)
        after = page.locator("main").inner_text()
        lost = [line for line in before.splitlines() if line.strip() and line not in after]
        assert lost == [], path
    page.goto(f"{site}/countries/")
    hide_drawings(page)
    expect(page.get_by_role("link", name="Iran").first).to_be_visible()
    # The row of people at the end of a page, and every other mask, stands for nothing.
    masked = page.locator(".people")
    assert masked.get_attribute("aria-hidden") == "true"
    # All in the menu can be reached by text.
    page.get_by_text("Menu", exact=True).click()
    expect(page.get_by_role("link", name="Petitions").first).to_be_visible()
