"""Delivery: an update reaches each who asked for it, once, whatever happens on the way."""

import pytest
from django.core import mail as django_mail
from django.core.management import call_command
from django.utils import timezone

from petitions import delivery, letters, outbox, sealing, signing, subscribing
from petitions.management.commands.work import Worker
from petitions.models import Delivery, Letter, Subscription, Update
from tests.factories import (
    confirm,
    make_petition,
    make_signature,
    make_subscription,
    make_update,
    sign,
)
from tests.petitions.test_at_once import all_at_once

pytestmark = pytest.mark.django_db


def subscribers(petition, count):
    return [make_subscription(petition, f"reader{number}@example.org") for number in range(count)]


def send_all():
    while delivery.send_waiting():
        pass


def parts(update: Update) -> dict[str, int]:
    """Where everybody is; what the desk shows."""
    row = Update.objects.with_progress().get(pk=update.pk)
    return {"sent": row.sent_count, "waiting": row.waiting_count, "refused": row.refused_count}


@pytest.fixture
def update():
    """Published, not sent."""
    return make_update(make_petition())


# --- To whom --------------------------------------------------------------------------------------


def test_each_who_asked_gets_it_once(inbox, update):
    subscribers(update.petition, 60)
    assert delivery.begin(update) == 60
    send_all()
    assert sorted(mail["To"] for mail in inbox.mails) == sorted(
        f"reader{number}@example.org" for number in range(60)
    )
    update.refresh_from_db()
    assert (update.recipients_count, update.sent_count) == (60, 60)
    assert update.sending_ended_at
    assert not Delivery.objects.exists()


def test_nobody_who_did_not_ask_gets_it(inbox, update):
    petition = update.petition
    confirm(make_signature(petition, "counted@example.org"))
    make_signature(petition, "pending@example.org")
    make_signature(petition, "ticked@example.org", wants_updates=True)
    make_subscription(make_petition(), "elsewhere@example.org")
    make_subscription(petition, "asked@example.org")
    Letter.objects.all().delete()
    assert delivery.begin(update) == 1
    send_all()
    assert [mail["To"] for mail in inbox.mails] == ["asked@example.org"]


def test_publishing_sends_nothing(inbox, update):
    subscribers(update.petition, 3)
    send_all()
    assert inbox.mails == []


@pytest.mark.parametrize(
    "wish", [{"status": "draft"}, {"published_at": timezone.now().replace(year=2099)}]
)
def test_what_nobody_may_see_is_not_sent(wish):
    update = make_update(make_petition(), **wish)
    subscribers(update.petition, 1)
    assert delivery.begin(update) == 0
    assert not Delivery.objects.exists()


def test_news_of_a_petition_that_is_a_draft_is_not_sent(update):
    type(update.petition).objects.update(status="draft")
    subscribers(update.petition, 1)
    assert delivery.begin(update) == 0


def test_where_nobody_asked_it_can_still_be_sent_later(update):
    assert delivery.begin(update) == 0
    subscribers(update.petition, 2)
    assert delivery.begin(update) == 2


def test_it_is_sent_once_only(inbox, update):
    subscribers(update.petition, 2)
    assert delivery.begin(update) == 2
    assert delivery.begin(update) == 0
    send_all()
    make_subscription(update.petition, "late@example.org")
    assert delivery.begin(update) == 0
    send_all()
    assert len(inbox.mails) == 2


def test_whose_mail_came_back_gets_no_more(inbox, update):
    gone, _ = subscribers(update.petition, 2)
    subscribing.mark_undeliverable([gone])
    assert delivery.recipients_count(update.petition) == 1
    assert delivery.begin(update) == 1


# --- Letters go first -----------------------------------------------------------------------------


def test_a_confirmation_that_comes_while_a_thousand_updates_wait_leaves_before_the_rest(
    inbox, update
):
    hashes = [n.to_bytes(16, "big") for n in range(1000)]
    locked = sealing.lock("reader@example.org")
    Subscription.objects.bulk_create(
        Subscription(petition=update.petition, duplicate_hash=h, locked_address=locked)
        for h in hashes
    )
    delivery.begin(update)
    worker = Worker()
    worker.round()
    before = len(inbox.mails)
    assert 0 < before <= 25
    sign(update.petition)
    worker.round()
    assert [mail["To"] for mail in inbox.mails].index("mira@example.org") == before
    assert len(inbox.mails) <= before + 1 + 25


