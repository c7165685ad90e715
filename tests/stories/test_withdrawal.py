"""Somebody is withdrawn: their name is found nowhere, and nobody is told who it was."""

import io
import threading
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection, connections
from django.test import Client
from django.utils import timezone

from petitions.models import StaffAct
from stories import locking, originals, withdrawal
from stories.models import (
    Consent,
    Defender,
    Incident,
    Photo,
    Quote,
    Source,
    Story,
    Update,
    Withdrawal,
)
from tests.advocacy.test_safe_methods import everything
from tests.factories import make_defender, make_petition, make_story
from tests.petitions.test_canary import (
    Person,
    everything_in_files,
    everything_in_tables,
    found,
)
from tests.stories.desk import fill, save
from tests.stories.uploads import stored_files, stored_photo

pytestmark = pytest.mark.django_db


def described(photo: Photo, alt: str) -> Photo:
    """A photo with other words."""
    photo.alt = photo.caption = alt
    photo.save()
    return photo


def make_person(number: int = 71, **wish: object) -> tuple[Person, Defender]:
    """Somebody with a profile, a photo, words, incidents, sources and a consent."""
    person = Person(number)
    photo = described(stored_photo(), f"{person.name} at a desk.")
    defaults = {
        "name": person.name,
        "slug": person.word.lower(),
        "summary": f"{person.name} stays.",
        "other_names": f"{person.name}a",
        "photo": photo,
    }
    defender = make_defender(**defaults | wish)
    source = defender.sources.create(title=person.name, publisher="P", published="2021")
    defender.incidents.create(happened_on="2026-01-02", text=f"{person.name} taken.", source=source)
    defender.updates.create(title=person.name, text=f"<p>{person.name} was heard.</p>")
    defender.quotes.create(text="We stay.", speaker=person.name, source_name="N")
    Consent.objects.create(defender=defender, given_by="self", given_on="2026-01-02")
    return person, defender


def remember(row, user, what: str) -> None:
    """A line of the desk's own history."""
    LogEntry.objects.log_actions(user.pk, [row], CHANGE, change_message=what, single_object=True)


def files_of(photo: Photo) -> list[Path]:
    """All files of a photo, public and private."""
    public = [Path(default_storage.path(name)) for name in photo.files]
    return [*public, Path(photo.original.path), Path(photo.preview.path)]


def everywhere() -> list[tuple[str, bytes]]:
    """Tables, pictures, and SQLite's own files."""
    folders = [Path(django_settings.MEDIA_ROOT), Path(originals.private().location)]
    if connection.vendor == "sqlite":
        name = str(connection.settings_dict["NAME"])
        folders += [Path(name + end) for end in ("", "-wal") if Path(name + end).exists()]
    return [*everything_in_tables(), *everything_in_files(*folders)]


@pytest.mark.django_db(transaction=True)
def test_the_name_is_found_nowhere_afterwards(client, tomas):
    person, defender = make_person()
    story, petition = make_story(), make_petition()
    story.defenders.add(defender)
    petition.defenders.add(defender)
    remember(defender, tomas, person.name)
    remember(story, tomas, f"Added defender {person.name}")
    files = files_of(defender.photo)
    addresses = [defender.get_absolute_url(), *map(default_storage.url, defender.photo.files)]
    assert found([person], everywhere())
    assert all(file.exists() for file in files)

    gone = withdrawal.withdraw(defender, "asked", "tomas")

    assert gone.number == defender.pk
    assert found([person], everywhere()) == set()
    assert not any(file.exists() for file in files)
    for model in (Defender, Photo, Quote, Incident, Source, Consent, Update):
        assert not model.objects.exists()
    pages = [story.get_absolute_url(), petition.get_absolute_url(), "/", "/defenders/",
             "/countries/", "/countries/ir/", "/stories/", *addresses]  # fmt: skip
    for page in pages:
        response = client.get(page)
        assert person.word.lower() not in response.getvalue().decode().lower(), page
        assert response.status_code == (410 if page in addresses else 200), page


def test_a_withdrawn_person_is_looked_for_under_their_other_spellings():
    defender = make_defender(name="Ana Ruiz", other_names="Anna Ruis\nАна Руис")
    story = make_story(summary="Anna Ruis was there.")
    assert [one.mention.row for one in withdrawal.outlook(defender).places] == [story]
    going = withdrawal.outlook(defender).going
    update = defender.updates.create(title="Heard", text="<p>x</p>")
    assert withdrawal.outlook(defender).going == [*going, update]


