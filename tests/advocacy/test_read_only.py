"""While the site is read only, everything can be read and nothing is taken, lost or stored."""

import os

import pytest
from django.core.management import call_command

from advocacy import given_back
from petitions.management.commands.work import Worker
from petitions.models import LedgerEntry, Letter, StaffAct, Switches
from tests.advocacy.markup import elements
from tests.advocacy.test_safe_methods import everything
from tests.advocacy.world import make_world
from tests.factories import honest, make_petition, make_signature, make_story, turn

pytestmark = pytest.mark.django_db
FORMS = {
    "petitions:sign": {"name": "Mira Novak", "email": "mira@example.org", "country": "DE"},
    "petitions:confirm": {"wants_updates": "on"},
    "petitions:withdraw": {},
    "petitions:change_level": {"level": "count"},
    "petitions:ask_for_updates": {"email": "m1@example.org"},
    "petitions:start_updates": {},
    "petitions:stop_updates": {},
    "petitions:stop_by_mail": {"List-Unsubscribe": "One-Click"},
    "petitions:enter_code": {"email": "mira@example.org", "code": "AB12"},
    "petitions:lost_link": {"email": 'mira"@example.org'},
}


@pytest.mark.parametrize("prefix", ["", "/lite"])
def test_no_form_of_the_public_site_is_taken_and_all_that_was_typed_comes_back(client, prefix):
    addresses = make_world().addresses()
    turn(is_read_only=True)
    before = everything()
    for name, typed in FORMS.items():
        response = client.post(f"{prefix}{addresses[name]}", typed | honest())
        assert response.status_code == 503, name
        assert int(response["Retry-After"]) >= 60
        assert "no-store" in response["Cache-Control"]
        page = response.content.decode()
        assert "othing" in page and "stored" in page
        given = {(e.attributes.get("name"), e.attributes.get("value")) for e in elements(page)}
        for field, value in typed.items():
            assert (field, value) in given or f'value="{value}" selected' in page, name
    assert everything() == before


def test_every_form_that_changes_anything_was_tried():
    from tests.advocacy.test_safe_methods import get_resolver, patterns

    posts = {"sign", "confirm", "withdraw", "change_level", "ask_for_updates", "start_updates",
             "stop_updates", "stop_by_mail", "enter_code", "lost_link"}  # fmt: skip
    names = {name for name, _ in patterns(get_resolver()) if name.startswith("petitions:")}
    read = {"petition_list", "petition_detail", "signed", "link_sent", "withdrawn",
            "updates_asked", "count", "qr", "signature"}  # fmt: skip
    assert names == {f"petitions:{name}" for name in posts | read}
    assert FORMS.keys() == {f"petitions:{name}" for name in posts}


def test_everything_can_be_read(client):
    world = make_world()
    turn(is_read_only=True)
    for address in world.pages():
        assert client.get(address).status_code in (200, 400, 404, 410), address


def test_the_desk_saves_nothing_and_says_why(desk):
    story = make_story(title="Before")
    turn(is_read_only=True)
    address = f"/admin/stories/story/{story.pk}/change/"
    assert desk.get(address).status_code == 200
    before = everything()
    response = desk.post(address, {"title": "After"})
    assert response.status_code == 503
    assert "Nothing was saved" in response.content.decode()
    assert "/admin/petitions/switches/" in response.content.decode()
    assert everything() == before


def test_an_editor_can_log_in_and_switch_it_off_again(client, tomas):
    turn(is_read_only=True)
    login = {"username": "tomas", "password": "a-long-pass-phrase"}
    assert client.post("/admin/login/?next=/admin/", login).status_code == 302
    assert client.post("/admin/petitions/switches/1/change/", {"banner_level": "calm"})
    assert not Switches.objects.get().is_read_only
    assert StaffAct.objects.filter(act__startswith="switches").exists()


def test_the_worker_rests_and_goes_on(inbox):
    make_signature(make_petition())
    turn(is_read_only=True)
    worker = Worker()
    before = everything()
    assert worker.round() is False
    assert everything() == before
    assert inbox.mails == []
    turn(is_read_only=False)
    assert worker.round()
    assert len(inbox.mails) == 1
    assert LedgerEntry.objects.count() == 0


def test_a_letter_that_came_back_is_left_with_the_mail_server():
    turn(is_read_only=True)
    with pytest.raises(SystemExit) as ended:
        call_command("take_bounce")
    assert ended.value.code == os.EX_TEMPFAIL


def test_another_sites_form_is_not_made_ours(client):
    petition = make_petition()
    turn(is_read_only=True)
    link = f"{petition.get_absolute_url()}link/"
    response = client.post(
        link, FORMS["petitions:lost_link"], headers={"sec-fetch-site": "cross-site"}
    )
    assert response.status_code == 403
    assert "mira" not in response.content.decode()
    assert not Letter.objects.exists()


@pytest.mark.parametrize(
    "sent",
    [{"data": b"\xff" * 30, "content_type": "multipart/form-data; boundary=é"},
     {"data": "email=" + "x" * given_back.MOST_BYTES,
      "content_type": "application/x-www-form-urlencoded"},
     {"data": b'{"email": "mira@example.org"}', "content_type": "application/json"}],
)  # fmt: skip
def test_what_can_not_be_given_back_is_told_so(client, sent):
    petition = make_petition()
    turn(is_read_only=True)
    response = client.post(f"{petition.get_absolute_url()}link/", **sent)
    assert response.status_code == 503
    assert "go back in your browser" in response.content.decode()


def test_what_one_reader_typed_is_in_nobody_elses_page(client):
    petition = make_petition()
    turn(is_read_only=True)
    link = f"{petition.get_absolute_url()}link/"
    client.post(link, {"email": "mira@example.org"})
    page = client.post(link, {"email": "sam@example.org"}).content.decode()
    assert "sam@example.org" in page
    assert "mira" not in page
    assert all("mira" not in kept for _above, kept in given_back._made.values())