def test_while_a_letter_waits_no_update_leaves(inbox, update):
    subscribers(update.petition, 2)
    delivery.begin(update)
    sign(update.petition)
    assert delivery.send_waiting() == 0
    letters.send_waiting()
    assert delivery.send_waiting() == 2


# --- Moody mail servers ---------------------------------------------------------------------------


def test_what_is_refused_stays_and_can_be_retried(inbox, update, capsys):
    subscribers(update.petition, 3)
    delivery.begin(update)
    inbox.answers["reader1@example.org"] = "550 We do not relay"
    send_all()
    assert parts(update) == {"sent": 2, "waiting": 0, "refused": 1}
    update.refresh_from_db()
    assert update.sending_ended_at
    inbox.answers.clear()
    call_command("outbox", "--retry")
    said = capsys.readouterr().out
    assert "1 updates are tried again." in said
    assert "1 updates to send now, 0 later (stopped, or put off), 0 given up." in said
    send_all()
    assert parts(update) == {"sent": 3, "waiting": 0, "refused": 0}


def test_what_is_put_off_is_tried_again_later(inbox, update):
    subscribers(update.petition, 2)
    delivery.begin(update)
    inbox.answers["reader1@example.org"] = "450 Later"
    send_all()
    assert parts(update) == {"sent": 1, "waiting": 1, "refused": 0}
    update.refresh_from_db()
    assert not update.sending_ended_at
    inbox.answers.clear()
    Delivery.objects.update(send_after=timezone.now())
    send_all()
    assert len(inbox.mails) == 2


def test_a_mail_server_that_is_down_costs_nobody_their_update(inbox, update, settings):
    subscribers(update.petition, 2)
    delivery.begin(update)
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, 1
    with pytest.raises(outbox.MailServerDown):
        delivery.send_waiting()
    assert set(Delivery.objects.values_list("tries_count", "lease")) == {(0, "")}
    settings.EMAIL_PORT = port
    assert delivery.send_waiting() == 2


# --- Stopping -------------------------------------------------------------------------------------


def test_what_was_stopped_stays_until_it_goes_on(inbox, update, settings):
    settings.DELIVERY_BATCH_COUNT = 2
    subscribers(update.petition, 6)
    delivery.begin(update)
    delivery.send_waiting()
    assert delivery.stop(update) is True
    assert delivery.stop(update) is False
    send_all()
    assert len(inbox.mails) == 2
    assert parts(update) == {"sent": 2, "waiting": 4, "refused": 0}
    assert delivery.resume(update) is True
    assert delivery.resume(update) is False
    send_all()
    assert len({mail["To"] for mail in inbox.mails}) == len(inbox.mails) == 6


def each_time_one_has_left(monkeypatch, act):
    """Do something right after a message has left, before it is settled."""
    send = django_mail.EmailMultiAlternatives.send

    def send_then_act(message, *args, **kwargs):
        sent = send(message, *args, **kwargs)
        act(message)
        return sent

    monkeypatch.setattr(django_mail.EmailMultiAlternatives, "send", send_then_act)


def test_stopping_in_the_middle_of_a_batch_stops_at_once(inbox, update, monkeypatch):
    subscribers(update.petition, 5)
    delivery.begin(update)
    each_time_one_has_left(monkeypatch, lambda _: delivery.stop(update))
    send_all()
    assert len(inbox.mails) == 1
    assert parts(update) == {"sent": 1, "waiting": 4, "refused": 0}
    monkeypatch.undo()
    delivery.resume(update)
    send_all()
    assert len({mail["To"] for mail in inbox.mails}) == len(inbox.mails) == 5


def test_what_is_put_off_while_it_is_stopped_stays_stopped(inbox, update, monkeypatch):
    subscribers(update.petition, 1)
    delivery.begin(update)
    inbox.answers["reader0@example.org"] = "450 Later"
    write = delivery._write

    def stop_meanwhile(row):
        delivery.stop(update)
        return write(row)

    monkeypatch.setattr(delivery, "_write", stop_meanwhile)
    send_all()
    assert Delivery.objects.get().send_after is None


