"""Switches for a bad night: turned at the desk, known everywhere soon, asked for seldom."""

import time
from datetime import timedelta

import pytest
from django.db import IntegrityError, OperationalError, transaction
from django.utils import timezone, translation

from petitions import switches
from petitions.models import LedgerEntry, Letter, Signature, StaffAct, Switches
from stories import locking
from stories.models import GuardedName
from tests.advocacy.markup import elements
from tests.factories import honest, make_petition, make_signature, token_for, turn

pytestmark = pytest.mark.django_db

PAGE = "/admin/petitions/switches/1/change/"
FORM = {"name": "Mira Novak", "email": "mira@example.org", "country": "DE"}


# --- Known -------------------------------------------------------------------------------------


def test_there_is_one_row_and_no_other():
    turn()
    with pytest.raises(IntegrityError), transaction.atomic():
        Switches.objects.create(pk=2)


def test_before_anybody_touched_them_nothing_is_off():
    switches.forget()
    assert switches.current().on == []


def test_they_are_asked_for_once(django_assert_num_queries):
    turn(is_signing_paused=True)
    with django_assert_num_queries(1):
        for _ in range(3):
            assert switches.current().is_signing_paused


def test_what_nobody_was_told_of_is_noticed_some_seconds_later(settings, monkeypatch):
    settings.SWITCHES_SECONDS = 2
    turn()
    assert not switches.current().is_read_only
    Switches.objects.update(is_read_only=True)
    assert not switches.current().is_read_only
    later = time.monotonic() + 2.1
    monkeypatch.setattr(switches.time, "monotonic", lambda: later)
    assert switches.current().is_read_only


@pytest.mark.django_db(transaction=True)
def test_another_process_knows_as_soon_as_it_is_saved(settings):
    settings.PAGE_CACHE_SECONDS = 5
    turn()
    assert not switches.current().is_read_only
    Switches.objects.update(is_read_only=True)  # as if elsewhere: nothing here is forgotten
    assert switches.current().is_read_only


def test_while_the_database_is_away_the_last_that_was_known_holds(settings, monkeypatch):
    settings.SWITCHES_SECONDS = 0
    turn(is_signing_paused=True)
    assert switches.current().is_signing_paused
    asked = []

    def fail() -> None:
        asked.append(1)
        raise OperationalError("host=10.0.0.7 password=tulip")

    monkeypatch.setattr(switches, "_fetch", fail)
    for _ in range(3):
        assert switches.current().is_signing_paused
    assert len(asked) == 1  # each question may take seconds
    switches.forget()
    assert switches.current().on == []


# --- Signing is paused --------------------------------------------------------------------------


def test_the_petition_says_so_before_anybody_types(client):
    petition = make_petition()
    turn(is_signing_paused=True)
    page = client.get(petition.get_absolute_url()).content.decode()
    assert "Signing is paused for the moment" in page
    assert "<form" not in page
    assert "Signing is paused" not in client.get("/petitions/").content.decode()


@pytest.mark.parametrize("switch", ["is_signing_paused", "is_read_only"])
@pytest.mark.parametrize("prefix", ["", "/lite", "/ar"])
def test_what_mira_typed_comes_back_and_is_stored_nowhere(client, switch, prefix):
    petition = make_petition(slug="free-ana")
    turn(**{switch: True})
    response = client.post(f"{prefix}/petitions/free-ana/sign/", FORM | honest())
    assert response.status_code == 503
    assert response["Retry-After"] == "300"
    assert "no-store" in response["Cache-Control"]
    page = response.content.decode()
    for words in ('value="Mira Novak"', 'value="mira@example.org"', '<option value="DE" selected>',
                  f'action="{prefix}/petitions/free-ana/sign/"'):  # fmt: skip
        assert words in page
    assert ("Signing is paused for the moment, so nothing was stored" in page) is (prefix != "/ar")
    assert not petition.signatures.exists()
    assert not Letter.objects.exists()


def test_the_form_that_came_back_can_be_sent_once_signing_goes_on(client):
    petition = make_petition(slug="free-ana")
    turn(is_signing_paused=True)
    page = client.post("/petitions/free-ana/sign/", FORM | honest()).content.decode()
    turn(is_signing_paused=False)
    fields = [e.attributes for e in elements(page) if e.tag == "input"]
    typed = [f for f in fields if f.get("type") not in ("radio", "checkbox")]
    sent = {field["name"]: field.get("value", "") for field in typed}
    assert sent["name"] == "Mira Novak"
    assert client.post("/petitions/free-ana/sign/", sent).status_code == 303
    assert petition.signatures.count() == 1


def test_who_was_accepted_can_still_confirm_and_take_it_back(client):
    petition = make_petition()
    signature = make_signature(petition)
    turn(is_signing_paused=True)
    address = f"/signatures/{token_for(signature)}/"
    assert client.post(f"{address}confirm/").status_code == 303
    assert LedgerEntry.objects.count() == 1
    assert client.post(f"{address}withdraw/").status_code == 303
    assert not Signature.objects.exists()


