"""What the operator types."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from petitions import sealing
from petitions.management.commands.work import Worker
from petitions.models import Letter, Tally
from tests.factories import confirm, make_petition, make_signature, sign

pytestmark = pytest.mark.django_db


def run(*arguments):
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def test_recount_says_that_all_agrees():
    confirm(make_signature(make_petition()))
    assert "agree" in run("recount")


def test_recount_finds_and_mends_a_wrong_tally():
    petition = make_petition()
    Tally.objects.create(petition=petition, total=7)
    with pytest.raises(CommandError, match="do not agree"):
        run("recount")
    assert "All tallies agree" in run("recount", "--mend")
    assert Tally.objects.get().total == 0


def test_keys_are_made_and_listed(settings, tmp_path):
    settings.KEYS_DIR = tmp_path / "keys"
    sealing.forget_cached_keys()
    private = tmp_path / "usb-stick" / "private"
    assert str(private) in run("keys", "make", "--private-key-file", str(private))
    assert sealing.missing_keys() == []
    assert "seals new petitions" in run("keys", "list")
    with pytest.raises(CommandError):
        run("keys", "make", "--private-key-file", str(private))
    run("keys", "make", "--private-key-file", str(private) + "-2")
    assert len(run("keys", "list").splitlines()) == 2
    sealing.forget_cached_keys()


def test_the_outbox_is_told_in_numbers(inbox):
    sign(make_petition())
    assert run("outbox").startswith("1 letters to send now, 0 later")
    inbox.answers["mira@example.org"] = "550 No"
    Worker().round()
    assert "1 given up" in run("outbox")
    assert "1 letters are tried again" in run("outbox", "--retry")


def test_a_round_of_work_sends_and_counts(inbox):
    petition = make_petition()
    confirm(make_signature(petition))
    sign(petition, "sam@example.org")
    worker = Worker()
    assert worker.round() is True
    assert worker.round() is False
    assert len(inbox.mails) == 1
    assert Tally.objects.get().total == 1


def test_counting_goes_on_while_the_mail_server_is_down(inbox, settings):
    petition = make_petition()
    sign(petition, "sam@example.org")
    settings.EMAIL_PORT = 1
    worker = Worker()
    worker.round()
    confirm(make_signature(petition))
    worker.round()
    assert Tally.objects.get().total == 1
    assert Letter.objects.count() == 1


def test_a_mail_server_that_is_down_is_asked_less_and_less_often(inbox, settings):
    sign(make_petition())
    settings.EMAIL_PORT = 1
    worker = Worker()
    pauses = []
    for _ in range(12):
        worker.mail_at = 0
        worker.round()
        pauses.append(worker.mail_pause_seconds)
    assert pauses == sorted(pauses)
    assert pauses[-1] == 300


def test_a_missing_key_does_not_stop_the_counting(inbox, settings, tmp_path):
    petition = make_petition()
    confirm(make_signature(petition))
    sign(petition, "sam@example.org")
    kept, settings.KEYS_DIR = settings.KEYS_DIR, tmp_path
    sealing.forget_cached_keys()
    Worker().round()
    settings.KEYS_DIR = kept
    sealing.forget_cached_keys()
    assert Tally.objects.get().total == 1
    assert Letter.objects.count() == 1


def test_the_worker_refuses_to_start_without_keys(settings, tmp_path):
    settings.KEYS_DIR = tmp_path
    with pytest.raises(Exception, match="keys make"):
        run("work", "--once")
