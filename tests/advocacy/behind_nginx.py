"""The site as it runs in life: gunicorn behind nginx, with the configuration of our guides."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.advocacy.programs import PRODUCTION, ROOT, code, free_port, inherited, run

HOST = "petitions.example.org"
CONFIGURATION = ROOT / "deploy" / "nginx" / "nginx.conf"
CONTENT = """
import pathlib, sys, django; django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
call_command("keys", "make", private_key_file=pathlib.Path(sys.argv[1]), stdout=sys.stderr)
from tests.factories import make_petition, make_signature, make_story, token_for
for number in range(13):  # more than a page of them
    make_story(slug=f"another-{number}")
make_story(slug="kept", title="A story that is kept")
print(token_for(make_signature(make_petition(slug="free-them"))))
"""


def program() -> str | None:
    """nginx, if it is here; it lies where a user's PATH does not look."""
    return shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")


def configuration() -> str:
    """What our guides tell people to install, word for word."""
    return CONFIGURATION.read_text(encoding="utf-8")


def placed(text: str, folder: Path) -> str:
    """The same, with all that it writes in a folder of ours, run by whoever runs the tests."""
    temporary = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    places = "".join(f"    {name}_temp_path {folder}/{name};\n" for name in temporary)
    # Besides the site's own log, which has no path, one that shows what was passed on.
    places += "    log_format passed '$upstream_addr $request_method';\n"
    places += "    log_subrequest on;\n"  # pages that are fetched anew behind a reader's back
    changes = (
        (r"/var/lib/nginx/pages", f"{folder}/cache"),
        (r"^user .*;$", "user root;" if os.geteuid() == 0 else ""),
        (r"^worker_processes .*;$", "worker_processes 1; daemon off;"),
        (r"^pid .*;$", f"pid {folder}/nginx.pid;"),
        (r"^error_log \S+ emerg;$", f"error_log {folder}/error.log emerg;"),
        (r"^http \{\n", f"http {{\n{places}"),
        (r"access_log \S+ advocacy [^;]+;",
         f"access_log {folder}/access.log advocacy; access_log {folder}/passed.log passed;"),
    )  # fmt: skip
    return changed(text, changes)


def fitted(text: str, port: int, plain_port: int, upstream: int) -> str:
    """The same on free ports, without TLS, which raw bytes would only hide in."""
    changes = (
        (r"^\s*listen \[::\].*$", ""),
        (r"listen 443[^;]*;", f"listen 127.0.0.1:{port};"),
        (r"listen 80;", f"listen 127.0.0.1:{plain_port};"),
        (r"^\s*ssl_.*$", ""),
        (r"127\.0\.0\.1:800[01]", f"127.0.0.1:{upstream}"),
    )
    return changed(text, changes)


def changed(text: str, changes: tuple[tuple[str, str], ...]) -> str:
    """A text with each of these changes made; one that finds nothing is a mistake of ours."""
    for pattern, replacement in changes:
        text, count = re.subn(pattern, replacement, text, flags=re.M)
        assert count, pattern
    return text


@dataclass
class Front:
    """An nginx that runs, and what is behind it."""

    folder: Path
    port: int
    plain_port: int
    upstream_port: int
    token: str = ""
    web_log: Path | None = None

    def send(self, raw: bytes, *, port: int | None = None, patience: float = 3) -> bytes:
        """All that comes back to some bytes, until the other side closes or is silent."""
        with socket.create_connection(("127.0.0.1", port or self.port), timeout=patience) as end:
            answer = b""
            try:
                end.sendall(raw)
                while part := end.recv(65536):
                    answer += part
            except (TimeoutError, ConnectionError):
                pass
        return answer

    def get(
        self, path: str = "/", *headers: str, port: int | None = None, patience: float = 20
    ) -> bytes:
        """The answer to one request of one connection."""
        lines = [f"GET {path} HTTP/1.1", f"Host: {HOST}", *headers, "Connection: close"]
        return self.send(
            "\r\n".join([*lines, "", ""]).encode("latin-1"), port=port, patience=patience
        )

    def passed_count(self) -> int:
        """How many requests nginx has passed on."""
        lines = (self.folder / "passed.log").read_text().splitlines()
        return sum(not line.startswith("-") for line in lines)

    def arrived_count(self) -> int:
        """How many requests the site has answered."""
        return self.web_log.read_text().count('"event": "request"')


def status(answer: bytes) -> int:
    """The status of the first answer; 0 where there was none."""
    answer = answer.removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n")
    found = re.match(rb"HTTP/1\.[01] (\d{3})", answer)
    return int(found[1]) if found else 0


def body(answer: bytes) -> bytes:
    """What comes behind the headers of the first answer."""
    answer = answer.removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n")
    return answer.partition(b"\r\n\r\n")[2]


@contextmanager
def nginx(
    folder: Path, upstream_port: int, changes: tuple[tuple[str, str], ...] = ()
) -> Iterator[Front]:
    """Run nginx before something that listens at a port."""
    front = Front(folder, free_port(), free_port(), upstream_port)
    file = folder / "nginx.conf"
    ours = fitted(changed(configuration(), changes), front.port, front.plain_port, upstream_port)
    file.write_text(placed(ours, folder))
    process = subprocess.Popen(
        [program(), "-p", str(folder), "-c", str(file), "-e", str(folder / "error.log")]
    )
    try:
        wait_until_open(front.port, process)
        yield front
    finally:
        process.terminate()
        process.wait(20)


@contextmanager
def whole_site(folder: Path) -> Iterator[Front]:
    """Run nginx, gunicorn and a database with a story and a petition that somebody signed."""
    environment = PRODUCTION | {
        "SITE_URL": f"https://{HOST}", "DATA_DIR": str(folder / "data"), "BEHIND_PROXY": "1",
        "DJANGO_SETTINGS_MODULE": "tests.advocacy.behind_nginx_settings", "READ_DOT_ENV": "0",
        "PAGE_CACHE_SECONDS": "3600",
    }  # fmt: skip
    (folder / "data").mkdir()
    made = run(*code(CONTENT), folder / "private", **environment)
    assert made.returncode == 0, made.stderr
    port, log = free_port(), folder / "web.log"
    # One process, so that what one request left in its memory is there for the next.
    running = inherited() | environment | {"BIND": f"127.0.0.1:{port}", "WEB_CONCURRENCY": "1"}
    with log.open("wb") as output:
        web = subprocess.Popen(
            [Path(sys.executable).with_name("gunicorn"), "advocacy.wsgi"],
            cwd=ROOT, env=running, stdout=output, stderr=output,
        )  # fmt: skip
        try:
            wait_until_open(port, web)
            with nginx(folder, port) as front:
                front.token, front.web_log = made.stdout.strip(), log
                yield front
        finally:
            web.terminate()
            web.wait(30)


def wait_until_open(port: int, process: subprocess.Popen) -> None:
    """Wait until a program of ours listens."""
    for _ in range(400):
        if process.poll() is not None:
            raise AssertionError("It ended before it listened.")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("It does not listen.")
