"""Every page, small and large, light and dark, in both directions of writing."""

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import expect

from petitions.models import Signature
from tests.browser.conftest import DESK, PHONE
from tests.conftest import wait_for
from tests.factories import make_country, make_defender, make_petition, make_signature, token_for
from tests.stories.uploads import stored_photo

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    # What a page looks like does not depend on where its words are kept; journeys run on both.
    pytest.mark.once,
]

# What axe has against a page, as [rule, markup of the first place]; null where axe is not there.
# Only that comes back, since all that axe saw takes longer to hand over than to find. Not fetching
# all again that a page has ("preload"): axe would look at it for what plays, and nothing does.
LOOK = """() => globalThis.axe ? axe
  .run({ resultTypes: ["violations"], preload: false })
  .then((seen) => seen.violations.map((one) => [one.id, one.nodes[0].html])) : null"""
NARROW = {"width": 320, "height": 640}  # WCAG 2.2, 1.4.10: 400 % zoom of 1280 pixels


def violations(page) -> list[str]:
    """What axe has to say against a page."""
    found = page.evaluate(LOOK)
    if found is None:
        page.add_init_script(AXE_SCRIPT)  # for the pages that come after this one
        page.evaluate(AXE_SCRIPT)
        found = page.evaluate(LOOK)
    return [f"{page.url} {rule}: {markup}" for rule, markup in found]


def in_both_colours(page) -> list[str]:
    """The same in light and in dark colours."""
    found = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found += [f"{scheme} {violation}" for violation in violations(page)]
    return found


@pytest.mark.parametrize(("prefix", "look"), [("", in_both_colours), ("/ar", violations)])
def test_no_page_has_an_accessibility_violation(site, world, new_page, prefix, look):
    page = new_page(PHONE)
    found = []
    for path in world:
        page.goto(site + prefix + path)
        found += look(page)
    assert found == []


@pytest.mark.parametrize("prefix", ["", "/ar", "/zh-hans"])
def test_the_steps_of_a_signature_have_no_accessibility_violation(site, new_page, prefix):
    petition = make_petition()
    page = new_page(PHONE)
    page.goto(site + prefix + petition.get_absolute_url())
    page.locator("main form").first.get_by_role("button").last.click()
    found = violations(page)
    assert page.locator("[aria-invalid=true]").count() > 0
    signature = make_signature(petition)
    link = f"{site}{prefix}/signatures/{token_for(signature)}/"
    page.goto(link)
    found += violations(page)
    page.locator("main form").first.get_by_role("button").click()
    found += violations(page)
    Signature.objects.all().delete()
    for url in (link, f"{site}{prefix}/signatures/unknown/"):
        page.goto(url)
        found += violations(page)
    assert found == []


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_no_page_scrolls_sideways(site, world, new_page, direction):
    prefix = "/ar" if direction == "rtl" else ""
    page = new_page(DESK)
    for path in world:
        page.goto(site + prefix + path)
        assert page.locator("html").get_attribute("dir") == direction
        for viewport in (DESK, PHONE, NARROW):
            page.set_viewport_size(viewport)
            wide = page.evaluate("document.documentElement.scrollWidth > window.innerWidth + 1")
            assert not wide, (path, viewport)
            squeezed = page.locator(".card-title, .card p, .demands p, .timeline p").evaluate_all(
                "all => all.filter(one => one.clientWidth && one.clientWidth < 80).length"
            )
            assert not squeezed, (path, viewport)


@pytest.mark.parametrize("prefix", ["", "/ar", "/zh-hans"])
def test_every_page_opens_without_complaint_cookie_or_stranger(site, world, new_page, prefix):
    page = new_page()
    for path in world:
        page.goto(site + prefix + path)
        complaints = [c for c in page.complaints if "404" not in c and "410" not in c]
        assert complaints == [], path
    assert page.context.cookies() == []
    assert page.hosts == {site.removeprefix("http://")}


def test_the_menu_works_without_javascript_on_a_phone(site, world, new_page):
    page = new_page(PHONE, java_script_enabled=False)
    page.goto(site)
    menu = page.locator("header .main-menu > summary")
    if menu.is_visible():
        menu.click()
    page.locator("header").get_by_role("link", name="Defenders").locator("visible=true").click()
    assert page.url == f"{site}/defenders/"


