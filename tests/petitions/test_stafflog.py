"""The staff log: who did what, and that nobody can change it unseen."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone

from petitions import stafflog
from petitions.management.commands.work import Worker
from petitions.models import StaffAct
from tests.factories import make_petition
from tests.petitions.test_at_once import all_at_once
from tests.stories.desk import save

pytestmark = pytest.mark.django_db


@pytest.fixture
def five_lines():
    """What Tomas and Ana did this week."""
    for number in range(5):
        stafflog.record(("tomas", "ana")[number % 2], "tried", f"free-{number}", count=number)
    return StaffAct.objects.order_by("number")


def run(*arguments):
    out = StringIO()
    call_command("stafflog", *arguments, stdout=out)
    return out.getvalue()


def test_each_line_says_who_did_what_and_follows_the_one_before(five_lines):
    assert [line.number for line in five_lines] == [1, 2, 3, 4, 5]
    first, second = five_lines[:2]
    assert (second.who, second.act, second.about) == ("ana", "tried", "free-1")
    assert second.facts == {"count": 1}
    assert bytes(second.previous_hash) == bytes(first.hash)
    assert stafflog.verify() is None


def test_an_empty_log_is_whole():
    assert stafflog.verify() is None
    assert stafflog.head() is None
    assert "is empty" in run("check")


@pytest.mark.parametrize(
    "change",
    [{"who": "ana"}, {"act": "did nothing"}, {"about": "free-9"}, {"facts": {"count": 3}},
     {"facts": {}}, {"at": timezone.now() - timedelta(days=1)}, {"hash": bytes(32)},
     {"previous_hash": bytes(32)}],
    ids=lambda change: next(iter(change)),
)  # fmt: skip
def test_a_changed_line_is_found(five_lines, change):
    five_lines.filter(number=3).update(**change)
    assert stafflog.verify() == 3
    with pytest.raises(CommandError, match="Line 3"):
        run("check")


def test_a_changed_line_whose_hash_was_made_anew_is_found_by_the_next(five_lines):
    line = five_lines.get(number=3)
    line.who = "nobody"
    line.hash = stafflog._hash(line)
    line.save()
    assert stafflog.verify() == 4


@pytest.mark.parametrize("number", [1, 2, 4])
def test_a_missing_line_is_found(five_lines, number):
    five_lines.filter(number=number).delete()
    assert stafflog.verify() == number


def test_two_lines_that_changed_places_are_found(five_lines):
    second, third = five_lines[1], five_lines[2]
    second.number, third.number = 3, 2
    second.save()
    third.save()
    assert stafflog.verify() == 2


def test_a_line_put_in_later_is_found(five_lines):
    for line in reversed(five_lines[2:]):
        StaffAct.objects.filter(number=line.number).update(number=line.number + 1)
    between = five_lines[1]
    between.number, between.previous_hash = 3, between.hash
    between.hash = stafflog._hash(between)
    between.save(force_insert=True)
    assert stafflog.verify() == 4


def test_what_was_cut_off_at_the_end_is_found_by_whoever_noted_the_head(five_lines):
    noted = stafflog.head()
    stafflog.record("tomas", "tried")
    assert "is whole" in run("check", "--head", f"{noted.number}:{noted.hash}")
    five_lines.filter(number__gte=5).delete()
    assert "is whole" in run("check")
    with pytest.raises(CommandError, match="cut off"):
        run("check", "--head", f"{noted.number}:{noted.hash}")
    stafflog.record("tomas", "something else")
    assert not stafflog.holds(noted)


@pytest.mark.parametrize("typed", ["5", "5:abc", "x:" + "0" * 64, "9" * 30 + ":" + "0" * 64])
def test_a_head_that_is_none_is_refused(typed):
    with pytest.raises(CommandError, match="NUMBER:HASH"):
        run("check", "--head", typed)


def test_the_lines_can_be_listed(five_lines):
    assert [line.split()[0] for line in run("list").splitlines()] == list("12345")
    assert "tomas  tried  free-4  count=4" in run("list")


def test_an_act_that_failed_leaves_no_line():
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        stafflog.record("tomas", "tried")
        raise ZeroDivisionError
    assert not StaffAct.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_many_who_act_at_once_are_one_line_after_another():
    all_at_once(*(lambda n=n: stafflog.record("tomas", "tried", count=n) for n in range(12)))
    assert StaffAct.objects.count() == 12
    assert stafflog.verify() is None


@pytest.mark.django_db(transaction=True)
def test_who_acts_while_somebody_elses_act_is_undone_takes_its_number():
    def fail() -> None:
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            stafflog.record("ana", "failed")
            raise ZeroDivisionError

    acts = [lambda: stafflog.record("tomas", "tried")] * 6 + [fail] * 6
    all_at_once(*acts)
    assert StaffAct.objects.count() == 6
    assert stafflog.verify() is None


def test_the_worker_notes_the_head_outside_the_database(caplog, five_lines):
    caplog.set_level("INFO", "petitions.work")
    worker = Worker()
    worker.round()
    worker.round()
    [line] = [record for record in caplog.records if record.getMessage() == "staff log"]
    assert line.facts == stafflog.head()._asdict()


def test_who_logs_in_stands_in_the_log_and_who_fails_to_is_not_quoted(client, tomas):
    for _ in range(3):
        client.post("/admin/login/", {"username": "mira@example.org", "password": "guess"})
    client.post("/admin/login/", {"username": "tomas", "password": "a-long-pass-phrase"})
    acts = StaffAct.objects.order_by("number").values_list("who", "act", "facts")
    assert list(acts) == [("", "login failed", {}), ("tomas", "logged in", {})]


def test_a_minute_later_another_failed_login_is_another_line(client):
    client.post("/admin/login/", {"username": "tomas", "password": "guess"})
    StaffAct.objects.update(at=timezone.now() - timedelta(seconds=61))
    client.post("/admin/login/", {"username": "tomas", "password": "guess"})
    assert StaffAct.objects.count() == 2


def test_what_tomas_changes_in_a_petition_is_logged_by_the_names_of_the_fields(desk):
    petition = make_petition(slug="free-ana", status="draft", published_at=None)
    address = f"/admin/petitions/petition/{petition.pk}/change/"
    save(desk, address, summary="She is innocent.")
    line = StaffAct.objects.first()
    about = f"petition {petition.pk}"
    assert (line.who, line.act, line.about) == ("tomas", "petition changed", about)
    assert line.facts == {"fields": ["Summary"]}
    # Nor what a withdrawal would have to erase, which a chained log can't.
    assert "ana" not in repr(list(StaffAct.objects.values()))
    assert "innocent" not in repr(list(StaffAct.objects.values()))
    desk.post(f"/admin/petitions/petition/{petition.pk}/delete/", {"post": "yes"})
    assert StaffAct.objects.first().act == "petition deleted"
    assert stafflog.verify() is None


def test_the_desk_shows_the_log_and_lets_nobody_change_it(desk, five_lines):
    page = desk.get("/admin/petitions/staffact/").content.decode()
    assert "The log is whole up to line 6" in page  # Tomas has logged in
    assert stafflog.head().hash in page
    assert desk.get("/admin/petitions/staffact/add/").status_code == 403
    for act in ("change", "delete"):
        answer = desk.post(f"/admin/petitions/staffact/3/{act}/", {"post": "yes"})
        assert answer.status_code == 403
    assert stafflog.verify() is None


def test_the_desk_says_where_the_log_was_changed(desk, five_lines):
    five_lines.filter(number=4).update(who="nobody")
    assert "Line 4 was changed" in desk.get("/admin/petitions/staffact/").content.decode()
