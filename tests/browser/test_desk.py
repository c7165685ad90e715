"""Tomas publishes a petition in the admin, under its Content-Security-Policy."""

import pytest
from playwright.sync_api import expect

from petitions.models import Petition
from stories.models import Photo
from tests.stories.uploads import stored_photo

pytestmark = [pytest.mark.browser, pytest.mark.once, pytest.mark.django_db(transaction=True)]


def log_in(page, site):
    page.goto(f"{site}/admin/")
    page.get_by_label("Username").fill("tomas")
    page.get_by_label("Password").fill("a-long-pass-phrase")
    page.get_by_role("button", name="Log in").click()


def test_tomas_says_what_crops_keep_by_pressing_on_the_picture(site, new_page, tomas):
    photo = stored_photo(400, 200)
    page = new_page()
    log_in(page, site)
    page.goto(f"{site}/admin/stories/photo/{photo.pk}/change/")
    picture = page.locator("photo-focus svg")
    box = picture.bounding_box()
    picture.click(position={"x": box["width"] / 4, "y": box["height"] * 0.8})
    ring = page.locator("photo-focus circle")
    assert [float(ring.get_attribute(name)) for name in ("cx", "cy")] == [100, 160]
    page.get_by_label("From the top").press("ArrowLeft")
    assert float(ring.get_attribute("cy")) == 158
    page.get_by_role("button", name="Save", exact=True).first.click()
    expect(page.locator(".messagelist .success")).to_be_visible()
    again = Photo.objects.get()
    assert (again.focal_x, again.focal_y) == (25, 79)
    assert page.complaints == []


def test_tomas_writes_and_publishes_a_petition(site, new_page, tomas):
    page = new_page()
    log_in(page, site)
    page.goto(f"{site}/admin/petitions/petition/add/")
    page.get_by_label("Title:", exact=True).fill("Free Narges Mohammadi")
    page.get_by_label("Short title:").fill("Free Narges")
    page.get_by_label("Summary:").fill("She has done nothing.")
    editor = page.locator(".field-text [contenteditable=true]")
    editor.click()
    page.keyboard.press("Control+b")
    page.keyboard.type("She has done nothing.")
    page.locator("#id_demands-0-text").fill("Release her.")
    page.locator("#id_demands-0-addressee").fill("The judiciary")
    page.get_by_label("Status:").select_option("published")
    page.get_by_role("button", name="Save", exact=True).first.click()
    expect(page.locator(".messagelist .success")).to_be_visible()

    petition = Petition.objects.get()
    assert petition.text == "<p><strong>She has done nothing.</strong></p>"
    page.goto(site + petition.get_absolute_url())
    expect(page.get_by_role("heading", level=1)).to_have_text("Free Narges Mohammadi")
    expect(page.get_by_role("button", name="Sign")).to_be_visible()
    # The editor's one cosmetic complaint: it tries to set a style of its own inline.
    assert [c for c in page.complaints if "style" not in c] == []
