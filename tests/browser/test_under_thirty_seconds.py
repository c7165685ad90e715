"""From opening a petition on a phone to "check your inbox": what it takes, counted.

`pytest -s tests/browser/test_under_thirty_seconds.py` prints the numbers. Seconds are estimated
from measurements of people: 36 words of five letters a minute on a phone (Palin and others, 2019),
and for every press 1.35 s to decide and 1.1 s to reach it (Card, Moran and Newell, the
keystroke-level model).
"""

import re
import time

import pytest
from playwright.sync_api import Locator, Page, expect

from petitions.models import Signature
from tests.factories import make_petition

pytestmark = [pytest.mark.browser, pytest.mark.once, pytest.mark.django_db(transaction=True)]

SMALL_PHONE = {"width": 360, "height": 640}
NAME, ADDRESS = "Mira Novak", "mira@example.org"
SECONDS_A_KEY = 60 / (36.2 * 5)
SECONDS_A_TAP = 1.35 + 1.1
TARGET_PX = 44  # what a thumb can hit
LONG = {
    "title": "Release the teachers, nurses and lawyers who were arrested in the spring, drop all "
    "charges against them, and let their families visit them without any delay",
    "summary": "They taught, they nursed and they defended others. " * 4,
    "shows_names": True,
}


class Thumb:
    """A person's thumb: every press and every key is counted, and nothing else can be done."""

    def __init__(self, page: Page) -> None:
        self.page, self.taps, self.keys, self.pages = page, 0, 0, 0
        page.on("framenavigated", lambda frame: self.count_page())

    def count_page(self) -> None:
        self.pages += "#" not in self.page.url

    def tap(self, place: Locator) -> None:
        place.tap()
        self.taps += 1

    def type(self, words: str) -> None:
        self.page.keyboard.type(words)
        self.keys += len(words)

    @property
    def seconds(self) -> float:
        return self.taps * SECONDS_A_TAP + self.keys * SECONDS_A_KEY

    def report(self, who: str, began: float) -> None:
        print(
            f"\n{who}: {self.pages} pages, {self.taps} taps, {self.keys} keys, some "
            f"{self.seconds:.0f} s of hands; {time.monotonic() - began:.1f} s by machine"
        )


@pytest.fixture
def phone(new_page):
    """A small and cheap one."""
    return new_page(SMALL_PHONE, has_touch=True, is_mobile=True, reduced_motion="reduce")


def field(page: Page, label: str) -> Locator:
    return page.get_by_label(label, exact=True)


def test_mira_signs_with_her_name_in_four_taps(site, phone):
    petition, began, thumb = make_petition(), time.monotonic(), Thumb(phone)
    phone.goto(site + petition.get_absolute_url())
    thumb.tap(phone.get_by_role("link", name="Sign", exact=True))
    thumb.tap(field(phone, "Your name"))
    thumb.type(NAME)
    thumb.tap(field(phone, "Your e-mail address"))
    thumb.type(ADDRESS)
    thumb.tap(phone.get_by_role("button", name="Sign", exact=True))
    expect(phone.get_by_role("heading", level=1)).to_have_text("Check your inbox")
    thumb.report("With a name", began)
    assert (thumb.taps, thumb.keys, thumb.pages) == (4, len(NAME + ADDRESS), 2)
    assert thumb.seconds < 20  # and ten to read the title and to choose
    assert Signature.objects.count() == 1


def test_who_is_only_counted_types_an_address_and_nothing_else(site, phone):
    petition, began, thumb = make_petition(), time.monotonic(), Thumb(phone)
    phone.goto(site + petition.get_absolute_url())
    thumb.tap(phone.get_by_role("link", name="Sign", exact=True))
    thumb.tap(phone.get_by_label("Count me only"))
    thumb.tap(field(phone, "Your e-mail address"))
    thumb.type(ADDRESS)
    phone.keyboard.press("Enter")  # the key that says "send", in place of the button
    thumb.keys += 1
    expect(phone.get_by_role("heading", level=1)).to_have_text("Check your inbox")
    thumb.report("Count me only", began)
    assert (thumb.taps, thumb.keys, thumb.pages) == (3, len(ADDRESS) + 1, 2)
    assert thumb.seconds < 15


