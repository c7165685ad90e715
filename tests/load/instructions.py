"""How many instructions of the processor does a signature take, and the floor beside it?

Times swing by half with the machine, instructions by a thousandth; so this tells whether a change
of the code is one for the better. One process asks the floor and the site (floor.py) through every
middleware, on PostgreSQL; valgrind counts what that process does between the request and its
answer. The database, the kernel and gunicorn are not in it, and an instruction that multiplies
counts as much as one that waits for memory: no ratio of times follows from a ratio of these.

    apt-get install valgrind
    .venv/bin/python -m tests.load.instructions [--requests 60]
"""

import argparse
import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import quote

from advocacy.memory_cache import folder_for
from tests import postgres
from tests.load.journey import ROOT, free_port, make_petition, manage, set_environment
from tests.load.wrk import SLUG

WARM_UP_COUNT = 30
PATHS = {
    "floor": "/floor/sign/",
    "floor with a form": "/floor/sign/checked/",
    "sign": f"/petitions/{SLUG}/sign/",
}


def main() -> None:
    """Count and print; the status is 0 unless an answer was not as it must be."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--requests", type=int, default=60)
    parser.add_argument("--counted-by", help=argparse.SUPPRESS)  # in the process that is counted
    options = parser.parse_args()
    if options.counted_by:
        ask_all(options.requests)
        return
    if not shutil.which("callgrind_control") or not postgres.programs():
        raise SystemExit("This needs valgrind and PostgreSQL: apt-get install valgrind postgresql")
    with ExitStack() as stack:
        data = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="instructions-")))
        stack.callback(shutil.rmtree, folder_for(data), ignore_errors=True)
        url = stack.enter_context(postgres.cluster("-c listen_addresses=''"))
        prepare(data, url)
        count(data, options.requests)


def prepare(data: Path, url: str) -> None:
    """A site with a petition, and the floor's table."""
    set_environment(data, url, free_port(), free_port())
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.load.bench_settings"
    manage("migrate", "--verbosity=0")
    manage("keys", "make", "--private-key-file", str(data / "private"))
    manage("collectstatic", "--noinput", "--verbosity=0")
    import django

    django.setup()
    make_petition(SLUG)
    from django.db import connection

    from tests.load import floor

    with connection.cursor() as cursor:
        cursor.execute(floor.TABLE)
    connection.close()


def count(data: Path, requests_count: int) -> None:
    """Let valgrind run the process that asks, and read what it has counted."""
    files = data / "counted"
    command = [
        *("valgrind", "--tool=callgrind", "--instr-atstart=no", "-q"),
        *(f"--callgrind-out-file={files}", sys.executable, "-m", "tests.load.instructions"),
        *("--requests", str(requests_count), "--counted-by", "valgrind"),
    ]
    subprocess.run(command, cwd=ROOT, check=True)
    for file in sorted(data.glob("counted.*")):
        text = file.read_text()
        if found := re.search(r"^desc: Trigger: dump (.+)$", text, re.M):
            total = int(re.search(r"^totals: (\d+)$", text, re.M)[1])
            print(f"{found[1]}: {total / requests_count / 1e6:.3f} million instructions a request")


def ask_all(requests_count: int) -> None:
    """Ask each in turn, and let only that be counted."""
    import django

    django.setup()
    from django.conf import settings

    from petitions import guard

    # Under valgrind seconds pass between two requests: what is kept for seconds would be fetched.
    settings.PAGE_CACHE_SECONDS = settings.SWITCHES_SECONDS = 3600
    shown_at = quote(guard.shown_at(time.time() - 60))
    for path in PATHS.values():
        ask(path, WARM_UP_COUNT, shown_at)
    for name, path in PATHS.items():
        control("-i", "on")
        control("-z")
        ask(path, requests_count, shown_at)
        control("-i", "off")
        control("-d", name)


def ask(path: str, times: int, shown_at: str) -> None:
    """So many forms, each of another mailbox, by the door for web servers."""
    from advocacy.wsgi import application

    for _ in range(times):
        address = f"r{time.time_ns()}@example.org"
        form = f"name=Mira+Novak&email={address}&level=hand_in&country=DE&shown_at={shown_at}"
        statuses: list[str] = []
        answer = application(
            environment(path, form.encode()), lambda status, *_, told=statuses: told.append(status)
        )
        b"".join(answer)
        answer.close()
        if not statuses[0].startswith("303"):
            raise SystemExit(f"{path} was answered by {statuses[0]}.")


def environment(path: str, form: bytes) -> dict[str, object]:
    """What gunicorn would hand over."""
    return {
        "REQUEST_METHOD": "POST", "PATH_INFO": path, "SCRIPT_NAME": "", "QUERY_STRING": "",
        "SERVER_NAME": "localhost", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "localhost", "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_TYPE": "application/x-www-form-urlencoded", "CONTENT_LENGTH": str(len(form)),
        "wsgi.input": io.BytesIO(form), "wsgi.errors": sys.stderr, "wsgi.url_scheme": "http",
        "wsgi.version": (1, 0), "wsgi.multithread": False, "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }  # fmt: skip


def control(*what: str) -> None:
    """Tell valgrind, under which this process runs."""
    command = ["callgrind_control", *what, str(os.getpid())]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
