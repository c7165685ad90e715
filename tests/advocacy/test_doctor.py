"""`manage.py doctor`: each fault, shown by something that is broken."""

import io
import json
import os
import time
from collections import namedtuple
from datetime import date, timedelta

import pytest
from django.core.cache import cache
from django.core.cache.backends.dummy import DummyCache
from django.core.management import CommandError, call_command
from django.db import ConnectionHandler, OperationalError, connection
from django.db.utils import load_backend
from django.utils import timezone

from advocacy.doctor import (
    configuration,
    database,
    dns_records,
    keys,
    shared_cache,
    switches,
    website,
    worker,
)
from advocacy.doctor.finding import examine, ok
from petitions import sealing
from petitions.management.commands.work import SEEN_KEY, Worker
from petitions.models import Destruction, Letter
from tests.advocacy.findings import NOW, WELL, answer, asked, faults, levels
from tests.factories import make_petition, sign, turn


@pytest.fixture
def own_keys(settings, tmp_path):
    """A folder with keys of its own, the private one elsewhere."""
    settings.KEYS_DIR = tmp_path / "keys"
    sealing.forget_cached_keys()
    sealing.make_sealing_pair(tmp_path / "organisation.private")
    sealing.make_server_key()
    yield settings.KEYS_DIR
    sealing.forget_cached_keys()


@pytest.fixture
def durable(monkeypatch):
    """The tests' PostgreSQL writes to no disk, for speed; the doctor would say so."""
    told, kept = database._settings_of, {"fsync": "on", "synchronous_commit": "on"}
    monkeypatch.setattr(database, "_settings_of", lambda here: told(here) | kept)


@pytest.fixture
def healthy(own_keys, durable, inbox, settings, monkeypatch):
    """A site that lacks nothing, and a network that answers as it should."""
    settings.DEFAULT_FROM_EMAIL = "Petitions <petitions@example.org>"
    settings.DEMO_MAILBOX = False
    settings.SECURE_SSL_REDIRECT = True
    # The tests set DJANGO_ALLOW_ASYNC_UNSAFE.
    settings.SILENCED_SYSTEM_CHECKS = [*settings.SILENCED_SYSTEM_CHECKS, "async.E001"]
    monkeypatch.setattr(keys, "_where_it_may_lie", lambda: [own_keys])
    monkeypatch.setattr(configuration, "disk", lambda name: ok("room"))
    look, see = dns_records.look, website.look
    monkeypatch.setattr(dns_records, "look", lambda dkim: look(dkim, asked(WELL)))
    monkeypatch.setattr(website, "look", lambda: see(lambda url: answer(), lambda: NOW))
    Worker().be_seen()
    return inbox


def doctor(*arguments: str) -> tuple[str, int]:
    """What it prints, and its status."""
    out = io.StringIO()
    try:
        call_command("doctor", *arguments, stdout=out)
    except SystemExit as end:
        return out.getvalue(), end.code
    return out.getvalue(), 0


# --- The command ------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_healthy_site_has_no_fault(healthy):
    make_petition()
    words, status = doctor("--dkim-selector", "s1")
    assert "FAULT" not in words, words
    assert words.rstrip().splitlines()[-1].startswith("0 faults")
    assert status == 0
    assert healthy.connections_count == 1  # the mail server was asked
    assert healthy.mails == []  # and nothing was sent


@pytest.mark.django_db
def test_a_fault_says_what_to_do_and_ends_with_status_1(healthy, own_keys):
    (own_keys / "server.key").unlink()
    words, status = doctor("--no-network")
    assert status == 1
    lines = words.splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("FAULT"))
    assert "server.key" in lines[at]
    assert "backup" in lines[at + 1]


@pytest.mark.django_db
def test_machines_read_the_same(healthy, own_keys):
    (own_keys / "server.key").unlink()
    words, status = doctor("--no-network", "--json")
    told = json.loads(words)
    assert status == 1
    assert told["faults"] == 1
    [broken] = [found for found in told["findings"] if found["level"] == "fault"]
    assert broken["area"] == "keys"
    assert broken["to_do"]


@pytest.mark.django_db
def test_without_the_network_nothing_outside_is_asked(healthy, monkeypatch):
    monkeypatch.setattr(dns_records, "look", lambda dkim: pytest.fail("asked a name server"))
    monkeypatch.setattr(website, "look", lambda: pytest.fail("asked the site"))
    doctor("--no-network")
    assert healthy.connections_count == 0
    with pytest.raises(CommandError):
        call_command("doctor", "--no-network", "--send-to", "tomas@example.org")


@pytest.mark.django_db
def test_no_secret_and_no_person_is_printed_even_where_all_is_broken(healthy, own_keys, settings):
    sign(make_petition(slug="free-aydin"), "mira@example.org", "Mira Novak")
    key_words = [f.read_bytes().hex() for f in own_keys.rglob("*") if f.is_file()]
    Letter.objects.update(send_after=timezone.now() - timedelta(hours=1))
    for file in [*own_keys.rglob("*.key"), *own_keys.rglob("*.public")]:
        file.unlink()
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "sender-login", "mail-pass-word"
    healthy.refused_senders = ["petitions@example.org"]
    settings.ALLOWED_HOSTS = []
    for arguments in ([], ["--json"], ["--send-to", "tomas@example.org"]):
        words, status = doctor(*arguments)
        assert status == 1
        secret = [settings.SECRET_KEY, "mail-pass-word", "sender-login", *key_words]
        people = ["mira", "Mira", "tomas", "petitions@example.org", "free-aydin"]
        assert [word for word in secret + people if word in words] == []