def test_the_old_address_says_that_it_is_gone_and_not_who_it_was(client):
    person, defender = make_person()
    address = defender.get_absolute_url()
    withdrawal.withdraw(defender, "asked", "tomas")
    for ask in (client.get, client.head):
        response = ask(address)
        assert response.status_code == 410
        assert response.headers["X-Robots-Tag"] == "noindex"
        assert response.headers["Cache-Control"] == "no-store"
    page = client.get(address).content.decode()
    assert '<meta name="robots" content="noindex">' in page
    assert person.word.lower() not in page.lower()
    assert client.get(address.rstrip("/"), follow=True).status_code == 410
    assert client.get("/defenders/somebody-else/").status_code == 404


def test_without_the_key_an_old_address_is_only_not_there(client, settings, tmp_path):
    _, defender = make_person()
    withdrawal.withdraw(defender, "asked", "tomas")
    settings.KEYS_DIR = tmp_path
    assert client.get(defender.get_absolute_url()).status_code == 404


def test_a_draft_leaves_no_trace_that_it_was_ever_there(client):
    person, defender = make_person(status="draft", published_at=None)
    withdrawal.withdraw(defender, "mistake", "tomas")
    assert client.get(f"/defenders/{person.word.lower()}/").status_code == 404
    assert not Defender.objects.exists()
    assert found([person], everything_in_tables()) == set()


def test_what_was_public_once_is_gone_and_not_unknown(client):
    _, defender = make_person(status="draft")
    withdrawal.withdraw(defender, "asked", "tomas")
    assert client.get(defender.get_absolute_url()).status_code == 410


def test_a_story_goes_with_its_quotes_but_leaves_those_of_people_with_a_profile(client):
    story, defender = make_story(), make_defender()
    story.quotes.create(text="No.", speaker="A witness", source_name="N")
    kept = story.quotes.create(text="Yes.", speaker="D", source_name="N", defender=defender)
    withdrawal.withdraw(story, "danger", "tomas")
    assert list(Quote.objects.all()) == [kept]
    assert client.get(story.get_absolute_url()).status_code == 410
    assert client.get(defender.get_absolute_url()).status_code == 200


def test_a_photo_that_others_use_stays_and_is_named(client):
    _, defender = make_person()
    story = make_story(photo=defender.photo)
    assert withdrawal.outlook(defender).shared == [story]
    withdrawal.withdraw(defender, "asked", "tomas")
    assert list(Photo.objects.all()) == [story.photo]


@pytest.mark.django_db(transaction=True)
def test_a_photo_is_withdrawn_from_all_that_show_it(client):
    photo = stored_photo()
    story, petition = make_story(photo=photo), make_petition(photo=photo)
    address = photo.url(320)
    withdrawal.withdraw(photo, "asked", "tomas")
    for row in (story, petition):
        row.refresh_from_db()
        assert row.photo is None
        assert client.get(row.get_absolute_url()).status_code == 200
    assert client.get(address).status_code == 410


def test_where_else_the_name_stands_is_said_and_not_passed_over():
    _, defender = make_person(name="Ana Ruiz", slug="ana-ruiz")
    make_story(body="<p>With <b>Ana</b> Ruiz.</p>")
    make_petition(slug="free-ana-ruiz")
    make_story(summary="Banana, ruizian.")
    described(stored_photo(), "ANA RUIZ in the rain.")
    make_story(title="The Teacher of Qom")
    seen = withdrawal.outlook(defender, ["teacher of Qom"])
    found = [place.mention for place in seen.places]
    assert {(m.kind, m.field) for m in found} == {
        ("story", "text"), ("petition", "slug"), ("photo", "what is to be seen"),
        ("photo", "caption"), ("story", "title"),
    }  # fmt: skip
    assert all(mention.address for mention in found)


def test_twice_is_once():
    _, defender = make_person()
    same = Defender.objects.get()
    assert withdrawal.withdraw(defender, "asked", "tomas")
    before = everything()
    assert withdrawal.withdraw(same, "asked", "tomas") is None
    assert everything() == before


