"""Tomas sets up his app in a browser, on a phone's screen, with nothing but the keyboard."""

import re

import pytest
from playwright.sync_api import expect

from advocacy import second_factor
from stories import locking
from tests.advocacy.test_second_factor import number_now
from tests.browser.test_desk import log_in
from tests.browser.test_pages import violations

pytestmark = [pytest.mark.browser, pytest.mark.once, pytest.mark.django_db(transaction=True)]
PHONE = {"width": 360, "height": 740}


@pytest.fixture
def required(settings):
    """As in production."""
    settings.EDITORS_SECOND_FACTOR = True


def test_tomas_reads_the_code_and_comes_in(site, new_page, tomas, required):
    page = new_page(PHONE)
    log_in(page, site)
    expect(page.get_by_role("img", name="A code for your app")).to_be_visible()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.get_by_text("The camera can’t read it?").click()
    seed = locking.lock(page.locator("details code").inner_text().replace("-", ""))
    page.get_by_label("Number from your app").fill("12")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("This number is not right")
    assert violations(page) == []
    page.get_by_label("Number from your app").fill(number_now(seed))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Write these codes down")).to_be_visible()
    assert violations(page) == []
    codes = page.locator(".recovery-codes code").all_inner_texts()
    assert len(codes) == second_factor.RECOVERY_CODES_COUNT
    page.get_by_role("link", name="I have written them down").click()
    expect(page).to_have_url(re.compile("/admin/$"))
    page.get_by_role("link", name="Your account").click()
    expect(page.get_by_text("8 codes on paper are still good.")).to_be_visible()
    of_ours = [one for one in violations(page) if ">Home</a>" not in one]  # Django's own path
    assert of_ours == []
    assert [words for words in page.complaints if "422" not in words] == []
