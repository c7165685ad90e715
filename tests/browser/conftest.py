"""A real Chromium, on phones and desks, with and without JavaScript."""

import time
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from petitions import passes, subscribing
from stories import search, withdrawal
from tests import browser_program
from tests.browser.demo_site import served
from tests.browser.states import make_states
from tests.factories import (
    confirm,
    make_country,
    make_defender,
    make_page,
    make_petition,
    make_signature,
    make_statistic,
    make_story,
    make_subscription,
    make_theme,
    make_update,
    token_for,
)

# Only a page that never comes is a fault: the machine may be busy with other things.
PATIENCE_MS = 30_000
expect.set_options(timeout=PATIENCE_MS)

PHONE = {"width": 360, "height": 740}
DESK = {"width": 1440, "height": 900}


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    """Debian's Chromium, which asks nobody on the network for anything."""
    return browser_type_launch_args | {
        "executable_path": browser_program.program(),
        "args": [
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ],
    }


@pytest.fixture(scope="session")
def whole_browser(browser_type, browser_type_launch_args):
    """A browser that fetches what people's browsers fetch, the icon among it."""
    if not browser_program.whole():
        pytest.skip("no whole Chromium")
    wishes = browser_type_launch_args | {"executable_path": browser_program.whole()}
    browser = browser_type.launch(**wishes)
    yield browser
    browser.close()


@pytest.fixture
def site(live_server, settings):
    """The site at an address that letters can point to."""
    settings.SITE_URL = live_server.url
    settings.FORM_AGE_SECONDS = 0  # Playwright types faster than a person
    return live_server.url


@pytest.fixture
def world(site):
    """One of everything, related to each other."""
    country, theme = make_country("IR"), make_theme()
    defender = make_defender(
        name="Narges Mohammadi", name_original="نرگس محمدی", name_original_language="fa"
    )
    remembered = make_defender(name="Berta Cáceres", condition="killed")
    story = make_story(content_note="This story describes violence.")
    petition = make_petition(closes_at=timezone.now() + timedelta(days=20))
    for subject in (story, petition):
        subject.countries.add(country)
        subject.themes.add(theme)
        subject.defenders.add(defender)
    petition.stories.add(story)
    petition.demands.create(text="Release her.", addressee="The judiciary")
    petition.milestones.create(count=100, text="We write to the judiciary.")
    make_update(petition, text="<p>She is <a href='/'>home</a>.</p><ul><li>At last.</li></ul>")
    subscription = make_subscription(petition)
    to_stop = subscribing.token_to_stop(subscription)
    counted = make_signature(petition)
    confirm(counted)
    page_of_counted = f"/signatures/{token_for(counted)}/"
    pending = make_signature(petition, "sam@example.org", wants_updates=True)
    closed = make_petition(
        closes_at=timezone.now() - timedelta(days=3), outcome="won", result="<p>She is free.</p>"
    )
    make_statistic(theme=theme, country=country, is_featured=True)
    gone = make_story(slug="withdrawn")
    withdrawal.withdraw(gone, "asked", "tomas")
    rare = make_states()
    make_page(slug="home", title="With those who are persecuted")
    make_page(slug="about", title="About us", is_in_menu=True)
    search.index_all()
    return {
        "/": "home",
        "/stories/": "stories",
        story.get_absolute_url(): "a story",
        "/defenders/": "defenders",
        defender.get_absolute_url(): "a defender",
        remembered.get_absolute_url(): "in memory",
        "/countries/": "countries",
        country.get_absolute_url(): "a country",
        theme.get_absolute_url(): "a theme",
        "/numbers/": "numbers",
        "/search/": "search",
        "/search/?q=mohammadi": "something is found",
        "/search/?q=no-such-words": "nothing is found",
        "/petitions/": "petitions",
        petition.get_absolute_url(): "an open petition",
        f"{petition.get_absolute_url()}signed/": "check your inbox",
        f"{petition.get_absolute_url()}code/": "type the code",
        f"{petition.get_absolute_url()}link/": "ask for the link",
        f"{petition.get_absolute_url()}link/sent/": "the link is on its way",
        f"{petition.get_absolute_url()}withdrawn/": "taken back",
        f"{petition.get_absolute_url()}updates/asked/": "look into your inbox",
        f"/signatures/{token_for(pending)}/": "the button that confirms",
        page_of_counted: "your signature counts",
        f"{page_of_counted}updates/": "ask for updates",
        f"/updates/{to_stop}/stop/": "stop the updates",
        closed.get_absolute_url(): "a closed petition",
        "/about/": "about",
        "/nothing-here/": "not found",
        gone.get_absolute_url(): "withdrawn",
        "/styleguide/": "every component",
        **{address: name for name, address in rare.items()},
    }


@pytest.fixture
def let_pass(monkeypatch):
    """Let so many seconds pass for whoever waits with a ticket."""

    def later(seconds):
        monkeypatch.setattr(passes, "time", SimpleNamespace(time=lambda: time.time() + seconds))

    return later


@pytest.fixture
def new_page(new_context):
    """Open a page of a given size; what it asks of other hosts and what it complains of is kept."""

    def open_page(viewport=DESK, **options):
        page = new_context(viewport=viewport, **options).new_page()
        page.set_default_timeout(2 * PATIENCE_MS)
        page.complaints = []
        page.on("console", lambda m: page.complaints.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.hosts = set()
        page.on("request", lambda request: page.hosts.add(request.url.split("/")[2]))
        return page

    return open_page


@pytest.fixture(scope="session")
def demo(tmp_path_factory):
    """The demo's address, as `make run` serves it."""
    yield from served(tmp_path_factory.mktemp("demo"))
