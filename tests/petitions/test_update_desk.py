"""Updates on the desk: written, published, sent, stopped; each an act of its own."""

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from petitions import delivery
from petitions.models import Delivery, StaffAct, Update
from tests.factories import make_petition, make_subscription, make_update
from tests.stories.desk import fill, save

pytestmark = pytest.mark.django_db
DESK = "/admin/petitions/update"


def subscribers(petition, count):
    for number in range(count):
        make_subscription(petition, f"reader{number}@example.org")


def sending_page(desk, update) -> str:
    return desk.get(f"{DESK}/{update.pk}/send/").content.decode()


def press(desk, update, act) -> str:
    return desk.post(f"{DESK}/{update.pk}/{act}/", follow=True).content.decode()


@pytest.fixture
def update():
    """Published; three asked for news."""
    update = make_update(make_petition(), title="She is home")
    subscribers(update.petition, 3)
    return update


def test_tomas_writes_an_update_publishes_it_and_it_stands_on_the_page(desk, client):
    petition = make_petition()
    save(desk, f"{DESK}/add/", petition=petition.pk, title="She is home", text="<p>Since noon.</p>")
    update = Update.objects.get()
    assert "She is home" not in client.get(petition.get_absolute_url()).content.decode()
    save(desk, f"{DESK}/{update.pk}/change/", status="published")
    page = Client().get(petition.get_absolute_url()).content.decode()
    assert "She is home" in page
    assert "<p>Since noon.</p>" in page
    assert f'id="update-{update.pk}"' in page
    assert not Delivery.objects.exists()


def test_news_comes_newest_first_also_when_the_petition_has_closed(client):
    from datetime import timedelta

    from django.utils import timezone

    now = timezone.now()
    petition = make_petition(closes_at=now - timedelta(days=9), outcome="closed")
    make_update(petition, title="Earlier", published_at=now - timedelta(days=5))
    make_update(petition, title="Later", published_at=now - timedelta(days=2))
    make_update(petition, title="Tomorrow", published_at=now + timedelta(days=1))
    page = client.get(petition.get_absolute_url()).content.decode()
    assert page.index("Later") < page.index("Earlier")
    assert "Tomorrow" not in page


def test_a_petition_without_news_has_no_section_for_it(client):
    assert 'id="news"' not in client.get(make_petition().get_absolute_url()).content.decode()


def test_tomas_sees_to_how_many_it_goes_before_he_sends_it(desk, update):
    page = sending_page(desk, update)
    assert "This goes to 3 people who asked for it." in page
    assert "He came home." in page
    assert not Delivery.objects.exists()
    page = press(desk, update, "send")
    assert "On its way to 3 people." in page
    assert Delivery.objects.count() == 3
    assert "Nothing was done" in press(desk, update, "send")
    assert Delivery.objects.count() == 3


def test_a_draft_has_no_button(desk, update):
    Update.objects.update(status="draft")
    assert "Publish the update and its petition first" in sending_page(desk, update)
    assert "Nothing was done" in press(desk, update, "send")
    assert not Delivery.objects.exists()


def test_where_nobody_asked_there_is_no_button(desk):
    assert "Nobody has asked" in sending_page(desk, make_update(make_petition()))


def test_tomas_stops_it_goes_on_and_sees_how_far_it_is(desk, update, inbox):
    press(desk, update, "send")
    assert "Stopped. Nothing more leaves" in press(desk, update, "stop")
    assert delivery.send_waiting() == 0
    assert "0 of 3 sent, 3 waiting, stopped" in desk.get(f"{DESK}/").content.decode()
    assert "It goes on." in press(desk, update, "resume")
    inbox.answers["reader1@example.org"] = "550 No"
    delivery.send_waiting()
    for address in (f"{DESK}/", f"{DESK}/{update.pk}/change/"):
        assert "2 of 3 sent, 1 given up" in desk.get(address).content.decode()
    page = sending_page(desk, update)
    assert "Sent. The last one left on" in page
    assert "Nothing was done" in press(desk, update, "stop")


def test_saving_an_update_does_not_disturb_the_numbers_of_one_on_its_way(desk, update, inbox):
    press(desk, update, "send")
    real_save = Update.save

    def save_late(row, *args, **kwargs):
        delivery.send_waiting()  # between opening the form and saving it
        real_save(row, *args, **kwargs)

    Update.save = save_late
    try:
        save(desk, f"{DESK}/{update.pk}/change/", title="She is at home")
    finally:
        Update.save = real_save
    update.refresh_from_db()
    assert (update.title, update.sent_count) == ("She is at home", 3)
    assert update.sending_ended_at


def test_taking_it_off_the_page_stops_it(desk, update):
    press(desk, update, "send")
    save(desk, f"{DESK}/{update.pk}/change/", status="draft")
    update.refresh_from_db()
    assert update.sending_stopped_at


def test_once_sent_it_stays_with_its_petition(desk, update):
    press(desk, update, "send")
    with pytest.raises(AssertionError, match="petition"):
        fill(desk, f"{DESK}/{update.pk}/change/", petition=make_petition().pk)


@pytest.mark.parametrize("act", ["stop", "resume"])
def test_looking_at_the_addresses_of_the_buttons_does_nothing(desk, update, act):
    press(desk, update, "send")
    assert desk.get(f"{DESK}/{update.pk}/{act}/").status_code == 405
    assert desk.head(f"{DESK}/{update.pk}/send/").status_code == 200
    update.refresh_from_db()
    assert not update.sending_stopped_at


@pytest.mark.parametrize("act", ["send", "stop", "resume"])
def test_only_who_may_change_updates_sends_them(client, update, django_user_model, act):
    address = f"{DESK}/{update.pk}/{act}/"
    assert client.post(address).status_code == 302  # to the login
    reader = django_user_model.objects.create_user("ana", password="a-long-word", is_staff=True)
    reader.user_permissions.add(
        Permission.objects.get(codename="view_update", content_type__app_label="petitions")
    )
    client.force_login(reader)
    assert client.post(address).status_code == 403
    assert not Delivery.objects.exists()


def test_a_forged_form_sends_nothing(tomas, update):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(tomas)
    assert browser.post(f"{DESK}/{update.pk}/send/").status_code == 403
    assert not Delivery.objects.exists()


def test_an_update_that_is_not_there_is_not_found(desk):
    assert desk.get(f"{DESK}/999/send/").status_code == 404
    assert desk.get(f"{DESK}/x/send/").status_code == 404


def test_what_is_pressed_stands_in_the_staff_log_once(desk, update):
    for act in ("send", "send", "stop", "stop", "resume", "resume"):
        press(desk, update, act)
    lines = StaffAct.objects.filter(about=f"update {update.pk}").order_by("number")
    assert [line.act for line in lines] == ["update sent", "update stopped", "update went on"]
    assert {line.who for line in lines} == {"tomas"}
