"""What pages cost on a phone, with the demo's pictures, over a real server: within their budgets.

`pytest -s tests/browser/test_weight.py` prints the table of docs/weight.md.
"""

import pytest

from tests.advocacy.programs import ROOT
from tests.browser.weight import PHONE, Weight, weigh, weigh_in

pytestmark = [
    pytest.mark.browser,
    # The demo has a database of its own.
    pytest.mark.once,
]

# Kind of page, address in the demo, kilobytes and requests at most (first visit, 360 pixels, 3×).
BUDGETS = [
    ("home", "/", 185, 16),
    ("stories", "/stories/", 135, 12),
    ("story", "/stories/exile-is-not-silence/", 145, 10),
    ("defenders", "/defenders/", 140, 16),
    ("defender", "/defenders/narges-mohammadi/", 107, 8),
    ("petitions", "/petitions/", 100, 6),
    ("petition", "/petitions/protect-human-rights-defenders/", 100, 8),
    ("check your inbox", "/petitions/protect-human-rights-defenders/signed/", 60, 5),
    ("have a link sent", "/petitions/protect-human-rights-defenders/link/", 60, 5),
    ("countries", "/countries/", 91, 6),
    ("numbers", "/numbers/", 83, 6),
    ("search", "/search/", 83, 6),
    ("something found", "/search/?q=women", 83, 6),
    ("about", "/about/", 83, 6),
    ("home in Arabic", "/ar/", 185, 16),
]
SECOND_VIEW = 60, 5
LIGHT = 20, 1


def row(kind: str, weight: Weight, most: tuple[float, int]) -> str:
    """A line of the table."""
    kinds = ("Document", "Stylesheet", "Script", "Font", "Image")
    parts = " | ".join(f"{weight.bytes[kind] / 1000:.1f}" for kind in kinds)
    whole = f"**{weight.kilobytes}** of {most[0]} | {weight.requests} of {most[1]}"
    return f"| {kind} | {parts} | {whole} |"


def test_every_kind_of_page_keeps_to_its_budget(demo, whole_browser):
    table, over = [], []
    for kind, path, *budget in BUDGETS:
        weights = weigh(whole_browser, [demo + path, f"{demo}/lite{path}"])
        for name, weight, most in zip(
            (kind, f"{kind}, light"), weights, (budget, LIGHT), strict=True
        ):
            table.append(row(name, weight, most))
            if weight.kilobytes > most[0] or weight.requests > most[1]:
                over.append(table[-1])
    print("\n" + "\n".join(table))
    assert over == []


def test_the_second_page_costs_its_words_and_pictures_only(demo, whole_browser):
    context = whole_browser.new_context(**PHONE)
    page = context.new_page()
    page.goto(demo, wait_until="networkidle")
    for path in ("/petitions/", "/stories/blaming-minorities-for-a-pandemic/", "/about/"):
        weight = weigh_in(page, demo + path)
        print(row(f"then {path}", weight, SECOND_VIEW))
        assert weight.kilobytes <= SECOND_VIEW[0], path
        assert weight.requests <= SECOND_VIEW[1], path
        assert not weight.bytes["Stylesheet"] and not weight.bytes["Font"]
    context.close()


def test_only_pages_in_latin_letters_fetch_the_face(demo, whole_browser):
    latin, others = ("", "/fr", "/es"), ("/ru", "/ar", "/he", "/fa", "/zh-hans")
    for prefixes, have_it in ((latin, True), (others, False)):
        weights = weigh(whole_browser, [f"{demo}{prefix}/petitions/" for prefix in prefixes])
        found = [bool(weight.bytes["Font"]) for weight in weights]
        assert found == [have_it] * len(prefixes), prefixes


def test_the_face_is_one_small_file(demo):
    [face] = (ROOT / "static" / "fonts").glob("*.woff2")
    assert face.stat().st_size <= 35_000
    assert "font-display: optional" in (ROOT / "static" / "css" / "tokens.css").read_text()


def test_pictures_come_in_the_smallest_format_and_no_larger_than_is_seen(demo, whole_browser):
    context = whole_browser.new_context(**PHONE)
    page = context.new_page()
    page.goto(f"{demo}/stories/", wait_until="networkidle")
    chosen = page.locator("main img").evaluate_all("found => found.map(i => i.currentSrc)")
    seen = [url for url in chosen if url]
    assert seen and all(url.endswith("-320.avif") for url in seen)
    context.close()
