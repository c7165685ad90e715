"""Passing a page on: with buttons where the browser can, with links everywhere, and on paper."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests.browser.conftest import DESK, PHONE
from tests.browser.test_pages import violations
from tests.factories import confirm, make_petition, make_signature, make_story, token_for

pytestmark = [pytest.mark.browser, pytest.mark.once, pytest.mark.django_db(transaction=True)]

# A browser that can share and copy, and what it was asked to.
CAN = """
  window.handed = [];
  Navigator.prototype.share = async words => { handed.push(words); };
  Object.defineProperty(Navigator.prototype, 'clipboard', {
    value: {writeText: async words => { handed.push(words); }}, configurable: true,
  });
"""
CAN_NOT = """
  delete Navigator.prototype.share;
  Object.defineProperty(Navigator.prototype, 'clipboard', {value: undefined});
"""
REFUSES = """
  Object.defineProperty(Navigator.prototype, 'clipboard', {
    value: {writeText: async () => { throw new Error('no'); }},
  });
"""


def test_a_phone_hands_words_and_address_to_its_own_way_of_sharing(site, new_page):
    petition = make_petition(title="Free Ana")
    page = new_page(PHONE)
    page.add_init_script(CAN)
    page.goto(site + petition.get_absolute_url())
    page.get_by_role("button", name="Share …").click()
    address = site + petition.get_absolute_url()
    assert page.evaluate("handed") == [{"url": address, "text": "Free Ana"}]
    assert page.complaints == []


def test_the_link_is_copied_and_a_screen_reader_hears_it(site, new_page):
    story = make_story()
    page = new_page(DESK)
    page.add_init_script(CAN)
    page.goto(site + story.get_absolute_url())
    status = page.locator("share-link").get_by_role("status")
    expect(status).to_have_text("")
    page.get_by_role("button", name="Copy the link").click()
    expect(status).to_have_text("Copied")
    assert page.evaluate("handed") == [site + story.get_absolute_url()]


def test_where_copying_is_refused_the_address_is_selected(site, new_page):
    petition = make_petition()
    page = new_page(DESK)
    page.add_init_script(REFUSES)
    page.goto(site + petition.get_absolute_url())
    page.get_by_role("button", name="Copy the link").click()
    assert page.evaluate("getSelection().toString()").strip() == (
        site + petition.get_absolute_url()
    )
    expect(page.locator("share-link").get_by_role("status")).to_have_text("")
    assert page.complaints == []


@pytest.mark.parametrize("has_javascript", [True, False], ids=["can't", "no javascript"])
def test_what_the_browser_can_not_do_is_not_offered(site, new_page, has_javascript):
    petition = make_petition()
    page = new_page(PHONE, java_script_enabled=has_javascript)
    if has_javascript:
        page.add_init_script(CAN_NOT)
    page.goto(site + petition.get_absolute_url())
    share = page.get_by_role("region", name="Pass it on")
    expect(share.get_by_role("button")).to_have_count(0)
    expect(share.get_by_text(site + petition.get_absolute_url())).to_be_visible()
    expect(share.get_by_role("link", name="WhatsApp")).to_be_visible()
    page.locator(".qr-code summary").click()
    expect(page.get_by_role("img", name="A code that leads to this page")).to_be_visible()
    assert page.hosts == {site.removeprefix("http://")}


def test_one_press_selects_the_whole_address(site, new_page):
    petition = make_petition()
    page = new_page(DESK, java_script_enabled=True)
    page.goto(site + petition.get_absolute_url())
    page.locator(".share .address").click()
    assert page.evaluate("getSelection().toString()").strip() == (
        site + petition.get_absolute_url()
    )


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_the_code_is_dark_on_white_whatever_the_colours(site, new_page, colours):
    page = new_page(PHONE, color_scheme=colours)
    page.goto(site + make_petition().get_absolute_url())
    page.locator(".qr-code summary").click()
    ground, dots = page.locator(".qr-code .qr path").all()
    assert ground.evaluate("it => getComputedStyle(it).fill") == "rgb(255, 255, 255)"
    assert dots.evaluate("it => getComputedStyle(it).stroke") == "rgb(0, 0, 0)"


@pytest.mark.parametrize("is_open", [True, False], ids=["open", "closed"])
def test_a_printed_petition_has_code_and_address_and_no_form(site, new_page, is_open):
    petition = make_petition(closes_at=None if is_open else timezone.now())
    page = new_page({"width": 794, "height": 1123})
    page.goto(site + petition.get_absolute_url())
    expect(page.locator(".on-paper")).to_be_hidden()
    page.emulate_media(media="print")
    paper = page.locator(".on-paper")
    expect(paper).to_contain_text(site + petition.get_absolute_url())
    drawn = paper.locator("use").evaluate("it => it.getBoundingClientRect().width")
    assert drawn > 100  # the code is painted, though on the screen it is folded away
    for hidden in (".sign-form", ".share", ".qr-code", ".already"):
        for element in page.locator(hidden).all():
            expect(element).to_be_hidden()


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_no_state_of_a_petition_has_an_accessibility_violation(site, new_page, colours):
    def reached(**wish):
        petition = make_petition(**wish)
        petition.milestones.create(count=1, text="We write.", reached_on=timezone.localdate())
        petition.milestones.create(count=100, text="We hand it in.")
        return petition

    today = timezone.now() + timezone.timedelta(hours=3)
    counted = make_signature(reached(closes_at=today))
    confirm(counted)
    paths = [
        counted.petition.get_absolute_url(),
        f"{counted.petition.get_absolute_url()}signed/",
        f"/signatures/{token_for(counted)}/",
        reached(closes_at=timezone.now()).get_absolute_url(),
        reached(closes_at=timezone.now(), outcome="won").get_absolute_url(),
    ]
    page = new_page(PHONE, color_scheme=colours)
    page.add_init_script(CAN)
    found = []
    for path in paths:
        page.goto(site + path)
        page.locator("details.act").evaluate_all("all => all.forEach(it => it.open = true)")
        found += violations(page)
    assert found == []
