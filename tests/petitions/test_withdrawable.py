"""A petition is taken down: its words are gone, and who signed stays protected as promised."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.utils import timezone

from petitions import counting, delivery, letters, retention, signing
from petitions.models import (
    Delivery,
    Letter,
    Petition,
    Signature,
    StaffAct,
    Subscription,
    Update,
)
from stories import withdrawal
from stories.models import Withdrawal
from tests.factories import (
    confirm,
    everything_stored,
    make_defender,
    make_petition,
    make_signature,
    make_subscription,
    make_update,
    sign,
    signature_of,
    token_for,
)

pytestmark = pytest.mark.django_db

PAGES = ["", "sign/", "signed/", "code/", "link/", "link/sent/", "withdrawn/", "updates/asked/",
         "count.json", "qr.svg"]  # fmt: skip


def withdraw(petition: Petition) -> Petition:
    """Withdraw, and read it anew."""
    assert withdrawal.withdraw(petition, "danger", "tomas")
    return Petition.objects.get(pk=petition.pk)


@pytest.fixture
def petition() -> Petition:
    """Open, with words in every field, and signed by Mira, who has confirmed, and Noor."""
    made = make_petition(
        title="Free the teacher of Qom", short_title="The teacher of Qom", occasion="A summit",
        slug="free-the-teacher", occasion_place="Geneva", shows_names=True, retention_days=30,
    )  # fmt: skip
    made.demands.create(text="Free them.", addressee="The minister")
    made.milestones.create(count=1000, text="We hand it in to the teacher’s mother.")
    make_update(made, title="The teacher is ill")
    confirm(make_signature(made))
    sign(made, "noor@example.org", "Noor")
    counting.count_all()
    return made


@pytest.mark.parametrize("page", PAGES)
def test_all_its_pages_say_that_it_is_gone(client, petition, page):
    address = f"{petition.get_absolute_url()}{page}"
    assert client.get(address).status_code in (200, 302)
    withdraw(petition)
    assert client.get(address).status_code == 410
    assert client.post(address, {"email": "x@example.org"}).status_code in (405, 410)
    assert "teacher" not in client.get(address).content.decode()
    assert client.get("/petitions/free-the-dentist/sign/").status_code == 404


def test_a_form_that_was_open_is_not_taken(client, petition):
    withdraw(petition)
    before = everything_stored()
    form = {"email": "li@example.org", "level": "count"}
    answer = client.post(f"{petition.get_absolute_url()}sign/", form)
    assert answer.status_code == 410
    assert everything_stored() == before


def test_nothing_is_left_of_what_it_said(petition):
    after = withdraw(petition)
    said = [after.title, after.short_title, after.slug, after.summary, after.text, after.result,
            after.occasion, after.occasion_place]  # fmt: skip
    assert not any("teacher" in words.lower() or "Geneva" in words for words in said)
    assert after.withdrawn_on == timezone.now().date()
    assert (after.status, after.photo, after.outcome) == ("draft", None, "")
    assert not after.demands.exists()
    assert not after.updates.exists()
    assert [m.text for m in after.milestones.all()] == [""]
    known = Withdrawal.objects.get()
    assert (known.kind, known.number, known.was_public) == ("petition", petition.pk, True)


def test_who_signed_is_left_alone_until_the_promised_day(petition):
    kept = ("Signature", "LedgerEntry", "Tally")
    before = {name: everything_stored()[name] for name in kept}
    after = withdraw(petition)
    assert {name: everything_stored()[name] for name in kept} == before
    assert (after.sealing_key_id, after.duplicate_key_id) == (
        petition.sealing_key_id, petition.duplicate_key_id,
    )  # fmt: skip
    assert after.destroys_on == (timezone.now() + timedelta(days=30)).date()
    assert retention.destroy_due() == 0
    Petition.objects.update(closes_at=timezone.now() - timedelta(days=31))
    assert retention.destroy_due() == 2
    assert not Signature.objects.exists()
    call_command("recount")


def test_an_earlier_end_stays_and_so_does_a_postponement(petition):
    ended = timezone.now() - timedelta(days=3)
    day = timezone.now().date() + timedelta(days=90)
    Petition.objects.update(
        closes_at=ended, postponed_until=day, postponed_because="The teacher’s trial"
    )
    after = withdraw(petition)
    assert after.closes_at == ended
    assert after.destroys_on == day
    assert "teacher" not in after.postponed_because


def test_no_letter_about_it_leaves_and_no_address_is_kept(petition, send_letters):
    signing.ask_for_link(petition, address="mira@example.org", language="en")
    make_subscription(petition)
    assert Letter.objects.exists()
    withdraw(petition)
    assert not Letter.objects.exists()
    assert not Subscription.objects.exists()
    assert send_letters().mails == []


def test_a_letter_that_a_worker_holds_at_this_moment_does_not_leave(petition, inbox, monkeypatch):
    drain = letters.outbox.drain
    # Noor has not confirmed; Mira has, and has lost the link.
    signing.ask_for_link(petition, address="mira@example.org", language="en")

    def meanwhile(model, count, send):
        return drain(model, count, lambda row, server: withdraw_first() and send(row, server))

    def withdraw_first() -> bool:
        if Petition.objects.filter(withdrawn_on=None):
            withdrawal.withdraw(petition, "danger", "tomas")
        return True

    monkeypatch.setattr(letters.outbox, "drain", meanwhile)
    assert letters.send_waiting() == 0
    assert inbox.mails == []


def test_an_update_on_its_way_is_stopped_and_removed(petition, inbox):
    make_subscription(petition)
    update = petition.updates.get()
    assert delivery.begin(update) == 1
    Letter.objects.all().delete()
    withdraw(petition)
    assert not Delivery.objects.exists()
    assert delivery.send_waiting() == 0
    assert inbox.mails == []


def test_mira_reads_on_her_page_what_becomes_of_her_signature(client, petition):
    mira = signature_of(petition)
    after = withdraw(petition)
    page = client.get(f"/signatures/{token_for(mira)}/")
    words = page.content.decode()
    assert page.status_code == 200
    assert "This petition was taken down" in words
    assert f"{after.destroys_on:%-d %B %Y}" in words
    for gone in ("teacher", "Ask one more person", "updates/", "petitions/withdrawn-"):
        assert gone not in words


def test_mira_can_erase_her_name_but_not_give_more(client, petition):
    mira = signature_of(petition)
    withdraw(petition)
    address = f"/signatures/{token_for(mira)}/level/"
    client.post(address, {"level": "public", "shown_name": "Mira"})
    mira.refresh_from_db()
    assert mira.level == "hand_in"
    client.post(address, {"level": "count"})
    mira.refresh_from_db()
    assert mira.level == "count"


def test_mira_can_take_her_signature_back(client, petition):
    mira = signature_of(petition)
    withdraw(petition)
    answer = client.post(f"/signatures/{token_for(mira)}/withdraw/", follow=True)
    assert answer.status_code == 200
    assert "Your signature is taken back" in answer.content.decode()
    assert not Signature.objects.filter(pk=mira.pk).exists()


def test_noor_can_not_confirm_any_more_and_is_told_so(client, petition):
    noor = signature_of(petition, "noor@example.org")
    withdraw(petition)
    address = f"/signatures/{token_for(noor)}/"
    answer = client.post(f"{address}confirm/", follow=True)
    assert answer.status_code == 410
    assert "can’t be any more" in client.get(address).content.decode()
    noor.refresh_from_db()
    assert noor.confirmed_on is None
    Signature.objects.filter(pk=noor.pk).update(signed_on=timezone.now().date() - timedelta(8))
    assert retention.forget_expired() == 1


def test_who_presses_stop_in_an_old_mail_reads_no_old_title(client, petition):
    subscription = make_subscription(petition)
    stop = f"/updates/{delivery.subscribing.token_to_stop(subscription)}/stop/"
    withdraw(petition)
    words = client.get(stop).content.decode()
    assert "You get no more updates" in words
    assert "To the petition" not in words.split("</main>")[0].split("<main")[1]


def test_twice_is_once(petition):
    assert withdrawal.withdraw(petition, "danger", "tomas")
    assert withdrawal.withdraw(petition, "danger", "tomas") is None
    assert StaffAct.objects.filter(act="petition withdrawn").count() == 1


def test_the_database_keeps_it_from_being_published_again(petition):
    withdraw(petition)
    for change in ({"status": "published"}, {"closes_at": None}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Petition.objects.update(**change)


def test_tomas_withdraws_it_at_the_desk_and_nobody_changes_it_afterwards(desk, petition):
    address = f"/admin/petitions/petition/{petition.pk}/"
    assert f"{address}withdraw/" in desk.get(f"{address}change/").content.decode()
    page = desk.get(f"{address}withdraw/").content.decode()
    assert "Who signed stays protected" in page
    page = desk.post(f"{address}withdraw/", {"reason": "danger", "withdraw": "1"})
    assert "/petitions/free-the-teacher/" in page.content.decode()
    assert desk.get(f"{address}withdraw/").status_code == 404
    form = desk.get(f"{address}change/").content.decode()
    assert 'name="_save"' not in form
    assert f"{address}withdraw/" not in form
    assert desk.post(f"{address}change/", {"status": "published"}).status_code == 403


def test_what_anybody_could_read_is_withdrawn_and_not_deleted(desk, petition):
    update = petition.updates.get()
    for kind, row in (("update", update), ("petition", petition)):
        address = f"/admin/petitions/{kind}/{row.pk}/delete/"
        assert desk.post(address, {"post": "yes"}).status_code == 403
    draft = make_update(petition, status="draft", published_at=None)
    desk.post(f"/admin/petitions/update/{draft.pk}/delete/", {"post": "yes"})
    assert list(Update.objects.all()) == [update]


@pytest.mark.django_db(transaction=True)
def test_an_update_is_withdrawn_from_page_and_outbox(desk, client, petition):
    update = petition.updates.get()
    make_subscription(petition)
    delivery.begin(update)
    desk.post(
        f"/admin/petitions/update/{update.pk}/withdraw/", {"reason": "danger", "withdraw": "1"}
    )
    assert not Update.objects.exists()
    assert not Delivery.objects.exists()
    assert Subscription.objects.exists()
    answer = client.get(petition.get_absolute_url())
    assert answer.status_code == 200
    assert "The teacher is ill" not in answer.content.decode()
    assert StaffAct.objects.first().act == "update withdrawn"
    # A backup brings it back.
    make_update(petition, pk=update.pk)
    assert withdrawal.withdraw_again()[0] == 1
    assert not Update.objects.exists()


def test_a_petition_that_a_backup_brings_back_is_withdrawn_again(client, petition):
    before = Petition.objects.filter(pk=petition.pk).values("title", "slug", "status", "text").get()
    withdraw(petition)
    Petition.objects.update(**before, withdrawn_on=None, closes_at=None)
    assert withdrawal.withdraw_again()[0] == 1
    assert withdrawal.withdraw_again()[0] == 0
    assert client.get("/petitions/free-the-teacher/").status_code == 410


# --- With somebody it is about --------------------------------------------------------------------


def test_a_petition_about_somebody_who_is_withdrawn_stops_and_says_why(client, petition):
    them = make_defender(name="Zoe Quux")
    petition.defenders.add(them)
    gone = withdrawal.withdraw(them, "danger", "tomas")
    assert gone.paused == [petition]
    page = client.get(petition.get_absolute_url()).content.decode()
    assert "This petition is closed" in page
    assert "We have ended signing here to protect people" in page
    assert Signature.objects.count() == 2
    # Who signed in time may confirm for a day.
    assert confirm(signature_of(petition, "noor@example.org")) == signing.Confirmation.COUNTED


@pytest.mark.parametrize(
    ("words", "fate"),
    [({"title": "Free Zoe Quux"}, "withdraw"), ({"short_title": "For Quux"}, "withdraw"),
     ({"slug": "free-zoe-quux"}, "withdraw"), ({"text": "<p>Zoe Quux</p>"}, "pause"),
     ({"closes_at": timezone.now() - timedelta(days=1)}, "keep"),
     ({"status": "draft", "published_at": None}, "keep")]
)  # fmt: skip
def test_what_is_offered_depends_on_where_the_name_stands(words, fate):
    them = make_defender(name="Zoe Quux")
    petition = make_petition(**words)
    petition.defenders.add(them)
    offered = withdrawal.outlook(them).companions
    assert [(one.row, one.fates[0]) for one in offered] == [(petition, fate)]


def test_a_petition_that_is_for_others_too_goes_on_for_them():
    them, petition = make_defender(name="Zoe Quux"), make_petition()
    petition.defenders.add(them, make_defender())
    assert withdrawal.outlook(them).companions[0].fates == ["keep", "pause", "withdraw"]
    withdrawal.withdraw(them, "danger", "tomas")
    assert Petition.objects.open().get() == petition


def test_a_demand_that_names_them_counts_as_its_title():
    them, petition = make_defender(name="Zoe Quux"), make_petition()
    petition.demands.create(text="Let Zoe Quux go.", addressee="The minister")
    petition.defenders.add(them)
    withdrawal.withdraw(them, "danger", "tomas")
    petition.refresh_from_db()
    assert petition.is_withdrawn
