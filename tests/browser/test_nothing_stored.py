"""After a visit the device holds nothing of it but what its owner's browser keeps by itself."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE
from tests.browser.test_lite import sign_as_somebody_else
from tests.factories import make_petition

pytestmark = [pytest.mark.browser, pytest.mark.once, pytest.mark.django_db(transaction=True)]
STORED = """async () => ({
    cookies: document.cookie,
    local: localStorage.length,
    session: sessionStorage.length,
    databases: (await indexedDB.databases()).length,
    caches: (await caches.keys()).length,
    workers: (await navigator.serviceWorker.getRegistrations()).length,
    name: window.name,
})"""
NOTHING = {"cookies": "", "local": 0, "session": 0, "databases": 0, "caches": 0, "workers": 0,
           "name": ""}  # fmt: skip


def test_no_page_leaves_anything_on_the_device(site, world, new_page):
    page = new_page(PHONE)
    for path in world:
        page.goto(site + path)
        assert page.evaluate(STORED) == NOTHING, path
    assert page.context.cookies() == []


def test_a_whole_journey_leaves_nothing_on_the_device(site, new_page, send_letters, settings):
    settings.SIGNATURES_PER_NETWORK_AND_PETITION_PER_HOUR = 1  # with a calculation on the way
    page = new_page(PHONE)
    url = site + make_petition().get_absolute_url()
    sign_as_somebody_else(page, url)
    page.goto(url)
    page.get_by_label("Your name").fill("Mira Novak")
    page.get_by_label("Your e-mail address").fill("mira@example.org")
    page.get_by_role("button", name="Sign").click()
    expect(page.get_by_text("you are no flood")).to_be_visible(timeout=30_000)
    page.get_by_role("button", name="Sign").click()
    expect(page).to_have_url(re.compile("/signed/$"))
    text = send_letters().to("mira@example.org")[0].get_body(("plain",)).get_content()
    page.goto(re.search(r"http\S+/signatures/\S+", text)[0])
    page.get_by_role("button", name="Yes, count my signature").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("counts")
    page.get_by_text("Take my signature back").click()
    page.get_by_role("button", name="Yes, take it back").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("taken back")
    assert page.evaluate(STORED) == NOTHING
    assert page.context.cookies() == []
    assert page.context.storage_state() == {"cookies": [], "origins": []}