def test_a_closed_petition_says_that_it_has_closed(client):
    petition = make_petition(slug="closed", closes_at=timezone.now() - timedelta(days=1))
    turn(is_signing_paused=True)
    response = client.post(f"{petition.get_absolute_url()}sign/", FORM | honest())
    assert response.status_code == 409


# --- The live count, and the map ----------------------------------------------------------------


@pytest.mark.parametrize(("seconds", "said"), [(None, 10), (120, 120), (0, None)])
def test_open_pages_are_told_how_soon_to_ask_again(client, seconds, said):
    petition = make_petition()
    turn(live_count_seconds=seconds)
    assert client.get(f"{petition.get_absolute_url()}count.json").json()["next"] == said
    page = client.get(petition.get_absolute_url()).content.decode()
    assert (f'data-next="{said}"' in page) is bool(said)
    assert ("<live-count" in page) is bool(said)
    assert '<b class="count">' in page


# --- At the desk --------------------------------------------------------------------------------


def test_an_editor_turns_one_and_it_is_in_the_log(desk):
    assert desk.get("/admin/petitions/switches/").url == "/admin/petitions/switches/add/"
    form = {"banner_level": "calm", "is_signing_paused": "on", "banner_fr": " Bonjour. \n Ça va ? "}
    assert desk.post("/admin/petitions/switches/add/", form).url == PAGE
    row = Switches.objects.get()
    assert row.is_signing_paused
    assert row.banner_words == {"fr": "Bonjour. Ça va ?"}
    assert switches.current().is_signing_paused
    assert desk.get("/admin/petitions/switches/").url == PAGE
    assert desk.post(PAGE, {"banner_level": "calm", "banner_fr": "Bonjour."}).url == PAGE
    lines = StaffAct.objects.filter(act__startswith="switches").order_by("number")
    assert [(line.who, line.about, line.facts["on"]) for line in lines] == [
        ("tomas", "switches 1", ["is_signing_paused", "banner_words"]),
        ("tomas", "switches 1", ["banner_words"]),
    ]


def test_every_page_of_the_desk_says_that_one_is_on(desk):
    assert b"Switched on:" not in desk.get("/admin/").content
    turn(hides_drawings=True)
    assert b"leave out maps and curves" in desk.get("/admin/").content


def test_who_may_not_turn_them_does_not(client, django_user_model):
    vera = django_user_model.objects.create_user("vera", is_staff=True)
    client.force_login(vera)
    turn()
    for address in (PAGE, "/admin/petitions/switches/", "/admin/petitions/switches/add/"):
        assert client.get(address).status_code == 403
    assert client.post(PAGE, {"is_read_only": "on", "banner_level": "calm"}).status_code == 403
    assert not Switches.objects.get().is_read_only


def test_they_are_saved_by_one_button(desk):
    for address in ("/admin/petitions/switches/add/", PAGE):
        page = desk.get(address, follow=True).content.decode()
        assert [
            one for one in ("_save", "_addanother", "_continue") if f'name="{one}"' in page
        ] == ["_save"]
        turn()


def test_they_can_not_be_deleted_and_none_be_added(desk):
    turn()
    assert desk.get(f"{PAGE}../delete/").status_code == 403
    assert desk.get("/admin/petitions/switches/add/").status_code == 403


def test_a_name_that_must_never_be_published_stands_in_no_banner(desk):
    GuardedName.objects.create(locked_name=locking.lock("Zephyrine Quux"))
    turn()
    response = desk.post(PAGE, {"banner_level": "calm", "banner_es": "Para Zephyrine Quux"})
    assert response.status_code == 200
    assert "must never be published" in response.content.decode()
    assert Switches.objects.get().banner_words == {}


# --- The banner ---------------------------------------------------------------------------------


def banner_of(language: str, **of: object):
    with translation.override(language):
        return Switches(**of).banner


@pytest.mark.parametrize(
    ("language", "words", "found"),
    [("fr", {"en": "Hello", "fr": "Bonjour"}, ("Bonjour", "fr")),
     ("ar", {"en": "Hello", "fr": "Bonjour"}, ("Hello", "en")),
     ("ar", {"fa": "سلام"}, ("سلام", "fa")),
     ("en", {"en": ""}, None)],
)  # fmt: skip
def test_a_banner_is_in_the_readers_language_or_in_the_sites_or_in_any(language, words, found):
    banner = banner_of(language, banner_words=words)
    assert (banner and banner[:2]) == found


def test_a_banner_goes_after_its_last_day():
    today = timezone.localdate()
    words = {"en": "Hello"}
    assert banner_of("en", banner_words=words, banner_until=today)
    assert not banner_of("en", banner_words=words, banner_until=today - timedelta(days=1))
