"""The number on an open page: asked for seldom, written as the server writes, never in the way."""

import gzip
import json

import pytest
from django.conf import settings as django_settings
from django.utils import translation
from playwright.sync_api import Page, expect

from petitions.models import Tally
from stories.templatetags.numbers import grouped
from tests.browser.conftest import DESK
from tests.factories import make_petition, turn

pytestmark = [pytest.mark.browser, pytest.mark.once, pytest.mark.django_db(transaction=True)]

# In place of the network, so that an hour can pass in a moment: what is asked when, by the page's
# own clock, and the answer that a test has laid ready.
STAND_IN = """
  Math.random = () => 0;
  window.asked = [];
  window.answer = {body: '{"count": 0, "goal": 10, "next": 10}'};
  window.fetch = async () => {
    asked.push(Math.round(performance.now() / 1000));
    return new Response(answer.body, {status: answer.status, headers: answer.headers});
  };
"""
HIDE = """isHidden => {
  Object.defineProperty(document, 'hidden', {value: isHidden, configurable: true});
  document.dispatchEvent(new Event('visibilitychange'));
}"""


@pytest.fixture
def opened(site, new_page):
    """A petition's page whose clock stands still until a test lets it go."""

    def open_it(path: str = "", before: str = "") -> Page:
        petition = make_petition()
        Tally.objects.create(petition=petition, total=0)
        page = new_page(DESK)
        page.clock.install()
        page.add_init_script(STAND_IN + before)
        page.goto(f"{site}{path}{petition.get_absolute_url()}")
        page.wait_for_timeout(200)  # of real time, in which the browser sees what is on screen
        return page

    return open_it


def answer(page: Page, body: object, **more: object) -> None:
    """Lay an answer ready: a status, headers, and a body as it stands or as JSON."""
    words = body if isinstance(body, str) else json.dumps(body)
    page.evaluate("answer => window.answer = answer", {"body": words, **more})