@pytest.mark.django_db(transaction=True)
def test_two_editors_at_once_withdraw_once():
    _, defender = make_person()
    answers, start = [], threading.Barrier(2)

    def press(who: str) -> None:
        start.wait()
        answers.append(withdrawal.withdraw(defender, "asked", who))
        connections.close_all()

    presses = [threading.Thread(target=press, args=[who]) for who in ("tomas", "vera")]
    for one in presses:
        one.start()
    for one in presses:
        one.join()
    assert sorted(answer is None for answer in answers) == [False, True]
    assert StaffAct.objects.filter(act="defender withdrawn").count() == 1


def test_what_stays_says_neither_what_nor_who_it_was():
    person, defender = make_person()
    withdrawal.withdraw(defender, "consent", "tomas")
    rows = Withdrawal.objects.all()
    assert [row.kind for row in rows].count("photo") == len(defender.photo.files)
    assert {row.reason for row in rows} == {"consent"}
    assert (
        found([person], ((str(n), repr(vars(row)).encode()) for n, row in enumerate(rows))) == set()
    )
    line = StaffAct.objects.get()
    assert (line.who, line.act) == ("tomas", "defender withdrawn")
    assert line.facts == {"reason": "consent"}


def test_where_the_log_can_not_be_written_nothing_is_withdrawn(monkeypatch):
    _, defender = make_person()

    def fail(gone: withdrawal.Gone) -> None:
        raise OSError

    monkeypatch.setattr(withdrawal, "ALSO", [fail])
    with pytest.raises(OSError):
        withdrawal.withdraw(defender, "asked", "tomas")
    assert Defender.objects.exists()
    assert not Withdrawal.objects.exists()


def test_without_the_key_nothing_is_withdrawn_by_half(settings, tmp_path):
    _, defender = make_person()
    settings.KEYS_DIR = tmp_path
    with pytest.raises(locking.Locked):
        withdrawal.withdraw(defender, "asked", "tomas")
    assert Defender.objects.exists()


# --- At the desk ----------------------------------------------------------------------------------


def address_of(row) -> str:
    """The page where a row is withdrawn."""
    return f"/admin/stories/{row._meta.model_name}/{row.pk}/withdraw/"


def test_tomas_sees_what_would_happen_before_it_does(desk):
    _, defender = make_person(name="Ana Ruiz", slug="ana-ruiz")
    story = make_story(title="A long night", body="<p>Ana Ruiz waits.</p>")
    petition = make_petition(title="Free them")
    petition.defenders.add(defender)
    before = everything()
    page = desk.get(address_of(defender)).content.decode()
    for words in ("Ana Ruiz", "A long night", "Free them", "Withdraw it now"):
        assert words in page
    assert f"/admin/stories/story/{story.pk}/change/" in page
    assert everything() == before
    assert (
        address_of(defender)
        in desk.get(f"/admin/stories/defender/{defender.pk}/change/").content.decode()
    )


def test_tomas_withdraws_in_one_action_and_reads_what_is_left(desk):
    _, defender = make_person(name="Ana Ruiz", slug="ana-ruiz")
    story = make_story(title="A long night", body="<p>Ana Ruiz waits.</p>")
    unticked = {"reason": "asked", "withdraw": "1", "offered": f"stories.story:{story.pk}:body"}
    page = desk.post(address_of(defender), unticked).content.decode()
    assert "The work is not done" in page
    assert "A long night" in page
    assert "/defenders/ana-ruiz/" in page
    assert not Defender.objects.exists()
    again = desk.post(address_of(defender), {"reason": "asked", "withdraw": "1"})
    assert "withdrawn or deleted already" in again.content.decode()


@pytest.mark.parametrize("sent", [{}, {"reason": "asked"}, {"reason": "asked", "look": "1"},
                                  {"withdraw": "1"}, {"reason": "x", "withdraw": "1"}])  # fmt: skip
def test_without_the_button_and_a_reason_nothing_is_withdrawn(desk, sent):
    _, defender = make_person()
    assert desk.post(address_of(defender), sent | {"more_names": "Zoe Quux"}).status_code == 200
    assert Defender.objects.exists()


def test_other_names_are_looked_for_and_not_kept(desk):
    person, defender = make_person()
    other = Person(72)
    make_story(title="A long night", body=f"<p>{other.name}</p>")
    sent = {"more_names": other.name, "look": "1"}
    assert "A long night" in desk.post(address_of(defender), sent).content.decode()
    Story.objects.all().delete()
    desk.post(address_of(defender), sent | {"reason": "asked", "withdraw": "1"})
    assert found([person, other], everything_in_tables()) == set()