def test_what_can_not_be_looked_at_is_a_fault_without_its_words():
    def look():
        yield ok("first")
        raise OperationalError("password=pass-word user=advocacy")

    first, last = examine("cache", look)
    assert first == ok("first")
    assert faults([last]) == ["cache: could not be looked at to the end (OperationalError)"]


# --- Configuration ------------------------------------------------------------------------------


def test_demo_or_debug_at_a_real_address_is_a_fault(settings):
    assert configuration.real_or_demo().level == "ok"
    settings.DEMO = True
    assert faults([configuration.real_or_demo()])
    settings.SITE_URL = "http://localhost:8000"
    assert configuration.real_or_demo().level == "warn"


def test_a_name_that_the_site_does_not_answer_to_is_a_fault(settings):
    settings.ALLOWED_HOSTS = ["www.example.org"]
    settings.SITE_URL = "https://example.org"
    finding = configuration.host_allowed()
    assert faults([finding])
    assert "ALLOWED_HOSTS=www.example.org,example.org" in finding.to_do


def test_a_short_secret_is_a_fault(settings):
    settings.SECRET_KEY = "x" * 49
    assert faults([configuration.secret_key()])


def test_what_django_warns_of_is_passed_on(settings):
    settings.SECURE_HSTS_SECONDS = 0
    assert any("security.W004" in found.what for found in configuration.django_checks())


def test_keys_that_others_may_enter_are_a_fault(own_keys):
    assert faults(configuration.folders()) == []
    own_keys.chmod(0o750)
    assert faults(configuration.folders()) == ["KEYS_DIR can be entered by other users"]


def test_keys_in_a_folder_that_is_served_are_a_fault(own_keys, settings):
    settings.MEDIA_ROOT = own_keys.parent
    assert len(faults(configuration.folders())) == 1


def test_a_folder_that_is_not_there_is_a_fault(settings, tmp_path):
    settings.KEYS_DIR = tmp_path / "gone"
    assert len(faults(configuration.folders())) == 1


@pytest.mark.parametrize(
    ("free", "level"), [(50, "ok"), (9, "warn"), (1.9, "FAULT"), (0.01, "FAULT")]
)
def test_a_full_disk_is_seen_before_it_is_full(free, level):
    usage = namedtuple("usage", "total free")
    size = 100 * 1024**3
    finding = configuration.disk("DATA_DIR", lambda folder: usage(size, size * free / 100))
    assert finding.level == level


def test_two_hundred_megabytes_are_too_few_on_any_disk():
    usage = namedtuple("usage", "total free")
    free = configuration.LEAST_FREE_BYTES - 1
    assert configuration.disk("DATA_DIR", lambda folder: usage(2 * free, free)).level == "FAULT"


def test_another_user_than_the_site_s_is_told_to_ask_as_that_one(own_keys):
    assert configuration.user_here().level == "ok"
    assert faults([configuration.user_here(user_id=os.geteuid() + 1)])


# --- Database -----------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_database_of_the_tests_is_well(durable):
    assert faults(database.look()) == []


def test_a_database_that_is_away_is_a_fault_and_nothing_more_is_asked(monkeypatch):
    class Away:
        def ensure_connection(self):
            raise OperationalError("password=pass-word")

    monkeypatch.setattr(database, "connection", Away())
    [finding] = database.look()
    assert faults([finding])
    assert "pass-word" not in finding.what


@pytest.mark.django_db
def test_looking_makes_no_database_where_there_is_none(tmp_path):
    file = tmp_path / "none.sqlite3"
    here = load_backend("django.db.backends.sqlite3").DatabaseWrapper(
        ConnectionHandler({"default": {"NAME": str(file)}}).settings["default"]
    )
    database.make_no_file(here)
    assert faults([database.answers(here)])
    assert not file.exists()


@pytest.mark.django_db
def test_a_migration_that_was_forgotten_is_a_fault(monkeypatch):
    class Behind(database.MigrationExecutor):
        def migration_plan(self, targets, clean_start=False):
            return [("petitions.0099", False)]

    assert database.migrations(connection).level == "ok"
    monkeypatch.setattr(database, "MigrationExecutor", Behind)
    assert faults([database.migrations(connection)]) == ["1 migrations are not applied"]


@pytest.mark.parametrize(
    "wrong",
    [{"server_version_num": "120014"}, {"fsync": "off"}, {"synchronous_commit": "off"},
     {"max_connections": "12"}]
)  # fmt: skip
def test_a_postgresql_that_loses_signatures_is_a_fault(wrong):
    told = {
        "server_version_num": "150004",
        "fsync": "on",
        "synchronous_commit": "on",
        "max_connections": "100",
    }
    assert levels(database.postgresql(told, 5)) == {"ok"}
    assert len(faults(database.postgresql(told | wrong, 5))) == 1


