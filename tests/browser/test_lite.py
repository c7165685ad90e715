"""Light pages in a browser: one request each, readable, and enough to sign."""

import re
from itertools import islice

import pytest
from playwright.sync_api import Page, expect

from petitions import counting
from petitions.models import Signature, Tally
from tests.browser.conftest import PHONE
from tests.browser.test_pages import in_both_colours
from tests.browser.weight import weigh_at_once
from tests.factories import make_petition

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
STYLE_GUIDE = "/styleguide/"  # has no light version


@pytest.mark.once
def test_no_light_page_has_an_accessibility_violation(site, world, new_page):
    page = new_page(PHONE)
    found = []
    for path in (one for one in world if one != STYLE_GUIDE):
        page.goto(f"{site}/lite{path}")
        found += in_both_colours(page)
    assert found == []
    assert [c for c in page.complaints if "404" not in c and "410" not in c] == []


@pytest.mark.once
def test_each_light_page_is_one_request_and_does_not_scroll_sideways(site, world, whole_browser):
    contexts = [whole_browser.new_context(viewport=PHONE) for _ in range(8)]
    pages = [context.new_page() for context in contexts]
    paths = [path for path in world if path != STYLE_GUIDE]
    urls = iter([site + prefix + path for prefix in ("/lite", "/lite/ar") for path in paths])
    while some := list(islice(urls, len(pages))):
        used = pages[: len(some)]
        for page, weight in zip(used, weigh_at_once(used, some), strict=True):
            assert weight.requests == 1, page.url
            wide = page.evaluate("document.documentElement.scrollWidth > innerWidth + 1")
            assert not wide, page.url
    for context in contexts:
        context.close()


def test_mira_signs_and_takes_it_back_on_light_pages_without_javascript(
    site, new_page, send_letters, settings, let_pass
):
    settings.SIGNATURES_PER_NETWORK_AND_PETITION_PER_HOUR, settings.WAIT_SECONDS = 1, 60
    petition = make_petition(title="Free Narges Mohammadi")
    page = new_page(PHONE, java_script_enabled=False)
    sign_as_somebody_else(page, f"{site}/lite{petition.get_absolute_url()}")
    page.goto(f"{site}/petitions/")
    page.get_by_role("contentinfo").get_by_role("link", name="Light version").click()
    page.get_by_role("link", name="Free Narges Mohammadi").first.click()
    page.get_by_label("Your name").fill("Mira Novak")
    page.get_by_label("Your e-mail address").fill("mira@example.org")
    page.get_by_role("button", name="Sign").click()
    expect(page.get_by_text(re.compile(r"Please wait \d+ second"))).to_be_visible()
    let_pass(61)
    page.get_by_role("button", name="Sign").click()
    expect(page).to_have_url(re.compile("/lite/petitions/.*/signed/$"))

    text = send_letters().to("mira@example.org")[0].get_body(("plain",)).get_content()
    link = re.search(r"http\S+?(/signatures/\S+)", text)[1]
    page.goto(f"{site}/lite{link}")
    page.get_by_role("button", name="Yes, count my signature").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("counts")
    assert "/lite/" in page.url
    counting.count_all()
    assert Tally.objects.get(petition=petition).total == 1
    page.get_by_text("Take my signature back").click()
    page.get_by_role("button", name="Yes, take it back").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("taken back")
    assert "/lite/" in page.url
    assert Signature.objects.count() == 1


def sign_as_somebody_else(page: Page, url: str) -> None:
    """Somebody from the same network has signed before."""
    page.goto(url)
    page.get_by_label("Your name").fill("Sam")
    page.get_by_label("Your e-mail address").fill("sam@example.org")
    page.get_by_role("button", name="Sign").click()
    expect(page).to_have_url(re.compile("/signed/$"))
