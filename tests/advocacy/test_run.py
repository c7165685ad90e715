"""`make run`: the whole site at once, or one sentence that says why not."""

import ast
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from tests.advocacy.programs import ROOT, code, free_port, inherited, run
from tests.conftest import wait_for

pytestmark = pytest.mark.once

START = "scripts/run.py"


def sentence(done: subprocess.CompletedProcess) -> str:
    """All that was said, if that is one sentence."""
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    return line


@pytest.mark.parametrize("port", ["http", "-1", "0", "65536", "8000.5", "80 00", "²", "1e3"])
def test_a_port_has_to_be_a_number(port, tmp_path):
    said = sentence(run(START, PORT=port, DATA_DIR=tmp_path))
    assert said == f"PORT must be a number from 1 to 65535, not {port!r}."


def test_a_port_that_is_taken_is_named_with_another_to_try(tmp_path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        said = sentence(run(START, PORT=port, DATA_DIR=tmp_path))
    assert said.startswith(f"Port {port} is taken. Choose another: make run PORT=")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("below", ["", "/below", "/far/below"])
def test_data_that_can_not_be_written_is_a_sentence(tmp_path, below):
    (tmp_path / "file").touch()
    data = f"{tmp_path}/file{below}"
    said = sentence(run(START, PORT=free_port(), DATA_DIR=data))
    assert said.startswith(f"Can't write to {data}: ")
    assert said.endswith("Choose another folder: make run DATA_DIR=/some/folder")


def test_an_old_python_is_told_which_one_is_needed():
    lines = (
        "import sys; sys.path.insert(0, 'scripts'); sys.version_info = (3, 9, 7, 'final', 0); "
        "import run; run.main()"
    )
    said = sentence(run(*code(lines)))
    assert said == (
        "Python 3.11 or newer is needed; this one is 3.9. Install it, "
        "or name it: make run PYTHON=python3.11"
    )


@pytest.mark.parametrize("script", ["run.py", "setup.py"])
def test_an_old_python_can_read_far_enough_to_say_so(script):
    ast.parse((ROOT / "scripts" / script).read_text(), feature_version=(3, 7))


def test_without_an_index_of_packages_the_installation_says_so(tmp_path):
    lines = (
        "import sys, pathlib; sys.path.insert(0, 'scripts'); import setup; "
        f"setup.VENV = pathlib.Path({str(tmp_path)!r}); setup.step(['false'])"
    )
    said = sentence(run(*code(lines)))
    assert said == "Installing failed (see above). Is the package index within reach?"


def test_a_folder_that_can_not_take_the_environment_is_a_sentence(tmp_path):
    (tmp_path / "file").touch()
    lines = (
        "import sys, pathlib; sys.path.insert(0, 'scripts'); import setup; "
        f"setup.VENV = pathlib.Path({str(tmp_path / 'file' / 'venv')!r}); "
        "setup.INSTALLED = setup.VENV / 'installed'; setup.main('requirements.txt')"
    )
    done = run(*code(lines))
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert str(tmp_path) in done.stderr.splitlines()[-1]


def test_the_demos_secrets_are_made_once_and_for_their_owner_only(tmp_path):
    lines = (
        "import sys, pathlib; sys.path.insert(0, 'scripts'); import run; "
        f"print(run.demo_secrets(pathlib.Path({str(tmp_path)!r})))"
    )
    first, second = run(*code(lines)), run(*code(lines))
    assert first.stdout == second.stdout
    secrets = Path(tmp_path / "demo-secrets.json")
    assert secrets.stat().st_mode & 0o077 == 0


def test_one_command_serves_the_site_and_its_worker_and_ctrl_c_ends_both(tmp_path):
    port = free_port()
    with subprocess.Popen(
        [sys.executable, START],
        cwd=ROOT,
        env=inherited() | {"PORT": str(port), "DATA_DIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # a process group of its own, as a terminal would give it
    ) as site:
        try:
            said = ""
            for line in site.stdout:  # ends, too, where it has not started
                said += line
                if "Ctrl-C ends it" in line:
                    break
            assert f"http://localhost:{port}/demo/mailbox/" in said
            assert re.search(r"log in as editor with the password \S{8,}", said)
            assert len(members_of(site.pid)) >= 3  # this script, gunicorn and its children, worker
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/petitions/") as page:
                assert page.status == 200
        finally:
            os.killpg(site.pid, signal.SIGINT)
        site.wait(15)
        assert "Traceback" not in site.stderr.read()
    wait_for(lambda: not members_of(site.pid))


def members_of(group: int) -> list[str]:
    """The processes of a group that are still running."""
    stats = [stat.read_text() for stat in Path("/proc").glob("[0-9]*/stat")]
    fields = [stat.rpartition(")")[2].split() for stat in stats]
    return [state for state, _, members, *_ in fields if members == str(group) and state != "Z"]
