"""`make run` where it can't run: one sentence each, and no traceback."""

import ast
import socket
import subprocess
from pathlib import Path

import pytest

from tests.advocacy.programs import ROOT, code, run

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


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