def wait(page: Page, seconds: int) -> list[int]:
    """Let time pass on the page, and see after how many seconds from its opening it has asked."""
    before = len(page.evaluate("asked"))
    for _ in range(seconds // 5):
        page.clock.run_for(5000)
    return page.evaluate("asked")[before:]


def gaps(moments: list[int]) -> list[int]:
    return [later - earlier for earlier, later in zip(moments, moments[1:], strict=False)]


def test_without_news_the_page_asks_ever_less_often(opened):
    page = opened()
    asked = wait(page, 1300)
    assert asked[0] <= 15
    assert gaps(asked) == pytest.approx([20, 40, 80, 160, 300, 300, 300], abs=5)


def test_after_news_it_asks_soon_again(opened):
    page = opened()
    wait(page, 80)  # by now it waits for 80 seconds
    answer(page, {"count": 1, "goal": 10, "next": 10})
    assert len(wait(page, 75)) == 1
    answer(page, {"count": 2, "goal": 10, "next": 10})
    assert wait(page, 15)
    expect(page.locator("live-count")).to_contain_text("2 of 10")


def test_how_soon_is_what_the_server_says(opened):
    page = opened()
    answer(page, {"count": 1, "goal": 10, "next": 60})
    wait(page, 15)
    answer(page, {"count": 2, "goal": 10, "next": 60})
    assert wait(page, 50) == []
    assert len(wait(page, 20)) == 1


def test_on_a_busy_night_a_page_asks_later_from_the_beginning(opened):
    turn(live_count_seconds=120)
    page = opened()
    assert wait(page, 115) == []
    assert len(wait(page, 40)) == 1


def test_where_the_count_is_switched_off_nothing_is_asked(opened):
    turn(live_count_seconds=0)
    page = opened()
    assert wait(page, 600) == []
    expect(page.locator(".progress .count")).to_have_text("0")


@pytest.mark.parametrize(
    ("body", "status"),
    [('{"count": 3, "goal": 10, "next": null}', 200), ("gone", 410), ("not found", 404)],
)
def test_once_it_is_told_so_it_asks_no_more(opened, body, status):
    page = opened()
    answer(page, body, status=status)
    assert len(wait(page, 15)) == 1
    page.evaluate(HIDE, False)
    assert wait(page, 2000) == []
    expect(page.locator("live-count")).to_contain_text("3 of" if status == 200 else "0 of")


@pytest.mark.parametrize("status", [429, 503])
def test_where_the_site_asks_for_a_pause_it_gets_one(opened, status):
    page = opened()
    answer(page, "busy", status=status, headers={"Retry-After": "600"})
    assert len(wait(page, 15)) == 1
    page.evaluate(HIDE, True)
    page.evaluate(HIDE, False)
    assert wait(page, 590) == []
    assert len(wait(page, 20)) == 1


def test_nobody_looks_and_nothing_is_asked(opened):
    page = opened()
    page.evaluate(HIDE, True)
    assert wait(page, 600) == []
    page.evaluate(HIDE, False)
    wait(page, 5)
    assert len(page.evaluate("asked")) == 1


def test_out_of_sight_nothing_is_asked(opened):
    page = opened()
    page.mouse.wheel(0, 50_000)
    page.evaluate("scrollTo({top: document.body.scrollHeight, behavior: 'instant'})")
    page.wait_for_timeout(300)
    expect(page.locator("live-count")).not_to_be_in_viewport()
    assert wait(page, 600) == []
    page.evaluate("scrollTo({top: 0, behavior: 'instant'})")
    page.wait_for_timeout(300)
    wait(page, 5)
    assert len(page.evaluate("asked")) == 1


def test_without_a_network_nothing_is_asked(opened):
    page = opened()
    page.context.set_offline(True)
    page.wait_for_timeout(100)
    assert wait(page, 600) == []
    page.context.set_offline(False)
    page.wait_for_timeout(100)
    wait(page, 5)
    assert len(page.evaluate("asked")) == 1


def test_who_saves_data_is_left_alone(opened):
    page = opened(
        before="Object.defineProperty(navigator, 'connection', {value: {saveData: true}});"
    )
    assert wait(page, 900) == []


JUNK = [
    "", "<!doctype html><h1>Log in to the train’s network</h1>", "null", "[]", "{}", '"7"', "7",
    '{"count": "7", "goal": 10}', '{"count": -7, "goal": 10}', '{"count": 7.5, "goal": 10}',
    '{"count": 1e99, "goal": 10}', '{"count": 7}', '{"count": 7, "goal": "<b>"}',
]  # fmt: skip


def test_junk_changes_nothing_and_is_soon_left_alone(opened):
    page = opened()
    before = page.locator("live-count").inner_html()
    for junk in JUNK:
        page.reload()
        page.wait_for_timeout(200)
        answer(page, junk)
        assert len(wait(page, 900)) == 5, junk
        assert page.locator("live-count").inner_html() == before, junk
    assert page.complaints == []


def test_odd_wishes_of_the_server_are_no_trap(opened):
    page = opened()
    for number, wish in enumerate(("soon", -5, 0, {}, True), start=1):
        answer(page, {"count": number, "goal": 10, "next": wish})
        assert 1 <= len(wait(page, 30)) <= 30
    answer(page, "", status=503, headers={"Retry-After": "99999999999"})
    wait(page, 20)
    assert wait(page, 600) == []
    assert page.complaints == []


def test_the_script_writes_numbers_as_the_server_does_in_every_language(opened, site):
    page = opened()
    goal, path = 2_500_000, page.url.removeprefix(site)
    for code, _name in django_settings.LANGUAGES:
        page.goto(site + ("" if code == "en" else f"/{code}") + path)
        page.wait_for_timeout(200)
        for number in (7, 1234, 56_789, 1_234_567):
            answer(page, {"count": number, "goal": goal, "next": 10})
            wait(page, 20)
            with translation.override(code):
                written = [grouped(number), grouped(goal)]
            assert page.locator("live-count b").all_text_contents() == written
            bar = page.locator("live-count progress")
            assert bar.evaluate("bar => [bar.value, bar.max]") == [number, goal]


def test_a_screen_reader_hears_of_a_change_once_a_minute_at_most(opened):
    page = opened()
    page.evaluate("""
      window.heard = [];
      const sentence = document.querySelector('live-count p');
      new MutationObserver(() => {
        if (sentence.getAttribute('aria-live') === 'polite')
          heard.push(Math.round(performance.now() / 1000));
      }).observe(sentence, {childList: true, subtree: true, characterData: true});
    """)
    for number in range(1, 25):
        answer(page, {"count": number, "goal": 100, "next": 10})
        wait(page, 10)
    heard = sorted(set(page.evaluate("heard")))
    assert len(heard) >= 3
    assert min(gaps(heard)) >= 60


def test_the_script_is_small(settings):
    script = (settings.BASE_DIR / "static/js/live-count.js").read_bytes()
    assert len(gzip.compress(script)) < 2048


def test_without_javascript_the_number_is_there_and_nothing_is_asked(site, new_page):
    petition = make_petition()
    page = new_page(java_script_enabled=False)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(site + petition.get_absolute_url())
    expect(page.locator("live-count")).to_contain_text("0 of 10")
    assert not [url for url in asked if "count.json" in url or "/js/" in url]
