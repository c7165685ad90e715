"""The demo as `make run` serves it, for tests that look at real pictures and real sentences."""

import socket
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.advocacy.programs import ROOT, free_port, inherited
from tests.conftest import wait_for

RENDER = """
import django
django.setup()
from stories import pictures
while pictures.render_next():
    pass
"""


def served(data: Path) -> Iterator[str]:
    """Its address, with all its pictures made, until the caller is done."""
    sys.path.insert(0, str(ROOT / "scripts"))
    import run

    port = free_port()
    environment = inherited() | run.demo_environment(port, data, run.demo_secrets(data))
    environment["SITE_URL"] = f"http://127.0.0.1:{port}"
    run.prepare(environment, data, run.demo_secrets(data))
    made = run.subprocess.run([sys.executable, "-c", RENDER], cwd=ROOT, env=environment)
    assert made.returncode == 0
    server = run.start([str(run.setup.VENV / "bin" / "gunicorn"), "advocacy.wsgi"], environment)
    try:
        wait_for(lambda: _answers(port))
        yield f"http://127.0.0.1:{port}"
    finally:
        run.stop([server])


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
