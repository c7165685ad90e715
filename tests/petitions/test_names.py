"""First names on a petition's page: an editor looks at each of them first."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.urls import reverse

from petitions import moderation, sealing, signing, stafflog
from petitions.models import Signature, StaffAct
from tests.factories import confirm, everything_stored, make_petition, make_signature

pytestmark = pytest.mark.django_db

State = Signature.NameState


@pytest.fixture
def petition():
    return make_petition(shows_names=True)


def wants_to_be_shown(petition, name, country="", address=None):
    """Somebody whose signature counts and who wants to be named."""
    address = address or f"{len(name)}{name.encode().hex()[:12]}@example.org"
    signature = make_signature(petition, address, level="public", shown_name=name, country=country)
    confirm(signature)
    signature.refresh_from_db()
    return signature


def choices(petition, state=State.WAITING):
    return [row.choice for row in moderation.names(petition, state, 50)]


def page(client, petition):
    return client.get(petition.get_absolute_url()).content.decode()


def desk_of_names(petition):
    return reverse("admin:petitions_petition_names", args=[petition.pk])


def test_a_name_appears_once_an_editor_shows_it(client, petition):
    wants_to_be_shown(petition, "Noor", "DE")
    assert "Noor" not in page(client, petition)
    assert moderation.decide(petition, choices(petition), State.SHOWN) == 1
    text = page(client, petition)
    assert "Noor" in text
    assert "Germany" in text


def test_only_the_first_name_and_the_country_appear(client, petition):
    wants_to_be_shown(petition, "Noor", "DE", "noor.jansen@example.org")
    moderation.decide(petition, choices(petition), State.SHOWN)
    text = page(client, petition)
    assert "Novak" not in text
    assert "example.org" not in text


def test_a_refused_name_does_not_appear_and_its_owner_is_told(client, petition):
    signature = wants_to_be_shown(petition, "Noor")
    moderation.decide(petition, choices(petition), State.REFUSED)
    assert "Noor" not in page(client, petition)
    signature.refresh_from_db()
    assert signature.is_counting


def test_a_name_of_an_unconfirmed_signature_reaches_no_editor(petition):
    make_signature(petition, level="public", shown_name="Mira")
    assert moderation.names(petition, State.WAITING, 50) == []
    assert moderation.counts(petition)["waiting"] == 0
    signature = Signature.objects.get()
    forged = f"{signature.pk}-{moderation._fingerprint(signature)}"
    assert moderation.decide(petition, [forged], State.SHOWN) == 0


def test_a_name_changed_since_the_editor_read_it_does_not_appear(client, petition):
    signature = wants_to_be_shown(petition, "Noor")
    seen = choices(petition)
    claim = signing.claim_on(signature)
    signing.change_level(signature, claim, level="public", shown_name="Something vile")
    assert moderation.decide(petition, seen, State.SHOWN) == 0
    assert "vile" not in page(client, petition)


def test_withdrawing_takes_the_name_off_the_page(client, petition):
    signature = wants_to_be_shown(petition, "Noor")
    moderation.decide(petition, choices(petition), State.SHOWN)
    signing.withdraw(signature, signing.claim_on(signature))
    assert "Noor" not in page(client, petition)


@pytest.mark.parametrize("standing", ["held", "removed"])
def test_a_signature_that_does_not_count_shows_no_name(client, petition, standing):
    wants_to_be_shown(petition, "Noor")
    moderation.decide(petition, choices(petition), State.SHOWN)
    Signature.objects.update(standing=standing)
    assert "Noor" not in page(client, petition)


def test_a_petition_that_shows_names_no_more_shows_none(client, petition):
    wants_to_be_shown(petition, "Noor")
    moderation.decide(petition, choices(petition), State.SHOWN)
    petition.shows_names = False
    petition.save()
    assert "Noor" not in page(client, petition)


def test_names_of_another_petition_can_not_be_decided_here(petition):
    other = make_petition(shows_names=True)
    wants_to_be_shown(other, "Noor")
    assert moderation.decide(petition, choices(other), State.SHOWN) == 0


@pytest.mark.parametrize("choice", ["", "x", "1", "-", "1-", "²-a", "9" * 30 + "-a", "1-2-3"])
def test_what_is_no_choice_decides_nothing(petition, choice):
    assert moderation.decide(petition, [choice], State.SHOWN) == 0


def test_a_name_locked_with_a_lost_key_keeps_nobody_from_reading_the_page(client, petition):
    wants_to_be_shown(petition, "Noor")
    wants_to_be_shown(petition, "Li")
    moderation.decide(petition, choices(petition), State.SHOWN)
    lost = Signature.objects.first()
    lost.locked_name = b"x" * len(lost.locked_name)
    lost.save()
    text = page(client, petition)
    assert "Noor" not in text
    assert "Li" in text


def test_names_lie_locked_in_the_database(petition):
    signature = wants_to_be_shown(petition, "Noor")
    assert b"Noor" not in bytes(signature.locked_name)
    long = sealing.lock("Bertha Isabel Zúñiga Cáceres")
    assert len(long) == len(bytes(signature.locked_name))


# --- On the desk ----------------------------------------------------------------------------------


def test_looking_at_the_desk_shows_numbers_and_no_names(desk, petition):
    wants_to_be_shown(petition, "Noor")
    before = everything_stored()
    text = desk.get(desk_of_names(petition)).content.decode()
    assert "Read the one that waits" in text
    assert "Noor" not in text
    assert everything_stored() == before


def test_tomas_reads_the_names_and_shows_one(desk, client, petition):
    wants_to_be_shown(petition, "Noor", "DE")
    wants_to_be_shown(petition, "Buy now")
    text = desk.post(desk_of_names(petition), {"act": "read", "state": "waiting"}).content.decode()
    assert "Noor" in text
    assert "Germany" in text
    noor = next(row for row in moderation.names(petition, State.WAITING, 9) if row.name == "Noor")
    answer = desk.post(desk_of_names(petition), {"act": "show", "choice": noor.choice})
    assert "1 name is decided" in answer.content.decode()
    assert "Noor" in page(client, petition)
    assert moderation.counts(petition) == {"waiting": 1, "shown": 1, "refused": 0}


def test_reading_and_deciding_stand_in_the_staff_log_and_looking_does_not(desk, petition):
    wants_to_be_shown(petition, "Noor")
    before = StaffAct.objects.count()
    desk.get(desk_of_names(petition))
    desk.post(desk_of_names(petition), {"act": "read", "state": "shown"})  # there is none to read
    assert StaffAct.objects.count() == before
    desk.post(desk_of_names(petition), {"act": "read", "state": "waiting"})
    line = StaffAct.objects.first()
    assert (line.who, line.act, line.about) == ("tomas", "names read", f"petition {petition.pk}")
    assert line.facts == {"state": "waiting", "count": 1}
    desk.post(desk_of_names(petition), {"act": "show", "choice": choices(petition)})
    line = StaffAct.objects.first()
    assert (line.act, line.facts) == ("names shown", {"count": 1})
    assert stafflog.verify() is None
    log = str(list(StaffAct.objects.values_list("who", "act", "about", "facts")))
    assert "Noor" not in log


def test_a_shown_name_can_be_taken_down_again(desk, client, petition):
    wants_to_be_shown(petition, "Noor")
    moderation.decide(petition, choices(petition), State.SHOWN)
    chosen = choices(petition, State.SHOWN)
    desk.post(desk_of_names(petition), {"act": "refuse", "state": "shown", "choice": chosen})
    assert "Noor" not in page(client, petition)


def test_the_desk_of_names_is_for_those_who_may_change_petitions(client, petition, tomas):
    assert client.post(desk_of_names(petition)).status_code == 302
    tomas.is_superuser = False
    tomas.save()
    client.force_login(tomas)
    assert client.get(desk_of_names(petition)).status_code == 403
    tomas.user_permissions.add(Permission.objects.get(codename="change_petition"))
    assert client.get(desk_of_names(petition)).status_code == 200


def test_no_name_stands_in_the_history_of_the_desk(desk, petition):
    wants_to_be_shown(petition, "Noor")
    desk.post(desk_of_names(petition), {"act": "show", "choice": choices(petition)})
    assert "Noor" not in str(list(LogEntry.objects.values_list()))


def test_the_pages_of_the_desk_lead_there(desk, petition):
    change = reverse("admin:petitions_petition_change", args=[petition.pk])
    text = desk.get(change).content.decode()
    assert text.count(f'href="{desk_of_names(petition)}"') == 1
    assert text.count(f'href="{reverse("admin:petition_review", args=[petition.pk])}"') == 1
