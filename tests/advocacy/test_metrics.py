"""Whoever runs the site reads numbers, whoever does not reads nothing, and nobody is in them."""

import os
import re
import shutil
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import OperationalError, connections
from django.urls import resolve
from django.utils import timezone, translation

from advocacy import metrics, traffic
from petitions import letters, measured, signing
from petitions.management.commands.work import Worker
from petitions.models import Letter
from tests.advocacy.programs import PRODUCTION, ROOT, free_port, inherited, last_line, run
from tests.conftest import wait_for
from tests.factories import honest, make_petition, make_signature, make_story, token_for

TOKEN = "only-for-tests-0123456789-abcdefghij"
BEARER = {"authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def token(settings):
    """The setting that opens the page."""
    settings.METRICS_TOKEN = TOKEN


def numbers(text: str) -> dict[str, float]:
    """Each sample with its labels."""
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


@pytest.fixture
def scrape(token, client):
    """Ask as Prometheus does."""

    def ask() -> dict[str, float]:
        response = client.get("/metrics", headers=BEARER)
        assert response.status_code == 200
        return numbers(response.content.decode())

    return ask


@pytest.mark.once
def test_without_the_setting_there_is_no_such_page(client, settings, db):
    settings.METRICS_TOKEN = ""
    for headers in ({}, {"authorization": "Bearer "}, BEARER):
        assert client.get("/metrics", headers=headers).status_code == 404


@pytest.mark.once
@pytest.mark.parametrize(
    "sent", ["", "Bearer", "Bearer ", f"Basic {TOKEN}", f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}",
             "Bearer é", TOKEN]
)  # fmt: skip
def test_without_the_token_nobody_reads_a_number(client, token, sent):
    response = client.get("/metrics", headers={"authorization": sent})
    assert response.status_code == 401
    assert b"advocacy_" not in response.content


@pytest.mark.once
def test_the_token_is_not_taken_from_an_address(client, token):
    assert client.get(f"/metrics?token={TOKEN}").status_code == 401


@pytest.mark.once
def test_a_token_that_can_be_guessed_is_none():
    done = run("-c", "import advocacy.settings", **PRODUCTION, METRICS_TOKEN="tulip")
    assert "METRICS_TOKEN must be 32 random characters or more" in last_line(done)
    assert "tulip" not in done.stderr


@pytest.mark.django_db
def test_the_journey_of_a_signature_is_counted_and_names_nobody(scrape, client, send_letters):
    before = scrape()
    petition = make_petition(slug="free-ana")
    form = honest() | {"name": "Mira Novak", "email": "mira@example.org", "country": "DE"}
    assert client.post("/petitions/free-ana/sign/", form).status_code == 303
    waiting = scrape()
    assert waiting['advocacy_mails_due{kind="letter"}'] == 1
    send_letters()
    signature = petition.signatures.get()
    client.post(f"/signatures/{token_for(signature)}/confirm/")
    after = scrape()

    def grown(name: str) -> float:
        return after.get(name, 0) - before.get(name, 0)

    assert grown('advocacy_signatures_total{step="taken"}') == 1
    assert grown('advocacy_signatures_total{step="confirmed"}') == 1
    assert grown('advocacy_mails_total{kind="letter",outcome="sent"}') == 1
    assert grown('advocacy_requests_total{group="sign",status="303"}') == 1
    assert grown('advocacy_request_seconds_count{group="confirm"}') == 1
    assert after["advocacy_ledger_waiting"] == 1
    told = client.get("/metrics", headers=BEARER).content.decode().lower()
    for secret in ("mira", "novak", "free-ana", "127.0.0", TOKEN):
        assert secret not in told


@pytest.mark.django_db
def test_confirming_twice_is_counted_once(scrape, client):
    name = 'advocacy_signatures_total{step="confirmed"}'
    before = scrape().get(name, 0)
    address = f"/signatures/{token_for(make_signature(make_petition()))}/confirm/"
    client.post(address)
    client.post(address)
    assert scrape()[name] - before == 1


@pytest.mark.django_db
def test_how_long_the_oldest_letter_has_waited_is_told(scrape):
    make_petition(slug="free-ana")
    signing.sign(
        make_petition(slug="free-ivan"),
        level="count",
        address="mira@example.org",
    )
    Letter.objects.update(send_after=timezone.now() - timedelta(minutes=10))
    told = scrape()
    assert 600 <= told['advocacy_mails_due_seconds{kind="letter"}'] < 660
    assert told['advocacy_mails_due_seconds{kind="update"}'] == 0


@pytest.mark.django_db
def test_what_the_mail_server_refuses_is_counted(scrape, inbox):
    name = 'advocacy_mails_total{kind="letter",outcome="given up"}'
    before = scrape().get(name, 0)
    inbox.answers["mira@example.org"] = "550 no such user"
    signing.sign(make_petition(), level="count", address="mira@example.org")
    letters.send_waiting()
    told = scrape()
    assert told[name] - before == 1
    assert told['advocacy_mails_given_up{kind="letter"}'] == 1


@pytest.mark.django_db
def test_an_obstacle_is_counted_by_the_act_and_not_by_the_network(scrape, client):
    name = 'advocacy_obstacles_total{act="sign"}'
    before = scrape().get(name, 0)
    make_petition(slug="free-ana")
    form = honest() | {"name": "M", "email": "m@example.org", "country": "DE", "website": "x"}
    client.post("/petitions/free-ana/sign/", form)
    assert scrape()[name] - before == 1


