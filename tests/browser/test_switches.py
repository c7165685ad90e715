"""A bad night on a phone: the banner can be read, and what was typed is not lost."""

import pytest
from playwright.sync_api import expect

from petitions.models import Signature
from tests.browser.conftest import DESK, PHONE
from tests.browser.test_pages import NARROW, in_both_colours, violations
from tests.factories import make_country, make_defender, make_petition, turn

pytestmark = [pytest.mark.browser, pytest.mark.once, pytest.mark.django_db(transaction=True)]

WORDS = {
    "en": "We move to another machine tonight. Letters that you have from us keep working.",
    "ar": "ننتقل الليلة إلى خادم آخر. الرسائل التي وصلتكم منا تبقى صالحة.",
}


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_what_was_typed_stays_through_a_pause_and_is_signed_after_it(site, new_page, script):
    petition = make_petition()
    page = new_page(PHONE, java_script_enabled=script)
    page.goto(site + petition.get_absolute_url())
    page.get_by_label("Your name").fill("Mira Novak")
    page.get_by_label("Your e-mail address").fill("mira@example.org")
    page.get_by_label("Your country").select_option("DE")
    turn(is_signing_paused=True)
    for _ in range(2):  # who presses again too early loses nothing either
        page.locator("main .sign-form .button").click()
        expect(page.locator("h1")).to_have_text("Your signature was not taken yet")
        expect(page.get_by_label("Your name")).to_have_value("Mira Novak")
        expect(page.get_by_label("Your e-mail address")).to_have_value("mira@example.org")
        assert "mira" not in page.url
    assert not script or violations(page) == []
    assert not Signature.objects.exists()
    turn(is_signing_paused=False)
    page.locator("main .sign-form .button").click()
    expect(page.locator("h1")).to_have_text("Check your inbox")
    assert Signature.objects.count() == 1


def test_a_form_that_is_given_back_is_sent_again_by_one_press(site, new_page):
    petition = make_petition()
    page = new_page(PHONE, java_script_enabled=False)
    page.goto(f"{site}{petition.get_absolute_url()}link/")
    page.get_by_label("Your e-mail address").fill("mira@example.org")
    turn(is_read_only=True)
    page.locator("main form .button").click()
    expect(page.locator("h1")).to_have_text("Not now, but soon")
    page.get_by_role("button", name="Send again").click()
    expect(page.locator("h1")).to_have_text("Not now, but soon")
    turn(is_read_only=False)
    page.get_by_role("button", name="Send again").click()
    expect(page.locator("h1")).to_have_text("Look into your inbox")


@pytest.mark.parametrize("prefix", ["", "/ar", "/fa", "/lite", "/lite/ar"])
@pytest.mark.parametrize("level", ["calm", "important"])
def test_the_banner_harms_no_page(site, new_page, prefix, level):
    petition = make_petition()
    make_defender(country=make_country("IR"))
    turn(banner_words=WORDS, banner_level=level, is_signing_paused=True, hides_drawings=True)
    found = []
    for viewport in (NARROW, DESK):
        page = new_page(viewport)
        for path in ("/", "/countries/", petition.get_absolute_url()):
            page.goto(f"{site}{prefix}{path}")
            expect(page.locator(".banner")).to_be_visible()
            found += in_both_colours(page)
            assert not page.evaluate("document.documentElement.scrollWidth > window.innerWidth + 1")
    assert found == []


def test_the_banner_is_not_printed(site, new_page):
    turn(banner_words=WORDS)
    page = new_page()
    page.goto(site)
    page.emulate_media(media="print")
    expect(page.locator(".banner")).to_be_hidden()


def test_the_switches_have_no_accessibility_violation(site, new_page, tomas):
    turn(banner_words=WORDS)
    page = new_page(PHONE)
    page.goto(f"{site}/admin/petitions/switches/")
    page.get_by_label("Username").fill("tomas")
    page.get_by_label("Password").fill("a-long-pass-phrase")
    page.get_by_role("button").last.click()
    expect(page.get_by_label("pause signing")).not_to_be_checked()
    assert [one for one in violations(page) if "color-contrast" not in one] == []
    page.get_by_label("pause signing").check()
    page.get_by_label("français").fill("Nous déménageons cette nuit.")
    page.locator("[name=_save]").click()
    expect(page.get_by_text("Readers see it within five seconds")).to_be_visible()
    expect(page.get_by_label("pause signing")).to_be_checked()
    expect(page.get_by_text("Switched on:")).to_be_visible()
