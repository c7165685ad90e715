"""Every address of the demo's sitemaps, in English, Arabic and Chinese, as a browser meets it."""

from urllib.request import urlopen

import pytest
from lxml import etree

from tests.browser.conftest import PHONE
from tests.browser.test_pages import violations

pytestmark = [
    pytest.mark.browser,
    # The demo has a database of its own.
    pytest.mark.once,
]
NAMES = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}


def addresses(demo: str) -> list[str]:
    """What the sitemaps name, without the server."""
    found = []
    for sitemap in locations(f"{demo}/sitemap.xml"):
        found += locations(demo + sitemap.partition(demo)[2])
    return [url.removeprefix(demo) for url in found]


def locations(url: str) -> list[str]:
    """The addresses in a sitemap."""
    with urlopen(url) as answer:
        tree = etree.parse(answer)
    return tree.xpath("//s:loc/text()", namespaces=NAMES)


@pytest.mark.parametrize("language", ["en", "ar", "zh-hans"])
def test_every_address_is_open_to_all_and_tells_nobody(demo, new_page, language):
    prefix = "" if language == "en" else f"/{language}"
    others = tuple(f"/{code}/" for code in ("fr", "es", "ru", "ar", "zh-hans", "he", "fa"))
    paths = [path for path in addresses(demo) if not path.startswith(others)]
    assert len(paths) > 40
    page, found = new_page(PHONE), []
    for path in paths:
        answer = page.goto(demo + prefix + path)
        assert answer.status == 200, path
        assert page.locator("html").get_attribute("lang") == language
        found += violations(page)
        if page.evaluate("document.documentElement.scrollWidth > innerWidth + 1"):
            found.append(f"{path} scrolls sideways")
    assert found == []
    assert page.complaints == []
    assert page.context.cookies() == []
    assert page.hosts == {demo.removeprefix("http://")}