@pytest.mark.parametrize("wish", [{}, LONG], ids=["short", "as long as can be"])
def test_the_first_screen_has_the_ask_and_the_way_to_the_form(site, phone, wish):
    petition = make_petition(**wish)
    phone.goto(site + petition.get_absolute_url())
    expect(phone.get_by_role("heading", level=1)).to_be_in_viewport(ratio=1)
    way = phone.get_by_role("link", name="Sign", exact=True)
    expect(way).to_be_in_viewport(ratio=1)
    way.tap()
    expect(phone.get_by_role("heading", name="Sign this petition")).to_be_in_viewport(ratio=1)
    assert phone.evaluate("scrollY") > 0


def test_nothing_lies_over_what_has_the_focus(site, phone):
    """WCAG 2.2, 2.4.11, on the smallest screen: nothing on the page sticks to its edges."""
    phone.goto(site + make_petition(**LONG).get_absolute_url())
    for _ in range(60):
        phone.keyboard.press("Tab")
        assert phone.evaluate("""() => {
          const it = document.activeElement;
          if (it === document.body) return true;
          const box = it.getClientRects()[0];
          const there = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
          return it.contains(there) || there?.contains(it) || it.type === 'radio';
        }"""), phone.evaluate("document.activeElement.outerHTML")


def test_no_field_makes_the_phone_zoom_and_every_target_fits_a_thumb(site, phone):
    phone.goto(site + make_petition(**LONG).get_absolute_url())
    sizes = phone.locator(".sign-form :is(input, select):visible").evaluate_all(
        "fields => fields.map(it => parseFloat(getComputedStyle(it).fontSize))"
    )
    assert len(sizes) >= 6
    assert min(sizes) >= 16
    fields = "button, select, [type=text], [type=email], label:has([type=radio], [type=checkbox])"
    targets = f".jump a, .sign-form :is({fields}), .share :is(a, button), .qr-code :is(summary, a)"
    found = phone.locator(targets).evaluate_all(
        f"""all => all.filter(it => it.checkVisibility())
            .filter(it => it.getBoundingClientRect().height < {TARGET_PX})
            .map(it => it.outerHTML)"""
    )
    assert found == []


@pytest.mark.parametrize("has_javascript", [True, False], ids=["javascript", "no javascript"])
def test_after_a_mistake_the_way_leads_from_the_summary_to_the_field(
    site, new_page, has_javascript
):
    phone = new_page(SMALL_PHONE, has_touch=True, java_script_enabled=has_javascript)
    phone.goto(site + make_petition().get_absolute_url())
    field(phone, "Your name").fill(NAME)
    field(phone, "Your e-mail address").fill("mira@")
    phone.get_by_role("button", name="Sign", exact=True).tap()
    summary = phone.get_by_role("alert")
    expect(summary).to_be_focused()
    expect(summary).to_be_in_viewport()
    summary.get_by_role("link").tap()
    place = field(phone, "Your e-mail address")
    expect(place).to_be_in_viewport()
    described = place.get_attribute("aria-describedby").split()
    words = " ".join(phone.locator(f"#{one}").inner_text() for one in described)
    assert "This does not look like an e-mail address" in words
    expect(field(phone, "Your name")).to_have_value(NAME)


def test_phones_know_what_to_fill_in_and_which_keys_to_show(site, phone):
    phone.goto(site + make_petition(**LONG).get_absolute_url())
    form = phone.locator(".sign-form")
    for label, known in {
        "Your name": {"autocomplete": "name", "enterkeyhint": "next"},
        "Your e-mail address": {"autocomplete": "email", "inputmode": "email", "type": "email"},
        "First name to show": {"autocomplete": "given-name"},
    }.items():
        for name, value in known.items():
            expect(form.get_by_label(label, exact=True)).to_have_attribute(name, value)
    country = form.get_by_label(re.compile("Your country"))
    expect(country).to_have_attribute("autocomplete", "country")
    expect(country).to_have_value("")
    # All that has to be filled in as the form first stands.
    assert form.locator(":is(input, select)[required]:visible:not([type=radio])").count() == 2