def test_what_was_stopped_is_not_retried(inbox, update):
    subscribers(update.petition, 2)
    delivery.begin(update)
    inbox.answers["reader0@example.org"] = "550 No"
    inbox.answers["reader1@example.org"] = "450 Later"
    send_all()
    delivery.stop(update)
    assert delivery.retry_refused() == 0
    assert Delivery.objects.refused().count() == 1


def test_what_was_never_sent_can_not_be_stopped(update):
    assert delivery.stop(update) is False
    assert delivery.resume(update) is False


# --- People who change their minds ----------------------------------------------------------------


def test_who_stops_while_it_is_on_its_way_gets_it_no_more(inbox, update, monkeypatch):
    rows = subscribers(update.petition, 4)
    delivery.begin(update)

    def all_leave(_):
        for row in rows:
            subscribing.unsubscribe(row.duplicate_hash)

    each_time_one_has_left(monkeypatch, all_leave)
    send_all()
    assert len(inbox.mails) == 1
    assert parts(update)["waiting"] == 0
    update.refresh_from_db()
    assert update.sending_ended_at


def test_who_withdraws_while_it_is_on_its_way_gets_it_no_more(inbox, update):
    signature = make_signature(update.petition)
    signing.confirm(signature, signing.claim_on(signature), wants_updates=True)
    make_subscription(update.petition, "sam@example.org")
    assert delivery.begin(update) == 2
    signing.withdraw(signature, signing.claim_on(signature))
    send_all()
    assert [mail["To"] for mail in inbox.mails] == ["sam@example.org"]


def test_the_numbers_add_up_whatever_happens(inbox, update, settings):
    settings.DELIVERY_BATCH_COUNT = 4
    rows = subscribers(update.petition, 12)
    delivery.begin(update)
    inbox.answers = {"reader2@example.org": "550 No", "reader3@example.org": "450 Later"}
    delivery.send_waiting()
    left = Delivery.objects.filter(refused_on=None, subscription__in=rows[4:]).first()
    subscribing.unsubscribe(left.subscription.duplicate_hash)
    delivery.stop(update)
    before = parts(update)
    send_all()
    assert parts(update) == before
    delivery.resume(update)
    send_all()
    numbers = parts(update)
    assert numbers == {"sent": 9, "waiting": 1, "refused": 1}
    update.refresh_from_db()
    assert update.recipients_count == sum(numbers.values()) + 1  # who left
    assert len(inbox.mails) == 9


# --- At once --------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_several_workers_send_each_once(inbox, settings):
    settings.DELIVERY_BATCH_COUNT = 5
    update = make_update(make_petition())
    subscribers(update.petition, 60)
    delivery.begin(update)
    all_at_once(*[send_all] * 4)
    send_all()
    receivers = [mail["To"] for mail in inbox.mails]
    assert len(set(receivers)) == len(receivers) == 60
    assert parts(update) == {"sent": 60, "waiting": 0, "refused": 0}


@pytest.mark.django_db(transaction=True)
def test_two_editors_who_send_at_once_send_it_once(inbox):
    update = make_update(make_petition())
    subscribers(update.petition, 10)
    counts = all_at_once(*[lambda: delivery.begin(update)] * 6)
    assert sorted(counts) == [0, 0, 0, 0, 0, 10]
    assert Delivery.objects.count() == 10


@pytest.mark.django_db(transaction=True)
def test_people_who_leave_at_that_moment_stop_nobody_elses_update(inbox):
    for _ in range(5):
        update = make_update(make_petition())
        rows = subscribers(update.petition, 20)
        leaving = [row.duplicate_hash for row in rows[:6]]
        all_at_once(
            lambda u=update: delivery.begin(u),
            *[lambda h=h: subscribing.unsubscribe(h) for h in leaving],
        )
        assert Delivery.objects.filter(update=update).count() == 14


@pytest.mark.django_db(transaction=True)
def test_stopping_and_going_on_again_and_again_loses_nobody(inbox, settings):
    settings.DELIVERY_BATCH_COUNT = 3
    update = make_update(make_petition())
    subscribers(update.petition, 40)
    delivery.begin(update)

    def waver():
        for _ in range(10):
            delivery.stop(update)
            delivery.resume(update)

    all_at_once(send_all, send_all, waver)
    delivery.resume(update)
    send_all()
    assert len({mail["To"] for mail in inbox.mails}) == 40
    assert parts(update) == {"sent": 40, "waiting": 0, "refused": 0}
