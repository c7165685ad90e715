"""Mira signs on her phone, opens the letter and sees that she is counted."""

import re

import pytest
from playwright.sync_api import expect

from petitions import counting, delivery
from petitions.models import Letter, Subscription, Tally
from tests.browser.conftest import DESK, PHONE
from tests.factories import make_petition, make_update

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("viewport", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("has_javascript", [True, False], ids=["javascript", "no javascript"])
def test_mira_signs_and_is_counted(site, new_page, send_letters, viewport, has_javascript):
    petition = make_petition(title="Free Narges Mohammadi")
    page = new_page(viewport, java_script_enabled=has_javascript)

    page.goto(f"{site}/petitions/")
    page.get_by_role("link", name="Free Narges Mohammadi").first.click()
    page.get_by_label("Your name").fill("Mira Novak")
    page.get_by_label("Your e-mail address").fill("mira@example.org")
    page.get_by_label("Your country").select_option("DE")
    page.get_by_role("button", name="Sign").click()
    expect(page).to_have_url(re.compile("/signed/$"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("inbox")

    [mail] = send_letters().to("mira@example.org")
    link = re.search(r"http\S+/signatures/\S+", mail.get_body(("plain",)).get_content())[0]
    page.goto(link)
    page.get_by_role("button").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("counts")
    assert not Letter.objects.exists()

    counting.count_all()
    assert Tally.objects.get().total == 1
    page.goto(f"{site}{petition.get_absolute_url()}")
    expect(page.get_by_text(re.compile(r"1\s+of\s+10")).first).to_be_visible()
    assert page.context.cookies() == []
    assert page.complaints == []
    assert page.hosts == {site.removeprefix("http://")}


@pytest.mark.parametrize("has_javascript", [True, False], ids=["javascript", "no javascript"])
def test_a_mistake_is_explained_beside_the_field_and_nothing_is_lost(
    site, new_page, has_javascript
):
    petition = make_petition()
    page = new_page(PHONE, java_script_enabled=has_javascript)
    page.goto(f"{site}{petition.get_absolute_url()}")
    page.get_by_label("Your name").fill("Mira Novak")
    page.get_by_label("Your e-mail address").fill("mira@")
    page.get_by_label("Your country").select_option("DE")
    page.get_by_role("button", name="Sign").click()
    field = page.get_by_label("Your e-mail address")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_value("mira@")
    expect(page.get_by_label("Your name")).to_have_value("Mira Novak")
    expect(page.get_by_label("Your country")).to_have_value("DE")
    expect(page.get_by_role("alert")).to_be_in_viewport()


@pytest.mark.parametrize("has_javascript", [True, False], ids=["javascript", "no javascript"])
def test_mira_is_counted_without_a_name_and_takes_it_back(
    site, new_page, send_letters, has_javascript
):
    petition = make_petition()
    page = new_page(PHONE, java_script_enabled=has_javascript)
    page.goto(f"{site}{petition.get_absolute_url()}")
    page.get_by_label("Count me only").check()
    expect(page.get_by_label("Your name")).to_be_hidden()
    page.get_by_label("Your e-mail address").fill("mira@example.org")
    page.get_by_role("button", name="Sign").click()
    expect(page).to_have_url(re.compile("/signed/$"))

    text = send_letters().mails[0].get_body(("plain",)).get_content()
    page.get_by_role("link", name="type it here").click()
    page.get_by_label("Your e-mail address").fill("mira@example.org")
    page.get_by_label("The code in the letter").fill(re.search(r"[A-Z2-7]{4}-[A-Z2-7]{4}", text)[0])
    page.get_by_role("button", name="Count my signature").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("counts")

    page.get_by_text("Take my signature back").click()
    page.get_by_role("button", name="Yes, take it back").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("taken back")
    counting.count_all()
    assert Tally.objects.get().total == 0
    assert not Letter.objects.exists()
    assert page.complaints == []


@pytest.mark.parametrize("has_javascript", [True, False], ids=["javascript", "no javascript"])
def test_mira_asks_for_news_gets_it_and_says_stop(site, new_page, send_letters, has_javascript):
    petition = make_petition()
    page = new_page(PHONE, java_script_enabled=has_javascript)
    page.goto(f"{site}{petition.get_absolute_url()}")
    page.get_by_label("Your name").fill("Mira Novak")
    page.get_by_label("Your e-mail address").fill("mira@example.org")
    page.get_by_label("Write to me when there is news").check()
    page.get_by_role("button", name="Sign").click()
    expect(page).to_have_url(re.compile("/signed/$"))

    inbox = send_letters()
    page.goto(_link_in(inbox.mails[0], "signatures"))
    expect(page.get_by_label("Write to me when there is news")).to_be_checked()
    page.get_by_role("button", name="Yes, count my signature").click()
    expect(page.get_by_text("Updates: on")).to_be_visible()

    update = make_update(petition, title="She is home")
    assert delivery.begin(update) == 1
    assert delivery.send_waiting() == 1
    news = inbox.mails[-1]
    page.goto(_link_in(news, "petitions"))
    expect(page.get_by_role("heading", name="She is home")).to_be_in_viewport()
    page.goto(_link_in(news, "updates"))
    assert Subscription.objects.exists()
    page.get_by_role("button", name="Stop the updates").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("no more updates")
    assert not Subscription.objects.exists()
    assert page.complaints == []


def _link_in(mail, where: str) -> str:
    return re.search(rf"http\S+/{where}/\S+", mail.get_body(("plain",)).get_content())[0]


def test_the_number_on_an_open_page_follows_the_tally(site, new_page):
    petition = make_petition()
    page = new_page()
    page.clock.install()
    page.goto(f"{site}{petition.get_absolute_url()}")
    Tally.objects.create(petition=petition, total=7)
    with page.expect_response(re.compile("count.json")):
        page.clock.run_for(60_000)
    expect(page.locator("live-count").first).to_contain_text("7")


def test_the_whole_journey_can_be_made_with_the_keyboard(site, new_page, send_letters):
    petition = make_petition()
    page = new_page()
    page.goto(f"{site}{petition.get_absolute_url()}")
    page.get_by_label("Your name").focus()
    page.keyboard.type("Mira Novak")
    page.keyboard.press("Tab")
    page.keyboard.type("mira@example.org")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/signed/$"))
    [mail] = send_letters().mails
    page.goto(re.search(r"http\S+/signatures/\S+", mail.get_body(("plain",)).get_content())[0])
    page.get_by_role("button").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("counts")
