"""The mail that brings an update: what it says, in which language, and how it can be ended."""

import re

import pytest

from petitions import delivery
from petitions.models import Subscription, Update
from tests.factories import make_petition, make_subscription, make_update
from tests.petitions.test_delivery import send_all, subscribers

pytestmark = pytest.mark.django_db


def text_of(mail) -> str:
    return mail.get_body(("plain",)).get_content().replace("\r\n", "\n")


@pytest.fixture
def update():
    """Published, not sent."""
    return make_update(make_petition())


@pytest.fixture
def mail(inbox):
    """What arrives of an update."""
    update = make_update(
        make_petition(title="Free Narges"),
        title="She is home",
        text='<p>She came <a href="https://example.org/x">home</a>.</p><ul><li>One</li></ul>',
    )
    make_subscription(update.petition)
    delivery.begin(update)
    send_all()
    [mail] = inbox.mails
    return mail


def test_the_subject_names_neither_petition_nor_news(mail):
    assert mail["Subject"] == "News from The Persecuted"


def test_the_text_comes_first_and_the_html_loads_nothing(mail):
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    text, html = text_of(mail), mail.get_body(("html",)).get_content()
    assert "She came home (https://example.org/x).\n\n- One" in text
    for words in ("<img", "<link", "url(", "src="):
        assert words not in html
    for words in ("She is home", "Free Narges"):
        assert words in text
        assert words in html


def test_links_into_the_site_are_whole_where_there_is_no_site(inbox, update):
    Update.objects.update(text='<p>See <a href="/stories/river/">the river</a>.</p>')
    make_subscription(update.petition)
    delivery.begin(update)
    send_all()
    [mail] = inbox.mails
    assert "the river (https://testserver/stories/river/)" in text_of(mail)
    html = mail.get_body(("html",)).get_content()
    assert '<a href="https://testserver/stories/river/">' in html


def test_it_can_be_ended_by_one_click_and_in_words(mail, client):
    header = mail["List-Unsubscribe"].strip()
    url = re.fullmatch(r"<(https://testserver/updates/\S+/stop/)>", header)[1]
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert url in text_of(mail)
    client.post(url, {"List-Unsubscribe": "One-Click"}, headers={"origin": "https://mail.example"})
    assert not Subscription.objects.exists()


def test_nothing_in_it_follows_the_reader(mail):
    links = set(re.findall(r"https?://[^\s\"<>)]+", mail.as_string().replace("=\n", "")))
    hosts = {link.split("/")[2] for link in links}
    assert hosts == {"testserver", "example.org"}
    assert not any("?" in link for link in links)


def test_answers_go_where_the_organisation_reads_them(inbox, update, settings):
    settings.REPLY_TO_EMAIL = "hello@example.org"
    make_subscription(update.petition)
    delivery.begin(update)
    send_all()
    assert inbox.mails[0]["Reply-To"] == "hello@example.org"


def test_it_is_written_in_the_subscribers_language(inbox, update, settings):
    settings.LANGUAGES = [("en", "English"), ("ar", "Arabic")]
    make_subscription(update.petition, language="ar")
    delivery.begin(update)
    send_all()
    [mail] = inbox.mails
    assert 'dir="rtl"' in mail.get_body(("html",)).get_content()
    assert "https://testserver/ar/updates/" in text_of(mail)
    # One that works for mail programs whatever languages the site has by then.
    assert mail["List-Unsubscribe"].strip().startswith("<https://testserver/updates/")


def test_each_has_a_message_id_of_their_own_that_names_nobody(inbox, update):
    subscribers(update.petition, 3)
    delivery.begin(update)
    send_all()
    numbers = {mail["Message-ID"] for mail in inbox.mails}
    assert len(numbers) == 3
    assert "reader" not in " ".join(numbers)
