"""Every page by the keyboard alone: in the order of the text, in sight, and with a clear mark."""

import pytest

from tests.browser.conftest import DESK, PHONE
from tests.factories import make_petition

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.once,
]

# Begins at the top, even where an alert has taken the focus, and looks after each press of Tab.
# What is wrong with where the focus is, or that all have had it, ends the walk.
START = """() => {
  window.passed = [];
  window.ended = null;
  document.body.tabIndex = -1;
  document.body.focus();
  const look = () => {
    const it = document.activeElement;
    if (it === document.body || it === passed[0]) return ["end"];
    // A card is marked as a whole, and a country of the map by its shape.
    const marked = [it, it.closest(".card"), it.querySelector("path, circle")].filter(Boolean);
    const boxes = [...it.getClientRects()].filter((box) => box.width && box.height);
    if (!boxes.length) return ["has no box", it.outerHTML];
    const box = boxes[0];
    const mark = marked.some((one) => {
      const style = getComputedStyle(one);
      return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
    });
    if (!mark) return ["has no mark", it.outerHTML];
    if (box.bottom < 1 || box.top > innerHeight - 1) return ["is out of sight", it.outerHTML];
    if (box.right < 1 || box.left > innerWidth - 1) return ["is beside the page", it.outerHTML];
    const x = Math.min(Math.max(box.x + box.width / 2, 1), innerWidth - 1);
    const y = Math.min(Math.max(box.y + box.height / 2, 1), innerHeight - 1);
    const there = document.elementFromPoint(x, y);
    const around = [it, it.labels?.[0], it.closest("svg")].filter(Boolean);
    const seen = there?.contains(it) || around.some((one) => one.contains(there));
    if (!seen) return ["is covered", it.outerHTML];
    const before = passed.at(-1);
    const isAfter = Node.DOCUMENT_POSITION_FOLLOWING;
    const where = before ? before.compareDocumentPosition(it) : isAfter;
    if (!(where & isAfter)) return ["goes back", it.outerHTML];
    passed.push(it);
    return null;
  };
  window.onkeyup = (press) => { if (press.key === "Tab") ended ??= look(); };
}"""
# What a keyboard must be able to reach. Of a group of radio buttons it reaches one.
REACHABLE = """() => [
    ...document.querySelectorAll("a[href], button, input, select, textarea, summary"),
  ]
  .filter((one) => one.tabIndex >= 0 && !one.disabled && one.type !== "hidden")
  .filter((one) => !one.closest("[inert]"))
  .filter((one) => one.checkVisibility({ visibilityProperty: true }) && one.getClientRects().length)
  .filter((one, place, all) => one.type !== "radio" || one.checked || !all.some((other, before) =>
    other.name === one.name && other.form === one.form && (other.checked || before < place)))
  .length"""
MOST = 600  # steps on a page, the countries of the map among them


def walk(page) -> list[str]:
    """Press Tab from the top of a page to its end; what went wrong on the way."""
    page.evaluate(START)
    for _ in range(page.evaluate(REACHABLE)):  # the page looks for itself; nobody has to ask yet
        page.keyboard.press("Tab")
    for _ in range(MOST):
        page.keyboard.press("Tab")
        if ended := page.evaluate("ended"):
            break
    steps, there = page.evaluate("passed.length"), page.evaluate(REACHABLE)
    wrong, *what = ended or ["goes on and on", ""]
    if wrong != "end":
        return [f"{page.url}: after {steps} steps {what[0][:200]} {wrong}"]
    return [] if steps >= there else [f"{page.url}: {steps} steps, {there} to be reached"]


@pytest.mark.parametrize(
    ("prefix", "viewport", "colours"),
    [("", PHONE, None), ("/ar", DESK, None), ("", PHONE, "active")],
    ids=["phone", "desk in Arabic", "phone with forced colours"],
)
def test_a_keyboard_goes_through_every_page_and_sees_where_it_is(
    site, world, new_page, prefix, viewport, colours
):
    page = new_page(viewport, reduced_motion="reduce", forced_colors=colours or "none")
    wrong = []
    for path in world:
        page.goto(site + prefix + path)
        wrong += walk(page)
    assert wrong == [], "\n".join(wrong)


def test_a_mark_that_is_missing_is_noticed(site, new_page):
    page = new_page(PHONE, bypass_csp=True, reduced_motion="reduce")
    page.goto(site + make_petition().get_absolute_url())
    assert walk(page) == []
    page.add_style_tag(content="* { outline: none !important }")
    assert "has no mark" in walk(page)[0]
