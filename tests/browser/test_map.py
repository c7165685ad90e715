"""The map of the world with the keyboard, and what a screen reader hears of it."""

import pytest

from stories.countries import name
from tests.browser.conftest import DESK
from tests.factories import make_country, make_defender, make_story

pytestmark = [pytest.mark.browser, pytest.mark.once, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def page(site, new_page):
    """A page with three countries on it, one of them a dot."""
    for code in ("IR", "SG"):
        make_story().countries.add(make_country(code))
    make_defender(country=make_country("HN"))
    page = new_page(DESK)
    page.goto(f"{site}/countries/")
    return page


def test_each_country_is_a_link_with_its_name_and_counts_after_the_same_in_a_list(page):
    listed = page.locator(".places a").all_inner_texts()
    assert listed == ["Honduras", "Iran", "Singapore"]
    links = page.get_by_role("group", name="Map").get_by_role("link")
    heard = [link.get_attribute("aria-label") for link in links.all()]
    assert heard == ["Honduras: 1 defender", "Iran: 1 story", "Singapore: 1 story"]
    order = (
        "document.querySelector('.places').compareDocumentPosition(document.querySelector('.map'))"
    )
    assert page.evaluate(order) & 4  # the list comes before the map


def test_the_keyboard_goes_from_the_list_over_the_map_and_opens_a_country(page, site):
    page.locator(".places a").last.focus()
    page.keyboard.press("Tab")
    assert page.locator(":focus").inner_text() == "Skip the map"
    for country in ("HN", "IR"):
        page.keyboard.press("Tab")
        shown = page.locator(".map a:focus text")
        assert shown.inner_html().startswith(name(country))
        assert shown.evaluate("text => getComputedStyle(text).visibility") == "visible"
        assert page.locator(".map a:not(:focus) text").first.is_hidden() or country == "HN"
    page.keyboard.press("Enter")
    page.wait_for_url(f"{site}/countries/ir/")


def test_whoever_has_read_the_list_can_pass_by_the_map(page):
    page.locator(".map-frame .skip-link").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.locator(".map a:focus").count() == 0