@pytest.mark.django_db
def test_kept_pages_are_told_from_made_ones(scrape, client, settings):
    settings.PAGE_CACHE_SECONDS = 60
    make_story(slug="the-door")
    before = scrape()
    for _ in range(3):
        client.get("/stories/the-door/")
    after = scrape()
    counts = [
        after[name] - before.get(name, 0)
        for name in (f'advocacy_page_cache_total{{answer="{how}"}}' for how in ("made", "kept"))
    ]
    assert counts == [1, 2]


@pytest.mark.django_db
def test_a_worker_that_counts_says_up_to_when(scrape):
    assert scrape()["advocacy_counted_at"] == 0
    Worker().round()
    told = scrape()
    assert abs(told["advocacy_counted_at"] - timezone.now().timestamp()) < 60
    assert abs(told["advocacy_worker_seen_at"] - timezone.now().timestamp()) < 60


@pytest.mark.django_db
def test_while_the_database_is_away_that_is_told(scrape, monkeypatch):
    def fail(*args: object) -> None:
        raise OperationalError("host=10.0.0.7 password=tulip")

    monkeypatch.setattr(connections["default"], "cursor", fail)
    told = scrape()
    monkeypatch.undo()
    assert told["advocacy_database_up"] == 0
    assert "advocacy_ledger_waiting" not in told
    assert told['advocacy_disk_free_bytes{folder="DATA_DIR"}'] > 0


@pytest.mark.django_db
def test_while_the_cache_is_away_that_is_told(scrape, monkeypatch):
    def fail(*args: object) -> None:
        raise ConnectionError

    monkeypatch.setattr(metrics.cache, "get", fail)
    told = scrape()
    assert told["advocacy_cache_up"] == 0
    assert "advocacy_worker_seen_at" not in told


@pytest.mark.once
def test_what_can_not_be_counted_keeps_nobody_from_anything(monkeypatch, caplog):
    class Broken:
        def labels(self, *labels: object) -> None:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(measured, "_has_failed", False)
    caplog.set_level("ERROR")
    measured.note(Broken(), "x")
    measured.note(Broken(), "x")
    assert [record.message for record in caplog.records] == ["not measured"]


@pytest.mark.once
@pytest.mark.parametrize(
    ("address", "group"),
    [("/petitions/free-ana/sign/", "sign"), ("/petitions/free-ana/", "pages"),
     ("/fr/petitions/free-ana/sign/", "sign"), ("/signatures/a.b/confirm/", "confirm"),
     ("/petitions/free-ana/count.json", "count"), ("/search/", "search"), ("/readyz", "machines"),
     ("/admin/stories/story/", "desk"), ("/feeds/atom.xml", "machines"), ("/", "pages")]
)  # fmt: skip
def test_a_request_belongs_to_a_group_that_tells_no_petition(address, group):
    with translation.override("fr" if address.startswith("/fr/") else "en"):
        assert traffic.group_of(resolve(address), 200) == group


# --- Real processes ------------------------------------------------------------------------------


@pytest.fixture
def site(tmp_path, collected):
    """A site under gunicorn with two processes, and its address."""
    port = free_port()
    environment = PRODUCTION | {
        "DATA_DIR": str(tmp_path / "data"),
        "METRICS_TOKEN": TOKEN,
        "SITE_URL": f"http://127.0.0.1:{port}",
        "DEMO": "1",
        "BIND": f"127.0.0.1:{port}",
        "WEB_CONCURRENCY": "2",
        "READ_DOT_ENV": "0",
        "PAGE_CACHE_SECONDS": "0",
    }
    (tmp_path / "data").mkdir()
    private = tmp_path / "p"
    (tmp_path / "data" / "static").symlink_to(collected)
    for command in (["migrate", "--verbosity=0"], ["keys", "make", "--private-key-file", private]):
        assert run("manage.py", *command, **environment).returncode == 0
    server = subprocess.Popen(
        [Path(sys.executable).with_name("gunicorn"), "advocacy.wsgi"],
        cwd=ROOT,
        env=inherited() | environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    yield f"http://127.0.0.1:{port}", server, environment
    server.terminate()
    server.wait(15)
    shown = run("-c", "from advocacy import settings as s; print(s.METRICS_DIR)", **environment)
    shutil.rmtree(shown.stdout.strip())
    shutil.rmtree(shown.stdout.strip().removesuffix("-metrics"), ignore_errors=True)


def fetch(url: str) -> str:
    """The answer with the token; nothing while the server is not up."""
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {TOKEN}"})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.read().decode()
    except urllib.error.URLError:
        return ""


def children(pid: int) -> set[int]:
    found = re.findall(r"\d+", Path(f"/proc/{pid}/task/{pid}/children").read_text())
    return {int(number) for number in found}


@pytest.mark.once
def test_the_sum_is_that_of_all_processes_also_of_those_that_were_killed(site):
    address, server, environment = site
    wait_for(lambda: fetch(f"{address}/healthz"))
    asked = 'advocacy_requests_total{group="machines",status="200"}'
    for _ in range(40):
        fetch(f"{address}/healthz")
    before = numbers(fetch(f"{address}/metrics"))
    assert before[asked] >= 41
    # And the one that starts the others; other tests may have theirs.
    assert before['advocacy_processes{program="web"}'] >= 3
    assert before['advocacy_memory_bytes{program="web"}'] > 20_000_000
    old = children(server.pid)
    for pid in old:
        os.kill(pid, signal.SIGKILL)
    wait_for(lambda: len(children(server.pid) - old) == 2 and fetch(f"{address}/healthz"))
    after = numbers(fetch(f"{address}/metrics"))
    assert after[asked] >= before[asked] + 2
    # Those that came took the files of those that went.
    shown = run("-c", "from advocacy import settings as s; print(s.METRICS_DIR)", **environment)
    assert len(list(Path(shown.stdout.strip()).glob("counter_*.db"))) <= 2
