"""Where many sign from one network, people still get through: on a phone, without a mouse, without
JavaScript."""

import re

import pytest
from playwright.sync_api import Page, expect

from petitions.models import Petition, Signature
from tests.browser.conftest import DESK, PHONE
from tests.browser.test_pages import violations
from tests.factories import make_petition

pytestmark = [pytest.mark.browser, pytest.mark.once, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def crowded(settings):
    """A network from which nobody gets in without a pass."""
    settings.SIGNATURES_PER_NETWORK_AND_PETITION_PER_HOUR = 1
    settings.LINKS_PER_NETWORK_PER_HOUR = settings.WRONG_CODES_PER_NETWORK_PER_HOUR = 1


def sign(page: Page, site: str, petition: Petition, name: str) -> None:
    """Fill the form in and press the button."""
    page.goto(site + petition.get_absolute_url())
    page.get_by_label("Your name").fill(name)
    page.get_by_label("Your e-mail address").fill(f"{name.lower()}@example.org")
    page.get_by_role("button", name="Sign").click()


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
def test_miras_phone_calculates_and_her_signature_is_taken(site, new_page, viewport):
    petition = make_petition()
    page = new_page(viewport)
    sign(page, site, petition, "Sam")
    expect(page).to_have_url(re.compile("/signed/$"))
    sign(page, site, petition, "Mira")
    expect(page.get_by_role("alert")).to_contain_text("many times from your network")
    expect(page.get_by_role("alert")).to_be_in_viewport()
    assert Signature.objects.count() == 1
    expect(page.locator("proof-of-work")).to_contain_text("you are no flood", timeout=30_000)
    expect(page.get_by_label("Your name")).to_have_value("Mira")
    expect(page.get_by_text("Please wait")).to_be_hidden()
    assert violations(page) == []
    page.get_by_role("button", name="Sign").click()
    expect(page).to_have_url(re.compile("/signed/$"))
    assert Signature.objects.count() == 2
    assert [c for c in page.complaints if "429" not in c] == []
    assert page.hosts == {site.removeprefix("http://")}
    assert page.context.cookies() == []


def test_who_presses_sign_before_it_is_done_need_not_press_it_again(site, new_page, settings):
    settings.PROOF_TRIES = settings.PROOF_MOST_TRIES = 40_000
    petition = make_petition()
    page = new_page(PHONE)
    sign(page, site, petition, "Sam")
    sign(page, site, petition, "Mira")
    expect(page.locator("proof-of-work")).to_have_attribute("data-state", "working")
    page.get_by_role("button", name="Sign").focus()
    page.keyboard.press("Enter")
    assert violations(page) == []
    expect(page).to_have_url(re.compile("/signed/$"), timeout=60_000)
    assert Signature.objects.count() == 2


def test_without_javascript_mira_waits(site, new_page, settings, let_pass):
    settings.WAIT_SECONDS = 300
    petition = make_petition()
    page = new_page(PHONE, java_script_enabled=False)
    sign(page, site, petition, "Sam")
    sign(page, site, petition, "Mira")
    expect(page.get_by_text(re.compile(r"Please wait \d+ seconds"))).to_be_visible()
    expect(page.get_by_text("calculation")).to_be_hidden()
    page.get_by_role("button", name="Sign").click()
    expect(page.get_by_text("Please wait")).to_be_visible()
    let_pass(301)
    page.get_by_role("button", name="Sign").click()
    expect(page).to_have_url(re.compile("/signed/$"))
    assert Signature.objects.count() == 2


def test_where_no_worker_starts_mira_is_told_to_wait(site, new_page):
    petition = make_petition()
    page = new_page(PHONE)
    page.route("**/pbkdf2.js", lambda route: route.abort())
    sign(page, site, petition, "Sam")
    sign(page, site, petition, "Mira")
    expect(page.get_by_text("Please wait 20 seconds")).to_be_visible()
    expect(page.get_by_text("calculation")).to_be_hidden()


@pytest.mark.parametrize("path", ["link/", "code/"])
def test_the_other_forms_let_a_calculation_through_too(site, new_page, path):
    petition = make_petition()
    page = new_page(PHONE)
    for _ in range(2):
        page.goto(f"{site}{petition.get_absolute_url()}{path}")
        page.get_by_label("Your e-mail address").fill("mira@example.org")
        if path == "code/":
            page.get_by_label("The code in the letter").fill("ABCD-EFGH")
        page.locator("main form button").click()
    expect(page.locator("proof-of-work")).to_contain_text("you are no flood", timeout=30_000)
    assert violations(page) == []
    page.locator("main form button").click()
    if path == "link/":
        expect(page).to_have_url(re.compile("/link/sent/$"))
    else:
        expect(page.get_by_role("alert")).to_contain_text("do not belong together")


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_the_trap_for_robots_is_in_nobodys_way(site, new_page, colours):
    page = new_page(PHONE, color_scheme=colours)
    page.goto(site + make_petition().get_absolute_url())
    page.get_by_label("Write to me").focus()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Sign")).to_be_focused()
