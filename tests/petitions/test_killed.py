"""SIGKILL in the middle of the work: nothing lost, nothing doubled.

Each test starts a real process on the test database and kills it where it hurts most.
"""

import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.utils import timezone

from petitions import counting, delivery, letters, retention
from petitions.models import Delivery, Destruction, LedgerEntry, Letter, Signature, Tally
from tests.conftest import wait_for
from tests.factories import (
    confirm,
    make_petition,
    make_signature,
    make_subscription,
    make_update,
    sign,
)

pytestmark = pytest.mark.django_db(transaction=True)

# Stops for good in the middle of counting: positions are given, the tally is not written yet.
COUNT_AND_HANG = """
import time
from petitions import counting
def hang(*_):
    print("in the middle", flush=True)
    time.sleep(60)
counting._add_up = hang
counting.count_all()
"""
SEND = """
from petitions import letters
print("in the middle", flush=True)
letters.send_waiting()
"""
# Stops for good inside its third batch, with rows deleted and nothing committed of them.
DESTROY_AND_HANG = """
import time
from petitions import retention
from petitions.models import Destruction
retention.BATCH_COUNT = 4
batches = []
update = type(Destruction.objects.all()).update
def hang(self, **values):
    if "records_count" in values:
        batches.append(values)
        if len(batches) == 3:
            print("in the middle", flush=True)
            time.sleep(60)
    return update(self, **values)
type(Destruction.objects.all()).update = hang
retention.destroy_due()
"""

SEND_UPDATES = """
from petitions import delivery
print("in the middle", flush=True)
while delivery.send_waiting():
    pass
"""


@pytest.fixture
def start(tmp_path):
    """Start a process that works on this test's database and keys."""
    processes = []

    def start_one(code: str, **settings: object) -> subprocess.Popen:
        wanted = {
            "DATABASES": django_settings.DATABASES | {"default": _this_database()},
            "KEYS_DIR": django_settings.KEYS_DIR,
            **settings,
        }
        lines = ["from tests.settings import *", "from pathlib import PosixPath"]
        lines += [f"{name} = {value!r}" for name, value in wanted.items()]
        (tmp_path / "killed_settings.py").write_text("\n".join(lines))
        setup = "import django; django.setup()\n"
        process = subprocess.Popen(
            [sys.executable, "-c", setup + code],
            stdout=subprocess.PIPE,
            env=os.environ
            | {
                "DJANGO_SETTINGS_MODULE": "killed_settings",
                "PYTHONPATH": f"{tmp_path}:{Path.cwd()}",
                "TMPDIR": str(tmp_path),  # who is killed does not tidy up
            },
        )
        processes.append(process)
        return process

    yield start_one
    for process in processes:
        process.kill()
        process.communicate()


def _this_database() -> dict[str, object]:
    return {k: v for k, v in connection.settings_dict.items() if k != "TEST"}


def kill(process: subprocess.Popen) -> None:
    process.send_signal(signal.SIGKILL)
    assert process.wait(10) == -signal.SIGKILL


def test_a_counter_killed_in_the_middle_has_counted_nothing_and_the_next_counts_all(start):
    petition = make_petition()
    for number in range(10):
        confirm(make_signature(petition, f"signer{number}@example.org"))
    process = start(COUNT_AND_HANG)
    assert process.stdout.readline() == b"in the middle\n"
    kill(process)
    assert not LedgerEntry.objects.filter(position__isnull=False).exists()

    # PostgreSQL notices at once that the other end is gone; SQLite's lock went with the process.
    wait_for(lambda: counting.count_all() == 10)
    assert Tally.objects.get().total == 10
    assert all(difference.is_zero for difference in counting.differences())


def test_a_mailer_killed_in_the_middle_loses_nothing_and_repeats_at_most_one(start, inbox):
    petition = make_petition()
    for number in range(30):
        sign(petition, f"signer{number}@example.org")
    inbox.delay_seconds = 0.03
    process = start(
        SEND,
        EMAIL_BACKEND="petitions.posting.EmailBackend",
        EMAIL_HOST="127.0.0.1",
        EMAIL_PORT=django_settings.EMAIL_PORT,
    )
    wait_for(lambda: len(inbox.mails) >= 5)
    kill(process)
    inbox.delay_seconds = 0
    wait_for(lambda: _is_quiet(inbox))
    assert len(inbox.mails) < 30

    # Its lease holds until it ends; then the next worker takes over.
    assert letters.send_waiting() == 0
    Letter.objects.filter(is_reminder=False).update(leased_until=timezone.now())
    while letters.send_waiting():
        pass
    receivers = [mail["To"] for mail in inbox.mails]
    assert len(set(receivers)) == 30
    assert len(receivers) <= 31
    repeated = [mail["Message-ID"] for mail in inbox.mails]
    assert len(set(repeated)) == 30
    assert Letter.objects.filter(is_reminder=True).count() == 30


def test_a_destroyer_killed_in_the_middle_is_followed_by_one_who_ends_it(start):
    petition = make_petition()
    for number in range(20):
        confirm(make_signature(petition, f"signer{number}@example.org"))
    petition.closes_at = timezone.now() - timedelta(days=31)
    petition.save()
    process = start(DESTROY_AND_HANG)
    assert process.stdout.readline() == b"in the middle\n"
    kill(process)
    assert Signature.objects.count() == 12
    assert all(difference.is_zero for difference in counting.differences())

    wait_for(retention.destroy_due)
    record = Destruction.objects.get()
    assert (record.records_count, record.counted_count) == (20, 20)
    assert record.ended_on
    counting.count_all()
    assert counting.differences() == [(petition.slug, 20, 20, 20, 20)]


def test_a_worker_killed_amid_updates_misses_nobody_and_the_numbers_are_exact(start, inbox):
    update = make_update(make_petition())
    for number in range(60):
        make_subscription(update.petition, f"reader{number}@example.org")
    delivery.begin(update)
    inbox.delay_seconds = 0.03
    process = start(
        SEND_UPDATES,
        EMAIL_BACKEND="petitions.posting.EmailBackend",
        EMAIL_HOST="127.0.0.1",
        EMAIL_PORT=django_settings.EMAIL_PORT,
    )
    wait_for(lambda: len(inbox.mails) >= 30)  # in its second batch
    kill(process)
    inbox.delay_seconds = 0
    wait_for(lambda: _is_quiet(inbox))
    left = len(inbox.mails)
    assert left < 60
    update.refresh_from_db()
    assert update.sent_count + Delivery.objects.count() == update.recipients_count == 60
    assert left - update.sent_count in (0, 1)

    # What it held is for the next one when its lease ends.
    while delivery.send_waiting():
        pass
    Delivery.objects.update(leased_until=timezone.now())
    while delivery.send_waiting():
        pass
    receivers = [mail["To"] for mail in inbox.mails]
    assert len(set(receivers)) == 60
    assert len(receivers) <= 61
    assert len({mail["Message-ID"] for mail in inbox.mails}) == 60
    update.refresh_from_db()
    assert update.sent_count == 60
    assert update.sending_ended_at


def _is_quiet(inbox) -> bool:
    import time

    before = len(inbox.mails)
    time.sleep(0.2)
    return len(inbox.mails) == before