def test_clocks_that_are_six_seconds_apart_are_a_fault():
    assert database.clock(NOW, NOW + timedelta(seconds=4)).level == "ok"
    assert faults([database.clock(NOW, NOW - timedelta(seconds=6))])


# --- Keys ---------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["sealing", "petitions"])
def test_a_petition_whose_key_is_gone_is_a_fault(own_keys, kind):
    make_petition()
    assert faults(keys.keys_of_petitions()) == []
    [file] = (own_keys / kind).iterdir()
    file.write_bytes(b"half")
    assert len(faults(keys.keys_of_petitions())) == 1
    file.unlink()
    assert len(faults(keys.keys_of_petitions())) == 1


@pytest.mark.django_db
def test_a_key_that_was_destroyed_as_promised_is_none(own_keys):
    petition = make_petition()
    sealing.destroy_duplicate_key(petition.duplicate_key_id)
    Destruction.objects.create(petition=petition, began_on=date(2026, 11, 1))
    assert faults(keys.keys_of_petitions()) == []


def test_the_private_key_on_the_server_is_a_fault_under_any_name(own_keys, settings):
    folders = [own_keys, own_keys / "sealing"]
    assert keys.private_key(folders).level == "ok"
    private = (own_keys.parent / "organisation.private").read_bytes()
    (own_keys / "notes.txt").write_bytes(private)
    finding = keys.private_key(folders)
    assert faults([finding])
    assert "notes.txt" in finding.what
    assert private.hex() not in finding.what
    settings.DEMO = True
    assert keys.private_key(folders).level == "warn"


def test_a_file_that_is_no_key_of_the_site_is_told_of(own_keys):
    assert levels(keys.files()) == {"ok"}
    (own_keys / "old.tar").write_bytes(b"x")
    assert levels(keys.files()) == {"warn"}


def test_a_key_that_others_may_read_is_a_fault(own_keys):
    (own_keys / "server.key").chmod(0o640)
    assert len(faults(keys.files())) == 1


# --- Cache --------------------------------------------------------------------------------------


def test_the_cache_of_the_tests_is_well_and_nothing_stays_in_it():
    assert levels(shared_cache.look()) == {"ok"}


def test_a_cache_that_forgets_or_is_away_is_a_fault():
    class Away(DummyCache):
        def set(self, *arguments, **options):
            raise ConnectionError("redis://:pass-word@cache")

    for broken in (DummyCache("", {}), Away("", {})):
        finding = shared_cache.round_trip(broken)
        assert faults([finding])
        assert "pass-word" not in finding.what


def test_where_the_cache_is_says_no_password(settings):
    redis = {"BACKEND": "advocacy.redis_cache.RedisCache", "LOCATION": "redis://:pw@x"}
    settings.CACHES = {"default": redis}
    assert shared_cache.place() == ok("cache: Redis, by CACHE_URL")


# --- Worker -------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_worker_is_seen_from_its_first_round():
    assert next(iter(worker.look())).level == "warn"
    Worker().round()
    assert next(iter(worker.look())).level == "ok"


def test_a_worker_that_was_not_seen_for_three_minutes_is_missed():
    now = time.time()
    assert worker.heartbeat(now - 100, now).level == "ok"
    missed = worker.heartbeat(now - 180, now)
    assert missed.what == "no worker has been seen for 3 minutes"
    assert "systemctl start advocacy-work" in missed.to_do


def test_a_worker_whose_cache_is_away_goes_on(monkeypatch):
    def away(*arguments, **options):
        raise ConnectionError

    worked = Worker()
    monkeypatch.setattr(cache, "set", away)
    worked.be_seen()
    monkeypatch.undo()
    assert cache.get(SEEN_KEY) is None


def test_what_nobody_counts_is_told_of():
    assert worker.ledger(0, is_worker_seen=False).level == "ok"
    assert worker.ledger(3, is_worker_seen=True).level == "ok"
    assert worker.ledger(3, is_worker_seen=False).level == "warn"
    assert worker.ledger(6000, is_worker_seen=True).level == "warn"


def test_nothing_stays_in_the_cache_of_what_the_doctor_kept():
    kept = {}

    class Store:
        set = staticmethod(lambda key, value, timeout: kept.__setitem__(key, value))
        incr = staticmethod(lambda key: kept.__setitem__(key, kept[key] + 1))
        get = staticmethod(kept.get)
        delete = staticmethod(kept.pop)

    assert shared_cache.round_trip(Store()).level == "ok"
    assert kept == {}


@pytest.mark.django_db
def test_a_switch_that_is_on_is_not_forgotten():
    assert levels(switches.look()) == {"ok"}
    turn(is_signing_paused=True, live_count_seconds=0, banner_words={"en": "Tonight"})
    found = list(switches.look())
    assert (levels(found), len(found)) == ({"warn"}, 3)
    assert "nobody can sign" in found[0].what
