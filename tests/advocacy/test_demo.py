"""The demo: loaded where nothing is, and a mailbox that everybody can read."""

import io

import pytest
from django.core.mail import EmailMessage
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import include, path

from advocacy import urls
from advocacy.demo import urls as demo_urls
from advocacy.demo.mailbox import SHOWN_COUNT
from petitions import letters
from petitions.models import Petition
from stories.models import Story
from tests.advocacy.markup import elements
from tests.advocacy.programs import PRODUCTION, code, last_line, run
from tests.factories import honest, make_petition, make_story

# What the site's addresses are where DEMO is set and EMAIL_URL is not.
urlpatterns = [path("demo/", include(demo_urls)), *urls.urlpatterns]
handler404 = urls.handler404


@pytest.mark.django_db
def test_the_demo_is_not_loaded_over_real_content(settings):
    settings.DEMO = True
    make_story()
    call_command("load_demo", stdout=io.StringIO())
    assert not Petition.objects.exists()


@pytest.mark.django_db
def test_outside_the_demo_nothing_is_loaded():
    with pytest.raises(CommandError, match="This is not a demo"):
        call_command("load_demo", "--editor", "tomas")
    assert not Story.objects.exists()


@pytest.mark.django_db
def test_the_demos_editor_is_made_once_and_can_log_in(settings, monkeypatch, django_user_model):
    settings.DEMO = True
    make_story()
    for password in ("first-pass-phrase", "second-pass-phrase"):
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{password}\n"))
        call_command("load_demo", "--editor", "editor", stdout=io.StringIO())
    editor = django_user_model.objects.get()
    assert editor.check_password("first-pass-phrase")
    assert Client().login(username="editor", password="first-pass-phrase")


@pytest.fixture
def mailbox(settings, tmp_path):
    """The site as it is where DEMO is set and EMAIL_URL is not."""
    settings.DEMO = settings.DEMO_MAILBOX = True
    settings.ROOT_URLCONF = __name__
    settings.DEMO_MAILBOX_DIR = tmp_path / "mailbox"
    settings.EMAIL_BACKEND = "advocacy.demo.mailbox.MailboxBackend"


@pytest.mark.django_db
def test_a_signer_of_the_demo_finds_the_letter_and_confirms(client, mailbox):
    petition = make_petition(title="Free Ana")
    assert b"No letter yet." in client.get("/demo/mailbox/").content
    form = honest() | {"name": "Mira Novak", "email": "mira@example.org"}
    client.post(f"{petition.get_absolute_url()}sign/", form)
    assert letters.send_waiting() == 1
    response = client.get("/demo/mailbox/")
    page = response.content.decode()
    for words in ("Please confirm your e-mail address", "mira@example.org", "Free Ana"):
        assert words in page
    assert "no-store" in response["Cache-Control"]
    assert not response.cookies
    hrefs = [e.attributes["href"] for e in elements(page) if e.tag == "a"]
    (link,) = {href for href in hrefs if "/signatures/" in href}
    path = link.removeprefix("https://testserver")
    assert client.post(f"{path}confirm/").status_code == 303
    assert b"Your signature counts" in client.get(path).content


@pytest.mark.django_db
def test_every_page_of_the_demo_says_that_it_is_one(client, mailbox):
    for address in ("/", "/petitions/", make_petition().get_absolute_url()):
        page = client.get(address).content.decode()
        assert "This is a demonstration." in page
        assert 'href="/demo/mailbox/"' in page


@pytest.mark.django_db
def test_no_page_of_the_real_site_says_so(client):
    assert b"demonstration" not in client.get("/").content


@pytest.mark.django_db
def test_the_newest_letter_comes_first_and_old_ones_are_not_shown(client, mailbox):
    for number in range(SHOWN_COUNT + 5):
        EmailMessage(f"Letter no. {number}.", "Words.", to=["mira@example.org"]).send()
    page = client.get("/demo/mailbox/").content.decode()
    newest, older = SHOWN_COUNT + 4, SHOWN_COUNT + 3
    assert page.index(f"Letter no. {newest}.") < page.index(f"Letter no. {older}.")
    assert "Letter no. 0." not in page


@pytest.mark.django_db
def test_what_a_letter_says_is_shown_as_words_and_not_as_markup(client, mailbox):
    EmailMessage("<script>1</script>", "<b>x</b>", to=["mira@example.org"]).send()
    page = client.get("/demo/mailbox/").content.decode()
    assert "<script>1" not in page
    assert "<b>x" not in page


@pytest.mark.django_db
def test_where_letters_really_leave_there_is_no_mailbox(client):
    assert client.get("/demo/mailbox/").status_code == 404


ASK = code(
    "import django; django.setup(); from django.conf import settings; from django.urls import *; "
    "print(settings.EMAIL_BACKEND, [str(p.pattern) for p in get_resolver().url_patterns])"
)


@pytest.mark.parametrize(
    ("environment", "has_mailbox"),
    [({"DEMO": "1", "EMAIL_URL": ""}, True), ({"DEMO": "1"}, False), ({}, False)]
)  # fmt: skip
def test_only_a_demo_without_a_mail_server_has_a_mailbox(environment, has_mailbox, tmp_path):
    whole = PRODUCTION | {"DATA_DIR": str(tmp_path)} | environment
    done = run(*ASK, **whole, DJANGO_SETTINGS_MODULE="advocacy.settings")
    assert done.returncode == 0, last_line(done)
    assert ("advocacy.demo.mailbox" in done.stdout) is has_mailbox
    assert ("demo/" in done.stdout) is has_mailbox