@pytest.mark.parametrize("method", ["get", "head", "options", "put", "delete"])
def test_looking_withdraws_nothing(desk, method):
    _, defender = make_person()
    getattr(desk, method)(address_of(defender) + "?withdraw=1&reason=asked")
    assert Defender.objects.exists()


def test_who_may_not_delete_may_not_withdraw(client, django_user_model):
    _, defender = make_person()
    user = django_user_model.objects.create_user(
        "vera", password="a-long-pass-phrase", is_staff=True
    )
    client.force_login(user)
    assert (
        client.post(address_of(defender), {"reason": "asked", "withdraw": "1"}).status_code == 403
    )
    Client().post(address_of(defender), {"reason": "asked", "withdraw": "1"})
    assert Defender.objects.exists()


def test_an_address_that_was_withdrawn_is_not_given_again(desk):
    story = make_story(slug="a-name")
    withdrawal.withdraw(story, "asked", "tomas")
    other = make_story()
    page = fill(desk, f"/admin/stories/story/{other.pk}/change/", slug="a-name")
    assert "Something was withdrawn from this address" in page.content.decode()
    save(desk, f"/admin/stories/story/{other.pk}/change/", slug="another-name")


def test_what_a_colleague_has_withdrawn_meanwhile_is_not_saved_back(desk, monkeypatch):
    story = make_story()
    gone = []

    def while_saving(form: object) -> dict[str, object]:
        if not gone:
            gone.append(withdrawal.withdraw(Story.objects.get(), "asked", "vera"))
        return {}

    monkeypatch.setattr("stories.forms.PublishableForm._refuse_withdrawn_address",
                        lambda form, slug: while_saving(form))  # fmt: skip
    assert fill(desk, f"/admin/stories/story/{story.pk}/change/").status_code == 404
    assert gone


# --- After restoring a backup ---------------------------------------------------------------------


def told(*command: str) -> str:
    """What a command says."""
    out = io.StringIO()
    call_command(*command, stdout=out)
    return out.getvalue()


@pytest.mark.django_db(transaction=True)
def test_what_a_backup_brings_back_is_withdrawn_again(client, tmp_path):
    person, defender = make_person()
    pictures = {Path(default_storage.path(n)): c for n, c in stored_files(defender.photo).items()}
    withdrawal.withdraw(defender, "danger", "tomas")
    kept = tmp_path / "withdrawals"
    kept.write_text(told("withdrawals", "export"))
    assert found([person], everything_in_files(kept)) == set()

    # The backup is older than the withdrawal; its pictures come back, too, with no row.
    Withdrawal.objects.all().delete()
    make_defender(slug=person.word.lower(), name=person.name)
    for file, content in pictures.items():
        file.write_bytes(content)
    other, photo = make_story(), stored_photo()
    count = 1 + len(pictures)
    assert told("withdrawals", "import", str(kept)) == f"Added: {count}.\n"
    assert told("withdrawals", "import", str(kept)) == "Added: 0.\n"
    assert told("withdrawals", "again") == (
        f"Withdrawn again: 1. Files removed besides: {len(pictures)}.\n"
    )
    assert not Defender.objects.exists()
    assert not any(file.exists() for file in pictures)
    assert stored_files(photo)
    assert client.get(defender.get_absolute_url()).status_code == 410
    assert client.get(other.get_absolute_url()).status_code == 200
    assert found([person], everywhere()) == set()
    assert told("withdrawals", "again") == "Withdrawn again: 0. Files removed besides: 0.\n"


@pytest.mark.parametrize("text", ["x", "{}", "[]", '{"kind": "story", "hash": "zz"}'])
def test_a_list_that_is_none_is_refused(tmp_path, text):
    (tmp_path / "list").write_text(text)
    with pytest.raises(CommandError):
        told("withdrawals", "import", str(tmp_path / "list"))
    assert not Withdrawal.objects.exists()


def test_the_day_of_a_withdrawal_is_a_day():
    story = make_story()
    withdrawal.withdraw(story, "asked", "tomas")
    row = Withdrawal.objects.get()
    assert (row.kind, row.number, row.withdrawn_on) == ("story", story.pk, timezone.now().date())