@pytest.mark.parametrize("language", ["en", "fr", "ar"])
def test_the_header_has_room_for_name_menu_search_and_languages(site, world, new_page, language):
    page = new_page()
    page.goto(site + ("" if language == "en" else f"/{language}") + "/about/")
    for width in (320, 360, 768, 960, 1280, 1440):
        page.set_viewport_size({"width": width, "height": 800})
        parts = page.locator(".wordmark, .main-menu a, header summary, .to-search a")
        boxes = [part.bounding_box() for part in parts.all() if part.is_visible()][:-1]
        assert len(boxes) >= 4, width
        for box in boxes:
            assert box["x"] >= 0 and box["x"] + box["width"] <= width
        for number, one in enumerate(boxes):
            assert not [other for other in boxes[:number] if overlap(one, other)], width
        assert page.locator(".masthead").bounding_box()["height"] < 80, width


def overlap(one: dict, other: dict) -> bool:
    """Whether two boxes lie on each other."""
    is_beside = one["x"] + one["width"] <= other["x"] or other["x"] + other["width"] <= one["x"]
    is_above = one["y"] + one["height"] <= other["y"] or other["y"] + other["height"] <= one["y"]
    return not (is_beside or is_above)


@pytest.mark.parametrize("viewport", [NARROW, DESK], ids=["narrow", "desk"])
def test_search_is_one_press_away_on_every_page(site, world, new_page, viewport):
    page = new_page(viewport, java_script_enabled=False)
    for path in ("/", "/about/", "/nothing-here/"):
        page.goto(site + path)
        page.get_by_role("banner").get_by_role("link", name="Search").click()
        expect(page.get_by_role("searchbox")).to_be_focused()
        page.keyboard.type("mohammadi")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Narges Mohammadi")).to_be_visible()


def test_from_the_end_of_a_page_one_press_leads_to_its_top(site, world, new_page):
    page = new_page(PHONE, java_script_enabled=False)
    page.goto(f"{site}/about/")
    last = page.get_by_role("link").last
    expect(last).to_have_accessible_name("Back to top")
    last.click()
    wait_for(lambda: page.evaluate("scrollY") == 0)


def edges(pieces, edge: str) -> set[int]:
    """Where the words, or the picture, of each of these begin: the edges in pixels."""
    return set(
        pieces.evaluate_all(
            """(all, edge) => all.map((one) => {
              const range = document.createRange();
              range.selectNodeContents(one);
              const box = (one.matches("img, .initial") ? one : range).getBoundingClientRect();
              return Math.round(box[edge]);
            })""",
            edge,
        )
    )


def test_pictures_and_names_of_a_row_stand_on_one_line(site, new_page):
    make_defender(photo=stored_photo())
    make_defender()
    page = new_page(DESK)
    page.goto(f"{site}/defenders/")
    assert page.locator(".defender-card :is(img, .initial)").count() == 2
    for selector in (".defender-card :is(img, .initial)", ".defender-card .card-title a"):
        assert len(edges(page.locator(selector), "top")) == 1, selector


def test_untranslated_words_hang_from_the_edge_of_their_page(site, new_page):
    defender = make_defender(summary="She speaks.", what_they_defend="A river.")
    page = new_page(PHONE)
    page.goto(f"{site}/ar{defender.get_absolute_url()}")
    words = page.locator(".page-head > :is(.kicker, h1, .lede), .in-short :is(dt, dd:not(:has(*)))")
    assert page.locator("[lang=en][dir=ltr]").count() >= 3 and words.count() >= 6
    assert len(edges(words, "right")) == 1


def test_the_box_around_a_small_country_is_not_hidden_by_its_neighbours(site, new_page):
    for code in ("BD", "IN", "MM"):
        make_defender(country=make_country(code))
    page = new_page(DESK)
    page.goto(f"{site}/countries/")
    page.keyboard.press("Tab")
    page.locator(".map a[href*='/bd/']").focus()
    others = page.locator(".map a:not([href*='/bd/'])")
    assert others.count() == 2
    for opacity in others.evaluate_all("all => all.map((one) => getComputedStyle(one).opacity)"):
        assert float(opacity) < 0.5


def test_a_pale_word_and_a_picture_without_words_are_noticed(site, new_page):
    page = new_page(PHONE, bypass_csp=True)
    for path in ("/stories/", "/petitions/"):
        page.goto(site + path)
        assert violations(page) == []
        page.evaluate("document.querySelector('main').append(new Image())")
        assert ["image-alt" in one for one in violations(page)] == [True]
    page.add_style_tag(content="h1 { color: #eee !important; background: #fff }")
    assert any("color-contrast" in one for one in violations(page))


def test_components_have_no_accessibility_violation_from_right_to_left(site, world, new_page):
    page = new_page(PHONE)
    page.goto(f"{site}/ar/styleguide/")
    assert page.locator("html").get_attribute("dir") == "rtl"
    assert violations(page) == []


def test_a_keyboard_reaches_the_content_first(site, world, new_page):
    page = new_page()
    page.goto(site)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.url.endswith("#main") or page.evaluate("document.activeElement.tagName") == "MAIN"
