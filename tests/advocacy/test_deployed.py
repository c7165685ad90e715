"""The systemd guide, followed: installed, signed through nginx, lost, restored, and signed again.

What systemd does itself is left out: each unit's command is started with its environment. It takes
half a minute.
"""

import json
import re
import shutil
import subprocess
import time

import pytest

from tests import postgres
from tests.advocacy.machine import HOST, Machine, drop_database, make_database
from tests.advocacy.test_deployment import make_certificate
from tests.conftest import Sink, wait_for

pytestmark = [
    pytest.mark.once,
    pytest.mark.skipif(not postgres.programs(), reason="no PostgreSQL"),
    pytest.mark.skipif(not shutil.which("nginx"), reason="no nginx"),
    pytest.mark.skipif(not shutil.which("git"), reason="no git"),
]
SLUG = "free-ana"


def sign(machine: Machine, inbox: Sink, address: str) -> str:
    """Sign as somebody does in a browser, up to the button in the letter; returns the link."""
    page = machine.ask("GET", f"/petitions/{SLUG}/").page
    shown_at = re.search(r'name="shown_at" value="([^"]+)"', page)[1]
    time.sleep(2.1)  # a form that comes back sooner was not typed
    form = {"name": "Mira Novak", "email": address, "country": "DE", "shown_at": shown_at}
    answer = machine.ask("POST", f"/petitions/{SLUG}/sign/", form)
    assert answer.status == 303, answer.page
    (letter,) = wait_for(lambda: inbox.to(address))
    text = letter.get_body(("plain",)).get_content()
    link = re.search(rf"https://{HOST}(/signatures/\S+)", text)[1]
    assert machine.ask("GET", link).status == 200
    assert machine.ask("POST", f"{link}confirm/", {}).status == 303
    return link


def public_number(machine: Machine) -> int:
    return json.loads(machine.ask("GET", f"/petitions/{SLUG}/count.json").page)["count"]


def install(machine: Machine) -> None:
    """Steps 3 and 5 of the guide, and a petition."""
    private = machine.root / "organisation.private"
    machine.manage("keys", "make", "--private-key-file", private)
    machine.manage("migrate", "--verbosity=0")
    machine.manage("collectstatic", "--noinput", "--verbosity=0")
    said = machine.manage("check", "--deploy")
    assert "no issues" in said
    private.unlink()
    machine.manage("shell", "-c", "from tests.factories import make_petition\n"
                   f"make_petition(slug='{SLUG}')")  # fmt: skip
    machine.place("/etc/advocacy/tls").mkdir()
    make_certificate(machine.place("/etc/advocacy/tls"))


def start(machine: Machine) -> None:
    machine.start("advocacy-web")
    machine.start("advocacy-work")
    machine.start_nginx()
    machine.wait_until_ready()


def lose_everything(machine: Machine, cluster: str) -> None:
    """A burned machine, of which a backup and a copy of the keys are elsewhere."""
    keys, elsewhere = machine.place("/var/lib/advocacy-keys"), machine.root / "elsewhere"
    shutil.copytree(keys, elsewhere)
    drop_database(cluster)
    static = machine.place("/var/lib/advocacy") / "static"
    static.rename(machine.root / "static")  # made again in life, which takes some seconds
    for place in ("/var/lib/advocacy", "/var/lib/advocacy-keys"):
        machine.empty(place)
    (machine.root / "static").rename(static)
    make_database(cluster)
    shutil.copytree(elsewhere, keys, dirs_exist_ok=True)


@pytest.fixture(scope="module")
def cluster():
    """A PostgreSQL whose databases may be lost."""
    with postgres.cluster() as url:
        yield url


@pytest.fixture(scope="module")
def machine(cluster, mail_server, tmp_path_factory):
    """A machine on which the guide was followed to its end."""
    database = make_database(cluster)
    machine = Machine(tmp_path_factory.mktemp("machine"), database, mail_server.port)
    install(machine)
    start(machine)
    yield machine
    machine.stop()


def test_who_follows_the_guide_has_a_site_that_survives_its_worst_night(machine, cluster, inbox):
    link = sign(machine, inbox, "mira@example.org")
    wait_for(lambda: public_number(machine) == 1)

    nightly = machine.start("advocacy-nightly")
    assert nightly.wait(60) == 0, machine.log("advocacy-nightly").read_text()
    machine.stop()
    lose_everything(machine, cluster)

    backups = machine.place("/var/backups/advocacy")
    (backup,) = backups.glob("advocacy-*.tar.gz")
    assert backup.stat().st_mode & 0o077 == 0
    machine.manage("restore", "--withdrawals", backups / "withdrawals", backup)
    assert "agree" in machine.manage("recount")
    start(machine)
    assert public_number(machine) == 1
    assert "Your signature counts" in machine.ask("GET", link).page
    sign(machine, inbox, "tomas@example.org")
    wait_for(lambda: public_number(machine) == 2)
    assert_that_nobody_is_in_the_logs(machine, link)


def assert_that_nobody_is_in_the_logs(machine: Machine, link: str) -> None:
    logs = list(machine.place("/var/log/nginx").iterdir()) + list(machine.root.glob("*.log"))
    said = {log.name: log.read_text() for log in logs}
    assert {"advocacy.log", "advocacy-web.log", "advocacy-work.log"} <= set(said)
    assert " 303 " in said["advocacy.log"]
    token = link.split("/")[2]
    for name, text in said.items():
        for secret in ("mira", "tomas", "Novak", token, SLUG, "6.6.6.6"):
            assert secret not in text, name
    assert "127.0.0.1" not in said["advocacy.log"]
    lines = [json.loads(line) for line in said["advocacy-web.log"].splitlines()]
    assert all(line["request"] for line in lines if line["event"] == "request")


def test_the_web_takes_new_code_and_the_old_again_without_missing_a_reader(machine):
    """What docs/upgrading.md says, while somebody asks all the time."""
    code = machine.place("/opt/advocacy")
    following, before = code.with_name("advocacy-next"), code.with_name("advocacy-before")
    shutil.copytree(code, following, symlinks=True)
    views = following / "advocacy" / "views.py"
    views.write_text(views.read_text().replace('"ok\\n"', '"new\\n"'))
    answers = [machine.ask("GET", "/healthz")]
    reload = ["kill", "-HUP", str(machine.running["advocacy-web"].pid)]

    def all_say(word: str) -> bool:
        answers.append(machine.ask("GET", "/healthz"))
        return len(answers) > 20 and all(answer.page == word for answer in answers[-20:])

    code.rename(before)
    following.rename(code)
    subprocess.run(reload, check=True)
    wait_for(lambda: all_say("new\n"))
    code.rename(following)
    before.rename(code)
    subprocess.run(reload, check=True)
    wait_for(lambda: all_say("ok\n"))
    assert {answer.status for answer in answers} == {200}
