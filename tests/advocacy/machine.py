"""A machine of the systemd guide, in a folder: its places, its services, nginx, and a reader."""

import http.client
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlencode

import psycopg

from tests.advocacy.programs import ROOT, free_port
from tests.advocacy.units import DEPLOY, NGINX, command, environment_of
from tests.conftest import wait_for

HOST = "petitions.example.org"
# The longer ones first, so that each path finds its own.
PLACES = ("/var/lib/advocacy-keys", "/var/backups/advocacy", "/var/lib/advocacy", "/opt/advocacy",
          "/etc/advocacy", "/var/log/nginx", "/var/lib/nginx")  # fmt: skip


class Machine:
    """Does what docs/deploy-systemd.md says, with the commands of the units."""

    def __init__(self, root: Path, database: str, mail_port: int) -> None:
        self.root, self.database = root, database
        self.port, self.tls_port = free_port(), free_port()
        self.running: dict[str, subprocess.Popen] = {}
        for place in PLACES:
            self.place(place).mkdir(parents=True, mode=0o700)
        self.copy_code()
        self.write_settings(mail_port)

    def place(self, path: str) -> Path:
        """Where something of the real machine is on this one."""
        return Path(self.moved(path))

    def moved(self, text: str) -> str:
        """A text with our places in it."""
        return re.sub("|".join(PLACES), lambda found: str(self.root / found[0].lstrip("/")), text)

    def copy_code(self) -> None:
        """The files that a clone would have, with the libraries of the tests."""
        listed = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT, capture_output=True, text=True, check=True,
        )  # fmt: skip
        code = self.place("/opt/advocacy")
        for name in listed.stdout.splitlines():
            if (ROOT / name).is_file():
                (code / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / name, code / name)
        (code / ".venv").symlink_to(sys.prefix)
        (code / ".env").symlink_to(self.place("/etc/advocacy/env"))

    def write_settings(self, mail_port: int) -> None:
        """.env.example, with what the guide says of it."""
        guide = (ROOT / "docs" / "deploy-systemd.md").read_text(encoding="utf-8")
        (block,) = re.findall(r"```\n(DATABASE_URL=.+?)```", guide, re.S)
        text = self.moved((ROOT / ".env.example").read_text(encoding="utf-8") + block)
        own = {
            "SECRET_KEY": "made-for-this-machine-0123456789-abcdefghijklmnopqrstuvwxyz",
            "EMAIL_URL": f"smtp://127.0.0.1:{mail_port}",
            "DATABASE_URL": self.database,
        }
        for name, value in own.items():
            text = re.sub(rf"^{name}=.*$", f"{name}={value}", text, flags=re.M)
        text += f"BIND=127.0.0.1:{self.port}\nWEB_CONCURRENCY=2\n"
        self.place("/etc/advocacy/env").write_text(text)

    def manage(self, *arguments: object) -> str:
        """A command that is typed by hand: it has its settings by the link only."""
        done = subprocess.run(
            [".venv/bin/python", "manage.py", *map(str, arguments)],
            cwd=self.place("/opt/advocacy"), env={"PATH": os.environ["PATH"]},
            capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        assert done.returncode == 0, f"{arguments}: {done.stdout}{done.stderr}"
        return done.stdout

    def start(self, unit: str) -> subprocess.Popen:
        """What systemd would start, with the unit's environment and no other."""
        words = [self.moved(word) for word in command(DEPLOY / "systemd" / f"{unit}.service")]
        environment = environment_of(self.place("/etc/advocacy/env"))
        with self.log(unit).open("a") as log:
            self.running[unit] = subprocess.Popen(
                words,
                cwd=self.place("/opt/advocacy"),
                env={"PATH": "/usr/local/bin:/usr/bin:/bin"} | environment,
                stdout=log,
                stderr=log,
                umask=0o077,
            )
        return self.running[unit]

    def log(self, unit: str) -> Path:
        """What a service has said."""
        return self.root / f"{unit}.log"

    def start_nginx(self) -> None:
        """nginx by our file, at ports and in folders that a test may use."""
        conf = self.moved(NGINX.read_text(encoding="utf-8"))
        conf = conf.replace("/run/nginx.pid", str(self.root / "nginx.pid"))
        conf = conf.replace("listen 80;", f"listen 127.0.0.1:{free_port()};")
        conf = conf.replace("listen 443 ", f"listen 127.0.0.1:{self.tls_port} ")
        conf = re.sub(r"127\.0\.0\.1:800[01]", f"127.0.0.1:{self.port}", conf)
        conf = re.sub(r"\n *listen \[::\]:.+", "", conf).replace("user www-data;", _user())
        kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        paths = "".join(f"{kind}_temp_path {self.root}/nginx-{kind};\n" for kind in kinds)
        (self.root / "nginx.conf").write_text(conf.replace("http {", f"http {{\n{paths}", 1))
        self.running["nginx"] = subprocess.Popen(
            ["nginx", "-c", self.root / "nginx.conf", "-g", "daemon off;"],
            stderr=subprocess.DEVNULL,
        )

    def wait_until_ready(self) -> None:
        """Until the way through nginx leads to a site that takes signatures."""
        wait_for(lambda: self.status("/readyz") == 200)

    def stop(self) -> None:
        """Stop everything, the way systemd asks."""
        for process in self.running.values():
            process.terminate()
        for process in self.running.values():
            process.wait(30)
        self.running.clear()

    def status(self, path: str) -> int:
        """What a page answers; 0 while nobody does."""
        try:
            return self.ask("GET", path).status
        except OSError:
            return 0

    def ask(self, method: str, path: str, form: dict[str, str] | None = None) -> "Answer":
        """What a browser gets that trusts the certificate of the machine."""
        context = ssl.create_default_context(cafile=self.place("/etc/advocacy/tls/fullchain.pem"))
        context.check_hostname = False
        link = http.client.HTTPConnection(HOST, timeout=20)
        plain = socket.create_connection(("127.0.0.1", self.tls_port), timeout=20)
        link.sock = context.wrap_socket(plain, server_hostname=HOST)
        headers = {"X-Real-IP": "6.6.6.6"}  # which only the proxy may say
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            headers["Origin"] = f"https://{HOST}"
        try:
            link.request(method, path, urlencode(form) if form is not None else None, headers)
            response = link.getresponse()
            return Answer(response.status, response.read().decode())
        finally:
            link.close()

    def empty(self, path: str) -> None:
        """Lose all that is in one of our places."""
        shutil.rmtree(self.place(path))
        self.place(path).mkdir(mode=0o700)


class Answer:
    """A status and a page."""

    def __init__(self, status: int, page: str) -> None:
        self.status, self.page = status, page


def _user() -> str:
    """Whose folders they are; nginx's own user could not enter them."""
    return "" if os.geteuid() else "user root;"


def make_database(cluster_url: str, name: str = "advocacy") -> str:
    """As the guide does; returns its DATABASE_URL."""
    _tell(
        cluster_url, f"CREATE DATABASE {name} ENCODING 'UTF8' LOCALE 'C.UTF-8' TEMPLATE template0"
    )
    return f"postgres://postgres@/{name}?host={cluster_url.partition('host=')[2]}"


def drop_database(cluster_url: str, name: str = "advocacy") -> None:
    """The night on which it is gone."""
    _tell(cluster_url, f"DROP DATABASE {name} WITH (FORCE)")


def _tell(cluster_url: str, sql: str) -> None:
    folder = cluster_url.partition("host=")[2]
    with psycopg.connect(f"host={folder} user=postgres", autocommit=True) as link:
        link.execute(sql)
